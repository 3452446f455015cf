"""The door for devices: signed messages with one event or many. How to sign: docs/how-to/connect-devices.md."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Status
from pydantic import AwareDatetime, BaseModel, Field

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Refusal, SignInFirst
from gongzhi.kit.throttle import client_address, throttle
from gongzhi.workorders.actions import device_events
from gongzhi.workorders.actions.device_events import Event
from gongzhi.workorders.api.speaking import REFUSALS, Degrees, Refused, Said, body_of, document, header
from gongzhi.workorders.device_register import MOST_EVENTS, EventType, signed_by
from gongzhi.workorders.policies.doors import DEVICES_SERVICE


class EventIn(Said):
    """One event. ``id`` is the device's own number of it: sent again with the same number, it is counted once."""

    id: str = Field(min_length=1, max_length=80)
    type: EventType
    at: AwareDatetime | None = None
    value: Degrees | None = None


class EventsIn(Said):
    """A message: one event or many."""

    events: list[EventIn] = Field(min_length=1, max_length=MOST_EVENTS)


class EventsOut(BaseModel):
    """What became of it. ``order``: the number of the order that counts the alarms, empty while there is none."""

    taken: int
    repeated: int
    order: str
    paused: bool
    server_time: datetime


_SIGNED = [
    header("X-Timestamp", "seconds since 1970, at most five minutes off"),
    header("X-Nonce", "8 to 80 characters, new with every message"),
    header(
        "X-Signature",
        "hex HMAC-SHA256, with the device's secret as the text it was shown as, of method, path, timestamp and nonce, each followed by a line feed, and the body",
    ),
]


def offer(router: Router) -> None:
    """Hang the operation into the router."""
    answers: Any = {REFUSALS: Refused}
    router.post(
        "/devices/{code}/events",
        response={202: EventsOut, 200: EventsOut, **answers},
        summary="Tell what a device has noticed",
        openapi_extra={**document(EventsIn), "parameters": _SIGNED},
    )(events)


def events(request: HttpRequest, code: str) -> Any:
    """202 when something was counted, 200 when there was nothing new. A message that is played back is 409."""
    if (request.content_type or "") != "application/json":
        raise Refusal(_("不支持这种内容类型。"), code="unsupported_media_type", status=415)
    now = clock.now()
    try:
        device, nonce = signed_by(
            code, str(request.method), request.path, request.headers, request.body, at=now
        )
    except SignInFirst:
        # good signatures are never slowed down by those who guess
        throttle("device.unsigned", client_address(request), 60, 60)
        raise
    said, _none = body_of(request, EventsIn)
    by = Actor.for_service(DEVICES_SERVICE)
    told = [Event(one.id, one.type, one.at, one.value) for one in said.events]
    with acting(by), transaction.atomic():
        done = device_events.take_events(device, told, nonce=nonce, by=by, at=now)
    body = EventsOut(
        taken=done.taken,
        repeated=done.repeated,
        order=done.number,
        paused=done.paused,
        server_time=clock.local(now).replace(microsecond=0),
    )
    return Status(202 if done.taken else 200, body)
