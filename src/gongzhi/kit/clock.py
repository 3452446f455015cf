"""The one place where the time is read. Doors and jobs call `now()`; actions are given `at=`.

Tests stop the clock with the fixture `clock` (see `stopped`). No calendars and no due moments: `civics.worktime`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_stopped_at: datetime | None = None


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _stopped_at if _stopped_at is not None else datetime.now(UTC)


def today(zone: str | ZoneInfo | None = None) -> date:
    """The date of the present moment in `zone` (default: the installation's time zone)."""
    return local(now(), zone).date()


def local(moment: datetime, zone: str | ZoneInfo | None = None) -> datetime:
    """The same moment as read on a wall clock in `zone` (default: the installation's time zone)."""
    if zone is None:
        from django.utils import timezone

        return moment.astimezone(timezone.get_default_timezone())
    return moment.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)


class StoppedClock:
    """Handle on a stopped clock: set it or push it forward."""

    def set(self, moment: datetime) -> datetime:
        """Stop the clock at `moment` (aware)."""
        global _stopped_at
        if moment.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        _stopped_at = moment.astimezone(UTC)
        return _stopped_at

    def forward(self, **amount: float) -> datetime:
        """Move on by `timedelta(**amount)`; starts from the present when the clock still runs."""
        return self.set(now() + timedelta(**amount))

    def now(self) -> datetime:
        """The moment the clock shows."""
        return now()


@contextmanager
def stopped(moment: datetime | None = None) -> Iterator[StoppedClock]:
    """Stop the clock of the whole program (every thread) while the block runs. For tests and the demo town."""
    global _stopped_at
    before = _stopped_at
    handle = StoppedClock()
    if moment is not None:
        handle.set(moment)
    try:
        yield handle
    finally:
        _stopped_at = before
