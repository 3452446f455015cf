"""Who may do what with the evaluation: every verb for every person, in memory and in the database alike."""

from __future__ import annotations

import pytest

from gongzhi.evaluation import actions
from gongzhi.evaluation.models import Appeal, Result
from gongzhi.evaluation.policies import RULES
from gongzhi.evaluation.tests.scene import NOW, OCTOBER, browser, october, street  # noqa: F401
from gongzhi.kit.rules import disagreements
from gongzhi.matters.models import Matter
from gongzhi.people.actor import Person
from gongzhi.territory.models import Division
from tests.cast import Cast
from tests.stage import neighbourhood  # noqa: F401

pytestmark = pytest.mark.django_db

#: person → what they may do. ``appeal`` is against the road unit's result, ``decide`` about the road unit's appeal.
GRID = {
    "clerk": {"read", "preview"},
    "other_clerk": {"read", "preview"},
    "checker": {"read"},
    "leader": {"read", "preview", "publish", "decide", "change_formula"},
    "auditor": {"read", "preview"},
    "road_worker": {"read"},
    "road_head": {"read", "appeal"},
    "gardener": {"read"},
    "garden_head": {"read"},
    "grid_worker": {"read"},
    "grid_leader": {"read"},
    "far_grid_worker": {"read"},
    "far_leader": {"read", "change_formula"},
    "both": {"read", "preview", "publish", "appeal", "change_formula"},
    "resident": set(),
    "neighbour": set(),
    "macao_resident": set(),
}  # fmt: skip


@pytest.fixture
def things(street: Cast) -> dict[str, object]:  # noqa: F811
    publication = actions.publish(street.street.pk, OCTOBER, by=street.leader, at=NOW)
    result = Result.objects.get(publication=publication, unit=street.roads)
    order = Matter.objects.filter(answerable=street.roads, opened_at__lt=NOW).order_by("pk").first()
    assert order is not None
    appeal = actions.appeal(
        street.street.pk, OCTOBER, street.roads.pk, words="不归我们管", numbers=[order.number], by=street.road_head, at=NOW,
    )  # fmt: skip
    return {"publish": street.street, "preview": street.street, "appeal": result, "decide": appeal}


def test_the_grid_names_everybody(street: Cast) -> None:  # noqa: F811
    assert set(GRID) == set(street.accounts)


@pytest.mark.parametrize("name", sorted(GRID))
def test_each_person_may_exactly_this(street: Cast, things: dict[str, object], name: str) -> None:  # noqa: F811
    person = street.person(name)
    may = {verb for verb in RULES.verbs if RULES.may(person, verb, things.get(verb))}
    assert may == GRID[name]


def test_a_visitor_may_nothing(things: dict[str, object]) -> None:
    assert not any(RULES.may(Person.visitor(), verb, things.get(verb)) for verb in RULES.verbs)


def test_memory_and_database_agree(street: Cast, things: dict[str, object]) -> None:  # noqa: F811
    everybody = [*(street.person(name) for name in GRID), Person.visitor()]
    assert disagreements(RULES, everybody, Division.objects.all(), {"preview", "publish"}) == []
    assert disagreements(RULES, everybody, Result.objects.all(), {"appeal"}) == []
    rows = Appeal.objects.select_related("result__publication__area")
    assert disagreements(RULES, everybody, rows, {"decide"}) == []


@pytest.mark.parametrize(
    ("name", "status"),
    [("", 302), ("resident", 403), ("road_worker", 200), ("leader", 200), ("far_grid_worker", 200)],
)
def test_doors_ask_too(street: Cast, things: dict[str, object], name: str, status: int) -> None:  # noqa: F811
    client = browser(street, name)
    for page in ("/evaluation/", "/evaluation/formulas/", "/evaluation/export.csv", "/evaluation/print/",
                 f"/evaluation/2026-10/{street.roads.pk}/", f"/evaluation/2026-10/{street.roads.pk}/due/"):  # fmt: skip
        answer = client.get(page)
        assert answer.status_code in ((302, 401) if status == 302 else (status,)), (page, answer.status_code)


@pytest.mark.parametrize("name", ["clerk", "road_head", "auditor", "far_leader", "resident"])
def test_only_leaders_of_the_place_publish(street: Cast, name: str) -> None:  # noqa: F811
    answer = browser(street, name).post("/evaluation/2026-10/publish/", {"seen": "0"})
    assert answer.status_code == 403


def test_before_it_is_published_only_those_who_answer_for_the_place_look(street: Cast) -> None:  # noqa: F811
    assert "还没有公布" in browser(street, "leader").get("/evaluation/?month=2026-10").content.decode()
    page = browser(street, "road_head").get("/evaluation/?month=2026-10").content.decode()
    assert "这个月还没有公布" in page and "按期结案" not in page
    assert browser(street, "road_head").get(f"/evaluation/2026-10/{street.roads.pk}/").status_code == 403
    assert browser(street, "road_head").get("/evaluation/export.csv?month=2026-10").status_code == 403


def test_no_single_worker_and_no_resident_is_named(street: Cast, things: dict[str, object]) -> None:  # noqa: F811
    """The month and the unit name units, and of people only who published and who appealed, in their office."""
    for page in (
        "/evaluation/?month=2026-10",
        "/evaluation/print/?month=2026-10",
        "/evaluation/export.csv?month=2026-10",
    ):
        text = browser(street, "auditor").get(page).content.decode()
        for name in ("road_worker", "gardener", "grid_worker", "checker", "neighbour", "macao_resident"):
            assert name not in text, (page, name)
