"""The police's side of the JSON door: calls they hand over, what they say of ours, and their monthly number.

Every message is signed for its door and its moment (:mod:`gongzhi.workorders.police_partners`) and taken once: one that is
played back is 409. Sent anew under an id of its own it does nothing new either: a call number is taken once, a hand-over ends
once; of a month the number told last counts.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Status
from pydantic import BaseModel, Field

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Forbidden, Refusal
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions import disputes, police, remembering
from gongzhi.workorders.actions.disputes import Quarrel
from gongzhi.workorders.actions.police import Call
from gongzhi.workorders.api.reports import division_of
from gongzhi.workorders.api.speaking import REFUSALS, Degrees, Refused, Said, Text, body_of, document, header
from gongzhi.workorders.models.police import CallKind
from gongzhi.workorders.police_partners import Signed, signed_by
from gongzhi.workorders.policies import POLICE_SERVICE
from gongzhi.workorders.workflow import WORKFLOW


class CallIn(Said):
    """A call that was not police business. No names, no telephone numbers: there is no field for them."""

    call_number: str = Field(min_length=4, max_length=40)
    kind: Literal["noise", "dispute", "facility", "help", "wages", "consumer", "other"]
    words: Text = Field(min_length=4, max_length=2000)
    place: Text = Field("", max_length=200)
    lon: Degrees | None = None
    lat: Degrees | None = None
    crs: str = Field("WGS84", max_length=20)


class CallOut(BaseModel):
    """What became of it: our number is the receipt. ``repeated``: it was taken before."""

    receipt: str
    state: str
    state_label: str
    unit: str
    repeated: bool


class DisputeIn(Said):
    """A call that is a dispute between people: for mediators, under seal. The telephone only where the caller agreed."""

    call_number: str = Field(min_length=4, max_length=40)
    kind: Literal["neighbours", "family", "property", "wages", "consumer", "traffic", "other"]
    area: str = Field(max_length=40)
    words: Text = Field(min_length=4, max_length=2000)
    place: Text = Field("", max_length=120)
    phone: str = Field("", max_length=30)
    agreed: bool = False


class DisputeOut(BaseModel):
    """The receipt, and who has it. How it goes on is told to nobody outside."""

    receipt: str
    body: str
    repeated: bool


class OutcomeIn(Said):
    """What the police say of a hand-over of ours, which ``key`` names: taken under a number, or given back."""

    key: UUID
    outcome: Literal["taken", "returned"]
    receipt: str = Field("", max_length=60)
    words: Text = Field("", max_length=2000)


class OutcomeOut(BaseModel):
    """How the hand-over stands."""

    number: str
    state: str


class CountIn(Said):
    """How many calls there were in a street in a month (its first day): what the published share is counted of."""

    street: str = Field(max_length=40)
    month: date
    calls: int = Field(ge=0, le=1_000_000)


class CountOut(BaseModel):
    """What is kept."""

    street: str
    month: date
    calls: int


_SIGNED = [
    header("X-Partner", "code of the station"),
    header("X-Timestamp", "seconds since 1970, at most five minutes off"),
    header("X-Message-Id", "16 to 64 letters, digits, _ or -; another one for each sending"),
    header(
        "X-Signature",
        "hex HMAC-SHA256, with the station's key, of five lines: POST, path, timestamp, message id, hex SHA-256 of the body",
    ),
]


def offer(router: Router) -> None:
    """Hang the operations into the router."""
    answers: Any = {REFUSALS: Refused}
    router.post(
        "/police/handovers",
        response={201: CallOut, 200: CallOut, **answers},
        summary="Hand a call over that was not police business",
        openapi_extra={**document(CallIn), "parameters": _SIGNED},
    )(hand_over)
    router.post(
        "/police/disputes",
        response={201: DisputeOut, 200: DisputeOut, **answers},
        summary="Hand a dispute to mediators, under seal",
        openapi_extra={**document(DisputeIn), "parameters": _SIGNED},
    )(hand_dispute)
    router.post(
        "/police/outcomes",
        response={200: OutcomeOut, **answers},
        summary="Say what became of a hand-over to the police",
        openapi_extra={**document(OutcomeIn), "parameters": _SIGNED},
    )(outcome)
    router.post(
        "/police/counts",
        response={200: CountOut, **answers},
        summary="Say how many calls there were in a month",
        openapi_extra={**document(CountIn), "parameters": _SIGNED},
    )(count)


def _signed(request: HttpRequest) -> Signed:
    if (request.content_type or "") != "application/json":
        raise Refusal(_("不支持这种内容类型。"), code="unsupported_media_type", status=415)
    path = request.get_full_path()
    return signed_by(request.method or "", path, request.headers, request.body, at=clock.now())


def hand_over(request: HttpRequest) -> Any:
    """201 for a new order, 200 for a call number that was taken before."""
    message = _signed(request)
    said, _none = body_of(request, CallIn)
    by = Actor.for_service(POLICE_SERVICE)
    call = Call(said.call_number, CallKind(said.kind), said.words, said.place, said.lon, said.lat, said.crs)
    with acting(by), transaction.atomic():
        remembering.take_once(message, by=by, at=clock.now())
        row, repeated = police.take_call(message.partner, call, by=by, at=clock.now())
    order = row.order
    body = organisations().get(order.unit_id or 0)
    told = CallOut(
        receipt=order.number,
        state=order.state,
        state_label=_(WORKFLOW.states[order.state].label),
        unit=body.label if body else "",
        repeated=repeated,
    )
    return Status(200 if repeated else 201, told)


def hand_dispute(request: HttpRequest) -> Any:
    """201 for a new case, 200 for a call number that was taken before. No order is made."""
    message = _signed(request)
    said, _none = body_of(request, DisputeIn)
    by = Actor.for_service(POLICE_SERVICE)
    call = Quarrel(
        said.call_number,
        said.kind,
        division_of(said.area) or 0,
        said.words,
        said.place,
        said.phone,
        said.agreed,
    )
    with acting(by), transaction.atomic():
        remembering.take_once(message, by=by, at=clock.now())
        row, repeated = disputes.take_dispute(message.partner, call, by=by, at=clock.now())
    return Status(200 if repeated else 201, DisputeOut(receipt=row.receipt, body=row.body, repeated=repeated))


def outcome(request: HttpRequest) -> OutcomeOut:
    """Saying the same again changes nothing; saying something else of a hand-over that has ended is 409."""
    message = _signed(request)
    said, _none = body_of(request, OutcomeIn)
    by = Actor.for_service(POLICE_SERVICE)
    with acting(by), transaction.atomic():
        remembering.take_once(message, by=by, at=clock.now())
        row = police.told_by_police(
            message.partner, said.key, said.outcome,
            receipt=said.receipt, words=said.words, by=by, at=clock.now(),
        )  # fmt: skip
        return OutcomeOut(number=row.order.number, state=row.state)


def count(request: HttpRequest) -> CountOut:
    """Told again, the new number counts."""
    message = _signed(request)
    said, _none = body_of(request, CountIn)
    street = division_of(said.street) or 0
    area = ground().areas.get(street)
    # a station tells of the streets it serves: those in its area, or the one that its area lies in
    served = message.partner.path
    if area is not None and not area.within(served) and not served.startswith(area.path):
        sentence = _("这个街道不归贵单位管辖。")
        raise Forbidden(sentence, code="not_your_area", fields={"street": [sentence]})
    by = Actor.for_service(POLICE_SERVICE)
    with acting(by), transaction.atomic():
        remembering.take_once(message, by=by, at=clock.now())
        row = police.count_calls(street, said.month, said.calls, by=by, at=clock.now())
    return CountOut(street=ground().areas[row.street_id].code, month=row.month, calls=row.calls)
