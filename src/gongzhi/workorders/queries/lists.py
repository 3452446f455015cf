"""A page of a queue: filters, sorts, search and cursors. Whose queues there are: ``scopes``.

A list is read from one index in its order, so it is asked for one scope at a time (a street, a unit, a grid), never
for the union of everything a person may see.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache

from django.contrib.postgres.expressions import ArraySubquery
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import BooleanField, F, Func, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from civics.language import lone_characters, query_bigrams
from gongzhi.kit.cursors import cursor_of, place_of
from gongzhi.kit.db.prepared import fetch
from gongzhi.kit.errors import Invalid
from gongzhi.matters.models import Deadline
from gongzhi.people.actor import Person
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.queries.scopes import Scope
from gongzhi.workorders.queries.windows import WINDOWS, fenced_ids, within_windows
from gongzhi.workorders.tables import tree
from gongzhi.workorders.workflow import ACTIVE, CLOSED, KINDS, LEVELS, WORKFLOW

PAGE = 50
#: What is due within this time counts as soon.
SOON = timedelta(hours=24)
#: Counting stops here: nobody needs to know whether there are 10,001 or 400,000. In a narrowed list every row that is
#: counted has to be opened, so that counting stops earlier.
MOST_COUNTED, MOST_COUNTED_NARROW = 1000, 200
#: So many rows of a queue are read in its order before the search index is asked: by promise, and by age.
READ_IN_ORDER, READ_BY_AGE = 1200, 400
#: A queue of fewer rows is searched in all years at once, where none of its first rows was wanted.
SHORT = 10_000
#: In a longer one with none among its first rows, the first window that may have some.
RARE_FROM = 30
#: The end of a number, as people read it out: 003404, w-3404. It is the order's key, of which it shows six digits.
_TAIL = re.compile(r"[A-Za-z]?-?(\d{3,6})")
_TAILS, _ROUNDS = 1_000_000, 20


#: What a list can be sorted by: key → (label, fields in order).
SORTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "due": (gettext_noop("最近承诺"), ("next_due_at", "pk")),
    "new": (gettext_noop("最新收到"), ("-opened_at", "-pk")),
    "old": (gettext_noop("最早收到"), ("opened_at", "pk")),
}


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to. Empty means everything; ``status`` is open, late, soon, closed, all or a state.

    ``asked`` is a kind of pending request, ``supervised`` a level of supervision; "any" means one of them. ``archived`` is
    an archived year, whatever its orders' status; None looks at what is not archived.
    """

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
    asked: str = ""
    supervised: str = ""
    visit: bool = False
    archived: int | None = None
    words: str = ""
    sort: str = "due"
    after: str = ""


@dataclass
class Page:
    """A page of a list. ``older`` is a cursor, empty at the end; ``total`` is capped; ``lone`` are the single
    characters of the search that nothing can be found by."""

    orders: list[WorkOrder]
    older: str = ""
    total: int = 0
    capped: bool = False
    words: list[str] = field(default_factory=list)
    lone: list[str] = field(default_factory=list)


def _facets(filters: Filters, by: Person) -> list[str]:
    """What a list is narrowed to in the letters of ``WorkOrder.facets``: all of these."""
    every: list[str] = [value for value in (filters.appeal, filters.channel) if value]
    # "closed" asks for all that is no longer open, whichever way it ended
    if filters.status in WORKFLOW.states and filters.status != CLOSED:
        every.append(filters.status)
    elif filters.status not in ("open", "late", "soon", "closed", "all"):
        raise Invalid(_("没有这种状态。"), code="unknown_status")
    for letter, key in (("m", filters.community_id), ("g", filters.grid_id), ("u", filters.unit_id)):
        if key:
            every.append(f"{letter}{key}")
    if filters.urgent:
        every.append("urgent")
    if filters.unplaced:
        every.append("unplaced")
    if filters.mine:
        every.append(f"h{by.account_id}")
    for name, value, known in (
        ("asked", filters.asked, KINDS),
        ("supervised", filters.supervised, LEVELS),
    ):
        if value and value not in (*known, "any"):
            raise Invalid(_("没有这种筛选。"), code="unknown_filter")
        if value:
            every.append(name if value == "any" else f"{name[:3]}:{value}")
    if filters.category_id:
        if filters.category_id not in tree().topics:
            raise Invalid(_("没有这个分类。"), code="unknown_category")
        every.append(f"c{filters.category_id}")
    return every


