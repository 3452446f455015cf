"""The invented town has disputes at every stage, and their lock holds there too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from gongzhi.demo import mediating
from gongzhi.demo.giving import give
from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.matters.models import Offer
from gongzhi.mediation.models import Case, Tally
from gongzhi.mediation.queries.figures import published
from gongzhi.people import actions as people
from gongzhi.people.actions import NewAccount
from gongzhi.people.actor import person_for
from gongzhi.people.models import Account
from tests.cast import _BY, settle

pytestmark = pytest.mark.django_db(transaction=True)


def test_sixty_cases_at_all_stages() -> None:
    assert mediating.CASES == 60


def test_each_stage_is_played_through_the_actions(
    monkeypatch: pytest.MonkeyPatch, administrator_connection: Any, raw_as: Callable[..., Any]
) -> None:
    cast = settle()
    monkeypatch.setattr(mediating, "STAGES", dict.fromkeys(mediating.STAGES, 1))
    monkeypatch.setattr(mediating, "CASES", len(mediating.STAGES))
    monkeypatch.setattr(mediating, "LAST_YEAR", 10)
    people.open_accounts(
        [NewAccount(name=f"居民{n}", address=f"+861990001{n:04d}") for n in range(60)], by=_BY, at=clock.now()
    )
    assert mediating.mediate(1, clock.now()) == len(mediating.STAGES)
    states = administrator_connection.execute(
        "SELECT state, count(*) FROM mediation_case GROUP BY 1"
    ).fetchall()
    assert {state for state, _n in states} == {
        "applied", "offered", "refused", "declined", "withdrawn", "accepted", "mediating", "unsettled", "in_force",
        "performed", "filed",
    }  # fmt: skip
    year = clock.today().year - 1
    past = administrator_connection.execute(
        "SELECT count(*), count(settled_on), count(*) FILTER (WHERE state = 'filed') FROM mediation_tally"
        " WHERE extract(year FROM accepted_on) = %s",
        [year],
    ).fetchone()
    assert past is not None and past[0] == past[2] == 10 and past[1] >= 7, (
        "last year's are all filed, so that a whole year can be published"
    )
    told = published(year, today=clock.today())
    assert not told.few and told.subjects is not None
    stories, topics = give(clock.now())
    assert stories >= 1 and topics >= 1
    assert Offer.objects.filter(kind="story", state="published").count() == stories
    clerk = person_for(Account.objects.get(login="case_clerk"))
    with acting(clerk), transaction.atomic():
        mine = Case.objects.count()
        assert 0 < mine == Tally.objects.count()
    assert raw_as(cast.leader.account_id).execute("SELECT count(*) FROM mediation_case").fetchone() == (0,)
