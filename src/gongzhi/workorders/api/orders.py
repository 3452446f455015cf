"""Listing and showing orders, each as far as the asker may read it; and their photos."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from gongzhi.journal import queries as journal
from gongzhi.kit import clock
from gongzhi.kit.errors import Forbidden, NotFound
from gongzhi.people.actor import Person
from gongzhi.people.queries import organisations
from gongzhi.people.scopes import allows
from gongzhi.territory.ground import ground
from gongzhi.workorders import queries
from gongzhi.workorders.api.reports import category_of, division_of
from gongzhi.workorders.api.shapes import ActOut, AnswerOut, OrderOut, PageOut, PhotoOut, PlaceOut, RowOut
from gongzhi.workorders.api.speaking import REFUSALS, Plain, Refused, Said, Text, asking, order_of, signed_in
from gongzhi.workorders.cards.rows import phrase
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.policies import CONTACT, RULES, standing
from gongzhi.workorders.questions import told_answers
from gongzhi.workorders.tables import tree
from gongzhi.workorders.words import resident as resident_words
from gongzhi.workorders.workflow import WORKFLOW, possible

Size = Annotated[int, Field(ge=1, le=100)]


class Wanted(Said):
    """What a list is narrowed to, as on the desk. ``scope`` is a key of /me, or ``mine``; ``archived``
    is a year whose archived orders are listed instead of what is not archived."""

    scope: Text = ""
    status: Text = "open"
    category: Text = ""
    appeal: Text = ""
    channel: Text = ""
    community: Text = ""
    grid: Text = ""
    unit: Text = ""
    urgent: bool = False
    mine: bool = False
    unplaced: bool = False
    archived: Annotated[int | None, Field(ge=1900, le=2200)] = None
    words: Annotated[str, Field(max_length=100), Plain] = ""
    sort: Text = "due"
    cursor: Annotated[str, Field(max_length=200), Plain] = ""
    size: Size = queries.PAGE


def offer(router: Router) -> None:
    """Hang the operations into the router."""
    answers: Any = {REFUSALS: Refused}
    router.get("/workorders", response={200: PageOut, **answers}, summary="A page of a queue")(page)
    router.get("/workorders/{number}", response={200: OrderOut, **answers}, summary="One order")(show)
    router.get(
        "/workorders/{number}/photos/{uuid:key}",
        response=answers,
        summary="One photo",
        openapi_extra={
            "responses": {
                200: {
                    "description": "The picture",
                    "content": {
                        kind: {"schema": {"type": "string", "format": "binary"}}
                        for kind in ("image/jpeg", "image/png", "image/webp")
                    },
                }
            }
        },
    )(photo)


def page(request: HttpRequest, wanted: Wanted = Query(...)) -> PageOut:  # type: ignore[type-arg]  # noqa: B008
    """Staff: one of their queues, newest promise first. Residents: their own orders (``scope=mine``)."""
    by = signed_in(request, "orders.read")
    mine = wanted.scope == "mine" or (not wanted.scope and not by.is_staff)
    if mine:
        own = queries.my_orders(by, most=wanted.size + 1, after=_mark(wanted.cursor))
        items = [row_of(order, standing(by, order)) for order in own[: wanted.size]]
        more = len(own) > wanted.size
        last = own[wanted.size - 1] if more else None
        onward = f"{last.opened_at.timestamp()!r}~{last.pk}" if last else ""
        return PageOut(scope="mine", items=items, next=onward, total=len(items), more_than_total=more)
    scopes = queries.scopes(by)
    scope = next((one for one in scopes if not wanted.scope or one.key == wanted.scope), None)
    if scope is None:
        raise Forbidden(_("您没有这个队列。"), help=_("您的队列见 /api/me。"), code="unknown_scope")
    units = {body.code: body.id for body in organisations().values()}
    if wanted.unit and wanted.unit not in units:
        raise NotFound(_("没有这个单位。"), code="unknown_unit")
    filters = queries.Filters(
        status=wanted.status,
        category_id=category_of(wanted.category),
        appeal=wanted.appeal,
        channel=wanted.channel,
        community_id=division_of(wanted.community),
        grid_id=division_of(wanted.grid),
        unit_id=units.get(wanted.unit),
        urgent=wanted.urgent,
        mine=wanted.mine,
        unplaced=wanted.unplaced,
        archived=wanted.archived,
        words=wanted.words,
        sort=wanted.sort,
        after=wanted.cursor,
    )
    found = queries.list_orders(scope, filters, by=by, now=clock.now(), size=wanted.size)
    return PageOut(
        scope=scope.key,
        items=[row_of(order, "staff") for order in found.orders],
        next=found.older,
        total=found.total,
        more_than_total=found.capped,
    )


def _mark(cursor: str) -> tuple[datetime, int] | None:
    """The last order of the page before, from its cursor; a cursor that is none begins at the beginning."""
    moment, _tilde, key = cursor.partition("~")
    try:
        return datetime.fromtimestamp(float(moment), UTC), int(key) if len(key) < 19 else 0
    except (ValueError, OverflowError, OSError):
        return None


def row_of(order: WorkOrder, side: str) -> RowOut:
    """An order as a row. Who only follows it reads no words of its reporter and no exact place."""
    land, topic = ground(), tree().topics.get(order.category_id or 0)
    body = organisations().get(order.unit_id or 0)
    outside = side == "public"

    def named(area_id: int | None) -> str:
        return land.areas[area_id].name if area_id in land.areas else ""

    return RowOut(
        number=order.number,
        title=(topic.name if topic else "") if outside else order.title,
        state=order.state,
        state_label=_(WORKFLOW.states[order.state].label),
        appeal=order.appeal,
        channel=order.channel,
        category=topic.code if topic else "",
        category_name=topic.name if topic else "",
        unit=body.label if body else "",
        place=PlaceOut(
            street=named(order.street_id),
            community=named(order.community_id),
            grid=named(order.grid_id),
            text="" if outside else order.place_text,
            lon=None if outside else order.lon,
            lat=None if outside else order.lat,
        ),
        urgent=order.urgent,
        private=order.private,
        history=order.history,
        archived=order.archived,
        open=order.open,
        opened_at=order.opened_at,
        closed_at=order.closed_at,
        next_due_at=order.next_due_at,
    )


def show(request: HttpRequest, number: str) -> OrderOut:
    """By the rights of the token, or of the query code. A key that may only read is offered no steps."""
    by = asking(request, "orders.read")
    found = whole(order_of(number, by), by)
    if by.account_id is not None and not allows(request.scopes, "orders.steps"):  # type: ignore[attr-defined]
        found.steps = []
    return found


def whole(order: WorkOrder, by: Person) -> OrderOut:
    """One order with its timeline, photos and possible steps."""
    side = standing(by, order)
    topics = tree().topics
    steps = [step.verb for step in possible(order) if RULES.may(by, step.verb, order)]
    staff = side == "staff"
    return OrderOut(
        **row_of(order, side).model_dump(),
        standing=side,  # type: ignore[arg-type]
        description="" if side == "public" else order.description,
        seen=order.matter.thread.length,
        answer_due_at=order.answer_due_at,
        solved=None if side == "public" else order.solved,
        satisfied=None if side == "public" else order.satisfied,
        suggestions=[topics[code].code for code, _share in order.suggestions if code in topics]
        if staff
        else [],
        answers=[]
        if side == "public"
        else [
            AnswerOut(code=row["code"], question=row["question"], answer=row["answer"])
            for row in told_answers(order.answers, personal=side == "party" or CONTACT.holds(by, order))
            if not row["hidden"]
        ],
        steps=sorted(set(steps)),
        timeline=_timeline(order, side),
        photos=[
            PhotoOut(id=str(file.pk), name=file.name, width=file.width, height=file.height)
            for file in journal.files(order.pk, standing=side)
        ],
    )


def _timeline(order: WorkOrder, side: str) -> list[ActOut]:
    if side == "staff":
        return [
            ActOut(verb=entry.verb.partition(".")[2], at=entry.at, sentence=phrase(entry), text=entry.text)
            for entry in journal.timeline(order.pk, standing=side)
        ]
    return [
        ActOut(verb=one.verb, at=one.at, sentence=one.head, text=one.text)
        for one in reversed(resident_words.timeline(order, standing=side))
    ]


def photo(request: HttpRequest, number: str, key: UUID, small: bool = False) -> HttpResponse:
    """The picture, or its thumbnail, for those who may see the order and this file of it."""
    by = asking(request, "orders.read")
    order = order_of(number, by)
    file = journal.file_of(order.pk, key, standing=standing(by, order))
    blob = (file.thumbnail if small else file.blob) if file is not None else None
    if file is None or blob is None:
        raise NotFound
    response = HttpResponse(bytes(blob.content), content_type=file.media_type)
    response.headers["Cache-Control"] = "private, no-store"
    return response