def _narrowing(filters: Filters, by: Person) -> Q | None:
    """The condition that the search index answers, or None for a queue as it stands."""
    every = _facets(filters, by)
    narrow = Q(facets__contains=every) if every else Q()
    if filters.visit:
        narrow &= Q(to_visit=True)
    if words := filters.words.strip():
        grams = query_bigrams(words)
        said = Q(words__contains=grams) if grams else Q(number=words.upper())
        narrow &= said | _by_tail(words)
    return narrow or None


def _by_tail(words: str) -> Q:
    """Orders whose number ends like this; nothing when the words are no end of a number."""
    tail = _TAIL.fullmatch(words)
    if tail is None:
        return Q()
    keys = [int(tail[1]) + _TAILS * round_ for round_ in range(_ROUNDS)]
    return Q(pk__in=keys, number__endswith=f"-{int(tail[1]):06d}")


def _archived_by_tail(scope: Scope, words: str) -> list[WorkOrder]:
    """Archived orders of a queue whose number ends like this: a number is looked for wherever its order lies."""
    said = _by_tail(words)
    if not said:
        return []
    rows = WorkOrder.objects.filter(said, scope.where, archived__isnull=False).order_by("-opened_at", "-pk")
    kept = _rows(list(rows.values_list("pk", flat=True)[:PAGE]))
    return sorted(kept.values(), key=lambda order: (order.opened_at, order.pk), reverse=True)


def _standing(status: str) -> str:
    """The part of a queue that a status looks at: open, shut, or an empty string for both."""
    if status in WORKFLOW.states:
        return "open" if WORKFLOW.states[status].open else "shut"
    return {"closed": "shut", "all": ""}.get(status, "open")


def _queue(rows: QuerySet[WorkOrder], filters: Filters, now: datetime) -> QuerySet[WorkOrder]:
    """The rows of a queue that a status shows, by conditions that its indexes have."""
    if filters.archived is not None:
        return rows.filter(archived=filters.archived)
    standing = _standing(filters.status)
    # what is open is never archived, and its indexes do not say so: asked for it, each row would be opened
    rows = rows.filter(open=True) if standing == "open" else rows.filter(archived=None)
    if standing == "shut":
        rows = rows.filter(open=False)
    if filters.status == "late":
        rows = rows.filter(next_due_at__lt=now)
    elif filters.status == "soon":
        rows = rows.filter(next_due_at__gte=now, next_due_at__lt=now + SOON)
    return rows


def _cursor(order: WorkOrder, fields: tuple[str, ...]) -> str:
    return cursor_of(getattr(order, fields[0].lstrip("-")), order.pk)


def _position(cursor: str) -> tuple[datetime | None, int]:
    """The moment and the key that a cursor stands for."""
    try:
        return place_of(cursor)
    except ValueError as error:
        raise Invalid(_("翻页的位置无效。"), help=_("请从第一页重新打开。"), code="bad_cursor") from error


def _after(rows: QuerySet[WorkOrder], cursor: str, fields: tuple[str, ...]) -> QuerySet[WorkOrder]:
    """Rows behind a cursor, in the order of ``fields``; a null moment sorts last."""
    at, pk = _position(cursor)
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


#: Columns that no list shows.
_HEAVY = ("description", "words", "suggestions", "facets")


