"""Figures of units: each definition counted again by hand from entries, promises, requests and ratings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gongzhi.journal.models import Entry
from gongzhi.kit.clock import stopped
from gongzhi.matters.models import Deadline
from gongzhi.workorders.figures.units import BY_CODE, COUNTED, names, unit_figures, unit_orders, unit_rows
from gongzhi.workorders.models import Category, Rating, Request, WorkOrder
from gongzhi.workorders.tables import tree
from tests.cast import Cast
from tests.stage import act, bring, cast, neighbourhood, undone  # noqa: F401

pytestmark = pytest.mark.django_db

#: Monday 5 October 2026, 10:00 in the town, is a day of rest; the 12th is not.
MONDAY = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)
SINCE, UNTIL = datetime(2026, 9, 30, 16, tzinfo=UTC), datetime(2026, 10, 31, 16, tzinfo=UTC)
NEXT = datetime(2026, 11, 30, 16, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def lived(neighbourhood: Cast, django_db_blocker: pytest.FixtureRequest) -> Iterator[Cast]:  # noqa: F811
    """Two months of a small street: everything that a figure speaks of happens at least once."""
    with django_db_blocker.unblock(), undone(), stopped(NEXT + DAY):  # type: ignore[attr-defined]
        _live(neighbourhood)
        yield neighbourhood


def _live(cast: Cast) -> None:  # noqa: F811
    for number in range(6):
        bring(cast, "closed", at=MONDAY + number * timedelta(hours=1))
    # never answered, and answered far too late
    bring(cast, "in_hand", at=MONDAY)
    late = bring(cast, "in_hand", at=MONDAY)
    act(cast, "answer", late.pk, at=MONDAY + 25 * DAY)
    # failed once, disputed twice more, reopened: four times over again, in two months
    again = bring(cast, "answered", at=MONDAY)
    act(cast, "fail_check", again.pk, at=MONDAY + DAY)
    act(cast, "answer", again.pk, at=MONDAY + 2 * DAY)
    act(cast, "pass_check", again.pk, at=MONDAY + 2 * DAY)
    act(cast, "dispute", again.pk, at=MONDAY + 3 * DAY)
    act(cast, "answer", again.pk, at=MONDAY + 4 * DAY)
    act(cast, "pass_check", again.pk, at=MONDAY + 4 * DAY)
    act(cast, "dispute", again.pk, at=MONDAY + 5 * DAY)
    act(cast, "answer", again.pk, at=MONDAY + 6 * DAY)
    act(cast, "pass_check", again.pk, at=MONDAY + 6 * DAY)
    act(cast, "confirm", again.pk, at=MONDAY + 7 * DAY)
    act(cast, "reopen", again.pk, at=MONDAY + 8 * DAY)
    # ratings: satisfied, not solved, and one that does not count
    for satisfied, solved in ((5, True), (4, True), (2, False)):
        order = bring(cast, "released", at=MONDAY)
        act(cast, "confirm", order.pk, at=MONDAY + DAY, solved=solved, satisfied=satisfied)
    called = bring(cast, "released", at=MONDAY)
    act(cast, "visit", called.pk, at=MONDAY + DAY)
    quiet = bring(cast, "released", at=MONDAY)
    Category.objects.filter(pk=quiet.category_id).update(counts_satisfaction=False)
    from gongzhi.kit import revision

    revision.forget()
    act(cast, "confirm", quiet.pk, at=MONDAY + DAY)
    Category.objects.filter(pk=quiet.category_id).update(counts_satisfaction=True)
    revision.forget()
    # extended, asked for and refused, suspended, returned, given to somebody else after it was late
    longer = bring(cast, "in_hand", at=MONDAY)
    act(cast, "ask_extension", longer.pk, at=MONDAY + DAY, until=datetime(2026, 11, 10).date())
    act(cast, "grant_extension", longer.pk, at=MONDAY + DAY)
    refused = bring(cast, "in_hand", at=MONDAY)
    act(cast, "ask_extension", refused.pk, at=MONDAY + DAY)
    act(cast, "refuse_extension", refused.pk, at=MONDAY + DAY)
    bring(cast, "suspended", at=MONDAY)
    returned = bring(cast, "in_hand", at=MONDAY)
    act(cast, "ask_return", returned.pk, at=MONDAY + DAY)
    act(cast, "grant_return", returned.pk, at=MONDAY + DAY)
    act(cast, "dispatch", returned.pk, unit_id=cast.gardens.pk, at=MONDAY + 2 * DAY)
    passed_on = bring(cast, "in_hand", at=MONDAY)
    act(cast, "redispatch", passed_on.pk, at=MONDAY + 45 * DAY)
    # what owes nothing
    for state in ("merged", "withdrawn", "waiting", "voided"):
        bring(cast, state, at=MONDAY)
    bring(cast, "triage", at=MONDAY)
    # something urgent
    urgent = bring(cast, "assigned", at=MONDAY)
    WorkOrder.objects.filter(pk=urgent.pk).update(urgent=True)
    act(cast, "accept", urgent.pk, at=MONDAY + timedelta(minutes=20))
    act(cast, "answer", urgent.pk, at=MONDAY + timedelta(hours=2))


# ---- the same once more, by hand


def held_by(order_id: int, moment: datetime) -> int | None:
    """Who had an order at a moment, read entry by entry."""
    unit: int | None = None
    for entry in Entry.objects.filter(thread_id=order_id).order_by("position"):
        if entry.at > moment:
            break
        verb = entry.verb.partition(".")[2]
        if verb in ("dispatch", "redispatch"):
            unit = entry.detail["unit_id"]
        elif verb in ("grant_return", "restore"):
            unit = None
    return unit


def by_hand(since: datetime, until: datetime) -> dict[int | None, Counter[str]]:
    """Every figure, row by row in memory."""
    found: dict[int | None, Counter[str]] = {}

    def count(unit: int | None, code: str) -> None:
        found.setdefault(unit, Counter())[code] += 1

    orders = {order.pk: order for order in WorkOrder.objects.all()}
    reworks: dict[int, list[datetime]] = {}
    for row in Deadline.objects.order_by("starts_at"):
        order = orders[row.matter_id]
        topic = tree().topics.get(order.category_id or 0)
        still = row.paused_at is not None and row.paused_at <= row.due_at
        if row.promise == "rework" and order.state != "voided":
            earlier = reworks.setdefault(row.matter_id, [])
            if since <= row.starts_at < until:
                count(
                    held_by(row.matter_id, row.starts_at),
                    "reworked" if len(earlier) < 2 else "reworked_often",
                )
            earlier.append(row.starts_at)
        if row.cancelled_at or not since <= row.due_at < until:
            continue
        if order.state in ("merged", "withdrawn", "declined", "voided") or (
            still and order.state != "suspended"
        ):
            continue
        kept = row.met_at is not None and row.met_at <= row.due_at
        unit = held_by(row.matter_id, min(row.due_at, row.met_at) if row.met_at else row.due_at)
        if row.promise == "accept" and (topic is None or topic.counts_satisfaction):
            count(unit, "to_respond")
            if kept:
                count(unit, "responded")
        if row.promise == "answer":
            count(unit, "due")
            if still:
                count(unit, "suspended")
            done = row.met_at is not None and row.met_at < until
            for prefix in ("", "urgent_") if order.urgent and not still else ("",):
                if prefix:
                    count(unit, "urgent_due")
                if done:
                    count(unit, f"{prefix}closed")
                if kept:
                    count(unit, f"{prefix}on_time")
    for request in Request.objects.all():
        ask, grant = {"return": ("asked_return", "returned"), "extend": ("asked_extension", "extended")}.get(
            request.kind, ("", "")
        )
        if ask and since <= request.asked_at < until:
            count(request.unit_id, ask)
        if (
            grant
            and request.state == "granted"
            and request.decided_at
            and since <= request.decided_at < until
        ):
            count(request.unit_id, grant)
    for rating in Rating.objects.filter(at__gte=since, at__lt=until):
        if not rating.counts:
            count(rating.unit_id, "not_rated_on")
            continue
        count(rating.unit_id, "rated")
        if rating.by_visit:
            count(rating.unit_id, "rated_by_visit")
        if rating.solved:
            count(rating.unit_id, "solved")
        if rating.satisfied >= 4:
            count(rating.unit_id, "satisfied")
    return found


@pytest.mark.parametrize("figure", [one.said.code for one in COUNTED])
@pytest.mark.parametrize(("since", "until"), [(SINCE, UNTIL), (UNTIL, NEXT)], ids=["october", "november"])
def test_each_figure_is_what_counting_by_hand_gives(
    lived: Cast, figure: str, since: datetime, until: datetime
) -> None:
    ours = {unit: counts[figure] for unit, counts in unit_figures(since, until).items() if counts[figure]}
    theirs = {unit: counts[figure] for unit, counts in by_hand(since, until).items() if counts[figure]}
    assert ours == theirs


def test_the_scene_has_something_for_every_figure(lived: Cast) -> None:
    seen: Counter[str] = Counter()
    for counts in unit_figures(SINCE, NEXT).values():
        seen.update(counts)
    assert [code for code in BY_CODE if not seen[code]] == []


def test_known_numbers_of_the_road_unit(lived: Cast) -> None:
    october = unit_figures(SINCE, UNTIL)[lived.roads.pk]
    assert october["reworked"] == 2 and october["reworked_often"] == 2
    assert (october["asked_extension"], october["extended"], october["returned"]) == (2, 1, 1)
    assert (october["rated"], october["solved"], october["satisfied"]) == (5, 4, 4)
    assert october["not_rated_on"] == 1
    assert (october["suspended"], october["urgent_due"], october["urgent_on_time"]) == (1, 1, 1)
    assert october["due"] > october["closed"] >= october["on_time"] > 0
    # extended beyond the month: due in the next one
    assert unit_figures(UNTIL, NEXT)[lived.roads.pk]["due"] >= 1


@pytest.mark.parametrize("figure", list(BY_CODE))
def test_every_figure_is_the_length_of_its_list(lived: Cast, figure: str) -> None:
    for unit, counts in unit_figures(SINCE, UNTIL).items():
        rows = unit_orders(figure, SINCE, UNTIL, unit_id=unit)
        assert len(rows) == counts[figure]
        assert rows == sorted(rows, key=lambda row: (row[1], row[0]))


def test_lateness_stays_with_whoever_had_it_then(lived: Cast) -> None:
    """Given to the gardens long after it was late, it is the road unit's late order for good."""
    order = Entry.objects.filter(verb="workorders.redispatch").order_by("-at").first()
    assert order is not None
    due = [o for o, _at in unit_orders("due", SINCE, UNTIL, unit_id=lived.roads.pk)]
    assert order.thread_id in due
    assert order.thread_id not in [o for o, _at in unit_orders("due", SINCE, NEXT, unit_id=lived.gardens.pk)]


