"""Pairs of constable and secretary, and the days on which they are on duty together (一居一警)."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.clock import local
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.kit.revision import bump
from gongzhi.people.models import Account, OrganisationKind, Post
from gongzhi.territory.ground import Area, ground
from gongzhi.territory.models import Level
from gongzhi.workorders.models.police import DutyDay, Pair
from gongzhi.workorders.policies.police import POLICE, require


def _wrong(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, code=field, fields={field: [sentence]})


def _community(division_id: int) -> Area:
    area = ground().areas.get(division_id)
    if area is None or area.level != Level.COMMUNITY:
        raise _wrong("division", _("请选择社区。"))
    return area


def _held(account_id: int, kind: str, on: date) -> bool:
    """Does this account hold a post in an organisation of this kind on a day?"""
    posts = Post.objects.filter(account_id=account_id, organisation__kind=kind, starts_on__lte=on)
    return posts.filter(Q(ends_on=None) | Q(ends_on__gt=on)).exists()


@transaction.atomic
def pair(
    division_id: int,
    *,
    constable_id: int | None,
    secretary_id: int | None,
    starts_on: date,
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> Pair:
    """Give a community a pair from a day on; the one before ends that day. ``seen`` is the pair that is replaced, 0 for
    none: somebody who was quicker means Conflict."""
    area = _community(division_id)
    require(by, "change_pairs", area.path)
    if constable_id is None and secretary_id is None:
        raise _wrong("constable", _("民警和书记至少要有一位。"))
    today = local(at).date()
    for key, field in ((constable_id, "constable"), (secretary_id, "secretary")):
        if key is not None and not Account.objects.filter(pk=key, is_active=True).exists():
            raise _wrong(field, _("没有这个账号。"))
    if constable_id is not None and not _held(constable_id, OrganisationKind.POLICE, max(starts_on, today)):
        raise _wrong("constable", _("请选择公安机关的人员。"))
    if secretary_id is not None and not _held(
        secretary_id, OrganisationKind.COMMUNITY, max(starts_on, today)
    ):
        raise _wrong("secretary", _("请选择社区居委会的人员。"))
    before = Pair.objects.select_for_update().filter(division_id=division_id, ends_on=None).first()
    if seen is not None and (before.pk if before else 0) != seen:
        raise Conflict(_("就在刚才，有人先改了这个社区的结对。"), code="someone_was_quicker")
    if before is not None and starts_on <= before.starts_on:
        raise _wrong("starts_on", _("要晚于现在这一对的开始日期。"))
    if before is not None:
        before.ends_on = starts_on
        before.save(update_fields=["ends_on"])
        before.duty_days.filter(on__gte=starts_on).delete()
    try:
        with transaction.atomic():
            row = Pair.objects.create(
                division_id=division_id,
                constable_id=constable_id,
                secretary_id=secretary_id,
                starts_on=starts_on,
            )
    except IntegrityError as fault:
        raise Conflict(_("就在刚才，有人先改了这个社区的结对。"), code="someone_was_quicker") from fault
    bump("police_pairs")
    return row


def _locked(pair_id: int, *, by: Actor) -> Pair:
    row = Pair.objects.select_for_update(of=("self",)).select_related("division").filter(pk=pair_id).first()
    if row is None:
        raise NotFound(_("没有这一对。"))
    mine = by.account_id is not None and by.account_id in (row.constable_id, row.secretary_id)
    if not mine:
        require(by, "change_pairs", row.division.path)
    return row


@transaction.atomic
def end_pair(pair_id: int, on: date, *, by: Actor, at: datetime) -> Pair:
    """The pair ends; the community is without one until there is another."""
    row = _locked(pair_id, by=by)
    require(by, "change_pairs", row.division.path)
    if row.ends_on is not None:
        raise Conflict(_("这一对已经结束。"), code="ended_already")
    if on < row.starts_on:
        raise _wrong("on", _("不能早于开始日期。"))
    row.ends_on = on
    row.save(update_fields=["ends_on"])
    row.duty_days.filter(on__gte=on).delete()
    bump("police_pairs")
    return row


@transaction.atomic
def put_duty(
    pair_id: int, on: date, *, begins: time, ends: time, place: str = "", by: Actor, at: datetime
) -> DutyDay:
    """A day on which both are there together. By one of the two, or by whoever keeps the pairs."""
    row = _locked(pair_id, by=by)
    if row.constable_id is None or row.secretary_id is None:
        raise _wrong("on", _("还缺一位，不能排共同值守。"))
    if on < local(at).date() or on < row.starts_on or (row.ends_on is not None and on >= row.ends_on):
        raise _wrong("on", _("请选择今天以后、这一对在岗的日子。"))
    if ends <= begins:
        raise _wrong("ends", _("结束时间要晚于开始时间。"))
    try:
        with transaction.atomic():
            day = DutyDay.objects.create(pair=row, on=on, begins=begins, ends=ends, place=place.strip()[:120])
    except IntegrityError as fault:
        raise Conflict(_("这一天已经排了值守。"), code="on_already") from fault
    bump("police_pairs")
    return day


@transaction.atomic
def drop_duty(duty_id: int, *, by: Actor, at: datetime) -> None:
    """Take a duty day away."""
    pair_id = DutyDay.objects.filter(pk=duty_id).values_list("pair_id", flat=True).first()
    if pair_id is None:
        raise NotFound(_("没有这个值守日，或已经有人取消。"))
    _locked(pair_id, by=by)
    if not DutyDay.objects.filter(pk=duty_id).delete()[0]:
        raise Conflict(_("就在刚才，有人先取消了。"), code="someone_was_quicker")
    bump("police_pairs")


def may_put_duty(row: Pair, *, by: Actor) -> bool:
    """May this actor plan the duty of a pair whose division is loaded?"""
    mine = by.account_id is not None and by.account_id in (row.constable_id, row.secretary_id)
    return mine or POLICE.may(by, "change_pairs", row.division.path)
