"""Stations of volunteers, the grids they are bound to, and who is there when. Every change is in a book."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gongzhi.journal import books
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, NotFound
from gongzhi.mediation import books as told
from gongzhi.mediation.actions.register import asked, known, wrong
from gongzhi.mediation.models import Duty, Mediator, Station
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level


@transaction.atomic
def keep_station(
    name: str,
    *,
    division_id: int,
    grids: Sequence[int],
    address: str = "",
    phone: str = "",
    station_id: int | None = None,
    seen: str | None = None,
    by: Actor,
    at: datetime,
) -> Station:
    """A station and the grids it is bound to: a new one, or ``station_id`` mended."""
    asked(by, "keep_register")
    book = books.open_book(told.DUTIES, at=at)
    known({"divisions": [*grids, division_id]})
    land = ground()
    if not grids or any(land.areas[one].level != Level.GRID for one in grids):
        raise wrong("grids", _("请至少选一个网格。"))
    if not name.strip():
        raise wrong("name", _("请写名称。"))
    row = Station.objects.select_for_update().filter(pk=station_id).first() if station_id else None
    if station_id and row is None:
        raise NotFound
    if Station.objects.filter(name=name.strip()[:60]).exclude(pk=station_id or 0).exists():
        raise wrong("name", _("已经有这个名称的驿站。"), "name_taken")
    before = told.station_values(row) if row else None
    books.expect(before, seen, what=_("这个驿站"))
    row = row or Station()
    row.name, row.division_id, row.grids = name.strip()[:60], division_id, sorted(set(grids))
    row.address, row.phone = address.strip()[:120], phone.strip()[:40]
    row.save()
    books.note(
        book, books.Change(f"station:{row.pk}", before, told.station_values(row), row.name), by=by, at=at
    )
    return row


@transaction.atomic
def put_on_duty(station_id: int, account_id: int, *, day: date, half: str, by: Actor, at: datetime) -> Duty:
    """A mediator is at a station on a day. Conflict when they are somewhere already, or their filing is over."""
    asked(by, "keep_register")
    book = books.open_book(told.DUTIES, at=at)
    mediator = Mediator.objects.select_related("account").filter(pk=account_id).first()
    station = Station.objects.filter(pk=station_id).first()
    if mediator is None or station is None or half not in Duty.Half.values:
        raise NotFound
    if day < mediator.valid_from or (mediator.valid_to and day > mediator.valid_to):
        raise Conflict(_("那天这位调解员的备案不在有效期内。"), code="filing_over")
    if mediator.away_until and day <= mediator.away_until:
        raise Conflict(_("这位调解员那天请假。"), code="away")
    try:
        with transaction.atomic():
            made = Duty.objects.create(station=station, mediator=mediator, day=day, half=half)
    except IntegrityError as error:
        raise Conflict(
            _("这位调解员那个时段已经排了班。"), help=_("请刷新排班表看看。"), code="someone_was_quicker"
        ) from error
    books.note(book, books.Change(str(made.pk), None, _duty(made), station.name), by=by, at=at)
    return made


@transaction.atomic
def take_off_duty(duty_id: int, *, by: Actor, at: datetime) -> None:
    """Somebody is not at the station after all."""
    asked(by, "keep_register")
    book = books.open_book(told.DUTIES, at=at)
    row = Duty.objects.select_related("station", "mediator__account").filter(pk=duty_id).first()
    if row is None:
        raise books.too_late(_("这个班"))
    before = _duty(row)
    row.delete()
    books.note(book, books.Change(str(duty_id), before, None, str(before["station"])), by=by, at=at)


def _duty(row: Duty) -> dict[str, Any]:
    return {
        "station": row.station.name,
        "account": row.mediator_id,
        "day": row.day.isoformat(),
        "half": row.half,
    }
