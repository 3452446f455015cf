"""Partners of the exchange: the list, one partner with its keys, its codes and what went to and fro."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid, NotFound
from gongzhi.meetings.views.calling import attempt
from gongzhi.people.actor import Person
from gongzhi.workorders.actions import partnering
from gongzhi.workorders.codes import code_lists
from gongzhi.workorders.forms.open311 import KeyForm, MatchForm, NewPeer, PeerForm
from gongzhi.workorders.models import Counterpart, Course, Peer, PeerKey, Scope
from gongzhi.workorders.policies.open311 import PARTNERS, require
from gongzhi.workorders.tables import tree

#: Requests to and fro that a partner's page shows.
SHOWN = 50
#: state of an exchange → tone of its chip.
TONES = {"queued": "waiting", "sent": "working", "refused": "late", "received": "done"}


@require_http_methods(["GET", "POST"])
def peers(request: HttpRequest) -> HttpResponse:
    """Every partner; POST enters one."""
    by = require(request.actor, "see")  # type: ignore[attr-defined]
    may_change = PARTNERS.may(by, "change", None)
    form = NewPeer(request.POST or None)
    if request.method == "POST":
        require(by, "change")
        made = attempt(
            form,
            lambda said: partnering.add_peer(said["code"], name=said["name"], by=by, at=clock.now()),
        )
        if made is not None:
            toast(request, _("已加上。接下来发密钥，或填对方的地址。"))
            return HttpResponseRedirect(reverse("workorders:open311_peer", args=[made.pk]))
    good = Q(keys__revoked_at=None, keys__expires_at__gt=clock.now())
    rows = list(Peer.objects.annotate(good_keys=Count("keys", filter=good)))
    # only what waits is counted: everything that ever went to and fro would be read through for one number
    waiting = Counterpart.objects.filter(state=Course.QUEUED).values("peer_id").annotate(n=Count("pk"))
    waits = dict(waiting.values_list("peer_id", "n"))
    context = {
        "rows": [{"row": row, "waits": waits.get(row.pk, 0)} for row in rows],
        "form": form,
        "may_change": may_change,
        "endpoint": request.build_absolute_uri("/open311/v2"),
        "discovery": request.build_absolute_uri(reverse("workorders:open311_discovery", args=["json"])),
    }
    return render(request, "workorders/staff/open311_peers.html", context, status=400 if form.errors else 200)


def _one(peer_id: int) -> Peer:
    row = Peer.objects.select_related("codes").filter(pk=peer_id).first()
    if row is None:
        raise NotFound(_("没有这家对接方。"))
    return row


def _page(
    request: HttpRequest, row: Peer, by: Person, *, form: PeerForm | None = None, keys: KeyForm | None = None
) -> HttpResponse:
    codes = next((one for one in code_lists().values() if one.id == row.codes_id), None)
    first = {
        name: getattr(row, name) for name in ("name", "address", "jurisdiction", "form", "takes", "gives")
    }
    shown = list(row.counterparts.select_related("order")[:SHOWN])
    context: dict[str, Any] = {
        "row": row,
        "may_change": PARTNERS.may(by, "change", None),
        "form": form or PeerForm(initial={**first, "media_hosts": ", ".join(row.media_hosts)}),
        "has_secret": bool(bytes(row.sealed_key)),
        "key_form": keys or KeyForm(),
        "keys": [
            {
                "row": key,
                "scopes": [Scope(one).label for one in key.scopes],
                "over": key.expires_at <= clock.now(),
            }
            for key in row.keys.all()
        ],
        "codes": codes,
        "pairs": [(pair, tree().said_of(pair.category_id)) for pair in codes.pairs] if codes else [],
        "match_form": MatchForm(names=codes.names) if codes and codes.names else None,
        "shown": [{"row": one, "tone": TONES[one.state]} for one in shown],
        "left_out": list(row.left_out.items())[-20:],
    }
    wrong = bool((form and form.errors) or (keys and keys.errors))
    return render(request, "workorders/staff/open311_peer.html", context, status=400 if wrong else 200)


@require_http_methods(["GET", "POST"])
def peer(request: HttpRequest, peer_id: int) -> HttpResponse:
    """One partner; POST changes how we exchange."""
    by = require(request.actor, "see")  # type: ignore[attr-defined]
    row = _one(peer_id)
    if request.method != "POST":
        return _page(request, row, by)
    require(by, "change")
    form, seen = PeerForm(request.POST), request.POST.get("seen", "")

    def change(said: dict[str, Any]) -> Peer:
        secret = said.pop("secret") or None
        number = int(seen) if seen.isdecimal() and len(seen) < 10 else None
        return partnering.change_peer(peer_id, secret=secret, by=by, at=clock.now(), seen=number, **said)

    if attempt(form, change) is None:
        return _page(request, row, by, form=form)
    toast(request, _("已保存"))
    return HttpResponseRedirect(reverse("workorders:open311_peer", args=[peer_id]))


@require_POST
def new_key(request: HttpRequest, peer_id: int) -> HttpResponse:
    """A new key, shown once."""
    by = require(request.actor, "change")  # type: ignore[attr-defined]
    row, form = _one(peer_id), KeyForm(request.POST)

    def issue(said: dict[str, Any]) -> tuple[PeerKey, str]:
        ends = datetime.combine(said["expires_on"], time(23, 59), tzinfo=timezone.get_default_timezone())
        return partnering.issue_key(
            peer_id, said["title"], said["scopes"], expires_at=ends, by=by, at=clock.now()
        )

    made = attempt(form, issue)
    if made is None:
        return _page(request, row, by, keys=form)
    response = render(
        request, "workorders/staff/open311_key.html", {"peer": row, "row": made[0], "key": made[1]}
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
def drop_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """The key opens nothing any more."""
    by = require(request.actor, "change")  # type: ignore[attr-defined]
    row = partnering.revoke_key(key_id, by=by, at=clock.now())
    toast(request, _("密钥已停用"))
    return HttpResponseRedirect(reverse("workorders:open311_peer", args=[row.peer_id]))


@require_POST
def switch(request: HttpRequest, peer_id: int) -> HttpResponse:
    """Stop the exchange with a partner, or let it go on."""
    by = require(request.actor, "change")  # type: ignore[attr-defined]
    on = request.POST.get("on") == "yes"
    partnering.switch(peer_id, on=on, by=by, at=clock.now())
    toast(request, _("已恢复对接") if on else _("已停止对接"))
    return HttpResponseRedirect(reverse("workorders:open311_peer", args=[peer_id]))


@require_POST
def fetch_services(request: HttpRequest, peer_id: int) -> HttpResponse:
    """Ask the partner for its services: whether it is there, and what its codes are."""
    by = require(request.actor, "change")  # type: ignore[attr-defined]
    count, matched = partnering.fetch_services(peer_id, by=by, at=clock.now())
    toast(request, _("对方有 {n} 项服务，其中 {m} 项按名称对上了。").format(n=count, m=matched))
    return HttpResponseRedirect(reverse("workorders:open311_peer", args=[peer_id]))


@require_POST
def match(request: HttpRequest, peer_id: int) -> HttpResponse:
    """Say what one of their codes means here."""
    by = require(request.actor, "change")  # type: ignore[attr-defined]
    row = _one(peer_id)
    codes = next((one for one in code_lists().values() if one.id == row.codes_id), None)
    form = MatchForm(request.POST, names=codes.names if codes else {})
    if not form.is_valid():
        raise Invalid(_("请选择对方的服务和我们的分类。"), code="match")
    said = form.cleaned_data
    partnering.match(peer_id, said["their_code"], said["category"], by=by, at=clock.now())
    toast(request, _("对照已改"))
    return HttpResponseRedirect(f"{reverse('workorders:open311_peer', args=[peer_id])}#codes")


@require_POST
def ask_again(request: HttpRequest, peer_id: int) -> HttpResponse:
    """Have the next round ask for the last ninety days again."""
    by = require(request.actor, "change")  # type: ignore[attr-defined]
    now = clock.now()
    partnering.ask_again(peer_id, since=now - timedelta(days=90), by=by, at=now)
    toast(request, _("下一轮会把最近 90 天的再取一遍，已有的不重复。"))
    return HttpResponseRedirect(reverse("workorders:open311_peer", args=[peer_id]))


@require_GET
def about(request: HttpRequest) -> HttpResponse:
    """For programmers: our addresses, what a key does, and an example that can be copied."""
    context = {
        "endpoint": request.build_absolute_uri("/open311/v2"),
        "discovery": request.build_absolute_uri(reverse("workorders:open311_discovery", args=["json"])),
        "services": len(tree().live),
    }
    return render(request, "workorders/resident/open311.html", context)
