"""Signing in and out: residents by a one-time code, staff by login and password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from gongzhi.counter import showcase
from gongzhi.counter.forms import AddressForm, OneTimeCodeForm, StaffForm
from gongzhi.counter.views.reading import put_cookies, safe_next
from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Refusal, TooMany
from gongzhi.kit.navigation import first_address
from gongzhi.kit.throttle import throttle, throttled
from gongzhi.notices import actions as notices
from gongzhi.people import actions as people
from gongzhi.people.actor import Person, person_for
from gongzhi.people.addresses import normal_address
from gongzhi.people.models import Account
from gongzhi.people.queries import contact_of_account
from gongzhi.people.roles import Role

ADDRESS = "sign_in_address"
#: Tries of a password: for one account from anywhere, and from one address for any account.
TRIES_PER_ACCOUNT, TRIES_PER_ADDRESS, TRIES_SECONDS = 10, 40, 900


def _on(request: HttpRequest, name: str) -> str:
    """An address of the sign-in, with the way onward kept."""
    onward = safe_next(request, "")
    return reverse(name) + (f"?{urlencode({'next': onward})}" if onward else "")


def _page(request: HttpRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
    context |= {"next": safe_next(request, ""), "staff_url": _on(request, "counter:sign_in_staff"),
                "resident_url": _on(request, "counter:sign_in")}  # fmt: skip
    return render(request, template, context, status=status)


def _enter(request: HttpRequest, account: Account) -> HttpResponse:
    """Open the session for an account (its key changes, what was shown by code stays) and go on."""
    login(request, account)
    person = person_for(account)
    response = HttpResponseRedirect(safe_next(request, _first_page(person)))
    put_cookies(response, language=account.language, large_type=account.large_type or None)
    return response


def _first_page(person: Person) -> str:
    """Staff begin at the first entry of their rail: a clerk at the desk, a mediator at the cases. A building head is a
    neighbour first."""
    if person.roles - {Role.BUILDING_HEAD}:
        return first_address(person) or "/"
    return "/"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@throttled("send code", 10, 3600)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Residents: say where the code should go."""
    if request.method != "POST":
        if request.actor.account_id:  # type: ignore[attr-defined]
            return HttpResponseRedirect(safe_next(request))
        return _page(request, "counter/sign_in.html", form=AddressForm())
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _page(request, "counter/sign_in.html", 400, form=form)
    try:
        _kind, address = normal_address(form.cleaned_data["address"])
    except Refusal as refusal:
        form.add_error("address", " ".join(part for part in (str(refusal), str(refusal.help)) if part))
        return _page(request, "counter/sign_in.html", refusal.status, form=form)
    if not notices.reachable(address):
        return _page(request, "counter/sign_in.html", 503, form=form, unreachable=address)
    by, now = request.actor, clock.now()  # type: ignore[attr-defined]
    try:
        code = people.send_code("sign_in", address, by=by, at=now)
    except TooMany as refusal:
        form.add_error("address", " ".join(part for part in (str(refusal), str(refusal.help)) if part))
        # a code was sent a moment ago: it is still good, so let them enter it
        if refusal.code == "code_just_sent":
            request.session[ADDRESS] = address
            return _page(
                request,
                "counter/enter_code.html",
                429,
                form=OneTimeCodeForm(),
                address=_hidden(address),
                just_sent=True,
            )
        return _page(request, "counter/sign_in.html", refusal.status, form=form)
    notices.send("sign_in", address=address, fills={"code": code}, by=by, at=now)
    request.session[ADDRESS] = address
    return HttpResponseRedirect(_on(request, "counter:enter_code"))


def _hidden(address: str) -> str:
    """An address as it may stand on a page: ``139****0101``, ``w***@example.org``."""
    if "@" in address:
        name, _at, host = address.partition("@")
        return f"{name[:1]}***@{host}"
    plain = address.removeprefix("+86")
    return f"{plain[:3]}****{plain[-4:]}"


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@throttled("enter code", 30, 900)
def enter_code(request: HttpRequest) -> HttpResponse:
    """Residents: enter the six digits."""
    address = request.session.get(ADDRESS)
    if not address:
        return HttpResponseRedirect(_on(request, "counter:sign_in"))
    shown: dict[str, Any] = {"address": _hidden(address)}
    if request.method != "POST":
        return _page(request, "counter/enter_code.html", form=OneTimeCodeForm(), **shown)
    form = OneTimeCodeForm(request.POST)
    if not form.is_valid():
        return _page(request, "counter/enter_code.html", 400, form=form, **shown)
    now = clock.now()
    digits = "".join(c for c in form.cleaned_data["code"] if c.isdecimal())
    account = people.sign_in_by_code(address, digits, by=request.actor, at=now)  # type: ignore[attr-defined]
    if account is None:
        form.add_error("code", _("这个六位数不对，或者已经过期。请看最新的一条；输错五次后要重新发。"))
        return _page(request, "counter/enter_code.html", 400, form=form, **shown)
    del request.session[ADDRESS]
    person = person_for(account)
    with acting(person):
        # The account's own contact, so that answers reach them; nobody else may read it.
        if contact_of_account(account.pk) is None:
            told = {"email": address, "phone": ""} if "@" in address else {"phone": address}
            people.keep_contact(
                name=account.name, purpose="account", held_by=[], account_id=account.pk, by=person, at=now,
                **{"phone": "", **told},
            )  # fmt: skip
        return _enter(request, account)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@throttled("password from an address", TRIES_PER_ADDRESS, TRIES_SECONDS)
def staff(request: HttpRequest) -> HttpResponse:
    """Staff: login and password."""
    demo: dict[str, Any] = {"showcase": showcase.accounts()}
    if request.method != "POST":
        return _page(request, "counter/sign_in_staff.html", form=StaffForm(), **demo)
    form = StaffForm(request.POST)
    if not form.is_valid():
        return _page(request, "counter/sign_in_staff.html", 400, form=form, **demo)
    name = form.cleaned_data["login"].strip()
    throttle("password of an account", name.lower(), TRIES_PER_ACCOUNT, TRIES_SECONDS)
    account = authenticate(request, username=name, password=form.cleaned_data["password"])
    if not isinstance(account, Account):
        form.add_error(None, _("账号或密码不对。忘了密码，请找本单位的系统管理员。"))
        return _page(request, "counter/sign_in_staff.html", 400, form=form, **demo)
    return _enter(request, account)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, with everything it had been shown, and what the device kept for whoever works without signal."""
    logout(request)
    toast(request, _("已退出登录。"))
    response = HttpResponseRedirect("/")
    response.headers["Clear-Site-Data"] = '"storage"'
    return response
