"""Figures: the statement and its workbook, the ledger of key disputes, what neighbours settle, petitions; what is published."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.journal import books
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid, NotFound
from gongzhi.matters.kinds import known
from gongzhi.mediation import books as told
from gongzhi.mediation import spreadsheets
from gongzhi.mediation.actions import figures as actions
from gongzhi.mediation.forms.register import CampaignForm, PetitionForm, SelfHelpForm, areas
from gongzhi.mediation.models import Campaign, KeyClass, Level, SelfHelp, Source, Subject
from gongzhi.mediation.queries import figures as asked
from gongzhi.mediation.register_policies import REGISTER, counted_for, counts_for, require
from gongzhi.mediation.views.register import kept, labels
from gongzhi.mediation.views.register_files import handed
from gongzhi.territory import models as territory
from gongzhi.territory.ground import ground


def _tabs(current: str) -> list[dict[str, Any]]:
    pages = [
        ("figures", _("统计表")),
        ("ledger", _("重点纠纷")),
        ("self_help", _("居民自治")),
        ("petitions", _("信访")),
    ]
    return [
        {"label": label, "url": reverse(f"mediation:{name}"), "current": name == current}
        for name, label in pages
    ]


def _span(request: HttpRequest) -> asked.Span:
    """Months that the address asks for; this year so far where it asks for nothing."""
    today = clock.today()

    def number(name: str, usual: int, most: int) -> int:
        text = request.GET.get(name, "")
        return (
            min(int(text), most)
            if text.isascii() and text.isdecimal() and len(text) < 5 and int(text)
            else usual
        )

    year = max(2000, number("year", today.year, today.year))
    first = number("first", 1, 12)
    last = number("last", today.month if year == today.year else 12, 12)
    return asked.months(year, min(first, last), max(first, last))


def _years(chosen: int) -> list[int]:
    today = clock.today()
    return list(range(today.year, min(asked.first_year(today), chosen, today.year) - 1, -1))


def _choosing(span: asked.Span) -> dict[str, Any]:
    return {
        "span": span, "years": _years(span.since.year), "months": range(1, 13), "year": span.since.year,
        "first": span.since.month, "last": span.until.month,
    }  # fmt: skip


@never_cache
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """The statement of a span: ``?year=&first=&last=``. Counts, and nothing but counts."""
    by = require(request.actor, "see_figures")  # type: ignore[attr-defined]
    span = _span(request)
    everything = asked.told(span, counted_for(by))
    total, land = everything.by_subject.total, ground()
    settled = total.settled
    context = {
        "tabs": _tabs("figures"), "total": total, "columns": spreadsheets.statement_columns(), "meanings": spreadsheets.meanings(),
        "lines": [(Subject(key).label, spreadsheets.statement_cells(line)) for key, line in everything.by_subject.lines.items()],
        "sum": spreadsheets.statement_cells(total),
        "sources": [(label, total.sources.get(key, 0)) for key, label in Source.choices],
        "levels": [
            (label, total.levels.get(key, 0), total.levels.get(key, 0) / settled if settled else None)
            for key, label in Level.choices
        ],
        "communities": [(land.name_of(key) or _("街道本级"), line) for key, line in sorted(everything.by_community.items())],
        "trend": _trend(everything), "kept": sum(total.prevented.values()),
        "overlap": _address("workorders:police_calls"), "police": _overlap(span.since.year), **_choosing(span),
    }  # fmt: skip
    return render(request, "mediation/figures.html", context)


def _overlap(year: int) -> dict[str, Any] | None:
    """The share of calls to the police that were not police business, from the room that counts it, as it may be published."""
    for kind in known():
        ask = kind.cards.get("overlap_of")
        seen = ask(year) if ask else None
        if seen is not None:
            return {"calls": seen[0], "rest": seen[1], "share": seen[2]}
    return None


def _address(name: str) -> str:
    """An address in a room that may not be there."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _trend(everything: asked.Told) -> dict[str, Any]:
    lines = sorted(everything.by_month.lines.items())
    return {
        "title": _("每月受理和成功"), "kind": "bar", "unit": _("件"), "labels": [month for month, _line in lines],
        "series": [
            {"name": _("受理"), "values": [line.received for _month, line in lines]},
            {"name": _("调解成功"), "values": [line.settled for _month, line in lines]},
        ],
    }  # fmt: skip


@never_cache
@require_safe
def workbook(request: HttpRequest) -> HttpResponse:
    """The statement as the superior's form."""
    by = require(request.actor, "see_figures")  # type: ignore[attr-defined]
    span = _span(request)
    body = next((post.organisation_name for post in by.posts if post.organisation_name), "")
    content = spreadsheets.statutory(asked.told(span, counted_for(by)), body=body)
    return handed(content, f"mediation-{span.since:%Y%m}-{span.until:%Y%m}.xlsx")


