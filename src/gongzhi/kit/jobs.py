"""Housekeeping in the background: work whose worker was killed is taken up again, old counters are forgotten."""

from __future__ import annotations

from django.core.management import call_command
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from gongzhi.kit import throttle

#: A worker that has not been heard of for so long is taken for dead, and its jobs go to another.
DEAD_AFTER_SECONDS = 30


@app.periodic(cron="* * * * *")
@app.task(name="kit.rescue", queue="housekeeping", queueing_lock="kit.rescue", pass_context=True, priority=10)
async def rescue(context: JobContext, timestamp: int) -> None:
    """Hand jobs of dead workers to the living, before anything else that waits. Every job is safe to run twice.

    A round that comes again by itself (it has a queueing lock) is dropped instead: its next one may already wait
    under the same lock, and then a retry would be refused and hold up all the others.
    """
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS):
        if job.queueing_lock:
            await jobs.finish_job(job, Status.FAILED, delete_job=True)
        else:
            await jobs.retry_job(job)
    await jobs.prune_stalled_workers(seconds_since_heartbeat=DEAD_AFTER_SECONDS)


@app.periodic(cron="17 * * * *")
@app.task(name="kit.forget_throttles", queue="housekeeping", queueing_lock="kit.forget_throttles")
def forget_throttles(timestamp: int) -> None:
    """Forget counters whose time has passed."""
    throttle.sweep()


@app.periodic(cron="43 3 * * *")
@app.task(name="kit.forget_sessions", queue="housekeeping", queueing_lock="kit.forget_sessions")
def forget_sessions(timestamp: int) -> None:
    """Forget sessions that have ended."""
    call_command("clearsessions")
