"""Taking a report in for somebody: a clerk at the telephone or the counter, a grid worker on the way."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from civics.emergency import emergency_in
from gongzhi.kit import clock
from gongzhi.kit.cursors import whole
from gongzhi.kit.errors import Conflict, NotFound, Refusal
from gongzhi.people.actor import Person
from gongzhi.people.queries import order_centre_of
from gongzhi.people.roles import GRID_ROLES, Role
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions.reporting import new_code, report
from gongzhi.workorders.cards.rows import state_label, unit_label
from gongzhi.workorders.drafts import LONGEST, Draft
from gongzhi.workorders.forms.questions import answers_sent, fields_for
from gongzhi.workorders.forms.steps import Intake
from gongzhi.workorders.models import Appeal, Channel, WorkOrder
from gongzhi.workorders.policies import RULES
from gongzhi.workorders.policies.desk import require
from gongzhi.workorders.queries import get_order
from gongzhi.workorders.questions import questions
from gongzhi.workorders.tables import emergencies, route, tree
from gongzhi.workorders.understanding import Neighbour, classify, neighbours, understand
from gongzhi.workorders.words.nearness import why_near
from gongzhi.workorders.words.titles import title_for

SOURCE = "desk"
#: Key in the session of the last report taken in: its order and the code for the resident, until the next one.
RECEIPT = "desk_receipt"
#: Fields of the form that the draft calls by the same name.
_SAME = ("channel", "description", "place_text", "lon", "lat", "appeal", "name", "phone", "private",
         "emergency_acknowledged")  # fmt: skip


def _first_values(request: HttpRequest, by: Person) -> dict[str, Any]:
    """A grid worker reports from the field, in their own grid; a clerk from the telephone."""
    wanted = request.GET.get("channel", "")
    in_field = not by.holding(Role.CLERK) and bool(by.holding(*GRID_ROLES, Role.BUILDING_HEAD))
    channel = (
        wanted if wanted in ("phone", "counter", "field") else Channel.FIELD if in_field else Channel.PHONE
    )
    grid = next((post.division_id for post in by.holding(*GRID_ROLES) if post.division_id), None)
    return {
        "channel": channel,
        "key": secrets.token_urlsafe(18),
        "area": grid if channel == Channel.FIELD else None,
    }


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form; a report sent twice with the same key is one order."""
    by = require(request.actor, "take_in")  # type: ignore[attr-defined]
    if request.method == "GET":
        return _form(request, Intake(initial=_first_values(request, by)))
    alarm = ""
    try:
        form = Intake(request.POST, request.FILES)
        if not form.is_valid():
            return _form(request, form, status=400)
        said, answers = form.cleaned_data, answers_sent(request.POST)
        draft = Draft(
            **{name: said[name] for name in _SAME if said[name] is not None},
            category_id=said["category"] or _known_category(request.POST.get("guess", "")),
            area_id=said["area"],
            pictures=said["photos"],
            answers=answers[0],
            asked=answers[1],
            source=SOURCE,
            source_key=f"{by.account_id}:{said['key']}",
        )
        receipt = report(draft, by=by, at=clock.now())
    except Conflict:
        raise
    except Refusal as refusal:
        form = Intake(request.POST)
        form.errors.clear()
        if refusal.code == "emergency":
            alarm = str(refusal.help)
        else:
            named = {"category": "category", "photos": "photos", "position": "place_text"}
            known = [(named.get(name, name), words) for name, words in refusal.fields.items()]
            fitting = [(name, words) for name, words in known if name in form.fields]
            for name, words in fitting or [(None, [str(refusal)])]:  # type: ignore[list-item]
                form.add_error(name, words)
        return _form(request, form, status=refusal.status, alarm=alarm, wrong=dict(refusal.fields))
    # The key, not the code: the code is made from it again, and is kept nowhere.
    kept = {"order": receipt.order.pk, "key": draft.source_key, "why": list(receipt.why)}
    request.session[RECEIPT] = kept
    return HttpResponseRedirect(reverse("workorders:desk_taken"))


def _form(
    request: HttpRequest, form: Intake, *, status: int = 200, alarm: str = "", wrong: Any = None
) -> HttpResponse:
    sent, shown = answers_sent(request.POST)
    of = [questions()[key].category_id for key in shown]
    topic = tree().topics.get(max(of, key=lambda key: len(tree().line(key)))) if of else None
    context = {
        "form": form,
        "alarm": alarm,
        "most": LONGEST,
        "asked": fields_for(topic.id, sent=sent, errors=wrong) if topic else [],
        "asked_topic": topic,
    }
    return render(request, "workorders/staff/intake.html", context, status=status)


