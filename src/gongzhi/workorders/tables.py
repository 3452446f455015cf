"""The rule tables in memory: categories, responsibilities, and what suggests a category. Promises are in ``terms``.

Read again by each process when their stamp in the database moves. Nothing here writes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from civics.emergency import EmergencyRow, read_rows
from civics.language import CategoryModel, KeywordTable
from gongzhi.kit.components.speech import said
from gongzhi.kit.revision import cached
from gongzhi.knowledge import topics as knowledge_topics
from gongzhi.people.models import OrganisationKind
from gongzhi.people.queries import Body, order_centre_of, organisation_of_area, organisations
from gongzhi.territory.ground import Spot, calendar_for, ground
from gongzhi.workorders.conditions import Condition, conditions_in, fit
from gongzhi.workorders.models import (
    Category,
    Hours,
    Keyword,
    Lead,
    Responsibility,
    TrainedModel,
)

SEEDS = Path(__file__).parent / "seeds"


@dataclass(frozen=True)
class Topic:
    """A category as the rest of the room knows it."""

    id: int
    code: str
    parent_id: int | None
    name: str
    default_appeal: str
    urgent: bool
    near_radius_m: int
    near_days: int
    counts_satisfaction: bool
    board: str
    hint: str
    limit: int | None = None
    limit_unit: str = ""
    filing: str = ""
    closing: str = ""
    successor_id: int | None = None
    ends_on: date | None = None

    @property
    def live(self) -> bool:
        """May it still be chosen?"""
        return self.ends_on is None

    @property
    def said(self) -> str:
        """The name in the reader's language; a name that a town adds itself stays as it was written."""
        return said(self.name)

    @property
    def asks(self) -> str:
        """The hint in the reader's language."""
        return said(self.hint) if self.hint else ""


@dataclass
class Tree:
    """The category tree. ``topics`` holds retired ones too: what was filed under them stays readable."""

    topics: dict[int, Topic]

    @cached_property
    def live(self) -> dict[int, Topic]:
        """Those that can be chosen."""
        return {key: one for key, one in self.topics.items() if one.live}

    def live_of(self, topic_id: int | None) -> Topic | None:
        """The category itself, or what took the place of a retired one: its successor, else the nearest above."""
        for _step in range(len(self.topics)):  # successors may run in a circle
            topic = self.topics.get(topic_id or 0)
            if topic is None or topic.live:
                return topic
            topic_id = topic.successor_id or topic.parent_id
        return None

    def own(self, topic_id: int | None, name: str) -> tuple[Topic, Any] | None:
        """A value of a category, or of the nearest above that has one; with the category that says so."""
        for topic in reversed(self.line(topic_id)):
            value = getattr(topic, name)
            if value:
                return topic, value
        return None

    @cached_property
    def by_code(self) -> dict[str, Topic]:
        """Topics by code."""
        return {topic.code: topic for topic in self.topics.values()}

    @cached_property
    def by_label(self) -> dict[str, Topic]:
        """What a label may be: a code, or the name of a category (the highest with that name, one in use first)."""
        named: dict[str, Topic] = {}
        for topic in sorted(self.topics.values(), key=lambda t: (not t.live, self.depth(t.code), t.code)):
            named.setdefault(topic.name, topic)
        return named | self.by_code

    @cached_property
    def roots(self) -> list[Topic]:
        """First-level categories that can be chosen, by code."""
        return sorted((t for t in self.live.values() if t.parent_id is None), key=lambda t: t.code)

    @cached_property
    def branches(self) -> frozenset[int]:
        """Categories that have others below them."""
        return frozenset(topic.parent_id for topic in self.topics.values() if topic.parent_id is not None)

    def children(self, topic_id: int | None) -> list[Topic]:
        """Categories directly below one that can be chosen, by code."""
        return self._below.get(topic_id, [])

    @cached_property
    def _below(self) -> dict[int | None, list[Topic]]:
        found: dict[int | None, list[Topic]] = {}
        for topic in sorted(self.live.values(), key=lambda t: t.code):
            found.setdefault(topic.parent_id, []).append(topic)
        return found

    def line(self, topic_id: int | None) -> list[Topic]:
        """The category and those above it, from the top."""
        out: list[Topic] = []
        while topic_id is not None and topic_id in self.topics and len(out) < len(self.topics):
            out.append(self.topics[topic_id])
            topic_id = self.topics[topic_id].parent_id
        return out[::-1]

    @cached_property
    def _ways(self) -> dict[str, frozenset[str]]:
        return {t.code: frozenset(one.code for one in self.line(t.id)) for t in self.topics.values()}

    def within(self, code: str, above: str | Iterable[str]) -> bool:
        """Is a category one of these, or below one of them? By codes; ``""`` stands for the whole tree.

        A category keeps its code when it moves: that one code begins with another says nothing.
        """
        way = self._ways.get(code, frozenset())
        wanted = (above,) if isinstance(above, str) else above
        return any(not one or one in way for one in wanted)

    def depth(self, code: str) -> int:
        """How many levels down a category is, 1 at the top; 0 for the whole tree and for a code that nobody knows."""
        return len(self._ways.get(code, ()))

    def below(self, topic_id: int) -> list[Topic]:
        """A category and everything below it, retired ones too."""
        code = self.topics[topic_id].code
        return [topic for topic in self.topics.values() if self.within(topic.code, code)]

    def letters(self, topic_id: int | None) -> list[str]:
        """The category and those above it in the letters of ``WorkOrder.category_line``."""
        return [f"c{topic.id}" for topic in self.line(topic_id)]

    def name_of(self, topic_id: int | None) -> str:
        """``城乡建设 › 道路与设施 › 路灯不亮``"""
        return " › ".join(topic.name for topic in self.line(topic_id))

    def said_of(self, topic_id: int | None) -> str:
        """The same in the reader's language; what is kept or exported uses ``name_of``."""
        return " › ".join(topic.said for topic in self.line(topic_id))