@require_safe
def published(request: HttpRequest) -> HttpResponse:
    """Figures for everybody: whole years with small counts withheld, the running one in tens."""
    today = clock.today()
    first = asked.first_year(today)
    text = request.GET.get("year", "")
    year = int(text) if text.isascii() and text.isdecimal() and len(text) == 4 else max(first, today.year - 1)
    if not first <= year <= today.year:
        raise NotFound(_("没有这一年的统计。"))
    shown = asked.published(year, today=today)
    context: dict[str, Any] = {
        "shown": shown, "year": year, "years": list(range(today.year, first - 1, -1)), "police": _overlap(year),
        "overlap": _address("workorders:police_calls"),
    }  # fmt: skip
    if shown.subjects:
        table = shown.subjects
        context["rows"] = [
            (Subject(key).label, table.rows[key], row[asked.SETTLED], row[asked.NOT_YET])
            for key, row in table.cells.items()
        ]
        context["sum"] = (table.total, table.columns[asked.SETTLED], table.columns[asked.NOT_YET])
    for name, line, choices in (("sources", shown.sources, Source), ("levels", shown.levels, Level)):
        context[name] = [(choices(key).label, count) for key, count in line.cells.items()] if line else []
    land = ground()
    cells = shown.communities.cells if shown.communities else {}
    context["communities"] = [
        (land.name_of(int(key)) or _("街道本级"), count) for key, count in cells.items()
    ]
    return render(request, "mediation/published.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def ledger(request: HttpRequest, campaign_id: int = 0) -> HttpResponse:
    """Key disputes by class, and the campaigns on them; with ``campaign_id`` one of those is mended."""
    by = require(request.actor, "see_figures")  # type: ignore[attr-defined]
    span, today = _span(request), clock.today()
    row = Campaign.objects.filter(pk=campaign_id).first() if campaign_id else None
    if campaign_id and row is None:
        raise NotFound
    may = REGISTER.may(by, "keep_ledger", None)
    form = CampaignForm(
        request.POST or None, initial=told.campaign_values(row) if row else {"starts_on": today, "goal": 96}
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.keep_campaign(
                form.cleaned_data, campaign_id=row.pk if row else None, seen=request.POST.get("seen_as") or None,
                by=by, at=clock.now(),
            )  # fmt: skip
            toast(request, _("已保存"))
            return HttpResponseRedirect(reverse("mediation:ledger"))
        except Invalid as refusal:
            kept(form, refusal)
    context = {
        "tabs": _tabs("ledger"), "classes": asked.ledger(span, counted_for(by)), "may": may, "form": form, "row": row, "table": told.CAMPAIGNS,
        "courses": [(one, course, labels(one.classes, KeyClass)) for one, course in asked.courses(today, counted_for(by))], "today": today,
        "seen": books.fingerprint(told.campaign_values(row)) if row else "", **_choosing(span),
    }  # fmt: skip
    return render(request, "mediation/ledger.html", context, status=400 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def self_help(request: HttpRequest) -> HttpResponse:
    """The four counters of a year; whoever keeps a community's list enters a month."""
    actor = request.actor  # type: ignore[attr-defined]
    enters = REGISTER.may(actor, "enter_self_help", None)
    by = require(actor, "enter_self_help" if enters or request.method == "POST" else "see_figures")
    mine, land, today = counts_for(by) if enters else (), ground(), clock.today()
    rows = [
        (key, name)
        for key, name in areas(territory.Level.COMMUNITY)
        if mine is None or any(land.areas[key].within(path) for path in mine)
    ]
    form = SelfHelpForm(request.POST or None, rows=rows, initial={"month": today.replace(day=1)})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.count_self_help(
                said["division"], month=said["month"], counts=form.counts(), by=by, at=clock.now()
            )
            toast(request, _("已登记"))
            return HttpResponseRedirect(request.path)
        except Invalid as refusal:
            kept(form, refusal)
    year = _span(request).since.year
    counted = asked.neighbours(year)
    context = {
        "tabs": _tabs("self_help") if REGISTER.may(by, "see_figures", None) else [], "form": form, "may": bool(rows),
        "counters": [(label, counted.total[key]) for key, label in SelfHelp.Kind.choices], "all": counted.total["total"],
        "places": [(name, [(label, told_[key]) for key, label in SelfHelp.Kind.choices], told_["total"]) for name, told_ in counted.by_community],
        "kinds": SelfHelp.Kind.labels, "year": year, "years": range(today.year, today.year - 5, -1), "table": told.SELF_HELP,
        "see_log": REGISTER.may(by, "see_figures", None),
    }  # fmt: skip
    return render(request, "mediation/self_help.html", context, status=400 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def petitions(request: HttpRequest) -> HttpResponse:
    """Petitions by the matter they are about, and how they repeat. There is nobody's name here."""
    by = require(request.actor, "see_figures")  # type: ignore[attr-defined]
    span = _span(request)
    may = REGISTER.may(by, "keep_ledger", None)
    form = PetitionForm(request.POST or None, initial={"received_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            actions.enter_petition(**form.cleaned_data, by=by, at=clock.now())
            toast(request, _("已登记"))
            return HttpResponseRedirect(request.path)
        except Invalid as refusal:
            kept(form, refusal)
    rows, repeated, counts = asked.petitions(span)
    context = {
        "tabs": _tabs("petitions"), "rows": [(row, counts[row.matter_id]) for row in rows[:200]], "repeated": repeated,
        "share": repeated.share.value, "may": may, "form": form, "table": told.PETITIONS, **_choosing(span),
    }  # fmt: skip
    return render(request, "mediation/petitions.html", context, status=400 if form.errors else 200)
