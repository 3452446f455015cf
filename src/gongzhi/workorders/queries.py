"""What can be asked of work orders: one for a person, a page of a queue, counts, the public map, follow-ups.

A list is read from one index in its order, so it is asked for one scope at a time (a street, a unit, a grid), never
for the union of everything a person may see.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from civics.language import query_bigrams
from gongzhi.kit.errors import Invalid, NotFound
from gongzhi.matters.models import Part, Party
from gongzhi.people.actor import Person
from gongzhi.people.queries import organisations
from gongzhi.people.roles import AREA_ROLES, GRID_ROLES, UNIT_ROLES, Role
from gongzhi.territory.ground import ground
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.policies import RULES, in_area
from gongzhi.workorders.tables import tree
from gongzhi.workorders.workflow import ACTIVE, CLOSED, TRIAGE, WORKFLOW

PAGE = 50
#: What is due within this time counts as soon.
SOON = timedelta(hours=24)
#: Counting stops here: nobody needs to know whether there are 10,001 or 400,000.
MOST_COUNTED = 1000


def get_order(order_id: int, *, by: Person) -> WorkOrder:
    """One order for a person who may see it. NotFound otherwise, whether it exists or not."""
    order = WorkOrder.objects.select_related("matter__thread").filter(pk=order_id).first()
    if order is None or not RULES.may(by, "see", order):
        raise NotFound(_("没有找到这件工单，或者您不能查看。"))
    return order


def get_order_by_number(number: str, *, by: Person) -> WorkOrder:
    """The same by its number."""
    found = WorkOrder.objects.filter(number=number.strip().upper()).values_list("pk", flat=True).first()
    return get_order(found or 0, by=by)


@dataclass(frozen=True)
class Scope:
    """A queue that a person may open: everything in an area, or everything a unit has. One index serves it."""

    key: str
    label: str
    where: Q


def scopes(by: Person) -> list[Scope]:
    """The queues of a person's posts, without repeats, in the order of the posts."""
    found: dict[str, Scope] = {}
    for post in by.posts:
        if post.role in GRID_ROLES and post.division_id:
            key = f"area-{post.division_id}"
            name = ground().name_of(post.division_id, above=1)
            found.setdefault(key, Scope(key, name, in_area(post.division_id)))
        # Administrators keep accounts and borders; they read no orders (policies.SUPERVISOR leaves them out too).
        if post.role in AREA_ROLES and post.role != Role.ADMIN and post.division_id:
            key = f"area-{post.division_id}"
            found.setdefault(key, Scope(key, ground().name_of(post.division_id), in_area(post.division_id)))
        if post.role in UNIT_ROLES and post.organisation_id:
            key = f"unit-{post.organisation_id}"
            body = organisations().get(post.organisation_id)
            label = body.label if body else post.organisation_name
            found.setdefault(key, Scope(key, label, Q(unit_id=post.organisation_id)))
            key = f"joint-{post.organisation_id}"
            label = _("{unit}（协办）").format(unit=label)
            found.setdefault(key, Scope(key, label, Q(joint__contains=[post.organisation_id])))
    return list(found.values())


