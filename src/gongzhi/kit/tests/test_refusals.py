"""Every refusal is told in one shape, as a page or as JSON, and leaves nothing half-written."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from django.test import Client

from gongzhi.kit import answers, errors
from gongzhi.kit.logs import JsonLines, masked
from gongzhi.kit.models import Revision

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", errors.FAMILY, ids=lambda kind: kind.code)
def test_a_program_gets_json_of_one_shape(door: Client, kind: type[errors.Refusal]) -> None:
    for address, accept in (
        (f"/api/refuse/{kind.code}/", "*/*"),
        (f"/refuse/{kind.code}/", "application/json"),
    ):
        response = door.get(address, headers={"accept": accept})
        assert response.status_code == kind.status
        assert response.json() == {
            "error": {
                "code": kind.code,
                "message": "一句话",
                "help": "这样可以解决",
                "fields": {"place": ["请选择地点"]},
            }
        }


@pytest.mark.parametrize("kind", errors.FAMILY, ids=lambda kind: kind.code)
def test_a_person_gets_a_page_with_the_sentence_and_what_would_help(
    door: Client, kind: type[errors.Refusal]
) -> None:
    response = door.post(f"/refuse/{kind.code}/", headers={"accept": "text/html"})
    assert response.status_code == kind.status
    assert "一句话" in response.content.decode()
    assert "这样可以解决" in response.content.decode()
    assert response["Cache-Control"] == "no-store"


def test_who_is_not_signed_in_is_led_to_the_door(door: Client) -> None:
    response = door.get("/refuse/sign_in_first/?a=1", headers={"accept": "text/html"})
    assert (response.status_code, response["Location"]) == (
        302,
        "/sign-in/?next=%2Frefuse%2Fsign_in_first%2F%3Fa%3D1",
    )


@pytest.mark.django_db(transaction=True)
def test_a_refusal_undoes_what_the_view_had_written(door: Client) -> None:
    assert door.post("/refuse/conflict/").status_code == 409
    assert not Revision.objects.exists()


def test_an_unknown_address_is_a_404_of_the_same_shape(door: Client) -> None:
    assert door.get("/api/nowhere/").json()["error"]["code"] == "not_found"
    assert "没有找到" in door.get("/nowhere/").content.decode()


def test_an_unforeseen_failure_tells_a_number_and_no_details(door: Client) -> None:
    for address in ("/broken/", "/broken/?tel=13800000000"):
        response = door.get(address, headers={"accept": "text/html"})
        text = response.content.decode()
        assert response.status_code == 500
        assert response["X-Request-Id"] in text
        assert "张三" not in text and "13800000000" not in text
    assert (
        door.get("/broken/", headers={"accept": "application/json"}).json()["error"]["code"] == "unexpected"
    )


def test_a_forged_form_is_told_that_the_page_has_expired(settings: Any, door: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/form/", {"a": 1}, headers={"accept": "application/json"})
    assert (response.status_code, response.json()["error"]["code"]) == (403, "stale_page")


def test_a_body_above_the_limit_is_a_413(settings: Any, door: Client) -> None:
    settings.MAX_BODY_BYTES = 1000
    response = door.post("/form/", b"x" * 1001, content_type="application/octet-stream")
    assert response.status_code == 413
    assert door.post("/form/", {"a": "b"}).status_code == 200


def test_a_form_with_too_much_text_or_too_many_fields_is_refused(door: Client) -> None:
    assert door.post("/form/", {"text": "字" * 1_000_000}).status_code == 413
    assert door.post("/form/", {f"f{n}": 1 for n in range(500)}).status_code == 400
    assert door.post("/form/", b"garbage", content_type="multipart/form-data; boundary=x").status_code in (
        200,
        400,
    )
    assert door.post("/form/", b"garbage", content_type="multipart/form-data").status_code == 400


def test_every_answer_carries_the_security_headers(settings: Any, door: Client) -> None:
    for address in ("/whoami/", "/nowhere/", "/broken/", "/refuse/forbidden/"):
        headers = door.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy and "img-src 'self' data: blob:;" in policy
        assert "unsafe-inline" not in policy.replace("style-src-attr 'unsafe-inline'", "")
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "geolocation=(self), camera=(self)" in headers["Permissions-Policy"]
        assert "Strict-Transport-Security" not in headers
    settings.SECURE_HSTS_SECONDS = 60
    assert Client().get("/whoami/").headers["Strict-Transport-Security"].startswith("max-age=60")


def test_a_request_runs_in_the_name_of_its_actor(door: Client) -> None:
    assert door.get("/whoami/", headers={"x-account": "41"}).json() == {"account": "41"}
    assert door.get("/whoami/").json() == {"account": ""}


def test_other_exceptions_become_the_refusals_they_amount_to() -> None:
    assert isinstance(answers.refusal_for(Http404()), errors.NotFound)
    assert isinstance(answers.refusal_for(PermissionDenied()), errors.Forbidden)
    assert isinstance(
        answers.refusal_for(OperationalError("server closed the connection")), errors.Unavailable
    )
    assert answers.refusal_for(ZeroDivisionError()) is None
    fault = OperationalError("deadlock detected")
    fault.__cause__ = type("Deadlock", (Exception,), {"sqlstate": "40P01"})()
    assert isinstance(answers.refusal_for(fault), errors.Conflict)


def test_a_database_that_is_away_is_a_503_with_a_sentence(door: Client, monkeypatch: Any) -> None:
    def away(*args: object, **fields: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("gongzhi.kit.tests.urls.Revision.objects.create", away)
    response = door.post("/refuse/conflict/", headers={"accept": "text/html"})
    assert response.status_code == 503
    assert "暂时连不上数据库" in response.content.decode()
    assert response["Retry-After"]


def test_the_log_keeps_no_words_of_people() -> None:
    assert masked("/q/K7P2M4QX?tel=1380") == "/q/…"
    assert masked("/q/K7P2M4QX/photo/3") == "/q/…/photo/3"
    assert masked("/outside/K7P2M4QXK7P2M4QX/") == "/outside/…/"
    assert masked("/desk/?search=张三") == "/desk/"
    try:
        raise RuntimeError("张三 13800000000")
    except RuntimeError:
        import sys

        record = logging.LogRecord("x", logging.ERROR, "f", 1, "broken", None, sys.exc_info())
    line = json.loads(JsonLines().format(record))
    assert line["says"] == "broken" and "RuntimeError at test_refusals.py" in line["trace"]
    assert "13800000000" not in json.dumps(line)
