"""One report in several hands: parts of an order, and the word of joint units."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gongzhi.kit.errors import Conflict, Forbidden, Invalid
from gongzhi.matters.models import Link
from gongzhi.people.models import Contact
from gongzhi.workorders.actions import signing, splitting
from gongzhi.workorders.actions.splitting import Part
from gongzhi.workorders.models import SignOff, WorkOrder
from gongzhi.workorders.staff_views.telling import told_order
from tests.cast import WEDNESDAY, Cast
from tests.stage import act, bring, cast, everything, neighbourhood, report_drain, running, undone

__all__ = ["cast", "neighbourhood"]

LATER = WEDNESDAY + timedelta(minutes=30)


def split(cast: Cast, state: str = "in_hand", **more: object) -> tuple[WorkOrder, list[WorkOrder]]:
    """An order split into one part for the gardens and one for the roads."""
    order = bring(cast, state)
    parts = [
        Part("补种被水冲坏的花坛", unit_id=cast.gardens.pk),
        Part("门口路面塌陷，请修补", unit_id=cast.roads.pk),
    ]
    act(cast, "split", order.pk, at=LATER, parts=parts, **more)
    return fresh(order), splitting.parts_of(order.pk)


def fresh(order: WorkOrder) -> WorkOrder:
    return WorkOrder.objects.select_related("matter__thread").get(pk=order.pk)


def test_each_part_is_an_order_of_its_own_without_the_reporter(cast: Cast) -> None:
    order, parts = split(cast)
    assert (order.parts, order.state) == (2, "in_hand")
    assert [part.unit_id for part in parts] == [cast.gardens.pk, cast.roads.pk]
    for part in parts:
        assert (part.state, part.channel, part.reporter_id) == ("assigned", "part", None)
        assert (part.grid_id, part.private, part.place_text) == (
            order.grid_id,
            order.private,
            order.place_text,
        )
        assert {"answer", "accept"} <= set(running(part.pk))
        assert not Contact.objects.filter(thread_id=part.pk).exists()
        first = part.matter.thread.entries.get(position=1)
        assert first.detail["origin"] == {"part_of": order.number}
    said = order.matter.thread.entries.get(verb="workorders.split")
    assert said.detail["numbers"] == [part.number for part in parts] and said.audience == "everyone"
    assert set(running(order.pk)) == {"answer"}, "what was promised to the resident keeps running"


def test_private_stays_private_and_the_unit_cannot_choose_who(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    WorkOrder.objects.filter(pk=order.pk).update(private=True)
    with undone(), pytest.raises(Invalid):
        act(cast, "split", order.pk, by=cast.road_worker, at=LATER,
            parts=[Part("疏通下水道", unit_id=cast.gardens.pk), Part("清理花坛里的淤泥")])  # fmt: skip
    act(cast, "split", order.pk, by=cast.road_worker, at=LATER)
    assert all(part.private for part in splitting.parts_of(order.pk))


@pytest.mark.parametrize("count", [0, 1, 7])
def test_two_to_six_parts(cast: Cast, count: int) -> None:
    order = bring(cast, "assigned")
    with pytest.raises(Invalid):
        act(cast, "split", order.pk, at=LATER, parts=[Part(f"第{n}件要做的事") for n in range(count)])


def test_the_lead_answers_once_every_part_is_done_and_reads_what_was_done(cast: Cast) -> None:
    order, (flowers, road) = split(cast)
    with undone(), pytest.raises(Conflict) as refused:
        act(cast, "answer", order.pk, at=LATER)
    assert refused.value.code == "parts_open"
    assert flowers.number in str(refused.value.help) and road.number in str(refused.value.help)
    for part, worker in ((flowers, cast.gardener), (road, cast.road_worker)):
        act(cast, "accept", part.pk, by=worker, at=LATER)
        act(cast, "answer", part.pk, by=worker, at=LATER, text="都做好了，现场已恢复。")
        act(cast, "pass_check", part.pk, at=LATER)
        assert fresh(part).state == "closed", "nobody rates a part"
        assert running(part.pk) == {}
    told = list(order.matter.thread.entries.filter(verb="workorders.part_done"))
    assert [entry.detail["number"] for entry in told] == [flowers.number, road.number]
    assert told[0].text == "都做好了，现场已恢复。" and told[0].audience == "staff"
    done = act(cast, "answer", order.pk, at=LATER)
    assert (done.state, done.parts) == ("answered", 0)


def test_a_split_is_taken_back_while_nobody_has_begun(cast: Cast) -> None:
    order, parts = split(cast)
    with undone():
        act(cast, "accept", parts[0].pk, by=cast.gardener, at=LATER)
        before = everything(order.pk)
        with pytest.raises(Conflict) as refused:
            act(cast, "rejoin", order.pk, at=LATER)
        assert refused.value.code == "parts_begun" and parts[0].number in str(refused.value.help)
        assert everything(order.pk) == before
    act(cast, "rejoin", order.pk, by=cast.road_worker, at=LATER)
    assert fresh(order).parts == 0
    assert [fresh(part).state for part in parts] == ["voided", "voided"]
    assert not Link.objects.filter(target_id=order.pk, how="part_of", ended_at=None).exists()
    act(cast, "answer", order.pk, at=LATER)
    with undone():
        act(cast, "restore", parts[0].pk, at=LATER)
        assert "answer" in running(parts[0].pk)


def test_only_one_split_stands(cast: Cast) -> None:
    order, _parts = split(cast)
    with pytest.raises(Conflict) as refused:
        act(cast, "split", order.pk, at=LATER)
    assert refused.value.code == "not_standing_open"
    assert WorkOrder.objects.filter(channel="part").count() == 2


def joint(cast: Cast) -> WorkOrder:
    """An order of the roads with which the gardens help, dispatched by a clerk."""
    order = bring(cast, "assigned")
    act(
        cast,
        "redispatch",
        order.pk,
        at=LATER,
        unit_id=cast.roads.pk,
        joint=(cast.gardens.pk,),
        note="要园林配合",
    )
    act(cast, "accept", order.pk, at=LATER)
    return fresh(order)


def test_joint_units_are_asked_to_sign_and_the_lead_says_why_when_they_have_not(cast: Cast) -> None:
    order = joint(cast)
    assert (order.signing, order.joint) == ([cast.gardens.pk], [cast.gardens.pk])
    row = SignOff.objects.get(order=order, unit=cast.gardens)
    assert (row.asked_at, row.due_at, row.signed_at) == (LATER, order.answer_due_at, None)
    with undone(), pytest.raises(Invalid) as refused:
        act(cast, "answer", order.pk, at=LATER, why=" ")
    assert "why" in refused.value.fields and cast.gardens.name[:2] in str(refused.value)
    with undone():
        act(cast, "answer", order.pk, at=LATER, why="园林说不需要他们到场")
        entries = {e.verb: e for e in order.matter.thread.entries.order_by("position")}
        assert entries["workorders.answer"].detail["without"]
        assert (entries["workorders.note"].text, entries["workorders.note"].audience) == (
            "园林说不需要他们到场",
            "staff",
        )
    act(cast, "sign_off", order.pk, at=LATER)
    assert (fresh(order).signing, SignOff.objects.get(order=order, unit=cast.gardens).text) == (
        [],
        "花坛已经补种。",
    )
    act(cast, "answer", order.pk, at=LATER, why="")
    said = order.matter.thread.entries.get(verb="workorders.answer")
    assert "without" not in said.detail


def test_a_unit_signs_once_and_is_asked_anew_after_reopening(cast: Cast) -> None:
    order = joint(cast)
    act(cast, "sign_off", order.pk, at=LATER)
    with undone(), pytest.raises(Conflict) as refused:
        act(cast, "sign_off", order.pk, at=LATER)
    assert refused.value.code == "signed_already"
    with undone(), pytest.raises(Forbidden):
        act(cast, "sign_off", order.pk, by=cast.road_worker, at=LATER)
    for verb in ("answer", "pass_check", "lapse", "reopen"):
        act(cast, verb, order.pk, at=LATER + timedelta(minutes=5))
    assert fresh(order).signing == [cast.gardens.pk]
    row = SignOff.objects.get(order=order, unit=cast.gardens)
    assert (row.asked_at, row.signed_at, row.text) == (LATER + timedelta(minutes=5), None, "")


def test_what_the_table_gives_out_is_signed_too(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    assert order.signing == order.joint != []
    assert signing.missing_names(order)
    with pytest.raises(Invalid):
        act(cast, "answer", order.pk, at=LATER, why="")


def test_a_part_is_not_offered_as_a_second_report_of_the_same(cast: Cast) -> None:
    order = bring(cast, "in_hand")
    own = Part(order.description, unit_id=cast.roads.pk)
    act(cast, "split", order.pk, at=LATER, parts=[own, own])
    twin = report_drain(cast, at=LATER, by=cast.neighbour).order
    order = fresh(order)
    told = told_order(order, by=cast.clerk, now=LATER)
    assert len(told["links"]) == 2 and [one["id"] for one in told["near"]] == [twin.pk]
