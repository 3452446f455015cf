"""How a refusal is told: as a page or as JSON of one shape; and which exceptions are refusals in disguise."""

from __future__ import annotations

import logging
from html import escape
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import DatabaseError, DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils.translation import gettext as _

from gongzhi.kit import errors

log = logging.getLogger("gongzhi.answers")

#: SQLSTATE of two people in each other's way: serialization failure, deadlock, lock not available.
_IN_THE_WAY = frozenset({"40001", "40P01", "55P03"})


def wants_json(request: HttpRequest) -> bool:
    """Whether the sender is a program: below /api/, or an Accept header that prefers JSON over HTML."""
    if request.path.startswith("/api/"):
        return True
    accept = request.headers.get("Accept", "")
    return "application/json" in accept and "text/html" not in accept


def too_large() -> errors.TooLarge:
    """The refusal for a body above the limit."""
    return errors.TooLarge(
        _("提交的内容太大，最多 %(mb)d MB。") % {"mb": settings.MAX_BODY_BYTES // 1_000_000},
        help=_("请减少照片数量，或换小一点的照片。"),
    )


def unexpected() -> errors.Refusal:
    """The refusal told when something broke that nobody foresaw (500)."""
    return errors.Refusal(
        _("系统出了点问题，这一步没有完成。"),
        help=_("请稍后再试；如果一直这样，请把页面下方的编号告诉工作人员。"),
        code="unexpected",
        status=500,
    )


def stale_page() -> errors.Forbidden:
    """The refusal told when the CSRF token is missing or wrong."""
    return errors.Forbidden(
        _("这个页面已经过期，内容没有提交。"),
        help=_("请返回上一页，刷新后再提交；浏览器需要允许 Cookie。"),
        code="stale_page",
    )


def refusal_for(fault: BaseException | None) -> errors.Refusal | None:
    """The refusal this exception amounts to; None for an unexpected failure."""
    if isinstance(fault, errors.Refusal):
        return fault
    if isinstance(fault, Http404):
        return errors.NotFound()
    if isinstance(fault, PermissionDenied):
        return errors.Forbidden()
    if isinstance(fault, (RequestDataTooBig, TooManyFilesSent)):
        return too_large()
    if isinstance(fault, (TooManyFieldsSent, MultiPartParserError, SuspiciousOperation)):
        return errors.Invalid()
    if isinstance(fault, DatabaseError | InterfaceError):
        state = getattr(fault.__cause__, "sqlstate", None) or getattr(fault, "sqlstate", None)
        if state in _IN_THE_WAY:
            return errors.Conflict()
        if isinstance(fault, DataError):
            # a value no column can hold: a character that cannot be stored, a number too large
            log.warning("a value that cannot be stored", exc_info=fault)
            return errors.Invalid()
        if isinstance(fault, OperationalError | InterfaceError):
            return errors.Unavailable(
                _("暂时连不上数据库，您刚才的操作没有保存。"), help=_("请过一分钟再试，不用重复拨打电话。")
            )
    return None


def to(request: HttpRequest, refusal: errors.Refusal) -> HttpResponse:
    """The answer that tells this refusal to whoever sent `request`."""
    response: HttpResponse
    if wants_json(request):
        response = JsonResponse(
            refusal.as_json(), status=refusal.status, json_dumps_params={"ensure_ascii": False}
        )
    elif isinstance(refusal, errors.SignInFirst) and request.method in ("GET", "HEAD"):
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}")
    else:
        response = HttpResponse(_page(request, refusal), status=refusal.status)
    if refusal.wait_seconds:
        response.headers["Retry-After"] = str(refusal.wait_seconds)
    elif refusal.status == 503:
        response.headers["Retry-After"] = "30"
    if refusal.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"  # RFC 9110: a 401 names what would be accepted
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(request: HttpRequest, refusal: errors.Refusal) -> str:
    """The page; when the database is away or the template itself fails, one that needs neither."""
    words: dict[str, Any] = {
        "refusal": refusal,
        "status": refusal.status,
        "request_id": getattr(request, "id", ""),
    }
    calm = refusal.status < 500
    try:
        # an outage page is rendered without the request: no context processor may ask the database
        return get_template("kit/refusal.html" if calm else "kit/outage.html").render(
            words, request if calm else None
        )
    except TemplateDoesNotExist:
        pass
    except Exception as fault:
        log.error("the refusal page itself failed", exc_info=fault, extra={"request_id": words["request_id"]})
    helping = f"<p>{escape(str(refusal.help))}</p>" if refusal.help else ""
    return (
        '<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(str(refusal))}</title></head><body><main>"
        f"<h1>{escape(str(refusal))}</h1>{helping}"
        f'<p><a href="/">{escape(_("回到首页"))}</a></p>'
        f"<p><small>{escape(_('编号'))} {escape(words['request_id'])}</small></p></main></body></html>"
    )
