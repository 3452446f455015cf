"""My meetings as a list and as a week, and the liaison meetings of the five levels."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from gongzhi.kit import clock
from gongzhi.kit.components.words import weekday_words
from gongzhi.meetings import queries, video
from gongzhi.meetings.forms import WEEKS
from gongzhi.meetings.meeting_cards import records_of
from gongzhi.meetings.models import Answer, Every, Meeting, Series
from gongzhi.meetings.policies import OVERSEEING, may_call, staff
from gongzhi.meetings.views.showing import row_of, state_of
from gongzhi.people.actor import Person
from gongzhi.territory.models import Level

#: How far ahead the list looks.
COMING = timedelta(days=60)
_NONE, _COMING, _NOT = Answer.NONE, Answer.COMING, Answer.NOT_COMING


def _tabs(here: str) -> list[dict[str, Any]]:
    return [
        {"label": _("我的会议"), "url": reverse("meetings:mine"), "current": here == "mine"},
        {"label": _("一周"), "url": reverse("meetings:week"), "current": here == "week"},
        {"label": _("五级例会"), "url": reverse("meetings:levels"), "current": here == "levels"},
    ]


def _frame(by: Person, here: str) -> dict[str, Any]:
    return {"tabs": _tabs(here), "may_call": may_call(by), "video_server": video.available()}


def _card(meeting: Meeting, now: datetime, records: dict[int, Any]) -> dict[str, Any]:
    state, tone = state_of(meeting, now)
    mine: list[Any] = getattr(meeting, "mine", [])
    answers = {row.answer for row in mine}
    if not mine:
        answer = ("", "")
    elif _NONE in answers:
        answer = (_("还没有答复"), "soon")
    else:
        answer = (_("参加"), "done") if _COMING in answers else (_("不参加"), "refused")
    return {
        "meeting": meeting, "state": state, "tone": tone, "answer": answer[0], "answer_tone": answer[1],
        "record": records.get(meeting.pk), "video_url": video.link(meeting.room) if meeting.cancelled_at is None else "",
        "day": clock.local(meeting.starts_at).date(), "begins": clock.local(meeting.starts_at),
        "ends": clock.local(meeting.ends_at),
    }  # fmt: skip


def _cards(meetings: list[Meeting], now: datetime, by: Person) -> list[dict[str, Any]]:
    records = records_of([meeting.pk for meeting in meetings], by=by)
    return [_card(meeting, now, records) for meeting in meetings]


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """What waits for my answer, what is to come, what has been."""
    by = staff(request.actor)  # type: ignore[attr-defined]
    now = clock.now()
    midnight = datetime.combine(clock.local(now).date(), time(), timezone.get_default_timezone())
    past = "past" in request.GET
    area = "area" in request.GET and bool(by.areas(*OVERSEEING))
    if past:
        shown = queries.past_meetings(now, by=by)
    else:
        shown = queries.meetings_between(midnight, midnight + COMING, by=by, area=area)
    here = reverse("meetings:mine")
    filters = [
        {"label": _("将要开"), "url": here, "current": not past and not area},
        {"label": _("已经开过"), "url": f"{here}?past", "current": past},
    ]
    if by.areas(*OVERSEEING):
        filters.append({"label": _("本辖区的"), "url": f"{here}?area", "current": area and not past})
    context = {
        **_frame(by, "mine"),
        "waiting": [
            {"row": row_of(row, mine=True, now=now), "meeting": row.meeting, "seen": row.answers}
            for row in queries.waiting(by=by, at=now)
        ],
        "cards": _cards(shown, now, by),
        "filters": filters,
        "past": past,
    }
    return render(request, "meetings/mine.html", context)


@require_GET
def week(request: HttpRequest) -> HttpResponse:
    """Seven days from Monday."""
    by = staff(request.actor)  # type: ignore[attr-defined]
    now, today = clock.now(), clock.today()
    try:
        chosen = date.fromisoformat(request.GET.get("on", ""))
        if not 2000 <= chosen.year <= 2100:
            chosen = today
    except ValueError:
        chosen = today
    monday = chosen - timedelta(days=chosen.weekday())
    zone = timezone.get_default_timezone()
    since = datetime.combine(monday, time(), zone)
    cards = _cards(queries.meetings_between(since, since + timedelta(days=7), by=by), now, by)
    days = []
    for place in range(7):
        day = monday + timedelta(days=place)
        days.append(
            {
                "day": day,
                "name": weekday_words(day),
                "today": day == today,
                "cards": [card for card in cards if card["day"] == day],
            }
        )
    here = reverse("meetings:week")
    context = {
        **_frame(by, "week"),
        "days": days,
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "before": f"{here}?on={monday - timedelta(days=7)}",
        "after": f"{here}?on={monday + timedelta(days=7)}",
        "this": here if not monday <= today < monday + timedelta(days=7) else "",
        "count": len(cards),
    }
    return render(request, "meetings/week.html", context)


def rhythm_words(series: Series) -> str:
    """每周二 09:00, 每月第一个周五 15:00, 每 2 周周三 10:00."""
    day = weekday_words(date(2024, 1, 1 + series.weekday))  # 1 January 2024 was a Monday
    at = f"{series.clock_time:%H:%M}"
    if series.every == Every.WEEKLY:
        if series.interval == 1:
            return _("每{day} {at}").format(day=day, at=at)
        return _("每 {n} 周的{day} {at}").format(n=series.interval, day=day, at=at)
    which = str(dict(WEEKS)[series.week])
    if series.interval == 1:
        return _("每月{which}{day} {at}").format(which=which, day=day, at=at)
    return _("每 {n} 个月{which}{day} {at}").format(n=series.interval, which=which, day=day, at=at)


@require_GET
def levels(request: HttpRequest) -> HttpResponse:
    """The liaison meetings from district to building: when they are, the link, the last minutes."""
    by = staff(request.actor)  # type: ignore[attr-defined]
    now = clock.now()
    rows = queries.series_seen(by=by)
    coming, gone = queries.meetings_of_series([row.pk for row in rows], at=now)
    shown: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        following = coming.get(row.pk)
        shown.setdefault(row.level, []).append(
            {
                "series": row,
                "rhythm": rhythm_words(row),
                "next": following,
                "last": gone.get(row.pk),
                "video_url": video.link(following.room) if following else "",
                "invited": len(row.bodies) + len(row.guests),
            }
        )
    context = {
        **_frame(by, "levels"),
        "levels": [(str(label), shown.get(code, [])) for code, label in Level.choices],
        "any": bool(rows),
    }
    return render(request, "meetings/levels.html", context)
