"""Changing the rule tables: categories, keywords, responsibilities, promises; from rows, as a spreadsheet has them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import books
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Invalid
from gongzhi.kit.revision import bump
from gongzhi.people.models import Organisation
from gongzhi.territory.ground import ground
from gongzhi.workorders.dry_run import limit_in
from gongzhi.workorders.models import (
    Appeal,
    Asking,
    Cap,
    Category,
    Keyword,
    Lead,
    PromiseRule,
    Responsibility,
)
from gongzhi.workorders.tables import SEEDS

Row = Mapping[str, str]


def _no(row: Row, sentence: str) -> Invalid:
    return Invalid(f"{row.get('code') or row.get('category_code') or ''}: {sentence}", code="bad_row")


def _loaded(table: str, before: int, after: int, *, by: Actor, at: datetime) -> None:
    """A whole table from rows is one entry of its book: how many there were and are."""
    change = books.Change("*", {"rows": before}, {"rows": after, "at": at.isoformat()}, _("整张表"))
    books.note_in(table, change, by=by, at=at)


@transaction.atomic
def load_categories(rows: Iterable[Row], *, by: Actor, at: datetime) -> int:
    """Add or change categories by code; parents come before their children. How many there are."""
    known = {category.code: category for category in Category.objects.all()}
    before = len(known)
    count = 0
    for row in rows:
        parent = known.get(row["parent_code"]) if row["parent_code"] else None
        if row["parent_code"] and parent is None:
            raise _no(row, _("没有上级分类 {code}").format(code=row["parent_code"]))
        if row["default_type"] not in Appeal.values:
            raise _no(row, _("没有这种诉求类型。"))
        known[row["code"]], _made = Category.objects.update_or_create(
            code=row["code"],
            defaults={
                "parent": parent,
                "name": row["name"],
                "default_appeal": row["default_type"],
                "urgent": row["urgent"] == "yes",
                "near_radius_m": int(row["near_radius_m"]),
                "near_days": int(row["near_days"]),
                "counts_satisfaction": row["counts_satisfaction"] == "yes",
                "board": row["board"],
                "hint": row["hint"],
            },
        )
        count += 1
    bump("categories")
    bump("responsibilities")
    bump("promises")
    bump("keywords")
    _loaded("categories", before, len(known), by=by, at=at)
    return count


@transaction.atomic
def load_keywords(rows: Iterable[Row], *, by: Actor, at: datetime) -> int:
    """Replace the keyword table."""
    categories = dict(Category.objects.values_list("code", "pk"))
    weights: dict[tuple[int, str], float] = {}
    for row in rows:
        if row["category_code"] not in categories:
            raise _no(row, _("没有这个分类。"))
        key = (categories[row["category_code"]], row["keyword"])
        weights[key] = max(float(row["weight"]), weights.get(key, 0))
    before = Keyword.objects.all().delete()[0]
    Keyword.objects.bulk_create(
        [
            Keyword(category_id=category, word=word, weight=weight)
            for (category, word), weight in weights.items()
        ],
        batch_size=1000,
    )
    bump("keywords")
    _loaded("keywords", before, len(weights), by=by, at=at)
    return len(weights)


@transaction.atomic
def load_responsibilities(rows: Iterable[Row], *, division_code: str = "", by: Actor, at: datetime) -> int:
    """Add or change lines of the table of responsibilities by code. ``division_code`` limits them to an area."""
    categories = dict(Category.objects.values_list("code", "pk"))
    units = dict(Organisation.objects.values_list("code", "pk"))
    area = ground().by_code.get(division_code) if division_code else None
    before = Responsibility.objects.filter(ends_on=None).count()
    count = 0
    for row in rows:
        lead = row["lead"] if row["lead"] in (Lead.COMMUNITY, Lead.PROPERTY) else Lead.UNIT
        if lead == Lead.UNIT and row["lead"] not in units:
            raise _no(row, _("没有单位 {code}").format(code=row["lead"]))
        if row["category_code"] and row["category_code"] not in categories:
            raise _no(row, _("没有这个分类。"))
        limit, unit = limit_in(row.get("limit") or "")
        Responsibility.objects.update_or_create(
            code=row["code"],
            ends_on=None,
            defaults={
                "category_id": categories.get(row["category_code"]),
                "division_id": area.id if area else None,
                "hours": row["hours"],
                "lead": lead,
                "unit_id": units.get(row["lead"]) if lead == Lead.UNIT else None,
                "joint": [code for code in row["joint"].split(";") if code],
                "priority": int(row["priority"]),
                "note": row["note"],
                "limit": limit,
                "limit_unit": unit,
            },
        )
        count += 1
    bump("responsibilities")
    after = Responsibility.objects.filter(ends_on=None).count()
    _loaded("responsibilities", before, after, by=by, at=at)
    return count


@transaction.atomic
def load_promises(rows: Iterable[Row], *, by: Actor, at: datetime) -> int:
    """Add or change promise rules by code. Running deadlines keep the term they began with."""
    categories = dict(Category.objects.values_list("code", "pk"))
    before = PromiseRule.objects.count()
    count = 0
    for row in rows:
        PromiseRule.objects.update_or_create(
            code=row["code"],
            defaults={
                "promise": row["promise"],
                "appeal": row["type"],
                "category_id": categories.get(row["category_code"]),
                "urgent": {"yes": True, "no": False}.get(row["urgent"]),
                "amount": int(row["amount"]),
                "unit": row["unit"],
                "marks": sorted({int(mark) for mark in row["reminders"].split(";") if mark}),
                "priority": int(row["priority"]),
                "note": row["note"],
            },
        )
        count += 1
    bump("promises")
    _loaded("promises", before, PromiseRule.objects.count(), by=by, at=at)
    return count


@transaction.atomic
def load_caps(rows: Iterable[Row], *, by: Actor, at: datetime) -> int:
    """Set the caps that hold for every unit, by kind of request; those of single units stay."""
    before = Cap.objects.filter(unit=None).count()
    count = 0
    for row in rows:
        if row["kind"] not in Asking.values:
            raise _no(row, _("没有这种申请。"))
        Cap.objects.update_or_create(
            kind=row["kind"],
            unit=None,
            defaults={"percent": int(row["percent"]), "window_days": int(row["window_days"])},
        )
        count += 1
    _loaded("caps", before, Cap.objects.filter(unit=None).count(), by=by, at=at)
    return count


def load_seeds(*, division_code: str = "", by: Actor, at: datetime) -> None:
    """Fill the rule tables with the values that come with the platform. Organisations must be there already."""

    def rows(name: str) -> list[dict[str, str]]:
        with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    with transaction.atomic():
        load_categories(rows("categories"), by=by, at=at)
        load_keywords(rows("keywords"), by=by, at=at)
        load_responsibilities(rows("responsibilities"), division_code=division_code, by=by, at=at)
        load_promises(rows("promises"), by=by, at=at)
        load_caps(rows("caps"), by=by, at=at)
