"""The meetings' clockwork: every minute those who have not answered, every night the weeks ahead."""

from __future__ import annotations

from procrastinate.contrib.django import app

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.meetings import queries
from gongzhi.meetings.actions import answering, planning

#: Batches in one run; what is left is looked at a minute later.
MOST_BATCHES = 20


@app.periodic(cron="* * * * *")
@app.task(name="meetings.look_at_invitations", queue="promises", queueing_lock="meetings.look_at_invitations")
def look_at_invitations(timestamp: int) -> int:
    """Remind those who have not answered, and keep who was silent. Each batch is a transaction of its own."""
    looked = 0
    sweep = Actor.for_service("sweep")
    with acting(sweep):
        for _batch in range(MOST_BATCHES):
            count = answering.look_after(by=sweep, at=clock.now())
            looked += count
            if not count:
                break
    return looked


@app.periodic(cron="37 2 * * *")
@app.task(name="meetings.plan_ahead", queue="housekeeping", queueing_lock="meetings.plan_ahead")
def plan_ahead(timestamp: int) -> int:
    """Enter the meetings of every series for the weeks ahead, each series in a transaction of its own."""
    sweep = Actor.for_service("sweep")
    with acting(sweep):
        return sum(planning.plan_ahead(key, by=sweep, at=clock.now()) for key in queries.running_series())