def _read_tree() -> Tree:
    rows = Category.objects.values_list(
        "id", "code", "parent_id", "name", "default_appeal", "urgent", "near_radius_m", "near_days",
        "counts_satisfaction", "board", "hint", "limit", "limit_unit", "filing", "closing", "successor_id", "ends_on",
    )  # fmt: skip
    return Tree({row[0]: Topic(*row) for row in rows})


def tree() -> Tree:
    """The category tree as it stands."""
    return cached("categories", _read_tree)


def told_topics() -> list[knowledge_topics.Topic]:
    """The tree for floors below, which know only codes: in the reader's language."""
    topics = tree().topics
    return [
        knowledge_topics.Topic(t.code, topics[t.parent_id].code if t.parent_id in topics else "", t.said)
        for t in topics.values()
    ]


@dataclass(frozen=True)
class Line:
    """A line of the table of responsibilities, ready to be matched."""

    id: int
    code: str
    category_code: str
    division_path: str
    hours: str
    lead: str
    unit_id: int | None
    joint: tuple[str, ...]
    priority: int
    starts_on: date | None
    ends_on: date | None
    conditions: tuple[Condition, ...] = ()
    limit: int | None = None
    limit_unit: str = ""


def _read_responsibilities() -> list[Line]:
    areas, topics = ground().areas, tree().topics
    rows = [
        Line(
            row.pk,
            row.code,
            topics[row.category_id].code if row.category_id in topics else "",
            areas[row.division_id].path if row.division_id in areas else "",
            row.hours,
            row.lead,
            row.unit_id,
            tuple(row.joint),
            row.priority,
            row.starts_on,
            row.ends_on,
            conditions_in(row.answers),
            row.limit,
            row.limit_unit,
        )
        for row in Responsibility.objects.all()
    ]
    return in_order(rows)


def in_order(rows: list[Line]) -> list[Line]:
    """Lines in the order in which they are tried: priority, deeper category, smaller area, more conditions, older."""
    topics = tree()
    return sorted(
        rows,
        key=lambda r: (
            r.priority, -topics.depth(r.category_code), -r.division_path.count("/"), -len(r.conditions), r.id,
        ),
    )  # fmt: skip


def responsibilities() -> list[Line]:
    """The table of responsibilities in the order in which its lines are tried."""
    return cached("responsibilities", _read_all)[0]


def _read_all() -> tuple[list[Line], dict[int, tuple[int, str]]]:
    lines = _read_responsibilities()
    return lines, {line.id: (line.limit, line.limit_unit) for line in lines if line.limit}