#: What a list can be sorted by: key → (label, fields in order).
SORTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "due": (gettext_noop("最近承诺"), ("next_due_at", "pk")),
    "new": (gettext_noop("最新收到"), ("-opened_at", "-pk")),
    "old": (gettext_noop("最早收到"), ("opened_at", "pk")),
}


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to. Empty means everything; ``status`` is open, late, soon, closed, all or a state."""

    status: str = "open"
    category_id: int | None = None
    appeal: str = ""
    channel: str = ""
    community_id: int | None = None
    grid_id: int | None = None
    unit_id: int | None = None
    urgent: bool = False
    mine: bool = False
    unplaced: bool = False
    words: str = ""
    sort: str = "due"
    after: str = ""


@dataclass
class Page:
    """A page of a list. ``newer`` and ``older`` are cursors, empty at the ends; ``total`` is capped."""

    orders: list[WorkOrder]
    older: str = ""
    total: int = 0
    capped: bool = False
    words: list[str] = field(default_factory=list)


def _narrowed(rows: QuerySet[WorkOrder], filters: Filters, by: Person, now: datetime) -> QuerySet[WorkOrder]:
    if filters.status in ("open", "late", "soon"):
        rows = rows.filter(open=True)
        if filters.status == "late":
            rows = rows.filter(next_due_at__lt=now)
        elif filters.status == "soon":
            rows = rows.filter(next_due_at__gte=now, next_due_at__lt=now + SOON)
    elif filters.status == "closed":
        rows = rows.filter(open=False)
    elif filters.status in WORKFLOW.states:
        rows = rows.filter(state=filters.status, open=WORKFLOW.states[filters.status].open)
    elif filters.status != "all":
        raise Invalid(_("没有这种状态。"), code="unknown_status")
    if filters.category_id:
        if filters.category_id not in tree().topics:
            raise Invalid(_("没有这个分类。"), code="unknown_category")
        below = tree().below(filters.category_id)
        rows = rows.filter(category_id=below[0]) if len(below) == 1 else rows.filter(category_id__in=below)
    for name in ("appeal", "channel", "community_id", "grid_id", "unit_id"):
        value = getattr(filters, name)
        if value:
            rows = rows.filter(**{name: value})
    if filters.urgent:
        rows = rows.filter(urgent=True)
    if filters.mine:
        rows = rows.filter(handler_id=by.account_id)
    if filters.unplaced:
        rows = rows.filter(community_id=None)
    if filters.words.strip():
        grams = query_bigrams(filters.words)
        rows = (
            rows.filter(words__contains=grams) if grams else rows.filter(number=filters.words.strip().upper())
        )
    return rows


def _cursor(order: WorkOrder, fields: tuple[str, ...]) -> str:
    values = [getattr(order, name.lstrip("-")) for name in fields]
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _after(rows: QuerySet[WorkOrder], cursor: str, fields: tuple[str, ...]) -> QuerySet[WorkOrder]:
    """Rows behind a cursor, in the order of ``fields``; a null moment sorts last."""
    try:
        moment, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        pk, at = int(pk), None if moment is None else datetime.fromisoformat(moment)
    except (ValueError, TypeError) as error:
        raise Invalid(_("翻页的位置无效。"), help=_("请从第一页重新打开。"), code="bad_cursor") from error
    name, falls = fields[0].lstrip("-"), fields[0].startswith("-")
    further = "lt" if falls else "gt"
    if at is None:
        return rows.filter(**{f"{name}__isnull": True, f"pk__{further}": pk})
    behind = Q(**{f"{name}__{further}": at}) | Q(**{name: at, f"pk__{further}": pk})
    if name == "next_due_at":
        behind |= Q(**{f"{name}__isnull": True})
    else:
        # The bound alone lets the index start in the right place.
        rows = rows.filter(**{f"{name}__{further}e": at})
    return rows.filter(behind)


def list_orders(
    scope: Scope, filters: Filters, *, by: Person, now: datetime, size: int = PAGE, counted: bool = True
) -> Page:
    """A page of a queue. Two statements: the rows, and a count that stops at MOST_COUNTED."""
    rows = _narrowed(WorkOrder.objects.filter(scope.where), filters, by, now)
    sort = filters.sort if filters.sort in SORTS else "due"
    if sort == "due" and filters.status not in ("open", "late", "soon", *ACTIVE):
        sort = "new"
    fields = SORTS[sort][1]
    order = [F(name).asc(nulls_last=True) if name == "next_due_at" else name for name in fields]
    page = rows.order_by(*order).defer("description", "words", "suggestions")
    if filters.after:
        page = _after(page, filters.after, fields)
    found = list(page[: size + 1])
    more, found = len(found) > size, found[:size]
    total = 0
    if counted and not filters.after:
        total = len(found) if not more else rows.order_by().values("pk")[: MOST_COUNTED + 1].count()
    return Page(
        found,
        older=_cursor(found[-1], fields) if more else "",
        total=min(total, MOST_COUNTED),
        capped=total > MOST_COUNTED,
        words=query_bigrams(filters.words) if filters.words else [],
    )


@dataclass(frozen=True)
class Counts:
    """How a queue stands."""

    open: int
    late: int
    triage: int
    unplaced: int


def counts(scope: Scope, *, now: datetime) -> Counts:
    """Open, late, waiting for a clerk, without a place. One statement over the open part of the queue."""
    row = WorkOrder.objects.filter(scope.where, open=True).aggregate(
        open=Count("pk"),
        late=Count("pk", filter=Q(next_due_at__lt=now)),
        triage=Count("pk", filter=Q(state=TRIAGE)),
        unplaced=Count("pk", filter=Q(community_id=None)),
    )
    return Counts(**row)


def units_standing(scope: Scope, *, now: datetime) -> list[dict[str, Any]]:
    """Open, overdue and rated orders per unit of a queue, most open first."""
    open_rows = (
        WorkOrder.objects.filter(scope.where, open=True)
        .exclude(unit=None)
        .values("unit_id")
        .annotate(open=Count("pk"), late=Count("pk", filter=Q(next_due_at__lt=now)))
    )
    rated = (
        WorkOrder.objects.filter(scope.where, state=CLOSED)
        .exclude(satisfied=None)
        .values("unit_id")
        .annotate(rated=Count("pk"), solved=Count("pk", filter=Q(solved=True)))
    )
    table: dict[int, dict[str, Any]] = {}
    for row in [*open_rows, *rated]:
        entry = table.setdefault(row["unit_id"], {"open": 0, "late": 0, "rated": 0, "solved": 0})
        entry.update(row)
    bodies = organisations()
    out = [entry | {"name": bodies[key].label if key in bodies else ""} for key, entry in table.items()]
    return sorted(out, key=lambda row: (-row["open"], row["name"]))


def my_orders(by: Person, *, most: int = 100) -> list[WorkOrder]:
    """Orders a resident reported or follows, and those whose codes they have shown, newest first."""
    mine = Q(pk__in=sorted(by.bearer_of | by.reader_of))
    if by.account_id is not None:
        parts = Party.objects.filter(account_id=by.account_id, part__in=Part.values)
        mine |= Q(pk__in=parts.values("matter_id"))
    return list(WorkOrder.objects.filter(mine).defer("words").order_by("-opened_at", "-pk")[:most])


@dataclass(frozen=True)
class PublicMark:
    """What anybody may know of an order: its category, state and grid. The position is the grid's middle."""

    number: str
    category: str
    state: str
    grid_id: int
    grid: str
    lon: float
    lat: float
    opened_at: datetime
    order_id: int


