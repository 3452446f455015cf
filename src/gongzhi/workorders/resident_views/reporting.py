"""Reporting: the form, what others have reported nearby, and the receipt."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.kit import clock
from gongzhi.kit.errors import Conflict, NotFound, Refusal, Unprocessable
from gongzhi.kit.sessions import keep
from gongzhi.kit.throttle import throttled
from gongzhi.people import actions as people
from gongzhi.people.actor import Person
from gongzhi.people.queries import contact_of_account
from gongzhi.territory.views import places_named
from gongzhi.workorders import queries
from gongzhi.workorders.actions import reporting
from gongzhi.workorders.cards import slots as cards
from gongzhi.workorders.drafts import SHORTEST, Draft, alarm_of, emergency
from gongzhi.workorders.forms.questions import fields_for
from gongzhi.workorders.forms.resident import ReportForm
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.questions import questions
from gongzhi.workorders.resident_views import again, shown
from gongzhi.workorders.tables import tree
from gongzhi.workorders.understanding import POLICE_NUMBER, classify, locate, neighbours
from gongzhi.workorders.words import resident as resident_words
from gongzhi.workorders.words import titles
from gongzhi.workorders.words.nearness import why_near

JUST_REPORTED = "just_reported"
CONSENT_VERSION = "2026-1"


def _with_contact(person: Person) -> dict[str, str]:
    """Name and phone of a signed-in resident, so that nobody types them twice."""
    if person.account_id is None:
        return {}
    contact = contact_of_account(person.account_id)
    return {
        "name": person.name or (contact.name if contact else ""),
        "phone": contact.phone if contact else "",
    }


def _page(request: HttpRequest, form: ReportForm, **more: Any) -> HttpResponse:
    told = form["topic"].value()
    topic = tree().live.get(int(told)) if str(told or "").isdecimal() else None
    asked_of = _asked_of(form, topic.id if topic else None)
    return render(
        request,
        "workorders/resident/report.html",
        {
            "form": form,
            "topic": topic,
            "asked": fields_for(asked_of, sent=form.answers[0], errors=more.get("answer_errors")),
            "asked_topic": tree().topics.get(asked_of or 0),
            "wrong": bool(form.is_bound),
            "places_url": reverse("workorders:report_places"),
            "grids_url": reverse("territory:grids"),
            "roads_url": f"{reverse('territory:features')}?kind=road",
            "water_url": f"{reverse('territory:features')}?kind=water",
            "where_url": reverse("territory:where"),
            **more,
        },
        status=form.answer_status() if form.is_bound else 200,
    )


def _asked_of(form: ReportForm, topic_id: int | None) -> int | None:
    """Of which category the questions on the page are: the chosen one, else that of the questions shown before."""
    shown = [questions()[key].category_id for key in form.answers[1]]
    return topic_id or (max(shown, key=lambda key: len(tree().line(key))) if shown else None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@throttled("report", 30, 3600)
@throttled("report of an account", 30, 3600, by="signed_in")
def report(request: HttpRequest) -> HttpResponse:
    """The form, and what happens when it is sent."""
    by: Person = request.actor  # type: ignore[attr-defined]
    if request.method != "POST":
        return _page(request, ReportForm(initial={"topic": request.GET.get("topic"), **_with_contact(by)}))
    form = ReportForm(request.POST, request.FILES)
    more: dict[str, Any] = {"photos_again": bool(request.FILES)}
    if not form.is_valid():
        return _page(request, form, **more)
    now = clock.now()
    told = {
        "words": form.cleaned_data["description"],
        "place": form.cleaned_data["place_text"],
        "key": str(form.cleaned_data["key"]),
        "at": now,
    }
    first = None if form.cleaned_data["another"] else again.sent_before(request, **told)
    if first is not None:
        return _receipt(request, *first, again=form, **more)
    try:
        receipt = reporting.report(form.draft(), by=by, at=now)
    except Unprocessable as refusal:
        if refusal.code == "emergency":
            more["alarm"] = {"number": refusal.fields["emergency"][0], "sentence": str(refusal.help)}
            form.status = refusal.status
            form.add_error(None, _("请先打电话。打过了，或者不是急事，请在下面打勾，再交一次。"))
        else:
            form.take_refusal(refusal)
        return _page(request, form, **more)
    except Conflict as refusal:
        if refusal.code != "key_reused":
            raise
        form.with_fresh_key()
        form.status = refusal.status
        form.add_error(None, _("这张表刚才已经交过一次。如果这是另一件事，请再点一次“提交”。"))
        return _page(request, form, **more)
    except Refusal as refusal:
        if refusal.code == "answers":
            more["answer_errors"] = refusal.fields
        form.take_refusal(refusal)
        return _page(request, form, **more)
    if not receipt.repeated and (form.cleaned_data["name"] or form.cleaned_data["phone"]):
        people.agree(
            "workorders.answer",
            CONSENT_VERSION,
            get_language() or "",
            by=by,
            at=now,
            thread_id=receipt.order.pk,
        )
    shown.remember(request, receipt.order.pk, "reporter")
    again.remember(request, receipt.order, **told)
    # The key, not the code: the code is made from it again, and is kept nowhere.
    request.session[JUST_REPORTED] = [receipt.order.pk, str(form.cleaned_data["key"])]
    keep(request)
    return HttpResponseRedirect(reverse("workorders:report_done"))


@never_cache
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """The receipt: number, code, who has it, until when, what happens next."""
    kept = request.session.get(JUST_REPORTED)
    if not kept:
        return HttpResponseRedirect(reverse("workorders:report"))
    order = queries.get_order(int(kept[0]), by=request.actor)  # type: ignore[attr-defined]
    return _receipt(request, order, str(kept[1]))


def _receipt(request: HttpRequest, order: WorkOrder, key: str, **more: Any) -> HttpResponse:
    """The page of a receipt; ``again`` is a form that says the same once more, and can still be sent."""
    code = shown.in_groups(reporting.new_code("web", key))
    unit = resident_words.unit_of(order)
    alarm = None if unit else alarm_of(order)
    return render(
        request,
        "workorders/resident/done.html",
        {
            "order": order,
            "code": code,
            "code_url": request.build_absolute_uri(reverse("workorders:code", args=[code])),
            "unit": unit,
            "promises": resident_words.running_promises(order, now=clock.now()),
            "topic": titles.topic_told(order),
            "police": alarm is not None and alarm[0] == POLICE_NUMBER,
            "place": resident_words.place_name(order) or order.place_text,
            "unplaced": order.community_id is None,
            **more,
        },
    )


def _degrees(text: str | None, most: float) -> float | None:
    """A longitude or latitude; None for what cannot be one, such as ``nan``."""
    try:
        value = float(text) if text else None
    except ValueError:
        return None
    return value if value is not None and -most <= value <= most else None


@never_cache
@require_safe
@throttled("near", 60, 60, methods=("GET",))
def near(request: HttpRequest) -> HttpResponse:
    """A fragment for whoever is writing: is it an emergency, have others reported it, what would help to say."""
    text = request.GET.get("text", "")[:600].strip()
    if len(text) < SHORTEST:
        return HttpResponse(status=204)
    area = request.GET.get("area", "")
    draft = Draft(
        text,
        lon=_degrees(request.GET.get("lon"), 180),
        lat=_degrees(request.GET.get("lat"), 90),
        place_text=request.GET.get("place_text", "")[:200],
        area_id=int(area) if area.isdecimal() else None,
    )
    alarm = emergency(draft)
    guesses = classify(text)
    topic = tree().topics.get(guesses[0].category_id) if guesses and guesses[0].share >= 0.5 else None
    spot, known_by = locate(draft)
    found = []
    if known_by not in ("", "outside"):
        near_ones = neighbours("", text, spot=spot, topic=topic, at=clock.now())
        found = _public(near_ones, {tree().topics[guess.category_id].code[:4] for guess in guesses})
    if request.GET.get("alarm_told"):
        alarm = None
    if not (alarm or found or (topic and topic.hint)):
        return HttpResponse(status=204)
    return render(
        request,
        "workorders/resident/near.html",
        {
            "alarm": {"number": alarm[0], "sentence": _(alarm[1])} if alarm else None,
            "near": found,
            "hint": topic.asks if topic else "",
        },
    )


@never_cache
@require_safe
@throttled("near", 60, 60, methods=("GET",))
def asked(request: HttpRequest) -> HttpResponse:
    """A fragment: the questions of the chosen category, or of the one that the words speak of; 204 for none."""
    told, text = request.GET.get("topic", ""), request.GET.get("text", "")[:600].strip()
    topic = tree().live.get(int(told)) if told.isdecimal() and len(told) < 10 else None
    if topic is None and len(text) >= SHORTEST:
        guesses = classify(text)
        sure = bool(guesses) and guesses[0].share >= settings.GONGZHI_CONFIDENCE
        topic = tree().live.get(guesses[0].category_id) if sure else None
    fields = fields_for(topic.id) if topic else []
    if not fields:
        return HttpResponse(status=204)
    return render(request, "workorders/_questions.html", {"asked": fields, "topic": topic})


def _public(near_ones: list[Any], branches: set[str]) -> list[dict[str, Any]]:
    """Neighbours without anybody's words. Private ones are left out, and those of quite another category."""
    if not near_ones:
        return []
    rows = {
        row.pk: row
        for row in WorkOrder.objects.filter(pk__in=[n.order_id for n in near_ones], private=False).only(
            "category_id", "state", "grid_id", "community_id", "opened_at"
        )
    }
    return [
        {
            "id": one.order_id,
            "title": titles.topic_name(rows[one.order_id].category_id),
            "place": resident_words.place_name(rows[one.order_id]),
            "state": resident_words.state_word(one.state),
            "tone": resident_words.TONES.get(one.state, "plain"),
            "reason": why_near(one.why, told=False),
            "at": one.opened_at,
        }
        for one in near_ones
        if one.order_id in rows and _akin(rows[one.order_id].category_id, branches)
    ]


def _akin(category_id: int | None, branches: set[str]) -> bool:
    topic = tree().topics.get(category_id or 0)
    return topic is None or not branches or topic.code[:4] in branches


@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """Suggestions for the address while somebody types: options of a data list."""
    found = places_named(request.GET.get("place_text", "")[:60])
    answer = render(request, "workorders/resident/places.html", {"places": found})
    answer.headers["Cache-Control"] = "private, max-age=300"
    return answer


@require_safe
def topics(request: HttpRequest, board: str) -> HttpResponse:
    """What a board is about; each topic leads into the form with the category chosen."""
    found = next((name for name, (code, _icon) in cards.BOARDS.items() if code == board), None)
    leaves = cards.leaves_of(found) if found else []
    if not leaves:
        raise NotFound(_("没有这个栏目。"))
    groups: dict[int, dict[str, Any]] = {}
    for topic in leaves:
        above = tree().line(topic.id)[-2] if topic.parent_id else topic
        groups.setdefault(above.id, {"name": above.said, "topics": []})["topics"].append(topic)
    return render(
        request,
        "workorders/resident/topics.html",
        {"board": _(found or ""), "groups": list(groups.values())},
    )
