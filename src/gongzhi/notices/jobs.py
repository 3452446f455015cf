"""The job that sends one message. Its argument is a key, never an address or words."""

from __future__ import annotations

from datetime import timedelta

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.notices import actions

#: Messages that went out are kept so long, to answer who was told what; they hold addresses.
KEPT = timedelta(days=30)


@app.task(
    name="notices.send_message", queue="notices", retry=RetryStrategy(max_attempts=6, exponential_wait=5)
)
def send_message(message_id: str) -> bool:
    """Send one message of the outbox."""
    sender = Actor.for_service("notices")
    with acting(sender):
        return actions.deliver(message_id, by=sender, at=clock.now())


@app.periodic(cron="23 3 * * *")
@app.task(name="notices.forget_sent", queue="housekeeping", queueing_lock="notices.forget_sent")
def forget_sent(timestamp: int) -> None:
    """Forget what went out long ago."""
    sender = Actor.for_service("notices")
    with acting(sender):
        now = clock.now()
        actions.forget_sent(before=now - KEPT, by=sender, at=now)
