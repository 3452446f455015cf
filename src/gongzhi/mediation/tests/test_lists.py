"""The list of one's cases: every case once, page after page; narrowed; and what lists and papers cost."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.kit.errors import Invalid
from gongzhi.mediation.actions import accepting
from gongzhi.mediation.models import Case
from gongzhi.mediation.queries import lists
from gongzhi.mediation.tests.scene import Room
from gongzhi.mediation.tests.test_signing import as_
from gongzhi.mediation.tests.test_way import mediating, signed
from tests.cast import WEDNESDAY

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_case_once_page_after_page(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "PAGE", 3)
    made = {room.applied(at=WEDNESDAY + timedelta(minutes=n // 2)).pk for n in range(7)}
    client, address, seen, looks = as_(room, "clerk"), "/cases/", [], 0
    while address and looks < 9:
        body = client.get(address).content.decode()
        found = re.findall(r'rows__title" href="/cases/(\d+)/"', body)
        assert len(found) <= 3
        seen += [int(one) for one in found]
        older = re.search(r'href="(\?[^"]*after=[^"]*)" rel="next"', body)
        address, looks = ("/cases/" + older[1].replace("&amp;", "&") if older else ""), looks + 1
    assert sorted(seen) == sorted(made) and looks == 3
    for bad in ("x", "e30", "W10", "%00", "WyIyMDI2LTAxLTAxIiwxXQ"):
        assert client.get(f"/cases/?after={bad}").status_code == 400, bad
    assert client.get("/cases/?state=nonsense").status_code == 400


def test_narrowed_by_state_by_what_is_due_and_to_mine(room: Room) -> None:
    case, other = mediating(room), room.applied()
    late = room.applied(at=WEDNESDAY - timedelta(days=60))
    now = clock.now()

    def found(name: str, **narrow: Any) -> set[int]:
        by = getattr(room, name)
        with acting(by), transaction.atomic():
            return {one.pk for one in lists.page(lists.Filters(**narrow), by=by, now=now).cases}

    assert found("clerk") == {case.pk, other.pk, late.pk}
    assert found("clerk", state="mediating") == {case.pk}
    assert found("clerk", state="closed") == set()
    assert late.pk in found("clerk", due="late") and case.pk not in found("clerk", due="late")
    assert found("macao_mediator", mine=True) == {case.pk}
    assert found("clerk", mine=True) == set()
    assert found("resident", mine=True) == {case.pk, other.pk, late.pk}
    assert found("leader") == found("other_mediator") == set(), "nobody else's case is in a list"
    with pytest.raises(Invalid):
        found("clerk", due="sometime")


def test_lists_and_papers_ask_a_fixed_number_of_statements(
    room: Room, django_assert_max_num_queries: Any
) -> None:
    case = mediating(room)
    signed(room, case)
    for _n in range(6):
        room.applied()
    client = as_(room, "clerk")
    for page, most in (
        ("/cases/", 5),
        (f"/cases/{case.pk}/papers/", 24),
        ("/house/papers/", 5),
        ("/house/papers/mediation.agreement/", 6),
    ):
        client.get(page)
        with django_assert_max_num_queries(most, connection=connection):
            assert client.get(page).status_code == 200, page
    assert Case._meta.ordering == []


def test_a_dispute_in_my_matters_has_words_of_its_own(room: Room) -> None:
    """Nobody answers anybody in a dispute: its term is for deciding, talking, performing."""
    case = room.applied()
    client = as_(room, "resident")
    assert "决定是否受理：" in client.get("/my/").content.decode()
    with acting(room.clerk):
        accepting.accept(case.pk, by=room.clerk, at=WEDNESDAY)
    for address in ("/my/", "/"):
        page = client.get(address).content.decode()
        assert "调解结束：" in page and "答复您" not in page, address
