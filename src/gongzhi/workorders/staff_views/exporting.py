"""Handing a list out: CSV, Excel and paper. The same queue, filters and rights as on the screen; no contact data."""

from __future__ import annotations

import csv
import io
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from tempfile import TemporaryFile
from typing import Any

from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.kit.errors import NotFound
from gongzhi.kit.revision import one_look
from gongzhi.people.actor import Person
from gongzhi.workorders.cards.rows import choice_label, place_label, row_of, state_label, unit_label
from gongzhi.workorders.codes import Codes, code_lists
from gongzhi.workorders.models import Appeal, Channel, WorkOrder
from gongzhi.workorders.policies.desk import require
from gongzhi.workorders.queries import list_orders
from gongzhi.workorders.staff_views.asking import Asked, applied, asked
from gongzhi.workorders.staff_views.bench import staff_order
from gongzhi.workorders.staff_views.telling import told_order
from gongzhi.workorders.tables import tree

#: Rows read in one transaction, and rows handed out at most.
BATCH, MOST = 500, 50_000
#: Rows on paper.
MOST_ON_PAPER = 300
log = logging.getLogger("gongzhi.exports")


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula.

    A text that begins with one of these signs is run as a formula by Excel and its kin (OWASP, CSV injection).
    """
    if isinstance(value, str) and value.lstrip(" \u3000")[:1] in (
        "=",
        "+",
        "-",
        "@",
        "\t",
        "\r",
        "＝",
        "＋",
        "－",
        "＠",
    ):
        return "'" + value
    return value


#: What XML cannot hold; one such sign in one report would make the whole file unreadable.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _writable(value: Any) -> Any:
    return _NOT_IN_XML.sub("", value) if isinstance(value, str) else value


def heads(codes: Codes | None = None) -> list[str]:
    """The columns' names; with a code list, the two columns of its codes as well."""
    more = (
        [_("{name}：代码").format(name=codes.name), _("{name}：名称").format(name=codes.name)]
        if codes
        else []
    )
    return [_("编号"), _("标题"), _("内容"), _("状态"), _("分类"), _("诉求类型"), _("来源"), _("紧急"), _("社区网格"),
            _("地点"), _("主办单位"), _("收到"), _("答复期限"), _("最近期限"), _("答复于"), _("结束于"), _("重办次数"),
            _("是否解决"), _("满意程度"), *more]  # fmt: skip


def _at(moment: datetime | None) -> str:
    return f"{clock.local(moment):%Y-%m-%d %H:%M}" if moment else ""


def cells(order: WorkOrder, codes: Codes | None = None) -> list[Any]:
    """One row. Residents' words are there, their names and numbers are not: those are kept elsewhere."""
    solved = "" if order.solved is None else _("是") if order.solved else _("否")
    values = [
        order.number, order.title, order.description, state_label(order.state), tree().name_of(order.category_id),
        choice_label(Appeal, order.appeal), choice_label(Channel, order.channel), _("是") if order.urgent else "",
        place_label(order), order.place_text, unit_label(order.unit_id), _at(order.opened_at),
        _at(order.answer_due_at), _at(order.next_due_at), _at(order.answered_at), _at(order.closed_at),
        order.reopened, solved, order.satisfied or "",
        *((codes.outside_of(order.category_id) or ("", ""))[:2] if codes else ()),
    ]  # fmt: skip
    return [harmless(value) for value in values]


def rows(ask: Asked, *, by: Person, now: datetime, codes: Codes | None = None) -> Iterator[list[Any]]:
    """Every row of a list, read batch by batch, each in the name of who asked and in a short transaction."""
    assert ask.scope is not None
    filters, count = replace(ask.filters, after=""), 0
    while count < MOST:
        with acting(by), one_look(), transaction.atomic():
            page = list_orders(ask.scope, filters, by=by, now=now, size=BATCH, counted=False)
            # Rows of a list come without their long text; it is read for the whole batch at once.
            texts = dict(
                WorkOrder.objects.filter(pk__in=[o.pk for o in page.orders]).values_list("pk", "description")
            )
            for order in page.orders:
                order.description = texts.get(order.pk, "")
            batch = [cells(order, codes) for order in page.orders]
        yield from batch
        count += len(batch)
        if not page.older:
            return
        filters = replace(filters, after=page.older)


def _csv(ask: Asked, *, by: Person, now: datetime, codes: Codes | None) -> Iterator[bytes]:
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")  # Excel reads UTF-8 only when told
    writer.writerow(heads(codes))
    for number, row in enumerate(rows(ask, by=by, now=now, codes=codes), 1):
        writer.writerow(row)
        if number % 100 == 0:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


@require_GET
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """The list as a file: ``csv`` is streamed, ``xlsx`` is written to a temporary file first."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    ask, now = asked(request, by), clock.now()
    if ask.scope is None or form not in ("csv", "xlsx"):
        raise NotFound
    wanted = request.GET.get("codes", "")
    codes = code_lists().get(wanted)
    if wanted and codes is None:
        raise NotFound(_("没有这张代码表。"))
    # A filter that means nothing is refused now, not in the middle of a file.
    list_orders(ask.scope, ask.filters, by=by, now=now, size=1, counted=False)
    name = f"{_('工单')}-{clock.local(now):%Y%m%d-%H%M}.{form}"
    log.info("export", extra={"account": by.account_id, "scope": ask.scope.key, "form": form})
    if form == "csv":
        response = StreamingHttpResponse(
            _csv(ask, by=by, now=now, codes=codes), content_type="text/csv; charset=utf-8"
        )
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{_quoted(name)}"
        response.headers["Cache-Control"] = "no-store"
        return response
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("工单"))
    sheet.append(heads(codes))
    for row in rows(ask, by=by, now=now, codes=codes):
        sheet.append([_writable(value) for value in row])
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it when it has been sent
    book.save(file)
    file.seek(0)
    whole = FileResponse(file, as_attachment=True, filename=name)
    whole.headers["Cache-Control"] = "no-store"
    return whole


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name)


@require_GET
def paper(request: HttpRequest) -> HttpResponse:
    """The list for paper."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    ask, now = asked(request, by), clock.now()
    if ask.scope is None:
        raise NotFound
    page = list_orders(ask.scope, replace(ask.filters, after=""), by=by, now=now, size=MOST_ON_PAPER)
    context = {
        "rows": [row_of(order, now=now) for order in page.orders],
        "title": ask.scope.label,
        "note": "、".join(f["label"] for f in applied(ask)) or _("在办"),
        "more": bool(page.older),
        "most": MOST_ON_PAPER,
        "by": by,
    }
    return render(request, "workorders/staff/paper_list.html", context)


@require_GET
def paper_order(request: HttpRequest, order_id: int) -> HttpResponse:
    """One order for paper, with its history as colleagues read it."""
    by = require(request.actor, "open_desk")  # type: ignore[attr-defined]
    order = staff_order(order_id, by=by)
    return render(request, "workorders/staff/paper_order.html", told_order(order, by=by, now=clock.now()))
