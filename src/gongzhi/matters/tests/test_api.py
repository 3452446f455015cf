"""Programs read what rooms offer: stories anybody, topics those who read them on the page, and no finer than that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from gongzhi.kit.acting import Actor
from gongzhi.matters.actions import offering
from gongzhi.matters.actions.offering import Given
from gongzhi.matters.models import Offer
from gongzhi.people import actions as people
from gongzhi.people.actor import person_for
from tests.cast import WEDNESDAY, Cast, settle

pytestmark = pytest.mark.django_db
BY = Actor.for_service("tests")


@pytest.fixture
def cast(clock: Any) -> Cast:
    clock.set(WEDNESDAY)
    return settle()


def given(kind: str, title: str, **more: Any) -> Offer:
    return offering.offer(Given(kind, title, "大家商量一下怎么办。", **more), by=BY, at=WEDNESDAY)


def ask(cast: Cast, name: str, path: str, *scopes: str) -> Any:
    if not name:
        return Client().get(path)
    key = people.issue_token(
        cast.accounts[name], "t", scopes or ("read",), expires_at=WEDNESDAY + timedelta(days=1), by=BY, at=WEDNESDAY
    )  # fmt: skip
    return Client().get(path, headers={"Authorization": f"Bearer {key}"})


def test_anybody_reads_stories_page_by_page_and_none_that_was_taken_back(cast: Cast) -> None:
    rows = [given("story", f"案例{n}", about="邻里纠纷") for n in range(3)]
    offering.withdraw(rows[1].pk, by=BY, at=WEDNESDAY)
    given("topic", "议题", division_id=cast.haitang.pk)
    first = ask(cast, "", "/api/stories?size=1").json()
    second = ask(cast, "", f"/api/stories?size=1&cursor={first['next']}").json()
    assert [one["title"] for one in first["items"] + second["items"]] == ["案例2", "案例0"]
    assert second["next"] == ""
    assert set(first["items"][0]) == {"key", "title", "text", "about", "body"}, (
        "nothing that leads back, and no moment"
    )
    assert ask(cast, "", f"/api/stories/{rows[0].key}").json()["title"] == "案例0"
    for gone in (rows[1].key, uuid4()):
        assert ask(cast, "", f"/api/stories/{gone}").status_code == 404
    assert ask(cast, "", "/api/stories?cursor=x").json()["error"]["code"] == "bad_cursor"
    assert ask(cast, "", "/api/stories?size=0").status_code == 400


def test_topics_are_for_those_of_the_area_who_read_them_on_the_page(cast: Cast) -> None:
    row = given("topic", "夜里的声音", about="邻里纠纷", often="five", division_id=cast.haitang.pk)
    gone = given("topic", "撤回的", division_id=cast.haitang.pk)
    offering.withdraw(gone.pk, by=BY, at=WEDNESDAY)
    for name in ("leader", "auditor", "clerk"):
        found = ask(cast, name, "/api/topics", "topics.read").json()["items"]
        assert [(one["title"], one["often"], one["state"]) for one in found] == [
            ("夜里的声音", "five", "waiting")
        ], name
        assert found[0]["proposed_on"] == "2026-11-18", "a day, no moment"
        assert ask(cast, name, f"/api/topics/{row.pk}").status_code == 200
        assert ask(cast, name, f"/api/topics/{gone.pk}").status_code == 404
    for name, status in (("", 401), ("resident", 403), ("neighbour", 403)):
        assert ask(cast, name, "/api/topics").status_code == status, name
        assert ask(cast, name, f"/api/topics/{row.pk}").status_code == status, name
    refused = ask(cast, "leader", "/api/topics", "orders.read")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "scope")
    assert ask(cast, "leader", "/api/topics?state=declined").json()["items"] == []
    assert ask(cast, "leader", "/api/topics?state=withdrawn").status_code == 400
    assert ask(cast, "leader", "/api/topics/abc").status_code == 404


def test_what_came_of_a_topic_is_told_without_who_wrote_it(cast: Cast) -> None:
    row = given("topic", "夜里的声音", division_id=cast.haitang.pk)
    leader = person_for(cast.accounts["leader"])
    offering.take_up(row.pk, text="下月议事会讨论", by=leader, at=WEDNESDAY)
    offering.note_outcome(row.pk, text="约定了练琴的钟点", by=leader, at=WEDNESDAY)
    told = ask(cast, "leader", f"/api/topics/{row.pk}").json()
    assert (told["state"], told["answer"], told["outcome"]) == ("taken", "下月议事会讨论", "约定了练琴的钟点")
    assert told["became"] == "" and leader.name not in str(told)
