"""The doors: my notices, what I choose, getting rid of us by a link, the gateway's receipts, and the mailbox page."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid, NotFound, Refusal, SignInFirst
from gongzhi.kit.throttle import throttled
from gongzhi.notices import actions, queries
from gongzhi.notices.actions.delivering import said_in_token
from gongzhi.notices.channels.push import public_key
from gongzhi.notices.channels.sms import is_theirs
from gongzhi.notices.forms import HoursForm, OutletForm
from gongzhi.notices.models import Channel, Pace
from gongzhi.notices.purposes import GROUPS
from gongzhi.people.actor import Person
from gongzhi.people.queries import contact_of_account

_CODE = re.compile(r"\b\d{6}\b")


def _mine(request: HttpRequest) -> Person:
    by: Person = request.actor  # type: ignore[attr-defined]
    if by.account_id is None:
        raise SignInFirst
    return by


# ---- my notices


@never_cache
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """What I was told lately, newest first."""
    by = _mine(request)
    rows = queries.inbox(by)
    context = {"rows": rows, "new": sum(row.read_at is None for row in rows), "groups": GROUPS}
    return render(request, "notices/inbox.html", context)


@require_POST
def read(request: HttpRequest, key: UUID | None = None) -> HttpResponse:
    """One of them is read, and leads on to what it is about; or all of them are."""
    by = _mine(request)
    actions.read_all(str(key) if key else None, by=by, at=clock.now())
    onward = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, allowed_hosts=None):
        onward = reverse("notices:inbox")
    return HttpResponseRedirect(onward)


@never_cache
@require_safe
def count(request: HttpRequest) -> HttpResponse:
    """How many are new (a fragment for the bell)."""
    return render(request, "notices/_count.html", {"new": queries.unread(_mine(request))})


# ---- what I choose


def _choices_page(request: HttpRequest, by: Person, status: int = 200, **more: Any) -> HttpResponse:
    contact = contact_of_account(by.account_id or 0)
    outlets = list(queries.outlets_of(by))
    have = {Channel.PUSH, *(row.channel for row in outlets)}
    if contact is not None:
        have |= {Channel.SMS} if contact.phone else set()
        have |= {Channel.EMAIL} if contact.email else set()
    groups = [
        {
            "group": one.group,
            "pace": one.pace,
            "paces": [(code, Pace(code).label) for code in one.group.paces],
            "channels": [
                {
                    "code": code,
                    "label": Channel(code).label,
                    "on": code in one.channels,
                    "there": code in have,
                }
                for code in one.group.channels
                if code in have or code in (Channel.SMS, Channel.EMAIL)
            ],
        }
        for one in queries.choices_of(by)
    ]
    context = {
        "groups": groups,
        "contact": contact,
        "outlets": outlets,
        "hours": HoursForm(initial=HoursForm.of(queries.hours_of(by))),
        "outlet": OutletForm(),
        "staff": by.is_staff,
        "push_key": public_key(),
        **more,
    }
    return render(request, "notices/choices.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choices(request: HttpRequest) -> HttpResponse:
    """By which ways I want which messages."""
    by = _mine(request)
    if request.method != "POST":
        return _choices_page(request, by)
    for one in queries.choices_of(by):
        code = one.group.code
        if one.group.fixed or f"pace-{code}" not in request.POST:
            continue
        actions.choose(
            code,
            request.POST.getlist(f"ways-{code}"),
            request.POST.get(f"pace-{code}", ""),
            by=by,
            at=clock.now(),
        )
    toast(request, _("已保存。"))
    return HttpResponseRedirect(reverse("notices:choices"))


@require_POST
def hours(request: HttpRequest) -> HttpResponse:
    """When I do not want to be disturbed."""
    by, form = _mine(request), HoursForm(request.POST)
    if not form.is_valid() or form.cleaned_data["zone"] not in available_timezones():
        return _choices_page(request, by, 400, hours=form)
    told = form.cleaned_data
    actions.set_hours(told["begins"], told["ends"], told["zone"], told["digest_at"], by=by, at=clock.now())
    toast(request, _("已保存。"))
    return HttpResponseRedirect(reverse("notices:choices"))


@require_POST
@throttled("outlet", 20, 3600, by="account")
def add_outlet(request: HttpRequest) -> HttpResponse:
    """A robot of a group chat that may write to me."""
    by, form = _mine(request), OutletForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        keys = {"secret": told["secret"]} if told["secret"] else {}
        try:
            actions.add_outlet(told["channel"], told["address"], keys, told["label"], by=by, at=clock.now())
        except Refusal as refusal:
            form.add_error("address" if "address" in refusal.fields else None, str(refusal))
        else:
            toast(request, _("已添加。"))
            return HttpResponseRedirect(reverse("notices:choices") + "#outlets")
    return _choices_page(request, by, 400, outlet=form)


@require_POST
def drop_outlet(request: HttpRequest, pk: int) -> HttpResponse:
    """Write there no more."""
    if not actions.drop_outlet(pk, by=_mine(request), at=clock.now()):
        raise NotFound
    toast(request, _("已删除。"))
    return HttpResponseRedirect(reverse("notices:choices") + "#outlets")


@require_POST
@throttled("outlet", 20, 3600, by="account")
def subscribe(request: HttpRequest) -> HttpResponse:
    """A browser's subscription, as JSON from the page's own script: ``{"endpoint", "keys": {"p256dh", "auth"}}``."""
    by = _mine(request)
    try:
        told = json.loads(request.body)
        address, keys = str(told["endpoint"]), {name: str(told["keys"][name]) for name in ("p256dh", "auth")}
    except (ValueError, KeyError, TypeError) as fault:
        raise Invalid from fault
    agent = request.headers.get("User-Agent", "")
    label = next((name for name in ("Edg", "Firefox", "Chrome", "Safari") if name in agent), "")
    actions.add_outlet(Channel.PUSH, address, keys, {"Edg": "Edge"}.get(label, label), by=by, at=clock.now())
    return JsonResponse({"kept": True}, status=201)


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker that shows push messages. It keeps nothing and answers for no page."""
    path = finders.find("notices/sw.js")
    if not isinstance(path, str):
        raise Http404
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        answer = HttpResponse(file.read(), content_type="text/javascript; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


# ---- no more of it, by a link in a message


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@throttled("stop", 60, 3600)
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks once more (mail scanners open links); POST stops, also without a page (RFC 8058)."""
    try:
        account_id, digest, group = said_in_token(token)
        told = GROUPS[group]
    except (BadSignature, ValueError, KeyError) as fault:
        raise NotFound(_("这个退订链接不完整。"), help=_("请从邮件里点，或登录后在“通知”里改。")) from fault
    by, now, done = request.actor, clock.now(), ""  # type: ignore[attr-defined]
    if request.method == "POST":
        if request.POST.get("again"):
            actions.start_again(account_id, digest, group, by=by, at=now)
            done = "again"
        elif account_id is not None:
            actions.stop(account_id, group, by=by, at=now)
            done = "stopped"
        else:
            actions.stop_address(digest, group, by=by, at=now)
            done = "stopped"
    return render(request, "notices/stop.html", {"group": told, "done": done})


# ---- the gateway


@csrf_exempt
@require_POST
@throttled("sms receipts", 6000, 60)
def sms_receipt(request: HttpRequest) -> JsonResponse:
    """The SMS gateway says how it went: ``{"id", "state": "delivered" | "failed", "reason"}``, signed."""
    body, headers = request.body, request.headers
    if not is_theirs(headers.get("X-Timestamp", ""), body, headers.get("X-Signature", "")):
        raise SignInFirst(_("签名不对。"))
    try:
        told = json.loads(body)
        key, state = str(UUID(str(told["id"]))), told["state"]
    except (ValueError, KeyError, TypeError) as fault:
        raise Invalid from fault
    if state not in ("delivered", "failed"):
        raise Invalid
    sender = Actor.for_service("notices")
    with acting(sender):
        known = actions.receipt(
            key, arrived=state == "delivered", reason=str(told.get("reason", "")), by=sender, at=clock.now()
        )
    return JsonResponse({"known": known})


# ---- development


@never_cache
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """The newest messages of every channel with their one-time codes set apart. It does not exist elsewhere."""
    if not settings.MAILBOX:
        raise Http404
    wanted = request.GET.get("by", "")
    letters = []
    for message in queries.mailbox(most=60, everything=True, channel=wanted):
        code = _CODE.search(message.body) if message.purpose == "sign_in" else None
        letters.append(
            {
                "message": message,
                "code": code.group() if code else "",
                "channel": Channel(message.channel).label,
            }
        )
    tabs = [{"label": _("全部"), "url": "?", "current": not wanted}] + [
        {"label": label, "url": f"?by={code}", "current": wanted == code} for code, label in Channel.choices
    ]
    return render(request, "notices/mailbox.html", {"letters": letters, "tabs": tabs})
