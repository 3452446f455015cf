"""A water gauge in grid 1, and messages that it signs."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.test import Client

from gongzhi.workorders.actions import devices
from gongzhi.workorders.actions.devices import Plan
from gongzhi.workorders.device_register import secret_of, sign
from gongzhi.workorders.models.devices import Device
from gongzhi.workorders.tables import tree
from tests.cast import IN_GRID_1, WEDNESDAY, Cast

_numbers = itertools.count(1)


def plan(cast: Cast, **more: Any) -> Plan:
    """A gauge under a bridge: an alarm from 1.2 m on, a word every 10 minutes."""
    drains = next(topic for topic in tree().live.values() if "积水" in topic.name)
    first = Plan(
        name="海棠桥水位计", kind="water", division_id=cast.grid_1.pk, unit_id=cast.gardens.pk,
        category_id=drains.id, place="海棠桥下", lon=IN_GRID_1[0], lat=IN_GRID_1[1], measure="米",
        alarm_at=1.2, serious_at=1.8, expected_minutes=10,
    )  # fmt: skip
    return replace(first, **more)


def gauge(cast: Cast, code: str = "water-01", **more: Any) -> Device:
    """The gauge, entered by the clerk."""
    return devices.add_device(code, plan(cast, **more), by=cast.clerk, at=WEDNESDAY)


def message(
    device: Device, *events: dict[str, Any], at: datetime = WEDNESDAY, nonce: str = "", key: str = "", path: str = ""
) -> tuple[str, bytes, dict[str, str]]:  # fmt: skip
    """(address, body, headers) of a signed message."""
    path = path or f"/api/devices/{device.code}/events"
    body = json.dumps({"events": list(events)}).encode()
    nonce = nonce or f"nonce-{next(_numbers):06d}"
    moment = int(at.timestamp())
    signature = sign(key or secret_of(device.code, device.edition), "POST", path, moment, nonce, body)
    return path, body, {"X-Timestamp": str(moment), "X-Nonce": nonce, "X-Signature": signature}


def tell(device: Device, *events: dict[str, Any], **how: Any) -> Any:
    """Send it through the door."""
    path, body, headers = message(device, *events, **how)
    return Client().post(path, body, "application/json", headers=headers)


def alarm(key: str, value: float | None = None, **more: Any) -> dict[str, Any]:
    """An alarm as a device writes it."""
    return {"id": key, "type": "alarm", "value": value} | more
