"""Changing the table of responsibilities from a day on. Lines are ended and followed by new ones, never rewritten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import books
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, Invalid
from gongzhi.kit.revision import bump
from gongzhi.people.actor import Person
from gongzhi.people.queries import organisations
from gongzhi.people.roles import Role
from gongzhi.territory.ground import ground
from gongzhi.workorders.dry_run import Wanted, as_wanted, differences
from gongzhi.workorders.models import PromiseRule, Responsibility
from gongzhi.workorders.policies.desk import require
from gongzhi.workorders.tables import tree

#: The book in which changes are kept.
BOOK = "responsibilities"


def _checked(starts_on: date, at: datetime) -> None:
    if starts_on < clock.local(at).date():
        raise Invalid(
            _("生效日期不能早于今天。"),
            help=_("已经派出的工单保留当时的规则。"),
            code="in_the_past",
            fields={"starts_on": [_("请选择今天或以后的日期。")]},
        )


def in_own_area(by: Actor, division_id: int | None) -> None:
    """Whoever changes a line answers for the area where it holds; a line for everywhere needs every street."""
    land = ground()
    wanted = (
        [land.areas[division_id].path] if division_id in land.areas else [one.path for one in land.streets]
    )
    own = by.areas(Role.CLERK, Role.ADMIN) if isinstance(by, Person) else ()
    if not all(path.startswith(own) for path in wanted):
        raise Forbidden(
            _("这条规则管的不是您的辖区。"),
            help=_("请联系那个街道的受理员，或上级系统管理员。"),
            code="not_your_area",
        )


def _too_late() -> Conflict:
    return Conflict(
        _("就在刚才，有人先改了这条规则。"),
        help=_("请重新打开这条规则，看看现在的内容。"),
        code="someone_was_quicker",
    )


def _open_line(code: str, starts_on: date) -> Responsibility | None:
    """The line of this code that has no end yet, locked."""
    row = Responsibility.objects.select_for_update().filter(code=code, ends_on=None).first()
    if row is not None and row.starts_on is not None and row.starts_on > starts_on:
        raise Conflict(
            _("规则 {code} 已经有一次从 {day} 起生效的改动。").format(code=code, day=row.starts_on),
            help=_("请选择那一天或以后的日期。"),
            code="later_change",
        )
    return row


@transaction.atomic
def change_line(
    wanted: Wanted, *, starts_on: date, by: Actor, at: datetime, seen: int | None = None
) -> Responsibility:
    """From a day on, a line says something else (or exists). ``seen`` is the row that the editor had before them, 0 for
    none."""
    require(by, "change_tables")
    _checked(starts_on, at)
    book = books.open_book(BOOK, at=at)
    row = _open_line(wanted.code, starts_on)
    before = line_values(row)
    in_own_area(by, wanted.division_id)
    if row is not None:
        in_own_area(by, row.division_id)
    if seen is not None and (row.pk if row else 0) != seen:
        raise _too_late()
    if row is not None:
        if as_wanted(row) == wanted:
            return row
        row.ends_on = starts_on
        row.save(update_fields=["ends_on"])
    made = Responsibility.objects.create(
        code=wanted.code,
        category_id=wanted.category_id,
        division_id=wanted.division_id,
        hours=wanted.hours,
        lead=wanted.lead,
        unit_id=wanted.unit_id,
        joint=list(wanted.joint),
        priority=wanted.priority,
        note=wanted.note,
        answers=wanted.answers,
        limit=wanted.limit,
        limit_unit=wanted.limit_unit,
        origin=wanted.origin,
        document=wanted.document,
        starts_on=starts_on,
    )
    bump("responsibilities")
    books.note(book, books.Change(wanted.code, before, line_values(made), wanted.code), by=by, at=at)
    return made


@transaction.atomic
def end_line(code: str, *, on: date, by: Actor, at: datetime, seen: int | None = None) -> None:
    """From a day on, a line no longer holds. ``seen`` is the row that the editor had before them."""
    require(by, "change_tables")
    _checked(on, at)
    book = books.open_book(BOOK, at=at)
    row = _open_line(code, on)
    if seen is not None and (row is None or row.pk != seen):
        raise _too_late()
    if row is not None:
        before = line_values(row)
        in_own_area(by, row.division_id)
        row.ends_on = on
        row.save(update_fields=["ends_on"])
        bump("responsibilities")
        books.note(book, books.Change(code, before, line_values(row), code), by=by, at=at)


@transaction.atomic
def put_in_force(
    wanted: Sequence[Wanted], *, starts_on: date, end_others: bool = False, by: Actor, at: datetime
) -> tuple[int, int, int]:
    """From a day on, the table is as a file says: (new, changed, ended). Lines the file leaves out stay, unless
    ``end_others``."""
    require(by, "change_tables")
    new, changed, missing = differences(wanted)
    for want in [*new, *changed]:
        change_line(want, starts_on=starts_on, by=by, at=at)
    if end_others:
        for code in missing:
            end_line(code, on=starts_on, by=by, at=at)
    return len(new), len(changed), len(missing) if end_others else 0


@transaction.atomic
def change_promise(
    code: str,
    *,
    amount: int,
    unit: str,
    marks: Sequence[int],
    by: Actor,
    at: datetime,
    seen: str | None = None,
) -> PromiseRule:
    """How long a promise is from now on. Promises already given keep the term they began with: each deadline has
    its own copy. ``seen`` is the fingerprint of the rule that the editor had before them."""
    from civics.worktime import UNITS

    require(by, "change_tables")
    if unit not in UNITS or not 1 <= amount <= 1000:
        raise Invalid(
            _("期限要在 1 到 1000 之间。"), code="bad_term", fields={"amount": [_("请填 1 到 1000。")]}
        )
    book = books.open_book("promises", at=at)
    row = PromiseRule.objects.select_for_update().get(code=code)
    before = promise_values(row)
    books.expect(before, seen, what=_("这条承诺"))
    row.amount, row.unit, row.marks = amount, unit, sorted({mark for mark in marks if 1 <= mark <= 500})
    row.save(update_fields=["amount", "unit", "marks"])
    bump("promises")
    books.note(book, books.Change(code, before, promise_values(row), code), by=by, at=at)
    return row


def promise_values(row: PromiseRule) -> dict[str, Any]:
    """What a promise rule says, for the book."""
    return {"amount": row.amount, "unit": row.unit, "marks": list(row.marks)}


def undo_promise(key: str, *, wanted: Mapping[str, Any] | None, seen: str, by: Actor, at: datetime) -> None:
    """Put a promise rule back as it was; rules themselves never go."""
    if wanted is None:
        raise Invalid(_("承诺不能删除。"), code="rule_stays")
    change_promise(
        key, amount=wanted["amount"], unit=wanted["unit"], marks=wanted["marks"], by=by, at=at, seen=seen
    )


def line_values(row: Responsibility | None) -> dict[str, Any] | None:
    """What a line of the table of responsibilities says, for the book: in codes, so that it can be read for ever."""
    if row is None:
        return None
    land, bodies, topics = ground(), organisations(), tree().topics
    return {
        "category": topics[row.category_id].code if row.category_id in topics else "",
        "division": land.areas[row.division_id].code if row.division_id in land.areas else "",
        "hours": row.hours,
        "lead": bodies[row.unit_id].code if row.unit_id in bodies else row.lead,
        "joint": list(row.joint),
        "priority": row.priority,
        "limit": row.limit,
        "limit_unit": row.limit_unit,
        "answers": row.answers,
        "origin": row.origin,
        "document": row.document,
        "note": row.note,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
    }
