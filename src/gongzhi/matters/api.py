"""The JSON door of what rooms offer: stories for everybody, topics for those who could take one up. Read only.

Neither has a key to what it was written after, and a day is the finest moment that is told.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import BaseModel, Field

from gongzhi.kit import clock
from gongzhi.kit.cursors import whole
from gongzhi.kit.errors import Forbidden, Invalid, NotFound, SignInFirst
from gongzhi.kit.throttle import Declared
from gongzhi.matters import queries
from gongzhi.matters.kinds import kind_of
from gongzhi.matters.models import Offer
from gongzhi.matters.policies import require
from gongzhi.people.actor import Person
from gongzhi.people.scopes import allows

router = Router(tags=["stories and topics"])
_READ = Declared("api.read", 300, 60, "account", frozenset({"GET"}), account_limit=1200)
THROTTLES = {
    "/stories": (_READ,),
    "/stories/<uuidstr:key>": (_READ,),
    "/topics": (_READ,),
    "/topics/<topic_id>": (_READ,),
}
#: What a key must be for to read topics; stories need none.
SCOPE = "topics.read"

Text = Annotated[str, Field(max_length=40)]
Size = Annotated[int, Field(ge=1, le=100)]
_NEXT = "ask for the next page with ``cursor=`` and this; empty at the end"


class StoryOut(BaseModel):
    """A settled dispute, written anew without people and places. ``about``: its type, in words."""

    key: UUID
    title: str
    text: str
    about: str
    body: str


class StoriesOut(BaseModel):
    """A page of stories, the newest first."""

    items: list[StoryOut]
    next: str = Field(description=_NEXT)


class TopicOut(BaseModel):
    """A topic that was proposed for deliberation. ``state``: waiting, taken or declined; ``often`` is empty where it is not
    told; ``became`` is the number of the matter that a room made of it."""

    id: int
    state: str
    title: str
    text: str
    about: str
    often: str
    division: str
    proposed_on: date
    answer: str
    answered_on: date | None
    outcome: str
    outcome_on: date | None
    became: str


class TopicsOut(BaseModel):
    """A page of topics, the newest first."""

    items: list[TopicOut]
    next: str = Field(description=_NEXT)


class Refused(BaseModel):
    """The one shape of every refusal."""

    error: dict[str, Any]


_ANSWERS: Any = {frozenset({400, 401, 403, 404, 405, 429, 500, 503}): Refused}


def _reader(request: HttpRequest) -> Person:
    """Who asks for topics: the same people as on the page, with a key that is for it."""
    by: Person = request.actor  # type: ignore[attr-defined]
    if by.account_id is None:
        raise SignInFirst(
            _("请带上令牌。"), help=_("请求头：Authorization: Bearer <令牌>"), code="token_needed"
        )
    if not allows(request.scopes, SCOPE):  # type: ignore[attr-defined]
        raise Forbidden(_("这个令牌没有“{scope}”权限。").format(scope=SCOPE), code="scope")
    return require(by, "see")


def _page(cursor: str) -> int:
    """The page that a cursor stands for: no cursor carries a moment."""
    page = whole(cursor, digits=5) if cursor else 0
    if page is None:
        raise Invalid(_("翻页的位置无效。"), help=_("请从第一页重新打开。"), code="bad_cursor")
    return page


def _day(moment: Any) -> date | None:
    return clock.local(moment).date() if moment else None


def _story(row: Offer) -> StoryOut:
    return StoryOut(
        key=row.key, title=row.title, text=row.text, about=_(row.about) if row.about else "",
        body=str(row.body) if row.body else "",
    )  # fmt: skip


def _topic(row: Offer) -> TopicOut:
    told = row.matter is not None and not kind_of(row.matter.kind).sealed
    return TopicOut(
        id=row.pk, state=row.state, title=row.title, text=row.text, about=_(row.about) if row.about else "", often=row.often if row.often != Offer.Often.SEVERAL else "",
        division=row.division.code if row.division else "", proposed_on=clock.local(row.at).date(), answer=row.answer,
        answered_on=_day(row.answered_at), outcome=row.outcome, outcome_on=_day(row.outcome_at),
        became=row.matter.number if told and row.matter else "",
    )  # fmt: skip


@router.get("/stories", response={200: StoriesOut, **_ANSWERS}, summary="Stories of settled disputes")
def stories(request: HttpRequest, size: Size = 30, cursor: Text = "") -> StoriesOut:
    """What was released to everybody; a story that is taken back is gone from here at once."""
    page = _page(cursor)
    found = list(queries.stories()[page * size : (page + 1) * size + 1])
    return StoriesOut(
        items=[_story(row) for row in found[:size]], next=str(page + 1) if len(found) > size else ""
    )


@router.get("/stories/{key}", response={200: StoryOut, **_ANSWERS}, summary="One story")
def story(request: HttpRequest, key: UUID) -> StoryOut:
    """404 when it was taken back."""
    return _story(queries.get_story(key))


@router.get("/topics", response={200: TopicsOut, **_ANSWERS}, summary="Topics proposed for your areas")
def topics(request: HttpRequest, state: Text = "", size: Size = 30, cursor: Text = "") -> TopicsOut:
    """For leaders, clerks and grid leaders of the area, committees and auditors. ``state``: waiting, taken, declined."""
    by, page = _reader(request), _page(cursor)
    rows = queries.topics_for(by).exclude(state=Offer.State.WITHDRAWN)
    if state:
        if state not in (Offer.State.WAITING, Offer.State.TAKEN, Offer.State.DECLINED):
            raise Invalid(_("没有这个状态。"), code="unknown_state", fields={"state": [_("没有这个状态。")]})
        rows = rows.filter(state=state)
    found = list(rows[page * size : (page + 1) * size + 1])
    return TopicsOut(
        items=[_topic(row) for row in found[:size]], next=str(page + 1) if len(found) > size else ""
    )


@router.get("/topics/{topic_id}", response={200: TopicOut, **_ANSWERS}, summary="One topic")
def topic(request: HttpRequest, topic_id: str) -> TopicOut:
    """404 for one of another area, and for one that was taken back."""
    by = _reader(request)
    number = whole(topic_id, digits=9)
    row = queries.get_topic(number, by=by) if number else None
    if row is None or row.state == Offer.State.WITHDRAWN:
        raise NotFound
    return _topic(row)
