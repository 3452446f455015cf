"""The JSON door against its own document: schemathesis asks every operation whatever the document allows and what it does
not, with a key and without. Never a status of 500, never an answer that the document does not name.

A few examples for each here; for as many as wanted: ``GONGZHI_API_EXAMPLES=500 ./gongzhi test <this file>``; with
``GONGZHI_API_SEED=random`` others each time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.people import actions as people
from gongzhi.wsgi import application
from tests.cast import Cast
from tests.stage import cast, neighbourhood, report_drain

__all__ = ["cast", "neighbourhood"]

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("GONGZHI_API_EXAMPLES", "3"))
often = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=os.environ.get("GONGZHI_API_SEED") != "random",
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
#: What must hold of every answer.
HOLDS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture(autouse=True)
def without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gongzhi.kit.throttle.ask_declared", lambda request, view: None)
    monkeypatch.setattr("gongzhi.workorders.api.speaking.throttle", lambda *args: None)


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Requests of this test do not close the connection that it rolls back at the end."""
    signals = (request_started, request_finished)
    held = [signal for signal in signals if signal.disconnect(close_old_connections)]
    yield
    for signal in held:
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def schema() -> Any:
    return schemathesis.openapi.from_dict(Client().get("/api/openapi.json").json())


@pytest.fixture
def headers(cast: Cast) -> Iterator[dict[str, str]]:
    with clock.stopped(clock.now()):
        key = people.issue_token(
            cast.accounts["clerk"], "t", ["read", "write"], expires_at=clock.now() + timedelta(days=1),
            by=Actor.for_service("tests"), at=clock.now(),
        )  # fmt: skip
        yield {"Authorization": f"Bearer {key}"}


def asked(case: Any, headers: dict[str, str], holds: list[Any]) -> None:
    """Ask, look at the answer, and take back what it wrote."""
    case.headers = {
        **{k: v for k, v in (case.headers or {}).items() if k.lower() != "authorization"},
        **headers,
    }
    with transaction.atomic():
        response = case.call(app=application, base_url="http://localhost")
        transaction.set_rollback(True)
    if (
        response.status_code == 413
    ):  # too many files at once: a refusal too, though the check does not count it as one
        holds = [one for one in holds if one is not checks.negative_data_rejection]
    case.validate_response(response, checks=holds)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=["what it allows", "what it does not"])
@pytest.mark.parametrize("signed_in", [True, False], ids=["with a key", "without"])
def test_every_answer_is_one_that_the_document_names(
    cast: Cast, schema: Any, headers: dict[str, str], signed_in: bool, mode: GenerationMode
) -> None:
    number = report_drain(cast).order.number
    faults: list[str] = []
    count = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @often
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            nonlocal count
            count += 1
            if mode.is_positive and "number" in (case.path_parameters or {}) and count % 2:
                case.path_parameters["number"] = number
            asked(
                case,
                headers if signed_in else {},
                HOLDS if mode.is_positive or not signed_in else [*HOLDS, checks.negative_data_rejection],
            )

        try:
            ask()
        except Unsatisfiable:
            assert mode.is_negative, operation.path  # nothing can be wrong with what takes nothing
        except (Exception, BaseExceptionGroup) as fault:
            faults.append(f"{operation.method.upper()} {operation.path}: {fault}"[:1500])
    assert count >= len(faults)
    print(f"{count} requests")
    assert not faults, f"{len(faults)}:\n\n" + "\n\n".join(faults)
