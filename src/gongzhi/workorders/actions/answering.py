"""The resident's side: supply, add, confirm and rate, dispute, reopen, withdraw, follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.kit.images import Picture
from gongzhi.matters import actions as matters
from gongzhi.matters.models import Deadline, Part
from gongzhi.workorders.actions import merging, signing
from gongzhi.workorders.actions.handling import words_of_step
from gongzhi.workorders.actions.reporting import code_digest, new_code
from gongzhi.workorders.actions.steps import locked, say, take, terms_of
from gongzhi.workorders.models import Rating, WorkOrder
from gongzhi.workorders.policies import RULES
from gongzhi.workorders.tables import tree
from gongzhi.workorders.workflow import CLOSED, DECLINED, MERGED, WITHDRAWN


@transaction.atomic
def supply(
    order_id: int,
    *,
    text: str,
    pictures: Sequence[Picture] = (),
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> WorkOrder:
    """Answer what the unit asked; the clock of the promise runs again."""
    order = locked(order_id, by=by, seen=seen)
    take(
        order,
        "supply",
        by=by,
        at=at,
        text=words_of_step(text, _("请写下需要补充的情况。")),
        pictures=pictures,
    )
    return order


@transaction.atomic
def add(
    order_id: int,
    *,
    text: str,
    pictures: Sequence[Picture] = (),
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> WorkOrder:
    """The reporter adds words or pictures while the order is open."""
    order = locked(order_id, by=by, seen=seen)
    words = text.strip() if pictures and not text.strip() else words_of_step(text, _("请写点什么。"))
    take(order, "add", by=by, at=at, text=words, pictures=pictures)
    return order


def keep_rating(
    order: WorkOrder,
    *,
    solved: bool,
    satisfied: int,
    at: datetime,
    by_visit: bool = False,
    unit_id: int | None = None,
) -> None:
    """Keep what the resident says of an answer, for the unit that gave it. Once per answer."""
    if satisfied not in range(1, 6):
        raise Invalid(_("请选择满意程度。"), code="satisfied", fields={"satisfied": [_("请选择 1 到 5。")]})
    topic = tree().topics.get(order.category_id or 0)
    Rating.objects.create(
        order=order,
        round=order.reopened + 1,
        solved=solved,
        satisfied=satisfied,
        unit_id=unit_id or order.unit_id,
        counts=topic.counts_satisfaction if topic else True,
        by_visit=by_visit,
        at=at,
    )


@transaction.atomic
def confirm(
    order_id: int,
    *,
    solved: bool,
    satisfied: int,
    words: str = "",
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> WorkOrder:
    """Take the answer, and say separately whether it was solved and how satisfied one is (1 to 5)."""
    order = locked(order_id, by=by, seen=seen)
    take(
        order,
        "confirm",
        by=by,
        at=at,
        detail={"solved": solved, "satisfied": satisfied},
        fields={"solved": solved, "satisfied": satisfied},
    )
    keep_rating(order, solved=solved, satisfied=satisfied, at=at)
    if words.strip():
        journal.write(order.matter.thread, [say("rate", text=words.strip()[:1000])], by=by, at=at)
    return order


@transaction.atomic
def rate(
    order_id: int,
    *,
    solved: bool,
    satisfied: int,
    words: str = "",
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> WorkOrder:
    """Rate an order that closed by itself, or the answer that was given to one's merged report too. Once per answer."""
    order = locked(order_id, by=by, seen=seen)
    main = merging.main_of(order) if order.state == MERGED and RULES.may(by, "rate", order) else None
    if main is not None:
        merging.must_have_answer(main)
    if order.ratings.filter(round=order.reopened + 1).exists():
        raise Conflict(_("您已经评价过了。"), help=_("如果问题又出现，可以重新打开。"), code="rated_already")
    take(
        order,
        "rate",
        by=by,
        at=at,
        text=words.strip()[:1000],
        detail={"solved": solved, "satisfied": satisfied},
        fields={"solved": solved, "satisfied": satisfied},
    )
    keep_rating(
        order, solved=solved, satisfied=satisfied, at=at, unit_id=main.unit_id if main is not None else None
    )
    return order


