"""Keeping the register of devices: enter, change, renew the secret, take out of use, pause while somebody works on one."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, Invalid, NotFound
from gongzhi.kit.revision import bump
from gongzhi.people.actor import Person
from gongzhi.people.queries import organisations
from gongzhi.people.roles import UNIT_ROLES
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level
from gongzhi.workorders.models.devices import Device, DeviceKind
from gongzhi.workorders.policies.doors import DOORS, require
from gongzhi.workorders.tables import tree

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{2,39}")
#: The longest a device may be worked on before it counts again.
LONGEST_PAUSE = timedelta(days=30)
#: A device that is to speak less often than every 30 days is not expected to speak at all.
MOST_MINUTES = 43_200


@dataclass(frozen=True)
class Plan:
    """What is entered of a device. ``division_id``: the building or grid where it stands."""

    name: str
    kind: str
    division_id: int
    unit_id: int
    category_id: int
    place: str = ""
    lon: float | None = None
    lat: float | None = None
    to_owner: bool = False
    serious_category_id: int | None = None
    measure: str = ""
    alarm_at: float | None = None
    serious_at: float | None = None
    falling: bool = False
    expected_minutes: int | None = None


def _street_of(plan: Plan) -> int:
    spot = ground().spot_of(plan.division_id)
    area = ground().areas[plan.division_id]
    if area.level not in (Level.COMMUNITY, Level.GRID, Level.BUILDING) or spot.street_id is None:
        raise _wrong("division", _("请选择楼栋、网格或社区。"))
    return spot.street_id


def _wrong(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, code=field, fields={field: [sentence]})


def _checked(plan: Plan) -> Plan:
    if not plan.name.strip():
        raise _wrong("name", _("请写设备的名称。"))
    if plan.kind not in DeviceKind.values:
        raise _wrong("kind", _("没有这种设备。"))
    if plan.division_id not in ground().areas:
        raise _wrong("division", _("请选择楼栋、网格或社区。"))
    if plan.unit_id not in organisations():
        raise _wrong("unit", _("请选择单位。"))
    live = tree().live
    if plan.category_id not in live:
        raise _wrong("category", _("没有这个分类。"))
    if plan.serious_category_id is not None and plan.serious_category_id not in live:
        raise _wrong("serious_category", _("没有这个分类。"))
    if (plan.lon is None) != (plan.lat is None):
        raise _wrong("place", _("位置要同时有经度和纬度。"))
    if plan.serious_at is not None:
        if plan.alarm_at is None:
            raise _wrong("alarm_at", _("有严重值，就要先有报警值。"))
        if (plan.serious_at < plan.alarm_at) != plan.falling and plan.serious_at != plan.alarm_at:
            raise _wrong("serious_at", _("严重值要比报警值更严重。"))
    if plan.expected_minutes is not None and not 1 <= plan.expected_minutes <= MOST_MINUTES:
        raise _wrong("expected_minutes", _("间隔是 1 到 {most} 分钟。").format(most=MOST_MINUTES))
    return plan


@transaction.atomic
def add_device(code: str, plan: Plan, *, by: Actor, at: datetime) -> Device:
    """Enter a device. Its secret is shown to whoever did this, once."""
    if not _CODE.fullmatch(code):
        raise _wrong("code", _("编号用小写字母、数字和连字符，3 到 40 个字符。"))
    plan = _checked(plan)
    require(by, "change_devices", ground().areas[plan.division_id].path)
    try:
        with transaction.atomic():
            row = Device.objects.create(code=code, since=at, street_id=_street_of(plan), **asdict(plan))
    except IntegrityError as fault:
        raise Conflict(
            _("已经有这个编号。"), code="known_code", fields={"code": [_("已经有这个编号。")]}
        ) from fault
    bump("devices")
    return row


def locked(code: str, *, by: Actor) -> Device:
    """The device, locked; for whoever keeps the register of its area."""
    row = Device.objects.select_for_update(no_key=True, of=("self",)).filter(code=code).first()
    if row is None:
        raise NotFound(_("没有这台设备。"))
    require(by, "change_devices", ground().areas[row.division_id].path)
    return row


@transaction.atomic
def change_device(code: str, plan: Plan, *, seen: int, by: Actor, at: datetime) -> Device:
    """Change what is entered of a device. ``seen`` is the count of edits that the editor had before them."""
    row = locked(code, by=by)
    if row.edits != seen:
        raise Conflict(_("就在刚才，有人先改了这台设备。"), code="someone_was_quicker")
    plan = _checked(plan)
    require(by, "change_devices", ground().areas[plan.division_id].path)
    for name, value in asdict(plan).items():
        setattr(row, name, value)
    row.street_id, row.edits = _street_of(plan), row.edits + 1
    minutes = plan.expected_minutes
    row.silent_at = (
        row.last_seen_at + timedelta(minutes=2 * minutes) if minutes and row.last_seen_at else None
    )
    row.save()
    bump("devices")
    return row


@transaction.atomic
def renew_secret(code: str, *, seen: int, by: Actor, at: datetime) -> Device:
    """A new secret; the old one opens nothing any more. ``seen`` is the edition that is replaced."""
    row = locked(code, by=by)
    if row.edition != seen:
        raise Conflict(_("就在刚才，有人先换了密钥。"), code="someone_was_quicker")
    row.edition, row.since, row.revoked_at = row.edition + 1, at, None
    row.save(update_fields=["edition", "since", "revoked_at"])
    bump("devices")
    return row


@transaction.atomic
def revoke_device(code: str, *, by: Actor, at: datetime) -> Device:
    """The device is out of use: its signature counts no more, and nobody waits for it. A new secret brings it back."""
    row = locked(code, by=by)
    if row.revoked_at is not None:
        raise Conflict(_("已经停用。"), code="revoked_already")
    row.revoked_at, row.silent_at = at, None
    row.save(update_fields=["revoked_at", "silent_at"])
    row.episodes.filter(kind="silence", ended_at=None).update(ended_at=at)
    bump("devices")
    return row


def may_pause(actor: Actor, row: Device) -> bool:
    """Whoever keeps the register of its area, and the people of the unit that owns it."""
    area = ground().areas.get(row.division_id)
    if area is not None and DOORS.may(actor, "change_devices", area.path):
        return True
    return isinstance(actor, Person) and row.unit_id in actor.organisations(*UNIT_ROLES)


@transaction.atomic
def pause_device(code: str, *, until: datetime | None, why: str = "", by: Actor, at: datetime) -> Device:
    """While somebody works on it, its alarms make no orders and its silence is no silence. ``until`` None: back now."""
    row = Device.objects.select_for_update(no_key=True, of=("self",)).filter(code=code).first()
    if row is None:
        raise NotFound(_("没有这台设备。"))
    if not may_pause(by, row):
        raise Forbidden(_("暂停由本街道的受理员、系统管理员或设备所属单位来做。"), code="not_yours")
    if until is not None and not at < until <= at + LONGEST_PAUSE:
        raise _wrong("until", _("暂停最多 30 天，要在现在以后。"))
    if until is not None and not why.strip():
        raise _wrong("why", _("请写为什么暂停。"))
    row.paused_until, row.paused_why = until, why.strip()[:120] if until else ""
    if row.expected_minutes and row.last_seen_at:
        # after the work it has its usual time before anybody asks where it is
        row.silent_at = (until or at) + timedelta(minutes=2 * row.expected_minutes)
    row.save(update_fields=["paused_until", "paused_why", "silent_at"])
    bump("devices")
    return row
