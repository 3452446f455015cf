"""Two people at the same instant with one whistle: one of them succeeds, the other is told so."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connections

from gongzhi.journal.queries import holds
from gongzhi.kit.errors import Conflict, Invalid
from gongzhi.workorders.actions import calling_out
from gongzhi.workorders.actions.calling_out import Listed
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models.callouts import Callout, CalloutObject, CalloutOrder
from gongzhi.workorders.tests.test_callouts import AFTER, SHOPS, finish, whistled
from tests.cast import Cast, settle

pytestmark = pytest.mark.django_db(transaction=True)


def together(*tasks: Callable[[], Any]) -> list[Any]:
    """Run tasks in threads that start at the same instant; their results, or what they raised."""
    gate = threading.Barrier(len(tasks))
    results: list[Any] = [None] * len(tasks)

    def run(place: int, task: Callable[[], Any]) -> None:
        try:
            gate.wait(timeout=20)
            results[place] = task()
        except Exception as fault:
            results[place] = fault
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def test_each_act_by_two_at_once_has_one_success_and_one_refusal() -> None:
    cast: Cast = settle()

    def inspect(callout: Callout, by: Any) -> Any:
        one = CalloutObject.objects.filter(callout=callout).order_by("pk")[0]
        return calling_out.inspect(one.pk, "fine", by=by, at=AFTER, seen=0)

    acts: dict[str, tuple[tuple[str, str], Callable[[Callout, Any], Any], type[Exception]]] = {
        "inspect": (("road_worker", "gardener"), inspect, Conflict),
        "settle": (
            ("clerk", "other_clerk"),
            lambda c, by: calling_out.settle(c.pk, by=by, at=AFTER),
            Conflict,
        ),
        "list_objects": (
            ("clerk", "other_clerk"),
            lambda c, by: calling_out.list_objects(c.pk, [Listed("店", "新店")], by=by, at=AFTER),
            Invalid,
        ),
    }
    for verb, (names, act, kind) in acts.items():
        callout = whistled(cast, objects=SHOPS)
        finish(cast, callout)
        results = together(*(partial(act, callout, cast.person(name)) for name in names))
        refused = [one for one in results if isinstance(one, Exception)]
        assert len(refused) == 1 and isinstance(refused[0], kind), (verb, results)
        assert holds(callout.pk).ok, verb

    callout = whistled(cast)
    draft = Draft("路面有坑，要补。", source="callout", source_key=f"{callout.pk}-1")
    told = together(
        *(partial(calling_out.follow_up, callout.pk, draft, by=cast.person(n), at=AFTER) for n in ("clerk", "other_clerk"))
    )  # fmt: skip
    assert not any(isinstance(one, Exception) for one in told), told
    assert sorted(receipt.repeated for receipt in told) == [False, True], told
    assert CalloutOrder.objects.filter(callout=callout).count() == 1
