"""A meeting as an iCalendar file (RFC 5545), for the calendar on somebody's telephone.

Values in, text out; who may fetch one is asked by the door. No attendees: their names stay here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

#: A line is folded before it is longer than this (RFC 5545, 3.1), in bytes.
_WIDTH = 75


@dataclass(frozen=True)
class Event:
    """What the file says. ``sequence`` rises with every change, so that calendars replace what they had."""

    uid: str
    sequence: int
    title: str
    starts_at: datetime
    ends_at: datetime
    stamp: datetime
    place: str = ""
    words: str = ""
    url: str = ""
    cancelled: bool = False


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    for sign, told in (
        ("\\", "\\\\"),
        (";", "\\;"),
        (",", "\\,"),
        ("\r\n", "\\n"),
        ("\n", "\\n"),
        ("\r", "\\n"),
    ):
        words = words.replace(sign, told)
    return words


def _folded(line: str) -> str:
    """Lines of at most 75 bytes, never cut inside a character; those that continue begin with a blank."""
    out, width = [""], 0
    for sign in line:
        size = len(sign.encode())
        if width + size > _WIDTH:
            out.append(" ")
            width = 1
        out[-1] += sign
        width += size
    return "\r\n".join(out)


def calendar_file(event: Event) -> str:
    """The text of a file with one event, with CRLF line ends."""
    return _file([event], [f"METHOD:{'CANCEL' if event.cancelled else 'PUBLISH'}"])


def calendar(events: Sequence[Event], *, name: str) -> str:
    """The text of a calendar that others subscribe to; they are asked to look again every six hours (RFC 7986)."""
    head = ["METHOD:PUBLISH", f"NAME:{_text(name)}", f"X-WR-CALNAME:{_text(name)}"]
    return _file(events, [*head, "REFRESH-INTERVAL;VALUE=DURATION:PT6H", "X-PUBLISHED-TTL:PT6H"])


def _file(events: Sequence[Event], head: Sequence[str]) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Gongzhi//Meetings//ZH", *head]
    for event in events:
        lines += _event(event)
    return "\r\n".join(_folded(line) for line in [*lines, "END:VCALENDAR", ""])


def _event(event: Event) -> list[str]:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{_text(event.uid)}",
        f"SEQUENCE:{event.sequence}",
        f"DTSTAMP:{_moment(event.stamp)}",
        f"DTSTART:{_moment(event.starts_at)}",
        f"DTEND:{_moment(event.ends_at)}",
        f"SUMMARY:{_text(event.title)}",
        f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}",
    ]
    lines += [f"LOCATION:{_text(event.place)}"] if event.place else []
    lines += [f"DESCRIPTION:{_text(event.words)}"] if event.words else []
    lines += [f"URL:{event.url}"] if event.url else []
    return [*lines, "END:VEVENT"]
