"""The way of a problem (C43): what an order came from, what it led to, and how it ended, as stations in time.

Everything comes from links between matters, from whistles, and from hand-overs with the police. Sealed matters and private orders of others
show a label and a number only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _

from gongzhi.matters import kinds
from gongzhi.matters.models import Matter
from gongzhi.people.actor import Person
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.models.callouts import Callout, CalloutKind
from gongzhi.workorders.models.police import HandOver, HandOverState, Way
from gongzhi.workorders.policies import RULES, standing
from gongzhi.workorders.policies.callouts import CALLOUTS
from gongzhi.workorders.words.titles import title_for
from gongzhi.workorders.workflow import WORKFLOW

#: Matters followed from one to the next, and how far.
MOST, FARTHEST = 60, 8

_REACHED = """
WITH RECURSIVE way(id, far) AS (
  SELECT %s::bigint, 0
  UNION
  SELECT CASE WHEN l.origin_id = way.id THEN l.target_id ELSE l.origin_id END, far + 1
  FROM way JOIN matters_link l ON (l.origin_id = way.id OR l.target_id = way.id) AND l.ended_at IS NULL
  WHERE far < %s
)
SELECT DISTINCT id FROM way LIMIT %s
"""


@dataclass(frozen=True)
class Station:
    """One station: what it is, in a few words, when it began, how it stands, and its page where one may open it."""

    kind: str
    title: str
    number: str
    at: datetime
    state: str
    url: str
    here: bool
    icon: str
    done: bool


def reached(matter_id: int) -> list[int]:
    """Matters that links join to this one, itself included. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_REACHED, [matter_id, FARTHEST, MOST])
        return [row[0] for row in cursor.fetchall()]


def way_of(order: WorkOrder, *, by: Person) -> list[Station]:
    """The stations of an order's whole way, oldest first. Four or five statements."""
    ids = reached(order.pk)
    staff = by.is_staff
    orders = {
        row.pk: row for row in WorkOrder.objects.filter(pk__in=ids).select_related("matter").defer("words")
    }
    out = [
        _of_matter(row, orders.get(row.pk), order, by=by, staff=staff)
        for row in Matter.objects.filter(pk__in=ids)
    ]
    out += _callouts(ids, by=by, staff=staff)
    out += _handovers(ids)
    out.sort(key=lambda one: one.at)
    main = orders.get(order.pk, order)
    if main.answered_at and not main.open:
        words = _("居民认为已解决") if main.solved else _("已答复")
        out.append(Station(_("结果"), words, "", main.answered_at, "", "", False, "circle-check", True))
    return out


def _of_matter(
    matter: Matter, order: WorkOrder | None, current: WorkOrder, *, by: Person, staff: bool
) -> Station:
    kind = kinds.kind_of(matter.kind)
    label = _(kind.label)
    if order is None:  # another room's: its label, number and state; its own page decides who may read on
        shown = not kind.sealed and matter.audience == "everyone"
        state = kind.workflow.states[matter.state]
        url = kind.address_of(matter.pk) if shown else ""
        title = matter.title if shown else ""
        return Station(label, title, matter.number, matter.opened_at, _(state.label) if shown else "", url, False, "arrow-forward-up", not state.open)  # fmt: skip
    mine = RULES.may(by, "see", order)
    side = standing(by, order) if mine else "public"
    shown = mine or not order.private
    title = title_for(order, by=by) if shown else ""
    name = "workorders:desk_order" if side == "staff" else "workorders:order"
    url = reverse(name, args=[order.pk]) if mine and order.pk != current.pk else ""
    word = _("公安移交来的事") if order.channel == "police" else _("反映")
    state = WORKFLOW.states[order.state]
    return Station(
        word, title, order.number, order.opened_at, _(state.label), url, order.pk == current.pk, "message-plus", not order.open
    )  # fmt: skip


def _callouts(ids: list[int], *, by: Person, staff: bool) -> list[Station]:
    rows = Callout.objects.filter(order_rows__order_id__in=ids).select_related("meeting__division").distinct()
    out = []
    for row in rows:
        if row.kind == CalloutKind.OPERATION and not staff:
            continue
        seen = staff and CALLOUTS.may(by, "see", row)
        url = reverse("workorders:callout", args=[row.pk]) if seen else ""
        title = row.meeting.title if seen else ""
        word = _("了结") if row.settled_at else _("进行中")
        out.append(
            Station(str(CalloutKind(row.kind).label), title, "", row.called_at, word, url, False, "speakerphone", bool(row.settled_at))
        )  # fmt: skip
    return out


def _handovers(ids: list[int]) -> list[Station]:
    rows = HandOver.objects.filter(order_id__in=ids, way=Way.OUT)
    return [
        Station(
            _("移交公安"), "", "", row.at, str(HandOverState(row.state).label), "", False, "shield",
            row.ended_at is not None,
        )
        for row in rows
    ]  # fmt: skip
