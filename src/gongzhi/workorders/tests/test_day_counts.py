"""Counts of days are what the orders are: whatever is done, in whatever order, by however many, folded or not."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from gongzhi.kit.acting import Actor
from gongzhi.kit.clock import stopped
from gongzhi.kit.errors import Refusal
from gongzhi.territory.ground import ground
from gongzhi.workorders import figures, jobs
from gongzhi.workorders.actions import archiving, folding
from gongzhi.workorders.figures import days
from gongzhi.workorders.models import DayCount, WorkOrder
from gongzhi.workorders.queries import scopes, units_standing
from gongzhi.workorders.tests.test_unit_figures import DAY, MONDAY, NEXT, SINCE, UNTIL, lived
from gongzhi.workorders.workflow import possible
from tests.cast import Cast
from tests.stage import act, bring, cast, neighbourhood, undone

__all__ = ["cast", "lived", "neighbourhood"]
pytestmark = pytest.mark.django_db

BY = Actor.for_service("sweep")
SPANS = [figure.code for figure in figures.figures() if figure.over == "span"]
#: By what boards, maps, briefs and reports ask.
ASKED: list[tuple[str, ...]] = [
    (), ("day",), ("month",), ("grid",), ("community",), ("street",), ("unit",), ("topic",), ("category",), ("channel",),
    ("appeal",), ("unit", "month"), ("grid", "day"), ("topic", "month"), ("state",), ("unit", "channel"),
]  # fmt: skip


def fold(**told: Any) -> int:
    return folding.fold(by=BY, at=NEXT, **told)


@contextmanager
def from_orders(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Within, nothing is added from counts of days."""
    with monkeypatch.context() as without:
        without.setattr(days, "kept", lambda *args, **told: None)
        yield


def told(tally: Any) -> dict[Any, dict[str, int]]:
    return {key: dict(counts) for key, counts in tally.items() if any(counts.values())}


def agree(monkeypatch: pytest.MonkeyPatch, division_id: int, *, at: datetime, since: datetime, until: datetime) -> int:  # fmt: skip
    """Every figure by every dimension, added from days and counted from orders; how many numbers were compared."""
    compared = 0
    unit = WorkOrder.objects.exclude(unit=None).values_list("unit_id", flat=True).first()
    category = WorkOrder.objects.exclude(category=None).values_list("category_id", flat=True).first()
    narrowed = [
        {}, {"channel": "web"}, {"topic": str(category)}, {"unit": str(unit)}, {"unit": "none"}, {"category": "none"},
        {"grid": "none"}, {"topic": str(category), "channel": "web"}, {"day": f"{since + 3 * DAY:%Y-%m-%d}"}, {"month": f"{since:%Y-%m}"},
    ]  # fmt: skip
    for by in ASKED:
        for narrow in narrowed if by in ((), ("grid",)) else [{}]:
            span: Any = {"division_id": division_id, "at": at, "since": since, "until": until, "by": by, "narrow": narrow}  # fmt: skip
            ours = told(figures.tally(SPANS, **span))
            with from_orders(monkeypatch):
                theirs = told(figures.tally(SPANS, **span))
            assert ours == theirs, (by, narrow)
            compared += sum(len(counts) for counts in ours.values())
    return compared


@pytest.mark.parametrize("folded", [0, 7, 100_000], ids=["news", "some folded", "all folded"])
def test_every_figure_is_the_same_from_days_and_from_orders(
    lived: Cast, monkeypatch: pytest.MonkeyPatch, folded: int
) -> None:
    with undone(), stopped(NEXT + DAY):
        if folded:
            assert fold(most=folded)
        assert folding.differences() == []
        street = lived.street.pk
        district = ground().areas[street].parent_id or 0
        odd = timedelta(hours=5, minutes=17)
        for division, at, since, until in (
            (street, UNTIL, SINCE, UNTIL), (district, NEXT, SINCE, NEXT),
            # neither begins nor ends at midnight; counted as of a moment in the middle; a single day
            (street, UNTIL + odd, SINCE + odd, UNTIL + odd), (street, UNTIL - 9 * DAY + odd, SINCE, UNTIL),
            (street, UNTIL, UNTIL - 12 * DAY, UNTIL - 11 * DAY), (lived.haitang.pk, UNTIL, SINCE, UNTIL),
        ):  # fmt: skip
            assert agree(monkeypatch, division, at=at, since=since, until=until) or until - since <= DAY


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_done_the_days_follow(neighbourhood: Cast, seed: int) -> None:
    """Random steps days apart, merged and taken back, moved and archived, with folding at random moments."""
    chance = random.Random(seed)
    with undone(), stopped(MONDAY) as handle:
        at, orders = MONDAY, [bring(neighbourhood, "assigned", at=MONDAY).pk for _n in range(5)]
        orders += [bring(neighbourhood, "closed", at=MONDAY).pk, bring(neighbourhood, "triage", at=MONDAY).pk]
        taken: set[str] = set()
        for _turn in range(60):
            at += timedelta(minutes=chance.choice((1, 7, 300, 3000, 9000)))
            handle.set(at)
            order = WorkOrder.objects.get(pk=chance.choice(orders))
            verb = chance.choice(sorted({step.verb for step in possible(order)} | {"moved", "folded"}))
            try:
                with transaction.atomic():
                    if verb == "folded":
                        fold(most=chance.choice((1, 3, 1000)))
                    elif verb == "moved":
                        to = chance.choice([neighbourhood.grid_1.pk, None])
                        WorkOrder.objects.filter(pk=order.pk).update(grid=to, urgent=chance.random() < 0.5)
                    else:
                        act(neighbourhood, verb, order.pk, at=at)
                taken.add(verb)
            except (Refusal, DatabaseError, AssertionError, KeyError, TypeError):
                continue
        handle.set(at + timedelta(days=900))
        assert archiving.archive((at + timedelta(days=900)).year, by=BY, at=at + timedelta(days=900)) or True
        assert len(taken) > 12
        assert folding.differences() == []
        while fold(most=11):
            pass
        assert folding.differences() == [] and not DayCount.objects.filter(book="").exists()
        assert not DayCount.objects.filter(n=0).exists()


