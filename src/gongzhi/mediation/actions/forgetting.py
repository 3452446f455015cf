"""Forgetting the personal words of a closed case: after its docket's time by the platform, before by its team on request.

Acts, moments, digests, numbers and the docket number remain: that something was settled can still be proven.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.journal.models import SERVICE, TEAM
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Conflict, Forbidden
from gongzhi.mediation.actions.steps import locked, say
from gongzhi.mediation.models import Tally
from gongzhi.mediation.policies import RULES

_FORGETTER = Actor.for_service("erasure")


@transaction.atomic(savepoint=False)
def forget(case_id: int, *, reason: str, by: Actor, at: datetime) -> None:
    """Forget every personal word, name and file of a closed case."""
    if by.service != _FORGETTER.service:
        case = locked(case_id, "forget", by=by)
        if not RULES.may(by, "forget", case):
            raise Forbidden
        if case.open:
            raise Conflict(_("案件还没有结束，不能删除。"), code="not_yet")
    with connection.cursor() as cursor:
        cursor.execute("SELECT mediation_forget(%s, %s)", [case_id, at])
    journal.erase_words(case_id, reason=reason, by=by, at=at)
    thread = journal.lock(case_id)
    journal.write(thread, [say("forget", detail={"reason": reason}, sides=(TEAM, SERVICE))], by=by, at=at)
    with acting(Actor.for_service("figures")):
        Tally.objects.filter(pk=case_id).update(forgotten_at=at)


def forget_due(*, on: date, at: datetime, most: int = 100) -> int:
    """Forget what need not be kept any longer. How many cases it was."""
    with acting(Actor.for_service("figures")), transaction.atomic():
        due = list(
            Tally.objects.filter(keep_until__lt=on, forgotten_at=None).values_list("pk", flat=True)[:most]
        )
    with acting(_FORGETTER):
        for case_id in due:
            forget(case_id, reason="retention", by=_FORGETTER, at=at)
    return len(due)
