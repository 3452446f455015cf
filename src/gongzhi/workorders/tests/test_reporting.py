"""Taking a report in: located, classified, compared and dispatched in the same breath, whole or not at all."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from gongzhi.journal.models import Entry, Thread
from gongzhi.journal.queries import holds
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, NotFound, Unprocessable
from gongzhi.matters.models import Deadline, Matter, Party
from gongzhi.matters.queries import matter_by_key
from gongzhi.people.actor import Person
from gongzhi.territory.ground import ground
from gongzhi.workorders import queries
from gongzhi.workorders.actions import answering, events, reporting
from gongzhi.workorders.actions.reporting import code_digest
from gongzhi.workorders.drafts import Draft, title_of
from gongzhi.workorders.models import Channel, Event, WorkOrder
from gongzhi.workorders.understanding import neighbours
from tests.cast import IN_GRID_1, IN_GRID_2, IN_GRID_3, OUTSIDE, WEDNESDAY, Cast
from tests.stage import DRAIN, NOWHERE, act, bring, cast, neighbourhood, report_drain, undone

__all__ = ["cast", "neighbourhood"]

LATER = WEDNESDAY + timedelta(minutes=10)


def test_a_report_is_placed_named_and_given_to_a_unit_at_once(cast: Cast) -> None:
    receipt = report_drain(cast)
    order = receipt.order
    assert (order.state, order.unit_id, order.grid_id) == ("assigned", cast.roads.pk, cast.grid_1.pk)
    assert order.number.startswith("W261118-")
    assert order.pk == order.matter_id == order.matter.thread_id
    said = list(Entry.objects.filter(thread_id=order.pk).order_by("position"))
    assert [entry.verb for entry in said] == ["workorders.report", "workorders.dispatch"]
    assert said[0].by_id == cast.resident.account_id
    assert said[1].by_id is None and said[1].part == "system"
    assert said[1].detail["rule"], "every dispatch says which rule chose it"
    assert set(Deadline.objects.filter(matter_id=order.pk).values_list("promise", flat=True)) == {
        "accept",
        "answer",
    }
    assert holds(order.pk).ok


def test_the_record_holds_no_words_of_the_reporter(cast: Cast) -> None:
    order = report_drain(cast).order
    for entry in Entry.objects.filter(thread_id=order.pk):
        assert entry.text == ""
        for secret in ("王先生", "19900000101", "污水"):
            assert secret not in str(entry.detail)


@pytest.mark.parametrize(
    ("point", "grid"), [(IN_GRID_1, "grid_1"), (IN_GRID_2, "grid_2"), (IN_GRID_3, "grid_3")]
)
def test_a_pin_finds_its_grid(cast: Cast, point: tuple[float, float], grid: str) -> None:
    order = report_drain(cast, lon=point[0], lat=point[1]).order
    assert order.grid_id == getattr(cast, grid).pk


def test_a_pin_on_a_border_always_finds_the_same_grid(cast: Cast) -> None:
    found = {
        report_drain(cast, lon=113.51, lat=22.205, by=Person.visitor()).order.grid_id for _again in range(3)
    }
    assert found == {min(cast.grid_1.pk, cast.grid_2.pk)}


def test_a_named_place_is_as_good_as_a_pin(cast: Cast) -> None:
    order = reporting.report(
        Draft("听涛小学门口的下水道堵了，污水漫出来。"), by=cast.resident, at=WEDNESDAY
    ).order
    assert (order.grid_id, order.state) == (cast.grid_3.pk, "assigned")


def test_a_report_from_nowhere_waits_with_the_street_and_is_never_lost(cast: Cast) -> None:
    for draft, why in (
        (Draft(NOWHERE), "place"),
        (Draft(DRAIN.replace("海棠苑", "那个"), lon=OUTSIDE[0], lat=OUTSIDE[1]), "place"),
        (Draft("这里有个事情想说一下。", lon=IN_GRID_1[0], lat=IN_GRID_1[1]), "category"),
    ):
        receipt = reporting.report(draft, by=Person.visitor(), at=WEDNESDAY)
        order = receipt.order
        assert why in receipt.why
        assert (order.state, order.street_id) == ("triage", cast.street.pk)
        assert order.next_due_at is not None, "somebody owes a dispatch"
        scope = next(s for s in queries.scopes(cast.clerk) if s.key.startswith("area-"))
        page = queries.list_orders(scope, queries.Filters(), by=cast.clerk, now=WEDNESDAY)
        assert order.pk in [row.pk for row in page.orders]


def test_what_neighbours_have_reported_is_shown_and_can_be_followed(cast: Cast) -> None:
    first = report_drain(cast, by=cast.neighbour).order
    receipt = report_drain(cast, at=LATER)
    assert [n.order_id for n in receipt.neighbours] == [first.pk]
    assert receipt.neighbours[0].why.words
    code = answering.follow(first.pk, by=Person.visitor(), at=LATER)
    assert matter_by_key(code_digest(code)) == (first.pk, "follower")
    assert answering.follow(first.pk, by=cast.resident, at=LATER) == ""
    assert answering.follow(first.pk, by=cast.resident, at=LATER) == "", "following twice is following once"
    assert Party.objects.filter(matter_id=first.pk, part="follower").count() == 2


def test_what_has_ended_is_not_offered_to_follow(cast: Cast) -> None:
    order = bring(cast, "closed")
    with pytest.raises(Conflict):
        answering.follow(order.pk, by=cast.neighbour, at=LATER)
    with pytest.raises(NotFound):
        answering.follow(order.pk + 10_000, by=cast.neighbour, at=LATER)
    assert report_drain(cast, at=LATER).neighbours == ()


def test_a_code_opens_one_order_and_is_kept_nowhere(cast: Cast) -> None:
    receipt = report_drain(cast, by=Person.visitor())
    code = receipt.code
    assert len(code) == 12
    assert matter_by_key(code_digest(code)) == (receipt.order.pk, "reporter")
    assert matter_by_key(code_digest(f"{code[:4]}-{code[4:8]}-{code[8:]}".lower())) == (
        receipt.order.pk,
        "reporter",
    )
    assert matter_by_key(code_digest(code[:-1] + ("2" if code[-1] != "2" else "3"))) is None
    rows = str(list(Party.objects.filter(matter_id=receipt.order.pk).values()))
    assert code not in rows + str(list(Entry.objects.filter(thread_id=receipt.order.pk).values()))


def test_the_same_key_gives_the_same_order_and_code_again(cast: Cast) -> None:
    first = report_drain(cast, source="form", source_key="abc")
    again = report_drain(cast, source="form", source_key="abc", at=LATER)
    assert (again.order.pk, again.code, again.repeated) == (first.order.pk, first.code, True)
    assert (
        WorkOrder.objects.count() == Matter.objects.count() == Thread.objects.filter(book=None).count() == 1
    )
    other = report_drain(cast, source="another form", source_key="abc")
    assert other.order.pk != first.order.pk
    with pytest.raises(Conflict) as refused:
        report_drain(cast, source="form", source_key="abc", description="完全不同的另一件事情。")
    assert refused.value.code == "key_reused"
    assert WorkOrder.objects.count() == 2


def test_a_report_after_it_moved_on_still_gives_the_first_order(cast: Cast) -> None:
    first = report_drain(cast, source="form", source_key="k").order
    act(cast, "accept", first.pk, at=LATER)
    again = report_drain(cast, source="form", source_key="k", at=LATER)
    assert (again.order.pk, again.order.state) == (first.pk, "in_hand")


def test_an_emergency_is_told_to_call_first_and_may_then_go_on(cast: Cast) -> None:
    fire = "海棠苑三楼着火了，有人被困，浓烟很大！"
    with undone(), pytest.raises(Unprocessable) as refused:
        reporting.report(Draft(fire), by=Person.visitor(), at=WEDNESDAY)
    assert refused.value.code == "emergency"
    assert refused.value.fields["emergency"] == ["119"]
    assert WorkOrder.objects.count() == 0
    order = reporting.report(
        Draft(fire, emergency_acknowledged=True), by=Person.visitor(), at=WEDNESDAY
    ).order
    assert order.open


def test_every_order_has_its_own_number_and_keys_grow(cast: Cast) -> None:
    orders = [report_drain(cast, by=Person.visitor()).order for _again in range(5)]
    assert len({order.number for order in orders}) == 5
    assert all(one.pk < next_.pk for one, next_ in pairwise(orders))


def test_history_keeps_its_own_dates_and_sends_nothing(cast: Cast) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    long_ago = WEDNESDAY - timedelta(days=800)
    before = list(ProcrastinateJob.objects.values_list("pk", flat=True))
    order = report_drain(cast, opened_at=long_ago, channel=Channel.FILE, source="file", source_key="1").order
    assert (order.history, order.open, order.opened_at, order.next_due_at) == (True, False, long_ago, None)
    assert not ProcrastinateJob.objects.exclude(pk__in=before).exists()
    events.gather(by=Actor.for_service("hooks"), at=clock.now())
    assert not Event.objects.exists(), "it is no news for other programs either"


def test_a_title_is_made_from_the_first_sentence() -> None:
    assert title_of(DRAIN) == "海棠苑门口的下水道堵了，污水漫到路上，走路都要绕开"
    assert title_of("一" * 40) == "一" * 29 + "…"
    assert title_of("路灯坏了！请来修\n谢谢") == "路灯坏了"


def test_before_the_category_is_known_a_word_in_common_is_not_enough(cast: Cast) -> None:
    report_drain(cast)
    spot = ground().spot(*IN_GRID_1)
    asked = {"spot": spot, "topic": None, "at": WEDNESDAY + timedelta(hours=1)}
    assert neighbours("", "门口有人走路摔倒了，想请人看看台阶", **asked) == []
    assert [n.state for n in neighbours("", "下水道堵了，污水漫到路上", **asked)] == ["assigned"]
