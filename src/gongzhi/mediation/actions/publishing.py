"""Publishing figures: of each year once when it is over, and of the running one in tens after each of its quarters.

A number that was told is never told again otherwise, so nothing is learned from a difference. The sums are ``civics.disclosure``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction

from gongzhi.mediation.models import Publication
from gongzhi.mediation.queries import figures

#: What was settled or signed on the last days is entered by then.
GRACE = timedelta(days=14)


def _due(on: date) -> Iterator[tuple[int, date]]:
    """(year, last day) of everything that should have been published by a day: whole years, and quarters of the running one."""
    last = on - GRACE - timedelta(days=1)
    for year in range(figures.first_year(on), last.year + 1):
        whole = figures.months(year).until
        if whole <= last:
            yield year, whole
            continue
        for month in (9, 6, 3):
            quarter = figures.months(year, 1, month).until
            if quarter <= last:
                yield year, quarter
                break


def publish(*, on: date, at: datetime) -> int:
    """Publish what is due and is not there yet. Safe to run twice. How many publications it was."""
    count = 0
    for year, until in _due(on):
        with transaction.atomic():
            there = list(Publication.objects.filter(year=year))
            if any(row.until >= until for row in there):
                continue
            before = [(row.told["about"][0], row.told["about"][1]) for row in there if row.told["about"]]
            shown = figures.reckoned(year, until, told_before=before)
            _row, made = Publication.objects.get_or_create(
                year=year, until=until, defaults={"told": figures.kept(shown), "at": at}
            )
            count += made
    return count
