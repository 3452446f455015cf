"""The register of mediators as a workbook: out, and in again after a trial."""

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

from gongzhi.journal import books
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Conflict, Invalid, Refusal, TooLarge
from gongzhi.mediation import spreadsheets
from gongzhi.mediation.actions.register import take_in_mediators
from gongzhi.mediation.books import MEDIATORS
from gongzhi.mediation.forms.register import MediatorsFile
from gongzhi.mediation.queries.register import mediators
from gongzhi.mediation.register_policies import REGISTER, require

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def handed(content: bytes, name: str) -> HttpResponse:
    """A workbook as a download."""
    response = HttpResponse(content, content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@never_cache
@require_safe
def table(request: HttpRequest) -> HttpResponse:
    """Everybody on the register. What they sign in by is for those who hand the file in again."""
    by = require(request.actor, "see_register")  # type: ignore[attr-defined]
    logins = REGISTER.may(by, "keep_register", None)
    return handed(spreadsheets.register(mediators(), logins=logins), "mediators.xlsx")


def _handed_in(request: HttpRequest) -> bytes:
    file = request.FILES.get("file")
    if file is not None:
        if (file.size or 0) > spreadsheets.MOST_BYTES:
            raise TooLarge(_("文件太大，最多 {mb} MB。").format(mb=spreadsheets.MOST_BYTES // 1_000_000))
        return file.read()
    carried = request.POST.get("content", "")
    if not carried:
        raise Invalid(_("请先选择文件。"), code="no_file")
    try:
        return zlib.decompressobj().decompress(
            base64.b64decode(carried, validate=True), spreadsheets.MOST_BYTES
        )
    except (binascii.Error, zlib.error, ValueError) as fault:
        raise Invalid(_("文件没有完整传来，请重新选择。"), code="broken_file") from fault


@never_cache
@require_http_methods(["GET", "POST"])
def take_in(request: HttpRequest) -> HttpResponse:
    """Try a workbook; ``act=force`` takes in what has no fault."""
    by = require(request.actor, "keep_register")  # type: ignore[attr-defined]
    context: dict[str, Any] = {"form": MediatorsFile()}
    if request.method == "GET":
        return render(request, "mediation/mediators_import.html", context)
    try:
        raw = _handed_in(request)
        run = spreadsheets.read_register(raw)
        if request.POST.get("act") == "force":
            seen = request.POST.get("seen", "")
            new, mended = take_in_mediators(
                run.rows,
                by=by,
                at=clock.now(),
                seen=int(seen) if seen.isdecimal() and len(seen) < 10 else None,
            )
            toast(request, _("新备案 {new} 人，修改 {mended} 人").format(new=new, mended=mended))
            return HttpResponseRedirect(reverse("mediation:mediators"))
    except Conflict:
        raise
    except Refusal as refusal:
        context["refusal"] = refusal
        return render(request, "mediation/mediators_import.html", context, status=refusal.status)
    context |= {
        "run": run,
        "content": base64.b64encode(zlib.compress(raw, 9)).decode(),
        "seen": books.length(MEDIATORS),
    }
    return render(request, "mediation/mediators_import.html", context)
