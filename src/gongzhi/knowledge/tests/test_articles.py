"""Articles: written, published, looked at again, changed with every wording kept, retired; and who may."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from gongzhi.journal import queries as journal
from gongzhi.journal.models import Entry
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, Invalid, NotFound, SignInFirst
from gongzhi.kit.rules import disagreements
from gongzhi.knowledge import actions, queries
from gongzhi.knowledge.actions import Wording
from gongzhi.knowledge.models import Article, Status, Version
from gongzhi.knowledge.policies import DOORS, RULES
from gongzhi.knowledge.tests.shelf_scene import CARD, PERMIT, written
from gongzhi.knowledge.workflow import WORKFLOW
from gongzhi.people import actions as people
from gongzhi.people.actor import Person
from gongzhi.people.roles import Role
from tests.cast import START, WEDNESDAY, Cast
from tests.stage import cast, neighbourhood, undone

__all__ = ["cast", "neighbourhood"]

DAY = timedelta(days=1)
TODAY = date(2026, 11, 18)


def test_a_draft_is_for_staff_until_it_is_published(cast: Cast) -> None:
    draft = written(cast, publish=False)
    with pytest.raises(NotFound):
        queries.get_article(draft.pk, by=cast.resident)
    assert queries.get_article(draft.pk, by=cast.grid_worker).question == PERMIT.question
    assert queries.suggest("居住证到期了怎么续", at=WEDNESDAY) == []
    actions.publish(draft.pk, seen=1, by=cast.clerk, at=WEDNESDAY)
    assert queries.get_article(draft.pk, by=Person.visitor()).status == Status.PUBLISHED
    assert queries.suggest("居住证到期了怎么续", at=WEDNESDAY)[0].answer.id == draft.pk


def test_nothing_is_published_without_its_source(cast: Cast) -> None:
    bare = replace(PERMIT, source="")
    with undone(), pytest.raises(Invalid) as refused:
        written(cast, bare)
    assert "source" in refused.value.fields
    draft = written(cast, bare, publish=False)
    with undone(), pytest.raises(Invalid):
        actions.publish(draft.pk, by=cast.clerk, at=WEDNESDAY)


def test_every_wording_is_kept_and_an_older_one_comes_back_as_a_new_version(cast: Cast) -> None:
    article = written(cast)
    later = replace(PERMIT, answer="改成网上办了，不用来窗口。")
    changed = actions.change(article.pk, later, seen=1, by=cast.leader, at=WEDNESDAY + DAY)
    assert (changed.version, changed.answer, changed.reviewed_on) == (2, later.answer, TODAY + DAY)
    actions.restore(article.pk, 1, seen=2, by=cast.clerk, at=WEDNESDAY + 2 * DAY)
    told = queries.versions(article.pk, by=cast.auditor)
    assert [(v.number, v.answer) for v in told] == [(3, PERMIT.answer), (2, later.answer), (1, PERMIT.answer)]
    assert [v.entry.by.name for v in told] == ["clerk", "leader", "clerk"]
    verbs = [(e["verb"], e["fields"]) for e in queries.history(article.pk, by=cast.auditor)]
    assert verbs == [
        ("knowledge.restore", ["answer"]), ("knowledge.change", ["answer"]), ("knowledge.publish", []),
    ]  # fmt: skip
    assert journal.holds(article.pk).ok


def test_a_change_that_changes_nothing_writes_nothing(cast: Cast) -> None:
    article = written(cast)
    actions.change(article.pk, PERMIT, seen=1, by=cast.clerk, at=WEDNESDAY)
    assert (
        Entry.objects.filter(thread_id=article.pk).count()
        == Version.objects.filter(article=article).count()
        == 1
    )


def test_of_two_editors_one_is_told_that_the_other_was_quicker(cast: Cast) -> None:
    article = written(cast)
    actions.change(article.pk, replace(PERMIT, answer="一个说法。"), seen=1, by=cast.clerk, at=WEDNESDAY)
    with pytest.raises(Conflict):
        actions.change(
            article.pk, replace(PERMIT, answer="另一个说法。"), seen=1, by=cast.other_clerk, at=WEDNESDAY
        )


@pytest.mark.parametrize("verb", ["still_true", "publish", "retire"])
def test_of_two_who_take_the_same_step_one_gets_a_conflict(cast: Cast, verb: str) -> None:
    article = written(cast, publish=verb != "publish")
    take: dict[str, Any] = {
        "still_true": actions.still_true,
        "publish": actions.publish,
        "retire": actions.retire,
    }
    words = ("不再适用",) if verb == "retire" else ()
    take[verb](article.pk, *words, seen=1, by=cast.clerk, at=WEDNESDAY)
    with pytest.raises(Conflict):
        take[verb](article.pk, *words, seen=1, by=cast.other_clerk, at=WEDNESDAY)


def test_an_answer_grows_stale_and_a_look_makes_it_fresh(cast: Cast) -> None:
    article = written(cast, replace(PERMIT, stale_after_days=30))
    assert article.stale_on == TODAY + 30 * DAY
    month = WEDNESDAY + 30 * DAY
    assert queries.freshness(article, TODAY + 29 * DAY) == ""
    assert queries.freshness(article, TODAY + 30 * DAY) == "stale"
    assert queries.counts(by=cast.clerk, at=month)["stale"] == 1
    fresh = actions.still_true(article.pk, seen=1, by=cast.clerk, at=month)
    assert (fresh.reviewed_on, fresh.stale_on) == (TODAY + 30 * DAY, TODAY + 60 * DAY)
    assert queries.counts(by=cast.clerk, at=month)["stale"] == 0
    assert queries.history(article.pk, by=cast.clerk)[0]["verb"] == "knowledge.still_true"


def test_what_is_over_cannot_be_called_still_true(cast: Cast) -> None:
    article = written(cast, replace(PERMIT, valid_until=TODAY))
    assert queries.freshness(article, TODAY) == ""
    assert queries.freshness(article, TODAY + DAY) == "past"
    with pytest.raises(Conflict) as refused:
        actions.still_true(article.pk, by=cast.clerk, at=WEDNESDAY + DAY)
    assert refused.value.code == "past"


def test_the_stalest_stand_first(cast: Cast) -> None:
    new, old = written(cast), written(cast, CARD, at=WEDNESDAY - 300 * DAY)
    found = queries.find(queries.Wanted(show="published"), by=cast.clerk, at=WEDNESDAY)
    assert [a.pk for a in found.articles] == [old.pk, new.pk]
    assert [
        a.pk for a in queries.find(queries.Wanted(show="stale"), by=cast.clerk, at=WEDNESDAY).articles
    ] == [old.pk]


def test_retiring_needs_a_reason_and_hides_it_from_residents(cast: Cast) -> None:
    article = written(cast)
    with undone(), pytest.raises(Invalid):
        actions.retire(article.pk, "  ", by=cast.clerk, at=WEDNESDAY)
    actions.retire(article.pk, "政策改了", by=cast.clerk, at=WEDNESDAY)
    with pytest.raises(NotFound):
        queries.get_article(article.pk, by=cast.resident)
    assert queries.history(article.pk, by=cast.clerk)[0]["text"] == "政策改了"
    with undone(), pytest.raises(Conflict):
        actions.change(article.pk, CARD, by=cast.clerk, at=WEDNESDAY)
    actions.publish(article.pk, by=cast.clerk, at=WEDNESDAY)
    assert queries.get_article(article.pk, by=cast.resident)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("question", "短"), ("question", "长" * 201), ("answer", ""), ("answer", "长" * 5001), ("category_code", "999999"),
        ("jurisdiction", "US"), ("source_url", "javascript:alert(1)"), ("source_url", "https://a b"),
        ("stale_after_days", 0), ("stale_after_days", 3651), ("ways", tuple(f"问法之{n}号" for n in range(21))),
    ],
)  # fmt: skip
def test_what_is_not_right_is_named_at_its_field(cast: Cast, field: str, wrong: Any) -> None:
    with pytest.raises(Invalid) as refused:
        written(cast, replace(PERMIT, **{field: wrong}))
    assert set(refused.value.fields) == {field}


def test_readers_are_counted_and_nobody_is_kept(cast: Cast) -> None:
    article = written(cast)
    for yes in (True, True, False):
        actions.say_helped(article.pk, yes, by=cast.resident, at=WEDNESDAY)
    row = Article.objects.get(pk=article.pk)
    assert (row.helped, row.helped_not) == (2, 1)
    assert not Entry.objects.filter(thread_id=article.pk, by_id=cast.resident.account_id).exists()


def test_search_wants_every_word_and_puts_the_question_first(cast: Cast) -> None:
    permit = written(cast)
    other = written(cast, Wording("身份证怎么办？", "带户口本，居住证也可以。", source="派出所"))
    found = queries.find(queries.Wanted("居住证"), by=cast.resident, at=WEDNESDAY)
    assert [a.pk for a in found.articles] == [permit.pk, other.pk]
    assert queries.find(queries.Wanted("居住证 续签"), by=cast.resident, at=WEDNESDAY).total == 1
    lone = queries.find(queries.Wanted("证"), by=cast.resident, at=WEDNESDAY)
    assert lone.articles == [] and lone.lone == ["证"]
    assert queries.find(queries.Wanted(topic="09"), by=cast.resident, at=WEDNESDAY).total == 1


# ---- likely answers


def test_a_likely_answer_says_why_and_whether_it_is_still_true(cast: Cast) -> None:
    written(cast, replace(PERMIT, stale_after_days=10))
    written(cast, replace(CARD, valid_until=TODAY))
    permit, *_more = queries.suggest("你好，我的居住证上个月到期了，还能续吗", at=WEDNESDAY + 20 * DAY)
    assert permit.mark == "stale" and "居住证" in permit.reason
    (card,) = queries.suggest("社保卡丢了去哪补", at=WEDNESDAY + 20 * DAY)
    assert card.mark == "past"
    assert queries.suggest("社保卡丢了去哪补", at=WEDNESDAY + 20 * DAY, with_past=False) == []
    assert queries.suggest("", at=WEDNESDAY) == []


def test_what_holds_for_another_area_is_left_out(cast: Cast) -> None:
    article = written(cast, replace(CARD, division_id=cast.tingtao.pk))
    asked = {"at": WEDNESDAY}
    assert queries.suggest("社保卡丢了", division_id=cast.grid_1.pk, **asked) == []
    assert queries.suggest("社保卡丢了", division_id=cast.grid_3.pk, **asked)[0].answer.id == article.pk
    assert queries.suggest("社保卡丢了", **asked)[0].where == "听涛社区"


def test_a_likely_answer_costs_no_statement_once_the_shelf_is_read(cast: Cast, statements: Any) -> None:
    from gongzhi.kit.revision import one_look

    written(cast)
    with one_look():
        queries.suggest("居住证到期", at=WEDNESDAY)
        statements.clear()
        assert queries.suggest("居住证到期了怎么续", at=WEDNESDAY)
        assert statements == []


# ---- rights: people × moments

STAFF = ("clerk", "other_clerk", "leader", "checker", "auditor", "road_worker", "road_head", "grid_worker", "grid_leader",
         "far_grid_worker", "area_clerk", "admin")  # fmt: skip
OTHERS = ("resident", "neighbour", "macao_resident")
EDITS = {"clerk", "other_clerk", "leader", "admin"}


def who(cast: Cast, name: str) -> Person:
    """Somebody of the cast, or a clerk of one community, or an administrator."""
    if name not in ("area_clerk", "admin"):
        return cast.person(name)
    by = Actor.for_service("tests")
    account = people.open_account(login=f"t-{name}", name=name, password=None, by=by, at=WEDNESDAY)
    area = cast.haitang if name == "area_clerk" else cast.street
    role = Role.CLERK if name == "area_clerk" else Role.ADMIN
    people.give_post(account, role, division_id=area.pk, starts_on=START, by=by, at=WEDNESDAY)
    from gongzhi.people.actor import person_for

    return person_for(account)


def in_state(cast: Cast, status: str, division_id: int | None = None) -> Article:
    """An article in this state."""
    article = written(cast, replace(PERMIT, division_id=division_id), publish=status != "draft")
    return (
        actions.retire(article.pk, "不用了", by=cast.clerk, at=WEDNESDAY) if status == "retired" else article
    )


@pytest.mark.parametrize("name", [*STAFF, *OTHERS])
@pytest.mark.parametrize("status", list(WORKFLOW.states))
def test_every_cell_of_the_grid(cast: Cast, name: str, status: str) -> None:
    person = who(cast, name)
    everywhere = in_state(cast, status)
    near = in_state(cast, status, cast.haitang.pk)
    far = in_state(cast, status, cast.tingtao.pk)
    for article, edits in (
        (everywhere, name in EDITS),
        (near, name in EDITS | {"area_clerk"}),
        (far, name in EDITS),
    ):
        assert RULES.may(person, "see", article) is (status == "published" or name in STAFF)
        assert RULES.may(person, "see_versions", article) is (name in STAFF)
        for verb in ("change", "publish", "still_true", "retire", "restore"):
            assert RULES.may(person, verb, article) is edits, (verb, article.division_id)
    assert disagreements(RULES, [person], Article.objects.all()) == []
    assert DOORS.may(person, "open_house", None) is (name in STAFF)
    assert DOORS.may(person, "write", None) is (name in EDITS | {"area_clerk"})


@pytest.mark.parametrize(("status", "verb", "target"), list(WORKFLOW.cells()))
def test_every_cell_of_the_workflow(cast: Cast, status: str, verb: str, target: str | None) -> None:
    article = in_state(cast, status)
    act: dict[str, Any] = {"by": cast.clerk, "at": WEDNESDAY}
    take = {
        "still_true": lambda: actions.still_true(article.pk, **act),
        "publish": lambda: actions.publish(article.pk, **act),
        "change": lambda: actions.change(article.pk, CARD, **act),
        "restore": lambda: actions.restore(article.pk, 1, **act),
        "retire": lambda: actions.retire(article.pk, "不用了", **act),
    }[verb]
    if target is None:
        with pytest.raises(Conflict):
            take()
    else:
        assert take().status == target


def test_a_clerk_of_one_community_writes_for_that_community_only(cast: Cast) -> None:
    clerk = who(cast, "area_clerk")
    assert written(cast, replace(PERMIT, division_id=cast.haitang.pk), by=clerk)
    for area in (None, cast.tingtao.pk, cast.street.pk):
        with undone(), pytest.raises(Forbidden):
            written(cast, replace(CARD, division_id=area), by=clerk)
    with undone(), pytest.raises(SignInFirst):
        written(cast, by=Person.visitor())


def test_a_search_in_traditional_characters_finds_the_same(cast: Cast) -> None:
    article = written(cast)
    found = queries.find(queries.Wanted("居住證 續簽"), by=cast.macao_resident, at=WEDNESDAY)
    assert [a.pk for a in found.articles] == [article.pk]
