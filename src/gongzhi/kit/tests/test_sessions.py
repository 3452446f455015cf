"""Sessions: written once, with the view's own transaction where it asks for that, and never when nothing changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from gongzhi.kit.sessions import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept() -> SessionStore:
    session = SessionStore()
    session["words"] = "路灯不亮"
    session.create()
    return session


def test_what_is_written_is_read_again(kept: SessionStore) -> None:
    again = SessionStore(kept.session_key)
    assert again["words"] == "路灯不亮"
    again["words"] = "亮了"
    again.save()
    assert SessionStore(kept.session_key)["words"] == "亮了"


def test_the_same_content_is_written_once(kept: SessionStore, statements: list[str]) -> None:
    session = SessionStore(kept.session_key)
    session["more"] = 1
    statements.clear()
    session.save()
    session.save()
    assert sum("UPDATE" in said for said in statements) == 1
    session["more"] = 2
    session.save()
    assert SessionStore(kept.session_key)["more"] == 2


def test_an_expired_or_unknown_session_is_empty_and_loses_its_key(kept: SessionStore) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    for key in (kept.session_key, "nobodyknowsthiskeyofasession0000"):
        session = SessionStore(key)
        assert session.get("words") is None
        assert session.session_key is None


def test_a_session_that_has_gone_is_not_made_again(kept: SessionStore) -> None:
    session = SessionStore(kept.session_key)
    session["words"] = "还在吗"
    Session.objects.all().delete()
    with pytest.raises(UpdateError):
        session.save()
    assert not Session.objects.exists()


def test_what_a_transaction_takes_back_is_not_kept(kept: SessionStore) -> None:
    class TakenBackError(Exception):
        pass

    session: Any = SessionStore(kept.session_key)
    session["words"] = "没有办成"
    with pytest.raises(TakenBackError), transaction.atomic():
        session.save()
        raise TakenBackError
    assert SessionStore(kept.session_key)["words"] == "路灯不亮"
