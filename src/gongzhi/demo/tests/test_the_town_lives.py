"""The demo town, laid into an empty platform through the rooms' own actions: all its days, and a few orders of each."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

import pytest

from civics.territory import overlaps_and_gaps
from gongzhi.demo import laying
from gongzhi.demo.briefing import ADDED, brief
from gongzhi.demo.days import ZONE, Story, plan
from gongzhi.demo.replay import Replay, parts
from gongzhi.journal.queries import holds
from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.observation.models import Brief
from gongzhi.people.models import Account, Post
from gongzhi.people.queries import vacancies
from gongzhi.people.roles import Role
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level
from gongzhi.workorders.models import WorkOrder

UNTIL = datetime(2026, 11, 18, 9, 0, tzinfo=ZONE)


def few(stories: list[Story], a_day: int) -> list[Story]:
    """Some of every day, what they are merged into, and of each step with each end of it at least one."""
    seen: Counter[date] = Counter()
    kinds: set[tuple[str, ...]] = set()
    kept: dict[int, Story] = {}
    for story in stories:
        new = {(step.verb, step.by) for step in story.steps} | {("end", story.state), ("hot", story.hot)}
        if seen[story.at.date()] < a_day or new - kinds:
            seen[story.at.date()] += 1
            kinds |= new
            kept[story.number] = story
            for step in story.steps:
                if step.verb == "merge":
                    target = int(step.detail["target"])
                    kept[target] = stories[target]
    return [kept[number] for number in sorted(kept)]


@pytest.mark.django_db
def test_the_town_is_laid_and_lives() -> None:
    town, stories = plan(7, 60, UNTIL)
    stories = few(stories, 2)
    assert len({story.at.date() for story in stories}) == 61
    with acting(laying.BY):
        people = laying.lay(town, since=date(2025, 1, 1), at=UNTIL)
        replay = Replay(town, people, stories)
        count = replay.run()

    land = ground()
    by_level = {level: sum(a.level == level for a in land.areas.values()) for level in Level.values}
    assert (by_level["community"], by_level["grid"]) == (16, 61)
    assert overlaps_and_gaps(land.grid_shapes) == []

    staff = Post.objects.filter(role__in=[Role.GRID_LEADER, Role.GRID_MEMBER])
    assert staff.count() == 244
    assert {v.role for v in vacancies(UNTIL.date())} >= {Role.BUILDING_HEAD}
    assert Account.objects.get(login="clerk").check_password(laying.password())

    assert count == len(stories)
    assert WorkOrder.objects.filter(channel="part").exists()
    assert not replay.skipped, replay.skipped
    states = set(WorkOrder.objects.values_list("state", flat=True))
    assert {"assigned", "in_hand", "closed"} <= states
    dispatched = WorkOrder.objects.exclude(unit=None).count()
    assert dispatched >= 0.9 * count
    for pk in WorkOrder.objects.order_by("-matter__thread__length").values_list("pk", flat=True)[:5]:
        assert holds(pk).ok

    with clock.stopped(UNTIL):
        assert brief(days=60, at=UNTIL) == 2
    assert [bool(row.published_at) for row in Brief.objects.order_by("starts_on")] == [True, False]
    assert any(ADDED in section["text"] for section in Brief.objects.earliest("starts_on").sections)


def test_stories_that_meet_go_to_one_process() -> None:
    _town, stories = plan(7, 30, UNTIL)
    shares = parts(stories, 3)
    assert sum(len(share) for share in shares) == len(stories)
    where = {story.number: place for place, share in enumerate(shares) for story in share}
    merged = [
        (s.number, int(step.detail["target"])) for s in stories for step in s.steps if step.verb == "merge"
    ]
    assert merged
    assert all(where[one] == where[other] for one, other in merged if other in where)
