"""What can be asked of emergencies: which there were, the board of one, its notices, its timeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import NotFound
from gongzhi.people.models import Account
from gongzhi.workorders.models.emergencies import Bulletin, Emergency, Receipt
from gongzhi.workorders.policies.police import POLICE

#: verb → (sentence, icon, tone), on the emergency's thread.
PHRASES: dict[str, tuple[str, str, str]] = {
    "switch_on": (gettext_noop("启动应急"), "alert-triangle", "late"),
    "ask_end": (gettext_noop("提出结束"), "help", "soon"),
    "take_back_end": (gettext_noop("收回结束的提议"), "arrow-back-up", ""),
    "end": (gettext_noop("确认结束"), "circle-check", "done"),
    "open_shelter": (gettext_noop("开放避难场所{name}，可容纳 {capacity} 人"), "home", ""),
    "count_people": (gettext_noop("{name}现有 {people} 人"), "users", "quiet"),
    "close_shelter": (gettext_noop("关闭避难场所{name}"), "home", ""),
    "add_supply": (gettext_noop("物资{name}：现有 {there} {unit}，需要 {wanted}"), "tool", ""),
    "count_supply": (gettext_noop("物资{name}：现有 {there} {unit}"), "tool", "quiet"),
    "put_on_duty": (gettext_noop("安排值守：{task}"), "user-check", "quiet"),
    "take_off_duty": (gettext_noop("取消值守：{task}"), "user", "quiet"),
    "notify": (gettext_noop("通知 {count} 人：{title}"), "speakerphone", "lead"),
    "draft_record": (gettext_noop("生成复盘"), "file-text", ""),
    "write_record": (gettext_noop("修改复盘"), "edit", "quiet"),
    "finish_record": (gettext_noop("复盘定稿"), "check", "done"),
}


@dataclass(frozen=True)
class Told:
    """One entry of the timeline."""

    head: str
    at: datetime
    by: str
    icon: str
    tone: str
    text: str


def get_emergency(emergency_id: int) -> Emergency:
    """One emergency with its area. Its name, area and shelters are for everybody."""
    row = (
        Emergency.objects.select_related("thread", "division", "switched_by", "end_asked_by", "ended_by", "finished_by")
        .filter(pk=emergency_id)
        .first()
    )  # fmt: skip
    if row is None:
        raise NotFound(_("没有这次应急。"))
    return row


def emergencies() -> list[Emergency]:
    """All of them, those that are on first."""
    return list(Emergency.objects.select_related("division").order_by("-ended_at", "-starts_at")[:100])


def bulletins(row: Emergency) -> QuerySet[Bulletin]:
    """Its notices with how many they went to and how many have read them."""
    return row.bulletins.select_related("by").annotate(
        told=Count("receipts"), have_read=Count("receipts", filter=Q(receipts__read_at__isnull=False))
    )


def mine(row: Emergency, by: Actor) -> list[Receipt]:
    """Notices of this emergency that went to this person, those not read first."""
    if by.account_id is None:
        return []
    rows = Receipt.objects.filter(bulletin__emergency=row, account_id=by.account_id).select_related(
        "bulletin__by"
    )
    return sorted(rows, key=lambda one: (one.read_at is not None, -one.bulletin.at.timestamp()))


def get_bulletin(row: Emergency, bulletin_id: int, *, by: Actor) -> tuple[Bulletin, list[Receipt]]:
    """A notice and to whom it went. For those who run the emergency; NotFound for everybody else."""
    found = row.bulletins.select_related("by").filter(pk=bulletin_id).first()
    if found is None or not POLICE.may(by, "notify", row.division.path):
        raise NotFound(_("没有这条通知。"))
    receipts = list(
        found.receipts.select_related("account", "organisation").order_by("read_at", "account__name")
    )
    return found, sorted(receipts, key=lambda one: one.read_at is not None)


def timeline(row: Emergency) -> list[Told]:
    """What happened, oldest first. Two statements."""
    entries = list(row.thread.entries.order_by("position"))
    names = dict(
        Account.objects.filter(pk__in={e.by_id for e in entries if e.by_id}).values_list("pk", "name")
    )
    out = []
    for entry in entries:
        sentence, icon, tone = PHRASES.get(entry.verb.partition(".")[2], (entry.verb, "point", "quiet"))
        out.append(
            Told(
                _(sentence).format(**entry.detail),
                entry.at,
                names.get(entry.by_id or 0, ""),
                icon,
                tone,
                entry.text,
            )
        )
    return out
