"""Our orders as service requests: what anybody may know, and what a partner may know of its own.

Anybody gets what the public map shows: category, state, the grid and its middle, the unit and the promise; no words of a
reporter, no photograph, no exact place. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from gongzhi.journal.models import Attachment, Audience, Entry
from gongzhi.journal.queries import READABLE
from gongzhi.people.addresses import keyed
from gongzhi.territory.ground import ground
from gongzhi.workorders.models import Channel, Counterpart, WorkOrder
from gongzhi.workorders.open311.asked import Asked
from gongzhi.workorders.open311.partners import installation
from gongzhi.workorders.open311.speaking import w3
from gongzhi.workorders.tables import tree
from gongzhi.workorders.words import resident as words

#: Entries whose words say how an order stands, for whoever reported it.
_NOTES = tuple(
    f"workorders.{verb}"
    for verb in ("pass_check", "import", "decline", "grant_void", "grant_suspension", "grant_extension")
)
#: The order of the fields in the standard.
FIELDS = (
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description", "agency_responsible",
    "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id", "zipcode",
    "lat", "long", "media_url",
)  # fmt: skip
#: What a partner told of a past request and our own row has no place for.
ONLY_TOLD = ("agency_responsible", "service_notice", "address_id", "zipcode", "media_url")


def public() -> QuerySet[WorkOrder]:
    """What anybody may know of: what the public map shows."""
    rows = WorkOrder.objects.filter(private=False, history=False, grid__isnull=False)
    return rows.exclude(state__in=("declined", "withdrawn"))


def full() -> QuerySet[WorkOrder]:
    """What an office with duties of its own may read in the reporters' words: everything but what is not public."""
    return WorkOrder.objects.filter(private=False).exclude(state="withdrawn")


def own(source: str) -> QuerySet[WorkOrder]:
    """What one partner has filed."""
    return WorkOrder.objects.filter(channel=Channel.OPEN311, source=source)


def listed(rows: QuerySet[WorkOrder], asked: Asked, *, street_id: int | None) -> list[WorkOrder]:
    """The rows of a list, newest first; one more than its size where there are more."""
    if street_id is not None:
        rows = rows.filter(street_id=street_id)
    if asked.ids:
        found = {row.number: row for row in rows.filter(number__in=asked.ids).defer("words")}
        return [found[number] for number in asked.ids if number in found]
    rows = rows.filter(asked.where, opened_at__gte=asked.since, opened_at__lte=asked.until)
    if asked.after is not None:
        moment, key = asked.after
        rows = rows.filter(opened_at__lte=moment).filter(Q(opened_at__lt=moment) | Q(pk__lt=key))
    rows = rows.defer("words").order_by("-opened_at", "-pk")
    return list(rows[asked.skip : asked.skip + asked.size + 1])


def status_of(order: WorkOrder) -> str:
    """``open`` or ``closed``. Of a past record nobody said it ended, neither do we."""
    if order.history:
        return "closed" if order.closed_at else "open"
    return "open" if order.open else "closed"


def _updated(orders: Sequence[WorkOrder], standing: str) -> dict[int, datetime]:
    rows = Entry.objects.filter(thread_id__in=[o.pk for o in orders], audience__in=READABLE[standing])
    return dict(rows.values("thread_id").annotate(last=Max("at")).values_list("thread_id", "last"))


def _notes(orders: Sequence[WorkOrder]) -> dict[int, str]:
    rows = Entry.objects.filter(
        thread_id__in=[o.pk for o in orders],
        verb__in=_NOTES,
        audience__in=(Audience.EVERYONE, Audience.PARTIES),
    ).exclude(text="")
    return dict(rows.order_by("thread_id", "position").values_list("thread_id", "text"))


def _service(order: WorkOrder) -> dict[str, Any]:
    topic = tree().topics.get(order.category_id or 0)
    return {"service_name": topic.said if topic else None, "service_code": topic.code if topic else None}


