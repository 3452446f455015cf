"""What can be asked of devices: the register of an area with the state of each, and what a storm amounts to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Prefetch, QuerySet

from gongzhi.kit.errors import NotFound
from gongzhi.people.actor import Person
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.models.devices import Device, DeviceEvent, Episode, EpisodeKind
from gongzhi.workorders.policies.doors import require

#: At most so many devices on one page.
MOST = 500


@dataclass(frozen=True)
class Storm:
    """What the events of an episode amount to."""

    episode: Episode
    count: int
    first_at: datetime | None
    last_at: datetime | None
    worst: float | None


def register(*, path: str, kind: str = "", by: Person) -> list[Device]:
    """Devices of an area with their open episodes, those that need somebody first. Two statements."""
    require(by, "see_devices")
    rows = _with_episodes().filter(division__path__startswith=path)
    if kind:
        rows = rows.filter(kind=kind)
    return list(rows[:MOST])


def _with_episodes() -> QuerySet[Device]:
    open_ = Prefetch(
        "episodes", Episode.objects.filter(ended_at=None).select_related("order"), to_attr="open_episodes"
    )
    return Device.objects.select_related("division", "unit", "category").prefetch_related(open_)


def one(code: str, *, path: str, by: Person) -> Device:
    """A device of an area. NotFound for others."""
    require(by, "see_devices")
    row = (
        _with_episodes()
        .select_related("serious_category", "street")
        .filter(code=code, division__path__startswith=path)
        .first()
    )
    if row is None:
        raise NotFound
    return row


def storms(episodes: Iterable[Episode]) -> dict[int, Storm]:
    """Count, first, last and worst of episodes (with their devices): from the index alone, one statement."""
    kept = {episode.pk: episode for episode in episodes}
    told: dict[int, dict[str, object]] = {
        row["episode_id"]: dict(row)
        for row in DeviceEvent.objects.filter(episode_id__in=kept)
        .values("episode_id")
        .annotate(n=Count("pk"), first=Min("at"), last=Max("at"), high=Max("value"), low=Min("value"))
        .order_by()
    }
    return {key: _storm(episode, told.get(key)) for key, episode in kept.items()}


def _storm(episode: Episode, told: dict[str, object] | None) -> Storm:
    live: dict[str, object] = told or {"n": 0, "first": None, "last": None, "high": None, "low": None}
    falling = episode.device.falling
    worst = [v for v in (live["low" if falling else "high"], episode.folded_worst) if isinstance(v, float)]
    firsts = [v for v in (live["first"], episode.folded_first_at) if isinstance(v, datetime)]
    lasts = [v for v in (live["last"], episode.folded_last_at) if isinstance(v, datetime)]
    return Storm(
        episode,
        episode.folded + int(str(live["n"])),
        min(firsts, default=None),
        max(lasts, default=None),
        (min if falling else max)(worst) if worst else None,
    )


def episode_of(order: WorkOrder) -> Episode | None:
    """The episode that made an order."""
    return Episode.objects.filter(order_id=order.pk).select_related("device__unit").first()


def past(device: Device, *, most: int = 20) -> list[Episode]:
    """The newest episodes of a device, with their orders."""
    return list(device.episodes.select_related("device", "order")[:most])


def silences(path: str) -> list[Episode]:
    """Devices of an area that are silent now, the longest first."""
    rows = Episode.objects.filter(
        kind=EpisodeKind.SILENCE, ended_at=None, device__division__path__startswith=path
    )
    return list(rows.select_related("device__division", "device__unit", "order").order_by("began_at")[:100])
