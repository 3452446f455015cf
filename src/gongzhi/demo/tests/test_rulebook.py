"""The invented town's rule book: laid through actions, with a few things left open on purpose."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from gongzhi.demo import laying, rulebook
from gongzhi.demo.days import ZONE, plan
from gongzhi.kit.acting import acting
from gongzhi.people.lines import lines
from gongzhi.people.models import Line
from gongzhi.workorders.actions.taxonomy import open_edition, plans_of
from gongzhi.workorders.codes import code_lists, coverage
from gongzhi.workorders.editions import faults_of
from gongzhi.workorders.models import Edition, Responsibility, Wording
from gongzhi.workorders.questions import questions_for, read_answers
from gongzhi.workorders.tables import tree
from gongzhi.workorders.wordings import unknown_places

UNTIL = datetime(2026, 11, 18, 9, 0, tzinfo=ZONE)


@pytest.mark.django_db
def test_the_rule_book_is_laid(clock: object) -> None:
    clock.set(UNTIL)  # type: ignore[attr-defined]
    town, _stories = plan(7, 1, UNTIL)
    with acting(laying.BY):
        laying.lay(town, since=date(2025, 1, 1), at=UNTIL)
        rulebook.lay(since=date(2025, 1, 1), at=UNTIL)
    assert tree().own(tree().by_code["010105"].id, "closing")
    assert Edition.objects.filter(state="published").count() == 1
    edition = open_edition()
    assert edition is not None and faults_of(plans_of(edition)) == []
    assert [q.code for q in questions_for(tree().by_code["010105"].id)] == ["lamp_area", "lamp_pole"]
    for number in range(40):
        for code in rulebook.QUESTIONS:
            read_answers(rulebook.answers_for(code, number))
    assert Responsibility.objects.exclude(origin="").count() == 2
    assert all(not unknown_places(row.text) for row in Wording.objects.all())
    for one in code_lists().values():
        found = coverage(one)
        assert (found.mapped or found.by_above) and found.theirs_unmapped
    now = lines()
    assert all(now.of(line) for line in Line.values)
    left = {line: (len(now.orphans(line)), len(now.overlaps(line))) for line in Line.values}
    assert sum(orphans for orphans, _overlaps in left.values()) >= 4, left
    assert sum(overlaps for _orphans, overlaps in left.values()) >= 4, left
