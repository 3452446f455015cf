"""What a changed table of responsibilities would have done to the orders of the last weeks. Writes nothing.

``read_table`` turns rows of a spreadsheet into lines and names every fault; ``compare`` sends each order through the
present table and through the changed one. Putting a table in force is ``actions/ruling.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from civics.worktime import UNITS, Calendar
from gongzhi.people.models import Organisation
from gongzhi.territory.ground import Spot, calendar_for, ground
from gongzhi.workorders.conditions import conditions_in, read_conditions
from gongzhi.workorders.models import Category, Hours, Lead, Responsibility, WorkOrder
from gongzhi.workorders.questions import by_code, questions
from gongzhi.workorders.tables import Line, Route, in_order, responsibilities, route
from gongzhi.workorders.words.titles import told_by_tables

#: Orders looked at, newest first.
MOST_ORDERS = 20_000
#: Rows shown of each kind.
MOST_SHOWN = 200
COLUMNS = (
    "code", "category_code", "division_code", "hours", "lead", "joint", "priority", "note", "answers", "limit",
    "origin", "document",
)  # fmt: skip
#: Columns that a file may leave out: a line then keeps what it says now.
_KEPT = ("answers", "limit", "origin", "document")


@dataclass(frozen=True)
class Wanted:
    """A line as a file wants it, with the keys it stands for."""

    code: str
    category_id: int | None
    division_id: int | None
    hours: str
    lead: str
    unit_id: int | None
    joint: tuple[str, ...]
    priority: int
    note: str
    answers: str = ""
    origin: str = ""
    document: str = ""
    limit: int | None = None
    limit_unit: str = ""

    def line(self, number: int) -> Line:
        """The line ready to be matched, in force on every day."""
        land = ground()
        code = _category_codes().get(self.category_id or 0, "")
        path = land.areas[self.division_id].path if self.division_id in land.areas else ""
        return Line(
            -number, self.code, code, path, self.hours, self.lead, self.unit_id, self.joint, self.priority,
            None, None, conditions_in(self.answers), self.limit, self.limit_unit,
        )  # fmt: skip


def _category_codes() -> dict[int, str]:
    from gongzhi.workorders.tables import tree

    return {topic.id: topic.code for topic in tree().topics.values()}


def read_table(
    rows: Iterable[Mapping[str, str]], *, default_division: int | None = None
) -> tuple[list[Wanted], list[str]]:
    """(usable lines, every fault as a sentence) of a table with the columns COLUMNS.

    ``lead`` is ``community``, ``property`` or the code of a unit. A line without ``division_code`` keeps the area
    that the line of the same code has now, else it gets ``default_division``.
    """
    categories = dict(Category.objects.filter(ends_on=None).values_list("code", "pk"))
    units = dict(Organisation.objects.filter(ends_on=None).values_list("code", "pk"))
    areas = ground().by_code
    rows_now = {row.code: row for row in current()}
    present = {code: row.division_id for code, row in rows_now.items()}
    known_questions = {question.code for question in questions().values() if question.ends_on is None}
    found: list[Wanted] = []
    faults: list[str] = []
    codes: set[str] = set()
    for number, row in enumerate(rows, 2):
        wrong: list[str] = []
        value = {name: (row.get(name) or "").strip() for name in COLUMNS}
        code = value["code"]
        for name in _KEPT:
            if name not in row and code in rows_now:
                now = rows_now[code]
                value[name] = (
                    limit_words(now.limit, now.limit_unit) if name == "limit" else getattr(now, name)
                )
        if not code:
            wrong.append(_("没有编号"))
        elif code in codes:
            wrong.append(_("编号“{code}”重复").format(code=code))
        codes.add(code)
        if value["category_code"] and value["category_code"] not in categories:
            wrong.append(_("没有分类“{code}”").format(code=value["category_code"]))
        if value["division_code"] and value["division_code"] not in areas:
            wrong.append(_("没有区域“{code}”").format(code=value["division_code"]))
        if value["hours"] not in ("", *Hours.values):
            wrong.append(_("时间“{hours}”应为 any、work 或 off").format(hours=value["hours"]))
        by_place = value["lead"] in (Lead.COMMUNITY, Lead.PROPERTY)
        if not by_place and value["lead"] not in units:
            wrong.append(_("没有单位“{code}”").format(code=value["lead"]))
        joint = tuple(part for part in value["joint"].replace("；", ";").split(";") if part)
        unknown = [
            part for part in joint if part not in units and part not in (Lead.COMMUNITY, Lead.PROPERTY)
        ]
        if unknown:
            wrong.append(_("没有协办单位“{code}”").format(code="、".join(unknown)))
        try:
            asked = {condition.code for condition in read_conditions(value["answers"])}
        except ValueError as error:
            asked = set()
            wrong.append(str(error))
        if strange := sorted(asked - known_questions):
            wrong.append(_("没有问题“{code}”").format(code="、".join(strange)))
        limit, limit_unit = limit_in(value["limit"])
        if value["limit"] and limit is None:
            wrong.append(_("期限“{limit}”应为数字和单位，例如 5 work_days").format(limit=value["limit"]))
        if not value["priority"].isdecimal() or int(value["priority"]) > 32_000:
            wrong.append(_("优先级应为数字"))
        if wrong:
            faults += [_("第 {n} 行：{fault}。").format(n=number, fault=fault) for fault in wrong]
            continue
        area = areas.get(value["division_code"])
        found.append(
            Wanted(
                code,
                categories.get(value["category_code"]),
                area.id if area else present.get(code, default_division),
                value["hours"] or Hours.ANY,
                value["lead"] if by_place else Lead.UNIT,
                None if by_place else units[value["lead"]],
                joint,
                int(value["priority"]),
                value["note"][:200],
                value["answers"][:200],
                value["origin"][:80],
                value["document"][:120],
                limit,
                limit_unit,
            )
        )
    if not found and not faults:
        faults.append(_("表格里没有任何规则。"))
    return found, faults


def limit_words(limit: int | None, unit: str) -> str:
    """A limit as a file says it: ``5 work_days``; an empty string for none."""
    return f"{limit} {unit}" if limit else ""


def limit_in(text: str) -> tuple[int | None, str]:
    """(number, unit) of a limit as a file says it; (None, "") for none and for what is no limit."""
    number, _blank, unit = text.strip().partition(" ")
    right = number.isdecimal() and 1 <= int(number) <= 1000 and unit.strip() in UNITS
    return (int(number), unit.strip()) if right else (None, "")


def current(on: date | None = None) -> list[Responsibility]:
    """The lines in force on a day (today), as rows."""
    from django.db.models import Q

    from gongzhi.kit import clock

    day = on or clock.today()
    rows = Responsibility.objects.filter(Q(ends_on=None) | Q(ends_on__gt=day)).filter(
        Q(starts_on=None) | Q(starts_on__lte=day)
    )
    return list(rows.select_related("category", "division", "unit").order_by("priority", "code"))


@dataclass(frozen=True)
class Moved:
    """An order that would go elsewhere, called by category and place: whoever changes tables need not open it. ``after`` is empty when no line fits any more."""

    order_id: int
    number: str
    title: str
    before: str
    before_rule: str
    after: str
    after_rule: str


@dataclass
class Outcome:
    """What the change would have done. ``rules`` are (code, orders before, orders after)."""

    since: datetime
    looked_at: int = 0
    moved: list[Moved] = field(default_factory=list)
    uncovered: list[Moved] = field(default_factory=list)
    rules: list[tuple[str, int, int]] = field(default_factory=list)
    units: list[tuple[str, int, int]] = field(default_factory=list)
    moved_count: int = 0
    uncovered_count: int = 0


def lines_in_force(today: date) -> list[Line]:
    """The present table as if it had always been in force."""
    rows = [
        replace(line, starts_on=None, ends_on=None)
        for line in responsibilities()
        if not (line.starts_on and today < line.starts_on) and not (line.ends_on and today >= line.ends_on)
    ]
    return in_order(rows)


def compare(wanted: Iterable[Wanted], *, at: datetime, days: int = 30) -> Outcome:
    """Send every order of the last days with a known category through both tables. One statement for the orders."""
    calendar = calendar_for()
    before_lines = lines_in_force(calendar.local_day(at))
    after_lines = in_order([want.line(number) for number, want in enumerate(wanted, 1)])
    outcome = Outcome(at - timedelta(days=days))
    before_way, after_way = _Way(before_lines, calendar), _Way(after_lines, calendar)
    rules: dict[str, list[int]] = {line.code: [0, 0] for line in [*before_lines, *after_lines]}
    units: dict[str, list[int]] = {}
    rows = (
        WorkOrder.objects.filter(opened_at__gte=outcome.since, opened_at__lte=at)
        .exclude(category=None)
        .order_by("-opened_at")
        .values_list(
            "pk", "number", "category_id", "street_id", "community_id", "grid_id", "building_id",
            "lon", "lat", "opened_at", "answers",
        )[:MOST_ORDERS]
    )  # fmt: skip
    for (
        pk,
        number,
        category_id,
        street,
        community,
        grid,
        building,
        lon,
        lat,
        opened_at,
        answers,
    ) in rows:
        spot, told = Spot(street, community, grid, building, lon, lat), by_code(answers)
        before = before_way(category_id, spot, opened_at, told)
        after = after_way(category_id, spot, opened_at, told)
        outcome.looked_at += 1
        for which, found in enumerate((before, after)):
            if found is not None:
                rules[found.rule_code][which] += 1
                units.setdefault(found.unit.label, [0, 0])[which] += 1
        if (before and before.unit.id) == (after and after.unit.id):
            continue
        moved = Moved(
            pk, number, told_by_tables(category_id, grid, community),
            before.unit.label if before else "", before.rule_code if before else "",
            after.unit.label if after else "", after.rule_code if after else "",
        )  # fmt: skip
        kind = outcome.moved if after else outcome.uncovered
        if after:
            outcome.moved_count += 1
        else:
            outcome.uncovered_count += 1
        if len(kind) < MOST_SHOWN:
            kind.append(moved)
    outcome.rules = [(code, one, two) for code, (one, two) in sorted(rules.items()) if one != two]
    outcome.units = sorted(
        ((name, one, two) for name, (one, two) in units.items() if one != two),
        key=lambda row: row[1] - row[2],
    )
    return outcome


class _Way:
    """A table that remembers what it said: it depends on category, place, being at work and answers only."""

    def __init__(self, lines: list[Line], calendar: Calendar) -> None:
        self.lines, self.calendar = lines, calendar
        self.asked = {condition.code for line in lines for condition in line.conditions}
        self.known: dict[tuple[Any, ...], Route | None] = {}

    def __call__(
        self, category_id: int, spot: Spot, at: datetime, answers: Mapping[str, Any]
    ) -> Route | None:
        told = tuple(sorted((code, answers[code]) for code in self.asked.intersection(answers)))
        key = (category_id, spot.division_id, self.calendar.works_at(at), told)
        if key not in self.known:
            self.known[key] = route(category_id, spot, at, self.lines, answers=answers)
        return self.known[key]


def differences(wanted: Iterable[Wanted]) -> tuple[list[Wanted], list[Wanted], list[str]]:
    """(new lines, changed lines, codes the file no longer has) against the present table."""
    present = {row.code: row for row in current()}
    new, changed, seen = [], [], set()
    for want in wanted:
        seen.add(want.code)
        row = present.get(want.code)
        if row is None:
            new.append(want)
        elif want != as_wanted(row):
            changed.append(want)
    return new, changed, sorted(set(present) - seen)


def as_wanted(row: Responsibility) -> Wanted:
    """A row of the present table in the same shape as one of a file."""
    return Wanted(
        row.code, row.category_id, row.division_id, row.hours, row.lead, row.unit_id, tuple(row.joint),
        row.priority, row.note, row.answers, row.origin, row.document, row.limit, row.limit_unit,
    )  # fmt: skip
