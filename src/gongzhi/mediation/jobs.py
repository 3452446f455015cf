"""The room's clockwork: once a night, forget what need not be kept any longer; publish figures when their day has come."""

from __future__ import annotations

from procrastinate.contrib.django import app

from gongzhi.kit import clock
from gongzhi.mediation.actions import forgetting, publishing


@app.periodic(cron="20 3 * * *")
@app.task(name="mediation.forget_old", queue="sweeps", queueing_lock="mediation.forget_old")
def forget_old(timestamp: int) -> int:
    """Erase the words of dockets whose time is over. Safe to run twice: a case is forgotten once."""
    return forgetting.forget_due(on=clock.today(), at=clock.now())


@app.periodic(cron="50 * * * *")
@app.task(name="mediation.publish_figures", queue="sweeps", queueing_lock="mediation.publish_figures")
def publish_figures(timestamp: int) -> int:
    """Publish the figures that are due. Safe to run twice: what was published stays as it is."""
    return publishing.publish(on=clock.today(), at=clock.now())
