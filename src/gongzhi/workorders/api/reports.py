"""Taking reports in: POST /workorders."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Status

from gongzhi.kit import clock
from gongzhi.kit.errors import Invalid
from gongzhi.people.actor import Person
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions.reporting import report
from gongzhi.workorders.api.shapes import NearOut, ReceiptOut, ReportIn
from gongzhi.workorders.api.speaking import REFUSALS, Refused, asking, body_of, document, header
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import Channel, WorkOrder
from gongzhi.workorders.questions import questions, questions_for, read_answer
from gongzhi.workorders.tables import tree
from gongzhi.workorders.understanding import Neighbour
from gongzhi.workorders.words.nearness import why_near
from gongzhi.workorders.workflow import WORKFLOW


def offer(router: Router) -> None:
    """Hang the operation into the router."""
    about = (
        "8 to 200 characters, best a UUID: the same key gives the first order again; with other content 409"
    )
    router.post(
        "/workorders",
        response={201: ReceiptOut, 200: ReceiptOut, REFUSALS: Refused},
        summary="Report something",
        openapi_extra={**document(ReportIn, photos=True), "parameters": [header("Idempotency-Key", about)]},
    )(take_in)


def category_of(text: str) -> int | None:
    """The category with this code or name; None for an empty text. Raises Invalid."""
    if not text:
        return None
    topic = tree().by_label.get(text)
    if topic is None:
        raise Invalid(
            _("没有这个分类。"), code="unknown_category", fields={"category": [_("没有这个分类。")]}
        )
    return topic.id


def answers_of(told: dict[str, Any]) -> dict[int, Any]:
    """Answers by question, from those by code; Invalid for a code that nothing asks."""
    today = clock.today()
    ids = {one.code: one.id for one in questions().values() if one.asked_on(today)} if told else {}
    if strange := sorted(code for code in told if code not in ids):
        sentence = _("没有问题“{code}”。").format(code="、".join(strange)[:80])
        raise Invalid(sentence, code="unknown_question", fields={"answers": [sentence]})
    known, slips = questions(), {}
    for code, answer in told.items():
        try:
            read_answer(known[ids[code]], answer)
        except ValueError as slip:
            slips[f"answers.{code}"] = [str(slip)]
    if slips:  # under the name by which the request gave them
        sentences = [one[0] for one in slips.values()]
        raise Invalid(sentences[0], code="answers", fields={"answers": sentences, **slips})
    return {ids[code]: answer for code, answer in told.items()}


def division_of(code: str) -> int | None:
    """The division with this code; None for an empty one. Raises Invalid."""
    if not code:
        return None
    area = ground().by_code.get(code)
    if area is None:
        raise Invalid(
            _("没有这个区域。"), code="unknown_division", fields={"division": [_("没有这个区域。")]}
        )
    return area.id


def key_of(request: HttpRequest, by: Person) -> tuple[str, str | None]:
    """Whose key it is, and a digest of it; nothing when the request carries none."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return "", None
    if not 8 <= len(key) <= 200 or not key.isprintable():
        raise Invalid(
            _("Idempotency-Key 要有 8 到 200 个字符。"), help=_("建议用 UUID。"), code="bad_idempotency_key"
        )
    return f"api:{by.account_id or 'anon'}", hashlib.sha256(key.encode()).hexdigest()


def _public(near: Sequence[Neighbour]) -> list[Neighbour]:
    """Neighbours that anybody may know of; asked only when there are any."""
    keys = [one.order_id for one in near]
    known = (
        set(WorkOrder.objects.filter(pk__in=keys, private=False).values_list("pk", flat=True))
        if keys
        else set()
    )
    return [one for one in near if one.order_id in known]


def take_in(request: HttpRequest) -> Any:
    """Locate, classify, compare and dispatch a report. 201 for a new order, 200 for a repeated request."""
    by = asking(request, "orders.report")
    said, pictures = body_of(request, ReportIn)
    source, key = key_of(request, by)
    receipt = report(
        Draft(
            description=said.description,
            title=said.title,
            channel=Channel.API,
            appeal=said.appeal,
            category_id=category_of(said.category),
            lon=said.lon,
            lat=said.lat,
            crs=said.crs,
            place_text=said.place_text,
            area_id=division_of(said.division),
            answers=answers_of(said.answers),
            insists=not said.cannot_ask,
            name=said.name,
            phone=said.phone,
            email=said.email,
            private=said.private,
            pictures=pictures,
            emergency_acknowledged=said.emergency_acknowledged,
            source=source,
            source_key=key,
        ),
        by=by,
        at=clock.now(),
    )
    order = receipt.order
    body = organisations().get(order.unit_id or 0)
    told = ReceiptOut(
        number=order.number,
        query_code=receipt.code,
        state=order.state,
        state_label=_(WORKFLOW.states[order.state].label),
        unit=body.label if body else "",
        next_due_at=order.next_due_at,
        repeated=receipt.repeated,
        near=[
            NearOut(number=one.number, score=round(one.score, 3), reason=why_near(one.why, told=False))
            for one in _public(receipt.neighbours)
        ],
        unanswered=[one.code for one in questions_for(order.category_id) if str(one.id) not in order.answers],
    )
    return Status(200 if receipt.repeated else 201, told)
