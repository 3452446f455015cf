"""Two people change the same row of a table at the same instant: one of them succeeds, the other gets one clear 409."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from gongzhi.journal import books
from gongzhi.journal.queries import holds
from gongzhi.kit.errors import Conflict
from gongzhi.people import actions as people
from gongzhi.people.models import Post
from gongzhi.territory import actions as territory
from gongzhi.territory.books import place_values
from gongzhi.territory.models import Place
from gongzhi.workorders.actions import calling_out, keywording, questioning, ruling, taxonomy
from gongzhi.workorders.actions.capping import seen_caps, set_cap
from gongzhi.workorders.actions.questioning import Wanted
from gongzhi.workorders.dry_run import as_wanted
from gongzhi.workorders.editions import Planned
from gongzhi.workorders.models import Edition, Keyword, PromiseRule, Question, Responsibility
from gongzhi.workorders.tables import tree
from tests.cast import IN_GRID_1, WEDNESDAY, Cast, settle
from tests.faults.test_at_the_same_instant import together

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = WEDNESDAY.date()
Act = Callable[[Any, int], Any]


def one_of_two(what: str, cast: Cast, act: Act, names: tuple[str, str] = ("clerk", "other_clerk")) -> None:
    """``act(by, n)`` by two people at once, each with something else in mind."""
    people_ = [cast.person(name) for name in names]
    results = together(*(partial(act, by, n) for n, by in enumerate(people_)))
    lost = [one for one in results if isinstance(one, Exception)]
    assert len(lost) == 1 and isinstance(lost[0], Conflict), (what, results)
    assert (lost[0].status, lost[0].code) in ((409, "someone_was_quicker"), (409, "edition_open")), (
        what,
        lost[0],
    )
    assert str(lost[0]), what


def test_each_row_of_each_table_by_two_at_once(clock: Any) -> None:
    clock.set(WEDNESDAY)
    cast = settle()
    lamp, at = tree().by_code["010105"].id, WEDNESDAY
    line = Responsibility.objects.filter(ends_on=None).exclude(category=None).order_by("pk")[0]
    asked = questioning.change_question(lamp, Wanted("lamps", "几盏？", "number"), by=cast.clerk, at=at)
    told = questioning.change_wording(lamp, step="answer", name="好了", text="修好了。", by=cast.clerk, at=at)
    word = Keyword.objects.order_by("pk")[0]
    seen_word = books.fingerprint(keywording.values_of(word))
    promise = books.fingerprint(ruling.promise_values(PromiseRule.objects.get(code="P01")))
    limit = books.fingerprint(calling_out.limit_values("whistle"))
    caps = seen_caps("return")
    place = Place.objects.order_by("pk")[0]
    seen_place = books.fingerprint(place_values(place))
    wanted = as_wanted(line)
    new = type(wanted)(**{**wanted.__dict__, "code": "NEW"})

    def said(n: int) -> dict[str, Any]:
        return {"name": f"新名 {n}", "aliases": [], "kind": "", "lon": IN_GRID_1[0], "lat": IN_GRID_1[1]}

    acts: dict[str, Act] = {
        "a line": lambda by, n: ruling.change_line(
            type(wanted)(**{**wanted.__dict__, "priority": 50 + n}), starts_on=TODAY, by=by, at=at, seen=line.pk
        ),
        "a new line": lambda by, n: ruling.change_line(
            type(new)(**{**new.__dict__, "priority": 50 + n}), starts_on=TODAY, by=by, at=at, seen=0
        ),
        "a promise": lambda by, n: ruling.change_promise(
            "P01", amount=5 + n, unit="hours", marks=[80], by=by, at=at, seen=promise
        ),
        "a question": lambda by, n: questioning.change_question(
            lamp, Wanted("lamps", f"多少盏 {n}？", "number"), by=by, at=at, seen=asked.pk
        ),
        "a new question": lambda by, n: questioning.change_question(
            lamp, Wanted("height", f"多高 {n}？", "number"), by=by, at=at
        ),
        "a wording": lambda by, n: questioning.change_wording(
            lamp, step="answer", name="好了", text=f"已经修好 {n}。", by=by, at=at, seen=told.pk
        ),
        "a new wording": lambda by, n: questioning.change_wording(
            lamp, step="answer", name="没好", text=f"还没修好 {n}。", by=by, at=at, seen=0
        ),
        "a keyword": lambda by, n: keywording.set_keyword(
            word.category_id, word.word, 5.5 + n, by=by, at=at, keyword_id=word.pk, seen=seen_word
        ),
        "a new keyword": lambda by, n: keywording.set_keyword(lamp, "明月灯", 1 + n, by=by, at=at),
        "a limit": lambda by, n: calling_out.set_limit("whistle", 3 + n, "hours", by=by, at=at, seen=limit),
        "a place": lambda by, n: territory.correct_place(place.pk, said(n), by=by, at=at, seen=seen_place),
        "a new place": lambda by, n: territory.add_place({**said(0), "name": "望海亭"}, by=by, at=at),
    }  # fmt: skip
    for what, act in acts.items():
        one_of_two(what, cast, act)
    one_of_two(
        "a cap",
        cast,
        lambda by, n: set_cap("return", percent=61 + n, by=by, at=at, seen=caps),
        ("leader", "leader"),
    )
    height = Question.objects.get(code="height", ends_on=None)  # both have seen it before one of them ends it
    one_of_two("the end of a question", cast, lambda by, n: questioning.end_question(height.pk, by=by, at=at))
    for table in ("responsibilities", "promises", "questions", "wordings", "keywords", "caps", "places"):
        thread = books.thread_of(table)
        assert holds(thread).ok, table
    assert (
        len(books.changes_of("promises", key="P01")) == 1
        and len(books.changes_of("keywords", key="010105:明月灯")) == 1
    )


def test_a_version_by_two_at_once(clock: Any) -> None:
    clock.set(WEDNESDAY)
    cast = settle()
    clerk = cast.clerk
    one_of_two("begin", cast, lambda by, n: taxonomy.draft_edition(by=by, at=WEDNESDAY))
    edition = Edition.objects.get()

    def plan(by: Any, n: int) -> Any:
        hint = {"hint": f"拍一张照片 {n}"}
        return taxonomy.propose(edition.pk, [Planned("010105", "change", hint)], by=by, at=WEDNESDAY, seen=0)

    one_of_two("one category", cast, plan)
    edition.refresh_from_db()
    seen = edition.edits
    later = TODAY + timedelta(days=3)
    one_of_two(
        "publish", cast,
        lambda by, n: taxonomy.publish(edition.pk, starts_on=(TODAY, later)[n], by=by, at=WEDNESDAY, seen=seen),
    )  # fmt: skip
    second = taxonomy.open_edition()
    if second is not None:  # the one for a later day was quicker
        taxonomy.drop_edition(second.pk, by=clerk, at=WEDNESDAY)
    edition = taxonomy.draft_edition(by=clerk, at=WEDNESDAY)
    taxonomy.propose(edition.pk, [Planned("010106", "change", {"hint": "深吗"})], by=clerk, at=WEDNESDAY)
    one_of_two("publish twice without a look", cast, lambda by, n: taxonomy.publish(
        edition.pk, starts_on=TODAY, by=by, at=WEDNESDAY
    ))  # fmt: skip


def test_a_post_by_two_at_once() -> None:
    cast = settle()
    account, roads = cast.accounts["gardener"], cast.roads

    def give(by: Any, n: int) -> Post:
        return people.give_post(account, "handler", organisation=roads, starts_on=TODAY, by=by, at=WEDNESDAY)

    one_of_two("give", cast, give)
    post = Post.objects.get(account=account, organisation=roads)

    def end(by: Any, n: int) -> None:
        mine = Post.objects.select_related("organisation").get(pk=post.pk)
        mine.ends_on = None  # as both had it before them
        people.end_post(mine, on=TODAY + timedelta(days=n + 1), by=by, at=WEDNESDAY)

    one_of_two("end", cast, end)
