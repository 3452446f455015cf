"""Meetings that come again: planning a series, entering its meetings ahead, ending it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from civics.recurrence import Repeat, occurrences
from gongzhi.journal import actions as journal
from gongzhi.journal.actions import Said
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, NotFound
from gongzhi.meetings.actions.calling import (
    Plan,
    checked_invited,
    checked_words,
    enter,
    field_error,
    names_of,
)
from gongzhi.meetings.models import Every, Meeting, OnRest, Purpose, Series
from gongzhi.meetings.policies import SERIES_RULES, calling_post
from gongzhi.people.models import Account
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import calendar_for, ground

#: Meetings of a series are entered so long ahead.
AHEAD = timedelta(days=35)
#: Answers are asked for until so long before it begins.
ANSWERS_BEFORE = timedelta(hours=24)
LONGEST_MINUTES = 600


@dataclass(frozen=True)
class Rhythm:
    """A series before it is planned; see :class:`civics.recurrence.Repeat` for how it comes again."""

    title: str
    division_id: int
    weekday: int
    clock_time: time
    starts_on: date
    bodies: tuple[int, ...] = ()
    guests: tuple[int, ...] = ()
    every: str = Every.WEEKLY
    interval: int = 1
    week: int = 1
    on_rest: str = OnRest.NEXT
    minutes: int = 60
    place: str = ""
    agenda: str = ""
    video: bool = True
    ends_on: date | None = None


def repeat_of(series: Series) -> Repeat:
    """The rule of a series, as the sum understands it."""
    return Repeat(series.every, series.weekday, series.interval, series.week, series.on_rest)


@transaction.atomic
def plan(rhythm: Rhythm, *, by: Actor, at: datetime) -> Series:
    """Plan a series and enter its meetings of the next weeks. Raises Invalid or Forbidden."""
    post = calling_post(by, rhythm.division_id)
    assert by.account_id is not None  # whoever holds a post has an account
    title, place, agenda = checked_words(rhythm.title, rhythm.place, rhythm.agenda)
    bodies, guests = checked_invited(rhythm.bodies, rhythm.guests)
    if not bodies and not guests:
        raise field_error("bodies", _("请选择要邀请的单位。"), "nobody_invited")
    if not 5 <= rhythm.minutes <= LONGEST_MINUTES:
        raise field_error(
            "minutes", _("会议时长在 5 到 {most} 分钟之间。").format(most=LONGEST_MINUTES), "minutes"
        )
    if rhythm.ends_on is not None and rhythm.ends_on <= rhythm.starts_on:
        raise field_error("ends_on", _("结束日期要晚于开始日期。"), "ends_first")
    if rhythm.starts_on < clock.local(at).date() - timedelta(days=1):
        raise field_error("starts_on", _("请选择今天或以后的日期。"), "in_the_past")
    try:
        Repeat(rhythm.every, rhythm.weekday, rhythm.interval, rhythm.week, rhythm.on_rest)
    except ValueError as error:
        raise field_error("every", _("不能这样重复。"), "repeat") from error
    area = ground().areas[rhythm.division_id]
    thread, _entries = journal.open_thread(
        "meetings",
        [Said("meetings.plan", detail={"names": names_of(bodies), "area": area.name})],
        by=by,
        at=at,
    )
    series = Series.objects.create(
        thread=thread, title=title, level=area.level, division_id=area.id, organisation_id=post.organisation_id,
        called_by_id=by.account_id, place=place, agenda=agenda, video=rhythm.video, every=rhythm.every,
        interval=rhythm.interval, weekday=rhythm.weekday, week=rhythm.week, on_rest=rhythm.on_rest,
        clock_time=rhythm.clock_time, minutes=rhythm.minutes, bodies=bodies, guests=guests,
        starts_on=rhythm.starts_on, ends_on=rhythm.ends_on, planned_until=rhythm.starts_on,
    )  # fmt: skip
    _enter(series, until=clock.local(at).date() + AHEAD, by=by, at=at)
    return series


def _enter(series: Series, *, until: date, by: Actor, at: datetime) -> int:
    """Enter the meetings of a locked series up to a day (not included); those whose time has gone are left out."""
    begin = series.planned_until
    end = min(until, series.ends_on) if series.ends_on else until
    if end <= begin:
        return 0
    calendar = calendar_for(ground().areas[series.division_id].jurisdiction)
    entered = 0
    for one in occurrences(repeat_of(series), begin, end, calendar, since=series.starts_on):
        if one.held is None:
            continue
        starts_at = datetime.combine(one.held, series.clock_time, calendar.tz)  # type: ignore[arg-type]
        if starts_at <= at:
            continue
        ends_at = starts_at + timedelta(minutes=series.minutes)
        enter(
            Plan(
                title=series.title, division_id=series.division_id, starts_at=starts_at, ends_at=ends_at,
                bodies=tuple(series.bodies), guests=tuple(series.guests), purpose=Purpose.LIAISON,
                place=series.place, agenda=series.agenda, video=series.video,
                answer_by=starts_at - ANSWERS_BEFORE, series_id=series.pk, by_rule_on=one.by_rule,
                organisation_id=series.organisation_id, called_by_id=series.called_by_id,
            ),
            by=by, at=at,
        )  # fmt: skip
        entered += 1
    series.planned_until = end
    series.save(update_fields=["planned_until"])
    return entered


@transaction.atomic
def plan_ahead(series_id: int, *, by: Actor, at: datetime) -> int:
    """Enter what is missing of the next weeks. Safe to run twice: a day of a series has one meeting.

    Organisations and people who are no longer there are left out of what is entered.
    """
    series = Series.objects.select_for_update().get(pk=series_id)
    active = set(Account.objects.filter(pk__in=series.guests, is_active=True).values_list("pk", flat=True))
    series.guests = [guest for guest in series.guests if guest in active]
    series.bodies = [body for body in series.bodies if body in organisations()]
    if not series.guests and not series.bodies:
        return 0
    return _enter(series, until=clock.local(at).date() + AHEAD, by=by, at=at)


@transaction.atomic
def end(series_id: int, *, on: date, by: Actor, at: datetime) -> Series:
    """No more meetings of this series from a day on; those entered for later are cancelled."""
    series = (
        Series.objects.select_for_update(of=("self", "thread"))
        .select_related("thread")
        .filter(pk=series_id)
        .first()
    )
    if series is None or not SERIES_RULES.may(by, "see", series):
        raise NotFound(_("没有这个例会安排。"))
    if not SERIES_RULES.may(by, "end", series):
        raise Forbidden(_("例会由召集人结束。"))
    today = clock.local(at).date()
    if series.ends_on is not None and series.ends_on <= max(on, today):
        raise Conflict(_("这个例会已经结束。"), code="ended_already")
    if on < today:
        raise field_error("on", _("请选择今天或以后的日期。"), "in_the_past")
    series.ends_on = on
    series.planned_until = min(series.planned_until, on)
    series.save(update_fields=["ends_on", "planned_until"])
    journal.write(series.thread, [Said("meetings.end", detail={"day": on.isoformat()})], by=by, at=at)
    later = Meeting.objects.select_for_update(of=("self", "thread")).select_related("thread")
    for meeting in later.filter(series=series, by_rule_on__gte=on, starts_at__gt=at, cancelled_at=None):
        (entry,) = journal.write(
            meeting.thread, [Said("meetings.cancel", text=_("例会已经结束"))], by=by, at=at
        )
        meeting.cancelled_at, meeting.cancelled = at, entry
        meeting.edits += 1
        meeting.save(update_fields=["cancelled_at", "cancelled", "edits"])
        meeting.invitations.update(next_look_at=None)
    return series
