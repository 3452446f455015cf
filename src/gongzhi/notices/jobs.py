"""The jobs that send. Their arguments are keys, never addresses or words.

A job sends at once what is due; whatever that did not do (a channel that was down, quiet hours, a worker that was
killed) is done by the round of every minute: each message keeps the moment at which it is to be looked at.
"""

from __future__ import annotations

from datetime import timedelta

from procrastinate.contrib.django import app

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.notices import actions, queries

#: Messages that went out are kept so long, to answer who was told what; they hold addresses.
KEPT = timedelta(days=30)
#: Messages of one round; a channel that is slow must not make the next round wait for an hour.
MOST_IN_A_ROUND = 200
#: How long one round may take; what is left is looked at a minute later.
ROUND = timedelta(seconds=50)


@app.task(name="notices.send_message", queue="notices")
def send_message(message_id: str) -> bool:
    """Send one message of the outbox."""
    sender = Actor.for_service("notices")
    with acting(sender):
        return actions.deliver(message_id, by=sender, at=clock.now())


@app.task(name="notices.send_messages", queue="notices")
def send_messages(message_ids: list[str]) -> int:
    """Send some messages of the outbox, one after the other."""
    return sum(send_message(message_id=key) for key in message_ids)


@app.periodic(cron="* * * * *")
@app.task(name="notices.look_after", queue="notices", queueing_lock="notices.look_after")
def look_after(timestamp: int) -> int:
    """Gather what was held, and try again what is still on its way."""
    sender = Actor.for_service("notices")
    sent, until = 0, clock.now() + ROUND
    with acting(sender):
        actions.gather(by=sender, at=clock.now())
        for key in queries.due(at=clock.now(), most=MOST_IN_A_ROUND):
            now = clock.now()
            if now > until:
                break
            sent += actions.deliver(key, by=sender, at=now)
    return sent


@app.periodic(cron="23 3 * * *")
@app.task(name="notices.forget_sent", queue="housekeeping", queueing_lock="notices.forget_sent")
def forget_sent(timestamp: int) -> None:
    """Forget what went out long ago."""
    sender = Actor.for_service("notices")
    with acting(sender):
        now = clock.now()
        actions.forget_sent(before=now - KEPT, by=sender, at=now)
