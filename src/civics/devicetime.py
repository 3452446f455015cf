"""When something was seen, told by a device whose clock may be wrong.

Here: one pure sum. A device notes by its own clock when it saw something (``said``) and, when it sends it, what that
clock shows then (``sent``). The difference between ``sent`` and our own ``now`` is how far the clock is off, and the
same difference puts ``said`` right. Where the clock was set in between (a telephone that found its network again), the
difference *measured* nearest to the moment of seeing is the better one. Not here: asking a device, keeping the answer.

Nothing can have been seen after it arrived: such a moment is taken back to the arrival and marked doubtful, as is one
longer ago than a device keeps anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

#: A clock that is off by less is right: networks take their time, and so do people.
RIGHT_WITHIN = timedelta(minutes=2)
#: Nothing waits longer on a device.
OLDEST = timedelta(days=31)


@dataclass(frozen=True)
class Seen:
    """The moment by our clock; how far ahead the device's clock was when it saw (negative: behind); whether to doubt it."""

    at: datetime
    ahead: timedelta
    doubtful: bool = False

    @property
    def wrong_clock(self) -> bool:
        """Whether the device's clock was off by more than people would notice."""
        return abs(self.ahead) > RIGHT_WITHIN


def seen_at(said: datetime, *, sent: datetime, now: datetime, measured: timedelta | None = None) -> Seen:
    """Put the moment ``said`` right. All moments are aware; ``measured`` is server minus device, near ``said``."""
    shift = now - sent
    moved = sent < said
    if measured is not None and (moved or abs(measured - shift) > RIGHT_WITHIN):
        shift, moved = measured, False
    at = said + shift
    doubtful = moved or at > now + RIGHT_WITHIN or at < now - OLDEST
    return Seen(min(at, now) if at >= now - OLDEST else now, -shift, doubtful)
