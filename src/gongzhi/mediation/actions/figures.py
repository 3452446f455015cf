"""What is entered to be counted beside the cases: campaigns, what neighbours settled, petitions. Every change is in a book."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gongzhi.journal import books
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, Invalid, NotFound
from gongzhi.matters.models import Matter
from gongzhi.mediation import books as told
from gongzhi.mediation.models import Campaign, KeyClass, Petition, SelfHelp
from gongzhi.mediation.register_policies import REGISTER, counts_for
from gongzhi.territory.ground import ground


def _asked(by: Actor, verb: str) -> None:
    if by.service is None:
        REGISTER.require(by, verb, None)


def _wrong(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, fields={field: [sentence]})


@transaction.atomic
def keep_campaign(
    said: Mapping[str, Any],
    *,
    campaign_id: int | None = None,
    seen: str | None = None,
    by: Actor,
    at: datetime,
) -> Campaign:
    """Begin a campaign, or mend one. ``seen`` is the fingerprint of what its editor had before them."""
    _asked(by, "keep_ledger")
    book = books.open_book(told.CAMPAIGNS, at=at)
    row = Campaign.objects.filter(pk=campaign_id).first() if campaign_id else None
    if campaign_id and row is None:
        raise NotFound
    before = told.campaign_values(row) if row else None
    books.expect(before, seen, what=_("这个专项行动"))
    if not said["classes"] or set(said["classes"]) - set(KeyClass.values):
        raise _wrong("classes", _("请至少选一类。"))
    if said["ends_on"] < said["starts_on"]:
        raise _wrong("ends_on", _("结束日期不能早于开始日期。"))
    row = row or Campaign()
    for name in told.CAMPAIGN_FIELDS:
        setattr(row, name, said[name])
    row.save()
    books.note(book, books.Change(str(row.pk), before, told.campaign_values(row), row.name), by=by, at=at)
    return row


@transaction.atomic
def count_self_help(
    division_id: int, *, month: date, counts: Mapping[str, int], by: Actor, at: datetime
) -> None:
    """What neighbours of a community settled in a month; entered again, it replaces what stood."""
    _asked(by, "enter_self_help")
    area = ground().areas.get(division_id)
    if area is None:
        raise NotFound
    mine = counts_for(by)
    if mine is not None and not any(area.within(path) for path in mine):
        raise Forbidden(_("这个社区的数由它自己的网格长或调委会登记。"))
    month = month.replace(day=1)
    if month > clock.local(at).date():
        raise _wrong("month", _("这个月还没有到。"))
    book = books.open_book(told.SELF_HELP, at=at)
    known = dict(SelfHelp.objects.filter(division_id=division_id, month=month).values_list("kind", "count"))
    changes = []
    for kind, count in counts.items():
        if kind not in SelfHelp.Kind.values or count < 0:
            raise _wrong(kind, _("请填一个数。"))
        SelfHelp.objects.update_or_create(
            division_id=division_id, month=month, kind=kind, defaults={"count": count}
        )
        shown = {"where": area.name, "month": f"{month:%Y-%m}", "kind": kind}
        before = {**shown, "count": known[kind]} if kind in known else None
        name = f"{area.name} {month:%Y-%m} {SelfHelp.Kind(kind).label}"
        changes.append(
            books.Change(f"{division_id}:{month:%Y-%m}:{kind}", before, {**shown, "count": count}, name)
        )
    books.note(book, *changes, by=by, at=at)


@transaction.atomic
def enter_petition(
    number: str,
    *,
    received_on: date,
    way: str,
    office: str = "",
    reference: str = "",
    by: Actor,
    at: datetime,
) -> Petition:
    """A petition about one of our matters, by the matter's number. Nothing of who came is asked or kept."""
    _asked(by, "keep_ledger")
    book = books.open_book(told.PETITIONS, at=at)
    matter = Matter.objects.filter(number=number.strip()).first()
    if matter is None:
        raise _wrong("number", _("没有这个编号的事项。"))
    if received_on > clock.local(at).date():
        raise _wrong("received_on", _("日期不能晚于今天。"))
    if way not in Petition.Way.values:
        raise _wrong("way", _("请选怎样来的。"))
    try:
        with transaction.atomic():
            row = Petition.objects.create(
                matter=matter,
                received_on=received_on,
                way=way,
                office=office.strip()[:60],
                reference=reference.strip()[:40],
            )
    except IntegrityError as error:
        raise Conflict(
            _("这件信访已经登记过。"), help=_("请看清单里的编号。"), code="already_done"
        ) from error
    shown = {
        "matter": matter.number,
        "received_on": received_on,
        "way": way,
        "office": row.office,
        "reference": row.reference,
    }
    books.note(book, books.Change(str(row.pk), None, shown, matter.number), by=by, at=at)
    return row
