"""Everything about one order for a colleague: words, place, clocks, neighbours, history, and what can be done now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from gongzhi.journal.models import Entry
from gongzhi.journal.queries import timeline
from gongzhi.kit.clock import local
from gongzhi.matters.queries import deadlines_of
from gongzhi.notices.queries import Way, preview, sent_about, way_to
from gongzhi.people.actor import Person
from gongzhi.people.models import Account
from gongzhi.people.queries import colleagues, organisations
from gongzhi.people.roles import Role
from gongzhi.territory.ground import ground
from gongzhi.workorders import wordings
from gongzhi.workorders.actions import signing
from gongzhi.workorders.actions.dispatching import proposed
from gongzhi.workorders.cards.devices import of_order as device_of
from gongzhi.workorders.cards.links import links_told, near_told
from gongzhi.workorders.cards.owed import WORDED, asked_and_owed
from gongzhi.workorders.cards.police import of_order
from gongzhi.workorders.cards.rows import (
    Told,
    choice_label,
    clock_of,
    row_of,
    seen_words,
    state_label,
    told,
    unit_label,
)
from gongzhi.workorders.drafts import alarm_of
from gongzhi.workorders.forms import steps as staff_forms
from gongzhi.workorders.models import Appeal, Channel, Supervision, WorkOrder
from gongzhi.workorders.policies import CLERK, CONTACT
from gongzhi.workorders.queries import ways
from gongzhi.workorders.queries.police import pairs
from gongzhi.workorders.staff_steps import (
    ASIDE,
    ASKING,
    DECIDING,
    WATCHING,
    StaffStep,
    possible,
    why_not_check,
)
from gongzhi.workorders.staff_views.standing_open import outside_told, requested
from gongzhi.workorders.tables import Route, responsibilities, tree
from gongzhi.workorders.understanding import POLICE_NUMBER
from gongzhi.workorders.words.messages import TOLD_RESIDENT
from gongzhi.workorders.workflow import ANSWERED, ASSIGNED, BEFORE_ANSWER, TRIAGE, VERIFYING

#: Steps that are the natural next one, in this order; the first possible one is drawn large.
_FIRST = ("grant_return", "grant_extension", "grant_suspension", "grant_void", "dispatch", "verify", "accept", "answer", "pass_check", "take_up", "supply", "resume_work", "taken_by_police", "sign_off", "visit")  # fmt: skip


#: What sends an answered order back, as whoever works on it again is told.
_WHY_AGAIN = {
    "dispute": gettext_noop("居民说没有解决"),
    "reopen": gettext_noop("又重新打开了"),
    "fail_check": gettext_noop("核查退回重办"),
}

#: Nobody has taken it in hand yet: what sounds like fire or rescue is told to whoever looks.
_EARLY = frozenset({TRIAGE, VERIFYING, ASSIGNED})


@dataclass(frozen=True)
class Tells:
    """What the reporter would be sent by a step, by which way, or why not."""

    words: str
    way: Way


@dataclass(frozen=True)
class Offer:
    """A step as it is offered: with its form, where it is sent, and whether the form stands open."""

    step: StaffStep
    label: str
    form: forms.Form
    url: str
    open: bool
    first: bool
    asks: bool
    map: bool
    tells: Tells | None = None


def photo_address(key: UUID, *, small: bool = False) -> str:
    """Where a photo is handed out to those who may see it."""
    return f"/photo/{key}/small/" if small else f"/photo/{key}/"


def form_for(
    step: StaffStep,
    order: WorkOrder,
    *,
    at: datetime,
    data: Any = None,
    files: Any = None,
    by_rule: Route | None = None,
    clerk: bool = False,
) -> forms.Form:
    """The form of a step for this order, with its choices and first values. ``clerk``: the centre's own choices too."""
    initial: dict[str, Any] = {}
    if step.verb in ("dispatch", "redispatch"):
        by_rule = by_rule or (proposed(order, at=at) if order.category_id else None)
        if step.verb == "dispatch" and by_rule is not None:
            initial["unit"] = by_rule.unit.id
            initial["joint"] = next(iter(by_rule.joint), "")
    elif step.verb == "recategorise":
        initial = {"category": order.category_id, "appeal": order.appeal}
    elif step.verb == "relocate":
        initial = {
            "area": order.grid_id or order.community_id,
            "place_text": order.place_text,
        }
    elif step.verb in ("forward", "hand_to_police"):
        initial = {"place": "" if order.private else order.place_text}
    elif step.verb == "split":
        initial = {"part_1": order.description}
    more: dict[str, Any] = {"with_units": clerk} if step.verb == "split" else {}
    form = step.form(data, files, initial=initial, auto_id=f"{step.verb}_%s", **more)
    if step.verb == "answer":
        _ask_why(form, order)
    form.offered = wordings.offered(order, step.verb) if step.verb in WORDED else []  # type: ignore[attr-defined]
    if step.verb in ("dispatch", "redispatch"):
        first = [by_rule.unit.id] if by_rule else []
        form.fields["unit"].choices = staff_forms.unit_choices(first)  # type: ignore[attr-defined]
    elif "until" in form.fields:
        form.fields["until"].widget.attrs["min"] = local(at).date().isoformat()
    elif step.verb == "supervise" and order.supervised:
        levels = [row for row in Supervision.choices if row[0] != order.supervised]
        form.fields["level"].choices = levels  # type: ignore[attr-defined]
    elif step.verb == "assign":
        today = local(at).date()
        rows = colleagues(order.unit_id or 0, today)
        form.fields["handler"].choices = [  # type: ignore[attr-defined]
            (account, f"{name}（{Role(role).label}）") for account, name, role in rows
        ]
    return form