@transaction.atomic
def dispute(
    order_id: int,
    *,
    reason: str,
    pictures: Sequence[Picture] = (),
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> WorkOrder:
    """The answer does not help: back to the unit with what is still wrong.

    Whoever's report was merged into another stands alone again: their report goes back to the clerk, with its promise.
    """
    merging.lock_main(order_id)
    order = locked(order_id, by=by, seen=seen)
    main = merging.main_of(order) if order.state == MERGED and RULES.may(by, "dispute", order) else None
    if main is not None:
        merging.must_have_answer(main)
    take(
        order,
        "dispute",
        by=by,
        at=at,
        text=words_of_step(reason, _("请写明哪里还没有解决。"), "reason"),
        detail={"number": main.number} if main is not None else None,
        fields={"reopened": order.reopened + 1, "solved": None, "satisfied": None, "to_visit": False}
        | ({"handler_id": None} if main is not None else {"signing": list(order.joint)}),
        pictures=pictures,
    )
    if main is not None:
        merging.stand_alone(order, by=by, at=at)
    else:
        signing.ask(order, at=at)
    return order


@transaction.atomic
def reopen(
    order_id: int,
    *,
    reason: str,
    pictures: Sequence[Picture] = (),
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> WorkOrder:
    """Open a closed order again, within the window that the promise table gives (promise ``reopen``)."""
    order = locked(order_id, by=by, seen=seen)
    if order.closed_at is not None and not order.history and not may_reopen(order, at=at):
        raise Conflict(
            _("已经过了可以重新打开的时间。"), help=_("请重新反映，并写上原来的编号。"), code="reopen_window"
        )
    shut = order.state != CLOSED
    # What was declined before promises stood still has no promise left that could run again.
    lost = (
        shut
        and not Deadline.objects.filter(
            matter_id=order.pk, promise="answer", met_at=None, cancelled_at=None
        ).exists()
    )
    take(
        order,
        "reopen",
        by=by,
        at=at,
        clock={"dispatch": "start", "answer": "start"} if lost and order.state in (DECLINED, WITHDRAWN) else None,
        text=words_of_step(reason, _("请写明为什么要重新打开。"), "reason"),
        # The row speaks of the answer that stands now; what was said of earlier ones is kept in the ratings.
        fields={
            "reopened": order.reopened + 1, "handler_id": None, "solved": None, "satisfied": None, "to_visit": False,
            "signing": [] if shut else list(order.joint),
        },
        pictures=pictures,
    )  # fmt: skip
    if not shut:
        signing.ask(order, at=at)
    return order


def may_reopen(order: WorkOrder, *, at: datetime) -> bool:
    """Is a closed order still in its window for reopening?"""
    from civics import worktime
    from gongzhi.territory.ground import calendar_for

    term = terms_of(order)("reopen")
    if order.closed_at is None or order.history or term is None:
        return False
    return at <= worktime.due(order.closed_at, term.amount, term.unit, calendar_for())


@transaction.atomic
def withdraw(order_id: int, *, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """The reporter takes the report back, as long as nobody has started on it."""
    order = locked(order_id, by=by, seen=seen)
    take(order, "withdraw", by=by, at=at)
    return order


@transaction.atomic
def follow(order_id: int, *, by: Actor, at: datetime) -> str:
    """Follow somebody else's order instead of reporting the same again.

    Gives the follower's code where nobody is signed in, else an empty string. What followers read holds no words
    of the reporter. Private orders cannot be followed.
    """
    # Locked as every step locks: keys are checked at the end of a transaction, and who then held the thread
    # alone would wait for the matter while a step holds the matter and waits for the thread.
    order = (
        WorkOrder.objects.select_for_update(of=("matter", "matter__thread"))
        .select_related("matter__thread")
        .filter(pk=order_id, private=False)
        .first()
    )
    if order is None:
        raise NotFound
    if not order.open:
        raise Conflict(
            _("这件事已经办结，不能再关注。"), help=_("如果问题又出现，请重新反映。"), code="closed"
        )
    code = "" if by.account_id else new_code()
    if not matters.add_party(
        order.matter, Part.FOLLOWER, key_digest=code_digest(code) if code else None, by=by, at=at
    ):
        return ""
    journal.write(order.matter.thread, [say("follow")], by=by, at=at)
    return code


@transaction.atomic
def unfollow(order_id: int, *, by: Actor, at: datetime) -> None:
    """Stop following."""
    order = WorkOrder.objects.select_related("matter").filter(pk=order_id).first()
    if order is None:
        raise NotFound
    matters.drop_party(order.matter, Part.FOLLOWER, by=by, at=at)
