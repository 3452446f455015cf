"""XML and JSON as GeoReport v2 writes them, moments, and errors. No orders here.

JSON is the programmatic image of the XML (the wiki's "Spark convention"): a list is an array of its elements, the name of
the root is lost, an empty element is null. https://wiki.open311.org/GeoReport_v2/
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from lxml import etree

FORMATS = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
#: What the elements of a list are called.
ELEMENT = {
    "services": "service",
    "service_requests": "request",
    "attributes": "attribute",
    "values": "value",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}


def w3(moment: datetime | None) -> str | None:
    """A moment as the standard writes it, in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def moment_of(text: str | None) -> datetime | None:
    """The moment that a W3C date and time says; None for an empty text. Without a zone it is our own. ValueError."""
    told = (text or "").strip().replace(" ", "+" if "T" in (text or "") else "T", 1)
    if not told:
        return None
    moment = parse_datetime(told)
    if moment is None and (day := parse_date(told)):
        moment = datetime(day.year, day.month, day.day)
    if moment is None:
        raise ValueError(f"no moment: {told[:40]}")
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.get_default_timezone())


def _allowed(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return "".join(
        c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
    )


def _fill(element: Any, value: Any) -> None:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _fill(etree.SubElement(element, name), inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _fill(etree.SubElement(element, ELEMENT[element.tag]), inner)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = _allowed(str(value))


def xml(root: str, value: Any) -> bytes:
    """A value as a document whose root has this name."""
    top = etree.Element(root)
    _fill(top, value)
    return bytes(etree.tostring(top, xml_declaration=True, encoding="utf-8"))


def answer(root: str, value: Any, form: str, *, status: int = 200) -> HttpResponse:
    """The answer in one of FORMATS."""
    if form == "json":
        body = json.dumps(value, ensure_ascii=False).encode()
    else:
        body = xml(root, value)
    return HttpResponse(body, status=status, content_type=FORMATS[form])


def errors(faults: Sequence[tuple[int, str]], form: str, *, status: int) -> HttpResponse:
    """Refusals: ``code`` and ``description`` of each."""
    told = [{"code": code, "description": description} for code, description in faults]
    return answer("errors", told, form, status=status)


class Unreadable(Exception):
    """What another server sent is not what the standard describes."""


def read(body: bytes, form: str) -> Any:
    """What another server answered, as dicts, lists and texts. Raises Unreadable.

    A document type is refused: nothing of ours needs one, and entities are how XML attacks.
    """
    if form == "json":
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as fault:
            raise Unreadable("no JSON") from fault
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        top = etree.fromstring(body.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise Unreadable("no XML") from fault
    if top.getroottree().docinfo.doctype:
        raise Unreadable("a document type")
    return _value(top)


def _value(element: Any) -> Any:
    name = etree.QName(element).localname
    inner = [one for one in element if isinstance(one.tag, str)]
    if name in ELEMENT:
        return [_value(one) for one in inner]
    if inner:
        return {etree.QName(one).localname: _value(one) for one in inner}
    return (element.text or "").strip("\n") or None
