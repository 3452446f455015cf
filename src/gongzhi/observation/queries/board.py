"""The numbers of the operations board: counted by the room, kept for seconds, each with the address of its list."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.matters.figures import Key, Selection, Value
from gongzhi.matters.kinds import Kind
from gongzhi.observation.actions.keeping import keep
from gongzhi.observation.queries import rooms
from gongzhi.observation.queries.addresses import address_of, narrow
from gongzhi.observation.sentences import moved
from gongzhi.territory.ground import Area, ground
from gongzhi.territory.models import Level

#: Days over which units are compared, days of the small bars.
UNIT_DAYS, TREND_DAYS = 30, 14
#: With fewer owed orders a share says nothing about a unit.
FEWEST_OWED = 5
#: So many areas are drawn one by one; above, the level over them is drawn.
MOST_AREAS = 300
PRESSING, HOT, UNITS = 4, 5, 6
#: Below these shares a unit's bar is drawn as late, or as about to be.
POOR, FAIR = 0.6, 0.8


def midnight(at: datetime) -> datetime:
    """The beginning of the local day."""
    return clock.local(at).replace(hour=0, minute=0, second=0, microsecond=0)


def map_dimension(area: Area) -> str:
    """By which level the map of an area is drawn: grids, or communities where there are too many grids."""
    land = ground()
    grids = sum(1 for a in land.areas.values() if a.level == Level.GRID and a.within(area.path))
    return "grid" if grids <= MOST_AREAS else "community"


def count(kind: Kind, area: Area, at: datetime) -> dict[str, Any]:
    """Count everything the board shows besides hot issues. Eight statements in the room of work orders."""
    tally, start = rooms.ask(kind, "tally"), midnight(at)

    def over(codes: tuple[str, ...], since: datetime, until: datetime, by: tuple[str, ...] = ()) -> Any:
        return tally(codes, division_id=area.id, at=at, since=since, until=until, by=by)

    by_area = tally(
        ("open", "late", "soon_2", "soon", "triage", "unplaced"),
        division_id=area.id, at=at, by=(map_dimension(area),),
    )  # fmt: skip
    now: Counter[str] = Counter()
    for counts in by_area.values():
        now.update(counts)
    week = timedelta(days=7)
    today = over(("received",), start, at, ("hour", "channel"))
    ended = over(("closed", "rated", "solved"), start, at).get((), {})
    units = over(("owed", "on_time", "owing"), at - timedelta(days=UNIT_DAYS), at, ("unit",))
    days = over(("received",), start - timedelta(days=TREND_DAYS - 1), at, ("day",))
    return {
        "at": at,
        "since": start,
        "now": dict(now),
        "areas": [[key[0], counts["open"], counts["late"]] for key, counts in by_area.items()],
        "today": sorted([*key, counts["received"]] for key, counts in today.items()),
        "ended": dict(ended),
        "week_ago": _one(over(("received",), start - week, at - week), "received"),
        "days": _series(days, start),
        "units": [[key[0], c["owed"], c["on_time"], c["owing"]] for key, c in units.items() if c["owed"]],
        "pressing": [asdict(row) for row in kind.cards["pressing"](area.id, at=at, most=PRESSING)]
        if "pressing" in kind.cards
        else [],
    }


def _one(counted: Any, figure: str) -> int:
    return int(counted.get((), {}).get(figure, 0))


def _series(by_day: dict[Key, dict[str, int]], start: datetime) -> list[int]:
    """Received per day of the last days, oldest first, the present one included."""
    first = start.date() - timedelta(days=TREND_DAYS - 1)
    keys = [f"{first + timedelta(days=n):%Y-%m-%d}" for n in range(TREND_DAYS)]
    return [by_day.get((key,), {}).get("received", 0) for key in keys]


def numbers(kind: Kind, area: Area, *, by: Actor, at: datetime) -> dict[str, Any]:
    """The kept numbers of an area with their moment, ready to be shown: every number with its address."""
    content, _kept_at = keep(
        f"board.{kind.code}.{area.id}.{clock.local(at):%Y%m%d}", lambda: count(kind, area, at), by=by, at=at
    )
    return shown(kind, area, content)


def _moment(told: Any) -> datetime:
    moment = parse_datetime(told)
    assert moment is not None
    return moment


def shown(kind: Kind, area: Area, content: dict[str, Any]) -> dict[str, Any]:
    """Kept numbers as the page draws them. No statements beyond tables in memory."""
    at, since = _moment(content["at"]), _moment(content["since"])
    said = rooms.ask(kind, "said")
    dimension = map_dimension(area)

    def way(figure: str, start: datetime | None = None, **values: Value) -> str:
        chosen = Selection(figure, area.id, at, start, at if start else None, narrow(**values))
        return address_of(kind.code, chosen)

    received = sum(row[2] for row in content["today"])
    stands = {
        code: {"n": content["now"].get(code, 0), "url": way(code)}
        for code in ("open", "late", "soon_2", "soon", "triage", "unplaced")
    }
    return {
        "at": at,
        "received": {"n": received, "url": way("received", since)},
        "week_ago": {
            "n": content["week_ago"],
            "url": address_of(
                kind.code,
                Selection("received", area.id, at, since - timedelta(days=7), at - timedelta(days=7)),
            ),
        },
        "more": received - content["week_ago"],
        "days": content["days"],
        "stands": stands,
        "ended": {
            code: {"n": content["ended"].get(code, 0), "url": way(code, since)}
            for code in ("closed", "rated", "solved")
        },
        "channels": _channels(content["today"], said, lambda value: way("received", since, channel=value)),
        "hours": _hours(content["today"], since, lambda hour: way("received", since, hour=hour)),
        "units": _units(content["units"], said, at, way),
        "pressing": [_pressing(row) for row in content["pressing"]],
        "areas": [
            {"id": key, "open": open_, "late": late, "name": said(dimension, key),
             "url": way("open", **{dimension: key}), "late_url": way("late", **{dimension: key})}
            for key, open_, late in sorted(content["areas"], key=lambda row: (-row[2], -row[1], str(row[0])))
        ],
        "dimension": dimension,
    }  # fmt: skip


def _channels(today: list[Any], said: Any, way: Any) -> list[dict[str, Any]]:
    """Channels of today, the busiest first, each with its number and place in the legend."""
    counts: Counter[str] = Counter()
    for _hour, channel, n in today:
        counts[channel] += n
    return [
        {"code": code, "label": said("channel", code), "n": n, "url": way(code), "series": place + 1}
        for place, (code, n) in enumerate(sorted(counts.items(), key=lambda row: (-row[1], row[0])))
    ]


def _hours(today: list[Any], since: datetime, way: Any) -> list[dict[str, Any]]:
    """Twenty-four hours: the whole number, and by channel."""
    by_hour: dict[str, Counter[str]] = defaultdict(Counter)
    for hour, channel, n in today:
        by_hour[hour][channel] += n
    out = []
    for hour in range(24):
        key = f"{clock.local(since):%Y-%m-%d}T{hour:02d}"
        parts = by_hour.get(key, Counter())
        out.append({"hour": hour, "n": sum(parts.values()), "parts": dict(parts), "url": way(key)})
    return out


def _units(rows: list[Any], said: Any, at: datetime, way: Any) -> dict[str, Any]:
    """Units by on-time rate, the lowest first; those with few owed orders are only counted."""
    start = at - timedelta(days=UNIT_DAYS)
    told = []
    for unit, owed, on_time, owing in rows:
        if unit is None:
            continue
        told.append(
            {
                "id": unit, "name": said("unit", unit), "owed": owed, "on_time": on_time, "owing": owing,
                "share": on_time / owed, "tone": _tone(on_time / owed), "owed_url": way("owed", start, unit=unit),
                "on_time_url": way("on_time", start, unit=unit), "owing_url": way("owing", start, unit=unit),
            }
        )  # fmt: skip
    ranked = [row for row in told if row["owed"] >= FEWEST_OWED]
    ranked.sort(key=lambda row: (row["share"], -row["owed"], row["name"]))
    owed, on_time = sum(row[1] for row in rows), sum(row[2] for row in rows)
    return {
        "rows": ranked[:UNITS],
        "others": len(told) - len(ranked[:UNITS]),
        "all": ranked,
        "few": [row for row in told if row["owed"] < FEWEST_OWED],
        "owed": {"n": owed, "url": way("owed", start)},
        "on_time": {"n": on_time, "url": way("on_time", start)},
        "share": on_time / owed if owed else None,
        "days": UNIT_DAYS,
    }


def _tone(share: float) -> str:
    return "is-late" if share < POOR else "is-soon" if share < FAIR else "is-done"


def _pressing(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: _moment(row[name]) for name in ("opened_at", "due_at") if row[name]}


# ---- hot issues


def hot(kind: Kind, area: Area, *, by: Actor, at: datetime) -> tuple[list[dict[str, Any]], datetime | None]:
    """(hot issues of an area, as of when they were grouped; None while nobody has grouped any)."""
    if "hot" not in kind.cards:
        return [], None

    def count_() -> dict[str, Any]:
        found, grouped_at = kind.cards["hot"](area.id, at=at)
        return {"issues": [asdict(issue) for issue in found], "grouped_at": grouped_at}

    content, _when = keep(f"hot.{kind.code}.{area.id}", count_, by=by, at=at)
    place = reverse("observation:behind")
    return [
        row
        | {
            "n": len(row["matters"]),
            "url": f"{place}?kind={kind.code}&in={area.id}&issue={row['key']}",
            "rising": moved(row["lately"], row["before"]) > 0,
            "falling": moved(row["lately"], row["before"]) < 0,
        }
        for row in content["issues"]
    ], _moment(content["grouped_at"]) if content["grouped_at"] else None
