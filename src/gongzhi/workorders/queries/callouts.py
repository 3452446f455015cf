"""What can be asked of whistles and joint operations: one, the list, and how much of each class was inspected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import NotFound
from gongzhi.workorders.models.callouts import Callout, CalloutObject, CalloutOrder, Found
from gongzhi.workorders.policies.callouts import CALLOUTS

MOST = 200


def get_callout(callout_id: int, *, by: Actor) -> Callout:
    """One callout that this actor may see. Raises NotFound."""
    callout = (
        Callout.objects.select_related(
            "meeting__thread", "meeting__division", "meeting__organisation", "meeting__called_by",
            "meeting__note__by", "meeting__cancelled", "settled_by",
        )
        .filter(pk=callout_id)
        .first()
    )  # fmt: skip
    if callout is None or not CALLOUTS.may(by, "see", callout):
        raise NotFound(_("没有这次召集，或没有召集您的单位。"))
    return callout


def list_callouts(*, by: Actor, kind: str = "", open_only: bool = False) -> list[Callout]:
    """Callouts that this actor may see, newest first, with how many answered, keep silent and came."""
    rows = CALLOUTS.which(by, "see", Callout.objects.all())
    if kind:
        rows = rows.filter(kind=kind)
    if open_only:
        rows = rows.filter(settled_at=None, meeting__cancelled_at=None)
    said = "meeting__invitations"
    return list(
        rows.select_related("meeting__division", "meeting__organisation")
        .annotate(
            asked=Count(said),
            coming=Count(said, filter=Q(**{f"{said}__answer": "coming"})),
            not_coming=Count(said, filter=Q(**{f"{said}__answer": "not_coming"})),
            came=Count(said, filter=Q(**{f"{said}__came": True})),
        )
        .order_by("-called_at", "-pk")[:MOST]
    )


def orders_of(callout: Callout) -> tuple[list[CalloutOrder], list[CalloutOrder]]:
    """(what it is about, what followed), oldest first."""
    rows = list(callout.order_rows.select_related("order").defer("order__words").order_by("pk"))
    about = [row for row in rows if row.part == CalloutOrder.Part.ABOUT]
    return about, [row for row in rows if row.part != CalloutOrder.Part.ABOUT]


def objects_of(callout: Callout) -> list[CalloutObject]:
    """The objects of an operation by class, with who inspected them and what was said."""
    return list(
        callout.objects_listed.select_related("inspected_by", "inspected_for", "said", "order").defer(
            "order__words"
        )
    )


@dataclass(frozen=True)
class Coverage:
    """How much of one class was inspected. ``share`` is inspected / listed; shut doors are not inspected."""

    group: str
    listed: int
    inspected: int
    shut: int
    fault: int
    mended: int

    @property
    def share(self) -> float:
        """Inspected among listed, 0..1."""
        return self.inspected / self.listed if self.listed else 0.0


def coverage(objects: Iterable[CalloutObject]) -> list[Coverage]:
    """Coverage per class of object, in the order of the list."""
    groups: dict[str, list[str]] = {}
    for one in objects:
        groups.setdefault(one.group, []).append(one.found)
    return [
        Coverage(
            group,
            len(found),
            sum(f in (Found.FINE, Found.FAULT, Found.MENDED) for f in found),
            found.count(Found.SHUT),
            found.count(Found.FAULT),
            found.count(Found.MENDED),
        )
        for group, found in groups.items()
    ]


def state_of(callout: Callout, now: datetime, *, silent: int) -> tuple[str, str]:
    """(words, tone) of a callout whose meeting is loaded; ``silent`` departments have not answered."""
    meeting = callout.meeting
    if meeting.cancelled_at is not None:
        return _("已取消"), "refused"
    if callout.settled_at is not None:
        return _("已了结"), "done"
    if meeting.starts_at <= now:
        return (_("正在现场"), "working") if meeting.ends_at > now else (_("待了结"), "soon")
    waits = silent and callout.answer_due_at > now
    return (_("等待答复"), "waiting") if waits else (_("等待到场"), "new")
