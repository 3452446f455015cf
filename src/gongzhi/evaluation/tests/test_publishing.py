"""Publishing a month, appealing, deciding; what was published stays; the record proves it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from gongzhi.evaluation import actions, manifests, queries
from gongzhi.evaluation.models import Appeal, Publication, Result
from gongzhi.evaluation.tests.scene import MONDAY, NOW, OCTOBER, browser, october, street  # noqa: F401
from gongzhi.journal.models import Entry
from gongzhi.kit.errors import Conflict, Forbidden, Invalid, NotFound
from gongzhi.matters.models import Matter
from tests.cast import Cast
from tests.stage import act, bring, neighbourhood  # noqa: F401

pytestmark = pytest.mark.django_db


def published(street: Cast) -> Publication:  # noqa: F811
    return actions.publish(street.street.pk, OCTOBER, by=street.leader, at=NOW)


def number_behind(street: Cast, figure: str = "due", place: int = -1) -> str:  # noqa: F811
    rows = manifests.matters_behind(
        figure, OCTOBER, unit_id=street.roads.pk, area_id=street.street.pk, now=NOW
    )
    return Matter.objects.get(pk=rows[place][0]).number


def test_a_month_is_published_with_its_formula_and_every_number(street: Cast) -> None:  # noqa: F811
    row = published(street)
    assert (row.version, row.formula.version) == (1, 1)
    roads = Result.objects.get(publication=row, unit=street.roads)
    assert roads.figures["due"] == 12 and roads.figures["on_time"] == 10 and roads.figures["closed"] == 11
    assert roads.figures["reworked"] == 1 and roads.figures["rated"] == 1
    on_time = next(line for line in roads.lines if line["code"] == "on_time")
    assert (on_time["good"], on_time["cases"]) == (10, 12)
    assert on_time["rate"]["low"] < on_time["rate"]["shrunk"] < on_time["rate"]["high"]
    assert roads.score is not None and 0 < roads.score <= 100
    gardens = Result.objects.get(publication=row, unit=street.gardens)
    assert (gardens.figures["due"], gardens.figures["on_time"]) == (2, 1)
    # one of two is drawn toward the others
    line = next(line for line in gardens.lines if line["code"] == "on_time")
    assert 0.5 < line["rate"]["shrunk"] < 10 / 12


def test_points_add_up_to_the_score(street: Cast) -> None:  # noqa: F811
    for result in Result.objects.filter(publication=published(street)):
        points = sum(line["points"] for line in result.lines)
        full = sum(line["full_here"] for line in result.lines)
        assert result.score == pytest.approx(max(0, min(100, 100 * points / full)))


def test_only_whole_months_are_published(street: Cast) -> None:  # noqa: F811
    with pytest.raises(Invalid):
        actions.publish(street.street.pk, date(2026, 11, 1), by=street.leader, at=NOW)
    with pytest.raises(Invalid):
        actions.publish(street.street.pk, date(2026, 10, 2), by=street.leader, at=NOW)
    with pytest.raises(Invalid, match="没有可以评价"):
        actions.publish(street.street.pk, date(2026, 3, 1), by=street.leader, at=NOW)


def test_two_who_publish_at_once_get_one_version_and_one_refusal(street: Cast) -> None:  # noqa: F811
    published(street)
    with pytest.raises(Conflict):
        actions.publish(street.street.pk, OCTOBER, seen=0, by=street.leader, at=NOW)
    with pytest.raises(Invalid):
        actions.publish(street.street.pk, OCTOBER, seen=1, by=street.leader, at=NOW)
    second = actions.publish(street.street.pk, OCTOBER, seen=1, reason="补录了材料", by=street.leader, at=NOW)
    assert second.version == 2 and second.thread_id == Publication.objects.get(version=1).thread_id


def test_what_was_published_stays_whatever_happens_to_the_orders(street: Cast) -> None:  # noqa: F811
    row = published(street)
    before = queries.stored(row)
    waiting = Matter.objects.filter(state="in_hand", answerable=street.roads).first()
    assert waiting is not None
    act(street, "answer", waiting.pk, at=NOW + timedelta(minutes=5))
    assert queries.stored(row) == before
    # and computed again it is the same too: October ended before that
    again = queries.computed(street.street.pk, OCTOBER, now=NOW + timedelta(days=1))
    assert [(one.unit_id, one.figures, one.score) for one in again] == [
        (one.unit_id, one.figures, one.score) for one in before
    ]


def test_the_database_keeps_it_too(street: Cast) -> None:  # noqa: F811
    row = published(street)
    for change in (
        lambda: Result.objects.filter(publication=row).update(score=100),
        lambda: Publication.objects.filter(pk=row.pk).update(version=9),
        lambda: Result.objects.filter(publication=row).delete(),
    ):
        with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
            change()


def test_the_record_proves_what_was_published(street: Cast) -> None:  # noqa: F811
    row = published(street)
    entry = Entry.objects.get(thread_id=row.thread_id, verb="evaluation.publish")
    assert entry.detail["digest"] == actions._digest(row.results.order_by("pk"))
    assert (entry.detail["month"], entry.detail["formula"], entry.by_id) == (
        "2026-10",
        1,
        street.leader.account_id,
    )


def test_an_appeal_is_granted_and_makes_a_new_version(street: Cast) -> None:  # noqa: F811
    first = published(street)
    late = number_behind(street, "due", 0)
    row = actions.appeal(
        street.street.pk, OCTOBER, street.roads.pk, words="属于区级管养", numbers=[late.lower()], by=street.road_head,
        at=NOW,
    )  # fmt: skip
    with pytest.raises(Conflict):
        actions.appeal(
            street.street.pk,
            OCTOBER,
            street.roads.pk,
            words="再来一次",
            numbers=[late],
            by=street.road_head,
            at=NOW,
        )
    with pytest.raises(Forbidden):
        actions.decide(row.pk, granted=row.matters, decision="我们同意", by=street.both, at=NOW)
    at = NOW + timedelta(minutes=1)
    done = actions.decide(row.pk, granted=row.matters, decision="确属区级管养", by=street.leader, at=at)
    assert done.state == "granted" and done.led_to is not None and done.led_to.version == 2
    old = Result.objects.get(publication=first, unit=street.roads)
    new = Result.objects.get(publication=done.led_to, unit=street.roads)
    assert new.figures["due"] == old.figures["due"] - 1
    assert Result.objects.filter(publication=first).count() == 2
    verbs = list(
        Entry.objects.filter(thread_id=first.thread_id).order_by("position").values_list("verb", flat=True)
    )
    assert verbs == ["evaluation.publish", "evaluation.appeal", "evaluation.decide", "evaluation.publish"]
    with pytest.raises(Conflict):
        actions.decide(row.pk, granted=[], decision="改主意了", by=street.leader, at=at)
    # the list behind the old version is as long as its number, and so is the new one's
    for publication, result in ((first, old), (done.led_to, new)):
        rows = manifests.matters_behind(
            "due", OCTOBER, unit_id=street.roads.pk, area_id=street.street.pk, now=at,
            without=queries.taken_out(street.street.pk, OCTOBER, publication),
        )  # fmt: skip
        assert len(rows) == result.figures["due"]


def test_an_appeal_is_refused_with_words(street: Cast) -> None:  # noqa: F811
    published(street)
    row = actions.appeal(
        street.street.pk, OCTOBER, street.roads.pk, words="不是我们", numbers=[number_behind(street)],
        by=street.road_head, at=NOW,
    )  # fmt: skip
    with pytest.raises(Invalid):
        actions.decide(row.pk, granted=[], decision="", by=street.leader, at=NOW)
    with pytest.raises(Invalid):
        actions.decide(row.pk, granted=[1], decision="写了理由", by=street.leader, at=NOW)
    done = actions.decide(row.pk, granted=[], decision="现场在你单位范围内", by=street.leader, at=NOW)
    assert (done.state, done.led_to) == ("refused", None)
    assert Publication.objects.count() == 1
    # decided: the unit may appeal again
    actions.appeal(
        street.street.pk, OCTOBER, street.roads.pk, words="补充了材料", numbers=[number_behind(street)],
        by=street.road_head, at=NOW,
    )  # fmt: skip
    assert Appeal.objects.count() == 2


def test_an_appeal_names_its_own_orders(street: Cast) -> None:  # noqa: F811
    published(street)
    number = bring(street, "triage", at=MONDAY).number
    for numbers in ([], ["W000000-000000"], [number_behind(street), number]):
        with pytest.raises(Invalid):
            actions.appeal(
                street.street.pk, OCTOBER, street.roads.pk, words="不归我们", numbers=numbers, by=street.road_head,
                at=NOW,
            )  # fmt: skip
    with pytest.raises(Forbidden):
        actions.appeal(
            street.street.pk,
            OCTOBER,
            street.roads.pk,
            words="不归我们",
            numbers=[number],
            by=street.garden_head,
            at=NOW,
        )
    with pytest.raises(NotFound):
        actions.appeal(
            street.street.pk,
            OCTOBER,
            street.centre.pk,
            words="不归我们",
            numbers=[number],
            by=street.road_head,
            at=NOW,
        )


def test_the_whole_story_through_the_doors(street: Cast) -> None:  # noqa: F811
    leader, head = browser(street, "leader"), browser(street, "road_head")
    assert leader.post("/evaluation/2026-10/publish/", {"seen": "0"}).status_code == 302
    unit = f"/evaluation/2026-10/{street.roads.pk}/"
    number = number_behind(street)
    bad = head.post(unit, {"numbers": "W1", "words": "不归我们管"})
    assert bad.status_code == 400 and "没有算在您单位" in bad.content.decode()
    assert head.post(unit, {"numbers": number, "words": "不归我们管"}).status_code == 302
    assert head.post(unit, {"numbers": number, "words": "不归我们管"}).status_code == 409
    row = Appeal.objects.get()
    assert head.get(f"/evaluation/appeals/{row.pk}/").status_code == 403
    assert number in leader.get(f"/evaluation/appeals/{row.pk}/").content.decode()
    assert (
        leader.post(f"/evaluation/appeals/{row.pk}/", {"granted": row.matters, "decision": ""}).status_code
        == 400
    )
    said = {"granted": row.matters, "decision": "确实不归他们"}
    assert leader.post(f"/evaluation/appeals/{row.pk}/", said).status_code == 302
    page = head.get("/evaluation/?month=2026-10").content.decode()
    assert "第 2 版" in page and "采纳申诉" in page
    assert "这是旧的一版" in head.get("/evaluation/?month=2026-10&version=1").content.decode()
    assert "确实不归他们" in head.get(unit).content.decode()
    assert head.get(unit + "?version=9").status_code == 404


def test_the_scene_is_in_october() -> None:
    assert OCTOBER.month == MONDAY.month
