"""Files in and out: all articles of a list as a workbook, and a workbook tried out before it is taken in."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Conflict, Invalid, Refusal, TooLarge
from gongzhi.knowledge import actions, importing, queries
from gongzhi.knowledge.forms import FileForm
from gongzhi.knowledge.policies import require
from gongzhi.knowledge.views.house import SHOWN

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What fits into a hidden field; larger files are handed in again.
_MOST_CARRIED = 2_000_000


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=_XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@never_cache
@require_safe
def table(request: HttpRequest) -> HttpResponse:
    """The articles of a list (all that can be taken in again, unless told) as a workbook."""
    by = require(request.actor, "hand_out")  # type: ignore[attr-defined]
    show, now = request.GET.get("show", ""), clock.now()
    if show in SHOWN:
        rows = queries.find(queries.Wanted(show=show), by=by, at=now, size=importing.MOST_ROWS).articles
    else:
        rows = [
            article
            for state in ("published", "draft")
            for article in queries.find(
                queries.Wanted(show=state), by=by, at=now, size=importing.MOST_ROWS
            ).articles
        ]
    return _file(importing.written(rows), f"knowledge-{clock.local(now):%Y%m%d}.xlsx")


def _handed_in(request: HttpRequest) -> tuple[bytes, str]:
    """The file of the form, or the one that the page before carried along."""
    file = request.FILES.get("file")
    if file is not None:
        if (file.size or 0) > importing.MOST_BYTES:
            raise TooLarge(_("文件太大，最多 {mb} MB。").format(mb=importing.MOST_BYTES // 1_000_000))
        return file.read(), (file.name or "")[:80]
    carried = request.POST.get("content", "")
    if not carried:
        raise Invalid(_("请先选择文件。"), code="no_file")
    try:
        unpacked = zlib.decompressobj().decompress(
            base64.b64decode(carried, validate=True), importing.MOST_BYTES
        )
    except (binascii.Error, zlib.error, ValueError) as fault:
        raise Invalid(_("文件没有完整传来，请重新选择。"), code="broken_file") from fault
    return unpacked, request.POST.get("name", "")[:80]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def take_in(request: HttpRequest) -> HttpResponse:
    """Try a workbook: every row says what would happen; nothing changes before ``act=force``."""
    by = require(request.actor, "take_in")  # type: ignore[attr-defined]
    context: dict[str, Any] = {"form": FileForm(), "most": importing.MOST_ROWS}
    if request.method != "POST":
        return render(request, "knowledge/take_in.html", context)
    now = clock.now()
    try:
        raw, name = _handed_in(request)
        plan = importing.dry_run(raw, by=by, on=clock.local(now).date())
    except Refusal as refusal:
        context["refusal"] = refusal
        return render(request, "knowledge/take_in.html", context, status=refusal.status)
    if request.POST.get("act") == "faults":
        return _file(importing.faulty(plan), "knowledge-faults.xlsx")
    if request.POST.get("act") == "force":
        wanted = [row for row in plan.rows if row.what in ("new", "changed") and row.wording is not None]
        told = f"{len(plan.of('new'))}/{len(plan.of('changed'))}"
        if request.POST.get("told") != told:
            raise Conflict(
                _("试过以后，问答又有变化。"),
                help=_("请再试一遍，看过结果再导入。"),
                code="changed_meanwhile",
            )
        rows = (
            (r.article, r.cells.get("code", ""), r.wording, r.publish, r.reviewed_on)
            for r in wanted
            if r.wording
        )
        new, changed = actions.take_in(rows, by=by, at=now)
        toast(request, _("新增 {new} 条，修改 {changed} 条。").format(new=new, changed=changed))
        return HttpResponseRedirect(reverse("knowledge:house") + "?show=published")
    packed = base64.b64encode(zlib.compress(raw, 9)).decode()
    context |= {
        "plan": plan,
        "name": name,
        "content": packed if len(packed) <= _MOST_CARRIED else "",
        "new": plan.of("new"),
        "changed": plan.of("changed"),
        "same": len(plan.of("same")),
        "faults": plan.of("fault"),
    }
    return render(request, "knowledge/take_in.html", context)
