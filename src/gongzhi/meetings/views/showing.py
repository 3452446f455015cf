"""What pages show of a meeting: states in words, who answered what, the history. Nothing is decided here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from gongzhi.journal.queries import timeline
from gongzhi.meetings import video
from gongzhi.meetings.meeting_cards import head_elsewhere
from gongzhi.meetings.meeting_words import head_of
from gongzhi.meetings.models import Answer, Invitation, Meeting
from gongzhi.people.roles import PARTS


@dataclass(frozen=True)
class Row:
    """One who is invited, as a line on a page. ``tone`` and ``state`` say how it stands."""

    id: int
    name: str
    kind: str
    state: str
    tone: str
    answer: str
    reason: str
    answered_at: datetime | None
    answered_by: str
    answer_by: datetime
    came: bool | None
    who: str
    mine: bool
    answers: int


def row_of(row: Invitation, *, mine: bool, now: datetime) -> Row:
    """How one invitation stands."""
    if row.answer == Answer.COMING:
        state, tone = _("参加"), "done"
    elif row.answer == Answer.NOT_COMING:
        state, tone = _("不能参加"), "refused"
    elif row.silent_at is not None or row.answer_by <= now:
        state, tone = _("到时没有答复"), "late"
    else:
        state, tone = _("等待答复"), "waiting"
    return Row(
        id=row.pk,
        name=row.organisation.name if row.organisation else (row.account.name if row.account else ""),
        kind=row.organisation.get_kind_display() if row.organisation else _("个人"),
        state=state,
        tone=tone,
        answer=row.answer,
        reason=row.said.text if row.said else "",
        answered_at=row.answered_at,
        answered_by=str(row.answered_by) if row.answered_by else "",
        answer_by=row.answer_by,
        came=row.came,
        who=row.who.text if row.who else "",
        mine=mine,
        answers=row.answers,
    )


def state_of(meeting: Meeting, now: datetime) -> tuple[str, str]:
    """(words, tone) of a meeting."""
    if meeting.cancelled_at is not None:
        return _("已取消"), "refused"
    if meeting.ends_at <= now:
        return (_("已有纪要"), "done") if meeting.note_id else (_("已结束"), "closed")
    if meeting.starts_at <= now:
        return _("正在开"), "working"
    return _("将要开"), "new"


def tallied(rows: list[Row]) -> dict[str, int]:
    """How many were asked, come, do not come, have not answered, came and did not come."""
    return {
        "asked": len(rows),
        "coming": sum(row.answer == Answer.COMING for row in rows),
        "not_coming": sum(row.answer == Answer.NOT_COMING for row in rows),
        "silent": sum(row.answer == Answer.NONE for row in rows),
        "came": sum(row.came is True for row in rows),
        "missing": sum(row.came is False for row in rows),
    }


def history(meeting: Meeting) -> list[dict[str, Any]]:
    """What happened, newest first: sentence, icon, tone, moment, who, words."""
    out = []
    for entry in timeline(meeting.pk, standing="staff").select_related("by"):
        told = head_of(entry.verb, entry.detail) or head_elsewhere(entry.verb, entry.detail)
        if told is None:
            continue
        head, icon, tone = told
        name = str(entry.by) if entry.by else _("系统")
        part = PARTS.get(entry.part)
        out.append(
            {
                "head": head,
                "icon": icon,
                "tone": tone,
                "at": entry.at,
                "by": f"{name} · {part}" if part and entry.by else name,
                "text": entry.text if entry.pk != meeting.note_id else "",
                "verb": entry.verb,
            }
        )
    return out[::-1]


def video_context(meeting: Meeting) -> dict[str, Any]:
    """The link to the video room, or why there is none."""
    return {
        "video_url": video.link(meeting.room),
        "video_missing": bool(meeting.room) and not video.available(),
    }


def agenda_of(text: str) -> list[str]:
    """The agenda's lines, without numbers that somebody typed in front."""
    lines = (line.strip().lstrip("0123456789.、．) ").strip() or line.strip() for line in text.splitlines())
    return [line for line in lines if line]
