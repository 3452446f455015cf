"""Emergency mode: switch it on, ask for its end and end it, keep the reception board, notify.

Each act is an entry on the emergency's thread: the after-action record is made from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.journal.actions import Said
from gongzhi.kit.acting import Actor
from gongzhi.kit.clock import local
from gongzhi.kit.errors import Conflict, Forbidden, Invalid, NotFound
from gongzhi.kit.revision import bump
from gongzhi.people.models import Post
from gongzhi.people.queries import organisations
from gongzhi.people.roles import Role
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level
from gongzhi.workorders.models.emergencies import (
    Bulletin,
    Emergency,
    EmergencyKind,
    Receipt,
    Shelter,
    Shift,
    Supply,
)
from gongzhi.workorders.policies.police import require
from gongzhi.workorders.tables import tree

MOST_PEOPLE, MOST_TOLD = 100_000, 2000
_WIDE = (Level.DISTRICT, Level.STREET, Level.COMMUNITY)


def wrong(field: str, sentence: str, code: str = "") -> Invalid:
    """An Invalid beside one field."""
    return Invalid(sentence, code=code or field, fields={field: [sentence]})


def text_of(value: str, field: str, most: int, *, least: int = 2) -> str:
    text = value.strip()
    if not least <= len(text) <= most:
        raise wrong(field, _("请写 {least} 到 {most} 个字。").format(least=least, most=most))
    return text


def told(row: Emergency, verb: str, *, by: Actor, at: datetime, text: str = "", **detail: Any) -> None:
    """An entry on the thread of a locked emergency, and one more edit."""
    row.edits += 1
    row.save()
    journal.write(row.thread, [Said(f"emergency.{verb}", text=text, detail=detail)], by=by, at=at)


def locked(
    emergency_id: int, verb: str, *, by: Actor, seen: int | None = None, over: bool = False
) -> Emergency:
    """The emergency, locked for this act. ``over``: also when it has ended."""
    row = (
        Emergency.objects.select_for_update(of=("self", "thread"))
        .select_related("thread", "division")
        .filter(pk=emergency_id)
        .first()
    )
    if row is None:
        raise NotFound(_("没有这次应急。"))
    require(by, verb, row.division.path)
    if seen is not None and row.edits != seen:
        raise Conflict(
            _("就在刚才，有人先改了这次应急。"), help=_("请看一下现在的情况，再决定怎么做。"), code="someone_was_quicker"
        )  # fmt: skip
    if row.ended_at is not None and not over:
        raise Conflict(_("这次应急已经结束。"), code="ended")
    return row


@transaction.atomic
def switch_on(
    *,
    name: str,
    kind: str,
    division_id: int,
    reason: str,
    categories: Sequence[str] = (),
    day_hours: int = 8,
    by: Actor,
    at: datetime,
) -> Emergency:
    """Switch emergency mode on for an area. Promises that are not on its clock stand still until it ends.

    Only one at a time in an area; also at the same instant. Orders are held by a job, each in its own transaction.
    """
    area = ground().areas.get(division_id)
    if area is None or area.level not in _WIDE:
        raise wrong("division", _("请选择区、街道或社区。"))
    require(by, "switch_on", area.path)
    if kind not in EmergencyKind.values:
        raise wrong("kind", _("请选择类型。"))
    if strange := [code for code in categories if code not in tree().by_code]:
        raise wrong("categories", _("没有分类 {code}。").format(code=strange[0][:24]))
    if not 1 <= day_hours <= 24:
        raise wrong("day_hours", _("一个工作日折合 1 到 24 小时。"))
    known = list(dict.fromkeys(categories))
    said = Said(
        "emergency.switch_on",
        text=text_of(reason, "reason", 500),
        detail={"categories": known, "hours": day_hours},
    )
    thread, _entries = journal.open_thread("emergency", [said], by=by, at=at)
    try:
        with transaction.atomic():
            row = Emergency.objects.create(
                thread=thread, name=text_of(name, "name", 40), kind=kind, division_id=division_id, categories=known,
                day_hours=day_hours, starts_at=at, switched_by_id=by.account_id or 0, reason=said.text,
            )  # fmt: skip
    except IntegrityError as fault:
        raise Conflict(
            _("{area}已经在应急状态。").format(area=area.name),
            help=_("请在那次应急里继续。"),
            code="on_already",
        ) from fault
    bump("emergencies_on")
    from gongzhi.workorders.jobs import hold_orders

    hold_orders.defer(emergency_id=row.pk)
    return row


@transaction.atomic
def ask_end(emergency_id: int, *, reason: str, by: Actor, at: datetime, seen: int | None = None) -> Emergency:
    """One of the two people who end it: says why it can end."""
    row = locked(emergency_id, "ask_end", by=by, seen=seen)
    if row.end_asked_at is not None:
        raise Conflict(_("已经有人提出结束，要由另一个人确认。"), code="asked_already")
    row.end_asked_by_id, row.end_asked_at, row.end_reason = by.account_id, at, text_of(reason, "reason", 500)
    told(row, "ask_end", by=by, at=at, text=row.end_reason)
    return row


@transaction.atomic
def take_back_end(emergency_id: int, *, by: Actor, at: datetime, seen: int | None = None) -> Emergency:
    """It does not end yet."""
    row = locked(emergency_id, "take_back_end", by=by, seen=seen)
    if row.end_asked_at is None:
        raise Conflict(_("没有人提出结束。"), code="nobody_asked")
    row.end_asked_by_id, row.end_asked_at, row.end_reason = None, None, ""
    told(row, "take_back_end", by=by, at=at)
    return row


@transaction.atomic
def end(emergency_id: int, *, by: Actor, at: datetime, seen: int | None = None) -> Emergency:
    """The second of the two ends it. Clocks are as before, and what stood still goes on."""
    row = locked(emergency_id, "end", by=by, seen=seen)
    if row.end_asked_at is None:
        raise Conflict(_("要先有一个人提出结束。"), code="nobody_asked")
    if row.end_asked_by_id == by.account_id:
        raise Forbidden(_("结束应急要两个人：请另一位同事确认。"), code="two_people")
    row.ended_at, row.ended_by_id = at, by.account_id
    told(row, "end", by=by, at=at)
    bump("emergencies_on")
    from gongzhi.workorders.jobs import release_orders

    release_orders.defer(emergency_id=row.pk)
    return row


@transaction.atomic
def open_shelter(
    emergency_id: int, *, name: str, place: str, capacity: int, keeper_id: int | None = None, by: Actor, at: datetime
) -> Shelter:  # fmt: skip
    """A shelter opens."""
    row = locked(emergency_id, "prepare", by=by)
    if not 1 <= capacity <= MOST_PEOPLE:
        raise wrong("capacity", _("请填能容纳多少人。"))
    try:
        with transaction.atomic():
            shelter = Shelter.objects.create(
                emergency=row, name=text_of(name, "name", 60), place=place.strip()[:120], capacity=capacity,
                keeper_id=keeper_id,
            )  # fmt: skip
    except IntegrityError as fault:
        raise wrong("name", _("已经有这个避难场所。"), "known") from fault
    told(row, "open_shelter", by=by, at=at, shelter=shelter.pk, name=shelter.name, capacity=capacity)
    return shelter


def _part(model: Any, pk: int, verb: str, *, by: Actor, seen: int | None) -> Any:
    """A row of the board with its emergency, locked; Conflict when somebody was quicker."""
    emergency_id = model.objects.filter(pk=pk).values_list("emergency_id", flat=True).first()
    if emergency_id is None:
        raise NotFound
    row = locked(emergency_id, verb, by=by)
    part = model.objects.get(pk=pk)  # after the lock
    if seen is not None and part.edits != seen:
        raise Conflict(
            _("就在刚才，有人先改了这个数。"),
            help=_("请看一下现在的数，需要时再改。"),
            code="someone_was_quicker",
        )
    part.emergency = row
    return part


@transaction.atomic
def count_people(
    shelter_id: int, people: int, *, is_open: bool = True, by: Actor, at: datetime, seen: int | None = None
) -> Shelter:
    """How many are in a shelter now; a number, never a name. A shelter may be over its capacity: then it says so."""
    shelter: Shelter = _part(Shelter, shelter_id, "tend", by=by, seen=seen)
    if not 0 <= people <= MOST_PEOPLE:
        raise wrong("people", _("请填现在有多少人。"))
    if not is_open and people:
        raise wrong("people", _("还有人，不能关闭。"))
    shelter.people, shelter.most = people, max(people, shelter.most)
    shelter.open, shelter.counted_at, shelter.edits = is_open, at, shelter.edits + 1
    shelter.save(update_fields=["people", "most", "open", "counted_at", "edits"])
    verb = "count_people" if is_open else "close_shelter"
    told(shelter.emergency, verb, by=by, at=at, shelter=shelter.pk, name=shelter.name, people=people)
    return shelter


@transaction.atomic
def add_supply(
    emergency_id: int, *, name: str, unit: str, place: str, there: int, wanted: int, by: Actor, at: datetime
) -> Supply:  # fmt: skip
    """Something that is needed."""
    row = locked(emergency_id, "prepare", by=by)
    if not (0 <= there <= 1_000_000 and 0 <= wanted <= 1_000_000):
        raise wrong("there", _("请检查数量。"))
    try:
        with transaction.atomic():
            supply = Supply.objects.create(
                emergency=row, name=text_of(name, "name", 60, least=1), unit=text_of(unit, "unit", 12, least=1),
                place=place.strip()[:120], there=there, wanted=wanted, counted_at=at,
            )  # fmt: skip
    except IntegrityError as fault:
        raise wrong("name", _("这里已经有这种物资。"), "known") from fault
    told(row, "add_supply", by=by, at=at, name=supply.name, there=there, wanted=wanted, unit=supply.unit)
    return supply


@transaction.atomic
def count_supply(supply_id: int, there: int, *, by: Actor, at: datetime, seen: int | None = None) -> Supply:
    """How much of it there is now."""
    supply: Supply = _part(Supply, supply_id, "tend", by=by, seen=seen)
    if not 0 <= there <= 1_000_000:
        raise wrong("there", _("请检查数量。"))
    supply.there, supply.counted_at, supply.edits = there, at, supply.edits + 1
    supply.save(update_fields=["there", "counted_at", "edits"])
    told(
        supply.emergency,
        "count_supply",
        by=by,
        at=at,
        name=supply.name,
        there=there,
        wanted=supply.wanted,
        unit=supply.unit,
    )
    return supply


@transaction.atomic
def put_on_duty(
    emergency_id: int, *, account_id: int, task: str, begins_at: datetime, ends_at: datetime, by: Actor, at: datetime
) -> Shift:  # fmt: skip
    """Somebody who holds a post in the area is on duty between two moments."""
    row = locked(emergency_id, "prepare", by=by)
    post = posts_in(row, at).filter(account_id=account_id).order_by("pk").first()
    if post is None:
        raise wrong("account", _("请选择本辖区的工作人员。"))
    if ends_at <= begins_at:
        raise wrong("ends", _("结束时间要晚于开始时间。"))
    try:
        with transaction.atomic():
            shift = Shift.objects.create(
                emergency=row, account_id=account_id, organisation_id=post.organisation_id,
                task=text_of(task, "task", 60), begins_at=begins_at, ends_at=ends_at,
            )  # fmt: skip
    except IntegrityError as fault:
        raise wrong("account", _("这个人这时已经有值守。"), "known") from fault
    told(row, "put_on_duty", by=by, at=at, shift=shift.pk, task=shift.task)
    return shift


@transaction.atomic
def take_off_duty(shift_id: int, *, by: Actor, at: datetime) -> None:
    """Take a shift off the roster."""
    emergency_id = Shift.objects.filter(pk=shift_id).values_list("emergency_id", flat=True).first()
    if emergency_id is None:
        raise NotFound(_("没有这个值守，或已经有人取消。"))
    row = locked(emergency_id, "prepare", by=by)
    shift = Shift.objects.filter(pk=shift_id).first()
    if shift is None:
        raise Conflict(_("就在刚才，有人先取消了。"), code="someone_was_quicker")
    told(row, "take_off_duty", by=by, at=at, shift=shift.pk, task=shift.task)
    shift.delete()


def posts_in(row: Emergency, at: datetime) -> Any:
    """Posts held today in the area of an emergency, or above it: for a division, or in an organisation of one."""
    today = local(at).date()
    path = row.division.path
    above = [area.id for area in ground().areas.values() if path.startswith(area.path)]
    inside = Q(division__path__startswith=path) | Q(division_id__in=above)
    body = Q(organisation__division__path__startswith=path) | Q(organisation__division_id__in=above)
    body |= Q(organisation__division=None, organisation__isnull=False)
    held = Post.objects.filter(starts_on__lte=today).filter(Q(ends_on=None) | Q(ends_on__gt=today))
    return held.filter(inside | (Q(division=None) & body))


@transaction.atomic
def notify(
    emergency_id: int,
    *,
    title: str,
    text: str,
    bodies: Sequence[int] = (),
    roles: Sequence[str] = (),
    by: Actor,
    at: datetime,
) -> Bulletin:
    """Send a notice to everybody who holds a post in these organisations, or one of these posts in the area.

    Each of them confirms for themselves; the page says who has not read it yet.
    """
    row = locked(emergency_id, "notify", by=by)
    if not bodies and not roles:
        raise wrong("bodies", _("请选择发给哪些单位或岗位。"))
    if any(body not in organisations() for body in bodies) or any(r not in Role.values for r in roles):
        raise wrong("bodies", _("没有这个单位或岗位。"))
    today = local(at).date()
    held = Post.objects.filter(starts_on__lte=today).filter(Q(ends_on=None) | Q(ends_on__gt=today))
    found: dict[int, Post] = {}
    for post in held.filter(organisation_id__in=list(bodies)).order_by("pk"):
        found.setdefault(post.account_id, post)
    for post in posts_in(row, at).filter(role__in=list(roles)).order_by("pk"):
        found.setdefault(post.account_id, post)
    if not found:
        raise wrong("bodies", _("这些单位和岗位现在没有人。"), "nobody")
    if len(found) > MOST_TOLD:
        raise wrong("bodies", _("一次最多通知 {most} 人。").format(most=MOST_TOLD), "too_many")
    bulletin = Bulletin.objects.create(
        emergency=row,
        title=text_of(title, "title", 80),
        text=text_of(text, "text", 5000),
        by_id=by.account_id or 0,
        at=at,
    )
    Receipt.objects.bulk_create(
        Receipt(bulletin=bulletin, account_id=key, organisation_id=post.organisation_id, role=post.role)
        for key, post in found.items()
    )
    told(row, "notify", by=by, at=at, bulletin=bulletin.pk, title=bulletin.title, count=len(found))
    return bulletin


@transaction.atomic
def read(bulletin_id: int, *, by: Actor, at: datetime) -> Receipt:
    """Say that one has read a notice. The first time counts."""
    row = (
        Receipt.objects.select_for_update()
        .filter(bulletin_id=bulletin_id, account_id=by.account_id or 0)
        .first()
    )
    if row is None:
        raise NotFound(_("这条通知没有发给您。"))
    if row.read_at is None:
        row.read_at = at
        row.save(update_fields=["read_at"])
    return row
