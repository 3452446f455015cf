"""Two people at the same instant: one success, one clear conflict, and no deadlock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gongzhi.evaluation import actions, manifests
from gongzhi.evaluation.models import Appeal, Publication
from gongzhi.evaluation.tests.scene import DAY, MONDAY, NOW, OCTOBER
from gongzhi.journal.queries import holds
from gongzhi.kit.acting import acting
from gongzhi.kit.clock import stopped
from gongzhi.kit.errors import Conflict
from gongzhi.matters.models import Matter
from gongzhi.people.actor import Person
from tests.cast import Cast, settle
from tests.faults.test_at_the_same_instant import together
from tests.stage import act, bring

pytestmark = pytest.mark.django_db(transaction=True)


def as_(person: Person, task: Any, *args: Any, **said: Any) -> Any:
    """A task in somebody's name."""

    def run() -> Any:
        with acting(person):
            return task(*args, **said, by=person, at=NOW)

    return run


def test_publishing_appealing_and_deciding_at_once() -> None:
    with stopped(NOW):
        cast: Cast = settle()
        for hours in range(3):
            bring(cast, "closed", at=MONDAY + timedelta(hours=hours))
        late = bring(cast, "in_hand", at=MONDAY)
        act(cast, "answer", late.pk, at=MONDAY + 17 * DAY)
        leader, head, street = cast.leader, cast.road_head, cast.street.pk

        both = together(*[as_(leader, actions.publish, street, OCTOBER, seen=0)] * 2)
        assert sum(isinstance(one, Publication) for one in both) == 1
        assert sum(isinstance(one, Conflict) for one in both) == 1, both

        due = manifests.matters_behind("due", OCTOBER, unit_id=cast.roads.pk, area_id=street, now=NOW)
        number = Matter.objects.get(pk=due[0][0]).number
        ask = as_(head, actions.appeal, street, OCTOBER, cast.roads.pk, words="不归我们管", numbers=[number])
        both = together(ask, ask)
        assert sum(isinstance(one, Appeal) for one in both) == 1
        assert sum(isinstance(one, Conflict) for one in both) == 1, both

        row = Appeal.objects.get()
        decide = as_(leader, actions.decide, row.pk, granted=row.matters, decision="确实如此")
        three = together(decide, decide, ask)
        assert sum(isinstance(one, Appeal) and one.decided_at is not None for one in three[:2]) == 1
        assert sum(isinstance(one, Conflict) for one in three[:2]) == 1, three
        assert Publication.objects.count() == 2
        assert holds(Publication.objects.get(version=1).thread_id).ok
