"""Who may do what with a meeting, written down a second time by hand, and that both answers agree."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Forbidden, NotFound
from gongzhi.kit.rules import disagreements
from gongzhi.meetings.actions import answering, calling, planning, recording
from gongzhi.meetings.actions.recording import Came
from gongzhi.meetings.models import Meeting, Series
from gongzhi.meetings.policies import RULES, SERIES_RULES
from gongzhi.meetings.tests.scene import TOMORROW, called, invitation, series
from gongzhi.people.actor import Person
from tests.cast import WEDNESDAY, Cast
from tests.stage import cast, neighbourhood, undone

__all__ = ["cast", "neighbourhood"]

CALLER = {"clerk", "other_clerk"}
INVITED = {"road_worker", "road_head", "gardener", "far_grid_worker"}
MAY: dict[str, set[str]] = {
    "see": CALLER | INVITED | {"leader", "auditor"},
    "answer": INVITED,
    "invite": CALLER,
    "amend": CALLER,
    "tick": CALLER,
    "note": CALLER,
    "cancel": CALLER,
}


def everybody(cast: Cast) -> dict[str, Actor]:
    return {name: cast.person(name) for name in cast.accounts} | {
        "visitor": Person.visitor(),
        "nobody": Actor.nobody(),
    }


def standard(cast: Cast) -> Meeting:
    return called(cast, guests=(cast.accounts["far_grid_worker"].pk,))


def test_the_grid_of_people_and_verbs(cast: Cast) -> None:
    meeting = standard(cast)
    assert set(MAY) == set(RULES)
    for name, actor in everybody(cast).items():
        for verb in RULES:
            assert RULES.may(actor, verb, meeting) is (name in MAY[verb]), (name, verb)


def test_the_doors_behind_the_grid_hold(cast: Cast) -> None:
    """Everybody tries everything for real: who may not is refused, who may can."""
    meeting = standard(cast)
    roads = invitation(meeting, cast.roads)
    acts = {
        "invite": lambda by: calling.invite(meeting.pk, [cast.haitang_committee.pk], by=by, at=WEDNESDAY),
        "amend": lambda by: calling.amend(
            meeting.pk, title="改名", place="改", agenda="", starts_at=TOMORROW, ends_at=TOMORROW + timedelta(hours=2),
            video_room=False, by=by, at=WEDNESDAY,
        ),
        "tick": lambda by: recording.tick(meeting.pk, {roads.pk: Came(True)}, by=by, at=TOMORROW),
        "note": lambda by: recording.note(meeting.pk, "议定", by=by, at=TOMORROW),
        "cancel": lambda by: calling.cancel(meeting.pk, "不开", by=by, at=WEDNESDAY),
        "answer": lambda by: answering.answer(roads.pk, "coming", by=by, at=WEDNESDAY),
    }  # fmt: skip
    assert set(acts) | {"see"} == set(RULES)
    for name, actor in everybody(cast).items():
        for verb, act in acts.items():
            allowed = name in (MAY[verb] if verb != "answer" else {"road_worker", "road_head"})
            with undone():
                if allowed:
                    act(actor)
                    continue
                with pytest.raises(Forbidden if name in MAY["see"] else NotFound):
                    act(actor)


def test_both_answers_of_each_rule_agree(cast: Cast) -> None:
    standard(cast)
    called(cast, by="grid_leader", division_id=cast.haitang.pk, bodies=(cast.haitang_committee.pk,))
    called(cast, by="leader", division_id=cast.tingtao.pk)
    series(cast)
    actors = list(everybody(cast).values())
    assert disagreements(RULES, actors, Meeting.objects.all()) == []
    assert disagreements(SERIES_RULES, actors, Series.objects.all()) == []


def test_a_series_is_ended_by_those_who_called_it(cast: Cast) -> None:
    row = series(cast)
    for name, actor in everybody(cast).items():
        with undone():
            if name == "leader":
                planning.end(row.pk, on=WEDNESDAY.date(), by=actor, at=WEDNESDAY)
                continue
            seen = SERIES_RULES.may(actor, "see", row)
            with pytest.raises(Forbidden if seen else NotFound):
                planning.end(row.pk, on=WEDNESDAY.date(), by=actor, at=WEDNESDAY)
