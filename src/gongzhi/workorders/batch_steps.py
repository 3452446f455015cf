"""Steps that can be taken with many orders at once: for whom they are offered, their form, and the one action each calls.

A batch has no rights of its own: whether a step is possible with an order is asked of that order, again when its turn
comes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongzhi.people.actor import Person
from gongzhi.people.roles import GRID_ROLES, UNIT_ROLES, Role
from gongzhi.workorders.actions import dispatching, handling, merging, visiting, watching
from gongzhi.workorders.forms import operations as operation_forms
from gongzhi.workorders.forms import steps as staff_forms
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.policies import RULES
from gongzhi.workorders.workflow import NEEDS, WORKFLOW
from gongzhi.workorders.workflow import possible as possible_steps

#: So many orders at once; a page of the queue has fifty.
MOST = 200


class Note(forms.Form):
    """Words among colleagues; photos belong to one order."""

    text = forms.CharField(
        label=gettext_lazy("备注"), max_length=5000, help_text=gettext_lazy("只有工作人员看得到。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class Dispatch(forms.Form):
    """To which unit."""

    unit = forms.TypedChoiceField(
        label=gettext_lazy("主办单位"), coerce=int, choices=lazy(staff_forms.unit_choices, list)()
    )
    note = forms.CharField(
        label=gettext_lazy("给单位的话"), required=False, max_length=500,
        help_text=gettext_lazy("里面有已经派出去的，要写明改派的原因。"),
    )  # fmt: skip


class MergeInto(forms.Form):
    """Which of the chosen orders stays."""

    into = forms.TypedChoiceField(label=gettext_lazy("并入哪一件"), coerce=int, widget=forms.RadioSelect)


Take = Callable[[int, dict[str, Any], dict[str, Any]], WorkOrder]


@dataclass(frozen=True)
class BatchStep:
    """A step for many. ``verbs`` are the steps it may turn out to be; ``after`` says what it means for people."""

    code: str
    label: Any
    roles: Collection[str]
    verbs: tuple[str, ...]
    form: type[forms.Form]
    take: Take
    after: Any
    icon: str


STEPS: dict[str, BatchStep] = {
    step.code: step
    for step in (
        BatchStep("dispatch", gettext_lazy("派单"), (Role.CLERK,), ("dispatch", "redispatch"), Dispatch,
                  lambda pk, said, act: dispatching.dispatch(pk, unit_id=said["unit"], note=said["note"], **act),
                  gettext_lazy("单位和居民马上看得到。派错了只能逐件改派。"), "send"),
        BatchStep("accept", gettext_lazy("签收"), UNIT_ROLES, ("accept",), staff_forms.Nothing,
                  lambda pk, said, act: handling.accept(pk, **act),
                  gettext_lazy("都由您经办，居民马上看得到。签收不能撤回。"), "circle-check"),
        BatchStep("urge", gettext_lazy("催办"), (Role.CLERK, Role.LEADER), ("urge",), operation_forms.Urge,
                  lambda pk, said, act: watching.urge(pk, text=said["text"], **act),
                  gettext_lazy("主办单位马上看得到。催办不能撤回。"), "bell"),
        BatchStep("supervise", gettext_lazy("督办"), (Role.CLERK, Role.LEADER), ("supervise",), operation_forms.Supervise,
                  lambda pk, said, act: watching.supervise(pk, level=said["level"], text=said["text"], **act),
                  gettext_lazy("每件都开始计反馈的期限。要解除只能逐件解除。"), "flag"),
        BatchStep("note", gettext_lazy("写备注"), (Role.CLERK, Role.LEADER, Role.CHECKER, *GRID_ROLES, *UNIT_ROLES), ("note",),
                  Note, lambda pk, said, act: handling.note(pk, text=said["text"], **act),
                  gettext_lazy("每件都写上同样的话，写了不能删。"), "edit"),
        BatchStep("merge", gettext_lazy("并成一件"), (Role.CLERK,), ("merge",), MergeInto,
                  lambda pk, said, act: merging.merge(pk, into_id=said["into"], **act),
                  gettext_lazy("其余的并入选定的那件，答复给每一位反映人。可以逐件撤销并单。"), "git-merge"),
        BatchStep("visit", gettext_lazy("列入回访"), (Role.CLERK,), ("plan_visit",), staff_forms.Nothing,
                  lambda pk, said, act: visiting.plan_visit(pk, **act),
                  gettext_lazy("放进回访名单，居民不会知道。"), "phone"),
    )
}  # fmt: skip


def offered(by: Person) -> list[BatchStep]:
    """The steps that this person's posts can take with many orders. No statements."""
    return [step for step in STEPS.values() if by.holding(*step.roles)]


def why_not(order: WorkOrder, step: BatchStep, *, by: Person) -> str:
    """Why the step cannot be taken with this order now; empty when it can."""
    verbs = [row.verb for row in possible_steps(order) if row.verb in step.verbs]
    if any(RULES.may(by, verb, order) for verb in verbs):
        return ""
    if verbs:
        return _("这件不归您办这一步。")
    if order.archived is not None:
        return _("这件已经归档，要先取回。")
    stands = [verb for verb in step.verbs if any(row.verb == verb for row in WORKFLOW.possible(order.state))]
    if stands and stands[0] in NEEDS:
        return _(NEEDS[stands[0]].said)
    return _("现在是“{state}”，不能这样做。").format(state=_(WORKFLOW.states[order.state].label))


def form_for(step: BatchStep, orders: Sequence[WorkOrder], *, data: Any = None) -> forms.Form:
    """The form of a step; for a merge with the chosen orders as its choices, the oldest first."""
    form = step.form(data, auto_id="batch_%s")
    if step.code == "merge":
        rows = sorted(
            (order for order in orders if order.open), key=lambda order: (order.opened_at, order.pk)
        )
        form.fields["into"].choices = [(row.pk, f"{row.number} {row.title}") for row in rows]  # type: ignore[attr-defined]
        form.fields["into"].initial = rows[0].pk if rows else None
    return form
