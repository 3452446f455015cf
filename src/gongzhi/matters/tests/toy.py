"""A toy kind of matter, with which the spine is tested whatever rooms are installed: a lamp that is lent and returned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from civics.workflow import SAME, State, Step, Workflow
from gongzhi.journal.actions import Said
from gongzhi.kit.acting import Actor
from gongzhi.kit.rules import EVERYBODY, Rule, RuleTable
from gongzhi.matters import actions, kinds
from gongzhi.matters.actions import Opening, Taken
from gongzhi.matters.kinds import Kind, Phrase, Promise, Rung, Term
from gongzhi.matters.models import Matter

#: A Wednesday, 10:00 in Shanghai: a working hour.
WEDNESDAY = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
KEEPER = Actor.for_service("keeper")

KEEPERS = Rule(
    "keeper",
    "保管员",
    lambda actor, row: actor.service == "keeper",
    lambda actor: EVERYBODY.where(actor),
)
STATES = (
    State("wanted", "待借", True, "keeper"),
    State("lent", "已借出", True, "keeper"),
    State("back", "已归还", False),
)
STEPS = (
    Step("lend", "借出", {"wanted"}, "lent", "keeper", clock={"lend": "meet", "return": "start"}),
    Step("wait", "等待", {"lent"}, SAME, "keeper", clock={"return": "pause"}),
    Step("go_on", "继续", {"lent"}, SAME, "keeper", clock={"return": "resume"}),
    Step("take_back", "归还", {"lent"}, "back", "keeper", clock={"return": "meet"}),
    Step("give_up", "放弃", {"wanted"}, "back", "keeper", clock={"lend": "cancel"}),
    Step("lend_again", "再借", {"back"}, "lent", "keeper", clock={"return": "start"}),
)
VERBS = ("open", "lend", "wait", "go_on", "take_back", "give_up", "lend_again", *kinds.ALWAYS)
PROMISES = {
    "lend": Promise("lend", "借出", "提醒保管员", line=(Rung(0, ("clerk",)),)),
    "return": Promise(
        "return", "归还", "提醒借用人", line=(Rung(0, ("handler",)), Rung(100, ("handler", "clerk"))),
    ),
}  # fmt: skip
KIND = Kind(
    code="toy",
    label="玩具",
    prefix="T",
    opens="open",
    workflow=Workflow("toy", "wanted", STATES, STEPS),
    rules=RuleTable({"see": EVERYBODY, **dict.fromkeys(VERBS[1:7], KEEPERS)}),
    promises=PROMISES,
    phrases={verb: Phrase(verb, verb) for verb in VERBS},
    card_template="toy/card.html",
    address_of=lambda pk: f"/toy/{pk}/",
)
TERM = Term(60, "minutes", (50, 80, 100, 150))


@pytest.fixture
def toy() -> Iterator[Kind]:
    """The toy kind, known while the test runs."""
    kinds.register(KIND)
    yield KIND
    kinds._kinds.pop("toy", None)


def begin(**said: Any) -> Matter:
    """A new lamp that somebody wants, promised within sixty minutes."""
    opening = Opening(
        title="台灯", state="wanted", said=(Said("toy.open"),), audience="parties", terms={"lend": TERM}
    )
    return actions.open_matter(KIND, replace(opening, **said), by=KEEPER, at=WEDNESDAY)[0]


def locked(pk: int) -> Matter:
    """As a room locks what it is about to change."""
    return Matter.objects.select_for_update(of=("self", "thread")).select_related("thread").get(pk=pk)


def take(pk: int, verb: str, *, at: datetime = WEDNESDAY, by: Actor = KEEPER, **how: Any) -> Taken:
    """One step, as a room's action would take it."""
    from django.db import transaction

    with transaction.atomic():
        return actions.advance(
            locked(pk),
            verb,
            None,
            said=[Said(f"toy.{verb}")],
            by=by,
            at=at,
            term_of=lambda promise: TERM,
            **how,
        )
