"""A version of the category tree as a page compares it: what was, what would be, what still points there.

Nothing here writes. What a version is and what is wrong with it: ``editions``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from gongzhi.workorders.editions import FIRST, LABELS, Planned, values_of
from gongzhi.workorders.models import (
    Appeal,
    Correspondence,
    Keyword,
    PromiseRule,
    Responsibility,
    What,
    WorkOrder,
)
from gongzhi.workorders.tables import Topic, tree


@dataclass(frozen=True)
class Shown:
    """One change as the page of a version shows it. ``lines`` are (label, before, after), ``moved`` is (from, to) with
    how many ``orders`` go along."""

    code: str
    what: str
    label: str
    name: str
    lines: list[tuple[str, str, str]]
    uses: list[tuple[str, int]]
    successor: str = ""
    moved: tuple[str, str] | None = None
    orders: int = 0


def in_words(name: str, value: Any) -> str:
    """A value of a category as people read it."""
    from gongzhi.workorders.forms.rules import UNITS as UNIT_LABELS

    if isinstance(value, bool):
        return _("是") if value else _("否")
    if name == "default_type" and value in Appeal.values:
        return str(Appeal(value).label)
    if name == "limit_unit":
        return str(UNIT_LABELS.get(value, value or "—"))
    if name == "replaced_by" and value:
        topic = tree().by_code.get(value)
        return f"{value} {topic.said}" if topic else str(value)
    if name == "parent_code":
        topic = tree().by_code.get(value)
        return f"{value} {tree().said_of(topic.id)}" if topic else str(value or _("最上级"))
    return str(value) if value not in (None, "") else "—"


def shown(plans: Iterable[Planned], *, before: Mapping[str, Mapping[str, Any]] | None = None) -> list[Shown]:
    """Changes as a page shows them; ``before`` are the values of a version that is already in force."""
    plans = list(plans)
    topics = tree()
    retired = [topics.by_code[p.code].id for p in plans if p.what == What.RETIRE and p.code in topics.by_code]
    uses = used(retired) if before is None else {}
    rows = []
    for plan in plans:
        known = topics.by_code.get(plan.code)
        now = (before or {}).get(plan.code) or (values_of(known) if known and before is None else {})
        names = (
            [n for n in LABELS if n in plan.values]
            if plan.what != What.ADD
            else [n for n in LABELS if plan.values.get(n) not in (None, "", FIRST.get(n))]
        )
        rows.append(
            Shown(
                plan.code,
                plan.what,
                str(What(plan.what).label),
                str(plan.values.get("name") or (known.said if known else plan.code)),
                [
                    (
                        str(LABELS[n]),
                        in_words(n, now.get(n)) if plan.what == What.CHANGE else "",
                        in_words(n, plan.values[n]),
                    )
                    for n in names
                    if n != "replaced_by" and (n != "parent_code" or plan.what == What.ADD)
                ],
                uses.get(known.id, []) if known else [],
                in_words("replaced_by", plan.values.get("replaced_by"))
                if plan.values.get("replaced_by")
                else "",
                *_moved(plan, known, now, in_force=before is not None),
            )
        )
    return rows


def _moved(
    plan: Planned, known: Topic | None, now: Mapping[str, Any], *, in_force: bool
) -> tuple[tuple[str, str] | None, int]:
    if plan.what != What.CHANGE or "parent_code" not in plan.values:
        return None, 0
    way = in_words("parent_code", now.get("parent_code")), in_words("parent_code", plan.values["parent_code"])
    # Read from the index of words and facets: rows are not opened.
    count = (
        0
        if in_force or known is None
        else sum(
            WorkOrder.objects.filter(facets__contains=[f"c{known.id}"], archived__isnull=lies).count()
            for lies in (True, False)
        )
    )
    return way, count


def used(category_ids: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    """What still points at categories: (what, how many) by category id. Five statements, none without ids."""
    if not category_ids:
        return {}
    found: dict[int, list[tuple[str, int]]] = {}
    for label, rows in (
        (_("在办工单"), WorkOrder.objects.filter(open=True)),
        (_("权责清单"), Responsibility.objects.filter(ends_on=None)),
        (_("承诺时间"), PromiseRule.objects.all()),
        (_("关键词"), Keyword.objects.all()),
        (_("外部代码"), Correspondence.objects.all()),
    ):
        counted = (
            rows.filter(category_id__in=category_ids)
            .order_by()
            .values_list("category_id")
            .annotate(n=Count("pk"))
        )  # type: ignore[attr-defined]
        for key, number in counted:
            found.setdefault(key, []).append((label, number))
    return found
