"""Calling a meeting or a series, changing, inviting more, cancelling."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Forbidden, Invalid
from gongzhi.meetings import queries, video
from gongzhi.meetings.actions import calling, planning
from gongzhi.meetings.actions.calling import Plan
from gongzhi.meetings.actions.planning import Rhythm
from gongzhi.meetings.forms import InvitedForm, MeetingForm, SeriesForm, WhenForm
from gongzhi.meetings.policies import RULES, SERIES_RULES, may_call, staff
from gongzhi.meetings.views.calendar import rhythm_words
from gongzhi.meetings.views.one import seen_of
from gongzhi.people.actor import Person
from gongzhi.territory.ground import ground


def _caller(request: HttpRequest) -> Person:
    by = staff(request.actor)  # type: ignore[attr-defined]
    if not may_call(by):
        raise Forbidden(_("您的岗位不召集会议。"), help=_("请联系网格长、单位负责人或街道。"))
    return by


def attempt(form: forms.Form, act: Callable[[dict[str, Any]], Any]) -> Any:
    """Do it in a savepoint; a refusal of what was filled in goes beside its field, and the answer is None."""
    if not form.is_valid():
        return None
    try:
        with transaction.atomic():
            return act(form.cleaned_data)
    except Invalid as refusal:
        names = {"starts_at": "on", "ends_at": "ends"}
        for name, said in (refusal.fields or {"": [str(refusal)]}).items():
            name = names.get(name, name)
            form.add_error(name if name in form.fields else None, said)
        return None


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Call a meeting."""
    by = _caller(request)
    tomorrow = clock.today() + timedelta(days=1)
    first = {"on": tomorrow, "begins": time(15), "ends": time(16), "division": request.GET.get("division")}
    form = MeetingForm(request.POST or None, by=by, initial=first)
    if request.method == "POST":
        made = attempt(form, lambda said: calling.call(_plan(said), by=by, at=clock.now()))
        if made is not None:
            toast(request, _("已召集，邀请了 {n} 方").format(n=len(made.bodies) + len(made.guests)))
            return HttpResponseRedirect(reverse("meetings:meeting", args=[made.pk]))
    context = {"form": form, "video_server": video.available()}
    return render(request, "meetings/new.html", context, status=400 if request.method == "POST" else 200)


