"""The register: committees, mediators, and those proposed for a case."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.journal import books
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.cursors import whole
from gongzhi.kit.errors import Invalid, NotFound, Refusal, SignInFirst
from gongzhi.mediation import books as told
from gongzhi.mediation.actions import register as actions
from gongzhi.mediation.actions import team
from gongzhi.mediation.forms.register import (
    CommitteeForm,
    InterestForm,
    MediatorForm,
    NewCommitteeForm,
    NewMediatorForm,
    SeatForm,
    TrainingForm,
)
from gongzhi.mediation.models import Committee, Interest, Jurisdiction, Mediator, Seat, Tongue
from gongzhi.mediation.queries import register as asked
from gongzhi.mediation.queries.cases import get_case
from gongzhi.mediation.queries.proposing import loads, on_file, proposed
from gongzhi.mediation.register_policies import REGISTER, keeps, require
from gongzhi.mediation.workflow import WORKFLOW
from gongzhi.territory.ground import ground


def tabs(current: str) -> list[dict[str, Any]]:
    """The pages of the register."""
    pages = [
        ("committees", _("调委会")),
        ("mediators", _("调解员")),
        ("coverage", _("覆盖")),
        ("duty", _("驿站排班")),
        ("terms", _("期限")),
    ]
    return [
        {"label": label, "url": reverse(f"mediation:{name}"), "current": name == current}
        for name, label in pages
    ]


def kept(form: Any, refusal: Refusal) -> None:
    """A refusal's sentences at their fields, or at the top."""
    for name, sentences in (refusal.fields or {"": [str(refusal)]}).items():
        form.add_error(name if name in form.fields else None, sentences)


# ---- committees


