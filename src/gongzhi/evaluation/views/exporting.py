"""Handing a month out: paper, CSV and Excel. The same numbers and rights as on the screen."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from gongzhi.evaluation import manifests, queries
from gongzhi.evaluation.line_words import formula_of
from gongzhi.evaluation.scoring import PEERS
from gongzhi.evaluation.views.asking import asked
from gongzhi.evaluation.views.months import told_month
from gongzhi.evaluation.views.units import told_unit
from gongzhi.kit import clock
from gongzhi.kit.errors import NotFound


def _harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection). Numbers stay numbers."""
    return (
        f"'{value}"
        if isinstance(value, str) and value.lstrip(" \u3000")[:1] in tuple("=+-@＝＋－＠")
        else value
    )


def table(request: HttpRequest) -> tuple[str, list[list[Any]]]:
    """(name, rows with a head): a unit per row, every figure, and for each line its share, interval and points."""
    by = queries.require(request.actor, "read")  # type: ignore[attr-defined]
    ask = asked(request, by)
    if ask.area is None:
        raise NotFound
    publication, found = queries.shown(ask.area, ask.month, by=by, now=clock.now(), version=ask.version)
    formula = publication.formula if publication else queries.formula_for(ask.month)
    names = manifests.figure_names()
    head = [_("月份"), _("版本"), _("公式"), _("类别"), _("名次"), _("单位"), _("得分")]
    head += [figure.label for figure in names.values()]
    for item in formula.told["items"]:
        label = _(item["label"])
        if item["kind"] == "share":
            head += [_("{line}：{how}").format(line=label, how=formula_of(item, names)), _("{line}（靠拢后）").format(line=label), _("{line}下限").format(line=label),
                     _("{line}上限").format(line=label)]  # fmt: skip
        head.append(_("{line}得分").format(line=label))
    rows: list[list[Any]] = [head]
    for one in found:
        row: list[Any] = [
            f"{ask.month:%Y-%m}", publication.version if publication else _("未公布"), formula.version,
            _(PEERS[one.peers]), one.place, one.name, None if one.score is None else round(one.score, 2),
        ]  # fmt: skip
        row += [one.figures.get(code, 0) for code in names]
        for line in one.lines:
            rate = line["rate"] or {}
            if line["kind"] == "share":
                row += [_rounded(rate.get(key)) for key in ("share", "shrunk", "low", "high")]
            row.append(round(line["points"], 3) if line["counts"] else None)
        rows.append(row)
    return f"{_('单位评价')}-{ask.area.name}-{ask.month:%Y%m}", rows


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


@require_GET
def export(request: HttpRequest, form: str) -> HttpResponse:
    """The month as a file."""
    name, rows = table(request)
    if form == "csv":
        out = io.StringIO()
        out.write("\ufeff")  # Excel reads UTF-8 only when told
        csv.writer(out).writerows([[_harmless(cell) for cell in row] for row in rows])
        response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    elif form == "xlsx":
        from openpyxl import Workbook

        book = Workbook(write_only=True)
        sheet = book.create_sheet(_("单位评价"))
        for row in rows:
            sheet.append([_harmless(cell) for cell in row])
        file = io.BytesIO()
        book.save(file)
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        response = HttpResponse(file.getvalue(), content_type=kind)
    else:
        raise NotFound
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.{form}"
    response.headers["Cache-Control"] = "no-store"
    return response


@require_GET
def paper(request: HttpRequest) -> HttpResponse:
    """The month for paper."""
    by = queries.require(request.actor, "read")  # type: ignore[attr-defined]
    ask = asked(request, by)
    if ask.area is None:
        raise NotFound
    return render(request, "evaluation/paper_month.html", told_month(ask, by=by))


@require_GET
def paper_unit(request: HttpRequest, month: str, unit_id: int) -> HttpResponse:
    """One unit for paper."""
    by = queries.require(request.actor, "read")  # type: ignore[attr-defined]
    ask = asked(request, by, month)
    if ask.area is None:
        raise NotFound
    return render(request, "evaluation/paper_unit.html", told_unit(ask, unit_id, by=by))
