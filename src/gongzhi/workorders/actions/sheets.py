"""Paper forms: print a batch with numbers, take a form in that came back, count what is given out and what is missing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from civics.checkdigit import check_digit, holds
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid, NotFound, Unprocessable
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level
from gongzhi.workorders.actions import reporting
from gongzhi.workorders.actions.reporting import Receipt
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import Channel, WorkOrder
from gongzhi.workorders.models.sheets import Sheet, SheetBatch
from gongzhi.workorders.policies.desk import require as at_desk
from gongzhi.workorders.policies.doors import require
from gongzhi.workorders.understanding import named_in

SOURCE = "sheet"
#: At most so many forms at once, and the largest number of a form.
MOST, LAST = 200, 99_999
_CODE = re.compile(r"(?:(\d{6,15})[- ]?)?(\d{5})[- ]?(\d)")


@dataclass(frozen=True)
class Form:
    """A printed form: its batch and its number."""

    batch: SheetBatch
    serial: int
    code: str


def code_of(street_code: str, serial: int) -> str:
    """What is printed on a form: the street, five digits, a check digit. ``449001001-00042-7``."""
    return f"{street_code}-{serial:05d}-{check_digit(f'{street_code}{serial:05d}')}"


def form_of(text: str) -> Form:
    """The form that a code names, typed or read from its picture; Unprocessable with what would help otherwise.

    The street may be left out where there is only one.
    """
    told = text.strip().upper().rpartition("CODE=")[2].partition("&")[0].replace("–", "-").replace("－", "-")
    found = _CODE.fullmatch(re.sub(r"\s+", "", told))
    streets = {area.code: area for area in ground().streets}
    alone = next(iter(streets)) if len(streets) == 1 else ""
    street = (found.group(1) or alone) if found else ""
    if found is None or not holds(f"{street}{found.group(2)}{found.group(3)}"):
        raise _unknown(_("这不是表上的编码，请再看一遍。"))
    area = streets.get(street)
    serial = int(found.group(2))
    batch = (
        SheetBatch.objects.filter(street_id=area.id, first__lte=serial, first__gt=serial - MOST)
        .filter(first__gt=serial - F("count"))
        .first()
        if area
        else None
    )
    if batch is None:
        raise _unknown(_("没有印过这个编码的表。"))
    return Form(batch, serial, code_of(street, serial))


def _unknown(sentence: str) -> Unprocessable:
    return Unprocessable(
        sentence, help=_("编码在表的右上角，例如 00042-7。"), code="unknown_form", fields={"code": [sentence]}
    )


def used(form: Form) -> WorkOrder | None:
    """The order that this form has become."""
    row = (
        Sheet.objects.select_related("order")
        .filter(street_id=form.batch.street_id, serial=form.serial)
        .first()
    )
    return row.order if row else None


@transaction.atomic
def print_batch(division_id: int, count: int, *, place: str = "", by: Actor, at: datetime) -> SheetBatch:
    """Number forms for a community. The numbers of a street go on; two at once wait for each other."""
    area = ground().areas.get(division_id)
    if area is None or area.level != Level.COMMUNITY:
        sentence = _("请选择社区。")
        raise Invalid(sentence, code="division", fields={"division": [sentence]})
    require(by, "print_sheets", area.path)
    if not 1 <= count <= MOST:
        sentence = _("一次印 1 到 {most} 张。").format(most=MOST)
        raise Invalid(sentence, code="count", fields={"count": [sentence]})
    street = area.parent_id or 0  # a community lies in its street
    rows = SheetBatch.objects.filter(street_id=street)
    list(rows.select_for_update().order_by("-first").values_list("pk")[:1])
    first = rows.aggregate(n=Max(F("first") + F("count")))["n"] or 1
    if first + count - 1 > LAST:
        raise Conflict(_("这个街道的编号用完了。"), code="no_numbers")
    try:
        with transaction.atomic():
            return SheetBatch.objects.create(
                street_id=street, division_id=division_id, first=first, count=count, place=place.strip()[:80],
                printed_at=at, by_id=by.account_id,
            )  # fmt: skip
    except IntegrityError as fault:
        raise Conflict(
            _("就在刚才，有人也印了一批。"), help=_("请再点一次。"), code="someone_was_quicker"
        ) from fault


@transaction.atomic
def count_batch(batch_id: int, *, given: int, missing: int, by: Actor, at: datetime) -> SheetBatch:
    """How many of a batch were given out, and how many are known to be lost."""
    row = SheetBatch.objects.select_for_update(of=("self",)).filter(pk=batch_id).first()
    if row is None:
        raise NotFound(_("没有这一批。"))
    require(by, "print_sheets", ground().areas[row.division_id].path)
    back = row.sheets.count()
    if not 0 <= missing <= given <= row.count or given - missing < back:
        sentence = _(
            "印了 {count} 张，收回 {back} 张：发出的不能比印的多，丢失和收回的加起来不能比发出的多。"
        ).format(count=row.count, back=back)
        raise Invalid(sentence, code="counts", fields={"given": [sentence]})
    row.given, row.missing = given, missing
    row.save(update_fields=["given", "missing"])
    return row


@transaction.atomic
def take_sheet(code: str, draft: Draft, *, by: Actor, at: datetime) -> tuple[Receipt, bool]:
    """Take a form in that came back, with its picture. (what the reporter takes home, whether it was used before)

    A second use gives the first order, whatever was filled in; also at the same instant.
    """
    at_desk(by, "take_in")
    form = form_of(code)
    SheetBatch.objects.select_for_update().get(pk=form.batch.pk)
    before = used(form)
    if before is not None:
        return Receipt(before, "", (), (), repeated=True), True
    spot = (
        draft.area_id is not None
        or draft.lon is not None
        or named_in(f"{draft.place_text}\n{draft.description}")
    )
    receipt = reporting.report(
        replace(
            draft,
            channel=Channel.PAPER,
            area_id=draft.area_id if spot else form.batch.division_id,
            emergency_acknowledged=True,  # the paper has been on its way for a day
            source=SOURCE,
            source_key=form.code,
            origin={"form": form.code},
        ),
        by=by,
        at=at,
    )
    Sheet.objects.create(
        batch=form.batch, street_id=form.batch.street_id, serial=form.serial, order=receipt.order, used_at=at,
        by_id=by.account_id,
    )  # fmt: skip
    # what came back was given out, whether anybody had counted it or not
    back = Sheet.objects.filter(batch=form.batch).count()
    row = SheetBatch.objects.get(pk=form.batch.pk)
    if row.given - row.missing < back:
        if row.given < row.count:
            row.given += 1
        else:
            row.missing = max(0, row.missing - 1)
        row.save(update_fields=["given", "missing"])
    return receipt, False