@require_GET
def taken(request: HttpRequest) -> HttpResponse:
    """What to tell the resident: the number, the code, who has it and until when."""
    by = require(request.actor, "take_in")  # type: ignore[attr-defined]
    kept = request.session.get(RECEIPT)
    if not kept or "key" not in kept:
        return HttpResponseRedirect(reverse("workorders:desk_new"))
    context: dict[str, Any] = {
        "code": new_code(SOURCE, kept["key"]),
        "why": kept["why"],
        "channel": request.GET.get("channel", ""),
    }
    try:
        order = get_order(kept["order"], by=by)
        context |= {
            "order": order,
            "state": state_label(order.state),
            "unit": unit_label(order.unit_id) or _centre(order.street_id),
            "category": tree().said_of(order.category_id),
            "grid": ground().name_of(order.grid_id, above=1) if order.grid_id else "",
        }
    except NotFound:
        # A grid worker may take in what belongs to another grid: the code still opens it for the resident.
        pass
    return render(request, "workorders/staff/taken.html", context)


def _centre(street_id: int | None) -> str:
    centre = order_centre_of(street_id)
    return centre.label if centre else ""


@require_GET
def near(request: HttpRequest) -> HttpResponse:
    """While somebody types: category, place, unit, emergencies and neighbours as they look so far (a fragment)."""
    by = require(request.actor, "take_in")  # type: ignore[attr-defined]
    text = request.GET.get("text", "").strip()[:LONGEST]
    if len(text) < 6:
        return HttpResponse(status=204)
    now = clock.now()
    draft = Draft(
        text,
        place_text=request.GET.get("place_text", "")[:200],
        area_id=whole(request.GET.get("area", "")),
        category_id=_known_category(request.GET.get("category", "")),
        lon=_degrees(request.GET.get("lon", "")),
        lat=_degrees(request.GET.get("lat", "")),
    )
    seen = understand(draft, at=now)
    found = route(seen.topic.id, seen.spot, now) if seen.topic and seen.spot.community_id else None
    alarm = emergency_in(text, emergencies())
    land, topics = ground(), tree()
    around = neighbours("", text, spot=seen.spot, topic=seen.topic, at=now)
    context = {
        "guesses": [
            {"id": g.category_id, "name": topics.said_of(g.category_id), "share": g.share}
            for g in seen.guesses
        ],
        "chosen": topics.said_of(draft.category_id) if draft.category_id else "",
        "place": land.name_of(seen.spot.grid_id or seen.spot.community_id, above=1)
        if seen.spot.community_id
        else "",
        "outside": seen.place_known_by == "outside",
        "unit": found.unit.label if found else "",
        "rule": found.rule_code if found else "",
        "why": seen.why,
        "appeal": str(Appeal(seen.topic.default_appeal).label) if seen.topic else "",
        "alarm": alarm,
        "near": told_near(around, by=by),
        "may_open": bool(by.holding(Role.CLERK)),
    }
    return render(request, "workorders/staff/_near.html", context)


@require_GET
def asked(request: HttpRequest) -> HttpResponse:
    """The questions of the category as it looks so far: the one chosen, guessed, or that the words speak of."""
    require(request.actor, "open_desk")  # type: ignore[attr-defined]
    key = _known_category(request.GET.get("category", "")) or _known_category(request.GET.get("guess", ""))
    text = request.GET.get("text", "").strip()[:LONGEST]
    if key is None and len(text) >= 6:
        guesses = classify(text)
        key = guesses[0].category_id if guesses and guesses[0].share >= settings.GONGZHI_CONFIDENCE else None
    fields = fields_for(key)
    if not fields:
        return HttpResponse(status=204)
    return render(request, "workorders/_questions.html", {"asked": fields, "topic": tree().topics[key or 0]})


def told_near(around: list[Neighbour], *, by: Person) -> list[dict[str, Any]]:
    """Neighbours as this person may read them: of others' areas no words but the category, of private ones nothing."""
    if not around:
        return []
    rows = {
        row.pk: row
        for row in WorkOrder.objects.filter(pk__in=[n.order_id for n in around]).defer("words", "description")
    }
    found = []
    for n in around:
        row = rows.get(n.order_id)
        mine = row is not None and RULES.may(by, "see", row)
        if row is None or (row.private and not mine):
            continue
        found.append(
            {
                "number": n.number,
                "title": title_for(row, by=by),
                "reason": why_near(n.why, told=mine),
                "state": state_label(n.state),
                "url": reverse("workorders:desk_order", args=[n.order_id]),
            }
        )
    return found


def _known_category(text: str) -> int | None:
    key = whole(text)
    return key if key in tree().live else None


def _degrees(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if -180 <= value <= 180 else None
