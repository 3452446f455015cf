"""A real town begins: in an empty platform, once, with an administrator and tables that dispatch everything."""

from __future__ import annotations

import pytest
from django.contrib.auth import authenticate

from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Conflict, Invalid
from gongzhi.people.actor import person_for
from gongzhi.people.models import Account, Organisation
from gongzhi.workorders.actions.beginning import Beginning, begin_town, enter_organisations
from gongzhi.workorders.models import Category, PromiseRule, Responsibility
from tests.cast import WEDNESDAY

pytestmark = pytest.mark.django_db

TOWN = Beginning("449001", "澜屿区", "449001001000", "望澜街道", "admin")
BY = Actor.for_service("begin")


@pytest.fixture
def password() -> str:
    with acting(BY):
        return begin_town(TOWN, by=BY, at=WEDNESDAY)


def test_the_first_administrator_can_sign_in_and_holds_the_post(password: str) -> None:
    account = authenticate(username="admin", password=password)
    assert isinstance(account, Account)
    assert [post.role for post in person_for(account).posts] == ["admin"]


def test_the_tables_are_there_and_everything_goes_to_the_order_centre(password: str) -> None:
    assert Category.objects.count() > 150
    assert PromiseRule.objects.exists()
    (line,) = Responsibility.objects.all()
    assert line.category is None and line.unit is not None and line.unit.kind == "order_centre"


def test_a_town_begins_only_once(password: str) -> None:
    with pytest.raises(Conflict), acting(BY):
        begin_town(TOWN, by=BY, at=WEDNESDAY)


def test_units_come_from_a_table_and_a_second_run_adds_none(password: str) -> None:
    rows = [
        {"code": "roads", "name": "市政养护公司", "kind": "company", "parent_code": "street",
         "division_code": "449001001000", "phone": ""},
    ]  # fmt: skip
    with acting(BY):
        assert enter_organisations(rows, by=BY, at=WEDNESDAY) == (1, 0)
        assert enter_organisations(rows, by=BY, at=WEDNESDAY) == (0, 1)
    assert Organisation.objects.get(code="roads").parent.code == "street"


def test_a_row_that_cannot_be_taken_is_named_by_its_line(password: str) -> None:
    row = {"code": "x", "name": "甲", "kind": "club", "parent_code": "", "division_code": "", "phone": ""}
    with pytest.raises(Invalid, match="第 2 行"), acting(BY):
        enter_organisations([row], by=BY, at=WEDNESDAY)
