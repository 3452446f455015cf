"""Closed years leave every day's lists; what is archived is still found, read, printed, counted and forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from gongzhi.journal.books import changes_of
from gongzhi.journal.models import Entry
from gongzhi.journal.queries import holds
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, Invalid, NotFound
from gongzhi.matters.models import Link
from gongzhi.workorders import figures, queries
from gongzhi.workorders.actions import archiving, correcting, erasing
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.queries import Filters, archived_years, list_orders, scopes
from gongzhi.workorders.tables import tree
from gongzhi.workorders.workflow import WORKFLOW, possible
from tests.cast import WEDNESDAY, Cast
from tests.stage import act, bring, cast, everything, neighbourhood

__all__ = ["cast", "neighbourhood"]
pytestmark = pytest.mark.django_db

CLERKWORK = Actor.for_service("archive")
LONG_AFTER = WEDNESDAY + timedelta(days=800)
YEAR = WEDNESDAY.year


@pytest.fixture
def clerk(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.accounts["clerk"])
    return client


@pytest.fixture
def resident(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.accounts["resident"])
    return client


@pytest.fixture
def orders(cast: Cast) -> dict[str, WorkOrder]:
    """One that is closed, one that was declined, one that nobody has finished; all of the same day."""
    return {state: bring(cast, state) for state in ("closed", "declined", "assigned")}


def archive(**told: Any) -> int:
    return archiving.archive(YEAR + 1, by=CLERKWORK, at=LONG_AFTER, **told)


def found(cast: Cast, **told: Any) -> set[int]:
    page = list_orders(scopes(cast.clerk)[0], Filters(**told), by=cast.clerk, now=LONG_AFTER)
    return {order.pk for order in page.orders}


def fresh(order: WorkOrder) -> WorkOrder:
    return WorkOrder.objects.select_related("matter__thread").get(pk=order.pk)


def test_what_is_closed_leaves_the_lists_and_is_found_under_its_year(
    cast: Cast, orders: dict[str, WorkOrder]
) -> None:
    shut = {orders["closed"].pk, orders["declined"].pk}
    assert archive() == 2
    assert {order.pk: order.archived for order in WorkOrder.objects.all()} == {
        **dict.fromkeys(shut, YEAR),
        orders["assigned"].pk: None,
    }
    for told in ({"status": "all"}, {"status": "closed"}, {"words": "下水道", "status": "all"}):
        wanted = {orders["closed"].pk} if "words" in told else shut
        for sort in queries.SORTS:
            assert not shut & found(cast, sort=sort, **told), (told, sort)
            assert found(cast, sort=sort, archived=YEAR, **told) == wanted, (told, sort)
    assert found(cast, archived=YEAR, status="declined") == {orders["declined"].pk}
    assert found(cast, archived=YEAR, words="没有的词") == set()
    assert found(cast, archived=YEAR - 1) == set()
    assert found(cast, status="open") == {orders["assigned"].pk}
    assert archived_years() == (YEAR,)


def test_a_number_finds_its_order_wherever_it_lies(
    cast: Cast, orders: dict[str, WorkOrder], clerk: Client
) -> None:
    archive()
    order = orders["closed"]
    assert queries.get_order_by_number(order.number, by=cast.clerk).pk == order.pk
    assert order.pk in found(cast, words=order.number[-6:], status="all")
    answer = clerk.get(reverse("workorders:desk"), {"q": order.number})
    assert answer.status_code == 302 and answer["Location"] == reverse(
        "workorders:desk_order", args=[order.pk]
    )


def test_the_order_its_thread_and_its_proof_stay_what_they_were(
    cast: Cast, orders: dict[str, WorkOrder]
) -> None:
    order = orders["closed"]
    before = everything(order.pk)
    archive()
    after = everything(order.pk)
    assert after.pop("order")[0] == {**before.pop("order")[0], "archived": YEAR}
    assert after == before
    assert holds(order.pk).ok


def test_numbers_of_past_months_are_the_same_afterwards(cast: Cast, orders: dict[str, WorkOrder]) -> None:
    def numbers() -> Any:
        span = {"since": WEDNESDAY - timedelta(days=1), "until": WEDNESDAY + timedelta(days=60)}
        codes = [one.code for one in figures.figures()]
        areas = (cast.street.pk, cast.haitang.pk, cast.grid_1.pk)
        return [
            figures.tally(codes, division_id=area, at=LONG_AFTER, by=by, **span)
            for area in areas
            for by in ((), ("unit",), ("day", "channel"))
        ] + [figures.began(cast.street.pk)]

    before = numbers()
    assert any(counts.get("received") for tally in before[:-1] for counts in tally.values())
    archive()
    assert numbers() == before


def test_it_is_read_printed_handed_out_and_listed_as_ones_own(
    cast: Cast, orders: dict[str, WorkOrder], clerk: Client, resident: Client
) -> None:
    order = orders["closed"]
    archive()
    page = clerk.get(reverse("workorders:desk_order", args=[order.pk]))
    assert f"{YEAR} 年办结的，已经归档" in page.content.decode()
    assert clerk.get(reverse("workorders:desk_paper", args=[order.pk])).status_code == 200
    shown = clerk.get(reverse("workorders:desk"), {"archived": YEAR}).content.decode()
    assert f"/desk/{order.pk}/" in shown
    sheet = clerk.get(reverse("workorders:desk_export", args=["csv"]), {"archived": YEAR})
    assert order.number in b"".join(sheet.streaming_content).decode()  # type: ignore[attr-defined]
    assert (
        f"/desk/{order.pk}/"
        not in clerk.get(reverse("workorders:desk"), {"status": "closed"}).content.decode()
    )
    own = resident.get(reverse("counter:mine")).content.decode()
    assert reverse("workorders:order", args=[order.pk]) in own
    mine = resident.get(reverse("workorders:order", args=[order.pk])).content.decode()
    assert "已经归档" in mine


def test_nothing_is_done_with_it_until_a_clerk_takes_it_out(cast: Cast, orders: dict[str, WorkOrder]) -> None:
    order = orders["closed"]
    archive()
    assert [step.verb for step in possible(fresh(order))] == ["retrieve"]
    for step in WORKFLOW.possible("closed"):
        if step.verb in ("retrieve", "visit", "rate"):
            continue
        with pytest.raises(Conflict) as refused:
            act(cast, step.verb, order.pk, at=WEDNESDAY + timedelta(hours=2))
        assert refused.value.code in ("archived", "reopen_window"), step.verb
    with pytest.raises((Forbidden, NotFound)):
        archiving.retrieve(order.pk, reason="再办", by=cast.road_worker, at=LONG_AFTER)
    with pytest.raises(Invalid):
        archiving.retrieve(order.pk, reason=" ", by=cast.clerk, at=LONG_AFTER)
    archiving.retrieve(order.pk, reason="居民又来反映", by=cast.clerk, at=LONG_AFTER)
    assert fresh(order).archived is None and order.pk in found(cast, status="closed")
    entry = Entry.objects.filter(thread_id=order.pk).order_by("-position")[0]
    assert (entry.verb, entry.detail, entry.text) == ("workorders.retrieve", {"year": YEAR}, "居民又来反映")
    with pytest.raises(Conflict) as refused:
        archiving.retrieve(order.pk, reason="再取一次", by=cast.clerk, at=LONG_AFTER)
    assert refused.value.code == "not_standing_open"


def test_what_ended_lately_rests_and_a_year_that_runs_is_not_over(
    cast: Cast, orders: dict[str, WorkOrder]
) -> None:
    soon = datetime(YEAR + 1, 1, 2, tzinfo=WEDNESDAY.tzinfo)
    assert archiving.archive(YEAR + 1, by=CLERKWORK, at=soon) == 0
    assert archiving.archive(YEAR, by=CLERKWORK, at=LONG_AFTER) == 0
    with pytest.raises(Invalid) as refused:
        archiving.archive(LONG_AFTER.year + 1, by=CLERKWORK, at=LONG_AFTER)
    assert refused.value.code == "year_not_over"


def test_what_was_merged_waits_for_the_answer_to_both(cast: Cast) -> None:
    order = bring(cast, "merged")
    main = WorkOrder.objects.get(pk=Link.objects.get(origin_id=order.pk).target_id)
    assert main.open and archive() == 0 and archiving.waiting(YEAR + 1, at=LONG_AFTER) == {}
    for verb in ("accept", "answer", "pass_check", "lapse"):
        act(cast, verb, main.pk, at=WEDNESDAY + timedelta(hours=1))
    assert archive() == 2


def test_batches_add_up_and_the_book_says_what_was_done(cast: Cast, orders: dict[str, WorkOrder]) -> None:
    assert [archive(most=1), archive(most=1), archive(most=1)] == [1, 1, 0]
    noted = changes_of(archiving.BOOK)
    assert [(one.change.key, one.change.before, one.change.after) for one in noted] == [
        (str(YEAR), {"orders": 1}, {"orders": 2}),
        (str(YEAR), None, {"orders": 1}),
    ]


def test_history_whose_file_tells_no_end_goes_by_the_day_it_came(
    cast: Cast, orders: dict[str, WorkOrder]
) -> None:
    WorkOrder.objects.filter(pk=orders["closed"].pk).update(closed_at=None, history=True)
    assert archiving.waiting(YEAR + 1, at=LONG_AFTER) == {YEAR: 2}
    assert archive() == 2
    assert fresh(orders["closed"]).archived == YEAR


def test_the_command_says_first_and_does_then(
    cast: Cast, orders: dict[str, WorkOrder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gongzhi.kit.clock.now", lambda: LONG_AFTER)
    out = StringIO()
    call_command("archive", "--before", str(YEAR + 1), "--dry-run", stdout=out)
    assert f"{YEAR} 年：2 件" in out.getvalue() and "没有改动" in out.getvalue()
    assert not WorkOrder.objects.filter(archived__isnull=False).exists()
    call_command("archive", "--before", str(YEAR + 1), "--most", "1", stdout=out)
    assert WorkOrder.objects.filter(archived=YEAR).count() == 1
    call_command("archive", "--before", str(YEAR + 1), "--batch", "1", stdout=out)
    call_command("archive", "--before", str(YEAR + 1), stdout=out)
    assert "已归档 0 件" in out.getvalue().splitlines()[-1]
    assert WorkOrder.objects.filter(archived=YEAR).count() == 2
    with pytest.raises(CommandError):
        call_command("archive", "--before", str(LONG_AFTER.year + 1), stdout=out)


def test_what_is_archived_can_be_forgotten(cast: Cast, orders: dict[str, WorkOrder]) -> None:
    order = orders["closed"]
    archive()
    assert order.pk in found(cast, archived=YEAR, words="下水道")
    erasing.forget_reporter(by=cast.resident, at=LONG_AFTER)
    row = fresh(order)
    assert row.archived == YEAR and row.words == [] and "删除" in row.description and row.reporter_id is None
    assert order.pk not in found(cast, archived=YEAR, words="下水道")
    assert holds(order.pk).ok


def test_a_category_that_moves_takes_what_is_archived_along(cast: Cast, orders: dict[str, WorkOrder]) -> None:
    order = orders["closed"]
    archive()
    key = fresh(order).category_id
    assert key is not None
    WorkOrder.objects.filter(pk=order.pk).update(category_line=[f"c{key}"])
    assert correcting.straighten([key], by=CLERKWORK, at=LONG_AFTER) >= 1
    assert fresh(order).category_line == tree().letters(key)
