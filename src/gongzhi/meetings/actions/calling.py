"""Calling a meeting, inviting more, changing or cancelling it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.journal.actions import Said
from gongzhi.journal.models import Thread
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, Invalid, NotFound
from gongzhi.meetings import video
from gongzhi.meetings.models import Invitation, Meeting, Purpose
from gongzhi.meetings.policies import CALLING, RULES, calling_post
from gongzhi.people.models import Account
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground

LONGEST_TITLE, LONGEST_PLACE, LONGEST_AGENDA = 120, 200, 4000
#: More would be an assembly.
MOST_INVITED = 200
LONGEST = timedelta(days=3)


@dataclass(frozen=True)
class Plan:
    """A meeting before it is called. Moments are aware; ``answer_by`` None asks for answers until it starts.

    ``bodies`` and ``guests`` are ids of organisations and accounts. ``organisation_id`` and ``called_by_id`` are
    worked out from whoever calls, except for the meetings of a series.
    """

    title: str
    division_id: int
    starts_at: datetime
    ends_at: datetime
    bodies: tuple[int, ...] = ()
    guests: tuple[int, ...] = ()
    purpose: str = Purpose.OTHER
    place: str = ""
    agenda: str = ""
    video: bool = False
    answer_by: datetime | None = None
    series_id: int | None = None
    by_rule_on: date | None = None
    organisation_id: int | None = None
    called_by_id: int | None = None


def field_error(name: str, sentence: str, code: str) -> Invalid:
    """A refusal that belongs beside one field."""
    return Invalid(sentence, code=code, fields={name: [sentence]})


def checked_words(title: str, place: str, agenda: str) -> tuple[str, str, str]:
    """Title, place and agenda without outer blanks. Raises Invalid beside the field that is too short or long."""
    title, place, agenda = title.strip(), place.strip(), agenda.strip()
    if len(title) < 2 or len(title) > LONGEST_TITLE:
        raise field_error("title", _("请写会议名称，2 到 {most} 个字。").format(most=LONGEST_TITLE), "title")
    if len(place) > LONGEST_PLACE:
        raise field_error("place", _("地点最多 {most} 个字。").format(most=LONGEST_PLACE), "place_too_long")
    if len(agenda) > LONGEST_AGENDA:
        raise field_error(
            "agenda", _("议程最多 {most} 个字。").format(most=LONGEST_AGENDA), "agenda_too_long"
        )
    return title, place, agenda


def checked_invited(bodies: Iterable[int], guests: Iterable[int]) -> tuple[list[int], list[int]]:
    """Known organisations and accounts, each once. Raises Invalid."""
    wanted, people = list(dict.fromkeys(bodies)), list(dict.fromkeys(guests))
    known = organisations()
    if any(body not in known for body in wanted):
        raise field_error("bodies", _("没有这个单位，或它已经撤销。"), "unknown_organisation")
    if len(wanted) + len(people) > MOST_INVITED:
        raise field_error(
            "bodies", _("一次最多邀请 {most} 方。").format(most=MOST_INVITED), "too_many_invited"
        )
    if people and Account.objects.filter(pk__in=people, is_active=True).count() != len(people):
        raise field_error("guests", _("没有这个人。"), "unknown_person")
    return wanted, people


def _checked_times(plan: Plan, at: datetime) -> datetime:
    """The moment until which answers are asked for."""
    check_span(plan.starts_at, plan.ends_at)
    if plan.ends_at <= at:
        raise field_error("starts_at", _("会议时间已经过去。"), "in_the_past")
    answer_by = min(plan.answer_by or plan.starts_at, plan.starts_at)
    if answer_by <= at:
        answer_by = plan.starts_at if plan.starts_at > at else plan.ends_at
    return answer_by


def check_span(starts_at: datetime, ends_at: datetime) -> None:
    """Raises Invalid when a meeting would end before it starts, or last for days."""
    if ends_at <= starts_at:
        raise field_error("ends_at", _("结束时间要晚于开始时间。"), "ends_first")
    if ends_at - starts_at > LONGEST:
        raise field_error("ends_at", _("会议最长三天。"), "too_long")


def locked(meeting_id: int, verb: str, *, by: Actor, seen: int | None = None) -> Meeting:
    """The meeting with its thread, locked, for this verb. NotFound, Forbidden, or Conflict when stale or cancelled."""
    meeting = (
        Meeting.objects.select_for_update(of=("self", "thread"))
        .select_related("thread")
        .filter(pk=meeting_id)
        .first()
    )
    if meeting is None or not (by.service or RULES.may(by, "see", meeting)):
        raise NotFound(_("没有这个会议，或没有邀请您。"))
    if not (by.service or RULES.may(by, verb, meeting)):
        raise Forbidden(_("这一步由召集人来做。") if verb != "answer" else _("没有邀请您的单位。"))
    if seen is not None and meeting.edits != seen:
        raise Conflict(
            _("就在刚才，有人先改了这个会议。"),
            help=_("您写的内容没有提交。请看一下现在的安排，再决定怎么改。"),
            code="someone_was_quicker",
        )
    if meeting.cancelled_at is not None:
        raise Conflict(_("这个会议已经取消。"), code="cancelled")
    return meeting


def wrote(
    meeting: Meeting, said: Sequence[Said], changed: Sequence[str], *, by: Actor, at: datetime
) -> list[Any]:
    """Write entries, count one more edit by the caller's side, and save what changed. For a locked meeting."""
    entries = journal.write(meeting.thread, said, by=by, at=at)
    meeting.edits += 1
    meeting.save(update_fields=[*changed, "edits"])
    return entries


