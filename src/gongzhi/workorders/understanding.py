"""What a report is about: where, which category, who answers for it, and which open reports are its neighbours.

Reads the tables in memory; only the neighbours cost a statement. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from civics.language import bigrams
from civics.nearness import PROBABLY_SAME, WORTH_SHOWING, Compared, Why
from civics.territory import box_around
from gongzhi.kit.db.prepared import fetch
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import Spot, ground
from gongzhi.workorders.drafts import Draft, emergency
from gongzhi.workorders.models import Channel
from gongzhi.workorders.questions import by_code
from gongzhi.workorders.tables import Route, Topic, default_street, keywords, route, trained_model, tree
from gongzhi.workorders.workflow import ACTIVE

#: Rows read as possible neighbours, and how many of them are compared in full.
READ, COMPARED = 40, 5
#: How alike reports of two unrelated categories must be to be called the same thing: the drain and the wasps of
#: one building, on one day, reach 0.71 by their place and time alone.
OTHER_TOPIC = 0.75
#: What is for this number waits for a clerk, who hands it to the police first of all.
POLICE_NUMBER = "110"
#: What a model of branches says of a text shorter than this (in characters) counts in proportion.
FEW_CHARACTERS = 50


@dataclass(frozen=True)
class Guess:
    """A suggested category and how sure we are (0…1)."""

    category_id: int
    share: float


@dataclass(frozen=True)
class Neighbour:
    """An open report that is probably about the same thing."""

    order_id: int
    number: str
    title: str
    state: str
    score: float
    why: Why
    grid_id: int | None
    opened_at: datetime


@dataclass(frozen=True)
class Understanding:
    """All that was understood of a draft. ``why`` names what a clerk still has to settle (place, category, unit), or
    that it is police business."""

    spot: Spot
    place_known_by: str
    guesses: tuple[Guess, ...]
    topic: Topic | None
    confidence: float
    route: Route | None
    why: tuple[str, ...]


def locate(draft: Draft) -> tuple[Spot, str]:
    """Where a report is: by its pin, by a chosen area, or by a place its words name. (spot, how it was found)"""
    land = ground()
    if draft.lon is not None and draft.lat is not None:
        spot = land.spot(draft.lon, draft.lat)
        if spot is not None:
            return spot, "pin"
        return Spot(street_id=default_street(), lon=draft.lon, lat=draft.lat), "outside"
    if draft.area_id in land.areas:
        area = land.areas[draft.area_id]
        return land.spot_of(area.id, area.lon, area.lat), "area"
    for text in (draft.place_text, draft.title, draft.description):
        spot = named_in(text) if text else None
        if spot is not None:
            return spot, "words"
    return Spot(street_id=default_street()), ""


def named_in(text: str) -> Spot | None:
    """The spot of the longest known place named in a text; the area its namesakes share when there are several.

    Where no single place is named, a community or one of its grids named in full will do.
    """
    return _place_in(text) or _area_in(text)


def _place_in(text: str) -> Spot | None:
    land = ground()
    mentions = land.place_book.find(text)
    if not mentions:
        return None
    best = max(mentions, key=lambda mention: mention.end - mention.start)
    rows = [land.place_by_key[place.key] for place in best.places]
    spots = [land.spot_of(row[5], row[3], row[4]) for row in rows]
    if len(spots) == 1:
        return spots[0]
    first = spots[0]
    if first.grid_id and all(spot.grid_id == first.grid_id for spot in spots):
        return Spot(first.street_id, first.community_id, first.grid_id)
    if first.community_id and all(spot.community_id == first.community_id for spot in spots):
        return Spot(first.street_id, first.community_id)
    return None


def _area_in(text: str) -> Spot | None:
    """The one community that a text names, or the grid of it whose name follows: 渔歌社区第一网格."""
    land = ground()
    named = [area for area in land.communities if area.name in text]
    if len(named) != 1:
        return None
    after = text[text.index(named[0].name) + len(named[0].name) :].lstrip(" \u3000·，,、的")
    grid = next((child for child in land.children(named[0].id) if after.startswith(child.name)), None)
    return land.spot_of((grid or named[0]).id)


def classify(text: str) -> tuple[Guess, ...]:
    """The two likeliest categories, best first: the trained model's, refined by keywords below it; else keywords'."""
    text = _without_communities(text)
    table, topics = keywords(), tree()
    known = table.suggest(text, n=6) if table is not None else []
    words = [(topics.by_code[code], share) for code, share in known if code in topics.by_code]
    model = trained_model()
    if model is None:
        return tuple(Guess(topic.id, share) for topic, share in words[:2])
    # A model that learnt before a version of the tree may still name what has been retired.
    told = [
        (topic, share)
        for label, share in model.suggest(text, n=2)
        if label in topics.by_label and (topic := topics.live_of(topics.by_label[label].id)) is not None
    ]
    if told and words and told[0][0].id in topics.branches:
        guesses = _with_leaves(told, words, max(map(len, text.split("\n", 1))))
    else:
        guesses = [Guess(topic.id, share) for topic, share in told]
    for topic, share in words:
        if len(guesses) < 2 and all(guess.category_id != topic.id for guess in guesses):
            guesses.append(Guess(topic.id, share * 0.5))
    return tuple(guesses[:2])


def _without_communities(text: str) -> str:
    """The text without the names of communities: 海棠社区 says where, and nothing of the work of communities."""
    for area in ground().communities:
        text = text.replace(area.name, " ")
    return text


def _with_leaves(
    told: list[tuple[Topic, float]], words: list[tuple[Topic, float]], length: int
) -> list[Guess]:
    """What a model that knows only branches and a table that knows leaves say together.

    Such a model has mostly read long letters: of a short report it counts in proportion. Where a sure table names
    a leaf of another branch, the table decides against an unsure model, and a clerk between two sure ones.
    """
    sure, topics = settings.GONGZHI_CONFIDENCE, tree()
    weight = min(1.0, length / FEW_CHARACTERS)
    guesses = []
    for branch, share in told:
        below = next((t for t, s in words if topics.within(t.code, branch.code) and s >= 0.2), branch)
        guesses.append(Guess(below.id, share * weight))
    (leaf, known), (first, share) = words[0], (told[0][0], told[0][1] * weight)
    if known < sure:
        return guesses
    if topics.within(leaf.code, first.code):
        return [Guess(leaf.id, max(known, share)), *guesses[1:]]
    if share < sure:
        return [Guess(leaf.id, known), Guess(guesses[0].category_id, min(share, 1 - known))]
    both = [Guess(leaf.id, known * sure), Guess(guesses[0].category_id, share * sure)]
    return sorted(both, key=lambda guess: -guess.share)


def understand(draft: Draft, *, at: datetime) -> Understanding:
    """Locate, classify and route a checked draft."""
    spot, known_by = locate(draft)
    guesses = classify(f"{draft.title}\n{draft.description}")
    if draft.category_id is not None:
        topic: Topic | None = tree().topics[draft.category_id]
        confidence = 1.0
    else:
        topic = tree().topics[guesses[0].category_id] if guesses else None
        confidence = guesses[0].share if guesses else 0.0
    why: list[str] = []
    if not spot.community_id:
        why.append("place")
    if topic is None or confidence < settings.GONGZHI_CONFIDENCE:
        why.append("category")
    alarm = emergency(draft) if draft.opened_at is None and draft.channel != Channel.POLICE else None
    if alarm is not None and alarm[0] == POLICE_NUMBER:
        why.append("police")
    answers = by_code({str(key): value for key, value in draft.answers.items()})
    owner = organisations().get(draft.unit_id or 0)
    found: Route | None = None
    if topic is not None and not why:
        found = Route(owner, (), None, "") if owner else route(topic.id, spot, at, answers=answers)
    if not why and found is None:
        why.append("unit")
    return Understanding(spot, known_by, guesses, topic, confidence, found, tuple(why))


def words_of(title: str, description: str, place: str = "") -> list[str]:
    """What an order is found by: bigrams of everything people would search for."""
    return bigrams(f"{title}\n{description}\n{place}")


_KEYS = f"""
SELECT matter_id, opened_at FROM workorders_workorder
WHERE open AND state IN ({", ".join(f"'{state}'" for state in sorted(ACTIVE))})
  AND opened_at >= $1 AND matter_id <> $2 AND {{where}}
