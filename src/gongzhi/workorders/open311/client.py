"""The other side of GeoReport v2: what a partner offers and tells, and filing a request there. Nothing here writes.

Servers differ: ids are numbers or texts, a single request comes alone or in a list, JSON may wrap the list in an object.
What cannot be understood is left out; what they said is kept as they said it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from gongzhi.kit import reaching
from gongzhi.kit.reaching import NotReached
from gongzhi.workorders.open311.asked import MOST, SPAN
from gongzhi.workorders.open311.partners import PeerRow
from gongzhi.workorders.open311.shown import FIELDS
from gongzhi.workorders.open311.speaking import Unreadable, moment_of, read, w3

#: Requests asked for by their numbers at once: an address must not grow too long.
AT_ONCE = 50
_MOMENTS = ("requested_datetime", "updated_datetime", "expected_datetime")
_NUMBERS = ("lat", "long")
#: Longest text of a field that is kept.
LONGEST_TEXT = 8000


@dataclass(frozen=True)
class Taken:
    """What they answered to a request of ours: its number there, or a token for it."""

    their_id: str
    token: str


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, (dict, list)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
    return text.strip()[:LONGEST_TEXT].replace("\x00", "") or None


def told(raw: Any) -> dict[str, Any] | None:
    """One request in our form: the standard's fields, moments in UTC, numbers as numbers; None without a number of its own.

    ``via`` is kept too: where it has been, told by installations of ours.
    """
    if not isinstance(raw, Mapping):
        return None
    found: dict[str, Any] = {name: _text(raw.get(name)) for name in (*FIELDS, "via")}
    if not found["service_request_id"] or len(found["service_request_id"]) > 120:
        return None
    for name in _MOMENTS:
        try:
            found[name] = w3(moment_of(found[name]))
        except (ValueError, OverflowError):
            found[name] = None
    for name in _NUMBERS:
        try:
            found[name] = float(found[name]) if found[name] else None
        except ValueError:
            found[name] = None
    if (
        found["lat"] is None
        or found["long"] is None
        or not (abs(found["lat"]) <= 90 and abs(found["long"]) <= 180)
    ):
        found["lat"] = found["long"] = None
    found["status"] = "closed" if (found["status"] or "").lower() == "closed" else "open"
    return found


def _listed(value: Any, name: str) -> list[Any]:
    if isinstance(value, Mapping):
        inner = value.get(name)
        return inner if isinstance(inner, list) else [value]
    return value if isinstance(value, list) else []


def _get(peer: PeerRow, what: str, secret: str, **said: str) -> Any:
    told_all = {"jurisdiction_id": peer.jurisdiction, "api_key": secret, **said}
    query = urlencode({name: value for name, value in told_all.items() if value})
    address = f"{peer.address.rstrip('/')}/{what}.{peer.form}" + (f"?{query}" if query else "")
    try:
        return read(reaching.ask(address).body, peer.form)
    except Unreadable as fault:
        raise NotReached(f"unreadable: {fault}") from fault


def services(peer: PeerRow, secret: str) -> dict[str, str]:
    """Their services: code → name."""
    found = {}
    for raw in _listed(_get(peer, "services", secret), "services"):
        if isinstance(raw, Mapping) and (code := _text(raw.get("service_code"))) and len(code) <= 30:
            found[code] = (_text(raw.get("service_name")) or code)[:80]
    return found


def requests_by_id(peer: PeerRow, secret: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Requests by their numbers; what a list leaves out is asked for singly, as some servers know no lists."""
    wanted: list[str] = list(ids)
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        raw = _get(peer, "requests", secret, service_request_id=",".join(some))
        rows = [one for one in map(told, _listed(raw, "service_requests")) if one]
        found |= {one["service_request_id"]: one for one in rows if one["service_request_id"] in some}
    for one_id in [one for one in wanted if one not in found][:AT_ONCE]:
        try:
            raw = _get(peer, f"requests/{quote(one_id, safe='')}", secret)
        except NotReached as fault:
            if fault.status in (400, 403, 404, 410):
                continue
            raise
        rows = [one for one in map(told, _listed(raw, "service_requests")) if one]
        found |= {one["service_request_id"]: one for one in rows if one["service_request_id"] == one_id}
    return found


def requests_between(
    peer: PeerRow, secret: str, since: datetime, until: datetime
) -> Iterator[dict[str, Any]]:
    """Their requests of a span, oldest window first, each once. Needs nothing but what every server has: a window that
    comes back full is cut in two."""
    start = since
    while start < until:
        end = min(start + SPAN - timedelta(hours=1), until)
        yield from _window(peer, secret, start, end)
        start = end


def _window(peer: PeerRow, secret: str, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    raw = _get(
        peer, "requests", secret, start_date=w3(since) or "", end_date=w3(until) or "", extensions="true"
    )
    rows = _listed(raw, "service_requests")
    if len(rows) >= MOST and until - since >= timedelta(seconds=2):
        middle = since + (until - since) / 2
        yield from _window(peer, secret, since, middle)
        yield from _window(peer, secret, middle, until)
        return
    yield from (one for one in map(told, rows) if one)


def file(peer: PeerRow, secret: str, form: Mapping[str, str], *, key: str) -> Taken:
    """File a request there. ``key`` is the same however often it is sent. Raises NotReached."""
    said = {"api_key": secret, "jurisdiction_id": peer.jurisdiction, **form}
    body = urlencode({name: value for name, value in said.items() if value}).encode()
    answer = reaching.ask(
        f"{peer.address.rstrip('/')}/requests.{peer.form}",
        body=body,
        headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "Idempotency-Key": key},
    )
    try:
        rows = _listed(read(answer.body, peer.form), "service_requests")
    except Unreadable as fault:
        raise NotReached(f"unreadable: {fault}") from fault
    first = rows[0] if rows and isinstance(rows[0], Mapping) else {}
    taken = Taken(_text(first.get("service_request_id")) or "", _text(first.get("token")) or "")
    if not taken.their_id and not taken.token:
        raise NotReached("no number in the answer")
    return taken


def id_of_token(peer: PeerRow, secret: str, token: str) -> str:
    """The number behind a token; empty while there is none."""
    rows = _listed(_get(peer, f"tokens/{quote(token, safe='')}", secret), "service_requests")
    first = rows[0] if rows and isinstance(rows[0], Mapping) else {}
    return _text(first.get("service_request_id")) or ""


def refusal_in(fault: NotReached) -> str:
    """Why they refused, in their words (400, 403, 404); empty for a fault of the way."""
    if fault.status not in (400, 403, 404, 405, 409, 410, 422):
        return ""
    for form in ("json", "xml"):
        try:
            rows = _listed(read(fault.body, form), "errors")
        except Unreadable:
            continue
        words = [_text(row.get("description")) for row in rows if isinstance(row, Mapping)]
        if found := " ".join(one for one in words if one):
            return found[:200]
    return f"HTTP {fault.status}"