def list_orders(
    scope: Scope, filters: Filters, *, by: Person, now: datetime, size: int = PAGE, counted: bool = True
) -> Page:
    """A page of a queue, with a count that stops somewhere. Two statements; for a narrowed list at most eight.

    The keys come first, in order and as many as are counted; then the rows of the page by their keys.
    """
    if filters.archived is not None and filters.status in ("open", "late", "soon", "closed"):
        filters = replace(filters, status="all")  # all of them are shut
    narrow = _narrowing(filters, by)
    sort = filters.sort if filters.sort in SORTS else "due"
    if sort == "due" and filters.status not in ("open", "late", "soon", *ACTIVE):
        sort = "new"
    fields = SORTS[sort][1]
    counted = counted and not filters.after
    most = size
    if counted:
        plain = (
            narrow is None
            and scope.ordered
            and (sort == "due" or filters.status in ("open", "closed", "all"))
        )
        most = max(size, MOST_COUNTED if plain else MOST_COUNTED_NARROW)
    rows = _queue(WorkOrder.objects.all(), filters, now)
    if filters.after:
        rows = _after(rows, filters.after, fields)
    if narrow is None and scope.ordered:
        ids = list(_in_order(rows.filter(scope.where), fields).values_list("pk", flat=True)[: most + 1])
        further = len(ids) > most
    else:
        ids, further = _narrow_ids(scope, filters, narrow, rows, fields, now, size, most)
    kept = _rows(ids[:size])
    found, more = [kept[pk] for pk in ids[:size] if pk in kept], len(ids) > size
    if not found and filters.archived is None and not filters.after and counted:
        found = _archived_by_tail(scope, filters.words.strip())
        ids = [order.pk for order in found]
    return Page(
        found,
        older=_cursor(found[-1], fields) if more and found else "",
        total=min(len(ids), most) if counted else 0,
        capped=counted and further,
        words=query_bigrams(filters.words) if filters.words else [],
        lone=lone_characters(filters.words),
    )


@lru_cache(maxsize=1)
def _reading() -> tuple[str, list[str]]:
    """(SQL that reads orders by their keys, the fields in its order); behind them how the nearest promise is counted."""
    name, table = connection.ops.quote_name, WorkOrder._meta.db_table
    fields = [field for field in WorkOrder._meta.concrete_fields if field.name not in _HEAVY]
    columns = ", ".join(f"o.{name(str(field.column))}" for field in fields)
    sql = f"""
        SELECT {columns}, (
            SELECT json_build_object('unit', d.unit, 'jurisdiction', d.jurisdiction) FROM {Deadline._meta.db_table} d
            WHERE d.matter_id = o.matter_id AND d.due_at = o.next_due_at
              AND d.met_at IS NULL AND d.cancelled_at IS NULL AND d.paused_at IS NULL ORDER BY d.id LIMIT 1)
        FROM {table} o WHERE o.matter_id = ANY($1::bigint[])"""
    return sql, [field.attname for field in fields]


def _rows(ids: list[int]) -> dict[int, WorkOrder]:
    """Orders by their keys, without what no list shows. ``counted_in`` of an order says how its nearest promise is
    counted ({"unit", "jurisdiction"} or None), so that a row can say what is left in the words of the order's page.

    Prepared, because each page of each queue asks it: the statement is made once per process."""
    sql, names = _reading()
    kept = {}
    for row in fetch(sql, [ids]) if ids else ():
        order = WorkOrder.from_db(DEFAULT_DB_ALIAS, names, row[:-1])
        order.counted_in = row[-1]  # type: ignore[attr-defined]
        kept[order.pk] = order
    return kept


def _in_order(rows: QuerySet[WorkOrder], fields: tuple[str, ...]) -> QuerySet[WorkOrder]:
    order = [F(name).asc(nulls_last=True) if name == "next_due_at" else name for name in fields]
    return rows.order_by(*order)


