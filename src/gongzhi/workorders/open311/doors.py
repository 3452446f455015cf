"""The addresses of GeoReport v2: discovery, services, requests, tokens, photographs.

Everything is answered in the standard's words, refusals too: a list of ``code`` and ``description``; 404 for what does not
exist, 403 for a wrong or missing key, 400 for any other mistake (429 and 503 are told as HTTP has them).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from gongzhi.journal.models import Attachment
from gongzhi.journal.queries import READABLE
from gongzhi.kit import answers, clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.cursors import cursor_of
from gongzhi.kit.errors import Forbidden, Invalid, NotFound, Refusal
from gongzhi.kit.secrets import same
from gongzhi.kit.throttle import client_address, throttle
from gongzhi.workorders.actions import exchanging
from gongzhi.workorders.models import PeerKey, Scope, WorkOrder
from gongzhi.workorders.open311 import asked as lists
from gongzhi.workorders.open311 import filed, partners, services, shown, speaking
from gongzhi.workorders.policies import OPEN311_SERVICE
from gongzhi.workorders.tables import tree

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
#: How often: without a key, with one, and how often a wrong key may be tried.
READS, READS_BY_KEY, POSTS, WRONG_KEYS = (300, 60), (1200, 60), (6000, 600), (20, 600)
#: The standard knows three kinds of refusals; these two more are HTTP's own.
_PLAIN = frozenset({403, 404, 413, 429, 503})

Door = Callable[..., HttpResponse]


def _refused(refusal: Refusal, form: str) -> HttpResponse:
    status = 403 if refusal.status == 401 else refusal.status
    status = status if status in _PLAIN else 400
    helping = f" {refusal.help}" if refusal.help else ""
    said = [sentence for found in refusal.fields.values() for sentence in found]
    sentences = list(dict.fromkeys([f"{refusal}{helping}", *(said if refusal.code == "answers" else [])]))
    if refusal.code == "answers":
        sentences = list(dict.fromkeys(said)) or sentences
    elif refusal.code == "emergency":
        sentences.append(_("反映人已经打过的，加上 emergency_acknowledged=true 再提交。"))
    response = speaking.errors([(refusal.status, one) for one in sentences], form, status=status)
    if refusal.wait_seconds or status == 503:
        response.headers["Retry-After"] = str(refusal.wait_seconds or 30)
    return response


def _key(request: HttpRequest) -> partners.Shown | None:
    """The key that the request shows, or None where it shows none. Forbidden for a wrong one."""
    secret = request.POST.get("api_key") or request.GET.get("api_key") or request.headers.get("X-Api-Key", "")
    if not secret:
        return None
    found = partners.key_shown(secret.strip(), at=clock.now())
    if found is None:
        throttle("open311.wrong_key", client_address(request), *WRONG_KEYS)
        raise Forbidden(_("api_key 无效、已停用或已过期。"), code="api_key")
    return found


def _street(request: HttpRequest) -> int | None:
    """The street that ``jurisdiction_id`` names, None for the whole. NotFound for another jurisdiction."""
    told = (request.POST.get("jurisdiction_id") or request.GET.get("jurisdiction_id") or "").strip()
    known = lists.jurisdictions(settings.OPEN311_JURISDICTION, request.get_host().partition(":")[0])
    if told and told not in known:
        raise NotFound(_("没有 jurisdiction_id “{code}”。").format(code=told[:60]), code="jurisdiction_id")
    return known.get(told)


def _door(*methods: str) -> Callable[[Door], Door]:
    """A view of the standard: refusals in its words after everything has been rolled back, limits told in headers."""

    def build(view: Door) -> Door:
        @csrf_exempt
        @transaction.non_atomic_requests
        @wraps(view)
        def served(request: HttpRequest, form: str = "xml", **named: Any) -> HttpResponse:
            spoken = form if form in speaking.FORMATS else "xml"
            by = Actor.for_service(OPEN311_SERVICE)
            try:
                if form not in speaking.FORMATS:
                    raise NotFound(_("只有 .xml 和 .json。"), code="format")
                if request.method not in (*methods, "HEAD", "OPTIONS"):
                    raise Invalid(_("这个地址不接受 {method}。").format(method=str(request.method)[:10]))
                if request.method == "OPTIONS":
                    response = HttpResponse(status=204)
                else:
                    key = _key(request)
                    kind = "open311.post" if request.method == "POST" else "open311.read"
                    often = POSTS if request.method == "POST" else READS_BY_KEY if key else READS
                    who = f"key {key.id}" if key else client_address(request)
                    request.allowance = throttle(kind, who, *often)  # type: ignore[attr-defined]
                    with acting(by), transaction.atomic():
                        response = view(request, spoken, key=key, street_id=_street(request), by=by, **named)
            except Exception as fault:
                refusal = answers.refusal_for(fault)
                if refusal is None:
                    raise
                response = _refused(refusal, spoken)
            response.headers["Access-Control-Allow-Origin"] = "*"  # nothing here looks at cookies
            response.headers["Access-Control-Expose-Headers"] = "Link, RateLimit-Remaining, Retry-After"
            response.headers["Allow"] = ", ".join(methods)
            return response

        return served

    return build


@_door("GET")
def discovery(request: HttpRequest, form: str, **_more: Any) -> HttpResponse:
    """Where the endpoint is, what it speaks, and how one gets a key."""
    changeset = speaking.w3(services.changed())
    told = {
        "changeset": changeset,
        "contact": settings.OPEN311_CONTACT or _("请联系街道工单中心。"),
        "key_service": settings.OPEN311_CONTACT or _("由系统管理员发放，请联系街道工单中心。"),
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": request.build_absolute_uri("/open311/v2"),
                "changeset": changeset,
                "type": "test" if settings.DEVELOPMENT else "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }
    return speaking.answer("discovery", told, form)


@_door("GET")
def service_list(request: HttpRequest, form: str, **_more: Any) -> HttpResponse:
    """What can be reported."""
    return speaking.answer("services", services.services(), form)


@_door("GET")
def service(request: HttpRequest, form: str, *, code: str, **_more: Any) -> HttpResponse:
    """What one service asks."""
    topic = tree().by_code.get(code)
    if topic is None or not topic.live:
        raise NotFound(_("没有 service_code “{code}”。").format(code=code[:40]), code="service_code")
    return speaking.answer("service_definition", services.definition(topic), form)


@_door("GET", "POST")
def requests(
    request: HttpRequest, form: str, *, key: partners.Shown | None, street_id: int | None, by: Actor
) -> HttpResponse:
    """POST files a request; GET lists them."""
    if request.method == "POST":
        return _post(request, form, key=key, by=by)
    asked = lists.read(request.GET, at=clock.now())
    rows, in_full = _rows(key)
    orders = shown.listed(rows, asked, street_id=street_id)
    more = not asked.ids and len(orders) > asked.size
    orders = orders if asked.ids else orders[: asked.size]
    response = speaking.answer("service_requests", _told(request, orders, key if in_full else None), form)
    if more:
        said = {
            name: value for name, value in request.GET.items() if name not in ("page", "cursor", "api_key")
        }
        said |= {"start_date": speaking.w3(asked.since) or "", "end_date": speaking.w3(asked.until) or ""}
        said["cursor"] = cursor_of(orders[-1].opened_at, orders[-1].pk)
        address = request.build_absolute_uri(f"{request.path}?{urlencode(said)}")
        response.headers["Link"] = f'<{address}>; rel="next"'
    return response


def _rows(key: partners.Shown | None) -> tuple[QuerySet[WorkOrder], bool]:
    """What a key may list, and whether in full. Without a scope for more it lists what anybody may."""
    if key is not None and Scope.FULL in key.scopes:
        return shown.full(), True
    if key is not None and Scope.OWN in key.scopes:
        return shown.own(key.peer.source), True
    return shown.public(), False


def _told(request: HttpRequest, orders: list[WorkOrder], key: partners.Shown | None) -> list[dict[str, Any]]:
    if key is None:
        return shown.for_anybody(orders)

    def media(photo: UUID) -> str:
        path = reverse("workorders:open311_media", args=[photo, shown.media_code(photo, key.id)])
        return request.build_absolute_uri(path)

    told = shown.in_full(orders, key.peer.source, media)
    return shown.with_way(told, orders) if request.GET.get("extensions") == "true" else told


def _post(request: HttpRequest, form: str, *, key: partners.Shown | None, by: Actor) -> HttpResponse:
    if key is None:
        raise Forbidden(_("没有写 api_key，不能提交。"), code="api_key")
    if Scope.POST not in key.scopes:
        raise Forbidden(_("这把 api_key 不能用来提交。"), code="api_key")
    token = request.headers.get("Idempotency-Key") or request.POST.get("token", "")
    if token and (not 8 <= len(token) <= 120 or not token.isprintable()):
        raise Invalid(_("Idempotency-Key 要有 8 到 120 个字符。"), code="bad_idempotency_key")
    told = filed.read(request.POST, request.FILES, key, token)
    receipt = exchanging.file_request(key, told, by=by, at=clock.now())
    one = {
        "service_request_id": receipt.order.number,
        "service_notice": shown.service_notice("" if receipt.order.history else receipt.code),
        "account_id": told.account_id or None,
    }
    return speaking.answer("service_requests", [one], form)


@_door("GET")
def one_request(
    request: HttpRequest,
    form: str,
    *,
    number: str,
    key: partners.Shown | None,
    street_id: int | None,
    by: Actor,
) -> HttpResponse:
    """One request: the partner's own in full, anybody else's as the public map has it."""
    asked = lists.Asked(ids=(number[:60],))
    rows, in_full = _rows(key)
    if in_full and (orders := shown.listed(rows, asked, street_id=street_id)):
        return speaking.answer("service_requests", _told(request, orders, key), form)
    orders = shown.listed(shown.public(), asked, street_id=street_id)
    if not orders:
        raise NotFound(
            _("没有 service_request_id “{number}”，或者它不公开。").format(number=number[:60]),
            code="service_request_id",
        )
    return speaking.answer("service_requests", _told(request, orders, None), form)


@_door("GET")
def token(request: HttpRequest, form: str, *, token: str, **_more: Any) -> HttpResponse:
    """The number of the request that was filed under a token (its Idempotency-Key)."""
    number = exchanging.number_of_token(token)
    if number is None:
        raise NotFound(_("没有这个 token。"), code="token")
    return speaking.answer("service_requests", [{"service_request_id": number, "token": token}], form)


def media(request: HttpRequest, key: UUID, code: str) -> HttpResponse:
    """A photograph of a request that a partner filed, by the address that its list gave; void with its key."""
    gone = NotFound(_("没有找到这张照片，或者您不能查看。"))
    head = code.partition("-")[0]
    try:
        key_id = int(head, 16) if len(head) < 12 else 0
    except ValueError:
        raise gone from None
    now = clock.now()
    row = (
        PeerKey.objects.filter(pk=key_id, revoked_at=None, expires_at__gt=now, peer__revoked_at=None)
        .values_list("peer__code", flat=True)
        .first()
    )
    if row is None or not code.isascii() or not same(code, shown.media_code(key, key_id)):
        raise gone
    file = (
        Attachment.objects.select_related("blob")
        .filter(pk=key, erased_at=None, audience__in=READABLE["party"])
        .first()
    )
    if (
        file is None
        or file.blob is None
        or not shown.own(f"open311:{row}").filter(pk=file.thread_id).exists()
    ):
        raise gone
    response = HttpResponse(bytes(file.blob.content), content_type=file.media_type)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