def test_archiving_and_retrieving_move_no_count(lived: Cast) -> None:
    with undone(), stopped(NEXT + 900 * DAY):
        fold()
        before = list(DayCount.objects.order_by("pk").values_list())
        assert archiving.archive((NEXT + 900 * DAY).year, by=BY, at=NEXT + 900 * DAY)
        assert list(DayCount.objects.order_by("pk").values_list()) == before


def test_what_is_deleted_is_taken_off(lived: Cast) -> None:
    with undone():
        fold()
        had = DayCount.objects.filter(base="opened", book="place").count()
        assert had
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT gone; SET CONSTRAINTS ALL DEFERRED; DELETE FROM workorders_workorder")
            fold()
            assert not DayCount.objects.exists()
            cursor.execute("ROLLBACK TO SAVEPOINT gone")


def test_the_command_tells_and_mends(lived: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    with undone(), stopped(NEXT + DAY):
        fold()
        row = DayCount.objects.filter(book="unit", base="due").order_by("pk").first()
        assert row is not None
        DayCount.objects.filter(pk=row.pk).update(n=row.n + 2)
        assert [(one.book, one.base, one.day, one.n) for one in folding.differences()] == [
            ("unit", "due", row.day, 2)
        ]
        with pytest.raises(CommandError, match="due/unit"):
            call_command("recount")
        call_command("recount", mend=True)
        call_command("recount")
        assert folding.differences() == []
        assert "0" in capsys.readouterr().out


def test_a_month_is_added_from_few_rows_in_one_statement(lived: Cast, statements: list[str]) -> None:
    def asked(codes: tuple[str, ...], since: datetime, by: str) -> list[str]:
        statements.clear()
        span: Any = {"division_id": lived.street.pk, "at": UNTIL, "since": since, "until": UNTIL}
        figures.tally(codes, **span, by=(by,))
        return [one for one in statements if "workorders_" in one and "FROM" in one]

    with undone():
        fold()
        (one,) = asked(("received",), SINCE, "grid")
        assert "workorders_daycount" in one and "workorders_workorder" not in one
        (one,) = asked(("owed", "on_time"), SINCE + timedelta(hours=1), "unit")
        assert one.count("UNION ALL") == 1 and "workorders_daycount" in one


def test_units_are_rated_by_the_same_figures(lived: Cast) -> None:
    with undone():
        span: Any = {"at": NEXT, "since": NEXT - 90 * DAY, "until": NEXT}
        found = figures.tally(("rated", "solved"), division_id=lived.street.pk, by=("unit",), **span)
        wanted = {unit: (n["rated"], n["solved"]) for (unit,), n in found.items() if n["rated"]}
        assert wanted
        for person, mine in (
            (lived.clerk, wanted),
            (lived.road_head, {lived.roads.pk: wanted[lived.roads.pk]}),
        ):
            rows = units_standing(scopes(person)[0], now=NEXT)
            assert {r["unit_id"]: (r["rated"], r["solved"]) for r in rows if r["rated"]} == mine


def test_the_job_folds_what_is_worth_it(lived: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with undone():
        news = DayCount.objects.filter(book="").count()
        assert news > 20
        with stopped(NEXT + timedelta(hours=9)):
            assert jobs.fold_counts(0) == 0
            monkeypatch.setattr(folding, "WORTH", 10)
            monkeypatch.setattr(folding, "MOST", 15)
            assert jobs.fold_counts(0) == news
            assert folding.differences() == []
        with stopped(NEXT + timedelta(hours=3)):
            assert jobs.fold_counts(0) == 0


def test_what_is_imported_with_its_own_dates_is_counted_on_them(cast: Cast, tmp_path: Path) -> None:
    fold()
    rows = ["编号,内容,反映时间,期限,办结时间"]
    rows += [
        f"{n},路灯不亮请来修,2021-03-{n:02d},2021-03-{n + 5:02d},2021-03-{n + 4:02d}" for n in range(1, 20)
    ]
    path = tmp_path / "history.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    call_command("import_workorders", str(path), kind="history", stdout=StringIO(), stderr=StringIO())
    assert folding.differences() == []
    span: Any = {"division_id": cast.street.pk, "at": NEXT, "since": datetime(2021, 2, 1, tzinfo=UTC), "until": datetime(2021, 5, 1, tzinfo=UTC)}  # fmt: skip
    for _folded in (False, True):
        found = figures.tally(("received", "closed", "on_time"), **span)
        assert found == {(): {"received": 19, "closed": 19, "on_time": 19}}
        fold()
