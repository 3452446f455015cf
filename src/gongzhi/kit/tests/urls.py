"""A few addresses that exist only in the kit's tests: each does one thing that goes wrong or shows something."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from gongzhi.kit import errors
from gongzhi.kit.acting import Actor
from gongzhi.kit.models import Revision
from gongzhi.kit.throttle import throttle, throttled

handler400 = "gongzhi.kit.middleware.bad_request"
handler403 = "gongzhi.kit.middleware.forbidden"
handler404 = "gongzhi.kit.middleware.not_found"
handler500 = "gongzhi.kit.middleware.server_error"

KINDS = {kind.code: kind for kind in errors.FAMILY}


def actor_of(request: HttpRequest) -> Actor:
    """Trust a header: only tests do that."""
    told = request.headers.get("X-Account", "")
    return Actor(account_id=int(told)) if told else Actor.nobody()


def refuse(request: HttpRequest, code: str) -> HttpResponse:
    """Write a row, then refuse: the row must not stay."""
    Revision.objects.create(name="half-written", stamp=1)
    raise KINDS[code]("一句话", help="这样可以解决", fields={"place": ["请选择地点"]})


def broken(request: HttpRequest) -> HttpResponse:
    """Fail in a way nobody foresaw, with a person's words in the exception."""
    raise RuntimeError("张三 13800000000")


def whoami(request: HttpRequest) -> HttpResponse:
    """What PostgreSQL believes about the request."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('gongzhi.account', true)")
        return JsonResponse({"account": cursor.fetchone()[0]})


def form(request: HttpRequest) -> HttpResponse:
    """Take what is posted."""
    return JsonResponse({"fields": sorted(request.POST)})


@throttled("declared", 2, 60)
def seldom(request: HttpRequest) -> HttpResponse:
    """May be posted twice a minute."""
    return HttpResponse("ok")


def attempt(request: HttpRequest) -> HttpResponse:
    """Throttled inside its transaction, and always refused."""
    throttle("attempt", "one key", 2, 60)
    raise errors.Invalid("密码不对")


urlpatterns = [
    path("refuse/<str:code>/", refuse),
    path("api/refuse/<str:code>/", refuse),
    path("broken/", broken),
    path("whoami/", whoami),
    path("form/", form),
    path("seldom/", seldom),
    path("attempt/", attempt),
]
