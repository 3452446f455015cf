"""The stage: the neighbourhood settled once for a whole module, and orders brought into any state by real steps.

``from tests.stage import cast, neighbourhood`` gives a module its fixtures; each test then runs in a savepoint that is
rolled back. Nothing is committed: tests that need committed rows use ``transaction=True`` and settle for themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from gongzhi.journal.models import Entry, Thread
from gongzhi.kit.acting import Actor
from gongzhi.kit.db.prepared import fetch
from gongzhi.matters.models import Deadline, Link, Matter, Party, Reminder
from gongzhi.people.actor import Person
from gongzhi.workorders.actions import (
    answering,
    archiving,
    correcting,
    dispatching,
    emergency,
    forwarding,
    handling,
    holding,
    merging,
    police,
    reporting,
    requesting,
    signing,
    splitting,
    verifying,
    visiting,
    watching,
)
from gongzhi.workorders.actions.reporting import Receipt
from gongzhi.workorders.actions.splitting import Part
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import (
    Emergency,
    HandOver,
    Hold,
    Outside,
    Rating,
    Request,
    SignOff,
    Visit,
    WorkOrder,
)
from tests.cast import IN_GRID_1, WEDNESDAY, Cast, settle

DRAIN = "海棠苑门口的下水道堵了，污水漫到路上，走路都要绕开。"
NOWHERE = "路灯不亮了，晚上很黑，请来修。"
NEWS = Actor.for_service("news")
OUTSIDE = Actor.for_service("outside")
POLICE = Actor.for_service("police")
STEP = timedelta(minutes=1)

#: One way through the house: the state, the state before it, and the act that leads there.
WAYS: dict[str, tuple[str, str]] = {
    "in_hand": ("assigned", "accept"),
    "waiting": ("in_hand", "ask_resident"),
    "answered": ("in_hand", "answer"),
    "released": ("answered", "pass_check"),
    "closed": ("released", "lapse"),
    "merged": ("assigned", "merge"),
    "declined": ("triage", "decline"),
    "withdrawn": ("assigned", "withdraw"),
    "verifying": ("triage", "ask_verify"),
    "suspended": ("in_hand", "grant_suspension"),
    "outside": ("in_hand", "forward"),
    "voided": ("assigned", "grant_void"),
    "with_police": ("in_hand", "hand_to_police"),
    "handed": ("with_police", "taken_by_police"),
}

#: verb → who does it in the standard order (a drain in grid 1, given to the road unit).
RIGHT_PERSON = {
    "dispatch": "clerk", "redispatch": "clerk", "accept": "road_worker", "assign": "road_worker",
    "ask_resident": "road_worker", "supply": "resident", "take_up": "road_worker",
    "answer": "road_worker", "pass_check": "checker", "fail_check": "checker", "confirm": "resident",
    "dispute": "resident", "lapse": "news", "rate": "resident", "reopen": "resident", "merge": "clerk",
    "unmerge": "clerk", "decline": "clerk", "withdraw": "resident", "recategorise": "clerk", "relocate": "clerk",
    "note": "clerk", "add": "resident", "retrieve": "clerk",
    "ask_return": "road_worker", "grant_return": "clerk", "refuse_return": "clerk",
    "ask_extension": "road_worker", "grant_extension": "clerk", "refuse_extension": "leader",
    "ask_suspension": "road_worker", "grant_suspension": "leader", "refuse_suspension": "clerk",
    "ask_void": "other_clerk", "grant_void": "leader", "refuse_void": "clerk", "restore": "clerk",
    "withdraw_request": "other_clerk", "resume_work": "road_worker",
    "ask_verify": "clerk", "verify": "grid_worker", "take_back": "clerk",
    "forward": "clerk", "respond": "outside", "renew": "clerk", "recall": "clerk",
    "split": "clerk", "rejoin": "clerk", "fold": "news", "sign_off": "gardener",
    "visit": "clerk", "plan_visit": "clerk", "drop_visit": "clerk",
    "hand_to_police": "clerk", "taken_by_police": "clerk", "returned_by_police": "clerk",
    "recall_from_police": "clerk", "hold": "news", "unhold": "clerk",
    "urge": "clerk", "supervise": "leader", "remark": "leader", "report_back": "road_worker", "lift": "leader",
}  # fmt: skip
_ASKED = ("return", "extension", "suspension", "void")
#: verb → what must stand open on the order before it.
FIRST: dict[str, str] = {
    **{
        f"{decision}_{name}": f"ask_{name}"
        for decision in ("grant", "refuse")
        for name in ("return", "extension", "suspension", "void")
    },
    "withdraw_request": "ask_void",
    "report_back": "supervise",
    "lift": "supervise",
    "unhold": "hold",
    "rejoin": "split",
    "drop_visit": "plan_visit",
}
ARCHIVIST = Actor.for_service("archive")


@contextmanager
def undone() -> Iterator[None]:
    """Run a block in a savepoint and take it back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def neighbourhood(django_db_setup: None, django_db_blocker: Any) -> Iterator[Cast]:
    """The cast, settled once for the module."""
    with django_db_blocker.unblock(), undone():
        yield settle()