def _ask_why(form: forms.Form, order: WorkOrder) -> None:
    """Who answers before every joint unit has signed says why; else nobody is asked."""
    names = signing.missing_names(order)
    if not names:
        del form.fields["why"]
        return
    form.fields["why"].required = True
    form.fields["why"].help_text = _("{units}还没有会签。写给同事看，居民看不到。").format(
        units=_("、").join(names)
    )


def _kept(order: WorkOrder) -> dict[int, str]:
    """Steps that a device kept until it had signal, by the position of their entry: when they were done."""
    return {
        row.entry: seen_words(row.done_at, row.arrived_at, timedelta(seconds=row.ahead))
        for row in order.deliveries.exclude(done_at=None)
        if row.done_at is not None
    }


def told_order(
    order: WorkOrder, *, by: Person, now: datetime, wrong: forms.Form | None = None, verb: str = ""
) -> dict[str, Any]:
    """What the order's page shows. About ten statements, whatever the length of its history."""
    entries = list(timeline(order.pk, standing="staff"))
    history = told(entries, photo_address, _kept(order))
    route = proposed(order, at=now) if order.category_id and order.state in ("triage", "assigned") else None
    alarm = alarm_of(order)
    offers = _offers(order, by=by, at=now, route=route, wrong=wrong, verb=verb, alarm=alarm)
    offered = {offer.step.verb for offer in offers}
    signing_rows = order.sign_offs.exclude(signed_at=None).values_list("unit_id", flat=True)
    signed = set(signing_rows) if order.joint else set()
    deadlines = list(deadlines_of(order.pk))
    clocks = [clock_of(row, now=now) for row in deadlines]
    running = [c for c, row in zip(clocks, deadlines, strict=True) if row.met_at is None]
    links = links_told(order, by)
    pair = pairs().get(order.community_id or 0)
    sooner = {"hand_to_police"} & offered if alarm is not None and alarm[0] == POLICE_NUMBER else set()
    return {
        "order": order,
        "pair": pair,
        "police": of_order(order),
        "device": device_of(order),
        "police_first": sooner,
        "rescue": {"numbers": alarm[0].split(";"), "sentence": _(alarm[1])}
        if alarm is not None and alarm[0] != POLICE_NUMBER and order.state in _EARLY
        else None,
        "way": ways.way_of(order, by=by) if links or order.channel == Channel.POLICE else [],
        "again": _again(order, entries),
        "to_check": _to_check(order, entries),
        "seen": order.matter.thread.length,
        "seen_late": order.seen_at is not None and order.opened_at - order.seen_at >= timedelta(minutes=5),
        "row": row_of(order, now=now),
        "state": state_label(order.state),
        "appeal": choice_label(Appeal, order.appeal),
        "channel": choice_label(Channel, order.channel),
        "category": tree().said_of(order.category_id),
        "unsure": order.confidence is not None and order.confidence < settings.GONGZHI_CONFIDENCE,
        "suggestions": _suggestions(order) if "recategorise" in offered else [],
        "place": order.place_text or ground().name_of(order.building_id),
        "grid": ground().name_of(order.grid_id or order.community_id, above=1 if order.grid_id else 0),
        "photos": _photos(history),
        "history": history[::-1],
        "running": running,
        # told once, and not of a clock that stands still
        "provisional": any(c.provisional and c.state != "paused" for c in running),
        "kept_promises": [c for c, row in zip(clocks, deadlines, strict=True) if row.met_at is not None],
        "links": links,
        "near": near_told(order, by=by, now=now, joined={row["id"] for row in links})
        if "merge" in offered
        else [],
        "may_merge": "merge" in offered,
        "may_relocate": "relocate" in offered,
        "unit": organisations().get(order.unit_id or 0),
        "joint": [
            {
                "name": unit_label(key),
                "waited_for": key in order.signing and order.state in BEFORE_ANSWER,
                "signed": key not in order.signing and key in signed,
            }
            for key in order.joint
        ],
        "rule": _rule(order),
        "proposal": route if route is not None and route.unit.id != order.unit_id else None,
        "handler": _handler(order),
        "request_open": requested(order, by=by),
        "decisions": [offer for offer in offers if offer.step.verb in DECIDING],
        "outside": (
            outside_told(order, by=by) if any(row.promise == "outside" for row in deadlines) else None
        ),
        "offers": sorted(
            (
                offer
                for offer in offers
                if offer.step.verb not in ASIDE | (ASKING - sooner) | WATCHING | DECIDING
            ),
            key=lambda offer: offer.step.verb not in sooner,
        ),
        "askings": [offer for offer in offers if offer.step.verb in ASKING - sooner],
        "watchings": [offer for offer in offers if offer.step.verb in WATCHING],
        "first_offer": next((o for o in offers if o.first), None),
        "asides": [offer for offer in offers if offer.step.verb in ASIDE],
        "why_not_check": why_not_check(order, by=by),
        "may_see_contact": CONTACT.holds(by, order),
        "sent": sent_about(order.pk, TOLD_RESIDENT),
        **asked_and_owed(order, by=by, offered=offered),
        "desk_order_url": reverse("workorders:desk_order", args=[order.pk]),
    }


