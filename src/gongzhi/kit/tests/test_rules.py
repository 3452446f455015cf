"""The algebra of rights: memory and database always agree, and what is not written is not allowed."""

from __future__ import annotations

import pytest
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Forbidden, SignInFirst
from gongzhi.kit.models import Revision
from gongzhi.kit.rules import EVERYBODY, NOBODY, Rule, RuleTable, disagreements

pytestmark = pytest.mark.django_db

LI = Actor(account_id=7)
OWN = Rule(
    "own", "本人", lambda actor, row: row.stamp == actor.account_id, lambda actor: Q(stamp=actor.account_id)
)
EARLY = Rule("early", "靠前", lambda actor, row: row.name < "c", lambda actor: Q(name__lt="c"))
LEAVES = st.sampled_from([OWN, EARLY, EVERYBODY, NOBODY])
RULES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda a, b: a | b, inner, inner),
        st.builds(lambda a, b: a & b, inner, inner),
        st.builds(lambda a: ~a, inner),
    ),
    max_leaves=8,
)


@pytest.fixture
def rows() -> None:
    for number, name in enumerate("abcdef"):
        Revision.objects.create(name=name, stamp=5 + number)


@given(rule=RULES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_combination_agrees(rows: None, rule: Rule) -> None:
    assert disagreements(RuleTable({"see": rule}), [LI, Actor(account_id=99)], Revision.objects.all()) == []


def test_a_verb_that_is_not_written_is_allowed_to_nobody(rows: None) -> None:
    table = RuleTable({"see": EVERYBODY})
    row = Revision.objects.get(name="a")
    assert table.may(LI, "see", row) and not table.may(LI, "erase", row)
    assert not table.which(LI, "erase", Revision.objects.all()).exists()
    with pytest.raises(Forbidden):
        table.require(LI, "erase", row)
    with pytest.raises(SignInFirst):
        table.require(Actor.nobody(), "erase", row)


def test_disagreement_is_found(rows: None) -> None:
    lie = Rule("lie", "", lambda actor, row: True, lambda actor: Q(name="a"))
    (sentence,) = disagreements(RuleTable({"see": lie}), [LI], Revision.objects.all())
    assert "memory allows ['b', 'c', 'd', 'e', 'f'] more" in sentence


def test_a_table_can_be_read_aloud() -> None:
    rule = OWN & ~EARLY
    assert str(rule.label) == "本人且非靠前"
    assert {part.name for part in rule.parts} == {"own", "early"}
    assert {"see", "own", "early"} <= RuleTable({"see": rule}).names