@pytest.fixture
def cast(neighbourhood: Cast) -> Iterator[Cast]:
    """The cast; whatever this test does to the world is taken back."""
    with undone():
        yield neighbourhood


def who(cast: Cast, name: str) -> Actor:
    """Somebody of the cast, or a service."""
    return {"news": NEWS, "outside": OUTSIDE, "police": POLICE}.get(name) or cast.person(name)


def report_drain(cast: Cast, *, at: datetime = WEDNESDAY, by: Actor | None = None, **said: Any) -> Receipt:
    """The standard report: a blocked drain in grid 1, which the table gives to the road unit."""
    lon, lat = IN_GRID_1
    draft = Draft(DRAIN, lon=lon, lat=lat, name="王先生", phone="19900000101")
    return reporting.report(replace(draft, **said), by=by or cast.resident, at=at)


def bring(cast: Cast, state: str, *, at: datetime = WEDNESDAY, **said: Any) -> WorkOrder:
    """An order that real steps of the right people brought into a state, one minute apart."""
    if state == "triage":
        said = {"description": NOWHERE, "lon": None, "lat": None} | said
    if state in ("triage", "assigned"):
        order = report_drain(cast, at=at, **said).order
    else:
        before, verb = WAYS[state]
        order = bring(cast, before, at=at, **said)
        made_possible(cast, verb, order.pk, at=at + STEP * order.matter.thread.length)
        act(cast, verb, order.pk, at=at + STEP * (order.matter.thread.length + 1))
    fresh = WorkOrder.objects.select_related("matter__thread").get(pk=order.pk)
    assert fresh.state == state
    return fresh