def _again(order: WorkOrder, entries: Sequence[Entry]) -> dict[str, Any] | None:
    """Why an order that was answered is being worked on again, until it is answered anew: whoever has it reads that first."""
    if order.state not in BEFORE_ANSWER:
        return None
    for entry in reversed(entries):
        verb = entry.verb.partition(".")[2]
        if verb == "answer":
            return None
        if verb in _WHY_AGAIN:
            return {"why": _(_WHY_AGAIN[verb]), "text": entry.text, "at": entry.at} if entry.text else None
    return None


def _to_check(order: WorkOrder, entries: Sequence[Entry]) -> dict[str, Any] | None:
    """The answer that waits for somebody else's check: whoever checks reads it before everything else."""
    if order.state != ANSWERED:
        return None
    last = next((one for one in reversed(entries) if one.verb.partition(".")[2] == "answer"), None)
    return {"text": last.text, "at": last.at} if last is not None and last.text else None


def _offers(
    order: WorkOrder,
    *,
    by: Person,
    at: datetime,
    route: Route | None,
    wrong: forms.Form | None,
    verb: str,
    alarm: tuple[str, str, str] | None,
) -> list[Offer]:
    steps = possible(order, by=by)
    verbs = {step.verb for step, _step in steps}
    theirs = alarm is not None and alarm[0] == POLICE_NUMBER and "hand_to_police" in verbs
    first = "hand_to_police" if theirs else next((name for name in _FIRST if name in verbs), "")
    offers = []
    # what a step would send is shown before it is sent; nobody is told of what was imported as history
    sends = verbs & {code.removeprefix("workorders.") for code in TOLD_RESIDENT}
    way = way_to(order.pk, order.reporter_id) if sends and not order.history else None
    for step, rule in steps:
        form = (
            wrong
            if wrong is not None and step.verb == verb
            else form_for(step, order, at=at, by_rule=route, clerk=CLERK.holds(by, order))
        )
        offers.append(
            Offer(
                step,
                _(rule.label),
                form,
                reverse("workorders:desk_step", args=[order.pk, step.verb]),
                step.verb == verb,
                step.verb == first,
                bool(form.fields),
                "lon" in form.fields,
                _tells(order, step.verb, way) if way and step.verb in sends else None,
            )
        )
    return offers


def _tells(order: WorkOrder, verb: str, way: Way) -> Tells:
    return Tells(preview(f"workorders.{verb}", {"number": order.number}, way.language), way)


def _suggestions(order: WorkOrder) -> list[dict[str, Any]]:
    """The two categories that were suggested, unless a colleague has already decided."""
    topics = tree().topics
    if order.confidence == 1.0:
        return []
    return [
        {
            "id": key,
            "name": tree().said_of(key),
            "short": topics[key].said,
            "share": share,
            "chosen": key == order.category_id,
            "letter": str(n),
        }
        for n, (key, share) in enumerate(order.suggestions[:2], 1)
        if key in topics
    ]


def _photos(history: list[Told]) -> list[dict[str, Any]]:
    """Every photo in order of arrival, marked before or after the work."""
    found: list[dict[str, Any]] = []
    for entry in history:
        for number, photo in enumerate(entry.photos, 1):
            alt = _("照片 {n}：{head}").format(n=number, head=entry.head)
            found.append({**photo, "stage": photo["stage"] or "before", "at": entry.at, "alt": alt})
    if not any(photo["stage"] == "after" for photo in found):
        for photo in found:
            photo["stage"] = ""
    return found


def _rule(order: WorkOrder) -> dict[str, str] | None:
    """The line of the table that chose the unit, in words."""
    line = next((row for row in responsibilities() if row.id == order.rule_id), None)
    if line is None:
        return None
    topic = tree().by_code.get(line.category_code)
    return {"code": line.code, "about": tree().said_of(topic.id) if topic else _("全部事项")}


def _handler(order: WorkOrder) -> str:
    if order.handler_id is None:
        return ""
    return Account.objects.filter(pk=order.handler_id).values_list("name", flat=True).first() or ""
