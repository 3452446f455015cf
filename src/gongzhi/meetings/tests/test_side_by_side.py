"""Two people at the same instant: one of them succeeds, the other is told so."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connections

from gongzhi.journal.queries import holds
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict
from gongzhi.meetings.actions import answering, calling, planning, recording
from gongzhi.meetings.actions.recording import Came
from gongzhi.meetings.models import Invitation, Meeting, Series
from gongzhi.meetings.tests.scene import TOMORROW, called, invitation, series
from tests.cast import WEDNESDAY, Cast, settle

pytestmark = pytest.mark.django_db(transaction=True)

LATER = TOMORROW + timedelta(minutes=10)
SWEEP = Actor.for_service("sweep")


def together(*tasks: Callable[[], Any]) -> list[Any]:
    """Run tasks in threads that start at the same instant; their results, or what they raised."""
    gate = threading.Barrier(len(tasks))
    results: list[Any] = [None] * len(tasks)

    def run(place: int, task: Callable[[], Any]) -> None:
        try:
            gate.wait(timeout=20)
            results[place] = task()
        except Exception as fault:
            results[place] = fault
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def test_each_act_by_two_at_once_has_one_success_and_one_refusal() -> None:
    cast: Cast = settle()
    roads_of: dict[int, Invitation] = {}

    def fresh() -> Meeting:
        meeting = called(cast)
        roads_of[meeting.pk] = invitation(meeting, cast.roads)
        return meeting

    acts: dict[str, tuple[tuple[str, str], Callable[[Meeting, Any], Any]]] = {
        "answer": (
            ("road_worker", "road_head"),
            lambda m, by: answering.answer(roads_of[m.pk].pk, "coming", by=by, at=WEDNESDAY, seen=0),
        ),
        "tick": (
            ("clerk", "other_clerk"),
            lambda m, by: recording.tick(m.pk, {roads_of[m.pk].pk: Came(True, "某人")}, by=by, at=LATER, seen=0),
        ),
        "note": (
            ("clerk", "other_clerk"),
            lambda m, by: recording.note(m.pk, f"{by.name}的纪要", by=by, at=LATER, seen=0),
        ),
        "cancel": (("clerk", "other_clerk"), lambda m, by: calling.cancel(m.pk, "停电", by=by, at=WEDNESDAY)),
        "invite": (
            ("clerk", "other_clerk"),
            lambda m, by: calling.invite(m.pk, [cast.haitang_committee.pk], by=by, at=WEDNESDAY, seen=0),
        ),
        "amend": (
            ("clerk", "other_clerk"),
            lambda m, by: calling.amend(
                m.pk, title=m.title, place=by.name, agenda="", starts_at=m.starts_at, ends_at=m.ends_at,
                video_room=True, by=by, at=WEDNESDAY, seen=0,
            ),
        ),
    }  # fmt: skip
    for verb, (names, act) in acts.items():
        meeting = fresh()
        people = [cast.person(name) for name in names]
        results = together(*(partial(act, meeting, by) for by in people))
        refused = [one for one in results if isinstance(one, Exception)]
        assert len(refused) == 1 and isinstance(refused[0], Conflict), (verb, results)
        assert holds(meeting.pk).ok, verb

    row = series(cast)
    before = Meeting.objects.filter(series=row).count()
    later = WEDNESDAY + timedelta(days=10)
    assert sorted(together(*[lambda: planning.plan_ahead(row.pk, by=SWEEP, at=later)] * 2)) == [0, 1]
    assert Meeting.objects.filter(series=row).count() == before + 1
    ended = together(*[lambda: planning.end(row.pk, on=WEDNESDAY.date(), by=cast.leader, at=WEDNESDAY)] * 2)
    assert sorted(type(one) for one in ended if not isinstance(one, Series)) == [Conflict]
    sweep = together(*[lambda: answering.look_after(by=SWEEP, at=LATER)] * 2)
    assert all(isinstance(one, int) for one in sweep), sweep