def _plan(said: dict[str, Any]) -> Plan:
    return Plan(
        title=said["title"], division_id=said["division"], starts_at=said["starts_at"], ends_at=said["ends_at"],
        bodies=tuple(said["bodies"]), guests=tuple(said["guests"]), purpose=said["purpose"], place=said["place"],
        agenda=said["agenda"], video=said["video"], answer_by=said["answer_by"],
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def new_series(request: HttpRequest) -> HttpResponse:
    """Plan a liaison meeting that comes again."""
    by = _caller(request)
    form = SeriesForm(
        request.POST or None, by=by, initial={"starts_on": clock.today(), "clock_time": time(9)}
    )
    if request.method == "POST":
        made = attempt(form, lambda said: planning.plan(_rhythm(said), by=by, at=clock.now()))
        if made is not None:
            toast(request, _("例会已安排，最近五周的会议已进入各方日程"))
            return HttpResponseRedirect(reverse("meetings:series", args=[made.pk]))
    context = {"form": form, "video_server": video.available()}
    return render(
        request, "meetings/new_series.html", context, status=400 if request.method == "POST" else 200
    )


def _rhythm(said: dict[str, Any]) -> Rhythm:
    return Rhythm(
        title=said["title"], division_id=said["division"], weekday=said["weekday"], clock_time=said["clock_time"],
        starts_on=said["starts_on"], ends_on=said["ends_on"], bodies=tuple(said["bodies"]),
        guests=tuple(said["guests"]), every=said["every"], interval=said["interval"], week=said["week"],
        on_rest=said["on_rest"], minutes=said["minutes"], place=said["place"], agenda=said["agenda"],
        video=said["video"],
    )  # fmt: skip


@require_GET
def series(request: HttpRequest, series_id: int) -> HttpResponse:
    """One series: its rule, its meetings, who is invited."""
    by = staff(request.actor)  # type: ignore[attr-defined]
    row = queries.get_series(series_id, by=by)
    now = clock.now()
    from gongzhi.meetings.views.calendar import _cards
    from gongzhi.people.models import Account
    from gongzhi.people.queries import organisations

    shown = list(row.meetings.select_related("division", "organisation").order_by("-starts_at")[:40])
    known = organisations()
    invited = [known[body].label for body in row.bodies if body in known]
    invited += [str(account) for account in Account.objects.filter(pk__in=row.guests)]
    context = {
        "series": row,
        "rhythm": rhythm_words(row),
        "invited": invited,
        "cards": _cards(shown, now, by),
        "may_end": SERIES_RULES.may(by, "end", row) and (row.ends_on is None or row.ends_on > clock.today()),
        "today": clock.today(),
        "area": ground().name_of(row.division_id, above=1),
    }
    return render(request, "meetings/series.html", context)


@require_POST
def end_series(request: HttpRequest, series_id: int) -> HttpResponse:
    """No more of them from a day on."""
    by = staff(request.actor)  # type: ignore[attr-defined]
    try:
        on = date.fromisoformat(request.POST.get("on", ""))
    except ValueError as error:
        raise Invalid(_("请选择日期。"), code="on") from error
    planning.end(series_id, on=on, by=by, at=clock.now())
    toast(request, _("例会已结束，之后的会议已取消"))
    return HttpResponseRedirect(reverse("meetings:series", args=[series_id]))


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """Change title, time, place, agenda or the video room of a meeting."""
    by = staff(request.actor)  # type: ignore[attr-defined]
    row = queries.get_meeting(meeting_id, by=by)
    RULES.require(by, "amend", row)
    begins, ends = clock.local(row.starts_at), clock.local(row.ends_at)
    first = {
        "title": row.title, "on": begins.date(), "begins": begins.time(), "ends": ends.time(), "place": row.place,
        "agenda": row.agenda, "video": bool(row.room),
    }  # fmt: skip
    form = WhenForm(request.POST or None, initial=first)
    if request.method == "POST":

        def act(said: dict[str, Any]) -> Any:
            return calling.amend(
                meeting_id, title=said["title"], place=said["place"], agenda=said["agenda"],
                starts_at=_same_or(said["starts_at"], row.starts_at), ends_at=_same_or(said["ends_at"], row.ends_at),
                video_room=said["video"], by=by, at=clock.now(), seen=seen_of(request),
            )  # fmt: skip

        if attempt(form, act) is not None:
            toast(request, _("会议安排已改"))
            return HttpResponseRedirect(reverse("meetings:meeting", args=[meeting_id]))
    context = {
        "form": form,
        "meeting": row,
        "seen": request.POST.get("seen") or row.edits,
        "video_server": video.available(),
    }
    return render(request, "meetings/change.html", context, status=400 if request.method == "POST" else 200)


def _same_or(entered: datetime, before: datetime) -> datetime:
    """What was there, when the form shows the same minute: a form has no seconds."""
    same = entered == before.astimezone(timezone.get_default_timezone()).replace(second=0, microsecond=0)
    return before if same else entered


@require_http_methods(["GET", "POST"])
def invite_more(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """Invite further organisations or people."""
    by = staff(request.actor)  # type: ignore[attr-defined]
    row = queries.get_meeting(meeting_id, by=by)
    RULES.require(by, "invite", row)
    form = InvitedForm(request.POST or None, by=by, without=tuple(row.bodies))
    if request.method == "POST":

        def act(said: dict[str, Any]) -> Any:
            return calling.invite(
                meeting_id, said["bodies"], said["guests"], by=by, at=clock.now(), seen=seen_of(request)
            )

        if attempt(form, act) is not None:
            toast(request, _("已追加邀请"))
            return HttpResponseRedirect(reverse("meetings:meeting", args=[meeting_id]))
    context = {"form": form, "meeting": row, "seen": request.POST.get("seen") or row.edits}
    return render(request, "meetings/invite.html", context, status=400 if request.method == "POST" else 200)


@require_POST
def cancel(request: HttpRequest, meeting_id: int) -> HttpResponse:
    """Cancel it, with a reason."""
    by = staff(request.actor)  # type: ignore[attr-defined]
    calling.cancel(meeting_id, request.POST.get("reason", ""), by=by, at=clock.now(), seen=seen_of(request))
    toast(request, _("会议已取消，原因已告诉被邀请的各方"))
    return HttpResponseRedirect(reverse("meetings:meeting", args=[meeting_id]))
