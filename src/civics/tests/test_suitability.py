"""Who suits a dispute: by hand for each ground, and what always holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from civics.suitability import JURISDICTION, LANGUAGE, LOAD, MOST, NEAR, SUBJECT, Mediator, Wanted, suited

WANTED = Wanted("property", {"zh-hant", "pt"}, {"macao"}, (7, 2, 1))
FITTING = Mediator(1, {"zh-hans", "pt"}, {"property"}, {"mainland", "macao"}, {7})


def points(one: Mediator, wanted: Wanted = WANTED) -> dict[str, int]:
    return {ground.code: ground.points for ground in suited(wanted, [one])[0].grounds}


def test_whoever_has_all_gets_all() -> None:
    assert points(FITTING) == MOST
    assert suited(WANTED, [FITTING])[0].points == sum(MOST.values()) == 100


def test_every_ground_is_explained() -> None:
    told = suited(WANTED, [replace(FITTING, languages={"zh-hans"}, load=2)])[0]
    grounds = {ground.code: ground for ground in told.grounds}
    assert (grounds[LANGUAGE].has, grounds[LANGUAGE].lacks) == (("zh-hant",), ("pt",))
    assert grounds[LANGUAGE].points == 15
    assert (grounds[LOAD].points, grounds[LOAD].has) == (6, ("2", "5"))


def test_subject_law_and_nearness() -> None:
    assert points(replace(FITTING, subjects={"medical"}))[SUBJECT] == 0
    assert points(replace(FITTING, subjects=()))[SUBJECT] == 12
    assert points(replace(FITTING, jurisdictions={"mainland"}))[JURISDICTION] == 0
    assert [points(replace(FITTING, areas={area}))[NEAR] for area in (7, 2, 1, 99)] == [15, 9, 4, 0]


def test_who_waits_longer_comes_first_among_equals() -> None:
    rows = [
        replace(FITTING, id=1, last=date(2026, 5, 1)),
        replace(FITTING, id=2, last=date(2026, 4, 1)),
        replace(FITTING, id=3),
    ]
    assert [one.id for one in suited(WANTED, rows)] == [3, 2, 1]


_mediators = st.lists(
    st.builds(
        Mediator, st.integers(1, 50), st.sets(st.sampled_from(["zh-hans", "pt", "en"])),
        st.sets(st.sampled_from(["property", "family"])), st.sets(st.sampled_from(["macao", "hong_kong"])),
        st.sets(st.integers(0, 8)), st.integers(0, 6), st.integers(1, 6),
    ),
    unique_by=lambda one: one.id, max_size=12,
)  # fmt: skip


@given(_mediators, st.sets(st.integers(1, 50)))
def test_who_is_barred_leaves_no_trace(mediators: list[Mediator], barred: set[int]) -> None:
    told = suited(WANTED, mediators, barred=barred)
    assert told == suited(WANTED, [one for one in mediators if one.id not in barred])
    assert not {one.id for one in told} & barred
    assert all(0 <= one.points <= 100 for one in told)
    assert all(one.load < one.most for one in mediators if one.id in {s.id for s in told})
