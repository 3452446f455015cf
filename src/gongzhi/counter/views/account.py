"""The account page: what we keep about oneself, how pages are read, keys for programs, taking it all along or away."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.contrib.auth import logout
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongzhi.counter import manifests
from gongzhi.counter.forms import PreferencesForm, TokenForm
from gongzhi.counter.views.reading import put_cookies
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import NotFound, SignInFirst
from gongzhi.kit.navigation import type_size
from gongzhi.kit.throttle import throttled
from gongzhi.notices import actions as notices
from gongzhi.notices.queries import export as told_notices
from gongzhi.people import actions as people
from gongzhi.people.actor import Person
from gongzhi.people.models import Account, Consent, Token
from gongzhi.people.queries import contact_of_account
from gongzhi.people.scopes import labels

MOST_TOKENS = 10


def _account(request: HttpRequest) -> Account:
    account = request.user
    if not isinstance(account, Account):
        raise SignInFirst
    return account


#: How long an expired token is still listed.
SHOWN_AFTER = timedelta(days=90)


def _page(request: HttpRequest, account: Account, status: int = 200, **context: Any) -> HttpResponse:
    by: Person = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    reading = {
        "name": account.name,
        "language": account.language or get_language(),
        "large_type": type_size(request) == "large",
    }
    return render(
        request,
        "counter/account.html",
        {
            "account": account,
            "contact": contact_of_account(account.pk),
            "posts": [{"role": post.said, "post": post} for post in by.posts],
            # what has expired stays in sight for a while: whoever's program fails looks here
            "tokens": [(token, labels(token.scopes)) for token in Token.objects.filter(
                account=account, revoked_at=None, expires_at__gt=now - SHOWN_AFTER).order_by("-expires_at")],
            "now": now,
            "consents": list(Consent.objects.filter(account=account, withdrawn_at=None).order_by("-given_at")[:5]),
            "preferences": PreferencesForm(initial=reading),
            "token_form": TokenForm(),
            **context,
        },
        status=status,
    )  # fmt: skip


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The page."""
    return _page(request, _account(request))


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep name, language and size of type."""
    account = _account(request)
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return _page(request, account, 400, preferences=form)
    told = form.cleaned_data
    by, now = request.actor, clock.now()  # type: ignore[attr-defined]
    people.rename(account, name=told["name"], by=by, at=now)
    people.set_preferences(account, language=told["language"], large_type=told["large_type"], by=by, at=now)
    toast(request, _("已保存。"))
    response = HttpResponseRedirect(reverse("counter:account"))
    put_cookies(response, language=told["language"], large_type=told["large_type"])
    return response


@never_cache
@require_POST
@throttled("token", 10, 3600, by="account")
def tokens(request: HttpRequest) -> HttpResponse:
    """Issue a key; it is shown on this page once."""
    account = _account(request)
    form = TokenForm(request.POST)
    now = clock.now()
    if form.is_valid():
        held = Token.objects.filter(account=account, revoked_at=None, expires_at__gt=now).count()
        if held < MOST_TOKENS:
            secret = people.issue_token(
                account,
                form.cleaned_data["name"],
                form.cleaned_data["scopes"],
                expires_at=now + timedelta(days=form.cleaned_data["days"]),
                by=request.actor,  # type: ignore[attr-defined]
                at=now,
            )
            return _page(request, account, secret=secret)
        form.add_error(None, _("最多 {most} 把钥匙，请先停用一把。").format(most=MOST_TOKENS))
    return _page(request, account, 400, token_form=form)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a key."""
    _account(request)
    if not people.revoke_token(pk, by=request.actor, at=clock.now()):  # type: ignore[attr-defined]
        raise NotFound
    toast(request, _("这把钥匙已停用。"))
    return HttpResponseRedirect(reverse("counter:account"))


@never_cache
@require_POST
@throttled("my data", 10, 3600, by="account")
def download(request: HttpRequest) -> HttpResponse:
    """Everything we keep about the person, as JSON (PIPL art. 45)."""
    account = _account(request)
    by: Person = request.actor  # type: ignore[attr-defined]
    contact = contact_of_account(account.pk)
    told = {
        "made_at": clock.now(),
        "account": {"name": account.name, "login": account.login, "since": account.since,
                    "language": account.language, "large_type": account.large_type},
        "contact": {"name": contact.name, "phone": contact.phone, "email": contact.email,
                    "address": contact.address, "since": contact.since} if contact else None,
        "posts": [{"role": post.role, "organisation": post.organisation_name, "area": post.division_name}
                  for post in by.posts],
        "consents": list(Consent.objects.filter(account=account).order_by("given_at").values(
            "purpose", "version", "language", "given_at", "withdrawn_at")),
        "tokens": list(Token.objects.filter(account=account).order_by("since").values(
            "name", "scopes", "since", "expires_at", "last_used_at", "revoked_at")),
        "notices": told_notices(by),
        "matters": manifests.export(by),
    }  # fmt: skip
    body = json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    answer = HttpResponse(body, content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="gongzhi-{clock.today():%Y%m%d}.json"'
    return answer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """Say what will happen, and on POST let it happen (PIPL art. 47)."""
    account = _account(request)
    by: Person = request.actor  # type: ignore[attr-defined]
    if request.method != "POST":
        return render(request, "counter/erase.html", {"held": manifests.holdings(by), "staff": by.is_staff})
    now = clock.now()
    contact = contact_of_account(account.pk)
    # First the account: it refuses whoever holds a post, before anything is forgotten.
    people.close_account(account, by=by, at=now)
    addresses = [one for one in (contact.phone, contact.email) if one] if contact else []
    notices.forget_person(account.pk, addresses, by=by, at=now)
    manifests.erase(by, now)
    logout(request)
    toast(request, _("您的信息已经删除。"))
    return HttpResponseRedirect("/")
