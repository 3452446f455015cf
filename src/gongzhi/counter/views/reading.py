"""How pages are read: the language and the size of type, for everybody; remembered by the account that has one."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from gongzhi.kit import clock
from gongzhi.kit.navigation import TYPE_COOKIE, languages
from gongzhi.people import actions as people
from gongzhi.people.models import Account

YEAR = 60 * 60 * 24 * 365


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """Where to go on: the ``next`` that was asked for when it is an address of ours, else ``default``."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return default


def put_cookies(response: HttpResponse, *, language: str = "", large_type: bool | None = None) -> None:
    """Remember the choice on this device, so that the first paint is right."""
    if language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR, samesite="Lax",
            secure=settings.LANGUAGE_COOKIE_SECURE,
        )  # fmt: skip
    if large_type is not None:
        # read by the script of the switch, so not HttpOnly
        response.set_cookie(
            TYPE_COOKIE, "large" if large_type else "normal", max_age=YEAR, samesite="Lax",
            secure=settings.LANGUAGE_COOKIE_SECURE,
        )  # fmt: skip


def _keep(request: HttpRequest, *, language: str | None = None, large_type: bool | None = None) -> None:
    account = request.user
    if isinstance(account, Account):
        people.set_preferences(
            account,
            language=account.language if language is None else language,
            large_type=account.large_type if large_type is None else large_type,
            by=request.actor,  # type: ignore[attr-defined]
            at=clock.now(),
        )


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language."""
    chosen = request.POST.get("language", "")
    response = HttpResponseRedirect(safe_next(request))
    if chosen in dict(settings.LANGUAGES) and chosen in dict(languages()):
        _keep(request, language=chosen)
        put_cookies(response, language=chosen)
    return response


@require_POST
def large_type(request: HttpRequest) -> HttpResponse:
    """Large type on or off."""
    large = request.POST.get("size") == "large"
    response = HttpResponseRedirect(safe_next(request))
    _keep(request, large_type=large)
    put_cookies(response, large_type=large)
    return response
