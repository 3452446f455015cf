"""What this room does when it hears news: tell the reporter and colleagues, and close what nobody rated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy

from gongzhi.journal.models import Entry
from gongzhi.journal.news import Reader
from gongzhi.kit import clock
from gongzhi.kit.acting import current
from gongzhi.matters.models import How, Link, Reminder
from gongzhi.matters.queries import people_of
from gongzhi.notices import actions as notices
from gongzhi.people.queries import accounts_holding, contact_of
from gongzhi.people.roles import UNIT_ROLES, Role
from gongzhi.workorders.actions import handling
from gongzhi.workorders.kind import PROMISES
from gongzhi.workorders.models import Bulletin, Shift, WorkOrder
from gongzhi.workorders.workflow import RELEASED, WAITING

#: What is older is history: nobody is rung up for it (a town that was imported, a worker that stood still for days).
#: A resident who waits for an answer is told later than colleagues, who have their lists.
LATEST, FRESH = timedelta(days=14), timedelta(days=2)


def tell_reporter(entry: Entry) -> None:
    """Send the reporter a short message: something happened that needs them. No words of the matter in it."""
    order = WorkOrder.objects.filter(pk=entry.thread_id).first()
    if clock.now() - entry.at >= LATEST:
        return
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
    """To what was left with this report; else to the account, by the ways it has chosen. Its own page has it always."""
    contact = contact_of(order.pk)
    address = (contact.phone or contact.email) if contact else ""
    said: dict[str, Any] = {
        "fills": {"number": order.number},
        "thread_id": order.pk,
        "url": reverse("workorders:order", args=[order.pk]),
        "by": current(),
        "at": clock.now(),
    }
    known = order.reporter_id is not None and notices.tell(
        purpose, [order.reporter_id], address=address, **said
    )
    if contact and address and not known:
        # who has no account has the code: the page of the matter would show them a stranger's, or nothing
        said["url"] = f"{reverse('workorders:enter_code')}?of={order.pk}"
        notices.send(purpose, address=address, language=contact.language, **said)


# ---- colleagues


def _tell_staff(entry: Entry, accounts: Sequence[int], **fills: Any) -> None:
    order = WorkOrder.objects.filter(pk=entry.thread_id, history=False).first()
    if order is None:
        return
    notices.tell(
        entry.verb,
        [account for account in accounts if account != entry.by_id],
        fills={"number": order.number, **fills},
        thread_id=order.pk,
        url=reverse("workorders:desk_order", args=[order.pk]),
        by=current(),
        at=clock.now(),
    )


def _fresh(entry: Entry) -> bool:
    return clock.now() - entry.at < FRESH


def tell_line(entry: Entry) -> None:
    """A promise runs out: those who stand on its line are told, by the reminders that were made for them."""
    if not _fresh(entry):
        return
    promise, mark = entry.detail.get("promise", ""), entry.detail.get("mark", 0)
    rows = Reminder.objects.filter(
        matter_id=entry.thread_id, deadline__promise=promise, mark=mark, settled_at=None
    )
    told = people_of(rows.select_related("division"), clock.local(entry.at).date())
    label = gettext_lazy(PROMISES[promise].label) if promise in PROMISES else promise
    _tell_staff(entry, told, promise=label, mark=str(mark))


def tell_unit(entry: Entry) -> None:
    """Somebody urges, supervises or remarks: whoever handles it is told, and the head of the unit."""
    order = WorkOrder.objects.filter(pk=entry.thread_id).first()
    if order is None or not _fresh(entry) or not (order.unit_id or order.handler_id):
        return
    today = clock.local(entry.at).date()
    heads = accounts_holding([Role.UNIT_HEAD, Role.GRID_LEADER], today, organisations=[order.unit_id or 0])
    hands = (
        [order.handler_id]
        if order.handler_id
        else accounts_holding(sorted(UNIT_ROLES), today, organisations=[order.unit_id or 0])
    )
    _tell_staff(entry, [*hands, *heads])


def tell_supervisor(entry: Entry) -> None:
    """The unit reports back: whoever put the order under supervision last is told."""
    asked = Entry.objects.filter(thread_id=entry.thread_id, verb="workorders.supervise").order_by("-position")
    last = asked.values_list("by_id", flat=True).first()
    if last is not None and _fresh(entry):
        _tell_staff(entry, [last])


def tell_bulletin(entry: Entry) -> None:
    """A notice in an emergency: everybody who has to confirm it is told at once, by night too."""
    bulletin = Bulletin.objects.filter(pk=entry.detail.get("bulletin")).first()
    if bulletin is None or not _fresh(entry):
        return
    notices.tell(
        "emergency.notify",
        list(bulletin.receipts.filter(read_at=None).values_list("account_id", flat=True)),
        fills={"title": bulletin.title},
        thread_id=entry.thread_id,
        url=reverse("workorders:emergency", args=[entry.thread_id]),
        by=current(),
        at=clock.now(),
    )


def tell_shift(entry: Entry) -> None:
    """Somebody was put on duty."""
    shift = Shift.objects.filter(pk=entry.detail.get("shift")).first()
    if shift is None or not _fresh(entry):
        return
    notices.tell(
        "emergency.put_on_duty",
        [shift.account_id],
        fills={
            "begins": f"{clock.local(shift.begins_at):%m-%d %H:%M}",
            "ends": f"{clock.local(shift.ends_at):%m-%d %H:%M}",
        },
        thread_id=entry.thread_id,
        url=reverse("workorders:emergency", args=[entry.thread_id]),
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


READERS: dict[str, list[Reader]] = {
    "workorders.pass_check": [tell_reporter],
    "workorders.ask_resident": [tell_reporter],
    "workorders.decline": [tell_reporter],
    "workorders.grant_extension": [tell_reporter],
    "workorders.grant_suspension": [tell_reporter],
    "workorders.grant_void": [tell_reporter],
    "workorders.ran_out": [after_waiting],
    "workorders.reminded": [tell_line],
    "workorders.missed": [tell_line],
    "workorders.urge": [tell_unit],
    "workorders.supervise": [tell_unit],
    "workorders.remark": [tell_unit],
    "workorders.report_back": [tell_supervisor],
    "emergency.notify": [tell_bulletin],
    "emergency.put_on_duty": [tell_shift],
}
