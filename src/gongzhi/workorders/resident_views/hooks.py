"""The page of webhooks: programs that are told what happens to one's orders, how far they are, and what was given up."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid, SignInFirst
from gongzhi.kit.throttle import throttled
from gongzhi.meetings.views.calling import attempt
from gongzhi.people.actor import Person
from gongzhi.workorders.actions import hooks
from gongzhi.workorders.events import KINDS, key_of
from gongzhi.workorders.forms.hooks import HookForm
from gongzhi.workorders.models import HookState
from gongzhi.workorders.queries import events as queries

_TONES = {
    HookState.ON: "done",
    HookState.OFF: "paused",
    HookState.LOST: "late",
    HookState.VOID: "late",
    HookState.HELD: "late",
}


def _mine(request: HttpRequest) -> Person:
    by: Person = request.actor  # type: ignore[attr-defined]
    if by.account_id is None:
        raise SignInFirst
    return by


def _page(request: HttpRequest, by: Person, status: int = 200, **more: Any) -> HttpResponse:
    last = queries.newest()
    rows = [
        {
            "hook": hook,
            "tone": "soon" if hook.tries and hook.state == HookState.ON else _TONES[HookState(hook.state)],
            "kinds": [KINDS[code][0] for code in hook.kinds if code in KINDS],
            "behind": hook.done < last,
            "misses": queries.misses_of(hook),
        }
        for hook in queries.hooks_of(by)
    ]
    context = {
        "rows": rows,
        "form": HookForm(),
        "newest": last,
        "full": len(rows) >= hooks.MOST_HOOKS,
        **more,
    }
    return render(request, "workorders/resident/hooks.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """All of one's own, and a form for one more; a new one's key is shown once."""
    by = _mine(request)
    if request.method != "POST":
        return _page(request, by)
    return _make(request)


@throttled("hook", 20, 3600, by="account")
def _make(request: HttpRequest) -> HttpResponse:
    by, form = _mine(request), HookForm(request.POST)
    made = attempt(
        form,
        lambda said: hooks.subscribe(
            said["name"], said["address"], kinds=said["kinds"], division_id=said["division"], by=by, at=clock.now()
        ),
    )  # fmt: skip
    if made is None:
        return _page(request, by, 400, form=form)
    return _page(request, by, made=made, key=key_of(made))


@never_cache
@require_POST
@throttled("hook", 60, 3600, by="account")
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """One of the acts on the page: on, off, renew, replay, drop."""
    by, now = _mine(request), clock.now()
    if verb == "renew":
        hook = hooks.renew(pk, seen=_number(request, "seen"), by=by, at=now)
        return _page(request, by, made=hook, key=key_of(hook))
    if verb in ("on", "off"):
        hooks.switch(pk, on=verb == "on", by=by, at=now)
        toast(request, _("已接着推送。") if verb == "on" else _("已停。"))
    elif verb == "replay":
        hooks.replay(pk, _number(request, "after"), by=by, at=now)
        toast(request, _("正在从这里重新推送。"))
    elif verb == "drop":
        hooks.drop(pk, by=by, at=now)
        toast(request, _("已删除。"))
    else:
        raise Invalid
    return HttpResponseRedirect(reverse("workorders:hooks"))


@require_POST
@throttled("hook", 60, 3600, by="account")
@transaction.non_atomic_requests
def resend(request: HttpRequest, pk: int) -> HttpResponse:
    """Send once more what was given up."""
    by = _mine(request)
    if hooks.resend(pk, by=by, at=clock.now()):
        toast(request, _("对方已收下。"))
    else:
        toast(request, _("对方还是没有收下。"))
    return HttpResponseRedirect(reverse("workorders:hooks"))


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "").strip()
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise Invalid(fields={name: [_("请填一个数字。")]})
    return int(text)
