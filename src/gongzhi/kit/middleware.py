"""What happens around every request: identity, refusals, limits, headers, one line of log.

Order (settings.MIDDLEWARE): `Outermost` sees everything first and last, `InTheNameOf` runs the rest in the name of
`request.actor`, `Refusals` turns expected failures into a page or JSON. Views run inside one transaction
(ATOMIC_REQUESTS), opened after all of these, so a refusal rolls back whatever the view had written.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import (
    ImproperlyConfigured,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.functional import cached_property
from django.utils.module_loading import import_string

from gongzhi.kit import acting, answers, errors, revision, throttle
from gongzhi.kit.logs import masked

log = logging.getLogger("gongzhi.requests")
GetResponse = Callable[[HttpRequest], HttpResponseBase]

#: How much of a body that is too large we still read and throw away, so that the sender gets our answer
#: instead of a broken connection.
DRAIN_BYTES = 200_000_000


def content_security_policy(tiles: str = "") -> str:
    """The policy: everything from ourselves, no inline script; `tiles` adds the origin of the city's map tiles."""
    origin = ""
    if tiles:
        parts = urlsplit(tiles)
        origin = f" {parts.scheme}://{parts.netloc}"
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
            "style-src-attr 'unsafe-inline'",
            f"img-src 'self' data: blob:{origin}",
            f"connect-src 'self'{origin}",
            "worker-src 'self' blob:",
            "font-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class Outermost:
    """Request id, limit of the body, security headers, and one line of log per request."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.headers = {
            "Content-Security-Policy": content_security_policy(settings.MAP_TILES),
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()",
        }
        if settings.SECURE_HSTS_SECONDS:
            self.headers["Strict-Transport-Security"] = (
                f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains"
            )

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        request.id = secrets.token_hex(8)  # type: ignore[attr-defined]
        response = self._too_large(request) or self.get_response(request)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        if not request.path.startswith(settings.STATIC_URL):
            # what no view has allowed to be kept is kept nowhere: the next person at this screen may go "back"
            response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Request-Id"] = request.id  # type: ignore[attr-defined]
        if not request.path.startswith(settings.STATIC_URL):
            log.info(
                "request",
                extra={
                    "request_id": request.id,  # type: ignore[attr-defined]
                    "method": request.method,
                    "path": masked(request.path),
                    "status": response.status_code,
                    "ms": round((time.perf_counter() - began) * 1000, 1),
                },
            )
        return response

    def _too_large(self, request: HttpRequest) -> HttpResponse | None:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return answers.to(request, errors.Invalid())
        if length <= settings.MAX_BODY_BYTES:
            return None
        left = min(length, DRAIN_BYTES)
        while left > 0 and (piece := request.META["wsgi.input"].read(min(left, 262_144))):
            left -= len(piece)
        return answers.to(request, answers.too_large())


class InTheNameOf:
    """Finds out who is asking (`request.actor`) and runs the request in that name."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    @cached_property
    def actor_of(self) -> Callable[[HttpRequest], Any]:
        """The function that settings.ACTOR_OF_REQUEST names."""
        try:
            found: Callable[[HttpRequest], Any] = import_string(settings.ACTOR_OF_REQUEST)
        except ImportError as fault:
            raise ImproperlyConfigured(f"ACTOR_OF_REQUEST: {fault}") from fault
        return found

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with revision.one_look():
            try:
                actor = self.actor_of(request)
            except Exception as fault:
                refusal = answers.refusal_for(fault)
                if refusal is None:
                    raise
                return answers.to(request, refusal)
            request.actor = actor  # type: ignore[attr-defined]
            with acting.acting(actor):
                return self.get_response(request)


class Refusals:
    """Turns refusals into answers, and asks the throttles a view has declared before its transaction begins."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        left: throttle.Allowance | None = getattr(request, "allowance", None)
        if left is not None:
            response.headers["RateLimit-Limit"] = str(left.limit)
            response.headers["RateLimit-Remaining"] = str(left.left)
            response.headers["RateLimit-Reset"] = str(left.reset_seconds)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        try:
            throttle.ask_declared(request, view)
        except errors.Refusal as refusal:
            return answers.to(request, refusal)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        refusal = answers.refusal_for(exception)
        if refusal is None:
            log.error(
                "unexpected failure",
                exc_info=exception,
                extra={"request_id": getattr(request, "id", None), "path": masked(request.path)},
            )
            return None
        if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
            request.POST = request.POST.copy() if hasattr(request, "_post") else {}  # type: ignore[assignment]
        return answers.to(request, refusal)


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Context processor: who is asking and whether this is a development installation."""
    return {
        "actor": getattr(request, "actor", None),
        "development": settings.DEVELOPMENT,
        "request_id": getattr(request, "id", ""),
    }


# The handlers that urls.py names.


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler400"""
    refusal = answers.refusal_for(exception) if exception is not None else None
    return answers.to(request, refusal or errors.Invalid())


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler403"""
    return answers.to(request, errors.Forbidden())


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler404"""
    return answers.to(request, errors.NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: an unexpected failure, or a database that has gone away outside a view."""
    import sys

    fault = sys.exc_info()[1]
    refusal = answers.refusal_for(fault) if isinstance(fault, Exception) else None
    return answers.to(request, refusal or answers.unexpected())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: an expired page or a forged one."""
    return answers.to(request, answers.stale_page())
