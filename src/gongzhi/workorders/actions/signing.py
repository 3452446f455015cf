"""The word of the joint units (会签): asked for whenever an order is given out, given once by each."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid
from gongzhi.people.actor import Person
from gongzhi.people.queries import organisations
from gongzhi.people.roles import UNIT_ROLES
from gongzhi.workorders.actions.steps import locked, take
from gongzhi.workorders.models import SignOff, WorkOrder


def ask(order: WorkOrder, *, at: datetime) -> None:
    """Ask every joint unit anew, until the promise to answer. At most one statement; ``signing`` is set by the step."""
    if not order.joint:
        return
    SignOff.objects.bulk_create(
        [
            SignOff(order_id=order.pk, unit_id=key, asked_at=at, due_at=order.answer_due_at)
            for key in dict.fromkeys(order.joint)
        ],
        update_conflicts=True,
        unique_fields=["order", "unit"],
        update_fields=["asked_at", "due_at", "signed_at", "signed_by", "text"],
    )


def missing(order: WorkOrder) -> list[int]:
    """The joint units that have not signed. No statement."""
    return [key for key in order.signing if key in order.joint]


def missing_names(order: WorkOrder) -> list[str]:
    """The same in words."""
    bodies = organisations()
    return [bodies[key].label for key in missing(order) if key in bodies]


def why_missing(order: WorkOrder, why: str) -> str:
    """The lead's words on why it answers without somebody; Invalid when they are needed and not there."""
    names = missing_names(order)
    if not names or len(why.strip()) >= 2:
        return why.strip()[:500] if names else ""
    sentence = _("{units}还没有会签，请写明为什么先答复。").format(units=_("、").join(names))
    raise Invalid(sentence, code="not_signed", fields={"why": [sentence]})


def unit_to_sign(order: WorkOrder, by: Actor) -> int | None:
    """The joint unit for which this person can sign now, or None."""
    held = by.organisations(*UNIT_ROLES) if isinstance(by, Person) else frozenset()
    return next((key for key in missing(order) if key in held), None)


@transaction.atomic
def sign_off(order_id: int, *, text: str, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """A joint unit says what it did, or that it has nothing to add."""
    order = locked(order_id, by=by, seen=seen)
    unit = unit_to_sign(order, by)
    mine = by.organisations(*UNIT_ROLES) & set(order.joint) if isinstance(by, Person) else set()
    if unit is None and mine and SignOff.objects.filter(
        order=order, unit_id__in=mine, signed_at__isnull=False
    ).exists():  # fmt: skip
        raise Conflict(_("您的单位已经会签过了。"), help=_("还有要说的，可以写备注。"), code="signed_already")
    unit = unit or min(mine, default=None)
    words = text.strip()[:5000]
    if len(words) < 2:
        sentence = _("请写明本单位做了什么，或者没有意见。")
        raise Invalid(sentence, code="words_needed", fields={"text": [sentence]})
    body = organisations().get(unit or 0)
    take(
        order,
        "sign_off",
        by=by,
        at=at,
        text=words,
        detail={"unit": body.label if body else "", "unit_id": unit},
        fields={"signing": [key for key in order.signing if key != unit]},
    )
    SignOff.objects.update_or_create(
        order=order,
        unit_id=unit,
        defaults={"signed_at": at, "signed_by_id": by.account_id, "text": words},
        create_defaults={
            "signed_at": at, "signed_by_id": by.account_id, "text": words,
            # What the table gave out as it came in has its row only now.
            "asked_at": order.opened_at, "due_at": order.answer_due_at,
        },
    )  # fmt: skip
    return order
