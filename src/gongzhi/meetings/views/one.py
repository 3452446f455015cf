"""One meeting: looking at it, answering, who came, the minutes, on paper and as a calendar file."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid
from gongzhi.meetings import ics, queries
from gongzhi.meetings.actions import answering, recording
from gongzhi.meetings.meeting_cards import records_of
from gongzhi.meetings.models import Meeting
from gongzhi.meetings.policies import RULES, staff
from gongzhi.meetings.views.showing import agenda_of, history, row_of, state_of, tallied, video_context
from gongzhi.people.actor import Person


def seen_of(request: HttpRequest) -> int | None:
    """How often the thing had been changed when the page was made; None when the form does not say."""
    text = request.POST.get("seen", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def page_of(meeting: Meeting, *, by: Person) -> dict[str, Any]:
    """Everything that the page and the paper of a meeting show."""
    now = clock.now()
    rows = [row_of(row, mine=queries.is_mine(row, by=by), now=now) for row in queries.invitations_of(meeting)]
    state, tone = state_of(meeting, now)
    over, begun = meeting.ends_at <= now, meeting.starts_at <= now
    standing = meeting.cancelled_at is None
    return {
        "meeting": meeting,
        "state": state,
        "tone": tone,
        "rows": rows,
        "mine": [row for row in rows if row.mine],
        "tally": tallied(rows),
        "agenda": agenda_of(meeting.agenda),
        "note": meeting.note.text if meeting.note else "",
        "note_at": meeting.note.at if meeting.note else None,
        "note_by": str(meeting.note.by) if meeting.note and meeting.note.by else "",
        "why_cancelled": meeting.cancelled.text if meeting.cancelled else "",
        "begins": clock.local(meeting.starts_at),
        "ends": clock.local(meeting.ends_at),
        "same_day": clock.local(meeting.starts_at).date() == clock.local(meeting.ends_at).date(),
        "over": over,
        "begun": begun,
        "may_answer": standing and not over,
        "may_tick": standing and begun and RULES.may(by, "tick", meeting),
        "may_note": standing and begun and RULES.may(by, "note", meeting),
        "may_change": standing and not over and RULES.may(by, "amend", meeting),
        "may_cancel": standing and meeting.note_id is None and RULES.may(by, "cancel", meeting),
        "record": records_of([meeting.pk], by=by).get(meeting.pk),
        **video_context(meeting),
    }


@require_GET
def meeting(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """One meeting with everybody invited and everything that happened."""
    by = staff(request.actor)  # type: ignore[attr-defined]
    row = queries.get_meeting(meeting_id, by=by)
    return render(request, "meetings/meeting.html", {**page_of(row, by=by), "history": history(row)})


@require_GET
def paper(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """The minutes on paper: who was called, who came, what was agreed."""
    by = staff(request.actor)  # type: ignore[attr-defined]
    return render(request, "meetings/paper.html", page_of(queries.get_meeting(meeting_id, by=by), by=by))


@require_GET
def ics_file(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """The meeting for somebody's own calendar."""
    by = staff(request.actor)  # type: ignore[attr-defined]
    row = queries.get_meeting(meeting_id, by=by)
    event = ics.Event(
        uid=f"{row.thread.key}@gongzhi",
        sequence=row.edits,
        title=row.title,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        stamp=clock.now(),
        place=row.place,
        words="\n".join(part for part in (row.agenda, video_context(row)["video_url"]) if part),
        url=request.build_absolute_uri(reverse("meetings:meeting", args=[row.pk])),
        cancelled=row.cancelled_at is not None,
    )
    response = HttpResponse(ics.calendar_file(event), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="meeting-{row.pk}.ics"'
    return response


def _back(request: HttpRequest, meeting_id: int) -> str:
    """Where the form was: the list or the meeting."""
    back = request.POST.get("back", "")
    if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return back
    return reverse("meetings:meeting", args=[meeting_id])


@require_POST
def answer(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Coming, or not coming and why."""
    by = staff(request.actor)  # type: ignore[attr-defined]
    said = request.POST.get("answer", "")
    row = answering.answer(
        invitation_id, said, request.POST.get("reason", ""), by=by, at=clock.now(), seen=seen_of(request)
    )
    toast(request, _("已答复：参加") if said == "coming" else _("已答复：不能参加，原因已告诉召集人"))
    return HttpResponseRedirect(_back(request, row.meeting_id))


@require_POST
def attendance(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """Who came. Each line says yes, no, or nothing yet."""
    by = staff(request.actor)  # type: ignore[attr-defined]
    told: dict[int, recording.Came] = {}
    for name, value in request.POST.items():
        key = name.removeprefix("came-")
        if name.startswith("came-") and key.isdecimal() and len(key) < 12 and value in ("yes", "no"):
            told[int(key)] = recording.Came(value == "yes", request.POST.get(f"who-{key}", ""))
    if not told:
        raise Invalid(_("请至少记录一方。"), code="nothing_ticked")
    recording.tick(meeting_id, told, by=by, at=clock.now(), seen=seen_of(request))
    toast(request, _("到会情况已记录"))
    return HttpResponseRedirect(_back(request, meeting_id))


@require_http_methods(["POST"])
def minutes(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """The minutes of the meeting."""
    by = staff(request.actor)  # type: ignore[attr-defined]
    recording.note(meeting_id, request.POST.get("text", ""), by=by, at=clock.now(), seen=seen_of(request))
    toast(request, _("会议纪要已保存"))
    return HttpResponseRedirect(_back(request, meeting_id))