@never_cache
@require_safe
def committees(request: HttpRequest) -> HttpResponse:
    """Every committee with its people, and what art. 8 finds lacking."""
    by = require(request.actor, "see_register")  # type: ignore[attr-defined]
    counts, mine, land = asked.counted_by_committee(), keeps(by), ground()
    rows = [
        {
            "row": row,
            "seats": list(row.seats.all()),
            "faults": actions.faults_of(list(row.seats.all())),
            "mediators": counts[row.pk],
            "where": _("、").join(land.name_of(key) for key in row.divisions),
            "may": mine is None or row.pk in mine,
        }
        for row in asked.committees()
    ]
    context = {
        "tabs": tabs("committees"), "rows": rows, "may_keep": REGISTER.may(by, "keep_register", None),
        "faulty": sum(bool(row["faults"]) for row in rows), "mediators": sum(counts.values()),
    }  # fmt: skip
    return render(request, "mediation/committees.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def committee(request: HttpRequest, committee_id: int) -> HttpResponse:
    """One committee: what stands of it, and who sits there (``act``: save, seat, unseat)."""
    by = require(request.actor, "see_register")  # type: ignore[attr-defined]
    row = Committee.objects.select_related("organisation").filter(pk=committee_id).first()
    if row is None:
        raise NotFound
    mine = keeps(by)
    may = REGISTER.may(by, "keep_register", None) and (mine is None or row.pk in mine)
    act, now = request.POST.get("act", ""), clock.now()
    form = CommitteeForm(request.POST if act == "save" else None, initial=told.committee_values(row))
    seat = SeatForm(request.POST if act == "seat" else None, initial={"since": clock.today()})
    status = 200
    if request.method == "POST":
        status = 400
        try:
            if act == "save" and form.is_valid():
                actions.change_committee(
                    row.pk, form.cleaned_data, by=by, at=now, seen=request.POST.get("seen_as")
                )
                toast(request, _("已保存"))
                return HttpResponseRedirect(request.path)
            if act == "seat" and seat.is_valid():
                actions.seat(row.pk, **seat.cleaned_data, by=by, at=now)
                return HttpResponseRedirect(request.path)
            if act == "unseat":
                actions.unseat(whole(request.POST.get("seat", "")) or 0, on=clock.today(), by=by, at=now)
                return HttpResponseRedirect(request.path)
        except Invalid as refusal:
            kept(seat if act == "seat" else form, refusal)
    seats = list(Seat.objects.filter(committee=row, until=None))
    context = {
        "row": row, "form": form, "seat_form": seat, "seats": seats, "faults": actions.faults_of(seats), "may": may,
        "seen": books.fingerprint(told.committee_values(row)), "table": told.COMMITTEES,
        "mediators": on_file(clock.today()).filter(committee=row).order_by("account__name"),
        "where": _("、").join(ground().name_of(key) for key in row.divisions),
    }  # fmt: skip
    return render(request, "mediation/committee.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def committee_new(request: HttpRequest) -> HttpResponse:
    """A committee that is founded."""
    by = require(request.actor, "keep_register")  # type: ignore[attr-defined]
    form = NewCommitteeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        named = {name: said.pop(name) for name in ("name", "code", "phone")}
        try:
            made = actions.found_committee(
                **named, division_id=said.pop("division"), said=said, by=by, at=clock.now()
            )
            toast(request, _("已登记{name}").format(name=named["name"]))
            return HttpResponseRedirect(reverse("mediation:committee", args=[made.pk]))
        except Invalid as refusal:
            kept(form, refusal)
    context = {"form": form, "heading": _("登记调委会"), "up": reverse("mediation:committees"), "up_name": _("调委会"),
               "lead": _("编号定了不再改；委员在登记以后添加。")}  # fmt: skip
    return render(request, "mediation/keeping.html", context, status=400 if form.errors else 200)


# ---- mediators


@never_cache
@require_safe
def mediators(request: HttpRequest) -> HttpResponse:
    """The register: ``?q=`` a name, ``?language=``, ``?law=``, ``?committee=``."""
    by = require(request.actor, "see_register")  # type: ignore[attr-defined]
    words, language = request.GET.get("q", "").strip()[:30], request.GET.get("language", "")
    law = request.GET.get("law", "")
    rows = list(
        asked.mediators(
            words=words,
            language=language if language in Tongue.values else "",
            jurisdiction=law if law in Jurisdiction.values else "",
            committee=whole(request.GET.get("committee", "")),
        )
    )
    today, carried = clock.today(), loads()
    hours = asked.hours_of([row.pk for row in rows], year=today.year)
    context = {
        "tabs": tabs("mediators"), "total": len(rows), "words": words, "language": language, "law": law,
        "languages": Tongue.choices, "laws": Jurisdiction.choices, "may_keep": REGISTER.may(by, "keep_register", None),
        "may_declare": REGISTER.may(by, "declare", None),
        "rows": [
            {
                "row": row, "hours": hours.get(row.pk), "load": carried.get(row.pk, (0, None))[0], "state": state(row, today),
                "languages": labels(row.languages, Tongue), "laws": labels(row.jurisdictions, Jurisdiction),
            }
            for row in rows
        ],
    }  # fmt: skip
    return render(request, "mediation/mediators.html", context)


def labels(codes: Any, choices: Any) -> str:
    """Codes as people read them."""
    known = dict(choices.choices)
    return _("、").join(str(known.get(code, code)) for code in codes)


def state(row: Mediator, today: date) -> tuple[str, str]:
    """(word, tone) of a filing today."""
    if row.valid_from > today:
        return _("还没生效"), "waiting"
    if row.valid_to and row.valid_to < today:
        return _("备案到期"), "late"
    if row.away_until and row.away_until >= today:
        return _("请假"), "paused"
    if row.valid_to and (row.valid_to - today).days <= 30:
        return _("快到期"), "soon"
    return _("在册"), "done"


@never_cache
@require_http_methods(["GET", "POST"])
def mediator(request: HttpRequest, account_id: int) -> HttpResponse:
    """One filing (``act``: save, train)."""
    by = require(request.actor, "see_register")  # type: ignore[attr-defined]
    row = Mediator.objects.select_related("account", "committee__organisation").filter(pk=account_id).first()
    if row is None:
        raise NotFound
    mine = keeps(by)
    may = REGISTER.may(by, "keep_register", None) and (mine is None or row.committee_id in mine)
    act, now, status = request.POST.get("act", ""), clock.now(), 200
    form = MediatorForm(request.POST if act == "save" else None, initial=told.mediator_values(row))
    train = TrainingForm(request.POST if act == "train" else None, initial={"held_on": clock.today()})
    if request.method == "POST":
        status = 400
        try:
            if act == "save" and form.is_valid():
                actions.change_mediator(
                    row.pk, form.cleaned_data, by=by, at=now, seen=request.POST.get("seen_as")
                )
                toast(request, _("已保存"))
                return HttpResponseRedirect(request.path)
            if act == "train" and train.is_valid():
                actions.train(row.pk, **train.cleaned_data, by=by, at=now)
                return HttpResponseRedirect(request.path)
        except Invalid as refusal:
            kept(train if act == "train" else form, refusal)
    word, tone = state(row, clock.today())
    trainings = list(row.trainings.all()[:20])
    context = {
        "row": row, "form": form, "train_form": train, "may": may, "trainings": trainings, "word": word, "tone": tone,
        "seen": books.fingerprint(told.mediator_values(row)), "table": told.MEDIATORS, "year": clock.today().year,
        "hours": asked.hours_of([row.pk], year=clock.today().year).get(row.pk, 0),
        "languages": labels(row.languages, Tongue), "laws": labels(row.jurisdictions, Jurisdiction),
    }  # fmt: skip
    return render(request, "mediation/mediator.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def mediator_new(request: HttpRequest) -> HttpResponse:
    """Somebody is put on file."""
    by = require(request.actor, "keep_register")  # type: ignore[attr-defined]
    form = NewMediatorForm(request.POST or None, initial={"valid_from": clock.today()})
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        try:
            row = actions.file_mediator(said.pop("account"), said, by=by, at=clock.now())
            toast(request, _("{name}已备案").format(name=row.account))
            return HttpResponseRedirect(reverse("mediation:mediator", args=[row.pk]))
        except Invalid as refusal:
            kept(form, refusal)
    context = {"form": form, "heading": _("调解员备案"), "up": reverse("mediation:mediators"), "up_name": _("调解员"),
               "lead": _("港澳籍调解员同样在这里备案，写明备案号和有效期。")}  # fmt: skip
    return render(request, "mediation/keeping.html", context, status=400 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def declare(request: HttpRequest) -> HttpResponse:
    """A mediator's own ties: nobody else reads them."""
    by = require(request.actor, "declare")  # type: ignore[attr-defined]
    row = Interest.objects.filter(pk=by.account_id).first()
    form = InterestForm(
        request.POST or None, initial={"building": row.building, "firm": row.firm} if row else None
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.declare_interest(**form.cleaned_data, by=by, at=clock.now())
            toast(request, _("已保存，只有您自己看得到"))
            return HttpResponseRedirect(request.path)
        except Invalid as refusal:
            form.add_error(None, f"{refusal} {refusal.help}")
    context = {"form": form, "heading": _("我的回避情况"), "up": reverse("mediation:mediators"), "up_name": _("调解员"),
               "lead": _("写在这里的只有您自己看得到，内勤、领导和管理员都看不到。推荐调解员时，同楼或同单位的案件不会推荐您，也不说原因。")}  # fmt: skip
    return render(request, "mediation/keeping.html", context, status=400 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def proposal(request: HttpRequest, case_id: int) -> HttpResponse:
    """Mediators who suit a case, for its team: each with the reasons. A POST chooses one of those listed."""
    by = request.actor  # type: ignore[attr-defined]
    if by.account_id is None:
        raise SignInFirst
    case = get_case(case_id, by=by)
    rows = proposed(case, by=by)
    if request.method == "POST":
        chosen = whole(request.POST.get("mediator", ""))
        if chosen not in {row.mediator.pk for row in rows}:
            raise Invalid(_("请从推荐的调解员里选一位。"))
        team.propose_mediator(
            case.pk, account_id=chosen or 0, seen=whole(request.POST.get("seen", "")), by=by, at=clock.now()
        )
        toast(request, _("已选定，请各方表态"))
        return HttpResponseRedirect(f"/cases/{case.pk}/")
    may = "propose_mediator" in {step.verb for step in WORKFLOW.possible(case.state)}
    context = {
        "case": case, "rows": rows, "chosen": case.mediator_id, "case_url": f"/cases/{case.pk}/", "may": may,
        "seen": case.matter.thread.length,
    }  # fmt: skip
    return render(request, "mediation/proposal.html", context)
