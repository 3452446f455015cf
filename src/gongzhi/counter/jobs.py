"""The front desk's clockwork: shortly before six, tell those who follow something what is new."""

from __future__ import annotations

from procrastinate.contrib.django import app

from gongzhi.counter import following
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting

#: The local hour in which followers are told; what goes out is collected until the moment each has chosen.
HOUR = 17


@app.periodic(cron="50 * * * *")
@app.task(name="counter.tell_followers", queue="notices", queueing_lock="counter.tell_followers")
def tell_followers(timestamp: int) -> int:
    """Once a day by the town's own clock; a day that was missed is told with the next."""
    now = clock.now()
    if clock.local(now).hour != HOUR:
        return 0
    sender = Actor.for_service("notices")
    with acting(sender):
        return following.tell_all(by=sender, at=now)
