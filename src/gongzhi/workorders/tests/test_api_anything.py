"""Whatever is sent to the JSON door: never a status of 500, always the one shape of a refusal."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.people import actions as people
from gongzhi.workorders.api.steps import STEPS
from gongzhi.workorders.models import WorkOrder
from tests.cast import IN_GRID_1, settle

pytestmark = pytest.mark.django_db

STRANGE = [
    "",
    "\0",
    "\ud800",
    "é̂",
    "‮",
    "1e400",
    "NaN",
    "-0",
    "9" * 40,
    "../../etc",
    "%",
    "'; --",
    "长" * 6000,
    "\x1b[2J",
]
words = st.one_of(st.sampled_from(STRANGE), st.text(max_size=40))
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.sampled_from([2**31, 2**63, -1, 10**30]), st.floats(), words
)
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(autouse=True)
def without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gongzhi.kit.throttle.ask_declared", lambda request, view: None)
    monkeypatch.setattr("gongzhi.workorders.api.speaking.throttle", lambda *args: None)


@pytest.fixture
def clerk() -> Client:
    cast = settle()
    token = people.issue_token(
        cast.accounts["clerk"],
        "test",
        ["read", "write"],
        expires_at=clock.now() + timedelta(days=1),
        by=Actor.for_service("tests"),
        at=clock.now(),
    )
    client = Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=False)
    body = {"description": "海棠苑门口的路灯不亮", "lon": IN_GRID_1[0], "lat": IN_GRID_1[1]}
    assert client.post("/api/workorders", body, content_type="application/json").status_code == 201
    return client


def right(response: Any) -> None:
    """Below 500, and of the one shape when it is a refusal."""
    assert response.status_code < 500, response.content
    if response.status_code >= 400:
        assert set(response.json()) == {"error"}, response.content
        assert set(response.json()["error"]) == {"code", "message", "help", "fields"}


def sent(client: Client, method: str, path: str, body: Any = None, **headers: str) -> None:
    """Send it, look at the answer, and take back what it wrote."""
    point = transaction.savepoint()
    content: dict[str, Any] = {}
    if body is not None:
        text = body if isinstance(body, str) else json.dumps(body)
        content = {"data": text.encode("utf-8", "surrogatepass"), "content_type": "application/json"}
    right(getattr(client, method)(path, headers=headers, **content))
    transaction.savepoint_rollback(point)


often = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FIELDS = [
    "description", "title", "appeal", "category", "lon", "lat", "crs", "place_text", "division", "name", "phone",
    "email", "private",
]  # fmt: skip


@often
@given(changes=st.dictionaries(st.sampled_from(FIELDS), leaves, max_size=4), key=words)
def test_any_report(clerk: Client, changes: dict[str, Any], key: str) -> None:
    sent(clerk, "post", "/api/workorders", {"description": "路灯不亮了，请来修"} | changes)
    if key.isprintable() and key.isascii():
        sent(clerk, "post", "/api/workorders", {"description": "路灯不亮了"}, **{"Idempotency-Key": key})


@often
@given(body=anything)
def test_any_body(clerk: Client, body: Any) -> None:
    sent(clerk, "post", "/api/workorders", body)
    sent(clerk, "post", "/api/workorders", str(body))


@often
@given(verb=st.sampled_from(sorted(STEPS)), values=st.lists(leaves, min_size=8, max_size=8), seen=leaves)
def test_any_step(clerk: Client, verb: str, values: list[Any], seen: Any) -> None:
    number = WorkOrder.objects.values_list("number", flat=True).get()
    names = [name for name in STEPS[verb].body.model_fields if name != "seen"]
    body = dict(zip(names, values, strict=False))
    sent(clerk, "post", f"/api/workorders/{number}/steps/{verb}", body)
    sent(clerk, "post", f"/api/workorders/{number}/steps/{verb}", body | {"seen": seen})


QUERY = [
    "scope", "status", "category", "appeal", "channel", "community", "grid", "unit", "urgent", "mine", "unplaced",
    "words", "sort", "cursor", "size", "strange",
]  # fmt: skip


@often
@given(query=st.dictionaries(st.sampled_from(QUERY), words.filter(lambda t: "\ud800" not in t), max_size=3))
def test_any_list(clerk: Client, query: dict[str, str]) -> None:
    point = transaction.savepoint()
    right(clerk.get("/api/workorders", query))
    right(clerk.get("/api/divisions", query | {"level": "grid"}))
    transaction.savepoint_rollback(point)


@often
@given(tail=words.filter(lambda t: "\ud800" not in t), code=words)
def test_any_address_and_code(clerk: Client, tail: str, code: str) -> None:
    from urllib.parse import quote

    sent(clerk, "get", f"/api/workorders/{quote(tail)}")
    sent(clerk, "get", f"/api/{quote(tail)}")
    sent(clerk, "post", f"/api/workorders/{quote(tail)}/steps/accept", {})
    if code.isprintable() and code.isascii():
        sent(clerk, "get", "/api/workorders", **{"X-Query-Code": code})
        sent(clerk, "get", "/api/workorders", Authorization=code)


def test_every_operation_of_the_document_answers(clerk: Client) -> None:
    number = WorkOrder.objects.values_list("number", flat=True).get()
    for path, operations in clerk.get("/api/openapi.json").json()["paths"].items():
        for method in ("get", "post", "put", "patch", "delete", "options"):
            address = path.replace("{number}", number).replace(
                "{key}", "00000000-0000-0000-0000-000000000000"
            )
            sent(clerk, method, address, {} if method in ("post", "put", "patch") else None)
        assert operations
