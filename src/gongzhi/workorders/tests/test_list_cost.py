"""What a list costs: counted in statements, and the same rows whichever way they are found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db.models import Q

from gongzhi.people.actor import Person
from gongzhi.workorders import queries
from gongzhi.workorders.actions import correcting, reporting
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.queries import Filters, Scope, counts, list_orders, lists, scopes
from gongzhi.workorders.tables import tree
from tests.cast import IN_GRID_1, WEDNESDAY, settle

pytestmark = pytest.mark.django_db

LATER = WEDNESDAY + timedelta(days=1)
TEXTS = (
    "海棠苑门口的下水道堵了，污水漫到路上。",
    "小区里夜间施工噪音太大，睡不着。",
    "表扬物业的保安，帮老人提东西上楼。",
)
NARROW = (
    Filters(words="噪音"),
    Filters(words="小区 噪音", status="all"),
    Filters(words="没有的词", status="all", sort="old"),
    Filters(urgent=True, status="all"),
    Filters(appeal="complaint", channel="web", status="closed"),
    Filters(status="merged"),
    Filters(status="triage", sort="old"),
    Filters(unplaced=True),
    Filters(mine=True, status="all"),
)


@pytest.fixture
def clerk() -> Person:
    """A clerk of a street with thirty reports."""
    cast = settle()
    for number in range(30):
        reporting.report(
            Draft(TEXTS[number % 3], lon=IN_GRID_1[0], lat=IN_GRID_1[1]),
            by=Person.visitor(),
            at=WEDNESDAY + timedelta(minutes=number),
        )
    return cast.clerk


def _asked(scope: Scope, filters: Filters, by: Person, size: int = 50) -> queries.Page:
    return list_orders(scope, filters, by=by, now=LATER, size=size)


def test_a_queue_costs_two_statements_and_its_counts_one(clerk: Person, statements: list[str]) -> None:
    scope = scopes(clerk)[0]
    for filters in (Filters(), Filters(status="late"), Filters(status="all"), Filters(status="closed")):
        for sort in queries.SORTS:
            _asked(scope, replace(filters, sort=sort), clerk)
            statements.clear()
            _asked(scope, replace(filters, sort=sort), clerk)
            # one of them reads the stamps of the tables in memory, once per request
            assert len(statements) <= 2, statements
    statements.clear()
    counts(scope, now=LATER)
    assert len(statements) == 1


def test_a_narrowed_list_costs_at_most_eight_statements(clerk: Person, statements: list[str]) -> None:
    scope = scopes(clerk)[0]
    for filters in NARROW:
        statements.clear()
        _asked(scope, filters, clerk)
        assert len(statements) <= 8, (filters, statements)


def test_every_filter_finds_what_a_plain_look_at_the_rows_finds(
    clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    scope = scopes(clerk)[0]
    WorkOrder.objects.filter(pk__in=list(WorkOrder.objects.values_list("pk", flat=True)[:7])).update(
        urgent=True
    )
    for read_in_order in (0, 1200):
        monkeypatch.setattr(lists, "READ_IN_ORDER", read_in_order)
        monkeypatch.setattr(lists, "READ_BY_AGE", read_in_order)
        for words in ("噪音", "小区", "小区 施工", "没有的词"):
            truth = [o.pk for o in WorkOrder.objects.order_by("-opened_at", "-pk")
                     if all(w in f"{o.title}{o.description}" for w in words.split())]  # fmt: skip
            page = _asked(scope, Filters(words=words, status="all", sort="new"), clerk)
            assert [o.pk for o in page.orders] == truth
        page = _asked(scope, Filters(urgent=True, status="all", sort="old"), clerk)
        assert [o.pk for o in page.orders] == list(
            WorkOrder.objects.filter(urgent=True).order_by("opened_at", "pk").values_list("pk", flat=True)
        )


def test_windows_of_days_leave_nothing_out(clerk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    scope = scopes(clerk)[0]
    monkeypatch.setattr(lists, "READ_BY_AGE", 0)
    # around the edges of every window, some at the first and last moment of a day
    days = [0, 1, 2, 3, 4, 13, 14, 15, 59, 60, 61, 89, 389, 390, 391, 420, 800]
    rows = list(WorkOrder.objects.order_by("pk"))
    for number, order in enumerate(rows):
        moment = LATER - timedelta(days=days[number % len(days)])
        order.opened_at = moment.replace(hour=0, minute=0, second=number) if number % 2 else moment
        order.opened_at = min(order.opened_at, LATER)
        order.save(update_fields=["opened_at"])
    for size in (2, 7, 50):
        for sort, falls in (("new", True), ("old", False)):
            truth = [
                o.pk
                for o in sorted(rows, key=lambda o: (o.opened_at, o.pk), reverse=falls)
                if "小区" in o.description
            ]
            seen: list[int] = []
            after = ""
            for _page in range(len(truth) + 1):
                filters = Filters(words="小区", status="all", sort=sort, after=after)
                page = _asked(scope, filters, clerk, size=size)
                seen += [order.pk for order in page.orders]
                after = page.older
                if not after:
                    break
            assert seen == truth, (size, sort)


@pytest.mark.parametrize("sort", list(queries.SORTS))
@pytest.mark.parametrize(
    "filters", [Filters(), Filters(words="小区"), Filters(status="all"), Filters(channel="web")]
)
def test_pages_follow_one_another_without_gap_or_repeat(clerk: Person, filters: Filters, sort: str) -> None:
    scope = scopes(clerk)[0]
    whole = [order.pk for order in _asked(scope, replace(filters, sort=sort), clerk).orders]
    seen: list[int] = []
    after = ""
    for _page in range(20):
        page = _asked(scope, replace(filters, sort=sort, after=after), clerk, size=4)
        seen += [order.pk for order in page.orders]
        after = page.older
        if not after:
            break
    assert seen == whole


def test_a_branch_finds_what_stands_below_it_also_after_a_correction(clerk: Person) -> None:
    scope, topics = scopes(clerk)[0], tree()
    leaf = next(topic for topic in topics.topics.values() if len(topics.line(topic.id)) > 1)
    root = topics.line(leaf.id)[0]
    order = WorkOrder.objects.order_by("pk").first()
    assert order is not None
    correcting.recategorise(order.pk, category_id=leaf.id, by=clerk, at=LATER)
    for wanted in (leaf.id, root.id):
        found = {o.pk for o in _asked(scope, Filters(category_id=wanted, status="all"), clerk).orders}
        assert order.pk in found
        assert found == {
            o.pk for o in WorkOrder.objects.all() if wanted in [t.id for t in topics.line(o.category_id)]
        }


def test_what_a_unit_shares_is_found_by_age_among_the_newest_of_all(
    clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = WorkOrder.objects.exclude(unit=None).values_list("unit_id", flat=True)[0]
    WorkOrder.objects.filter(pk__in=list(WorkOrder.objects.values_list("pk", flat=True)[::3])).update(
        joint=[unit]
    )
    shared = Scope("joint", "", Q(facets__contains=[str(unit)]), str(unit), ordered=False)
    truth = list(
        WorkOrder.objects.filter(joint__contains=[unit])
        .order_by("-opened_at", "-pk")
        .values_list("pk", flat=True)
    )
    for read_in_order in (5, 1200):
        monkeypatch.setattr(lists, "READ_IN_ORDER", read_in_order)
        monkeypatch.setattr(lists, "READ_BY_AGE", read_in_order)
        page = _asked(shared, Filters(status="all", sort="new"), clerk, size=4)
        assert [o.pk for o in page.orders] == truth[:4]


@pytest.mark.parametrize("read_by_age", [1, 400])
@pytest.mark.parametrize("sort", ["new", "old"])
def test_what_is_urgent_in_a_unit_is_found_in_the_order_of_its_own_index(
    clerk: Person, monkeypatch: pytest.MonkeyPatch, sort: str, read_by_age: int
) -> None:
    unit = WorkOrder.objects.exclude(unit=None).order_by("pk").values_list("unit_id", flat=True)[0]
    some = list(WorkOrder.objects.order_by("pk").values_list("pk", flat=True))
    WorkOrder.objects.filter(pk__in=some[1:]).update(unit=unit)
    WorkOrder.objects.filter(pk__in=some[::2]).update(urgent=True, appeal="help")
    WorkOrder.objects.filter(pk__in=some[::6]).update(appeal="advice")
    WorkOrder.objects.filter(pk__in=some[::4]).update(state="closed", open=False, next_due_at=None)
    mine = Scope("unit", "", Q(unit_id=unit), f"u{unit}", unit_id=unit)
    monkeypatch.setattr(lists, "READ_BY_AGE", read_by_age)
    urgent = WorkOrder.objects.filter(unit=unit, urgent=True)
    for status, rows, filters in (
        ("all", urgent, {}),
        ("closed", urgent.filter(open=False), {}),
        ("all", urgent.filter(appeal="help"), {"appeal": "help"}),
    ):
        way = "-" if sort == "new" else ""
        truth = list(rows.order_by(f"{way}opened_at", f"{way}pk").values_list("pk", flat=True))
        assert truth
        told = Filters(status=status, urgent=True, sort=sort, **filters)
        seen: list[int] = []
        for _page in range(len(truth)):
            page = _asked(mine, told, clerk, size=2)
            seen += [order.pk for order in page.orders]
            if not page.older:
                break
            told = replace(told, after=page.older)
        assert seen == truth


def test_a_short_queue_is_searched_at_once_where_its_first_rows_have_nothing(
    clerk: Person, monkeypatch: pytest.MonkeyPatch, statements: list[str]
) -> None:
    unit = WorkOrder.objects.exclude(unit=None).order_by("pk").values_list("unit_id", flat=True)[0]
    rows = list(WorkOrder.objects.order_by("pk").values_list("pk", flat=True))
    WorkOrder.objects.filter(pk__in=rows).update(unit=unit, channel="web")
    for pk in rows[::3]:
        WorkOrder.objects.filter(pk=pk).update(channel="counter", opened_at=LATER - timedelta(days=30 + pk))
    mine = Scope("unit", "", Q(unit_id=unit), f"u{unit}", unit_id=unit)
    wanted = WorkOrder.objects.filter(channel="counter").order_by("-opened_at", "-pk")
    truth, asked = list(wanted.values_list("pk", flat=True)), {}
    monkeypatch.setattr(lists, "READ_BY_AGE", 2)
    for short in (1, 10_000):
        monkeypatch.setattr(lists, "SHORT", short)
        statements.clear()
        page = _asked(mine, Filters(status="all", channel="counter", sort="new"), clerk)
        assert [order.pk for order in page.orders] == truth
        asked[short] = len(statements)
    assert asked[10_000] < asked[1] <= 8
    statements.clear()
    assert _asked(mine, Filters(status="all", channel="paper", sort="new"), clerk).orders == []
    assert len(statements) <= 4
