"""What can be done with report plans: keep one, give it a superior's form, end it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.kit.errors import Invalid, NotFound
from gongzhi.observation import filling
from gongzhi.observation.models import Every, ReportPlan
from gongzhi.observation.periods import period_of
from gongzhi.observation.policies import require
from gongzhi.observation.queries import reports as queries
from gongzhi.observation.queries import rooms
from gongzhi.people.actor import Person

#: What the numbers of a plan can be narrowed to.
NARROW = ("topic", "channel", "appeal")


@transaction.atomic
def keep_plan(
    division_id: int, *, name: str, rows: str, figures: Sequence[str], every: str, narrow: Mapping[str, str] | None = None,
    kind_code: str = "", by: Person, at: datetime,
) -> ReportPlan:  # fmt: skip
    """Keep what a superior asks for again and again."""
    require(by, "change_plan", division_id)
    kind = rooms.kind_of(kind_code)
    known = rooms.figures(kind)
    if not name.strip():
        raise Invalid(_("请给报表起个名字。"), code="no_name")
    if rows not in queries.ROWS or every not in Every.values:
        raise Invalid(_("不能这样分行。"), code="bad_rows")
    if not figures or not set(figures) <= set(known) | set(queries.SHARES):
        raise Invalid(_("请至少选一个指标。"), code="bad_figures")
    kept = {key: value for key, value in (narrow or {}).items() if value}
    if not set(kept) <= set(NARROW) or rows in kept:
        raise Invalid(_("不能这样筛选。"), code="bad_filter")
    return ReportPlan.objects.create(
        division_id=division_id, kind=kind.code, name=name.strip()[:80], rows=rows, figures=list(figures),
        every=every, narrow=kept, by_id=by.account_id, at=at,
    )  # fmt: skip


def _plan(plan_id: int, by: Person) -> ReportPlan:
    plan = ReportPlan.objects.select_for_update(of=("self",)).filter(pk=plan_id, ends_at=None).first()
    if plan is None:
        raise NotFound
    require(by, "change_plan", plan)
    return plan


@transaction.atomic
def give_form(plan_id: int, *, name: str, content: bytes, by: Person, at: datetime) -> ReportPlan:
    """Use a superior's form from now on; an empty content goes back to our own. Invalid with the form's first fault."""
    plan = _plan(plan_id, by)
    if content:
        filling.check(content)
        told = queries.numbers(plan, period_of(plan.every, clock.local(at).date()), at=at)
        filling.fill(content, told.report)
    plan.form, plan.form_name = content or None, name[:120] if content else ""
    plan.save(update_fields=["form", "form_name"])
    return plan


@transaction.atomic
def end_plan(plan_id: int, *, by: Person, at: datetime) -> None:
    """Nobody asks for it any more."""
    plan = _plan(plan_id, by)
    plan.ends_at = at
    plan.save(update_fields=["ends_at"])