ORDER BY opened_at DESC LIMIT {READ}
"""  # every word of it is written here; values travel apart
#: The keys come from an index alone; only the newest rows are opened.
_NEAR = f"""
WITH near AS MATERIALIZED ({{keys}})
SELECT w.matter_id, w.number, w.title, w.description, w.state, w.lon, w.lat, w.grid_id, w.opened_at,
  w.category_id, w.words
FROM near JOIN workorders_workorder w USING (matter_id)
ORDER BY w.opened_at DESC LIMIT {READ}
"""
#: A pin has a box around it; what only names a place counts when the place is in the same grids.
_IN_BOX = _NEAR.format(
    keys="({}) UNION ALL ({})".format(
        _KEYS.format(where="grid_id = ANY($3) AND lon BETWEEN $4 AND $5 AND lat BETWEEN $6 AND $7"),
        _KEYS.format(where="grid_id = ANY($3) AND lon IS NULL"),
    )
)
_IN_AREA = {
    name: _NEAR.format(keys=_KEYS.format(where=f"{name} = $3"))
    for name in ("grid_id", "community_id", "street_id")
}


def _candidates(spot: Spot, radius: float, since: datetime, but: int | None) -> list[tuple[Any, ...]]:
    """The newest open orders around a spot; none when nothing is known of it."""
    first = (since, but or 0)
    if spot.grid_id is not None and spot.lon is not None and spot.lat is not None:
        west, south, east, north = box_around(spot.lon, spot.lat, max(radius, 60) * 2)
        grids = sorted({spot.grid_id, *ground().neighbours.get(spot.grid_id, ())})
        return fetch(_IN_BOX, [*first, grids, west, east, south, north])
    for name, sql in _IN_AREA.items():
        area = getattr(spot, name)
        if area is not None:
            return fetch(sql, [*first, area])
    return []


def _worth(one: Topic | None, other: Topic | None) -> float:
    """The score from which a neighbour is worth showing, by what is known of both."""
    if one is None or other is None:
        return PROBABLY_SAME
    return WORTH_SHOWING if _related(one, other) else OTHER_TOPIC


def _related(one: Topic, other: Topic) -> bool:
    """Whether two categories stand on the same branch."""
    topics = tree()
    if topics.within(one.code, other.code) or topics.within(other.code, one.code):
        return True
    mine, theirs = topics.line(one.id)[:2], topics.line(other.id)[:2]
    return len(mine) == 2 and mine == theirs


def neighbours(
    title: str,
    description: str,
    *,
    spot: Spot,
    topic: Topic | None,
    at: datetime,
    words: Iterable[str] | None = None,
    but: int | None = None,
    most: int = 3,
) -> list[Neighbour]:
    """Open reports near in place and time that are probably about the same thing, best first. One statement.

    With a position: within the category's radius (at least the grid's own neighbourhood); without: in the same
    grid, community or street.
    """
    radius = topic.near_radius_m if topic else 150
    days = topic.near_days if topic else 14
    mine = set(words if words is not None else words_of(title, description))
    if not mine:
        return []
    rows = _candidates(spot, radius, at - timedelta(days=days), but)
    rows.sort(key=lambda row: -len(mine.intersection(row[-1])) / (len(row[-1]) + 8) ** 0.5)
    mine_where = (spot.lon, spot.lat) if spot.lon is not None and spot.lat is not None else None
    this = Compared(f"{title}\n{description}", when=at, where=mine_where)
    out = []
    for pk, number, other, body, state, lon, lat, grid_id, opened_at, category_id, _words in rows[:COMPARED]:
        where = (lon, lat) if lon is not None and lat is not None else None
        worth = _worth(topic, tree().topics.get(category_id))
        score, why = this.with_(f"{other}\n{body}", when=opened_at, where=where, worth=worth)
        if score >= worth:
            out.append(Neighbour(pk, number, other, state, score, why, grid_id, opened_at))
    out.sort(key=lambda neighbour: (-neighbour.score, neighbour.order_id))
    return out[:most]
