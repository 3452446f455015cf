"""Cases, their story and their files, for whoever asks: fetch or refuse."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gongzhi.journal import queries as journal
from gongzhi.journal.models import Attachment, Entry
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import NotFound
from gongzhi.mediation.models import Case
from gongzhi.mediation.policies import RULES, held


def cases_for(by: Actor) -> QuerySet[Case]:
    """Every case the actor sees, newest first."""
    rows = Case.objects.select_related("matter", "committee").order_by("-opened_at", "-pk")
    return RULES.which(by, "see", rows)


def get_case(case_id: int, *, by: Actor) -> Case:
    """One case. NotFound for whoever has no access: that it exists is not told."""
    case = Case.objects.select_related("matter__thread", "committee", "mediator").filter(pk=case_id).first()
    if case is None or not RULES.may(by, "see", case):
        raise NotFound(_("没有这件调解案件，或者您不在其中。"))
    return case


def timeline(case: Case, *, by: Actor) -> QuerySet[Entry]:
    """What happened, as far as the actor's side reads it."""
    return journal.sealed_timeline(case.pk, held(by, case), now=clock.now())


def file_of(case_id: int, attachment_id: Any, *, by: Actor) -> Attachment:
    """One file of a case with its bytes. NotFound when it is not for this side."""
    case = get_case(case_id, by=by)
    found = journal.sealed_file(case.pk, attachment_id, held(by, case), now=clock.now())
    if found is None:
        raise NotFound
    return found
