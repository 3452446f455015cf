"""Statements of disputes: the year of the acceptance table to the unit, by hand at its edges, and what always holds."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civics.settlement import Campaign, Counted, Share, repetition, self_help, statement

YEAR_END = date(2026, 12, 31)
#: Received and settled by type, and the sources: what a year looked like; split over the types as one likes.
YEAR = {
    "family": (98, 95), "neighbours": (203, 199), "housing": (41, 40), "contract": (52, 49), "business": (23, 22),
    "damages": (47, 46), "land": (18, 17), "expropriation": (9, 8), "environment": (36, 35), "labour": (88, 84),
    "consumer": (61, 60), "medical": (14, 13), "traffic": (72, 71), "property": (79, 76), "other": (28, 27),
}  # fmt: skip
SOURCES = {"offered": 455, "applied": 378, "entrusted": 36}


def a_year() -> list[Counted]:
    sources = [name for name, count in SOURCES.items() for _each in range(count)]
    out = []
    for subject, (received, settled) in YEAR.items():
        for n in range(received):
            day = date(2026, 1, 1) + timedelta(days=len(out) % 330)
            out.append(
                Counted(
                    subject,
                    sources[len(out)],
                    day,
                    settled_on=day + timedelta(days=7) if n < settled else None,
                )
            )
    return out


def test_a_year_of_the_acceptance_table_to_the_unit() -> None:
    told = statement(a_year(), until=YEAR_END, of=tuple(YEAR))
    assert (told.total.received, told.total.settled) == (869, 842)
    assert told.total.rate.percent == 96.9
    assert told.total.sources == SOURCES
    assert len(told.lines) == 15
    assert {name: (line.received, line.settled) for name, line in told.lines.items()} == YEAR
    assert told.total.mean_days == 7


def test_a_case_is_counted_as_it_stood_on_the_last_day() -> None:
    begun = date(2026, 3, 1)
    case = Counted(
        "family", "applied", begun, level="estate", settled_on=date(2026, 3, 10), performed_on=date(2026, 4, 1),
        amount=Decimal("1200.50"), prevented="crime", prevented_people=3,
    )  # fmt: skip
    early, settled, kept = (
        statement([case], until=date(2026, *day)).total for day in ((3, 9), (3, 10), (4, 1))
    )
    assert (early.received, early.settled, early.open, early.mean_days) == (1, 0, 1, None)
    assert (settled.settled, settled.performed, settled.mean_days, settled.amount) == (
        1,
        0,
        9,
        Decimal("1200.50"),
    )
    assert settled.levels == {"estate": 1}
    assert (settled.prevented, settled.prevented_people) == ({"crime": 1}, {"crime": 3})
    assert kept.performance == Share(1, 1)
    assert statement([case], until=date(2026, 2, 28)).total.received == 0


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="before it is accepted"):
        statement([Counted("a", "b", date(2026, 2, 2), settled_on=date(2026, 2, 1))], until=YEAR_END)
    with pytest.raises(ValueError, match="no part"):
        Share(2, 1)
    for wrong in (("gossip", 1), ("leads", -1)):
        with pytest.raises(ValueError, match="cannot be counted"):
            self_help([wrong])


@pytest.mark.parametrize(
    ("part", "whole", "percent"), [(842, 869, 96.9), (0, 7, 0.0), (1, 3, 33.3), (1, 16, 6.3)]
)
def test_percent_are_printed_half_up(part: int, whole: int, percent: float) -> None:
    assert Share(part, whole).percent == percent
    assert Share(0, 0).percent is None is Share(0, 0).value


@pytest.mark.parametrize(("part", "whole", "reached", "missing"), [(96, 100, True, 0), (95, 100, False, 1),
                                                                   (24, 25, True, 0), (0, 0, False, 0), (9, 10, False, 1)])  # fmt: skip
def test_a_campaign_reaches_its_goal_in_whole_numbers(
    part: int, whole: int, reached: bool, missing: int
) -> None:
    campaign = Campaign(Share(part, whole))
    assert campaign.goal == Fraction(96, 100)
    assert (campaign.reached, campaign.missing) == (reached, missing)


def test_neighbours_help_themselves() -> None:
    told = self_help(
        [("quarrels", 1250), ("hygiene", 1027), ("leads", 173), ("repairs", 1000), ("repairs", 710)]
    )
    assert told == {"quarrels": 1250, "hygiene": 1027, "leads": 173, "repairs": 1710, "total": 4160}


def test_repetition_is_of_matters() -> None:
    told = repetition([7, 7, 7, 8, 9, 9])
    assert (told.petitions, told.matters, told.repeated, told.again) == (6, 3, 2, 3)
    assert told.share == Share(2, 3)
    assert repetition([]).share.value is None


_days = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@st.composite
def _case(draw: st.DrawFn) -> Counted:
    begun = draw(_days)
    end = draw(st.none() | st.integers(0, 200).map(lambda n: begun + timedelta(days=n)))
    settled = draw(st.booleans())
    return Counted(
        draw(st.sampled_from("abc")), draw(st.sampled_from("xyz")), begun, draw(st.sampled_from("uvw")),
        settled_on=end if settled else None, ended_on=None if settled else end, written=draw(st.booleans()),
        performed_on=end if settled and draw(st.booleans()) else None,
    )  # fmt: skip


@given(st.lists(_case(), max_size=30), _days)
def test_lines_add_up_to_the_total(cases: list[Counted], until: date) -> None:
    told = statement(cases, until=until)
    for name in ("received", "settled", "failed", "open", "written", "oral", "performed", "days"):
        assert sum(getattr(line, name) for line in told.lines.values()) == getattr(told.total, name)
    total = told.total
    assert total.settled + total.failed + total.open == total.received == sum(total.sources.values())
    assert total.written + total.oral == total.settled == sum(total.levels.values())
    assert total.performed <= total.settled
    assert told.total == statement(reversed(cases), until=until).total
