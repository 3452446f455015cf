"""Places in words, for residents and for a colleague who mends one; and what is not the same thing next door."""

from __future__ import annotations

import pytest

from gongzhi.kit.errors import Invalid
from gongzhi.workorders.actions import correcting
from gongzhi.workorders.actions.reporting import report
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.staff_views.telling import _suggestions
from gongzhi.workorders.tables import tree
from gongzhi.workorders.tests.staff_scene import in_state, reported
from gongzhi.workorders.understanding import classify, locate, named_in
from tests.cast import IN_GRID_1, IN_GRID_3, WEDNESDAY, Cast
from tests.stage import cast, neighbourhood

__all__ = ["cast", "neighbourhood"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("听涛社区第一网格老街 8 号，水管爆了", "grid_3"),
        ("海棠社区的第二网格没有路灯", "grid_2"),
        ("听涛社区很吵", "tingtao"),
        ("从海棠社区走到听涛社区，路灯都不亮", None),
        ("第一网格的路灯不亮", None),
    ],
)
def test_an_area_named_in_full_is_a_place(cast: Cast, words: str, found: str | None) -> None:
    spot = named_in(words)
    assert (spot.division_id if spot else None) == (getattr(cast, found).pk if found else None)
    assert locate(Draft(words))[1] == ("words" if found else "")


def test_a_colleague_mends_a_place_in_words_alone(cast: Cast) -> None:
    order = in_state(cast, "triage")
    with pytest.raises(Invalid) as refused:
        correcting.relocate(order.pk, place_text="不知道哪里", by=cast.clerk, at=WEDNESDAY)
    assert "area" in refused.value.fields, "the sentence stands beside a field of the form"
    correcting.relocate(order.pk, place_text="听涛小学门口", by=cast.clerk, at=WEDNESDAY)
    order.refresh_from_db()
    assert (order.grid_id, order.lon, order.lat) == (cast.grid_3.pk, *IN_GRID_3)
    assert order.place_text == "听涛小学门口"


def test_mending_only_the_words_leaves_the_pin(cast: Cast) -> None:
    order = in_state(cast, "in_hand")
    said = {"area_id": cast.grid_1.pk, "place_text": "大榕树旁边的井", "by": cast.clerk, "at": WEDNESDAY}
    correcting.relocate(order.pk, **said)
    order.refresh_from_db()
    assert (order.lon, order.lat, order.place_text) == (*IN_GRID_1, "大榕树旁边的井")


def test_wasps_at_the_same_building_are_not_its_drain(cast: Cast) -> None:
    wasps = reported(cast, "海棠苑楼下树上有马蜂窝，怕蜇到来往的人，请派人来处理。", by=cast.neighbour)
    draft = Draft("海棠苑楼下下水道堵了三天，污水漫出来，没人来处理。", lon=IN_GRID_1[0], lat=IN_GRID_1[1])
    receipt = report(draft, by=cast.resident, at=WEDNESDAY)
    ours = WorkOrder.objects.get(pk=receipt.order.pk)
    assert ours.category.code[:4] != wasps.category.code[:4]
    assert wasps.pk not in [n.order_id for n in receipt.neighbours]


def test_two_guesses_are_offered_however_sure_the_first_is(cast: Cast) -> None:
    order = in_state(cast, "triage")
    order.confidence = 0.9
    order.suggestions = [(order.category_id, 0.9), (order.category.parent_id, 0.0003)]
    offered = _suggestions(order)
    assert [one["id"] for one in offered] == [order.category_id, order.category.parent_id]
    assert [one["chosen"] for one in offered] == [True, False]


def test_the_name_of_a_community_says_where_and_not_what(cast: Cast) -> None:
    """海棠社区 holds the word of another trade; a grate in its lane does not become an affair of communities."""
    plain, named = (classify(f"{place}雨水口的铁格子松了，怕崴脚。") for place in ("", "海棠社区第一网格"))
    assert [guess.category_id for guess in named] == [guess.category_id for guess in plain]
    trade = classify("想参加社区的活动")
    assert tree().topics[trade[0].category_id].code.startswith(("08", "10")), (
        "the control: the word itself still counts"
    )
    grate = classify("海棠社区第一网格雨水箅子缺了一块。")
    assert tree().topics[grate[0].category_id].code == "010102"
