"""Versions of the category tree: what one would change, publishing it, and the tree as a spreadsheet in and out."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from gongzhi.journal import books
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.cursors import whole
from gongzhi.kit.errors import Invalid, NotFound, Refusal
from gongzhi.workorders.actions import taxonomy
from gongzhi.workorders.comparing import shown
from gongzhi.workorders.editions import COLUMNS, export_rows, faults_of, read_rows
from gongzhi.workorders.forms.categories import FileForm
from gongzhi.workorders.models import Edition, EditionState
from gongzhi.workorders.policies.desk import DESK, require
from gongzhi.workorders.staff_views.sheets import handed_in, numbered_rows, packed, sheet

#: Changes of questions and wordings that are shown beside a version.
MOST_BESIDE = 50


@require_http_methods(["GET", "POST"])
def edition(request: HttpRequest, number: int) -> HttpResponse:
    """A version with its differences. POST ``act``: publish, take_back, drop, take_out."""
    by = require(request.actor, "change_tables" if request.method == "POST" else "read_tables")  # type: ignore[attr-defined]
    row = Edition.objects.select_related("made_by", "published_by").filter(number=number).first()
    if row is None:
        raise NotFound(_("没有这个版本。"))
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            return _act(request, row, by)
        except Invalid as wrong:
            refusal = wrong
    plans = taxonomy.plans_of(row)
    is_open = row.state in (EditionState.DRAFT, EditionState.COMING)
    before = None if is_open else {change.code: change.before for change in row.changes.all()}
    rows = shown(plans, before=before)
    today = clock.today()
    context: dict[str, Any] = {
        "edition": row,
        "state": EditionState(row.state).label,
        "rows": rows,
        "counts": [
            (label, sum(r.label == label for r in rows)) for label in dict.fromkeys(r.label for r in rows)
        ],
        "faults": faults_of(plans) if row.state == EditionState.DRAFT else [],
        "is_open": is_open,
        "is_draft": row.state == EditionState.DRAFT,
        "may_change": DESK.may(by, "change_tables", None),
        "refusal": refusal,
        "today": today,
        "beside": _beside(row),
    }
    return render(
        request, "workorders/staff/edition.html", context, status=refusal.status if refusal else 200
    )


def _beside(row: Edition) -> list[dict[str, Any]]:
    """What was changed of questions and wordings since the version before: they change at once and belong to no version,
    yet who compares two versions wants to know."""
    former = (
        Edition.objects.filter(state=EditionState.PUBLISHED, number__lt=row.number)
        .order_by("-number")
        .first()
    )
    since, until = former.published_at if former else None, row.published_at
    found: list[dict[str, Any]] = []
    for table, label in (("questions", _("问题")), ("wordings", _("答复模板"))):
        for one in books.changes_of(table, since=since, most=MOST_BESIDE):
            if until is None or one.at <= until:
                what = (
                    _("新增")
                    if one.change.before is None
                    else _("停用")
                    if one.change.after is None
                    else _("修改")
                )
                found.append({"table": table, "label": label, "one": one, "what": what})
    return sorted(found, key=lambda entry: entry["one"].at, reverse=True)[:MOST_BESIDE]


def _act(request: HttpRequest, row: Edition, by: Any) -> HttpResponse:
    act, now, seen = request.POST.get("act", ""), clock.now(), whole(request.POST.get("seen", ""))
    here = reverse("workorders:desk_edition", args=[row.number])
    if act == "publish":
        try:
            day = date.fromisoformat(request.POST.get("starts_on", ""))
        except ValueError as error:
            raise Invalid(_("请选择从哪天起生效。"), code="starts_on") from error
        done = taxonomy.publish(
            row.pk, starts_on=day, note=request.POST.get("note", ""), by=by, at=now, seen=seen
        )
        said = _("已发布，现在就生效") if done.state == EditionState.PUBLISHED else _("已定于 {day} 生效")
        toast(request, said.format(day=day))
        return HttpResponseRedirect(reverse("workorders:desk_categories"))
    if act == "take_back":
        taxonomy.take_back(row.pk, by=by, at=now, seen=seen)
        toast(request, _("已撤回成草稿"))
    elif act == "drop":
        taxonomy.drop_edition(row.pk, by=by, at=now, seen=seen)
        toast(request, _("已放弃“{name}”").format(name=row.name))
        return HttpResponseRedirect(reverse("workorders:desk_categories"))
    elif act == "take_out":
        taxonomy.take_out(row.pk, request.POST.get("code", ""), by=by, at=now, seen=seen)
        toast(request, _("已从草稿里拿掉"))
    else:
        raise NotFound
    return HttpResponseRedirect(here)


@require_GET
def export_tree(request: HttpRequest, form: str) -> HttpResponse:
    """The tree as a spreadsheet, in the shape in which it may be handed in again."""
    require(request.actor, "read_tables")  # type: ignore[attr-defined]
    heads = list(COLUMNS) if form == "csv" else [str(label) for label in COLUMNS.values()]
    return sheet(form, "categories", heads, export_rows())


@require_http_methods(["GET", "POST"])
def import_tree(request: HttpRequest) -> HttpResponse:
    """Hand in a changed table: every fault by row, every difference; ``act=draft`` makes a draft of it."""
    by = require(request.actor, "change_tables")  # type: ignore[attr-defined]
    context: dict[str, Any] = {"form": FileForm(), "may_change": True}
    if request.method == "GET":
        return render(request, "workorders/staff/categories_import.html", context)
    try:
        raw, name = handed_in(request)
        rows, faults = numbered_rows(raw, name, [("code", str(COLUMNS["code"]))])
        plans, more = read_rows(rows)
        faults += more
        if not faults:
            faults += faults_of(plans)
        if request.POST.get("act") == "draft":
            if faults or not plans:
                raise Invalid(_("文件还有问题，不能做成草稿。"), help=" ".join(faults[:10]), code="faults")
            row = taxonomy.open_edition() or taxonomy.draft_edition(name=name, by=by, at=clock.now())
            row = taxonomy.propose(row.pk, plans, by=by, at=clock.now())
            toast(request, _("已做成草稿“{name}”").format(name=row.name))
            return HttpResponseRedirect(reverse("workorders:desk_edition", args=[row.number]))
    except Refusal as refusal:
        if request.POST.get("act") == "draft" and refusal.status == 409:
            raise
        return render(
            request,
            "workorders/staff/categories_import.html",
            context | {"refusal": refusal},
            status=refusal.status,
        )
    context |= {
        "name": name, "faults": faults, "rows": shown(plans), "lines": len(rows),
        "content": packed(raw) if not faults else "", "tried": True,
    }  # fmt: skip
    return render(request, "workorders/staff/categories_import.html", context)
