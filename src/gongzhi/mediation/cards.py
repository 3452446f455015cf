"""What this room shows in the windows: "my matters" of those in a case, a label and a number; and their own words to take
away. Every question is asked through the lock, so that nobody gets more than their side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from gongzhi.journal.models import Entry
from gongzhi.kit import clock
from gongzhi.matters.models import Deadline
from gongzhi.mediation.kind import LABEL, PROMISES
from gongzhi.mediation.models import Case, Party, Statement
from gongzhi.mediation.policies import PARTY_NOW
from gongzhi.mediation.workflow import WORKFLOW
from gongzhi.people.actor import Person

_TONES = {
    "applied": "new",
    "offered": "waiting",
    "filed": "closed",
    "withdrawn": "closed",
    "refused": "refused",
}


def mine(person: Person) -> list[dict[str, Any]]:
    """Cases in which this person is a party, newest first, each with what its next moment is for. Two statements."""
    if person.account_id is None:
        return []
    rows = list(Case.objects.filter(PARTY_NOW.where(person)).select_related("matter").order_by("-opened_at"))
    now, keys = clock.now(), [case.pk for case in rows if case.next_due_at is not None]
    running = Deadline.objects.filter(matter__in=keys, met_at=None, cancelled_at=None).order_by("-due_at")
    # nobody answers anybody here: a term is for deciding, talking, performing
    due_for = {row.matter_id: row.promise for row in running} if keys else {}
    return [
        {
            "id": case.pk,
            "number": case.matter.number,
            "part": "reporter",
            "title": _(LABEL),
            "state": _(WORKFLOW.states[case.state].label),
            "tone": _TONES.get(case.state, "working"),
            "open": case.open,
            "yours": False,
            "place": "",
            "unit": "",
            "at": case.opened_at,
            "due_at": case.next_due_at,
            "due_what": _(PROMISES[due_for[case.pk]].label) if case.pk in due_for else "",
            "due_state": "late" if case.next_due_at is not None and case.next_due_at < now else "fine",
            "url": reverse("mediation:case", args=[case.pk]),
        }
        for case in rows
    ]


def export(person: Person) -> list[dict[str, Any]]:
    """What this person wrote in cases, for "download my data"."""
    if person.account_id is None:
        return []
    out = []
    for case in Case.objects.filter(PARTY_NOW.where(person)).select_related("matter").order_by("pk"):
        own = Party.objects.filter(case=case, account_id=person.account_id).first()
        told = Statement.objects.filter(case=case, party=own) if own else Statement.objects.none()
        acts = Entry.objects.filter(thread_id=case.pk, by_id=person.account_id).order_by("position")
        out.append(
            {
                "number": case.matter.number,
                "title": case.subject_line,
                "statements": [{"facts": one.facts, "requests": one.requests, "at": one.at} for one in told],
                "acts": [{"what": entry.verb, "at": entry.at, "text": entry.text} for entry in acts],
            }
        )
    return out


def takes_call(**told: Any) -> tuple[str, str]:
    """A dispute that the police hand over: (its number, the committee that has it). Nothing else of it is told."""
    from gongzhi.mediation.actions import opening
    from gongzhi.people.queries import organisations

    case = opening.take_call(**told)
    return case.matter.number, organisations()[case.committee_id].label


CARDS: dict[str, Callable[..., Any]] = {"mine": mine, "export": export, "takes_call": takes_call}