def test_what_the_future_brings_does_not_change_a_month(lived: Cast) -> None:
    """October as it was at its end: answers and ratings of November change nothing in it."""
    before = unit_figures(SINCE, UNTIL)
    with undone():
        waiting = unit_orders("due", SINCE, UNTIL, unit_id=lived.roads.pk)
        on_time = {o for o, _at in unit_orders("closed", SINCE, UNTIL, unit_id=lived.roads.pk)}
        open_one = next(
            o for o, _at in waiting if o not in on_time and WorkOrder.objects.get(pk=o).state == "in_hand"
            and WorkOrder.objects.get(pk=o).unit_id == lived.roads.pk
        )  # fmt: skip
        act(lived, "answer", open_one, at=UNTIL + 3 * DAY)
        act(lived, "pass_check", open_one, at=UNTIL + 4 * DAY)
        act(lived, "confirm", open_one, at=UNTIL + 5 * DAY)
        assert unit_figures(SINCE, UNTIL) == before


def test_an_appeal_takes_orders_out_of_one_unit_only(lived: Cast) -> None:
    before = unit_figures(SINCE, UNTIL)
    out = unit_orders("on_time", SINCE, UNTIL, unit_id=lived.roads.pk)[0][0]
    after = unit_figures(SINCE, UNTIL, without=[(lived.roads.pk, out)])
    assert after[lived.roads.pk]["due"] == before[lived.roads.pk]["due"] - 1
    assert after[lived.roads.pk]["on_time"] == before[lived.roads.pk]["on_time"] - 1
    assert unit_figures(SINCE, UNTIL, without=[(lived.gardens.pk, out)]) == before


