"""The job that sends one message. Its argument is a key, never an address or words."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.notices import actions


@app.task(
    name="notices.send_message", queue="notices", retry=RetryStrategy(max_attempts=6, exponential_wait=5)
)
def send_message(message_id: str) -> bool:
    """Send one message of the outbox."""
    sender = Actor.for_service("notices")
    with acting(sender):
        return actions.deliver(message_id, by=sender, at=clock.now())
