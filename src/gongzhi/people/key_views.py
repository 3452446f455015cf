"""Keys for programs as the administrator sees them: whose, for what, until when, last used; and taking one away."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import NotFound
from gongzhi.people import actions
from gongzhi.people.policies import PEOPLE, require
from gongzhi.people.queries import tokens
from gongzhi.people.scopes import labels

#: Rows of a page.
PAGE = 50


@never_cache
@require_GET
def keys(request: HttpRequest) -> HttpResponse:
    """Every key that is good now."""
    by = require(request.actor, "see_keys")  # type: ignore[attr-defined]
    words = request.GET.get("q", "").replace("\0", "").strip()[:60]
    page = Paginator(tokens(at=clock.now(), words=words), PAGE).get_page(request.GET.get("page"))
    here = reverse("people:keys")
    context = {
        "rows": [(token, labels(token.scopes)) for token in page],
        "all": page.paginator.count,
        "words": words,
        "may_take": PEOPLE.may(by, "change_keys", None),
        "newer": f"{here}?q={words}&page={page.previous_page_number()}" if page.has_previous() else "",
        "older": f"{here}?q={words}&page={page.next_page_number()}" if page.has_next() else "",
        "shown": f"{page.start_index()}–{page.end_index()}",
    }
    return render(request, "people/keys.html", context)


@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """End somebody's key."""
    by = require(request.actor, "change_keys")  # type: ignore[attr-defined]
    if not actions.take_token(pk, by=by, at=clock.now()):
        raise NotFound(_("没有这把钥匙，或者它已经停用。"))
    toast(request, _("这把钥匙已停用。"))
    return HttpResponseRedirect(reverse("people:keys"))
