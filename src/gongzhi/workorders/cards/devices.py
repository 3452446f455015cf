"""How a device looks: its state in one word, its last word, its storm; and the block on the page of an order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from gongzhi.territory.ground import ground
from gongzhi.workorders.actions.device_events import told_value
from gongzhi.workorders.cards.rows import state_label
from gongzhi.workorders.models import Channel, WorkOrder
from gongzhi.workorders.models.devices import Device, DeviceKind, Episode, EpisodeKind
from gongzhi.workorders.queries import devices as queries
from gongzhi.workorders.queries.devices import Storm

ICONS = {
    DeviceKind.WATER: "droplet", DeviceKind.FIRE: "flame", DeviceKind.BARRIER: "hand-stop",
    DeviceKind.AIR: "tree", DeviceKind.OTHER: "tool",
}  # fmt: skip
#: What needs somebody comes first.
_ORDER = ("alarm", "silent", "well", "fine", "never", "paused", "revoked")


def state_of(row: Device, *, now: datetime) -> tuple[str, str, str]:
    """(code, word, tone) of a device with its ``open_episodes``."""
    open_: dict[str, Episode] = {episode.kind: episode for episode in row.open_episodes}  # type: ignore[attr-defined]
    alarm = open_.get(EpisodeKind.ALARM)
    live = (
        alarm is not None and alarm.order is not None and (alarm.order.open or alarm.order.state == "merged")
    )
    if row.revoked_at is not None:
        return "revoked", _("已停用"), "closed"
    if row.paused_until is not None and now < row.paused_until:
        return "paused", _("暂停中"), "paused"
    if EpisodeKind.SILENCE in open_:
        return "silent", _("没有信号"), "late"
    if live and alarm is not None and alarm.recovered_at is None:
        return "alarm", _("正在报警"), "late"
    if live:
        return "well", _("已恢复，待办结"), "soon"
    if row.last_seen_at is None:
        return "never", _("还没有接通"), "waiting"
    return "fine", _("正常"), "done"


def told(row: Device, storms: dict[int, Storm], *, now: datetime) -> dict[str, Any]:
    """A device as the list shows it."""
    code, word, tone = state_of(row, now=now)
    episodes: list[Episode] = row.open_episodes  # type: ignore[attr-defined]
    alarm = next((one for one in episodes if one.kind == EpisodeKind.ALARM), None)
    silence = next((one for one in episodes if one.kind == EpisodeKind.SILENCE), None)
    shown = alarm if code in ("alarm", "well") else silence if code == "silent" else None
    return {
        "row": row,
        "code": code,
        "state": word,
        "tone": tone,
        "icon": ICONS[DeviceKind(row.kind)],
        "kind": str(DeviceKind(row.kind).label),
        "where": row.place or ground().name_of(row.division_id, above=1),
        "grid": ground().name_of(row.division_id, above=1),
        "value": told_value(row, row.last_value) if row.last_value is not None else "",
        "url": reverse("workorders:device", args=[row.code]),
        "storm": told_storm(storms[alarm.pk]) if alarm and code in ("alarm", "well") else None,
        "silent_since": silence.began_at if silence else None,
        "order": shown.order if shown else None,
    }


def sorted_by_need(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What needs somebody first, then by code."""
    return sorted(rows, key=lambda row: (_ORDER.index(row["code"]), row["row"].code))


def told_storm(storm: Storm) -> dict[str, Any]:
    """A storm as pages show it."""
    device = storm.episode.device
    first, last = storm.first_at, storm.last_at
    minutes = (last - first) / timedelta(minutes=1) if first and last else 0
    return {
        "count": storm.count,
        "first": first,
        "last": last,
        "worst": told_value(device, storm.worst) if storm.worst is not None else "",
        "mark": told_value(device, device.alarm_at) if device.alarm_at is not None else "",
        "pace": round(storm.count / minutes) if minutes >= 1 and storm.count >= 2 * minutes else 0,
        "recovered": storm.episode.recovered_at,
    }


def told_episode(row: Episode, storms: dict[int, Storm]) -> dict[str, Any]:
    """An episode as the history of a device shows it."""
    return {
        "row": row,
        "kind": str(EpisodeKind(row.kind).label),
        "silence": row.kind == EpisodeKind.SILENCE,
        "storm": told_storm(storms[row.pk]),
        "state": state_label(row.order.state) if row.order else "",
        "url": reverse("workorders:desk_order", args=[row.order_id]) if row.order_id else "",
    }


def of_order(order: WorkOrder) -> dict[str, Any] | None:
    """The storm or the silence behind an order that came from a device. Two statements for those, none for others."""
    if order.channel != Channel.DEVICE:
        return None
    episode = queries.episode_of(order)
    if episode is None:
        return None
    device = episode.device
    return {
        "device": device,
        "icon": ICONS[DeviceKind(device.kind)],
        "url": reverse("workorders:device", args=[device.code]),
        "silence": episode.kind == EpisodeKind.SILENCE,
        "ended": episode.ended_at,
        "owner": device.unit.name if order.unit_id == device.unit_id and order.rule_id is None else "",
        "storm": told_storm(queries.storms([episode])[episode.pk]),
    }
