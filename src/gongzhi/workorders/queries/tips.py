"""What can be asked of tips: by code for whoever gave one, by clerks of the centre, and counts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from civics.disclosure import nested
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import NotFound
from gongzhi.people.addresses import keyed
from gongzhi.workorders.models.tips import Tip, TipKind, TipOutcome, TipState
from gongzhi.workorders.policies.police import require

#: Counts smaller than this are not published.
LEAST = 5
#: Tips of this time back are counted.
COUNTED = timedelta(days=365)
SERVICE = Actor.for_service("tips")
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12


def code_digest(code: str) -> bytes:
    """What is kept of the code of a tip."""
    return keyed("tip-key", "".join(c for c in code.upper() if c in ALPHABET))


def tip_by_code(code: str) -> Tip:
    """The tip that a code opens. NotFound for a code that never was."""
    with acting(SERVICE):
        row = Tip.objects.filter(code_digest=code_digest(code)).first() if len(code) <= 40 else None
    if row is None:
        raise NotFound(_("没有这个查询码，请核对一下。"))
    return row


def list_tips(*, by: Actor, state: str = "", most: int = 200) -> list[Tip]:
    """Tips for a clerk of the centre, those not passed on first. The database shows them to nobody else."""
    require(by, "see_tips")
    rows = Tip.objects.select_related("division")
    if state in TipState.values:
        rows = rows.filter(state=state)
    order = {TipState.NEW: 0, TipState.PASSED: 1, TipState.ENDED: 2}
    return sorted(rows[:most], key=lambda row: order[TipState(row.state)])


def get_tip(pk: uuid.UUID, *, by: Actor) -> Tip:
    """One tip for a clerk of the centre. NotFound for everybody else."""
    require(by, "see_tips")
    row = Tip.objects.select_related("division", "thread").filter(pk=pk).first()
    if row is None:
        raise NotFound(_("没有这条线索。"))
    return row


@dataclass(frozen=True)
class Counted:
    """Tips of one kind in the last year; None where a number is too small to be published."""

    kind: str
    given: int | None
    passed: int | None
    confirmed: int | None
    loss: int | None


def _counted(least: int) -> list[Counted]:
    good = Q(outcome__in=(TipOutcome.PREVENTED, TipOutcome.CONFIRMED))
    with acting(SERVICE):
        rows = (
            Tip.objects.filter(given_at__gte=clock.now() - COUNTED)
            .order_by()
            .values("kind")
            .annotate(
                given=Count("pk"), passed=Count("pk", filter=~Q(state=TipState.NEW)), good=Count("pk", filter=good),
                avoided=Count("pk", filter=Q(loss_avoided__gt=0)), loss=Sum("loss_avoided"),
            )
        )  # fmt: skip
        found = {row["kind"]: row for row in rows}

    out = []
    for code, label in TipKind.choices:
        row = found.get(code) or {"given": 0, "passed": 0, "good": 0, "avoided": 0, "loss": 0}
        loss = row["loss"] if row["avoided"] >= least else None
        # what was confirmed came back from the police, so it was passed on; and so it is one inside the other
        given, passed, good_ = nested([row["given"], row["passed"], row["good"]], least=least)
        out.append(Counted(str(label), given, passed, good_, loss))
    return out


def published() -> list[Counted]:
    """What anybody may read: counts below five are hidden, what would leave fewer than five of the one before it, and money
    that fewer than five tips saved."""
    return _counted(LEAST)


def audited(*, by: Actor) -> list[Counted]:
    """The same whole, for leaders, the auditor and the centre; never a tip itself."""
    require(by, "count_tips")
    return _counted(0)
