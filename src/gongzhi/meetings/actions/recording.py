"""What is written down of a meeting: who came, and what was agreed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.journal.actions import Said
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict
from gongzhi.meetings.actions.answering import name_of
from gongzhi.meetings.actions.calling import field_error, locked, wrote
from gongzhi.meetings.models import Meeting

LONGEST_NOTE = 20_000


@dataclass(frozen=True)
class Came:
    """Whether somebody came, and who stood there for them (names: words that can be erased)."""

    came: bool
    who: str = ""


@transaction.atomic
def tick(
    meeting_id: int, came: Mapping[int, Came], *, by: Actor, at: datetime, seen: int | None = None
) -> Meeting:
    """Keep who came: invitation id → Came. Invitations that are not named stay as they were."""
    meeting = locked(meeting_id, "tick", by=by, seen=seen)
    if meeting.starts_at > at:
        raise Conflict(_("会议还没有开始，不能记录到会。"), code="not_yet")
    rows = {row.pk: row for row in meeting.invitations.select_related("who")}
    if any(key not in rows for key in came):
        raise field_error("came", _("名单里没有这一方，请刷新后再试。"), "not_invited")
    named = []
    for key, told in came.items():
        row, who = rows[key], told.who.strip()[:200] if told.came else ""
        before = row.who.text if row.who is not None else ""
        row.came = told.came
        if who != before:
            row.who = None
            if who:
                named.append((row, who))
        row.save(update_fields=["came", "who"])
    counts = {
        "came": sum(row.came is True for row in rows.values()),
        "missing": sum(row.came is False for row in rows.values()),
    }
    said = [Said("meetings.tick", detail=counts)]
    said += [Said("meetings.who", text=who, detail={"name": name_of(row)}) for row, who in named]
    entries = wrote(meeting, said, [], by=by, at=at)
    for (row, _who), entry in zip(named, entries[1:], strict=True):
        row.who = entry
        row.save(update_fields=["who"])
    return meeting


@transaction.atomic
def note(meeting_id: int, text: str, *, by: Actor, at: datetime, seen: int | None = None) -> Meeting:
    """Write the minutes. A second text replaces the first on the page; both stay in the history."""
    meeting = locked(meeting_id, "note", by=by, seen=seen)
    text = text.strip()
    if meeting.starts_at > at:
        raise Conflict(_("会议还没有开始，不能写纪要。"), code="not_yet")
    if not text or len(text) > LONGEST_NOTE:
        raise field_error("text", _("请写会议纪要，最多 {most} 个字。").format(most=LONGEST_NOTE), "note")
    (entry,) = journal.write(meeting.thread, [Said("meetings.note", text=text)], by=by, at=at)
    meeting.note = entry
    meeting.edits += 1
    meeting.save(update_fields=["note", "edits"])
    return meeting
