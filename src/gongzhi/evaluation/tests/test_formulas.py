"""The formula: copied, changed, tried, put in force; what held in a month goes on holding for it."""

from __future__ import annotations

from datetime import date

import pytest

from civics.standing import Formula as Sum
from gongzhi.evaluation import actions, manifests, queries
from gongzhi.evaluation.models import Formula, Publication
from gongzhi.evaluation.seeds import FIRST
from gongzhi.evaluation.tests.scene import NOW, OCTOBER, browser, october, street  # noqa: F401
from gongzhi.kit.errors import Conflict, Forbidden, Invalid, NotFound
from tests.cast import Cast
from tests.stage import neighbourhood  # noqa: F401

pytestmark = pytest.mark.django_db

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)


def test_the_first_formula_is_that_of_the_standard() -> None:
    """CJ/T 292: 50 points from 70 % on, one less per point below; 20 from 90 %; rework 0.2 each, 0.5 from the third."""
    row = Formula.objects.get(version=1)
    read = Sum.read(row.told, frozenset(manifests.figure_names()))
    items = {item.code: item for item in read.items}
    assert (items["on_time"].full, items["on_time"].threshold, items["on_time"].slope) == (50, 70, 1)
    assert items["on_time"].less == "suspended"
    assert (items["closed"].full, items["closed"].threshold) == (20, 90)
    assert (items["reworked"].per, items["reworked_often"].per) == (0.2, 0.5)
    assert sum(item.full * item.weight for item in read.shares) == 100
    assert read == Sum.read(FIRST)


def changed(told: dict[str, object], **change: float) -> dict[str, object]:
    items = [item | change if item["code"] == "on_time" else item for item in told["items"]]  # type: ignore[attr-defined,union-attr]
    return told | {"items": items}


def test_a_new_version_from_copy_to_force(street: Cast) -> None:  # noqa: F811
    by = street.leader
    row = actions.copy_formula(1, by=by, at=NOW)
    assert (row.version, row.starts_on, row.copied_from_id) == (2, None, Formula.objects.get(version=1).pk)
    row = actions.change_formula(2, name="更严", note="", told=changed(row.told, threshold=85), by=by, at=NOW)
    with pytest.raises(Conflict, match="试算"):
        actions.enforce_formula(2, NOVEMBER, by=by, at=NOW)
    actions.note_trial(2, OCTOBER, by=by, at=NOW)
    with pytest.raises(Invalid):
        actions.enforce_formula(2, OCTOBER, by=by, at=NOW)
    with pytest.raises(Invalid):
        actions.enforce_formula(2, date(2026, 11, 2), by=by, at=NOW)
    actions.enforce_formula(2, NOVEMBER, by=by, at=NOW)
    assert queries.formula_for(OCTOBER).version == 1
    assert queries.formula_for(NOVEMBER).version == queries.formula_for(DECEMBER).version == 2
    with pytest.raises(Conflict):
        actions.change_formula(2, name="再改", note="", told=row.told, by=by, at=NOW)
    with pytest.raises(Conflict):
        actions.drop_formula(2, by=by, at=NOW)
    third = actions.copy_formula(2, by=by, at=NOW)
    actions.note_trial(third.version, OCTOBER, by=by, at=NOW)
    with pytest.raises(Conflict):
        actions.enforce_formula(third.version, NOVEMBER, by=by, at=NOW)


def test_a_change_has_to_be_tried_again(street: Cast) -> None:  # noqa: F811
    by = street.leader
    row = actions.copy_formula(1, by=by, at=NOW)
    actions.note_trial(2, OCTOBER, by=by, at=NOW)
    actions.change_formula(2, name="改", note="", told=row.told, by=by, at=NOW)
    with pytest.raises(Conflict):
        actions.enforce_formula(2, NOVEMBER, by=by, at=NOW)


def test_a_month_published_keeps_its_formula(street: Cast) -> None:  # noqa: F811
    """A newer formula does not touch what is published, and a new version of an old month goes by the old one."""
    by = street.leader
    first = actions.publish(street.street.pk, OCTOBER, by=by, at=NOW)
    row = actions.copy_formula(1, by=by, at=NOW)
    actions.change_formula(2, name="更严", note="", told=changed(row.told, threshold=95), by=by, at=NOW)
    actions.note_trial(2, OCTOBER, by=by, at=NOW)
    actions.enforce_formula(2, NOVEMBER, by=by, at=NOW)
    again = actions.publish(street.street.pk, OCTOBER, seen=1, reason="核对", by=by, at=NOW)
    assert again.formula_id == first.formula_id
    assert [r.score for r in again.results.all()] == [
        r.score for r in Publication.objects.get(pk=first.pk).results.all()
    ]


def test_a_faulty_formula_is_refused_with_its_line(street: Cast) -> None:  # noqa: F811
    row = actions.copy_formula(1, by=street.leader, at=NOW)
    with pytest.raises(Invalid, match="on_time"):
        actions.change_formula(
            2, name="错", note="", told=changed(row.told, threshold=120), by=street.leader, at=NOW
        )
    with pytest.raises(Invalid):
        actions.change_formula(2, name=" ", note="", told=row.told, by=street.leader, at=NOW)
    with pytest.raises(NotFound):
        actions.change_formula(9, name="无", note="", told=row.told, by=street.leader, at=NOW)


@pytest.mark.parametrize("name", ["clerk", "road_head", "auditor", "resident"])
def test_only_leaders_change_it(street: Cast, name: str) -> None:  # noqa: F811
    with pytest.raises(Forbidden):
        actions.copy_formula(1, by=street.person(name), at=NOW)
    assert browser(street, name).post("/evaluation/formulas/1/copy/").status_code == 403


def test_through_the_doors(street: Cast) -> None:  # noqa: F811
    leader = browser(street, "leader")
    assert leader.post("/evaluation/formulas/1/copy/").headers["Location"].endswith("/formulas/2/")
    page = leader.get("/evaluation/formulas/2/")
    form = page.context["form"]
    said = {name: form[name].value() for name in form.fields} | {"name": "更严", "i0_threshold": "90"}
    assert leader.post("/evaluation/formulas/2/", said | {"i0_threshold": "many"}).status_code == 400
    assert leader.post("/evaluation/formulas/2/", said | {"i0_threshold": "400"}).status_code == 400
    assert leader.post("/evaluation/formulas/2/", said).headers["Location"].endswith("/formulas/2/try/")
    assert Formula.objects.get(version=2).told["items"][0]["threshold"] == 90
    tried = leader.get("/evaluation/formulas/2/try/")
    moved = [row["moved"] for row in tried.context["rows"]]
    assert tried.status_code == 200 and min(moved) < 0
    assert leader.post("/evaluation/formulas/2/enforce/", {"starts_on": "2026-11-01"}).status_code == 409
    assert leader.post("/evaluation/formulas/2/try/").status_code == 302
    assert leader.post("/evaluation/formulas/2/enforce/", {"starts_on": "2025-11-01"}).status_code == 400
    assert leader.post("/evaluation/formulas/2/enforce/", {"starts_on": "2026-11-01"}).status_code == 302
    assert leader.post("/evaluation/formulas/2/", said).status_code == 409
    assert "现行" in leader.get("/evaluation/formulas/").content.decode()
    assert browser(street, "road_worker").get("/evaluation/formulas/2/").status_code == 200
    leader.post("/evaluation/formulas/2/copy/")
    assert leader.post("/evaluation/formulas/3/drop/").status_code == 302
    assert not Formula.objects.filter(version=3).exists()
