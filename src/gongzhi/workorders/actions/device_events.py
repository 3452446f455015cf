"""What devices say: alarms that become one order and are counted, recoveries, and silence.

A storm costs one statement per message: events are rows of their own, so that nobody waits for a counter. Only what
changes something (the first alarm, a recovery, a word after silence) locks the device.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Max, Min
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions import reporting
from gongzhi.workorders.actions.steps import say
from gongzhi.workorders.device_register import MOST_EVENTS, REMEMBERED, DeviceRow, EventType, reaches
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import Channel, WorkOrder
from gongzhi.workorders.models.devices import (
    Device,
    DeviceEvent,
    DeviceKind,
    DeviceNonce,
    Episode,
    EpisodeKind,
)
from gongzhi.workorders.workflow import MERGED

#: Events older than this come from a clock that was wrong before it was set right.
OLDEST = timedelta(days=30)
#: How long single events are kept once their order is shut; then only their sum.
FOLDED_AFTER = timedelta(days=30)
#: A device that has been silent for so long is a defect: somebody has to go there.
SILENCE_TO_ORDER = timedelta(hours=24)
#: How exact "last heard" is, in seconds: in a storm not every message writes it.
HEARD_EVERY = 10


@dataclass(frozen=True)
class Event:
    """One event as a device tells it. ``key`` is its own number of the event."""

    key: str
    type: EventType
    at: datetime | None = None
    value: float | None = None


@dataclass(frozen=True)
class Taken:
    """What became of a message: how many alarms were counted, how many had been before, and the order that has them."""

    taken: int
    repeated: int
    number: str = ""
    order_id: int | None = None
    paused: bool = False


_ALIVE = """
  SELECT e.id, e.order_id, o.number, e.recovered_at IS NOT NULL AS recovered
  FROM workorders_episode e JOIN workorders_workorder o ON o.matter_id = e.order_id
  WHERE e.device_id = %(device)s AND e.kind = 'alarm' AND e.ended_at IS NULL AND (o.open OR (o.state = %(merged)s AND EXISTS (
    SELECT 1 FROM matters_link l JOIN matters_matter m ON m.thread_id = l.target_id
    WHERE l.origin_id = o.matter_id AND l.how = 'merged_into' AND l.ended_at IS NULL AND m.closed_at IS NULL)))
"""
_ROWS = "unnest(%(keys)s::text[], %(values)s::float8[], %(moments)s::timestamptz[]) AS x(key, value, at)"
_INTO = "INSERT INTO workorders_deviceevent (device_id, episode_id, key, value, at, received_at)"
_KEEP = f"""{_INTO} SELECT %(device)s, %(episode)s, x.key, x.value, x.at, %(at)s FROM {_ROWS}
ON CONFLICT (device_id, key) DO NOTHING"""
#: The nonce, the moment it was heard, and the events, in one statement. What another message holds is passed by.
_HEAR = f"""
WITH fresh AS (
  INSERT INTO workorders_devicenonce (device_id, nonce, at) VALUES (%(device)s, %(nonce)s, %(at)s)
  ON CONFLICT DO NOTHING RETURNING 1
), heard AS (
  UPDATE workorders_device SET last_seen_at = %(at)s, silent_at = %(silent_at)s,
    last_value = coalesce(%(value)s::float8, last_value), tested_at = coalesce(%(tested)s::timestamptz, tested_at)
  WHERE id = (SELECT id FROM workorders_device WHERE id = %(device)s AND EXISTS (SELECT 1 FROM fresh)
    AND (last_seen_at IS NULL OR last_seen_at <= %(at)s::timestamptz - interval '{HEARD_EVERY} seconds' OR %(tested)s::timestamptz IS NOT NULL)
    FOR NO KEY UPDATE SKIP LOCKED)
), alive AS ({_ALIVE}
), kept AS (
  {_INTO} SELECT %(device)s, alive.id, x.key, x.value, x.at, %(at)s FROM alive, fresh, {_ROWS}
  ON CONFLICT (device_id, key) DO NOTHING RETURNING 1
), silence AS (
  SELECT 1 FROM workorders_episode WHERE device_id = %(device)s AND kind = 'silence' AND ended_at IS NULL
)
SELECT (SELECT count(*) FROM fresh), (SELECT count(*) FROM kept), (SELECT count(*) FROM silence),
  alive.id, alive.order_id, alive.number, alive.recovered FROM (SELECT 1) AS one LEFT JOIN alive ON true