def _common(order: WorkOrder, updated: datetime | None) -> dict[str, Any]:
    unit = words.unit_of(order)
    closed = status_of(order) == "closed"
    return {
        "service_request_id": order.number,
        "status": status_of(order),
        **_service(order),
        "agency_responsible": unit.label if unit else None,
        "service_notice": None,
        "requested_datetime": w3(order.opened_at),
        "updated_datetime": w3((order.closed_at if closed else None) or updated or order.opened_at),
        "expected_datetime": w3(order.answer_due_at),
        "zipcode": None,
        "media_url": None,
    }


def _ordered(told: dict[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in FIELDS}


def for_anybody(orders: Sequence[WorkOrder]) -> list[dict[str, Any]]:
    """Orders as anybody may know them. One statement."""
    updated, land = _updated(orders, "public"), ground()
    out = []
    for order in orders:
        area = land.areas.get(order.grid_id or 0)
        unit = words.unit_of(order)
        out.append(
            _ordered(
                {
                    **_common(order, updated.get(order.pk)),
                    "status_notes": words.next_step_for_others(order, unit.label if unit else ""),
                    "description": words.public_title(order),
                    "address": words.place_name(order) or None,
                    "address_id": area.code if area else None,
                    "lat": area.lat if area else None,
                    "long": area.lon if area else None,
                }
            )
        )
    return out


def in_full(orders: Sequence[WorkOrder], source: str, media: Callable[[UUID], str]) -> list[dict[str, Any]]:
    """Orders for the partner that filed them, or for one that may read all: words, place, and the answer. Four statements.

    ``media`` gives the address of a photograph; those of what somebody else has filed are not told.
    """
    keys = [order.pk for order in orders]
    updated, notes = _updated(orders, "party"), _notes(orders)
    kept: dict[int, dict[str, Any]] = dict(
        Counterpart.objects.filter(order_id__in=keys, way="in").values_list("order_id", "told")
    )
    photos: dict[int, UUID] = {}
    rows = Attachment.objects.filter(
        thread_id__in=keys, erased_at=None, audience__in=READABLE["party"], media_type__startswith="image/"
    )
    for thread_id, key in rows.order_by("-entry_id", "-name").values_list("thread_id", "pk"):
        photos[thread_id] = key
    out = []
    for order in orders:
        unit, said = words.unit_of(order), kept.get(order.pk, {})
        told = {
            **_common(order, updated.get(order.pk)),
            "status_notes": notes.get(order.pk)
            or (
                said.get("status_notes")
                if order.history
                else words.next_step(order, unit.label if unit else "")
            ),
            "description": order.description,
            "address": order.place_text or None,
            "address_id": None,
            "lat": order.lat,
            "long": order.lon,
        }
        for name in ONLY_TOLD:
            # of a past record its own server knows best who answered for it
            first, second = (said.get(name), told[name]) if order.history else (told[name], said.get(name))
            told[name] = second if first is None else first
        if order.history and said.get("updated_datetime"):
            told["updated_datetime"] = said["updated_datetime"]
        if order.source != source:
            told["media_url"] = None
        elif order.pk in photos:
            told["media_url"] = media(photos[order.pk])
        out.append(_ordered(told))
    return out


def with_way(told: list[dict[str, Any]], orders: Sequence[WorkOrder]) -> list[dict[str, Any]]:
    """The same with ``via``: the installations that each has been through. One statement. For partners who ask for it."""
    kept: dict[int, list[str]] = {}
    rows = Counterpart.objects.filter(order_id__in=[order.pk for order in orders], way="in")
    for order_id, via in rows.values_list("order_id", "via"):
        kept.setdefault(order_id, []).extend(via)
    return [
        {**one, "via": ",".join([*kept.get(order.pk, []), f"{installation()}:{order.number}"])}
        for one, order in zip(told, orders, strict=True)
    ]


def media_code(photo: UUID, key_id: int) -> str:
    """What opens one photograph for the holder of one key, as long as the key is good: 80 bits."""
    return f"{key_id:x}-{keyed('open311-media', str(photo), str(key_id)).hex()[:20]}"


def service_notice(code: str) -> str:
    """What happens now, and the code by which the reporter finds it again."""
    spelt = "-".join(code[at : at + 4] for at in range(0, len(code), 4))
    return (
        _("已收到。用查询码 {code} 可以在网站上查看进展、补充和评价。").format(code=spelt)
        if code
        else _("已收到。")
    )
