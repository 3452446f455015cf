"""Programs read one's notices and say that they have been read: only one's own, by scope, page by page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from gongzhi.kit.acting import Actor, acting
from gongzhi.notices import actions
from gongzhi.people import actions as people
from tests.cast import WEDNESDAY, Cast, settle

pytestmark = pytest.mark.django_db
BY = Actor.for_service("tests")


@pytest.fixture
def cast(clock: Any) -> Cast:
    clock.set(WEDNESDAY)
    return settle()


def told(cast: Cast, name: str, number: int) -> None:
    for one in range(number):
        with acting(BY):
            actions.tell(
                "workorders.urge", [cast.accounts[name].pk], fills={"number": f"W261118-{one:06d}"}, by=BY,
                at=WEDNESDAY + timedelta(minutes=one // 2),
            )  # fmt: skip


def ask(cast: Cast, name: str, path: str, *scopes: str, post: bool = False) -> Any:
    key = people.issue_token(
        cast.accounts[name], "t", scopes or ("read", "write"), expires_at=WEDNESDAY + timedelta(days=1), by=BY, at=WEDNESDAY
    )  # fmt: skip
    head = {"Authorization": f"Bearer {key}"}
    return Client().post(path, headers=head) if post else Client().get(path, headers=head)


def test_pages_follow_one_another_without_gap_or_repeat(cast: Cast) -> None:
    told(cast, "resident", 7)
    seen: list[str] = []
    cursor = ""
    for _page in range(4):
        page = ask(cast, "resident", f"/api/notices?size=2&cursor={cursor}").json()
        seen += [one["body"] for one in page["items"]]
        cursor = page["next"]
    assert cursor == "" and len(seen) == len(set(seen)) == 7 and page["new"] == 7


def test_what_is_read_is_read_once(cast: Cast) -> None:
    told(cast, "resident", 3)
    first = ask(cast, "resident", "/api/notices").json()["items"][0]
    assert first["read_at"] is None and first["purpose"] == "workorders.urge"
    path = f"/api/notices/{first['id']}/read"
    assert ask(cast, "resident", path, post=True).json() == {"read": 1, "new": 2}
    assert ask(cast, "resident", path, post=True).json() == {"read": 0, "new": 2}
    assert len(ask(cast, "resident", "/api/notices?new=true").json()["items"]) == 2
    assert ask(cast, "resident", "/api/notices/read", post=True).json() == {"read": 2, "new": 0}


def test_nobody_elses_and_only_with_the_scope(cast: Cast) -> None:
    told(cast, "resident", 1)
    key = ask(cast, "resident", "/api/notices").json()["items"][0]["id"]
    assert ask(cast, "neighbour", "/api/notices").json()["items"] == []
    assert ask(cast, "neighbour", f"/api/notices/{key}/read", post=True).status_code == 404
    assert ask(cast, "resident", f"/api/notices/{uuid4()}/read", post=True).status_code == 404
    assert ask(cast, "resident", "/api/notices", "notices.write").status_code == 403
    assert ask(cast, "resident", "/api/notices/read", "notices.read", post=True).status_code == 403
    assert ask(cast, "resident", "/api/notices", "notices.read").status_code == 200
    assert Client().get("/api/notices").status_code == 401
    assert ask(cast, "resident", "/api/notices?cursor=elsewhere").json()["error"]["code"] == "bad_cursor"
