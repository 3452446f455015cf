"""Quiet hours and the moment of the digest: what each place starts with, and what an account says instead.

The starting hours are our own choice, the same for the three jurisdictions on their own clocks: nobody is rung up
between ten at night and eight in the morning, as calls to residents are not made then either.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from civics.quiet import Quiet
from gongzhi.notices.models import Hours

NIGHT = (time(22), time(8))
DIGEST_AT = time(18)
#: Jurisdiction → time zone.
ZONES = {"CN": "Asia/Shanghai", "HK": "Asia/Hong_Kong", "MO": "Asia/Macau"}


@dataclass(frozen=True)
class Clock:
    """When somebody is not disturbed, and when their collected message goes out, on one clock."""

    quiet: Quiet
    digest_at: time


def clock_of_place(jurisdiction: str) -> Clock:
    """What a jurisdiction starts with."""
    zone = ZONES.get(jurisdiction, ZONES["CN"])
    return Clock(Quiet(*NIGHT, zone), DIGEST_AT)


def clock_of_address(address: str) -> Clock:
    """The clock of whoever has this number: Hong Kong, Macao, or the mainland; of any other address the mainland's."""
    return clock_of_place(
        "HK" if address.startswith("+852") else "MO" if address.startswith("+853") else "CN"
    )


def clock_of(hours: Hours) -> Clock:
    """What an account has chosen."""
    return Clock(Quiet(hours.begins, hours.ends, hours.zone), hours.digest_at)
