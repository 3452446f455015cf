"""Forgetting: what a resident wrote and attached, and how to reach them (PIPL art. 47).

What remains is that something was reported, where, what became of it, and the proof chain.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.kit.acting import Actor
from gongzhi.matters.models import Matter, Part, Party
from gongzhi.people import actions as people
from gongzhi.people.models import Contact
from gongzhi.workorders.models import Counterpart, HandOver, Outside, Visit, WorkOrder
from gongzhi.workorders.questions import without_persons


@transaction.atomic
def forget_reporter(*, by: Actor, at: datetime) -> int:
    """Erase the words, files and contact data of every order the actor reported. How many orders.

    The rows stay for the counts of units; nobody can tell any more who reported them.
    """
    if by.account_id is None:
        return 0
    said = _("（已按反映人的要求删除）")
    orders = list(
        # locked as every step locks: the sweep and followers hold the matter before they wait for the thread
        WorkOrder.objects.select_for_update(of=("self", "matter", "matter__thread"))
        .select_related("matter__thread")
        .filter(reporter_id=by.account_id)
        .order_by("pk")
    )
    for order in orders:
        journal.erase_words(order.pk, reason="reporter", by=by, at=at)
        order.title, order.description, order.place_text, order.words = said, said, "", []
        order.answers = without_persons(order.answers)
        order.lon = order.lat = None
        order.reporter_id = None
        order.source_key = None
        order.save(
            update_fields=[
                "title", "description", "place_text", "words", "lon", "lat", "reporter", "source_key", "answers",
            ]
        )  # fmt: skip
    keys = [order.pk for order in orders]
    Matter.objects.filter(pk__in=keys).update(title=said, opened_by=None)
    # What a colleague wrote down of a call, and the place that an outside body or the police were told.
    Visit.objects.filter(order_id__in=keys).update(text="")
    Outside.objects.filter(order_id__in=keys).update(place="")
    HandOver.objects.filter(order_id__in=keys).update(place="")
    Counterpart.objects.filter(order_id__in=keys).update(told={}, fetch_at=None)
    Contact.objects.filter(thread_id__in=keys).delete()
    Party.objects.filter(account_id=by.account_id, part__in=Part.values).delete()
    people.withdraw_consents(by=by, at=at)
    return len(orders)
