"""The spine's clockwork: once a minute, look at the promises whose moment has come."""

from __future__ import annotations

from procrastinate.contrib.django import app

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.matters import actions

#: Batches in one run; what is left is looked at a minute later.
MOST_BATCHES = 50


@app.periodic(cron="* * * * *")
@app.task(name="matters.look_at_promises", queue="promises", queueing_lock="matters.look_at_promises")
def look_at_promises(timestamp: int) -> int:
    """Remind and escalate. Each batch is a transaction of its own, so that a crash loses at most none."""
    looked = 0
    sweep = Actor.for_service("sweep")
    with acting(sweep):
        for _batch in range(MOST_BATCHES):
            count = actions.remind(by=sweep, at=clock.now())
            looked += count
            if not count:
                break
    return looked
