"""Streams: few, silent when nothing happens, and always giving their place back."""

from __future__ import annotations

import threading

import pytest

from gongzhi.observation import push
from gongzhi.observation.push import LOOK, Pulses
from gongzhi.observation.streaming import answer


@pytest.fixture
def one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "_places", threading.BoundedSemaphore(1))


def stream(found: list[int], *, life: float = 60.0, leaving: bool = False) -> Pulses:
    left = iter(found)
    now = [0]

    def ask() -> int:
        now[0] = next(left, now[0])
        return now[0]

    assert push.take_place()
    return Pulses(ask=ask, sleep=lambda seconds: None, leaving=lambda: leaving, life=life)


def test_it_pulses_when_something_happens_and_lives_otherwise(one_place: None) -> None:
    said = b"".join(stream([1, 1, 2, 2, 2], life=20 * LOOK)).decode()
    assert said.startswith("retry: 5000\nevent: open")
    assert said.count("event: moved") == 1 and "data: 2" in said
    assert said.count(": still here") == 2


def test_a_full_house_is_told_so_and_a_place_comes_back(one_place: None) -> None:
    first = answer()
    assert first.status_code == 200 and first.headers["Content-Type"] == "text/event-stream"
    assert first.headers["Cache-Control"] == "no-store"
    second = answer()
    assert second.status_code == 204 and second.headers["Retry-After"] == "60"
    first.close()  # before its first byte
    assert answer().status_code == 200


def test_it_ends_when_the_process_leaves(one_place: None) -> None:
    said = list(stream([1], leaving=True))
    assert len(said) == 1
    assert push.take_place()


def test_a_stream_that_breaks_gives_its_place_back(one_place: None) -> None:
    def broken() -> int:
        raise RuntimeError

    assert push.take_place()
    with pytest.raises(RuntimeError):
        next(Pulses(ask=broken))
    assert push.take_place()


def test_without_places_every_board_asks_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "_places", None)
    assert answer().status_code == 204


@pytest.mark.django_db
def test_the_record_is_asked_at_most_once_per_look(
    monkeypatch: pytest.MonkeyPatch, statements: list[str]
) -> None:
    monkeypatch.setattr(push, "_seen", (0.0, 0))
    monkeypatch.setattr(push.connection, "close", lambda: None)
    push.newest()
    push.newest()
    assert len(statements) <= 1
