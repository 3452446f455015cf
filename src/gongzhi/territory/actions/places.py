"""Known places: naming many at once, adding, correcting and removing one. Every change is in a book."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from civics.territory import distance_m
from gongzhi.journal import books
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid
from gongzhi.kit.revision import bump
from gongzhi.territory import books as told
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Place
from gongzhi.territory.places import SAME_METRES
from gongzhi.territory.policies import GROUND

#: As many places are noted one by one; more of them as one batch.
EACH = 200


@transaction.atomic
def name_places(
    rows: Iterable[Mapping[str, Any]], *, by: Actor, at: datetime, seen: int | None = None
) -> int:
    """Add named places: name, aliases, kind, division_id, lon, lat (WGS-84). ``seen`` is how many changes the book had
    when the file was tried."""
    book = books.open_book(told.PLACES, at=at)
    if seen is not None and book.length != seen:
        raise books.too_late(_("地点"))
    made = Place.objects.bulk_create([Place(**row) for row in rows], batch_size=1000)
    bump("territory")
    if len(made) > EACH:
        books.note(book, books.Change("*", None, {"rows": len(made)}, _("一批地点")), by=by, at=at)
    else:
        changes = [books.Change(str(one.pk), None, told.place_values(one), one.name) for one in made]
        books.note(book, *changes, by=by, at=at)
    return len(made)


def _checked(said: Mapping[str, Any], *, but: int | None = None) -> dict[str, Any]:
    """A place as it is kept. Raises Invalid; Conflict where one of this name stands already."""
    name = str(said["name"]).strip()
    if not 2 <= len(name) <= 120:
        raise Invalid(
            _("名称要有 2 到 120 个字。"), code="name", fields={"name": [_("名称要有 2 到 120 个字。")]}
        )
    spot = ground().spot(said["lon"], said["lat"])
    if spot is None or spot.division_id is None:
        sentence = _("这个位置不在辖区内。")
        raise Invalid(sentence, code="outside", fields={"lon": [sentence]})
    here = (said["lon"], said["lat"])
    for key, lon, lat in Place.objects.filter(name=name).values_list("pk", "lon", "lat"):
        if key != but and distance_m(here, (lon, lat)) < SAME_METRES:
            raise Conflict(
                _("这里已经有“{name}”了。").format(name=name),
                help=_("请打开那一个来改。"),
                code="someone_was_quicker",
            )
    aliases = list(dict.fromkeys(one.strip()[:120] for one in said["aliases"] if one.strip()))[:20]
    return {"name": name, "aliases": aliases, "kind": str(said["kind"]).strip()[:20],
            "division_id": spot.division_id, "lon": said["lon"], "lat": said["lat"]}  # fmt: skip


@transaction.atomic
def add_place(said: Mapping[str, Any], *, by: Actor, at: datetime) -> Place:
    """Name one place: name, aliases, kind, lon, lat (WGS-84). It belongs to the smallest area that has it."""
    GROUND.require(by, "change_places", None)
    book = books.open_book(told.PLACES, at=at)
    place = Place.objects.create(**_checked(said))
    bump("territory")
    books.note(book, books.Change(str(place.pk), None, told.place_values(place), place.name), by=by, at=at)
    return place


@transaction.atomic
def correct_place(
    place_id: int, said: Mapping[str, Any], *, by: Actor, at: datetime, seen: str | None = None
) -> Place:
    """Correct one place. ``seen`` is the fingerprint of what its editor had before them. Orders keep the words and the
    position that they were filed with."""
    GROUND.require(by, "change_places", None)
    book = books.open_book(told.PLACES, at=at)
    place = Place.objects.filter(pk=place_id).first()
    if place is None:
        raise books.too_late(_("这个地点"))
    before = told.place_values(place)
    books.expect(before, seen, what=_("这个地点"))
    for name, value in _checked(said, but=place_id).items():
        setattr(place, name, value)
    place.save()
    bump("territory")
    books.note(book, books.Change(str(place.pk), before, told.place_values(place), place.name), by=by, at=at)
    return place


@transaction.atomic
def remove_place(place_id: int, *, by: Actor, at: datetime, seen: str | None = None) -> None:
    """Look nothing up under this place any more; it can be put back from the book."""
    GROUND.require(by, "change_places", None)
    book = books.open_book(told.PLACES, at=at)
    place = Place.objects.filter(pk=place_id).first()
    if place is None:
        raise books.too_late(_("这个地点"))
    before = told.place_values(place)
    books.expect(before, seen, what=_("这个地点"))
    place.delete()
    bump("territory")
    books.note(book, books.Change(str(place_id), before, None, str(before["name"])), by=by, at=at)


@transaction.atomic
def undo_place(key: str, *, wanted: Mapping[str, Any] | None, seen: str, by: Actor, at: datetime) -> None:
    """Put a place back as it was, under the number it had; take away what was not there before."""
    GROUND.require(by, "change_places", None)
    if not key.isdecimal():
        raise Invalid(_("一批地点不能一次改回去。"), help=_("请一个一个改。"), code="batch")
    book = books.open_book(told.PLACES, at=at)
    place = Place.objects.filter(pk=int(key)).first()
    before = told.place_values(place) if place else None
    books.expect(before, seen, what=_("这个地点"))
    if wanted is None:
        remove_place(int(key), by=by, at=at)
        return
    made = Place(pk=int(key), **_checked(wanted, but=int(key)))
    made.save()
    bump("territory")
    books.note(book, books.Change(key, before, told.place_values(made), made.name), by=by, at=at)
