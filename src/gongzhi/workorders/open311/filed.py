"""A request as it is posted to us, read into a report. Nothing here writes.

Beyond the standard we understand: ``Idempotency-Key`` (or ``token``), ``via`` (where it has been), ``emergency_acknowledged``,
a photograph as the file ``media``, and, for keys that may bring past records, the fields that the standard only gives out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.http import QueryDict
from django.utils.translation import gettext as _

from gongzhi.kit.errors import Invalid, NotFound
from gongzhi.kit.images import Picture, check_picture
from gongzhi.territory.ground import ground
from gongzhi.workorders.drafts import MOST_PICTURES, Draft, Outcome
from gongzhi.workorders.models import AnswerKind, Channel, Scope
from gongzhi.workorders.open311.partners import Shown
from gongzhi.workorders.open311.services import NOTICE
from gongzhi.workorders.open311.speaking import moment_of, w3
from gongzhi.workorders.questions import Asked, please, questions_for
from gongzhi.workorders.tables import Topic, tree

#: The standard's limit of a description, in characters.
LONGEST = 4000
#: Installations that a request may have been through.
MOST_HOPS = 10
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,60})\](?:\[\d*\])?")
_HOP = re.compile(r"[0-9a-f]{16}:[A-Za-z0-9._/-]{1,60}")
#: Fields that only travel out by the standard; past records may bring them.
PAST = (
    "requested_datetime",
    "updated_datetime",
    "expected_datetime",
    "status",
    "status_notes",
    "agency_responsible",
    "service_notice",
    "zipcode",
)


@dataclass(frozen=True)
class Filed:
    """A request that was posted: the report, and what the report has no place for."""

    draft: Draft
    via: tuple[str, ...] = ()
    account_id: str = ""
    told: dict[str, Any] = field(default_factory=dict)


def hops(text: str) -> tuple[str, ...]:
    """The installations that a request has been through, from ``via``; what is not written like one is left out."""
    found = [one.strip() for one in text.split(",")]
    return tuple(one for one in found if _HOP.fullmatch(one))[-MOST_HOPS:]


def _service(said: QueryDict) -> Topic:
    code = said.get("service_code", "").strip()
    if not code:
        raise Invalid(_("没有写 service_code。"), code="service_code")
    topic = tree().by_code.get(code)
    if topic is None:
        raise NotFound(_("没有 service_code “{code}”。").format(code=code[:40]), code="service_code")
    return topic


def _degrees(said: QueryDict, name: str) -> float | None:
    told = said.get(name, "").strip()
    try:
        return float(told) if told else None
    except ValueError as fault:
        raise Invalid(_("{name} 不是数字。").format(name=name), code="position") from fault


def _place(said: QueryDict) -> dict[str, Any]:
    lon, lat = _degrees(said, "long"), _degrees(said, "lat")
    if (lon is None) != (lat is None):
        raise Invalid(_("lat 和 long 要一起写。"), code="position")
    address, known = said.get("address_string", "").strip(), said.get("address_id", "").strip()
    area = ground().by_code.get(known) if known else None
    if lon is None and not address and not known:
        raise Invalid(_("请写地点：lat 和 long，或 address_string，或 address_id。"), code="position")
    if known and area is None and lon is None and not address:
        raise NotFound(_("没有 address_id “{code}”。").format(code=known[:40]), code="address_id")
    return {"lon": lon, "lat": lat, "place_text": address[:200], "area_id": area.id if area else None}


def _attributes(said: QueryDict) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in said:
        if match := _ATTRIBUTE.fullmatch(name):
            found.setdefault(match[1], []).extend(one for one in said.getlist(name) if one.strip())
    return found


def _answers(said: QueryDict, asked: list[Asked]) -> dict[int, Any]:
    """Answers by question. An attribute that the service does not ask is a mistake worth telling."""
    by_code = {one.code: one for one in asked}
    out: dict[int, Any] = {}
    for code, values in _attributes(said).items():
        question = by_code.get(code)
        if code == NOTICE or not values:
            continue
        if question is None:
            raise Invalid(_("这项服务没有 attribute[{code}]。").format(code=code), code="attribute")
        if len(values) > 1 and question.kind != AnswerKind.TEXT:
            raise Invalid(_("attribute[{code}] 只能有一个值。").format(code=code), code="attribute")
        out[question.id] = "\n".join(values)
    if open_ := [one for one in asked if one.required and one.id not in out]:
        told = [f"{please(one, choices=True)}（attribute[{one.code}]）" for one in open_]
        raise Invalid(told[0], code="answers", fields={"answers": told})
    return out


def _name(said: QueryDict) -> str:
    first, last = said.get("first_name", "").strip(), said.get("last_name", "").strip()
    apart = " " if f"{first}{last}".isascii() else ""
    return apart.join(part for part in ((first, last) if apart else (last, first)) if part)


def link_of(text: str) -> str:
    """A link as it may be kept and shown: http or https with a host, else nothing."""
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return ""
    good = parts.scheme in ("http", "https") and parts.hostname and len(text) <= 500
    return text.strip() if good and text.strip().isprintable() else ""


def _past(said: QueryDict) -> dict[str, Any]:
    moments: dict[str, datetime | None] = {}
    for name in ("requested_datetime", "updated_datetime", "expected_datetime"):
        try:
            moments[name] = moment_of(said.get(name))
        except (ValueError, OverflowError) as fault:
            raise Invalid(
                _("{name} 要写成 2026-01-01T00:00:00Z 的样子。").format(name=name), code="datetime"
            ) from fault
    if moments["requested_datetime"] is None:
        return {}
    closed = said.get("status", "").strip().lower() == "closed"
    outcome = Outcome(
        closed_at=(moments["updated_datetime"] or moments["requested_datetime"]) if closed else None,
        due_at=moments["expected_datetime"],
        unit_name=said.get("agency_responsible", "").strip()[:120],
        answer=said.get("status_notes", "").strip()[:LONGEST],
    )
    told = {
        name: w3(moments[name]) if name in moments else said.get(name, "").strip()[:LONGEST] for name in PAST
    }
    return {
        "opened_at": moments["requested_datetime"],
        "outcome": outcome,
        "told": {name: value for name, value in told.items() if value},
    }


def past_of(told: Mapping[str, Any]) -> Outcome:
    """How a request that was already closed ended, as its server tells it (moments as in ``told``)."""
    return Outcome(
        closed_at=moment_of(told.get("updated_datetime")) or moment_of(told.get("requested_datetime")),
        due_at=moment_of(told.get("expected_datetime")),
        unit_name=str(told.get("agency_responsible") or "")[:120],
        answer=str(told.get("status_notes") or "")[:LONGEST],
    )


def description_of(words: str, topic: str, place: str) -> str:
    """The words of a report; the standard asks for none, ours does: then its service and place say it."""
    return (
        words
        if len(words.strip()) >= 4
        else "：".join(part for part in (topic, place, words.strip()) if part)
    )


def read(said: QueryDict, files: Mapping[str, Any], key: Shown, token: str) -> Filed:
    """The report that a posted form makes. Raises Invalid and NotFound."""
    topic, place = _service(said), _place(said)
    words = said.get("description", "")
    if len(words) > LONGEST:
        raise Invalid(
            _("description 最多 {most} 个字，现在有 {count} 个字。").format(most=LONGEST, count=len(words)),
            code="too_long",
        )
    past = _past(said) if Scope.PAST in key.scopes else {}
    asked = [] if past else questions_for(topic.id)
    pictures: tuple[Picture, ...] = ()
    uploads = [file for name in ("media", "media[]") for file in files.getlist(name)]  # type: ignore[attr-defined]
    if len(uploads) > MOST_PICTURES:
        raise Invalid(_("最多可以上传 {most} 张照片。").format(most=MOST_PICTURES), code="too_many_photos")
    pictures = tuple(check_picture(file, name=file.name, size=file.size) for file in uploads)
    told = past.get("told", {})
    if link := link_of(said.get("media_url", "")):
        told["media_url"] = link
    if known := said.get("address_id", "").strip():
        told["address_id"] = known[:60]
    draft = Draft(
        description=description_of(words, topic.name, place["place_text"]),
        channel=Channel.OPEN311,
        category_id=topic.id,
        answers=_answers(said, asked) if not past else {},
        asked=tuple(one.id for one in asked),
        name=_name(said),
        phone=said.get("phone", ""),
        email=said.get("email", ""),
        pictures=pictures,
        emergency_acknowledged=said.get("emergency_acknowledged", "").lower() in ("true", "1", "yes"),
        source=key.peer.source,
        source_key=hashlib.sha256(token.encode()).hexdigest() if token else None,
        opened_at=past.get("opened_at"),
        outcome=past.get("outcome"),
        **place,
    )
    return Filed(draft, hops(said.get("via", "")), said.get("account_id", "").strip()[:60], told)
