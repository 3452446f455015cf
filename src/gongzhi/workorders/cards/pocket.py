"""What somebody out in the field carries today: their tasks, where they work, and what the report form needs.

Only what is needed for the day: no names, no telephone numbers, nothing of closed orders.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from gongzhi.journal.models import Entry
from gongzhi.kit import clock
from gongzhi.matters.models import Deadline
from gongzhi.people.actor import Person
from gongzhi.people.roles import GRID_ROLES, UNIT_ROLES, Role
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level
from gongzhi.workorders.cards.rows import TONES, place_label, state_label, unit_label
from gongzhi.workorders.kind import PROMISES
from gongzhi.workorders.models import Appeal, WorkOrder
from gongzhi.workorders.policies import RULES
from gongzhi.workorders.policies.desk import DESK
from gongzhi.workorders.tables import emergencies, tree
from gongzhi.workorders.workflow import ASSIGNED, IN_HAND, RELEASED, VERIFYING, WAITING, possible

#: So many tasks are carried; whoever has more works them off from the top.
MOST_TASKS = 80
#: So much of a report's words.
MOST_WORDS = 1200
#: What can be done without signal, in the order in which it is offered.
VERBS = ("verify", "accept", "answer", "visit", "note")
#: A task is what waits for one of these.
_MAIN = frozenset({"verify", "accept", "answer", "visit"})
#: Entries whose words say what is asked of the worker.
_ASKS = ("workorders.ask_verify", "workorders.fail_check", "workorders.supply")
_OF_UNIT = (ASSIGNED, IN_HAND, WAITING)
_HEAVY = ("words", "suggestions", "facets")


def _mine(by: Person) -> list[QuerySet[WorkOrder]]:
    """Orders that may be a task, each queryset by one index."""
    rows = WorkOrder.objects.select_related("matter__thread").defer(*_HEAVY)
    opened = rows.filter(open=True, archived=None).order_by("next_due_at", "pk")
    grids = sorted({post.division_id for post in by.holding(*GRID_ROLES) if post.division_id})
    units = sorted(by.organisations(*UNIT_ROLES))
    found = [opened.filter(facets__contains=[f"h{by.account_id}"], state__in=_OF_UNIT)]
    if grids:
        own = Q(state=VERIFYING) | Q(unit_id__in=units, state__in=_OF_UNIT)
        found.append(opened.filter(own, grid_id__in=grids))
    else:
        found.append(opened.filter(unit_id__in=units, state__in=_OF_UNIT))
    streets = {post.division_id for post in by.holding(Role.CLERK) if post.division_id}
    if streets:
        found.append(rows.filter(street_id__in=sorted(streets), to_visit=True).order_by("-opened_at"))
    return found


def tasks(by: Person) -> list[dict[str, Any]]:
    """Orders that wait for this person, the nearest promise first. At most six statements."""
    orders: dict[int, WorkOrder] = {}
    for rows in _mine(by):
        for order in rows[:MOST_TASKS]:
            orders.setdefault(order.pk, order)
    wanted = []
    for order in orders.values():
        allowed = {step.verb for step in possible(order)}
        steps = [verb for verb in VERBS if verb in allowed and RULES.may(by, verb, order)]
        if _MAIN.intersection(steps) or (order.handler_id == by.account_id and order.state == WAITING):
            wanted.append((order, steps))
    wanted.sort(
        key=lambda one: (one[0].next_due_at is None, one[0].next_due_at or one[0].opened_at, one[0].pk)
    )
    wanted = wanted[:MOST_TASKS]
    keys = [order.pk for order, _steps in wanted]
    promises: dict[int, list[dict[str, Any]]] = {}
    running = Deadline.objects.filter(matter_id__in=keys, met_at=None, cancelled_at=None).order_by("due_at")
    for row in running:
        promise = PROMISES.get(row.promise)
        promises.setdefault(row.matter_id, []).append(
            {
                "what": _(promise.label) if promise else row.promise,
                "due": row.due_at.isoformat(),
                "paused": row.paused_at is not None,
            }
        )
    asks: dict[int, dict[str, str]] = {}
    said = Entry.objects.filter(thread_id__in=keys, verb__in=_ASKS).order_by("thread_id", "-position")
    for entry in said.distinct("thread_id").only("thread_id", "verb", "text"):
        asks[entry.thread_id] = {"verb": entry.verb.partition(".")[2], "text": entry.text}
    return [
        {
            "id": order.pk,
            "number": order.number,
            "title": order.title,
            "words": order.description[:MOST_WORDS],
            "state": state_label(order.state),
            "tone": TONES.get(order.state, "plain"),
            "kind": _kind_of(order, steps),
            "urgent": order.urgent,
            "mine": order.handler_id == by.account_id,
            "place": order.place_text or ground().name_of(order.building_id),
            "area": place_label(order),
            "grid": order.grid_id,
            "lon": order.lon,
            "lat": order.lat,
            "category": tree().said_of(order.category_id) if order.category_id else "",
            "opened": order.opened_at.isoformat(),
            "promises": promises.get(order.pk, []),
            "asked": asks.get(order.pk),
            "unsigned": [unit_label(key) for key in order.signing if key in order.joint],
            "steps": steps,
            "version": order.matter.thread.length,
        }
        for order, steps in wanted
    ]


def _kind_of(order: WorkOrder, steps: list[str]) -> str:
    if "verify" in steps:
        return "verify"
    return "visit" if order.to_visit and "visit" in steps and order.state == RELEASED else "order"


def areas(by: Person, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The grids whose sketch is carried, with their buildings: those of the posts; without any, those of the tasks."""
    land = ground()
    own: list[int] = []
    for post in by.holding(*GRID_ROLES, Role.BUILDING_HEAD):
        grid = land.spot_of(post.division_id).grid_id
        if grid and grid not in own:
            own.append(grid)
    for task in found if not own else []:
        if task["grid"] and task["grid"] not in own and len(own) < 6:
            own.append(task["grid"])
    return [
        {
            "id": grid,
            "name": land.name_of(grid, above=1),
            "buildings": [
                {"id": house.id, "name": house.name, "lon": house.lon, "lat": house.lat}
                for house in land.children(grid)
                if house.level == Level.BUILDING
            ],
        }
        for grid in own
        if grid in land.areas
    ]


def _topics() -> list[dict[str, Any]]:
    topics = tree()

    def branch(topic: Any, depth: int) -> list[list[Any]]:
        rows = [[topic.id, "　" * depth + topic.said]]
        for child in topics.children(topic.id):
            rows += branch(child, depth + 1)
        return rows

    return [{"name": root.said, "rows": branch(root, 0)} for root in topics.roots]


def today(by: Person) -> dict[str, Any]:
    """All that is carried for today. The same state gives the same answer, so that it can be told by its digest."""
    found = tasks(by)
    takes_in = DESK.may(by, "take_in", None)
    return {
        "zone": settings.TIME_ZONE,
        "day": clock.today().isoformat(),
        "tasks": found,
        "areas": areas(by, found),
        "takes_in": takes_in,
        "topics": _topics() if takes_in else [],
        "appeals": [[one.value, str(one.label)] for one in Appeal] if takes_in else [],
        "alarms": [
            [row.kind, row.number, row.pattern, _(row.sentence) if row.sentence else ""]
            for row in emergencies()
        ]
        if takes_in
        else [],
    }
