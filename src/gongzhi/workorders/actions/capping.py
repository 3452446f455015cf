"""Setting how much a unit may lean on returns, extensions, suspensions and voids before it is shown for it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Forbidden, Invalid
from gongzhi.people.queries import organisations
from gongzhi.workorders.models import Asking, Cap
from gongzhi.workorders.policies.desk import DESK


@transaction.atomic
def set_cap(
    kind: str,
    *,
    percent: int | None,
    window_days: int = 30,
    unit_id: int | None = None,
    by: Actor,
    at: datetime,
) -> Cap | None:
    """Set a cap for a unit, or for all that have none of their own; ``percent`` None takes it away."""
    if not DESK.may(by, "change_caps", None):
        raise Forbidden(_("只有街道领导和系统管理员可以修改比例上限。"), code="caps_not_yours")
    if kind not in Asking.values:
        raise Invalid(_("没有这种申请。"), code="unknown_kind")
    if unit_id is not None and unit_id not in organisations():
        raise Invalid(_("没有这个单位。"), code="unknown_unit", fields={"unit": [_("请选择单位。")]})
    if percent is None:
        Cap.objects.filter(kind=kind, unit_id=unit_id).delete()
        return None
    if not 0 <= percent <= 100 or not 1 <= window_days <= 366:
        sentence = _("上限是 0 到 100 之间的百分数，统计 1 到 366 天。")
        raise Invalid(sentence, code="cap", fields={"percent": [sentence]})
    cap, _made = Cap.objects.update_or_create(
        kind=kind, unit_id=unit_id, defaults={"percent": percent, "window_days": window_days}
    )
    return cap