def act(
    cast: Cast, verb: str, order_id: int, *, by: Actor | None = None, at: datetime = WEDNESDAY, **said: Any
) -> WorkOrder:
    """Do one thing with an order through its real action; by whoever should, unless somebody else is named."""
    asked: dict[str, Callable[[], dict[str, Any]]] = {
        "dispatch": lambda: {"unit_id": cast.roads.pk},
        "redispatch": lambda: {"unit_id": cast.gardens.pk, "note": "应由园林处理"},
        "assign": lambda: {"handler_id": cast.accounts["road_worker"].pk},
        "ask_return": lambda: {"reason": "不归我们管"},
        "ask_extension": lambda: {"until": (at + timedelta(days=60)).date(), "reason": "要等配件到货"},
        "ask_suspension": lambda: {"until": (at + timedelta(days=90)).date(), "reason": "要等明年的改造工程"},
        "ask_void": lambda: {"reason": "这是一次演练"},
        **{f"refuse_{name}": lambda: {"words": "请再想办法"} for name in _ASKED},
        "ask_verify": lambda: {"question": "请看看是不是真的堵了"},
        "verify": lambda: {"found": True, "text": "确实堵了，水漫到路边。"},
        "forward": lambda: {
            "body": "湾区水务公司", "until": (at + timedelta(days=7)).date(), "words": "请检修这段主管道。",
        },
        "hand_to_police": lambda: {"text": "有人在路边撬车。", "place": "海棠苑南门"},
        "taken_by_police": lambda: {"receipt": "J20261118-0007"},
        "returned_by_police": lambda: {"reason": "属于一般纠纷，请街道处理。"},
        "hold": lambda: {"emergency_id": an_emergency(cast).pk},
        "renew": lambda: {"until": (at + timedelta(days=30)).date()},
        "respond": lambda: {"text": "主管道已经疏通。"},
        "supervise": lambda: {"level": "yellow", "text": "三天内办好"},
        "remark": lambda: {"text": "请抓紧"},
        "report_back": lambda: {"text": "配件明天到"},
        "ask_resident": lambda: {"question": "请问在哪个出入口？"},
        "supply": lambda: {"text": "在南门。"},
        "answer": lambda: {"text": "已疏通管道并冲洗路面。", "why": "协办单位已经电话确认"},
        "split": lambda: {"parts": [Part("疏通门口的下水道"), Part("清理被冲坏的花坛")]},
        "sign_off": lambda: {"text": "花坛已经补种。"},
        "visit": lambda: {"reached": True, "solved": True, "satisfied": 4},
        "fail_check": lambda: {"reason": "没有附照片"},
        "confirm": lambda: {"solved": True, "satisfied": 5},
        "dispute": lambda: {"reason": "还是堵的"},
        "rate": lambda: {"solved": False, "satisfied": 2},
        "reopen": lambda: {"reason": "又堵了"},
        "merge": lambda: {"into_id": report_drain(cast, by=cast.neighbour, at=at).order.pk},
        "decline": lambda: {"reason": "不属于受理范围"},
        "recategorise": lambda: {"category_id": order_category(order_id)},
        "relocate": lambda: {"lon": IN_GRID_1[0] + 0.001, "lat": IN_GRID_1[1]},
        "note": lambda: {"text": "已电话联系。"},
        "retrieve": lambda: {"reason": "居民又来反映"},
        "add": lambda: {"text": "今天更严重了。"},
    }  # fmt: skip
    words = asked.get(verb, dict)() | said
    if verb == "respond":  # by the code of the link, which knows its order
        row = Outside.objects.filter(order_id=order_id).order_by("-asked_at").first()
        code = forwarding.code_of(order_id, row.asked_at) if row else "no such code"
        return forwarding.respond(code, by=by or OUTSIDE, at=at, **words)
    return ACTIONS[verb](order_id, by=by or who(cast, RIGHT_PERSON[verb]), at=at, **words)


def made_possible(cast: Cast, verb: str, order_id: int, *, at: datetime = WEDNESDAY) -> None:
    """What a step needs to stand open on the order before it, done by whoever should."""
    if verb == "ask_verify":  # nobody knows the place of the standard lamp: the clerk finds out
        act(cast, "relocate", order_id, at=at)
    if verb in FIRST:
        act(cast, FIRST[verb], order_id, at=at)
    if verb == "sign_off":  # the standard drain has other helpers, of whom nobody is in the cast
        WorkOrder.objects.filter(pk=order_id).update(joint=[cast.gardens.pk], signing=[cast.gardens.pk])
    main = Link.objects.filter(origin_id=order_id, how="merged_into", ended_at=None).first()
    if main is not None and verb in ("rate", "dispute", "retrieve"):  # the answer to both
        for step in ("accept", "answer", "pass_check", *(("lapse",) if verb == "retrieve" else ())):
            act(cast, step, main.target_id, at=at)
    if verb == "retrieve":  # years later, a run of the command
        later = at + timedelta(days=800)
        assert archiving.archive(at.year + 1, by=ARCHIVIST, at=later)


def an_emergency(cast: Cast, **said: Any) -> Emergency:
    """An emergency of the street that is on, switched on by the leader; the one there is when there is one."""
    known = Emergency.objects.filter(ended_at=None).first()
    if known is not None and not said:
        return known
    told = {"name": "台风“海燕”", "kind": "typhoon", "division_id": cast.street.pk, "reason": "台风蓝色预警"}
    at = said.pop("at", WEDNESDAY)
    return emergency.switch_on(**(told | said), by=cast.leader, at=at)


def order_category(order_id: int) -> int:
    """Another category than the order has now."""
    from gongzhi.workorders.tables import tree

    now = WorkOrder.objects.values_list("category_id", flat=True).get(pk=order_id)
    return next(
        topic.id for topic in tree().topics.values() if topic.code.startswith("0101") and topic.id != now
    )


