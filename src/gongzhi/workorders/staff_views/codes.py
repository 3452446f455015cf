"""Code lists of other systems: how far each covers our categories, in and out as a spreadsheet."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Conflict, Invalid, NotFound, Refusal
from gongzhi.workorders.actions.corresponding import put_list
from gongzhi.workorders.codes import COLUMNS, code_lists, coverage, differences, export_rows, read_rows
from gongzhi.workorders.forms.categories import FileForm
from gongzhi.workorders.models import CodeList
from gongzhi.workorders.policies.desk import DESK, require
from gongzhi.workorders.staff_views.sheets import handed_in, numbered_rows, packed, sheet


@require_GET
def lists(request: HttpRequest) -> HttpResponse:
    """Every code list with its coverage."""
    by = require(request.actor, "read_tables")  # type: ignore[attr-defined]
    rows = [{"codes": one, "coverage": coverage(one)} for one in code_lists().values()]
    context = {"rows": rows, "form": FileForm(), "may_change": DESK.may(by, "change_tables", None)}
    return render(request, "workorders/staff/codes.html", context)


@require_GET
def one_list(request: HttpRequest, code: str) -> HttpResponse:
    """One list: what is mapped, and what is not on either side."""
    by = require(request.actor, "read_tables")  # type: ignore[attr-defined]
    codes = code_lists().get(code)
    if codes is None:
        raise NotFound(_("没有这张代码表。"))
    row = CodeList.objects.get(pk=codes.id)
    context = {
        "codes": codes,
        "coverage": coverage(codes),
        "seen": row.edits,
        "form": FileForm(),
        "may_change": DESK.may(by, "change_tables", None),
    }
    return render(request, "workorders/staff/code_list.html", context)


@require_GET
def export_list(request: HttpRequest, code: str, form: str) -> HttpResponse:
    """A list as a spreadsheet, in the shape in which it may be handed in again."""
    require(request.actor, "read_tables")  # type: ignore[attr-defined]
    codes = code_lists().get(code)
    if codes is None:
        raise NotFound(_("没有这张代码表。"))
    heads = list(COLUMNS) if form == "csv" else [str(label) for label in COLUMNS.values()]
    return sheet(form, code, heads, export_rows(codes))


@require_http_methods(["POST"])
def import_list(request: HttpRequest) -> HttpResponse:
    """Hand in a list, new or changed: every fault by row and what would change; ``act=force`` puts it in place."""
    by = require(request.actor, "change_tables")  # type: ignore[attr-defined]
    code = request.POST.get("list", "").strip()
    title, source = request.POST.get("title", "").strip(), request.POST.get("source", "").strip()
    seen = request.POST.get("seen", "")
    context: dict[str, Any] = {
        "list": code,
        "title": title,
        "source": source,
        "seen": seen,
        "form": FileForm(),
    }
    try:
        raw, name = handed_in(request)
        rows, faults = numbered_rows(
            raw, name, [("code", str(COLUMNS["code"])), ("category_code", str(COLUMNS["category_code"]))]
        )
        wanted, more = read_rows(rows)
        faults += more
        if request.POST.get("act") == "force":
            if faults:
                raise Invalid(_("文件还有问题，不能生效。"), help=" ".join(faults[:10]), code="faults")
            put_list(
                code, wanted, name=title, source=source, by=by, at=clock.now(),
                seen=int(seen) if seen.isdecimal() and len(seen) < 10 else None,
            )  # fmt: skip
            toast(
                request,
                _("代码表已更新：{n} 个代码，{m} 条对照").format(n=len(wanted.names), m=len(wanted.pairs)),
            )
            return HttpResponseRedirect(reverse("workorders:desk_code_list", args=[code]))
    except Conflict:
        raise
    except Refusal as refusal:
        return render(
            request,
            "workorders/staff/codes_import.html",
            context | {"refusal": refusal},
            status=refusal.status,
        )
    context |= {
        "name": name, "faults": faults, "lines": len(rows), "tried": True,
        "changes": differences(code_lists().get(code), wanted), "content": packed(raw) if not faults else "",
    }  # fmt: skip
    return render(request, "workorders/staff/codes_import.html", context)
