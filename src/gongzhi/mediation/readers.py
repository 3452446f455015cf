"""What this room does when it hears news: a promise runs out, so those who receive for the committee are told the number.

A service never reads a word of a case: the entry it is given has none, and whom to tell stands on the reminders.
"""

from __future__ import annotations

from django.urls import reverse

from gongzhi.journal.models import Entry
from gongzhi.journal.news import Reader
from gongzhi.kit import clock
from gongzhi.kit.acting import current
from gongzhi.matters.models import Matter, Reminder
from gongzhi.matters.queries import people_of
from gongzhi.mediation.terms import FRESH
from gongzhi.notices import actions as notices


def tell_committee(entry: Entry) -> None:
    """A number and where to look; whoever is not in the case finds nothing there."""
    matter = Matter.objects.filter(pk=entry.thread_id).first()
    if matter is None or clock.now() - entry.at >= FRESH:
        return
    due = Reminder.objects.filter(matter=matter, at=entry.at).select_related("division")
    told = people_of(due, clock.today())
    if told:
        notices.tell(
            "mediation.reminded",
            told,
            fills={"number": matter.number},
            thread_id=matter.pk,
            url=reverse("mediation:case", args=[matter.pk]),
            by=current(),
            at=clock.now(),
        )


READERS: dict[str, list[Reader]] = {
    "mediation.reminded": [tell_committee],
    "mediation.missed": [tell_committee],
    "mediation.ran_out": [tell_committee],
}
