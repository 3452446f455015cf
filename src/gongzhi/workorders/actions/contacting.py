"""Looking up how to reach the reporter: allowed to few, and written down each time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Forbidden
from gongzhi.people.models import Contact
from gongzhi.people.queries import contact_of, contact_of_account
from gongzhi.workorders.actions.steps import locked, say
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.policies import CONTACT


@transaction.atomic
def see_contact(order_id: int, *, by: Actor, at: datetime) -> tuple[WorkOrder, Contact | None]:
    """The reporter's contact data, with an entry that says who looked. None when there are none to be seen.

    The rule CONTACT decides, and the database decides again by the identity in whose name this runs. The reporter
    reads in the timeline that somebody looked.
    """
    order = locked(order_id, by=by)
    if not CONTACT.holds(by, order):
        raise Forbidden(
            _("您不能查看这件工单的联系方式。"),
            help=_("只有受理员和主办单位的经办人可以查看，每次查看都会记录。"),
            code="contact_not_yours",
        )
    contact = contact_of(order.pk)
    if contact is None and order.reporter_id is not None:
        contact = contact_of_account(order.reporter_id)
    if contact is not None:
        journal.write(order.matter.thread, [say("see_contact")], by=by, at=at)
    return order, contact