def _narrow_ids(
    scope: Scope,
    filters: Filters,
    narrow: Q | None,
    rows: QuerySet[WorkOrder],
    fields: tuple[str, ...],
    now: datetime,
    size: int,
    most: int,
) -> tuple[list[int], bool]:
    """(keys in order, whether there are more than were counted) of a narrowed list.

    What is frequent stands among the first rows of the queue; what is not, the search index knows. No estimate of
    the planner decides, because filters of real queues depend on one another.
    """
    # what a unit shares with others no index has in order, but it may be much of the newest of everything
    aged, found = fields[0].lstrip("-") == "opened_at", []
    by_age = (
        aged
        and filters.archived is None
        and (filters.status == "closed" or (filters.status == "all" and fields[0].startswith("-")))
    )
    still_open = _standing(filters.status) == "open"
    if scope.ordered or by_age:
        first = rows.filter(scope.where) if scope.ordered else rows
        urgent = aged and filters.urgent and scope.unit_id is not None and not still_open
        if urgent:  # an index has these in order
            first = first.filter(urgent=True)
        reach = READ_BY_AGE if aged else READ_IN_ORDER
        first = _in_order(first, fields)[: max(reach, most + 1) if urgent else reach]
        # an array is made once; an IN (…) the planner may turn around and ask for each match of the rest
        one_of = Func(
            F("pk"),
            ArraySubquery(first.values("pk")),
            template="%(expressions)s)",
            arg_joiner=" = ANY(",
            output_field=BooleanField(),
        )
        among = WorkOrder.objects.filter(one_of, narrow or Q(), Q() if scope.ordered else scope.where)
        found = list(_in_order(among, fields).values_list("pk", flat=True)[: most + 1])
        # of a list that asks for nothing else these are all there are, however few
        if urgent and narrow == Q(facets__contains=["urgent"]):
            return found, len(found) > most
        if len(found) > size:
            return found, True
    hits = searched(rows.filter(narrow or Q()), scope, only_open=still_open)
    rare = aged and not found and not still_open and bool(scope.facet)
    start = None if rare and _is_short(scope, filters) else _start(scope, filters, fields, now)
    if start is not None:
        # of a few days the index also tells which are shut; of all years nearly all are
        recent = hits.filter(facets__contains=["shut"]) if _standing(filters.status) == "shut" else hits
        found = within_windows(recent, start, fields[0], most + 1, first=RARE_FROM if rare else WINDOWS[0])
        if len(found) > most:
            return found, True
    found = fenced_ids(hits, fields[0], most + 1)
    return found, len(found) > most


def searched(rows: QuerySet[WorkOrder], scope: Scope, *, only_open: bool) -> QuerySet[WorkOrder]:
    """The rows of a queue by what the search index has of it. Nearly all are shut: that it need not be asked."""
    facets = [facet for facet in (scope.facet, "open" if only_open else "") if facet]
    rows = rows.filter(facets__contains=facets) if facets else rows
    if only_open:  # never archived; said because the search index holds only what is not
        rows = rows.filter(archived=None)
    return rows if scope.facet else rows.filter(scope.where)


def _start(scope: Scope, filters: Filters, fields: tuple[str, ...], now: datetime) -> datetime | None:
    """From when on the search index is asked window by window; None for open orders, which are few, and other sorts."""
    if _standing(filters.status) == "open" or fields[0].lstrip("-") != "opened_at":
        return None
    if filters.after:
        return _position(filters.after)[0]
    return (_newest if fields[0].startswith("-") else _oldest)(scope, filters, now)


def _is_short(scope: Scope, filters: Filters) -> bool:
    """Has a queue few rows, whatever is asked of it? Told from its index."""
    if not scope.ordered or filters.archived is not None:
        return False
    return WorkOrder.objects.filter(scope.where, archived=None).order_by()[:SHORT].count() < SHORT


def _oldest(scope: Scope, filters: Filters, now: datetime) -> datetime | None:
    """When the oldest order of a queue came in (of all queues, where no index has this one in order)."""
    rows = WorkOrder.objects.filter(scope.where) if scope.ordered else WorkOrder.objects.all()
    if scope.ordered:
        rows = rows.filter(archived=filters.archived)
    return rows.order_by("opened_at", "pk").values_list("opened_at", flat=True).first()


def _newest(scope: Scope, filters: Filters, now: datetime) -> datetime | None:
    """From when on the newest are looked for: from now, in an archived year from its last day."""
    if filters.archived is None:
        return now
    return min(now, datetime(filters.archived + 1, 1, 1, tzinfo=timezone.get_default_timezone()))
