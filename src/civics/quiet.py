"""Hours in which nobody is disturbed, and the moment of the day at which a collected message goes out.

Wall-clock times in a named zone; a span may cross midnight (22:00–08:00). Pure: no clock, no network. Where a zone
changes its clock, a time that does not exist is read with the offset before the change, and of two equal times the
first one counts (PEP 495, ``fold=0``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Quiet:
    """From ``begins`` (included) until ``ends`` (not included) on the wall clock of ``zone``. Equal: never quiet."""

    begins: time
    ends: time
    zone: str

    def holds(self, at: datetime) -> bool:
        """Is this moment inside?"""
        here = at.astimezone(ZoneInfo(self.zone)).time()
        if self.begins <= self.ends:
            return self.begins <= here < self.ends
        return here >= self.begins or here < self.ends


def on_wall(at: datetime, wall: time, zone: str) -> datetime:
    """The first moment after ``at`` at which a clock in ``zone`` shows ``wall``, in UTC."""
    place = ZoneInfo(zone)
    day = at.astimezone(place).date()
    for ahead in range(3):
        found = datetime.combine(day + timedelta(days=ahead), wall, place).astimezone(UTC)
        if found > at:
            return found
    raise AssertionError("a clock shows every time within two days")


def not_before(at: datetime, quiet: Quiet) -> datetime:
    """``at`` itself, or the end of the quiet hours it lies in."""
    return on_wall(at, quiet.ends, quiet.zone) if quiet.holds(at) else at
