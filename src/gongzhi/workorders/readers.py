"""What this room does when it hears news: tell the reporter, and close what nobody rated."""

from __future__ import annotations

from gongzhi.journal.models import Entry
from gongzhi.kit import clock
from gongzhi.kit.acting import current
from gongzhi.matters.models import How, Link
from gongzhi.notices import actions as notices
from gongzhi.people.queries import contact_of, contact_of_account
from gongzhi.workorders.actions import handling
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.workflow import RELEASED, WAITING


def tell_reporter(entry: Entry) -> None:
    """Send the reporter a short message: something happened that needs them. No words of the matter in it."""
    order = WorkOrder.objects.filter(pk=entry.thread_id).first()
    if order is not None and not order.history:
        _tell(order, entry.verb)
    if entry.verb == "workorders.pass_check":
        _tell_joined(entry)


def _tell_joined(entry: Entry) -> None:
    """The same for those whose report was merged into this order: it has an answer, and so has theirs."""
    merged = Link.objects.filter(target_id=entry.thread_id, how=How.MERGED_INTO, ended_at=None)
    for order in WorkOrder.objects.filter(pk__in=merged.values("origin_id")).order_by("pk"):
        _tell(order, "joined")


def _tell(order: WorkOrder, purpose: str) -> None:
    contact = contact_of(order.pk) or (contact_of_account(order.reporter_id) if order.reporter_id else None)
    address = (contact.phone or contact.email) if contact else ""
    if not address:
        return
    notices.send(
        purpose,
        address=address,
        fills={"number": order.number},
        account_id=order.reporter_id,
        by=current(),
        at=clock.now(),
    )


def after_waiting(entry: Entry) -> None:
    """A wait for the resident ran out: what nobody rated closes by itself, and a question nobody answered no longer
    holds up the promise to answer."""
    if entry.detail.get("mark", 0) < 100:
        return
    order = WorkOrder.objects.filter(pk=entry.thread_id).first()
    if order is None:
        return
    if entry.detail.get("promise") == "rate" and order.state == RELEASED:
        handling.lapse(order.pk, by=current(), at=clock.now())
    elif entry.detail.get("promise") == "supply" and order.state == WAITING:
        handling.take_up(order.pk, by=current(), at=clock.now())


READERS = {
    "workorders.pass_check": [tell_reporter],
    "workorders.ask_resident": [tell_reporter],
    "workorders.decline": [tell_reporter],
    "workorders.grant_extension": [tell_reporter],
    "workorders.grant_suspension": [tell_reporter],
    "workorders.grant_void": [tell_reporter],
    "workorders.ran_out": [after_waiting],
}
