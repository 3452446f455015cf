"""The same report sent twice from one browser: back, and 提交 again. The form has a new key then, but the old text.

What was sent lately is kept in the session only. The same key sent twice (a double click) is not here: the action
answers that from its own record.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpRequest

from gongzhi.kit.errors import NotFound
from gongzhi.people.addresses import keyed
from gongzhi.workorders import queries
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.workflow import DECLINED, WITHDRAWN

SENT_LATELY = "sent_lately"
#: Within this time the same words are taken for the same report.
WITHIN = timedelta(minutes=10)
#: A session keeps this many.
MOST_KEPT = 10


def _digest(words: str, place: str) -> str:
    said = ["".join(part.split()) for part in (words, place)]
    return keyed("sent-lately", *said).hex()[:32]


def _kept(request: HttpRequest, at: datetime) -> list[list[str | int]]:
    """[digest, order id, form key, second since 1970] of each report that is still young."""
    since = (at - WITHIN).timestamp()
    return [one for one in request.session.get(SENT_LATELY) or [] if int(one[3]) >= since]


def remember(
    request: HttpRequest, order: WorkOrder, *, words: str, place: str, key: str, at: datetime
) -> None:
    """Keep what was sent just now."""
    kept = [one for one in _kept(request, at) if one[2] != key]
    kept.append([_digest(words, place), order.pk, key, int(at.timestamp())])
    request.session[SENT_LATELY] = kept[-MOST_KEPT:]


def sent_before(
    request: HttpRequest, *, words: str, place: str, key: str, at: datetime
) -> tuple[WorkOrder, str] | None:
    """The order that the same words made a moment ago, and the key of its form; None if there is none.

    An order that was withdrawn or not taken does not stand in the way of reporting once more.
    """
    digest = _digest(words, place)
    for said, pk, first_key, _second in reversed(_kept(request, at)):
        if said != digest or first_key == key:
            continue
        try:
            order = queries.get_order(int(pk), by=request.actor)  # type: ignore[attr-defined]
        except NotFound:
            continue
        if order.state not in (WITHDRAWN, DECLINED):
            return order, str(first_key)
    return None
