"""What in a text that is to leave a case could tell whose case it was; and how often such a thing happens, in no number
under five. Nothing here leaves the team."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.db import transaction

from civics.telltale import Hit, find
from gongzhi.journal.models import Attachment, Entry
from gongzhi.kit.acting import Actor, acting
from gongzhi.matters.models import Offer
from gongzhi.mediation.models import (
    Agreement,
    Case,
    Clause,
    Guest,
    Handover,
    Offered,
    Particulars,
    Party,
    Sitting,
    Statement,
    Tally,
)
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import Area, ground
from gongzhi.territory.models import Level

_YEAR = timedelta(days=365)


def _words(case: Case) -> Iterator[str]:
    yield case.subject_line
    for facts, requests in Statement.objects.filter(case=case).values_list("facts", "requests"):
        yield from (facts, requests)
    for row in Agreement.objects.filter(case=case).values_list("facts", "liability", "remarks"):
        yield from row
    yield from Clause.objects.filter(case=case).values_list("text", flat=True)
    yield from Entry.objects.filter(thread_id=case.pk).values_list("text", flat=True)
    yield from Handover.objects.filter(case=case).values_list("passed", flat=True)


def known_of(case: Case) -> dict[str, list[str]]:
    """kind → what the team knows of a case, as :func:`civics.telltale.find` asks for it."""
    names = list(Party.objects.filter(case=case).values_list("name", flat=True))
    names += Guest.objects.filter(case=case).values_list("name", flat=True)
    names += Handover.objects.filter(case=case).values_list("recipient", flat=True)
    phones, numbers = [], [case.matter.number, case.docket_number]
    places = [case.place, *Sitting.objects.filter(case=case).values_list("place", flat=True)]
    for row in Particulars.objects.filter(case=case):
        names.append(row.agent_name)
        phones.append(row.phone)
        numbers.append(row.document_number)
        places.append(row.address)
    files = list(Attachment.objects.filter(thread_id=case.pk).values_list("name", flat=True))
    return {
        "name": names,
        "phone": phones,
        "number": numbers,
        "place": places,
        "file": files,
        "words": list(_words(case)),
    }


def place_of(case: Case) -> Area | None:
    """The community of a case, or the area above where there is none: nothing finer is ever told."""
    tally = Tally.objects.filter(pk=case.pk).first()
    line = ground().line((tally.division_id if tally else None) or case.committee.division_id)
    fine = (Level.COMMUNITY, Level.STREET, Level.DISTRICT)
    return next((area for level in fine for area in line if area.level == level), None)


def hits(case: Case, *texts: str) -> list[Hit]:
    """Everything in some texts that could tell whose case this was. For the team: the words of a hit are the case's."""
    area, body = place_of(case), organisations().get(case.committee_id)
    allowed = [one.name for one in ground().line(area.id)] if area else []
    if body is not None:
        allowed += [body.name, body.label]
    return find("\n".join(texts), known_of(case), allowed=allowed)


def often(case: Case, *, today: date) -> str:
    """How often the community had disputes of this kind in a year, in words. Under five nothing is told: "several" would
    mean two to four as soon as "five or more" is a word of its own."""
    area = place_of(case)
    if area is None:
        return Offer.Often.ONCE
    inside = [one.id for one in ground().areas.values() if one.within(area.path)]
    with acting(Actor.for_service("figures")), transaction.atomic():
        count = Tally.objects.filter(
            subject=case.subject, division__in=inside, opened_on__gt=today - _YEAR
        ).count()
    for least, word in ((10, Offer.Often.TEN), (5, Offer.Often.FIVE)):
        if count >= least:
            return word
    return Offer.Often.ONCE


def offered_of(case: Case) -> list[Offered]:
    """What was written after a case, as far as the actor's side reads it."""
    return list(Offered.objects.filter(case=case).select_related("written_by", "released_by", "offer"))
