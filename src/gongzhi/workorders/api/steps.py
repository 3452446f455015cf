"""Taking steps: POST /workorders/{number}/steps/{verb}, one operation per verb with its own body.

``seen`` is the number of acts the caller has read (``seen`` of the order): with it, somebody who was quicker means 409.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Status

from civics.territory import UnknownSystem, to_wgs84
from gongzhi.kit import clock
from gongzhi.kit.errors import Invalid, NotFound, Unprocessable
from gongzhi.kit.images import Picture
from gongzhi.people.actor import Person
from gongzhi.people.queries import organisations
from gongzhi.workorders.actions import (
    answering,
    archiving,
    correcting,
    dispatching,
    forwarding,
    handling,
    holding,
    merging,
    police,
    requesting,
    signing,
    splitting,
    verifying,
    visiting,
    watching,
)
from gongzhi.workorders.api import shapes
from gongzhi.workorders.api.orders import whole
from gongzhi.workorders.api.reports import answers_of, category_of, division_of
from gongzhi.workorders.api.speaking import (
    NUMBER,
    REFUSALS,
    Refused,
    asking,
    body_of,
    document,
    order_of,
    signed_in,
)
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.queries import get_order, get_order_by_number

Pictures = tuple[Picture, ...]
#: (order's id, body, photos, who and when and seen) → the order after the step.
Take = Callable[[int, Any, Pictures, dict[str, Any]], WorkOrder]


@dataclass(frozen=True)
class Step:
    """A verb, its body, the one action it calls, and whether photos may come with it."""

    verb: str
    summary: str
    body: type[shapes.Nothing]
    take: Take
    photos: bool = False


def _unit(code: str) -> int:
    found = next((body.id for body in organisations().values() if body.code == code), None)
    if found is None:
        raise Invalid(_("没有这个单位。"), code="unknown_unit", fields={"unit": [_("没有这个单位。")]})
    return found


def _dispatch(pk: int, said: shapes.Dispatch, photos: Pictures, act: dict[str, Any]) -> WorkOrder:
    joint = tuple(_unit(code) for code in said.joint)
    return dispatching.dispatch(pk, unit_id=_unit(said.unit), joint=joint, note=said.note, **act)


def _split(pk: int, said: shapes.Split, photos: Pictures, act: dict[str, Any]) -> WorkOrder:
    parts = []
    for part in said.parts:
        category = category_of(part.category) if part.category else None
        parts.append(splitting.Part(part.text, category, _unit(part.unit) if part.unit else None))
    return splitting.split(pk, parts=parts, **act)


def _merge(pk: int, said: shapes.MergeInto, photos: Pictures, act: dict[str, Any]) -> WorkOrder:
    sentence = _("没有找到要并入的工单。")
    try:
        if not NUMBER.fullmatch(said.into):
            raise NotFound
        main = get_order_by_number(said.into, by=act["by"])
    except NotFound as missing:
        raise Invalid(sentence, code="unknown_target", fields={"into": [sentence]}) from missing
    return merging.merge(pk, into_id=main.pk, **act)


def _recategorise(pk: int, said: shapes.Category, photos: Pictures, act: dict[str, Any]) -> WorkOrder:
    category = category_of(said.category)
    if category is None:
        raise Invalid(fields={"category": [_("请选择分类。")]})
    return correcting.recategorise(
        pk, category_id=category, appeal=said.appeal, answers=answers_of(said.answers), **act
    )


def _relocate(pk: int, said: shapes.Position, photos: Pictures, act: dict[str, Any]) -> WorkOrder:
    lon, lat = said.lon, said.lat
    if lon is not None and lat is not None:
        try:
            lon, lat = to_wgs84(lon, lat, said.crs)
        except (UnknownSystem, ValueError) as fault:
            raise Unprocessable(
                _("这个位置不是有效的经纬度，或坐标系不对。"), code="impossible_position"
            ) from fault
    return correcting.relocate(
        pk, lon=lon, lat=lat, area_id=division_of(said.division), place_text=said.place_text, **act
    )


def _with(action: Callable[..., WorkOrder], *names: str, photos: bool = False) -> Take:
    """Call an action with these fields of the body under the same names."""

    def take(pk: int, said: Any, pictures: Pictures, act: dict[str, Any]) -> WorkOrder:
        extra = {"pictures": pictures} if photos else {}
        return action(pk, **{name: getattr(said, name) for name in names}, **extra, **act)

    return take


def _decisions(name: str, what: str) -> tuple[Step, Step]:
    """The two ways to decide a request."""
    grant, refuse = getattr(requesting, f"grant_{name}"), getattr(requesting, f"refuse_{name}")
    return (
        Step(f"grant_{name}", f"{what} is granted", shapes.Decision, _with(grant, "words")),
        Step(
            f"refuse_{name}", f"{what} is refused; words are needed", shapes.Decision, _with(refuse, "words")
        ),
    )


_ALL = (
    Step("dispatch", "Give it to a unit", shapes.Dispatch, _dispatch),
    Step("redispatch", "Give it to another unit", shapes.Dispatch, _dispatch),
    Step("accept", "The unit takes it up", shapes.Nothing, _with(handling.accept)),
    Step("assign", "Name who handles it", shapes.Assign, _with(handling.assign, "handler_id")),
    Step("ask_return", "Not this unit's: ask the centre to decide", shapes.Reason, _with(requesting.ask_return, "reason")),
    *_decisions("return", "The return"),
    Step("ask_extension", "Ask for more time", shapes.Until, _with(requesting.ask_extension, "until", "reason")),
    *_decisions("extension", "The extension"),
    Step("ask_suspension", "Ask to keep it on the books", shapes.Until,
         _with(requesting.ask_suspension, "until", "reason")),
    *_decisions("suspension", "The suspension"),
    Step("resume_work", "Take a suspended order up again", shapes.Note, _with(requesting.resume_work, "note")),
    Step("ask_void", "Ask to strike it", shapes.Reason, _with(requesting.ask_void, "reason")),
    *_decisions("void", "The void"),
    Step("restore", "Take a void back", shapes.Nothing, _with(requesting.restore)),
    Step("withdraw_request", "Take a request back", shapes.Nothing, _with(requesting.withdraw_request)),
    Step("ask_verify", "Have the grid look", shapes.Question, _with(verifying.ask_verify, "question")),
    Step("verify", "Say what was found", shapes.Found, _with(verifying.verify, "found", "text", photos=True), True),
    Step("take_back", "No longer wait for the grid", shapes.Nothing, _with(verifying.take_back)),
    Step("forward", "Ask a body outside, by a link", shapes.Forward,
         _with(forwarding.forward, "body", "until", "words", "place")),
    Step("renew", "Give the body outside a new day; its link goes on", shapes.Renew, _with(forwarding.renew, "until")),
    Step("recall", "No longer wait for the body outside", shapes.Note, _with(forwarding.recall, "note")),
    Step("split", "Make several orders of it", shapes.Split, _split),
    Step("rejoin", "Take a split back", shapes.Nothing, _with(splitting.rejoin)),
    Step("sign_off", "A joint unit's word", shapes.Words, _with(signing.sign_off, "text")),
    Step("visit", "A call to the reporter after the answer", shapes.Visit,
         _with(visiting.visit, "reached", "solved", "satisfied", "text")),
    Step("plan_visit", "Put it on the list of return visits", shapes.Nothing, _with(visiting.plan_visit)),
    Step("drop_visit", "Take it from the list of return visits", shapes.Nothing, _with(visiting.drop_visit)),
    Step("hand_to_police", "Hand it to the police", shapes.HandToPolice, _with(police.hand_to_police, "text", "place")),
    Step("taken_by_police", "The police have taken it", shapes.PoliceReceipt, _with(police.taken_by_police, "receipt")),
    Step("returned_by_police", "The police give it back", shapes.Reason, _with(police.returned_by_police, "reason")),
    Step("recall_from_police", "No longer wait for the police", shapes.Note, _with(police.recall_from_police, "note")),
    Step("unhold", "Go on in spite of an emergency", shapes.Note, _with(holding.unhold, "note")),
    Step("urge", "Ask that it be done soon", shapes.Urge, _with(watching.urge, "text")),
    Step("supervise", "Put it under supervision", shapes.Supervise, _with(watching.supervise, "level", "text")),
    Step("remark", "A leader's remark", shapes.Words, _with(watching.remark, "text")),
    Step("report_back", "Say how far it is", shapes.Words, _with(watching.report_back, "text", photos=True), True),
    Step("lift", "End the supervision", shapes.Note, _with(watching.lift, "note")),
    Step("ask_resident", "Ask the reporter", shapes.Question, _with(handling.ask_resident, "question")),
    Step("supply", "Reply to what was asked", shapes.Words, _with(answering.supply, "text", photos=True), True),
    Step("take_up", "Go on without a reply", shapes.Nothing, _with(handling.take_up)),
    Step("answer", "Say what was done", shapes.Answer, _with(handling.answer, "text", "why", photos=True), True),
    Step("pass_check", "The answer is good", shapes.Note, _with(handling.pass_check, "note")),
    Step("fail_check", "The answer is not good", shapes.Reason, _with(handling.fail_check, "reason")),
    Step("confirm", "Solved, and how satisfied", shapes.Judge,
         _with(answering.confirm, "solved", "satisfied", "words")),
    Step("dispute", "Not solved", shapes.Reason, _with(answering.dispute, "reason", photos=True), True),
    Step("rate", "Rate what closed by itself", shapes.Judge, _with(answering.rate, "solved", "satisfied", "words")),
    Step("reopen", "Open it again", shapes.Reason, _with(answering.reopen, "reason", photos=True), True),
    Step("retrieve", "Take it out of the archive", shapes.Reason, _with(archiving.retrieve, "reason")),
    Step("merge", "Handle it with another", shapes.MergeInto, _merge),
    Step("unmerge", "Take a merge back", shapes.Nothing, _with(merging.unmerge)),
    Step("decline", "It cannot be taken up", shapes.Reason, _with(dispatching.decline, "reason")),
    Step("withdraw", "Take the report back", shapes.Nothing, _with(answering.withdraw)),
    Step("recategorise", "Mend the category", shapes.Category, _recategorise),
    Step("relocate", "Mend the place", shapes.Position, _relocate),
    Step("note", "A note for colleagues", shapes.Words, _with(handling.note, "text", photos=True), True),
    Step("add", "The reporter adds words", shapes.Words, _with(answering.add, "text", photos=True), True),
)  # fmt: skip
STEPS = {step.verb: step for step in _ALL}
VERBS = (*STEPS, "follow", "unfollow")


def offer(router: Router) -> None:
    """Hang the operations into the router."""
    for step in _ALL:
        router.post(
            f"/workorders/{{number}}/steps/{step.verb}",
            response={200: shapes.OrderOut, REFUSALS: Refused},
            summary=step.summary,
            operation_id=f"step_{step.verb}",
            openapi_extra=document(step.body, photos=step.photos),
        )(_operation(step))
    answers: Any = {REFUSALS: Refused}
    router.post(
        "/workorders/{number}/steps/follow",
        response={200: shapes.FollowOut, **answers},
        summary="Follow somebody else's order",
    )(follow)
    router.post(
        "/workorders/{number}/steps/unfollow", response={204: None, **answers}, summary="Stop following"
    )(unfollow)


def _operation(step: Step) -> Callable[..., Any]:
    def take(request: HttpRequest, number: str) -> Any:
        by = asking(request, "orders.steps")
        order = order_of(number, by)
        said, pictures = body_of(request, step.body)
        if pictures and not step.photos:
            raise Invalid(_("这一步不能附照片。"), code="no_photos")
        if len(pictures) > 6:
            raise Invalid(_("最多可以上传 6 张照片。"), code="too_many_photos")
        step.take(order.pk, said, pictures, {"by": by, "at": clock.now(), "seen": said.seen})
        return whole(get_order(order.pk, by=by), by)

    take.__name__ = f"step_{step.verb}"
    take.__doc__ = step.body.__doc__
    return take


def _followed(number: str, by: Person) -> int:
    """Anybody may follow an order that is not private, so it is found without the right to see it."""
    if not NUMBER.fullmatch(number):
        raise NotFound
    found = WorkOrder.objects.filter(number=number.upper(), private=False, history=False)
    pk = found.values_list("pk", flat=True).first()
    if pk is None:
        raise NotFound
    return pk


def follow(request: HttpRequest, number: str) -> shapes.FollowOut:
    """Without an account the answer carries a follower's code."""
    by = asking(request, "orders.steps")
    code = answering.follow(_followed(number, by), by=by, at=clock.now())
    return shapes.FollowOut(query_code=code)


def unfollow(request: HttpRequest, number: str) -> Any:
    """Only with an account; whoever follows by code forgets the code."""
    by = signed_in(request, "orders.steps")
    answering.unfollow(_followed(number, by), by=by, at=clock.now())
    return Status(204, None)
