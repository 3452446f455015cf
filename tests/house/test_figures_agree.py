"""One name, one number: board, brief, report and evaluation of the same month and unit agree wherever they carry the
same name, and what is counted stands in the orders as the record has it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from gongzhi.evaluation import manifests, queries
from gongzhi.kit.clock import stopped
from gongzhi.kit.errors import Refusal
from gongzhi.matters.figures import Selection
from gongzhi.observation.actions import briefs
from gongzhi.observation.queries import board, rooms
from gongzhi.territory.ground import ground
from gongzhi.workorders import figures, promises
from gongzhi.workorders.actions import folding
from gongzhi.workorders.figures import units
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.tests.test_unit_figures import DAY, MONDAY, NEXT, SINCE, UNTIL, lived  # noqa: F401
from gongzhi.workorders.workflow import possible
from tests.cast import Cast
from tests.stage import act, bring, cast, neighbourhood, undone  # noqa: F401

pytestmark = pytest.mark.django_db
OCTOBER = date(2026, 10, 1)


def test_figures_of_one_name_are_one_number(lived: Cast) -> None:  # noqa: F811
    """Whatever the board and the evaluation call the same, they count the same: unit by unit, month by month."""
    ours = {figure.label: figure for figure in figures.figures() if figure.over == "span"}
    theirs = {figure.label: figure for figure in units.names()}
    shared = [label for label in ours if label in theirs]
    assert {"应结", "按期结案"} <= set(shared)
    for label in shared:
        assert ours[label].explained == theirs[label].explained, label
    for since, until in ((SINCE, UNTIL), (UNTIL, NEXT)):
        of_board = figures.tally(
            [ours[label].code for label in shared] + ["owed", "late_done", "owing"],
            division_id=lived.street.pk, at=until, since=since, until=until, by=("unit",),
        )  # fmt: skip
        of_units = units.unit_figures(since, until, area_id=lived.street.pk)
        assert {key[0] for key, n in of_board.items() if n["due"]} == {
            u for u, n in of_units.items() if n["due"]
        }
        for unit, counts in of_units.items():
            told = of_board.get((unit,), {})
            for label in shared:
                assert told.get(ours[label].code, 0) == counts[theirs[label].code], (unit, label)
            # the sums that the names promise
            owed = told.get("owed", 0)
            assert owed == counts["due"] - counts["suspended"]
            assert told.get("on_time", 0) + told.get("late_done", 0) == counts["closed"]
            assert owed == counts["closed"] + told.get("owing", 0)


def test_board_brief_and_evaluation_say_the_same_rate(lived: Cast) -> None:  # noqa: F811
    """按期结案率 of a whole month, unit by unit, from three windows, with the same two numbers under it."""
    kind, street = rooms.kind_of(""), lived.street.pk
    found = {one.name: one for one in queries.computed(street, OCTOBER, now=NEXT)}
    lines = {
        name: next((x["good"], x["cases"]) for x in one.lines if x["code"] == "on_time")
        for name, one in found.items()
    }
    wanted = {name: pair for name, pair in lines.items() if pair[1]}
    with undone():
        brief = briefs.make(street, "month", OCTOBER, by=lived.clerk, at=NEXT)
        assert {name: (on_time, owed) for name, owed, on_time in brief.figures["units"]} == wanted
        now = brief.figures["totals"]["now"]
        nobody = units.unit_figures(SINCE, UNTIL, area_id=street).get(None, dict.fromkeys(units.BY_CODE, 0))
        assert now["owed"] == sum(n for _k, n in wanted.values()) + nobody["due"] - nobody["suspended"]
        assert now["on_time"] == sum(k for k, _n in wanted.values()) + nobody["on_time"]
    # the board counts thirty days up to now: the evaluation of just these says the same
    since = UNTIL - timedelta(days=board.UNIT_DAYS)
    told = board.count(kind, ground().areas[street], UNTIL)["units"]
    theirs = units.unit_figures(since, UNTIL, area_id=street)
    assert {unit: (owed, kept) for unit, owed, kept, _owing in told} == {
        unit: (n["due"] - n["suspended"], n["on_time"])
        for unit, n in theirs.items()
        if n["due"] > n["suspended"]
    }


def test_the_list_behind_is_the_same_list(lived: Cast) -> None:  # noqa: F811
    for code in ("due", "on_time"):
        chosen = Selection(code, lived.street.pk, UNTIL, SINCE, UNTIL, (("unit", str(lived.roads.pk)),))
        rows, count = figures.listed(chosen, by=lived.clerk, size=500)
        theirs = manifests.matters_behind(
            code, OCTOBER, unit_id=lived.roads.pk, area_id=lived.street.pk, now=NEXT
        )
        assert count == len(rows) and {row.id for row in rows} == {order for order, _at in theirs}


def differences() -> list[tuple[int, promises.Counted, promises.Counted]]:
    return [row for row in promises.derived() if row[1] != row[2]]


def test_what_is_counted_is_what_the_record_says(lived: Cast) -> None:  # noqa: F811
    assert differences() == []


@pytest.mark.parametrize("seed", range(4))
def test_random_steps_leave_nothing_behind(neighbourhood: Cast, seed: int) -> None:  # noqa: F811
    """Whatever is done to orders, in whatever order and however late: columns and record say the same."""
    chance = random.Random(seed)
    with undone(), stopped(MONDAY) as handle:
        at, orders = MONDAY, [bring(neighbourhood, "assigned", at=MONDAY).pk for _n in range(6)]
        orders += [bring(neighbourhood, "triage", at=MONDAY).pk]
        taken = 0
        for _turn in range(70):
            # sometimes minutes, sometimes so many days that a promise has run out meanwhile
            at += timedelta(minutes=chance.choice((1, 7, 300, 3000, 9000)))
            handle.set(at)
            order = WorkOrder.objects.get(pk=chance.choice(orders))
            verbs = sorted(
                {step.verb for step in possible(order)} - {"dispute", "split", "rejoin", "fold", "merge"}
            )
            verb = "dispatch" if order.state == "triage" and chance.random() < 0.4 else chance.choice(verbs)
            more = {"unit_id": neighbourhood.gardens.pk} if verb in ("dispatch", "redispatch") else {}
            try:
                with transaction.atomic():
                    act(neighbourhood, verb, order.pk, at=at, **more)
                taken += 1
            except (Refusal, DatabaseError, AssertionError, KeyError, TypeError):
                continue
        assert taken > 25
        assert differences() == [] and folding.differences() == []


def test_the_command_finds_and_mends_what_is_wrong(lived: Cast, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    with undone():
        one = WorkOrder.objects.filter(promised_at__isnull=False).order_by("pk").first()
        assert one is not None
        WorkOrder.objects.filter(pk=one.pk).update(promised_at=NEXT, owed_by=lived.gardens)
        with pytest.raises(CommandError, match="1"):
            call_command("recount")
        call_command("recount", mend=True)
        call_command("recount")
        assert differences() == []
        assert one.number in capsys.readouterr().out


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with stopped(NEXT + DAY):
        yield