def names_of(bodies: Iterable[int]) -> list[str]:
    """Short names of organisations, for an entry's detail."""
    known = organisations()
    return [known[body].label for body in bodies if body in known]


def half_way(asked_at: datetime, answer_by: datetime) -> datetime:
    """When an invitation is looked at first: half of the time to answer it is gone."""
    return asked_at + (answer_by - asked_at) / 2


def _invite(
    thread_id: int, bodies: Iterable[int], guests: Iterable[int], answer_by: datetime, at: datetime
) -> None:
    look = half_way(at, answer_by)
    whom: list[dict[str, int]] = [{"organisation_id": body} for body in bodies]
    whom += [{"account_id": guest} for guest in guests]
    Invitation.objects.bulk_create(
        Invitation(meeting_id=thread_id, asked_at=at, answer_by=answer_by, next_look_at=look, **one)
        for one in whom
    )


@transaction.atomic
def call(plan: Plan, *, by: Actor, at: datetime, roles: tuple[str, ...] = CALLING) -> Meeting:
    """Call a meeting: it stands in the calendars of all who are invited at once. Raises Invalid or Forbidden.

    ``roles`` are those under which one may call it.
    """
    if by.service is None:
        post = calling_post(by, plan.division_id, roles)
        plan = replace(
            plan,
            organisation_id=post.organisation_id,
            called_by_id=by.account_id,
            series_id=None,
            by_rule_on=None,
        )
    return enter(plan, by=by, at=at)


@transaction.atomic
def enter(plan: Plan, *, by: Actor, at: datetime) -> Meeting:
    """Enter a meeting whose caller has been asked for the right already. Used by ``call`` and the series."""
    area = ground().areas.get(plan.division_id)
    if area is None or plan.called_by_id is None:
        raise Invalid(_("请选择会议所属的区域。"), code="division")
    title, place, agenda = checked_words(plan.title, plan.place, plan.agenda)
    bodies, guests = checked_invited(plan.bodies, plan.guests)
    if not bodies and not guests:
        raise field_error("bodies", _("请选择要邀请的单位。"), "nobody_invited")
    answer_by = _checked_times(plan, at)
    detail = {
        "count": len(bodies) + len(guests), "names": names_of(bodies), "starts_at": plan.starts_at.isoformat(),
        "area": area.name,
    }  # fmt: skip
    thread: Thread
    thread, _entries = journal.open_thread("meetings", [Said("meetings.call", detail=detail)], by=by, at=at)
    meeting = Meeting.objects.create(
        thread=thread,
        title=title,
        purpose=plan.purpose,
        level=area.level,
        division_id=area.id,
        organisation_id=plan.organisation_id,
        called_by_id=plan.called_by_id,
        place=place,
        agenda=agenda,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        room=video.new_room() if plan.video else "",
        bodies=bodies,
        guests=guests,
        series_id=plan.series_id,
        by_rule_on=plan.by_rule_on,
    )
    _invite(thread.pk, bodies, guests, answer_by, at)
    return meeting


