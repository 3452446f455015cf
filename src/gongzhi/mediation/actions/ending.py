"""How a case ends: without agreement, with everything kept, and in its docket."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.mediation import terms
from gongzhi.mediation.actions.steps import THE_TEAM, locked, need, none_stands, take, tell, wrong
from gongzhi.mediation.models import Case, Clause, Outcome, Visit
from gongzhi.mediation.queries.agreements import in_force
from gongzhi.mediation.workflow import ADVICE, ENDINGS, PERFORMED
from gongzhi.people.queries import organisations


@transaction.atomic(savepoint=False)
def terminate(
    case_id: int,
    *,
    ground: str,
    advice: Sequence[str],
    text: str = "",
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Case:
    """End without agreement, and tell the parties which ways remain: arbitration, an authority, a suit, legal aid (art. 26)."""
    case = locked(case_id, "terminate", by=by, seen=seen)
    none_stands(case)
    if ground not in ENDINGS:
        raise wrong("ground", _("请选终止的原因。"))
    if not advice or set(advice) - set(ADVICE):
        raise wrong("advice", _("请选至少一条可以走的途径。"))
    take(
        case, "terminate", text=text, detail={"ground": ground, "advice": list(advice)}, by=by, at=at,
        tally={"outcome": Outcome.UNSETTLED, "ended_on": clock.local(at).date()},
    )  # fmt: skip
    tell(case, by=by, at=at)
    return case


@transaction.atomic(savepoint=False)
def finish(case_id: int, *, seen: int | None = None, by: Actor, at: datetime) -> Case:
    """Everything that was agreed on has been done."""
    case = locked(case_id, "finish", by=by, seen=seen)
    row = in_force(case)
    open_ones = Clause.objects.filter(agreement=row, performed_on=None)
    places = "、".join(str(clause.position) for clause in open_ones)
    need(not places, _("还没有履行：第 {places} 条").format(places=places), _("请先逐条登记履行。"))
    today = clock.local(at).date()
    take(case, "finish", by=by, at=at, tally={"performed_on": today, "ended_on": today})
    tell(case, by=by, at=at)
    return case


_NEXT = """
INSERT INTO mediation_series (committee_id, year, last) VALUES (%s, %s, 1)
ON CONFLICT (committee_id, year) DO UPDATE SET last = mediation_series.last + 1 RETURNING last
"""


def docket_number(year: int, name: str, serial: int) -> str:
    """（2026）海棠人调字第7号: the year, the committee's short name, the place in its series."""
    return f"（{year}）{name}人调字第{serial}号"


@transaction.atomic(savepoint=False)
def file(case_id: int, *, seen: int | None = None, by: Actor, at: datetime) -> Case:
    """Close the docket: number it in the committee's series of the year, and say until when it is kept."""
    case = locked(case_id, "file", by=by, seen=seen)
    today = clock.local(at).date()
    visited = Visit.objects.filter(case=case).exists()
    need(visited or case.state != PERFORMED, _("还没有回访。"), _("请先回访并登记，再归档。"))
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [case.committee_id, today.year])
        serial = int(cursor.fetchone()[0])
    body = organisations().get(case.committee_id)
    name = (body.label if body else "").removesuffix("人民调解委员会").removesuffix("调委会")
    number = docket_number(today.year, name, serial)
    keep_until = terms.last_day("keep", today)
    take(
        case, "file", detail={"docket": number}, by=by, at=at, tally={"keep_until": keep_until},
        fields={
            "docket_year": today.year, "docket_serial": serial, "docket_number": number, "filed_on": today,
            "keep_until": keep_until,
        },
    )  # fmt: skip
    tell(case, by=by, at=at)
    return case


@transaction.atomic(savepoint=False)
def count_as(
    case_id: int,
    *,
    ledger_class: str = "",
    prevented: str = "",
    prevented_people: int = 0,
    by: Actor,
    at: datetime,
) -> Case:
    """Put down what reports ask for: the class of key disputes, and what was kept from becoming worse."""
    case = locked(case_id, "count_as", by=by)
    counted = {"ledger_class": ledger_class, "prevented": prevented, "prevented_people": prevented_people}
    take(case, "count_as", detail=dict(counted), sides=THE_TEAM, tally=counted, by=by, at=at)
    return case