ACTIONS: dict[str, Callable[..., WorkOrder]] = {
    "dispatch": dispatching.dispatch, "redispatch": dispatching.dispatch, "accept": handling.accept,
    "assign": handling.assign, "ask_resident": handling.ask_resident,
    "supply": answering.supply, "take_up": handling.take_up, "answer": handling.answer,
    "pass_check": handling.pass_check, "fail_check": handling.fail_check, "confirm": answering.confirm,
    "dispute": answering.dispute, "lapse": handling.lapse, "rate": answering.rate, "reopen": answering.reopen,
    "merge": merging.merge, "unmerge": merging.unmerge, "decline": dispatching.decline,
    "withdraw": answering.withdraw, "recategorise": correcting.recategorise, "relocate": correcting.relocate,
    "note": handling.note, "add": answering.add,
    **{
        f"{act}_{name}": getattr(requesting, f"{act}_{name}")
        for act in ("ask", "grant", "refuse")
        for name in ("return", "extension", "suspension", "void")
    },
    "resume_work": requesting.resume_work, "restore": requesting.restore,
    "withdraw_request": requesting.withdraw_request, "ask_verify": verifying.ask_verify,
    "verify": verifying.verify, "take_back": verifying.take_back, "forward": forwarding.forward,
    "respond": forwarding.respond, "renew": forwarding.renew, "recall": forwarding.recall,
    "hand_to_police": police.hand_to_police, "taken_by_police": police.taken_by_police,
    "returned_by_police": police.returned_by_police, "recall_from_police": police.recall_from_police,
    "hold": holding.hold, "unhold": holding.unhold, "urge": watching.urge,
    "supervise": watching.supervise, "remark": watching.remark, "report_back": watching.report_back,
    "lift": watching.lift, "split": splitting.split, "rejoin": splitting.rejoin, "fold": splitting.fold,
    "sign_off": signing.sign_off, "visit": visiting.visit, "plan_visit": visiting.plan_visit,
    "drop_visit": visiting.drop_visit, "retrieve": archiving.retrieve,
}  # fmt: skip


#: What belongs to an order: name → the rows, and what is read of each.
_BELONGING = {
    "order": (WorkOrder, "matter_id", "to_jsonb(t)"),
    "matter": (Matter, "thread_id", "to_jsonb(t)"),
    "thread": (Thread, "id", "jsonb_build_array(t.length, t.head)"),
    "entries": (Entry, "thread_id", "jsonb_build_array(t.position, t.verb, t.text)"),
    "deadlines": (Deadline, "matter_id", "to_jsonb(t)"),
    "parties": (Party, "matter_id", "jsonb_build_array(t.account_id, t.part)"),
    "links": (Link, "origin_id", "to_jsonb(t)"),
    "reminders": (Reminder, "matter_id", "to_jsonb(t)"),
    "ratings": (Rating, "order_id", "to_jsonb(t)"),
    "requests": (Request, "order_id", "to_jsonb(t)"),
    "sign_offs": (SignOff, "order_id", "to_jsonb(t)"),
    "visits": (Visit, "order_id", "to_jsonb(t)"),
    "handovers": (HandOver, "order_id", "jsonb_build_array(t.state, t.receipt)"),
    "holds": (Hold, "order_id", "to_jsonb(t)"),
    "outsides": (Outside, "order_id", "jsonb_build_array(t.body, t.answered_at, t.recalled_at)"),
}


def everything(order_id: int) -> dict[str, Any]:
    """All rows that belong to an order, to compare before and after. One statement: the grids ask thousands of times."""
    parts = (
        f"'{name}', (SELECT jsonb_agg({read} ORDER BY t.{model._meta.pk.column}) FROM {model._meta.db_table} t "
        f"WHERE t.{column} = $1)"
        for name, (model, column, read) in _BELONGING.items()
    )
    ((found,),) = fetch(f"SELECT jsonb_build_object({', '.join(parts)})", (order_id,))
    return {name: rows or [] for name, rows in found.items()}


def running(order_id: int) -> dict[str, Deadline]:
    """Deadlines that are neither met nor cancelled, by promise."""
    return {d.promise: d for d in Deadline.objects.filter(matter_id=order_id, met_at=None, cancelled_at=None)}


def bearer(order_id: int) -> Person:
    """A visitor who has shown the query code of an order."""
    return Person.visitor().bearing(reports=[order_id])