def public_marks(*, since: datetime, grid_id: int | None = None, most: int = 500) -> list[PublicMark]:
    """Recent orders for the public map, newest first, coarsened to the grid; private ones are left out."""
    rows = WorkOrder.objects.filter(opened_at__gte=since, private=False, history=False).exclude(grid=None)
    rows = rows.exclude(state__in=("declined", "withdrawn"))
    if grid_id:
        rows = rows.filter(grid_id=grid_id)
    land, topics = ground(), tree()
    out = []
    for pk, number, category_id, state, grid, opened_at in rows.order_by("-opened_at", "-pk").values_list(
        "pk", "number", "category_id", "state", "grid_id", "opened_at"
    )[:most]:
        area = land.areas.get(grid)
        if area is None or area.lon is None or area.lat is None:
            continue
        topic = topics.topics.get(category_id)
        out.append(
            PublicMark(
                number,
                topic.name if topic else _("待分类"),
                state,
                area.id,
                land.name_of(area.id, above=1),
                area.lon,
                area.lat,
                opened_at,
                pk,
            )
        )
    return out


def public_counts(*, since: datetime) -> dict[str, int]:
    """For the home page: received and closed since a moment."""
    return WorkOrder.objects.filter(opened_at__gte=since, history=False).aggregate(
        received=Count("pk"), closed=Count("pk", filter=Q(state=CLOSED))
    )
