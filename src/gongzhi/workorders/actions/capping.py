"""Setting how much a unit may lean on returns, extensions, suspensions and voids before it is shown for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import books
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Forbidden, Invalid
from gongzhi.people.queries import organisations
from gongzhi.workorders.models import Asking, Cap
from gongzhi.workorders.policies.desk import DESK

#: The book in which changes are kept.
BOOK = "caps"


@transaction.atomic
def set_cap(
    kind: str,
    *,
    percent: int | None,
    window_days: int = 30,
    unit_id: int | None = None,
    by: Actor,
    at: datetime,
    seen: str | None = None,
) -> Cap | None:
    """Set a cap for a unit, or for all that have none of their own; ``percent`` None takes it away.

    ``seen`` is :func:`seen_caps` of the kind, as the editor had them before them.
    """
    if not DESK.may(by, "change_caps", None):
        raise Forbidden(_("只有领导和系统管理员可以修改比例上限。"), code="caps_not_yours")
    if kind not in Asking.values:
        raise Invalid(_("没有这种申请。"), code="unknown_kind")
    if unit_id is not None and unit_id not in organisations():
        raise Invalid(_("没有这个单位。"), code="unknown_unit", fields={"unit": [_("请选择单位。")]})
    if percent is not None:
        _checked(percent, window_days)
    book = books.open_book(BOOK, at=at)
    row = Cap.objects.filter(kind=kind, unit_id=unit_id).first()
    before = values_of(row)
    if seen is not None and seen != seen_caps(kind):
        raise books.too_late(_("这些上限"))
    if percent is None:
        Cap.objects.filter(kind=kind, unit_id=unit_id).delete()
        cap = None
    else:
        cap, _made = Cap.objects.update_or_create(
            kind=kind, unit_id=unit_id, defaults={"percent": percent, "window_days": window_days}
        )
    unit = organisations()[unit_id] if unit_id is not None else None
    key = f"{kind}:{unit.code if unit else ''}"
    name = f"{Asking(kind).label} · {unit.label if unit else _('所有单位')}"
    books.note(book, books.Change(key, before, values_of(cap), name), by=by, at=at)
    return cap


def seen_caps(kind: str) -> str:
    """A sign of all caps of a kind: they stand on one page, and are changed by one form."""
    caps = Cap.objects.filter(kind=kind)
    return books.fingerprint({str(cap.unit_id or ""): [cap.percent, cap.window_days] for cap in caps})


def values_of(cap: Cap | None) -> dict[str, Any] | None:
    """What a cap says, for the book."""
    return None if cap is None else {"percent": cap.percent, "window_days": cap.window_days}


def _checked(percent: int, window_days: int) -> None:
    if not 0 <= percent <= 100 or not 1 <= window_days <= 366:
        sentence = _("上限是 0 到 100 之间的百分数，统计 1 到 366 天。")
        raise Invalid(sentence, code="cap", fields={"percent": [sentence]})


@transaction.atomic
def undo_cap(key: str, *, wanted: Mapping[str, Any] | None, seen: str, by: Actor, at: datetime) -> None:
    """Put a cap back as it was."""
    kind, _sep, code = key.partition(":")
    unit = next((body.id for body in organisations().values() if body.code == code), None) if code else None
    if code and unit is None:
        raise Invalid(_("没有这个单位。"), code="unknown_unit")
    books.open_book(BOOK, at=at)
    books.expect(values_of(Cap.objects.filter(kind=kind, unit_id=unit).first()), seen, what=_("这个上限"))
    said = wanted or {"percent": None, "window_days": 30}
    set_cap(kind, percent=said["percent"], window_days=said["window_days"], unit_id=unit, by=by, at=at)
