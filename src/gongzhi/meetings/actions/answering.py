"""Answering an invitation, and looking after those that nobody answers."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.journal.actions import Said
from gongzhi.journal.models import Thread
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, NotFound
from gongzhi.meetings.actions.calling import field_error, locked
from gongzhi.meetings.models import Answer, Invitation, Meeting
from gongzhi.meetings.policies import ANSWERING
from gongzhi.people.actor import Person
from gongzhi.people.queries import organisations

#: Invitations looked at in one transaction of the sweep.
BATCH = 200


def name_of(invitation: Invitation) -> str:
    """The invited organisation; of a person only that one was invited, never the name: details are kept for ever."""
    body = organisations().get(invitation.organisation_id or 0)
    return body.label if body else _("受邀人")


def _mine(invitation: Invitation, by: Actor) -> bool:
    if invitation.account_id is not None:
        return invitation.account_id == by.account_id
    return isinstance(by, Person) and invitation.organisation_id in by.organisations(*ANSWERING)


@transaction.atomic
def answer(
    invitation_id: int, answer: str, reason: str = "", *, by: Actor, at: datetime, seen: int | None = None
) -> Invitation:
    """Say for one's organisation, or oneself, whether one comes; not coming needs a reason.

    ``seen`` is how many answers the reader had before them: two colleagues who answer at one instant get one 409.
    An answer may be changed until the meeting ends.
    """
    found = Invitation.objects.filter(pk=invitation_id).values_list("meeting_id", flat=True).first()
    if found is None:
        raise NotFound(_("没有这个邀请。"))
    meeting = locked(found, "answer", by=by)
    invitation = Invitation.objects.get(
        pk=invitation_id
    )  # after the lock: what a colleague has just said is in it
    if not _mine(invitation, by):
        raise Forbidden(_("这份邀请是给别的单位的。"))
    if seen is not None and invitation.answers != seen:
        raise Conflict(
            _("就在刚才，您的同事先答复了。"),
            help=_("请看一下他的答复，需要时再改。"),
            code="someone_was_quicker",
        )
    if meeting.ends_at <= at:
        raise Conflict(_("会议已经结束。"), code="over")
    if answer not in (Answer.COMING, Answer.NOT_COMING):
        raise field_error("answer", _("请选择参加或不能参加。"), "answer")
    reason = reason.strip()[:1000]
    if answer == Answer.NOT_COMING and not reason:
        raise field_error("reason", _("请写明为什么不能参加。"), "reason")
    detail = {"name": name_of(invitation), "late": at > invitation.answer_by}
    (entry,) = journal.write(
        meeting.thread, [Said(f"meetings.{answer}", text=reason, detail=detail)], by=by, at=at
    )
    invitation.answer, invitation.answered_at, invitation.answered_by_id = answer, at, by.account_id
    invitation.said = entry if reason else None
    invitation.answers += 1
    invitation.next_look_at = None
    invitation.save(update_fields=["answer", "answered_at", "answered_by", "said", "answers", "next_look_at"])
    return invitation


@transaction.atomic
def look_after(*, by: Actor, at: datetime, most: int = BATCH) -> int:
    """Remind those who have not answered half way, and keep that nobody did by the moment. How many were looked at.

    Safe to run twice and side by side: meetings are claimed with SKIP LOCKED before their invitations are read.
    """
    due = Invitation.objects.filter(next_look_at__lte=at)
    wanted = list(due.order_by("next_look_at").values_list("meeting_id", flat=True)[:most])
    meetings = {
        meeting.pk: meeting
        for meeting in Meeting.objects.select_for_update(skip_locked=True, of=("self", "thread"))
        .select_related("thread")
        .filter(pk__in=wanted)
    }
    count = 0
    for row in due.filter(meeting_id__in=meetings).order_by("next_look_at"):
        count += 1
        _look(row, meetings[row.meeting_id].thread, by, at)
    return count


def _look(row: Invitation, thread: Thread, by: Actor, at: datetime) -> None:
    row.next_look_at = None
    if row.answer == Answer.NONE:
        detail = {"name": name_of(row), "answer_by": row.answer_by.isoformat()}
        if at >= row.answer_by:
            row.silent_at = row.silent_at or row.answer_by
            journal.write(thread, [Said("meetings.silent", detail=detail)], by=by, at=at)
        else:
            row.reminded_at, row.next_look_at = at, row.answer_by
            journal.write(thread, [Said("meetings.remind", detail=detail)], by=by, at=at)
    row.save(update_fields=["next_look_at", "silent_at", "reminded_at"])
