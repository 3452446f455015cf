"""News for other programs: GET /events reads the stream from a place, /webhooks has it pushed. How to: docs/how-to/api.md."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Status
from pydantic import BaseModel, Field

from gongzhi.kit import clock
from gongzhi.workorders.actions import hooks
from gongzhi.workorders.api.reports import division_of
from gongzhi.workorders.api.speaking import REFUSALS, Refused, Said, Text, body_of, document, signed_in
from gongzhi.workorders.events import KINDS, key_of, told
from gongzhi.workorders.models import Hook
from gongzhi.workorders.queries import events as queries

Kind = Literal[
    "reported", "dispatched", "accepted", "waiting", "continued", "suspended", "answered", "disputed", "closed",
    "reopened", "merged", "declined", "withdrawn", "voided", "moved",
]  # fmt: skip
#: A place in the stream.
Place = Annotated[int, Field(ge=0, le=2**53)]
#: The key of a row.
Key = Annotated[int, Field(ge=1, le=2**53)]


class EventOut(BaseModel):
    """Something happened to an order. ``id`` never changes; ``state`` is where the act has brought the order."""

    id: str
    cursor: int
    kind: Kind
    at: datetime
    number: str
    state: str
    category: str
    community: str
    grid: str
    opened_at: datetime
    closed_at: datetime | None
    next_due_at: datetime | None


class EventsOut(BaseModel):
    """Events in their order. Ask for the next with ``after=`` and this ``next``; ``more``: there are some already."""

    items: list[EventOut]
    next: int
    more: bool


class HookIn(Said):
    """Where to push, and what."""

    name: Annotated[Text, Field(min_length=1, max_length=60)]
    address: Annotated[Text, Field(max_length=500)] = Field(
        description="https:// only; GONGZHI_HOOK_HOSTS of the installation names the hosts of private networks",
        examples=["https://property.example/gongzhi"],
    )
    kinds: list[Kind] = Field(default_factory=list, max_length=15, description="empty means all")
    division: Text = Field(
        "", description="code of an area, see /divisions; empty means all that you may see"
    )


class HookOut(BaseModel):
    """A webhook. ``cursor`` is the last event that was pushed or given up; ``fault`` what went wrong last."""

    id: int
    name: str
    address: str
    kinds: list[str]
    division: str
    state: Literal["on", "off", "lost", "void", "held"]
    cursor: int
    tries: int
    fault: str
    next_at: datetime | None
    last_at: datetime | None
    given_up: int


class HookMadeOut(HookOut):
    """A new webhook with the key that signs what it is sent. It is not shown again."""

    key: str


class ReplayIn(Said):
    """After which event to begin again: its ``cursor``; 0 begins with the oldest that is kept."""

    after: Place


class SwitchIn(Said):
    """Push or do not."""

    on: bool


class Wanted(Said):
    """Which events."""

    after: Place = Field(0, description="``next`` of the page before, or ``cursor`` of an event")
    kind: list[Kind] = Field(default_factory=list, max_length=15, description="repeat it for several kinds")
    division: Text = Field("", description="code of an area")
    size: Annotated[int, Field(ge=1, le=200)] = 100


def offer(router: Router) -> None:
    """Hang the operations into the router."""
    answers: Any = {REFUSALS | {410}: Refused}
    router.get("/events", response={200: EventsOut, **answers}, summary="Events after a place")(events)
    answers = {REFUSALS: Refused}
    router.get("/webhooks", response={200: list[HookOut], **answers}, summary="Your webhooks")(all_of_mine)
    router.post(
        "/webhooks", response={201: HookMadeOut, **answers}, summary="Have events pushed", openapi_extra=document(HookIn)
    )(make)  # fmt: skip
    router.delete("/webhooks/{hook_id}", response={204: None, **answers}, summary="Take a webhook away")(drop)
    router.post(
        "/webhooks/{hook_id}/replay", response={200: HookOut, **answers}, summary="Push again from an event on",
        openapi_extra=document(ReplayIn),
    )(replay)  # fmt: skip
    router.post(
        "/webhooks/{hook_id}/switch", response={200: HookOut, **answers}, summary="Push or do not",
        openapi_extra=document(SwitchIn),
    )(switch)  # fmt: skip


def events(request: HttpRequest, wanted: Wanted = Query(...)) -> EventsOut:  # type: ignore[type-arg]  # noqa: B008
    """Needs ``events.read``. Only events of orders that the account may see. They are kept for 90 days: 410 tells that
    some after this place are gone."""
    by = signed_in(request, "events.read")
    found = queries.stretch(
        wanted.after, by=by, kinds=tuple(wanted.kind), division_id=division_of(wanted.division), size=wanted.size
    )  # fmt: skip
    return EventsOut(
        items=[EventOut(**told(one)) for one in found.events], next=found.cursor, more=found.more
    )


def _out(hook: Hook) -> dict[str, Any]:
    return {
        "id": hook.pk,
        "name": hook.name,
        "address": hook.address,
        "kinds": hook.kinds,
        "division": hook.division.code if hook.division else "",
        "state": hook.state,
        "cursor": hook.done,
        "tries": hook.tries,
        "fault": hook.fault,
        "next_at": hook.next_at,
        "last_at": hook.last_at,
        "given_up": hook.misses.count(),
    }


def all_of_mine(request: HttpRequest) -> list[HookOut]:
    """Needs ``events.read``. At most ten."""
    by = signed_in(request, "events.read")
    return [HookOut(**_out(hook)) for hook in queries.hooks_of(by)]


def make(request: HttpRequest) -> Any:
    """Needs ``events.push``. It ends with the token that made it. Begins with the next event. Messages are signed as
    Standard Webhooks says (``webhook-id``, ``webhook-timestamp``, ``webhook-signature``)."""
    by = signed_in(request, "events.push")
    said, _pictures = body_of(request, HookIn)
    hook = hooks.subscribe(
        said.name, said.address, kinds=said.kinds, division_id=division_of(said.division),
        token_id=request.token_id,  # type: ignore[attr-defined]
        by=by, at=clock.now(),
    )  # fmt: skip
    return Status(201, HookMadeOut(**_out(hook), key=key_of(hook)))


def drop(request: HttpRequest, hook_id: Key) -> Any:
    """Needs ``events.push``."""
    by = signed_in(request, "events.push")
    hooks.drop(hook_id, by=by, at=clock.now())
    return Status(204, None)


def replay(request: HttpRequest, hook_id: Key) -> HookOut:
    """Needs ``events.push``. Events come again under the same ids, in order; a webhook that had stopped goes on."""
    by = signed_in(request, "events.push")
    said, _pictures = body_of(request, ReplayIn)
    return HookOut(**_out(hooks.replay(hook_id, said.after, by=by, at=clock.now())))


def switch(request: HttpRequest, hook_id: Key) -> HookOut:
    """Needs ``events.push``. What happened while it was off is pushed once it is on again."""
    by = signed_in(request, "events.push")
    said, _pictures = body_of(request, SwitchIn)
    return HookOut(**_out(hooks.switch(hook_id, on=said.on, by=by, at=clock.now())))


assert set(KINDS) == set(Kind.__args__)  # type: ignore[attr-defined]
