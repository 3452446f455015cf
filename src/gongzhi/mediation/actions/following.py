"""What comes after an agreement: performance, urging, the court's confirmation, return visits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, NotFound
from gongzhi.kit.images import Picture
from gongzhi.mediation import terms
from gongzhi.mediation.actions.steps import EVERYBODY, THE_TEAM, locked, need, take, tell, wrong
from gongzhi.mediation.models import Case, Clause, Confirmation, Visit
from gongzhi.mediation.queries.agreements import in_force


def _not_to_come(on: date | None, at: datetime, field: str = "on") -> date:
    today = clock.local(at).date()
    if on is not None and on > today:
        raise wrong(field, _("日期不能在以后。"))
    return on or today


@transaction.atomic(savepoint=False)
def perform(
    case_id: int,
    *,
    clause_id: int,
    on: date | None = None,
    text: str = "",
    pictures: Sequence[Picture] = (),
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Clause:
    """One clause has been kept: said by a party or the team, with a receipt if there is one."""
    case = locked(case_id, "perform", by=by, seen=seen)
    row = in_force(case)
    clause = Clause.objects.filter(pk=clause_id, agreement=row).first()
    if clause is None:
        raise NotFound
    need(clause.performed_on is None, _("这一条已经登记履行了。"), code="already_done")
    clause.performed_on = _not_to_come(on, at)
    clause.save(update_fields=["performed_on"])
    take(case, "perform", text=text, detail={"position": clause.position}, pictures=pictures, by=by, at=at)
    tell(case, team=True, by=by, at=at)
    return clause


@transaction.atomic(savepoint=False)
def urge(case_id: int, *, text: str, seen: int | None = None, by: Actor, at: datetime) -> Case:
    """The committee supervises that the agreement is kept, and says so (art. 31)."""
    case = locked(case_id, "urge", by=by, seen=seen)
    if not text.strip():
        raise wrong("text", _("请写明督促什么。"))
    take(case, "urge", text=text, by=by, at=at)
    tell(case, by=by, at=at)
    return case


@transaction.atomic(savepoint=False)
def ask_confirmation(
    case_id: int, *, court: str, on: date | None = None, seen: int | None = None, by: Actor, at: datetime
) -> Confirmation:
    """The parties have together asked a court to confirm the agreement, within thirty days of its effect (art. 33)."""
    case = locked(case_id, "ask_confirmation", by=by, seen=seen)
    row = in_force(case)
    if row is None or row.effective_on is None:
        raise Conflict(_("还没有生效的协议。"), code="not_yet")
    if not court.strip():
        raise wrong("court", _("请写明向哪个法院申请。"))
    applied_on = _not_to_come(on, at)
    last = terms.last_day("confirm", row.effective_on)
    need(
        applied_on <= last,
        _("三十天已过：最后一天是 {day}。").format(day=last.isoformat()),
        _("协议仍然有效。一方不履行时，另一方可以向法院起诉。"),
        code="too_late",
    )
    made = Confirmation.objects.create(
        case=case,
        agreement=row,
        court=court.strip()[:80],
        applied_on=applied_on,
        sides=list(EVERYBODY),
        at=at,
    )
    take(case, "ask_confirmation", detail={"on": applied_on.isoformat()}, by=by, at=at)
    tell(case, by=by, at=at)
    return made


@transaction.atomic(savepoint=False)
def hear_court(
    case_id: int,
    *,
    result: str,
    ruling: str = "",
    on: date | None = None,
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Confirmation:
    """What the court decided. A confirmed agreement can be enforced; a dismissed one can be changed, or gone to court about;
    what was withdrawn may be asked for again while the thirty days last."""
    case = locked(case_id, "hear_court", by=by, seen=seen)
    row = Confirmation.objects.filter(case=case, result="").order_by("-applied_on", "-pk").first()
    if row is None:
        raise Conflict(_("没有等待决定的申请。"), code="not_yet")
    if result not in Confirmation.Result.values or not result:
        raise wrong("result", _("请选法院的决定。"))
    row.result, row.ruling, row.decided_on = result, ruling.strip()[:60], _not_to_come(on, at)
    row.at = at  # whoever left before the court decided does not read what it said
    row.save(update_fields=["result", "ruling", "decided_on", "at"])
    confirmed = result == Confirmation.Result.CONFIRMED
    take(
        case, "hear_court", detail={"result": result}, by=by, at=at,
        tally={"confirmed_on": row.decided_on} if confirmed else None,
    )  # fmt: skip
    tell(case, by=by, at=at)
    return row


@transaction.atomic(savepoint=False)
def visit(
    case_id: int,
    *,
    kept: str,
    content: str = "",
    flares: bool = False,
    on: date | None = None,
    text: str = "",
    seen: int | None = None,
    by: Actor,
    at: datetime,
) -> Visit:
    """Ask afterwards: is it kept, are they content, may it flare up again. For the team."""
    case = locked(case_id, "visit", by=by, seen=seen)
    if kept not in Visit.Kept.values:
        raise wrong("kept", _("请选履行得怎样。"))
    taken = take(
        case, "visit", text=text, detail={"kept": kept, "content": content, "flares": flares}, sides=THE_TEAM,
        by=by, at=at,
    )  # fmt: skip
    return Visit.objects.create(
        case=case, visited_on=_not_to_come(on, at), visitor_id=by.account_id or 0, kept=kept, content=content, flares=flares,
        words=taken.entries[0], sides=list(THE_TEAM), at=at,
    )  # fmt: skip
