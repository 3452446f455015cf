"""Rows of the Baltimore and New York files as Open311 requests, for the round trip. Nothing of them is kept here."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

#: What the standard lets travel of a row.
TRAVELS = (
    "status", "status_notes", "service_code", "description", "agency_responsible", "requested_datetime",
    "updated_datetime", "expected_datetime", "address", "zipcode", "lat", "long",
)  # fmt: skip
_ZONE = ZoneInfo("America/New_York")
Row = dict[str, str]


def _w3(text: str) -> str:
    if not text:
        return ""
    moment = datetime.fromisoformat(text).replace(tzinfo=_ZONE)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rows(path: Path) -> Iterator[Row]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _zip(text: str) -> str:
    return text.partition(".")[0]


def _baltimore(folder: Path) -> Iterator[tuple[str, str, Row]]:
    for raw in _rows(folder / "text" / "baltimore311_dev.csv.gz"):
        closed = raw["SRStatus"].startswith("Closed")
        yield (
            "b" + raw["SRRecordID"],
            raw["SRType"],
            {
                "status": "closed" if closed else "open",
                "status_notes": raw["SRStatus"],
                "description": f"{raw['SRType']}, {raw['Neighborhood'] or 'no neighbourhood'}",
                "agency_responsible": raw["Agency"],
                "requested_datetime": _w3(raw["CreatedDate"]),
                "updated_datetime": _w3(raw["CloseDate"] if closed else raw["StatusDate"]),
                "expected_datetime": _w3(raw["DueDate"]),
                "address": " ".join(raw["Address"].split()),
                "zipcode": _zip(raw["ZipCode"]),
                "lat": raw["Latitude"],
                "long": raw["Longitude"],
            },
        )


def _new_york(folder: Path) -> Iterator[tuple[str, str, Row]]:
    for raw in _rows(folder / "text" / "nyc311_2019_1000.csv.gz"):
        closed = bool(raw["closed_date"])
        yield (
            "n" + raw["unique_key"],
            raw["complaint_type"],
            {
                "status": "closed" if closed else "open",
                "status_notes": " ".join(raw["resolution_description"].split()),
                "description": ": ".join(
                    filter(None, (raw["complaint_type"].strip(), raw["descriptor"].strip()))
                ),
                "agency_responsible": raw["agency_name"],
                "requested_datetime": _w3(raw["created_date"]),
                "updated_datetime": _w3(raw["closed_date"] or raw["resolution_action_updated_date"]),
                "expected_datetime": _w3(raw["due_date"]),
                "address": " ".join(raw["incident_address"].split()),
                "zipcode": _zip(raw["incident_zip"]),
                "lat": raw["latitude"],
                "long": raw["longitude"],
            },
        )


def requests(folder: Path, *, each: int | None = None) -> tuple[dict[str, Row], dict[str, str]]:
    """(key → request, service code → name). ``each``: so many per file, spread over the whole of it, open ones first."""
    out: dict[str, Row] = {}
    codes: dict[str, str] = {}
    for rows in (_baltimore(folder), _new_york(folder)):
        found = list(rows)
        if each is not None and each < len(found):
            still_open = [one for one in found if one[2]["status"] == "open"][: each // 5]
            found = still_open + found[:: len(found) // (each - len(still_open))][: each - len(still_open)]
        for key, service, row in found:
            code = codes.setdefault(service, f"9{len(codes) + 1:03d}")
            # a row without a place cannot be filed by the standard: its service stands for it
            address = row["address"] or ("" if row["lat"] else service)
            out[key] = {**row, "service_code": code, "address": address}
    return out, {code: service[:40] for service, code in codes.items()}


def form_of(row: Row) -> dict[str, str]:
    """What is posted of a row."""
    form = {name: value for name, value in row.items() if name != "address" and value}
    return form | ({"address_string": row["address"]} if row["address"] else {})


def differences(row: Row, told: dict[str, object]) -> dict[str, tuple[object, object]]:
    """Field → (in the file, as it came back), for all that travels and differs."""
    wanted: dict[str, object] = {name: row[name] or None for name in TRAVELS}
    for name in ("lat", "long"):
        wanted[name] = float(row[name]) if row[name] else None
    return {name: (wanted[name], told.get(name)) for name in TRAVELS if wanted[name] != told.get(name)}
