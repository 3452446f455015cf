"""The room's clockwork: versions of the category tree take effect on their day."""

from __future__ import annotations

from procrastinate.contrib.django import app

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.workorders.actions import taxonomy


@app.periodic(cron="*/10 * * * *")
@app.task(name="workorders.turn_editions", queue="promises", queueing_lock="workorders.turn_editions")
def turn_editions(timestamp: int) -> int:
    """Publish what was decided for a day that has come. Safe to run twice: a version is applied once."""
    sweep = Actor.for_service("sweep")
    with acting(sweep):
        return taxonomy.turn(by=sweep, at=clock.now())