def test_an_area_counts_its_own_orders(lived: Cast) -> None:
    whole = unit_figures(SINCE, UNTIL)
    assert unit_figures(SINCE, UNTIL, area_id=lived.street.pk) == whole
    district = lived.street.parent_id
    assert district is not None
    assert unit_figures(SINCE, UNTIL, area_id=district) == whole
    assert unit_figures(SINCE, UNTIL, area_id=lived.tingtao.pk) == {}
    assert unit_orders("due", SINCE, UNTIL, unit_id=lived.roads.pk, area_id=district) == unit_orders(
        "due", SINCE, UNTIL, unit_id=lived.roads.pk
    )


def test_six_statements_and_each_has_an_index(lived: Cast, statements: list[str]) -> None:
    from django.db import connection

    unit_figures(SINCE, UNTIL, area_id=lived.street.pk)
    statements.clear()
    unit_figures(SINCE, UNTIL, area_id=lived.street.pk)
    counted = [text for text in statements if "kit_revision" not in text]
    assert len(counted) == 6
    statements.clear()
    unit_orders("due", SINCE, UNTIL, unit_id=lived.roads.pk)
    assert len(statements) == 1
    # with the scan of whole tables forbidden, each is answered by the index of its span
    wanted = {
        "promised_",  # by street or by community: in a small table both cost the same
        "deadline_by_due",
        "rating_by_moment",
        "ledger_by_kind",
        "ledger_by_decision",
    }
    from gongzhi.workorders.figures.units import SOURCES

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plans = ""
        for name, rows in SOURCES.items():
            area = lived.street.pk if name == "answers" else None
            sql, params = rows(SINCE, UNTIL, area).order_by().values("held_by").query.sql_with_params()
            cursor.execute(f"EXPLAIN {sql}", params)
            plans += "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("SET LOCAL enable_seqscan = on")
    assert {name for name in wanted if name not in plans} == set(), plans


def test_a_reader_opens_only_what_they_may_see(lived: Cast) -> None:
    orders = [order for order, _at in unit_orders("due", SINCE, UNTIL, unit_id=lived.roads.pk)]
    rows, count = unit_rows(orders, by=lived.clerk, now=NEXT, size=3)
    assert len(rows) == 3 and count == len(set(orders))
    assert unit_rows(orders, by=lived.gardener, now=NEXT)[1] <= 1
    assert unit_rows(orders, by=lived.macao_resident, now=NEXT) == ([], 0)


def test_every_figure_says_what_it_is(lived: Cast) -> None:
    for figure in names():
        assert figure.label and figure.explained.endswith("。"), figure.code
