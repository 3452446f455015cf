"""The JSON door of one's own notices: a page of them, newest first, and that they have been read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import BaseModel, Field

from gongzhi.kit import clock
from gongzhi.kit.errors import Forbidden, Invalid, NotFound, SignInFirst
from gongzhi.kit.throttle import Declared
from gongzhi.notices import actions, queries
from gongzhi.notices.models import Message
from gongzhi.people.actor import Person
from gongzhi.people.scopes import allows

router = Router(tags=["notices"])
_READ = Declared("api.read", 300, 60, "account", frozenset({"GET"}), account_limit=1200)
_MARK = Declared("api.notice", 120, 60, "account", frozenset({"POST"}), account_limit=600)
THROTTLES = {"/notices": (_READ,), "/notices/read": (_MARK,), "/notices/<uuidstr:key>/read": (_MARK,)}


class NoticeOut(BaseModel):
    """Something you were told. ``url`` leads to what it is about, on this installation; ``read_at`` is empty while it is new."""

    id: UUID
    purpose: str
    group: str
    subject: str
    body: str
    url: str
    urgent: bool
    created_at: datetime
    read_at: datetime | None


class NoticesOut(BaseModel):
    """A page of notices. ``new``: how many of all of them have not been read."""

    items: list[NoticeOut]
    new: int
    next: str = Field(description="ask for the next page with ``cursor=`` and this; empty at the end")


class ReadOut(BaseModel):
    """How many were new and are read now, and how many are still new."""

    read: int
    new: int


class Refused(BaseModel):
    """The one shape of every refusal."""

    error: dict[str, Any]


_ANSWERS: Any = {frozenset({400, 401, 403, 404, 405, 429, 500, 503}): Refused}


def _mine(request: HttpRequest, scope: str) -> Person:
    """Who asks, with an account whose key has the scope."""
    by: Person = request.actor  # type: ignore[attr-defined]
    if by.account_id is None:
        raise SignInFirst(
            _("请带上令牌。"), help=_("请求头：Authorization: Bearer <令牌>"), code="token_needed"
        )
    if not allows(request.scopes, scope):  # type: ignore[attr-defined]
        raise Forbidden(_("这个令牌没有“{scope}”权限。").format(scope=scope), code="scope")
    return by


def _cursor(message: Message) -> str:
    return f"{message.created_at.timestamp()!r}~{message.pk}"


def _place(cursor: str) -> tuple[datetime, UUID] | None:
    """The last notice of the page before. Invalid for a cursor that none of our pages has given."""
    if not cursor:
        return None
    moment, _tilde, key = cursor.partition("~")
    try:
        return datetime.fromtimestamp(float(moment), UTC), UUID(key)
    except (ValueError, OverflowError, OSError) as fault:
        raise Invalid(
            _("翻页的位置无效。"),
            help=_("请从第一页重新打开。"),
            code="bad_cursor",
            fields={"cursor": [_("翻页的位置无效。")]},
        ) from fault


@router.get("/notices", response={200: NoticesOut, **_ANSWERS}, summary="Your notices, newest first")
def page(
    request: HttpRequest,
    new: bool = False,
    cursor: Annotated[str, Field(max_length=100)] = "",
    size: Annotated[int, Field(ge=1, le=100)] = 50,
) -> NoticesOut:
    """Those of your own page “通知”. ``new=true``: only what has not been read."""
    by = _mine(request, "notices.read")
    rows = queries.inbox_page(by, after=_place(cursor), new=new, most=size + 1)
    return NoticesOut(
        items=[_out(row) for row in rows[:size]],
        new=queries.unread(by),
        next=_cursor(rows[size - 1]) if len(rows) > size else "",
    )


def _out(row: Message) -> NoticeOut:
    names = ("purpose", "group", "subject", "body", "url", "urgent", "created_at", "read_at")
    return NoticeOut(id=row.pk, **{name: getattr(row, name) for name in names})


@router.post("/notices/read", response={200: ReadOut, **_ANSWERS}, summary="All of them have been read")
def read_all(request: HttpRequest) -> ReadOut:
    """Once more does no harm."""
    by = _mine(request, "notices.write")
    return ReadOut(read=actions.read_all(by=by, at=clock.now()), new=queries.unread(by))


@router.post(
    "/notices/{uuid:key}/read", response={200: ReadOut, **_ANSWERS}, summary="One of them has been read"
)
def read(request: HttpRequest, key: UUID) -> ReadOut:
    """404 for a notice that is not yours."""
    by = _mine(request, "notices.write")
    if not queries.is_mine(by, key):
        raise NotFound(_("没有这条通知。"))
    return ReadOut(read=actions.read_all(str(key), by=by, at=clock.now()), new=queries.unread(by))
