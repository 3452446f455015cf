"""Senders that trickle: a web process gives up on them, and reads the merely slow to the end."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from gongzhi.kit import patience
from gongzhi.kit.patience import Patient
from gongzhi.kit.serving import web_command


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        yield one, other


def test_a_sender_that_says_nothing_is_given_up(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "GRACE_SECONDS", 0.2)
    reader = Patient(pair[0])
    pair[1].sendall(b"POST / HTTP/1.1\r\n")
    assert reader.chunk().startswith(b"POST")
    began = time.monotonic()
    with pytest.raises(ConnectionResetError):
        reader.chunk()
    assert 0.1 < time.monotonic() - began < 2
    assert pair[0].gettimeout() is None, "the answer is sent without haste"


def test_whoever_keeps_sending_is_read_to_the_end(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "GRACE_SECONDS", 0.2)
    reader, size = Patient(pair[0]), 0

    def send() -> None:
        for _number in range(8):
            pair[1].sendall(b"x" * 1000)
            time.sleep(0.08)
        pair[1].close()

    sender = threading.Thread(target=send)
    sender.start()
    while piece := reader.chunk():
        size += len(piece)
    sender.join()
    assert size == 8000


def test_the_web_processes_are_patient_ones() -> None:
    command = web_command("127.0.0.1:0")
    assert command[command.index("--worker-class") + 1] == "gongzhi.kit.patience.PatientWorker"
