"""The register: founding and mending committees, filing mediators, training, duties. Every change is in a book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import books
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.mediation import books as told
from gongzhi.mediation.models import Committee, Interest, Mediator, Seat, Training
from gongzhi.mediation.register_policies import REGISTER, keep_or_refuse, keeps
from gongzhi.people import actions as people
from gongzhi.people.models import Account, Organisation, OrganisationKind
from gongzhi.territory.ground import ground

#: How many people a committee has (art. 8).
FEWEST, MOST = 3, 9


def asked(by: Actor, verb: str) -> None:
    """Services of ours (imports, the invented town) enter what they are given."""
    if by.service is None:
        REGISTER.require(by, verb, None)


def wrong(field: str, sentence: str, code: str = "invalid") -> Invalid:
    return Invalid(sentence, code=code, fields={field: [sentence]})


def known(said: dict[str, Any]) -> dict[str, Any]:
    """Areas and estates that there are; everything else as it is."""
    land = ground()
    for name, known in (("divisions", land.areas), ("estates", land.place_by_key)):
        strange = [key for key in said.get(name, ()) if key not in known]
        if strange:
            raise wrong(name, _("没有这个区域或小区。"), "no_such_area")
    return said


# ---- committees


@transaction.atomic
def found_committee(
    *,
    code: str,
    name: str,
    division_id: int,
    said: Mapping[str, Any],
    phone: str = "",
    by: Actor,
    at: datetime,
) -> Committee:
    """Enter a committee: a new organisation, and what it is for."""
    asked(by, "keep_register")
    book = books.open_book(told.COMMITTEES, at=at)
    if Organisation.objects.filter(code=code).exists():
        raise wrong("code", _("已经有编号“{code}”的单位。").format(code=code), "code_taken")
    body = people.found_organisation(
        code=code,
        name=name,
        kind=OrganisationKind.MEDIATION,
        division_id=division_id,
        public_phone=phone,
        by=by,
        at=at,
    )
    return _enter(body, said, book, by=by, at=at)


@transaction.atomic
def enter_committee(organisation_id: int, said: Mapping[str, Any], *, by: Actor, at: datetime) -> Committee:
    """Enter a committee that stands among the organisations already."""
    asked(by, "keep_register")
    book = books.open_book(told.COMMITTEES, at=at)
    body = Organisation.objects.filter(pk=organisation_id, kind=OrganisationKind.MEDIATION).first()
    if body is None:
        raise NotFound
    if Committee.objects.filter(pk=body.pk).exists():
        raise books.too_late(_("这个调委会"))
    return _enter(body, said, book, by=by, at=at)


def _enter(body: Organisation, said: Mapping[str, Any], book: Any, *, by: Actor, at: datetime) -> Committee:
    if by.service is None:
        mine = keeps(by)
        above = {area.id for area in ground().line(body.division_id)}
        streets = Committee.objects.filter(pk__in=mine or (), basis="street").values_list(
            "organisation__division_id", flat=True
        )
        if mine is not None and body.pk not in mine and not above & set(streets):
            keep_or_refuse(by, body.pk)
    row = Committee(organisation=body, **known(dict(said)))
    row.save(force_insert=True)
    books.note(book, books.Change(body.code, None, told.committee_values(row), body.name), by=by, at=at)
    return row


@transaction.atomic
def change_committee(
    committee_id: int, said: Mapping[str, Any], *, by: Actor, at: datetime, seen: str | None = None
) -> Committee:
    """Mend what stands of a committee. ``seen`` is the fingerprint of what its editor had before them."""
    book, row = _committee(committee_id, by=by, at=at)
    before = told.committee_values(row)
    books.expect(before, seen, what=_("这个调委会"))
    for name, value in known(dict(said)).items():
        setattr(row, name, value)
    row.save()
    _noted(book, row, before, by=by, at=at)
    return row


def _committee(committee_id: int, *, by: Actor, at: datetime) -> tuple[Any, Committee]:
    asked(by, "keep_register")
    book = books.open_book(told.COMMITTEES, at=at)
    row = Committee.objects.select_related("organisation").filter(pk=committee_id).first()
    if row is None:
        raise NotFound
    keep_or_refuse(by, committee_id)
    return book, row


def _noted(book: Any, row: Committee, before: Mapping[str, Any], *, by: Actor, at: datetime) -> None:
    change = books.Change(row.organisation.code, before, told.committee_values(row), row.organisation.name)
    books.note(book, change, by=by, at=at)


@transaction.atomic
def seat(
    committee_id: int,
    *,
    name: str,
    woman: bool = False,
    part: str = Seat.Part.MEMBER,
    since: date,
    by: Actor,
    at: datetime,
) -> Seat:
    """Somebody sits on a committee from a day on. More than nine: Conflict (art. 8)."""
    book, row = _committee(committee_id, by=by, at=at)
    if not name.strip() or part not in Seat.Part.values:
        raise wrong("name", _("请写明姓名和职务。"))
    now = [one for one in row.seats.all() if one.until is None]
    if len(now) >= MOST:
        raise Conflict(
            _("调委会由三到九人组成，已经有九人。"), help=_("请先请一位委员卸任。"), code="nine_at_most"
        )
    if part == Seat.Part.CHAIR and any(one.part == Seat.Part.CHAIR for one in now):
        raise Conflict(_("调委会已经有主任。"), help=_("请先请现任主任卸任。"), code="one_chair")
    before = told.committee_values(row)
    made = Seat.objects.create(committee=row, name=name.strip()[:60], woman=woman, part=part, since=since)
    _noted(book, row, before, by=by, at=at)
    return made


@transaction.atomic
def unseat(seat_id: int, *, on: date, by: Actor, at: datetime) -> Seat:
    """Somebody leaves a committee."""
    found = Seat.objects.filter(pk=seat_id).first()
    if found is None:
        raise NotFound
    book, row = _committee(found.committee_id, by=by, at=at)
    before = told.committee_values(row)
    if not Seat.objects.filter(pk=seat_id, until=None).update(until=max(on, found.since)):
        raise books.too_late(_("这位委员"))
    _noted(book, row, before, by=by, at=at)
    return found


def faults_of(seats: Sequence[Seat]) -> list[str]:
    """What art. 8 asks of a committee and this one lacks; a warning, not a bar."""
    now = [one for one in seats if one.until is None]
    out = []
    if not FEWEST <= len(now) <= MOST:
        out.append(_("人民调解法第八条：调委会由三至九人组成，现在 {n} 人。").format(n=len(now)))
    if now and not any(one.woman for one in now):
        out.append(_("人民调解法第八条：调委会应当有妇女成员。"))
    if now and not any(one.part == Seat.Part.CHAIR for one in now):
        out.append(_("人民调解法第八条：调委会设主任一人。"))
    return out


# ---- mediators


def _filed(said: Mapping[str, Any]) -> dict[str, Any]:
    values = known(dict(said))
    if values.get("valid_to") and values["valid_to"] < values["valid_from"]:
        raise wrong("valid_to", _("有效期的末日不能早于首日。"), "filing_ends_before_it_begins")
    if not Committee.objects.filter(pk=values["committee_id"]).exists():
        raise wrong("committee", _("没有这个调委会。"))
    return values


@transaction.atomic
def file_mediator(account_id: int, said: Mapping[str, Any], *, by: Actor, at: datetime) -> Mediator:
    """Put a person on file as a mediator of a committee (备案)."""
    asked(by, "keep_register")
    book = books.open_book(told.MEDIATORS, at=at)
    keep_or_refuse(by, said["committee_id"])
    account = Account.objects.filter(pk=account_id, is_active=True).first()
    if account is None:
        raise wrong("account", _("没有这个人。"))
    if Mediator.objects.filter(pk=account_id).exists():
        raise Conflict(
            _("这个人已经在名册上。"), help=_("请打开名册里的那一条来改。"), code="someone_was_quicker"
        )
    row = Mediator(account=account, **_filed(said))
    row.save(force_insert=True)
    books.note(
        book, books.Change(str(account_id), None, told.mediator_values(row), str(account)), by=by, at=at
    )
    return row


@transaction.atomic
def change_mediator(
    account_id: int, said: Mapping[str, Any], *, by: Actor, at: datetime, seen: str | None = None
) -> Mediator:
    """Mend a filing. Whoever moves a mediator to another committee must keep both."""
    asked(by, "keep_register")
    book = books.open_book(told.MEDIATORS, at=at)
    row = Mediator.objects.select_related("account").filter(pk=account_id).first()
    if row is None:
        raise NotFound
    for committee in {row.committee_id, said.get("committee_id", row.committee_id)}:
        keep_or_refuse(by, committee)
    before = told.mediator_values(row)
    books.expect(before, seen, what=_("这位调解员的备案"))
    for name, value in _filed({**{one: getattr(row, one) for one in told.MEDIATOR_FIELDS}, **said}).items():
        setattr(row, name, value)
    row.save()
    change = books.Change(str(account_id), before, told.mediator_values(row), str(row.account))
    books.note(book, change, by=by, at=at)
    return row


@transaction.atomic
def take_in_mediators(
    rows: Sequence[tuple[int, Mapping[str, Any]]], *, by: Actor, at: datetime, seen: int | None = None
) -> tuple[int, int]:
    """What a workbook brings: (filed, mended). ``seen`` is how many changes the book had when the file was tried."""
    asked(by, "keep_register")
    book = books.open_book(told.MEDIATORS, at=at)
    if seen is not None and book.length != seen:
        raise books.too_late(_("调解员名册"))
    there = set(Mediator.objects.filter(pk__in=[key for key, _said in rows]).values_list("pk", flat=True))
    for account_id, said in rows:
        if account_id in there:
            change_mediator(account_id, said, by=by, at=at)
        else:
            file_mediator(account_id, said, by=by, at=at)
    return len(rows) - len(there), len(there)


@transaction.atomic
def undo_mediator(key: str, *, wanted: Mapping[str, Any] | None, seen: str, by: Actor, at: datetime) -> None:
    """Put a filing back as it was. One that was not there before ends today: what somebody did under it stays."""

    def day(text: str | None) -> date | None:
        return date.fromisoformat(text) if text else None

    if wanted is None:
        row = Mediator.objects.filter(pk=int(key)).first()
        if row is None:
            raise NotFound
        ends = max(row.valid_from, clock.local(at).date())
        change_mediator(int(key), {"valid_to": ends}, by=by, at=at, seen=seen)
        return
    days = {name: day(wanted[name]) for name in ("filed_on", "valid_from", "valid_to", "away_until")}
    change_mediator(int(key), {**wanted, **days}, by=by, at=at, seen=seen)


@transaction.atomic
def train(account_id: int, *, held_on: date, hours: Decimal, topic: str, by: Actor, at: datetime) -> Training:
    """Enter hours of training."""
    asked(by, "keep_register")
    row = Mediator.objects.filter(pk=account_id).first()
    if row is None:
        raise NotFound
    keep_or_refuse(by, row.committee_id)
    if hours <= 0 or hours > 999 or not topic.strip():
        raise wrong("hours", _("请写明学时和内容。"))
    made = Training.objects.create(mediator=row, held_on=held_on, hours=hours, topic=topic.strip()[:80])
    change = books.Change(
        f"{account_id}:{made.pk}", None, {"topic": topic, "hours": str(hours)}, topic.strip()[:80]
    )
    books.note_in(told.MEDIATORS, change, by=by, at=at)
    return made


@transaction.atomic
def declare_interest(*, building: str, firm: str, by: Actor, at: datetime) -> Interest:
    """A mediator says where they live and work. Nobody else reads it; it keeps them out of cases of neighbours and of
    their firm."""
    asked(by, "declare")
    if by.account_id is None:
        raise NotFound

    def plain(text: str) -> str:
        return "".join(text.split())[:80]

    if 0 < len(plain(building)) < 4 or 0 < len(plain(firm)) < 4:
        raise Invalid(
            _("请写得完整一些，至少四个字。"),
            help=_("例如“海棠苑3栋”。太短会把不相干的人也算进来。"),
            code="too_short",
        )
    row, _made = Interest.objects.update_or_create(
        account_id=by.account_id, defaults={"building": plain(building), "firm": plain(firm)}
    )
    return row