@transaction.atomic
def invite(
    meeting_id: int,
    bodies: Sequence[int],
    guests: Sequence[int] = (),
    *,
    answer_by: datetime | None = None,
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> Meeting:
    """Invite further organisations or people. Those invited already stay as they are."""
    meeting = locked(meeting_id, "invite", by=by, seen=seen)
    if meeting.ends_at <= at:
        raise Conflict(_("会议已经结束，不能再邀请。"), code="over")
    more, people = checked_invited(
        [body for body in bodies if body not in meeting.bodies],
        [guest for guest in guests if guest not in meeting.guests],
    )
    if not more and not people:
        raise field_error("bodies", _("请选择还没有邀请的单位。"), "nobody_invited")
    meeting.bodies, meeting.guests = [*meeting.bodies, *more], [*meeting.guests, *people]
    checked_invited(meeting.bodies, meeting.guests)
    until = max(min(answer_by or meeting.starts_at, meeting.starts_at), at + timedelta(minutes=1))
    _invite(meeting.pk, more, people, until, at)
    detail = {"count": len(more) + len(people), "names": names_of(more)}
    wrote(meeting, [Said("meetings.invite", detail=detail)], ["bodies", "guests"], by=by, at=at)
    return meeting


@transaction.atomic
def amend(
    meeting_id: int,
    *,
    title: str,
    place: str,
    agenda: str,
    starts_at: datetime,
    ends_at: datetime,
    video_room: bool,
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> Meeting:
    """Change what a meeting says. Another time asks everybody anew: an answer was given for the old one."""
    meeting = locked(meeting_id, "amend", by=by, seen=seen)
    title, place, agenda = checked_words(title, place, agenda)
    check_span(starts_at, ends_at)
    if meeting.ends_at <= at:
        raise Conflict(_("会议已经结束，只能写纪要。"), code="over")
    if ends_at <= at:
        raise field_error("starts_at", _("会议时间已经过去。"), "in_the_past")
    wanted = {"title": title, "place": place, "agenda": agenda, "starts_at": starts_at, "ends_at": ends_at}
    changed = [name for name, value in wanted.items() if getattr(meeting, name) != value]
    moved = "starts_at" in changed
    for name in changed:
        setattr(meeting, name, wanted[name])
    if video_room != bool(meeting.room):
        meeting.room = video.new_room() if video_room else ""
        changed.append("video")
    if not changed:
        return meeting
    said = [Said("meetings.amend", detail={"changed": changed, "starts_at": starts_at.isoformat()})]
    if moved:
        _ask_anew(meeting, at)
    wrote(meeting, said, [name for name in changed if name != "video"] + ["room"], by=by, at=at)
    return meeting


def _ask_anew(meeting: Meeting, at: datetime) -> None:
    answer_by = max(meeting.starts_at, at + timedelta(minutes=1))
    meeting.invitations.update(
        answer="", answered_at=None, answered_by=None, said=None, answer_by=answer_by, reminded_at=None,
        next_look_at=half_way(at, answer_by),
    )  # fmt: skip


@transaction.atomic
def cancel(meeting_id: int, reason: str, *, by: Actor, at: datetime, seen: int | None = None) -> Meeting:
    """Cancel a meeting, with a reason that everybody invited reads. It stays in the calendars, struck through."""
    meeting = locked(meeting_id, "cancel", by=by, seen=seen)
    reason = reason.strip()
    if not reason:
        raise field_error("reason", _("请写明为什么取消，让被邀请的人知道。"), "reason")
    if meeting.note_id is not None:
        raise Conflict(_("已经写了纪要，会议开过了，不能取消。"), code="held")
    (entry,) = wrote(meeting, [Said("meetings.cancel", text=reason[:1000])], [], by=by, at=at)
    meeting.cancelled_at, meeting.cancelled = at, entry
    meeting.save(update_fields=["cancelled_at", "cancelled"])
    meeting.invitations.update(next_look_at=None)
    return meeting
