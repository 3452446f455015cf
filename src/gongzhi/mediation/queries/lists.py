"""The list of the cases somebody is in: narrowed, in the order of what is due, one page after another by a cursor.

A list holds only what the actor sees: the lock of the database is asked as well, so nobody else's case is counted here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from gongzhi.kit.cursors import cursor_of, place_of
from gongzhi.kit.errors import Invalid
from gongzhi.mediation.models import Case, Party
from gongzhi.mediation.queries.cases import cases_for
from gongzhi.mediation.workflow import WORKFLOW
from gongzhi.people.actor import Person

PAGE = 50
#: What is due within this time counts as soon.
SOON = timedelta(days=3)
#: Where a case without a moment stands: behind all that have one.
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
DUE = ("", "late", "soon")


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to. ``state``: open, closed, or one state; ``due``: late or soon; ``mine``: cases that I
    mediate or in which I am a party myself; ``after`` is a cursor."""

    state: str = "open"
    due: str = ""
    mine: bool = False
    after: str = ""


@dataclass(frozen=True)
class Page:
    """A page; ``older`` is the cursor of the next, empty at the end."""

    cases: list[Case]
    older: str


def _narrowed(filters: Filters, by: Person, now: datetime) -> QuerySet[Case]:
    if filters.state not in ("open", "closed", *WORKFLOW.states) or filters.due not in DUE:
        raise Invalid(_("没有这种筛选。"), code="unknown_filter")
    rows = cases_for(by)
    if filters.state in WORKFLOW.states:
        rows = rows.filter(state=filters.state)
    else:
        rows = rows.filter(open=filters.state == "open")
    if filters.due == "late":
        rows = rows.filter(next_due_at__lt=now)
    elif filters.due == "soon":
        rows = rows.filter(next_due_at__gte=now, next_due_at__lt=now + SOON)
    if filters.mine:
        own = Party.objects.filter(account_id=by.account_id or 0).values("case_id")
        rows = rows.filter(Q(mediator_id=by.account_id) | Q(pk__in=own))
    return rows


def page(filters: Filters, *, by: Person, now: datetime) -> Page:
    """One page: what is open by its moment, the most urgent first; what is closed the newest first. One statement."""
    rows = _narrowed(filters, by, now)
    still = filters.state == "open" or (
        filters.state in WORKFLOW.states and WORKFLOW.states[filters.state].open
    )
    if still:
        rows = rows.annotate(stands_at=Coalesce("next_due_at", Value(_NEVER), output_field=DateTimeField()))
        rows = rows.order_by("stands_at", "pk")
    else:
        rows = rows.annotate(stands_at=F("opened_at")).order_by("-stands_at", "-pk")
    if filters.after:
        try:
            moment, key = place_of(filters.after)
            if moment is None:  # every row here has one
                raise ValueError
        except ValueError as fault:
            raise Invalid(_("翻页的位置无效。"), help=_("请从第一页重新打开。"), code="bad_cursor") from fault
        if still:
            rows = rows.filter(Q(stands_at__gt=moment) | Q(stands_at=moment, pk__gt=key))
        else:
            rows = rows.filter(Q(stands_at__lt=moment) | Q(stands_at=moment, pk__lt=key))
    found: list[Any] = list(rows[: PAGE + 1])
    shown = found[:PAGE]
    older = cursor_of(shown[-1].stands_at, shown[-1].pk) if len(found) > PAGE else ""
    return Page(shown, older)