"""


@transaction.atomic
def take_events(device: DeviceRow, events: Sequence[Event], *, nonce: str, by: Actor, at: datetime) -> Taken:
    """Hear one signed message. The same nonce is a Conflict (409); an event told before is not counted again."""
    if not 1 <= len(events) <= MOST_EVENTS:
        raise Invalid(_("一条消息里要有 1 到 {most} 个事件。").format(most=MOST_EVENTS), code="event_count")
    alarms, well, value, tested = _sorted(device, events, at)
    paused = device.paused(at)
    told = _hear(
        device, [] if paused else alarms, nonce=nonce, value=value, tested=at if tested else None, at=at
    )
    fresh, kept, silent, episode, order_id, number, recovered = told
    if not fresh:
        raise Conflict(
            _("这条消息已经收过。"), help=_("重发时请换 X-Nonce 和时间，事件编号不变。"), code="replayed"
        )
    if silent:
        _speaks_again(device, by=by, at=at)
    if paused:
        return Taken(0, 0, paused=True)
    if alarms and episode is None:
        kept, episode, order_id, number = _first_alarm(device, alarms, by=by, at=at)
    elif alarms and recovered and not well and episode is not None:
        Episode.objects.filter(pk=episode, recovered_at__isnull=False).update(recovered_at=None)
    if well and episode is not None and (not recovered or alarms):
        _recovers(episode, by=by, at=at)
    return Taken(kept, len(alarms) - kept, number or "", order_id)


def _sorted(
    device: DeviceRow, events: Sequence[Event], at: datetime
) -> tuple[list[Event], bool, float | None, bool]:
    """(alarms, each key once; whether the last word is that all is well; the last value; whether it was a test)"""
    alarms: dict[str, Event] = {}
    well, value, tested = False, None, False
    for event in events:
        if not 1 <= len(event.key) <= 80 or not event.key.isprintable():
            raise Invalid(
                _("事件编号要有 1 到 80 个字符。"), code="event_key", fields={"id": [_("请检查编号。")]}
            )
        moment = min(event.at or at, at)
        if moment < at - OLDEST:
            raise Invalid(
                _("事件 {key} 的时间是 30 天以前。").format(key=event.key),
                code="too_old",
                fields={"at": [_("请检查日期。")]},
            )
        value = event.value if event.value is not None else value
        if event.type == "alarm" or (event.type == "reading" and device.alarming(event.value)):
            alarms.setdefault(event.key, Event(event.key, "alarm", moment, event.value))
            well = False
        elif event.type == "recovery" or (event.type == "reading" and event.value is not None):
            well = True
        tested = tested or event.type == "test"
    return list(alarms.values()), well, value, tested


def _hear(
    device: DeviceRow, alarms: Sequence[Event], *, nonce: str, value: float | None, tested: datetime | None, at: datetime
) -> tuple[int, int, int, int | None, int | None, str | None, bool | None]:  # fmt: skip
    values: dict[str, Any] = {
        "device": device.id, "nonce": nonce, "at": at, "silent_at": device.silent_from(at), "value": value,
        "tested": tested, "merged": MERGED,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_HEAR, values | _columns(alarms))
        row: tuple[int, int, int, int | None, int | None, str | None, bool | None] = cursor.fetchone()
    return row


def _columns(alarms: Sequence[Event]) -> dict[str, Any]:
    return {
        "keys": [event.key for event in alarms],
        "values": [event.value for event in alarms],
        "moments": [event.at for event in alarms],
    }


def _locked(device: DeviceRow) -> Device:
    return (
        Device.objects.select_for_update(no_key=True, of=("self",))
        .select_related("category", "serious_category")
        .get(pk=device.id)
    )


def _first_alarm(
    device: DeviceRow, alarms: Sequence[Event], *, by: Actor, at: datetime
) -> tuple[int, int | None, int | None, str]:
    """Make the order of a storm; whoever comes second finds it. (counted, episode, order, number)"""
    row = _locked(device)
    with connection.cursor() as cursor:
        cursor.execute(_ALIVE, {"device": row.pk, "merged": MERGED})
        alive = cursor.fetchone()
    if alive is None:
        known = set(
            DeviceEvent.objects.filter(device=row, key__in=[e.key for e in alarms]).values_list(
                "key", flat=True
            )
        )
        alarms = [event for event in alarms if event.key not in known]
        if not alarms:
            return 0, None, None, ""
        row.episodes.filter(kind=EpisodeKind.ALARM, ended_at=None).update(ended_at=at)
        order = reporting.report(draft_of(row, alarms, at=at), by=by, at=at).order
        episode = Episode.objects.create(device=row, kind=EpisodeKind.ALARM, order=order, began_at=at)
        alive = (episode.pk, order.pk, order.number)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, {"device": row.pk, "episode": alive[0], "at": at} | _columns(alarms))
        counted = cursor.rowcount
    return counted, alive[0], alive[1], alive[2]


def draft_of(row: Device, alarms: Sequence[Event], *, at: datetime) -> Draft:
    """The report that an alarm makes: what, how bad, where."""
    values = [event.value for event in alarms if event.value is not None]
    worst = (min if row.falling else max)(values) if values else None
    serious = reaches(worst, row.serious_at, falling=row.falling)
    first = min(event.at or at for event in alarms)
    where = row.place or ground().name_of(row.division_id)
    what = str(DeviceKind(row.kind).label)
    if worst is None:
        title, words = _("{name}报警").format(name=row.name), _("{what}“{name}”报警。")
    else:
        title = _("{name}报警：{value}").format(name=row.name, value=told_value(row, worst))
        # a device may decide for itself when to raise an alarm: then there is no mark to name
        marked = row.alarm_at is not None
        words = (
            _("{what}“{name}”报警：{value}，报警值 {mark}。")
            if marked
            else _("{what}“{name}”报警：{value}。")
        )
    words = words.format(
        what=what, name=row.name, value=told_value(row, worst), mark=told_value(row, row.alarm_at)
    )
    moment = clock.local(first)
    return Draft(
        description="\n".join((
            words,
            _("位置：{where}").format(where=where),
            _("首次报警：{at}").format(at=f"{moment:%Y-%m-%d %H:%M}"),
        )),
        title=title[:120],
        channel=Channel.DEVICE,
        category_id=row.serious_category_id if serious and row.serious_category_id else row.category_id,
        lon=row.lon,
        lat=row.lat,
        place_text=where[:200],
        area_id=row.division_id,
        unit_id=row.unit_id if row.to_owner else None,
        emergency_acknowledged=True,  # nobody stands at a device to dial
        origin={"device": row.code, "kind": row.kind, "serious": serious},
    )  # fmt: skip


def told_value(row: Device, value: float | None) -> str:
    """A value with its measure, as people read it."""
    if value is None:
        return "–"
    return f"{value:g} {row.measure}".strip()


def _recovers(episode_id: int, *, by: Actor, at: datetime) -> None:
    """Note once per episode that all is well; however often it flaps, the page tells the last moment."""
    row = (
        Episode.objects.select_for_update(of=("self",)).select_related("device").filter(pk=episode_id).first()
    )
    if row is None or row.recovered_at is not None:
        return
    row.recovered_at = at
    row.save(update_fields=["recovered_at"])
    _note_back(row, by=by, at=at)


def _note_back(row: Episode, *, by: Actor, at: datetime) -> None:
    """Write into the order that the device is well again; only once."""
    if row.order_id is None:
        return
    thread = journal.lock(row.order_id)
    if not thread.entries.filter(verb="workorders.device_back").exists():
        detail = {"device": row.device.name, "code": row.device.code}
        journal.write(thread, [say("device_back", detail=detail)], by=by, at=at)


def _speaks_again(device: DeviceRow, *, by: Actor, at: datetime) -> None:
    """End the silence of a device; an order about it stays with its unit, with a note."""
    _locked(device)
    row = Episode.objects.select_related("device").filter(
        device_id=device.id, kind=EpisodeKind.SILENCE, ended_at=None
    ).first()  # fmt: skip
    if row is None:
        return
    row.ended_at = row.recovered_at = at
    row.save(update_fields=["ended_at", "recovered_at"])
    _note_back(row, by=by, at=at)


# ---- the clockwork


def notice_silence(*, by: Actor, at: datetime) -> int:
    """Begin a silence for every device whose moment has passed, make an order of those that last, forget old nonces.

    Each device is a transaction of its own; run twice, nothing happens twice.
    """
    done = 0
    due = Device.objects.filter(silent_at__lte=at, revoked_at=None).exclude(paused_until__gt=at)
    for pk in due.order_by("silent_at").values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            row = Device.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=pk).first()
            if row is None or row.silent_at is None or row.silent_at > at:
                continue
            _episode, made = Episode.objects.get_or_create(
                device=row, kind=EpisodeKind.SILENCE, ended_at=None, defaults={"began_at": at}
            )
            row.silent_at = None
            row.save(update_fields=["silent_at"])
            done += made
    lasting = Episode.objects.filter(
        kind=EpisodeKind.SILENCE, ended_at=None, order=None, began_at__lte=at - SILENCE_TO_ORDER
    )
    for pk in lasting.values_list("pk", flat=True)[:200]:
        with transaction.atomic():
            _order_of_silence(pk, by=by, at=at)
    DeviceNonce.objects.filter(at__lt=at - REMEMBERED).delete()
    return done


def _order_of_silence(episode_id: int, *, by: Actor, at: datetime) -> WorkOrder | None:
    episode = Episode.objects.select_related("device").get(pk=episode_id)
    row = Device.objects.select_for_update(no_key=True).get(pk=episode.device_id)
    episode.refresh_from_db()
    if episode.ended_at is not None or episode.order_id is not None:
        return None
    where = row.place or ground().name_of(row.division_id)
    heard = f"{clock.local(row.last_seen_at):%Y-%m-%d %H:%M}" if row.last_seen_at else _("从来没有")
    owner = organisations().get(row.unit_id)
    draft = Draft(
        description=_(
            "“{name}”超过一天没有信号，请到现场看一看。\n位置：{where}\n最后一次信号：{heard}"
        ).format(name=row.name, where=where, heard=heard),
        title=_("{name}没有信号").format(name=row.name)[:120],
        channel=Channel.DEVICE,
        category_id=row.category_id,
        lon=row.lon,
        lat=row.lat,
        place_text=where[:200],
        area_id=row.division_id,
        unit_id=owner.id if owner else None,
        emergency_acknowledged=True,
        origin={"device": row.code, "kind": row.kind, "silence": True},
    )
    episode.order = reporting.report(draft, by=by, at=at).order
    episode.save(update_fields=["order"])
    return episode.order


def fold_events(*, by: Actor, at: datetime) -> int:
    """Keep only the sum of events whose order was shut long ago."""
    before = at - FOLDED_AFTER
    done = 0
    shut = Episode.objects.filter(
        kind=EpisodeKind.ALARM, order__open=False, order__closed_at__lt=before, events__isnull=False
    )
    for pk in set(shut.values_list("pk", flat=True)[:500]):
        with transaction.atomic():
            row = Episode.objects.select_for_update(of=("self",)).select_related("device").get(pk=pk)
            old = DeviceEvent.objects.filter(episode=row, received_at__lt=before)
            worst = Min("value") if row.device.falling else Max("value")
            told = old.aggregate(n=Count("pk"), first=Min("at"), last=Max("at"), worst=worst)
            if not told["n"]:
                continue
            row.folded += told["n"]
            row.folded_first_at = min(filter(None, (row.folded_first_at, told["first"])))
            row.folded_last_at = max(filter(None, (row.folded_last_at, told["last"])))
            pair = [v for v in (row.folded_worst, told["worst"]) if v is not None]
            row.folded_worst = (min if row.device.falling else max)(pair) if pair else None
            if row.ended_at is None:
                row.ended_at = at
            row.save()
            old.delete()
            done += told["n"]
    return done