def limit_of_line(rule_id: int | None) -> tuple[int, str] | None:
    """The limit (number, unit) that a line of the table brings, also one that has ended; None for most."""
    return cached("responsibilities", _read_all)[1].get(rule_id or 0)


@dataclass(frozen=True)
class Route:
    """Who takes an order, and which line said so."""

    unit: Body
    joint: tuple[int, ...]
    rule_id: int | None
    rule_code: str


def _unit_of(line: Line, spot: Spot) -> Body | None:
    if line.lead == Lead.UNIT:
        return organisations().get(line.unit_id or 0)
    community = spot.community_id
    if community is None:
        return None
    steward = (
        organisation_of_area(community, OrganisationKind.PROPERTY) if line.lead == Lead.PROPERTY else None
    )
    return steward or organisation_of_area(community, OrganisationKind.COMMUNITY)


def _joint_of(line: Line, lead: Body, spot: Spot) -> tuple[int, ...]:
    by_code = {body.code: body for body in organisations().values()}
    found: list[int] = []
    for code in line.joint:
        body = by_code.get(code)
        if body is None and code in (Lead.COMMUNITY, Lead.PROPERTY):
            body = organisation_of_area(spot.community_id, code) if spot.community_id else None
        if body is not None and body.id != lead.id and body.id not in found:
            found.append(body.id)
    return tuple(found)


def route(
    category_id: int | None,
    spot: Spot,
    at: datetime,
    lines: list[Line] | None = None,
    jurisdiction: str = "CN",
    answers: Mapping[str, Any] | None = None,
) -> Route | None:
    """The unit that answers for a category at a place and time, by the first line that fits; None if none does.

    ``lines`` replaces the table (for a dry run of a changed one). ``answers`` are by the code of the question; a line
    that asks for an answer nobody gave does not fit.
    """
    topics = tree()
    topic = topics.topics.get(category_id or 0)
    if topic is None or spot.street_id is None:
        return None
    path = ground().areas[spot.division_id or spot.street_id].path
    calendar = calendar_for(jurisdiction)
    today = calendar.local_day(at)
    at_work: bool | None = None
    for line in responsibilities() if lines is None else lines:
        if not topics.within(topic.code, line.category_code) or not path.startswith(line.division_path):
            continue
        if (line.starts_on and today < line.starts_on) or (line.ends_on and today >= line.ends_on):
            continue
        if line.conditions and not fit(line.conditions, answers or {}):
            continue
        if line.hours != Hours.ANY:
            if at_work is None:
                at_work = calendar.works_at(at)
            if (line.hours == Hours.WORK) != at_work:
                continue
        unit = _unit_of(line, spot)
        if unit is not None:
            return Route(unit, _joint_of(line, unit, spot), line.id, line.code)
    return None


def _read_keywords() -> KeywordTable | None:
    topics = tree().topics
    rows = [
        (topics[category].code, word, weight)
        for category, word, weight in Keyword.objects.values_list("category_id", "word", "weight")
        if category in topics and topics[category].live
    ]
    return KeywordTable(rows) if rows else None


def keywords() -> KeywordTable | None:
    """The authored keyword table, or None in a town whose tables are still empty."""
    return cached("keywords", _read_keywords)


def _read_model() -> CategoryModel | None:
    row = TrainedModel.objects.order_by("-trained_at").first()
    if row is None:
        return None
    with NamedTemporaryFile(suffix=".model") as file:
        file.write(bytes(row.content))
        file.flush()
        return CategoryModel.load(file.name)


def trained_model() -> CategoryModel | None:
    """The model learnt from orders that staff have closed, or None before any training."""
    return cached("category_model", _read_model)


def _read_emergencies() -> tuple[EmergencyRow, ...]:
    with (SEEDS / "emergencies.csv").open(encoding="utf-8", newline="") as file:
        return read_rows(csv.DictReader(file))


def emergencies() -> tuple[EmergencyRow, ...]:
    """What is an emergency or police business, and what only sounds like one."""
    return cached("emergencies", _read_emergencies)


def default_street() -> int | None:
    """The street that keeps orders whose place nobody knows: the one of the first order centre."""
    centre = order_centre_of(None)
    if centre is not None and centre.division_id is not None:
        return ground().spot_of(centre.division_id).street_id
    return ground().streets[0].id if ground().streets else None
