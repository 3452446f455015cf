"""The address of the list behind a number, and the selection that such an address asks for.

Whatever shows a number builds the address here from the same values it was counted with; the list reads it back.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.kit.errors import Invalid
from gongzhi.matters.figures import DIMENSIONS, NONE, Selection, Value


def _said(moment: datetime) -> str:
    return clock.local(moment).isoformat()


def address_of(kind: str, selection: Selection) -> str:
    """``/board/list/?…`` of a number."""
    asked = {
        "kind": kind,
        "figure": selection.figure,
        "in": str(selection.division_id),
        "at": _said(selection.at),
        **({"since": _said(selection.since)} if selection.since else {}),
        **({"until": _said(selection.until)} if selection.until else {}),
        **dict(selection.narrow),
    }
    return f"{reverse('observation:behind')}?{urlencode(asked)}"


def narrow(**values: Value) -> tuple[tuple[str, str], ...]:
    """(dimension, value) pairs as a selection keeps them; None becomes "not filled in"."""
    return tuple((name, NONE if value is None else str(value)) for name, value in values.items())


def selection_of(asked: QueryDict, *, at: datetime) -> Selection:
    """The selection that an address asks for. Invalid when a part of it cannot be read."""
    division = asked.get("in", "")
    if not division.isdecimal() or len(division) > 18:
        raise Invalid(_("要看哪里的名单？地址里没有写。"), code="bad_area")
    pairs = tuple((name, told[:60]) for name in DIMENSIONS if (told := str(asked.get(name, ""))))
    return Selection(
        asked.get("figure", "")[:20],
        int(division),
        _moment(asked, "at") or at,
        _moment(asked, "since"),
        _moment(asked, "until"),
        pairs,
    )


def _moment(asked: QueryDict, name: str) -> datetime | None:
    told = asked.get(name, "")[:40].replace(" ", "+")
    if not told:
        return None
    try:
        moment = datetime.fromisoformat(told)
    except ValueError as fault:
        raise Invalid(_("时间“{told}”看不懂。").format(told=told), code="bad_moment") from fault
    if moment.tzinfo is None:
        raise Invalid(_("时间“{told}”看不懂。").format(told=told), code="bad_moment")
    return moment
