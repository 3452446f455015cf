"""What meetings do when they hear news of themselves: tell whoever is invited, by the ways they have chosen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gongzhi.journal.models import Entry
from gongzhi.kit import clock
from gongzhi.kit.acting import current
from gongzhi.meetings.models import Answer, Invitation, Meeting
from gongzhi.meetings.policies import ANSWERING
from gongzhi.notices import actions as notices
from gongzhi.notices.purposes import Purpose, register
from gongzhi.people.queries import accounts_holding

#: What is older is history: nobody is rung up for it.
FRESH = timedelta(days=2)
_SUBJECT = _("共治：会议")
PURPOSES = (
    Purpose("meetings.call", "meetings", _("请您单位参加 {when} 的会议，请答复能不能来。"), _SUBJECT),
    Purpose("meetings.invite", "meetings", _("请您单位参加 {when} 的会议，请答复能不能来。"), _SUBJECT),
    Purpose("meetings.amend", "meetings", _("会议有改动，现在是 {when}，请查看。"), _SUBJECT),
    Purpose("meetings.cancel", "meetings", _("{when} 的会议取消了，请查看。"), _SUBJECT),
    Purpose("meetings.remind", "meetings", _("{when} 的会议还没有收到您单位的答复。"), _SUBJECT),
)


def register_all() -> None:
    """Let the notices know them."""
    register(*PURPOSES)


def people_invited(invitations: Sequence[Invitation]) -> list[int]:
    """Those invited by name, and those who speak for an organisation that is. One statement."""
    bodies = [row.organisation_id for row in invitations if row.organisation_id]
    guests = [row.account_id for row in invitations if row.account_id]
    speak = accounts_holding(ANSWERING, clock.today(), organisations=bodies) if bodies else []
    return list(dict.fromkeys([*guests, *speak]))


def tell_invited(entry: Entry) -> None:
    """Called, invited, changed, cancelled: those concerned are told; of a reminder, those who have not answered."""
    meeting = Meeting.objects.filter(pk=entry.thread_id).first()
    if meeting is None or clock.now() - entry.at >= FRESH or meeting.ends_at <= clock.now():
        return
    if entry.verb == "meetings.call" and meeting.series_id is not None:
        return  # a regular meeting stands in the calendar; who has not answered is reminded
    if meeting.cancelled_at is not None and entry.verb != "meetings.cancel":
        return
    rows = meeting.invitations.all()
    if entry.verb == "meetings.remind":
        rows = rows.filter(answer=Answer.NONE, reminded_at=entry.at)
    elif entry.verb == "meetings.invite":
        rows = rows.filter(asked_at=entry.at)
    notices.tell(
        entry.verb,
        [account for account in people_invited(list(rows)) if account != entry.by_id],
        fills={"when": f"{clock.local(meeting.starts_at):%m-%d %H:%M}"},
        thread_id=meeting.pk,
        url=reverse("meetings:meeting", args=[meeting.pk]),
        by=current(),
        at=clock.now(),
    )


READERS = {purpose.code: [tell_invited] for purpose in PURPOSES}
