"""Extraordinary access: a reason, half an hour, everybody in the case is told, and it stands in the journal."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.journal.models import Access
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Forbidden, NotFound
from gongzhi.matters.models import Matter
from gongzhi.mediation.actions.steps import EVERYBODY, locked, take, tell, wrong
from gongzhi.mediation.kind import CODE
from gongzhi.mediation.policies import LOOKS_IN


@transaction.atomic(savepoint=False)
def look_in(case_id: int, *, text: str, by: Actor, at: datetime) -> Access:
    """Open a case to the actor for half an hour. Words of the reason are read by its team and its parties."""
    if not LOOKS_IN.holds(by, None):
        raise Forbidden(_("特殊查看只限领导和审计员。"), help=_("有工作需要，请联系本案团队。"))
    if len(text.strip()) < 5:
        raise wrong("text", _("请写明理由，本案团队和当事人都会看到。"))
    if not Matter.objects.filter(pk=case_id, kind=CODE).exists():
        raise NotFound
    opened = journal.look_in(case_id, reason=text.strip()[:200], by=by, at=at)
    case = locked(case_id, "look_in", by=by)
    take(
        case, "look_in", text=text.strip(), detail={"until": opened.ends_at.isoformat() if opened.ends_at else ""},
        sides=EVERYBODY, by=by, at=at,
    )  # fmt: skip
    tell(case, "mediation.looked_in", team=True, by=by, at=at)
    return opened
