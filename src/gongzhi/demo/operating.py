"""The acts of an operations centre, as the replay takes them: one call of a room's action for each verb."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from gongzhi.demo.steps import Step
from gongzhi.kit import clock
from gongzhi.people.queries import organisations
from gongzhi.workorders.actions import forwarding, requesting, splitting, verifying, visiting, watching
from gongzhi.workorders.models import Outside, WorkOrder
from gongzhi.workorders.workflow import DECIDES

Take = Callable[[WorkOrder, Step, dict[str, Any]], Any]


def _respond(order: WorkOrder, step: Step, act: dict[str, Any]) -> None:
    row = Outside.objects.filter(order=order).latest("asked_at")
    code = forwarding.code_of(order.pk, row.asked_at)
    forwarding.respond(code, text=step.text, declined=step.detail["declined"], **act)


def _split(order: WorkOrder, step: Step, act: dict[str, Any]) -> None:
    units = {body.code: body.id for body in organisations().values()}
    parts = [splitting.Part(text, unit_id=units[code]) for text, code in step.detail["parts"]]
    splitting.split(order.pk, parts=parts, **act)


def _ask_extension(order: WorkOrder, step: Step, act: dict[str, Any]) -> None:
    """Stories count plain weekdays; where holidays make the promise later, more time is asked for than that."""
    due_at = order.promised_at
    until = _until(step)
    if due_at is not None:
        if due_at <= act["at"]:
            return
        until = max(until, clock.local(due_at).date() + timedelta(days=3))
    requesting.ask_extension(order.pk, until=until, reason=step.text, **act)


def _until(step: Step) -> date:
    return date.fromisoformat(step.detail["until"])


#: verb → the call. Those that need an order in triage are left out where the platform had dispatched it by itself.
TAKES: dict[str, Take] = {
    "ask_return": lambda o, s, act: requesting.ask_return(
        o.pk, reason=s.text or "不在本单位职责范围。", **act
    ),
    "grant_return": lambda o, s, act: requesting.grant_return(o.pk, **act),
    "ask_extension": _ask_extension,
    "grant_extension": lambda o, s, act: requesting.grant_extension(o.pk, **act),
    "refuse_extension": lambda o, s, act: requesting.refuse_extension(o.pk, words=s.text, **act),
    "ask_suspension": lambda o, s, act: requesting.ask_suspension(
        o.pk, until=_until(s), reason=s.text, **act
    ),
    "grant_suspension": lambda o, s, act: requesting.grant_suspension(o.pk, **act),
    "refuse_suspension": lambda o, s, act: requesting.refuse_suspension(o.pk, words=s.text, **act),
    "resume_work": lambda o, s, act: requesting.resume_work(o.pk, note=s.text, **act),
    "ask_void": lambda o, s, act: requesting.ask_void(o.pk, reason=s.text, **act),
    "grant_void": lambda o, s, act: requesting.grant_void(o.pk, **act),
    "refuse_void": lambda o, s, act: requesting.refuse_void(o.pk, words=s.text, **act),
    "urge": lambda o, s, act: watching.urge(o.pk, text=s.text, **act),
    "supervise": lambda o, s, act: watching.supervise(o.pk, level=s.detail["level"], text=s.text, **act),
    "remark": lambda o, s, act: watching.remark(o.pk, text=s.text, **act),
    "report_back": lambda o, s, act: watching.report_back(o.pk, text=s.text, **act),
    "lift": lambda o, s, act: watching.lift(o.pk, **act),
    "ask_verify": lambda o, s, act: verifying.ask_verify(o.pk, question=s.text, **act),
    "verify": lambda o, s, act: verifying.verify(o.pk, found=s.detail["found"], text=s.text, **act),
    "forward": lambda o, s, act: forwarding.forward(
        o.pk, body=s.detail["body"], until=_until(s), words=s.text, place=o.place_text, **act
    ),
    "respond": _respond,
    "split": _split,
    "visit": lambda o, s, act: visiting.visit(o.pk, reached=True, text=s.text, **s.detail, **act),
    "call_in_vain": lambda o, s, act: visiting.visit(o.pk, reached=False, **act),
}
_FROM = {"ask_verify": "triage", "verify": "verifying", "visit": "released", "call_in_vain": "released"}


def operate(order: WorkOrder, step: Step, act: dict[str, Any]) -> bool:
    """Take the step if it is one of these. False when it is another one."""
    if step.verb not in TAKES:
        return False
    if step.verb in DECIDES and not order.asked:  # it was too late to ask, or the request was overtaken
        return True
    if order.state == _FROM.get(step.verb, order.state):
        TAKES[step.verb](order, step, act)
    return True
