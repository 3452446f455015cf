"""The after-action record of an emergency: figures, each with the list behind it, and the sentences they make.

A figure is a dict of ``code``, ``label``, ``value``, ``unit`` and, where rows stand behind it, ``orders`` (their ids, as
they were when it was counted: the length of the list is the figure). Nothing here writes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from gongzhi.journal.models import Entry
from gongzhi.kit.clock import local
from gongzhi.territory.ground import ground
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.models.emergencies import Emergency, EmergencyKind, Receipt
from gongzhi.workorders.policies import in_area
from gongzhi.workorders.tables import tree


def _orders(row: Emergency, until: datetime) -> dict[str, list[int]]:
    """Ids of orders of the area, by figure."""
    quick = tuple(row.categories)
    inside = WorkOrder.objects.filter(in_area(row.division_id), history=False)
    came = inside.filter(opened_at__gte=row.starts_at, opened_at__lt=until)
    topics = [topic.id for topic in tree().topics.values() if tree().within(topic.code, quick)]
    about = came.filter(Q(category_id__in=topics) | Q(urgent=True))
    answered = about.filter(answered_at__isnull=False)
    found = {
        "came": came,
        "about": about,
        "answered": answered,
        "late": about.filter(
            Q(answered_at__gt=F("answer_due_at")) | Q(answered_at=None, answer_due_at__lt=until)
        ),
        "held": inside.filter(holds__emergency=row),
        "still_held": inside.filter(holds__emergency=row, holds__ended_at=None),
    }
    return {
        name: list(rows.order_by("pk").values_list("pk", flat=True).distinct())
        for name, rows in found.items()
    }


def figures(row: Emergency, *, at: datetime) -> list[dict[str, Any]]:
    """What is counted of an emergency until its end, or until now."""
    until = row.ended_at or at
    orders = _orders(row, until)
    labels = {
        "came": _("收到反映"), "about": _("其中应急事项"), "answered": _("应急事项已答复"), "late": _("应急事项超时"),
        "held": _("暂停期限的工单"), "still_held": _("还没有恢复的"),
    }  # fmt: skip
    out = [
        {"code": code, "label": labels[code], "value": len(keys), "unit": _("件"), "orders": keys}
        for code, keys in orders.items()
    ]
    shelters = row.shelters.all()
    told = shelters.aggregate(capacity=Sum("capacity"))
    receipts = Receipt.objects.filter(bulletin__emergency=row)
    more = [
        ("hours", _("历时"), round((until - row.starts_at).total_seconds() / 3600), _("小时")),
        ("shelters", _("开放避难场所"), len(shelters), _("处")),
        ("places", _("可容纳"), told["capacity"] or 0, _("人")),
        ("most", _("同时安置最多"), most_at_once(row), _("人")),
        ("shifts", _("值守"), row.shifts.count(), _("人次")),
        ("told", _("通知到人"), receipts.count(), _("人次")),
        ("read", _("已读"), receipts.filter(read_at__isnull=False).count(), _("人次")),
    ]
    out += [{"code": code, "label": label, "value": value, "unit": unit} for code, label, value, unit in more]
    return out


def most_at_once(row: Emergency) -> int:
    """The largest number of people in all shelters together, from the counts in the order in which they were made."""
    now: dict[int, int] = {}
    most = 0
    counted = Entry.objects.filter(
        thread_id=row.pk, verb__in=("emergency.count_people", "emergency.close_shelter")
    )
    for detail in counted.order_by("position").values_list("detail", flat=True):
        now[int(detail["shelter"])] = int(detail["people"])
        most = max(most, sum(now.values()))
    return most


def sentences(row: Emergency) -> str:
    """What a clerk would write from the figures, to be edited."""
    n = {one["code"]: one["value"] for one in row.figures}
    until = local(row.ended_at) if row.ended_at else None
    area = ground().name_of(row.division_id)
    began = local(row.starts_at)
    when = f"{began:%Y-%m-%d %H:%M}"
    told = [
        _("一、经过。{when}，{area}启动应急状态（{name}，{kind}），原因是：{reason}").format(
            when=when, area=area, kind=EmergencyKind(row.kind).label, name=row.name, reason=row.reason
        )
    ]
    if until:
        told[0] += _(" {when} 结束，历时 {hours} 小时。").format(
            when=f"{until:%Y-%m-%d %H:%M}", hours=n["hours"]
        )
    told.append(
        _("二、群众反映。期间收到反映 {came} 件，应急事项 {about} 件，已答复 {answered} 件，超时 {late} 件。"
          "其他工单暂停期限 {held} 件，结束后恢复计时。").format(**n)
    )  # fmt: skip
    told.append(
        _("三、转移安置。开放避难场所 {shelters} 处，可容纳 {places} 人，同时安置最多 {most} 人。").format(
            **n
        )
    )
    unread = n["told"] - n["read"]
    told.append(
        _(
            "四、值守和通知。安排值守 {shifts} 人次，通知 {told} 人次，已读 {read} 人次，{unread} 人次没有读。"
        ).format(**n, unread=unread)
    )
    told.append(_("五、做得好的：\n\n六、要改进的：\n"))
    return "\n\n".join(told)
