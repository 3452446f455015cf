"""The room's clockwork: versions of the category tree, hand-overs to the police, orders held in an emergency,
silent devices, mail that comes in, partners by Open311, events that go out to other programs."""

from __future__ import annotations

import imaplib
from contextlib import suppress

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.people.actor import person_for
from gongzhi.workorders import mail_sources
from gongzhi.workorders.actions import (
    batching,
    correcting,
    device_events,
    events,
    exchanging,
    folding,
    grouping,
    holding,
    hooks,
    mailing,
    police,
    remembering,
    taxonomy,
    visiting_peers,
)
from gongzhi.workorders.models import Batch, Counterpart, HandOver, Hold, Hook, HookState, Peer
from gongzhi.workorders.policies.doors import DEVICES_SERVICE, MAIL_SERVICE
from gongzhi.workorders.queries import events as queries_events


@app.periodic(cron="*/10 * * * *")
@app.task(name="workorders.turn_editions", queue="promises", queueing_lock="workorders.turn_editions")
def turn_editions(timestamp: int) -> int:
    """Publish what was decided for a day that has come. Safe to run twice: a version is applied once."""
    sweep = Actor.for_service("sweep")
    with acting(sweep):
        return taxonomy.turn(by=sweep, at=clock.now())


@app.task(name="workorders.straighten_lines", queue="promises", lock="workorders.straighten_lines")
def straighten_lines(category_ids: list[int]) -> int:
    """Let orders follow categories that have moved, a thousand at a time; one such run after another."""
    sweep = Actor.for_service("sweep")
    with acting(sweep):
        return correcting.straighten(category_ids, by=sweep, at=clock.now())


@app.periodic(cron="17 * * * *")
@app.task(
    name="workorders.straighten_again",
    queue="promises",
    lock="workorders.straighten_lines",
    queueing_lock="workorders.straighten_again",
)
def straighten_again(timestamp: int) -> int:
    """Look once more after the moves of the last day: for orders taken in by a process that still knew the tree of before."""
    sweep = Actor.for_service("sweep")
    with acting(sweep):
        return correcting.straighten(taxonomy.lately_moved(clock.now()), by=sweep, at=clock.now())


@app.task(name="workorders.send_handover", queue="notices")
def send_handover(handover_id: int) -> bool:
    """Send one hand-over to the police. The argument is a key, never words; what fails is tried again by the sweep."""
    sender = Actor.for_service("notices")
    with acting(sender):
        return police.deliver(handover_id, by=sender, at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="workorders.send_handovers", queue="notices", queueing_lock="workorders.send_handovers")
def send_handovers(timestamp: int) -> int:
    """Try again what could not be sent, as its moment comes."""
    sender = Actor.for_service("notices")
    with acting(sender):
        now = clock.now()
        due = HandOver.objects.filter(state="queued", next_try_at__lte=now).order_by("next_try_at")
        keys = list(due.values_list("pk", flat=True)[:100])
        return sum(police.deliver(key, by=sender, at=now) for key in keys)


@app.periodic(cron="*/10 * * * *")
@app.task(name="workorders.forget_messages", queue="notices", queueing_lock="workorders.forget_messages")
def forget_messages(timestamp: int) -> int:
    """Forget the ids of signed messages that are too old to be taken again."""
    sweep = Actor.for_service("sweep")
    with acting(sweep):
        return remembering.forget_messages(by=sweep, at=clock.now())


@app.task(name="workorders.hold_orders", queue="promises")
def hold_orders(emergency_id: int) -> int:
    """Let promises of an area stand still once an emergency is on; each order is a transaction of its own."""
    sweep = Actor.for_service("sweep")
    with acting(sweep):
        return holding.hold_all(emergency_id, by=sweep, at=clock.now())


@app.task(name="workorders.release_orders", queue="promises")
def release_orders(emergency_id: int) -> int:
    """Let them run again once it is over."""
    sweep = Actor.for_service("sweep")
    with acting(sweep):
        return holding.release_all(emergency_id, by=sweep, at=clock.now())


@app.periodic(cron="*/5 * * * *")
@app.task(name="workorders.release_left_over", queue="promises", queueing_lock="workorders.release_left_over")
def release_left_over(timestamp: int) -> int:
    """Release what a killed worker has left on hold after the end of an emergency."""
    sweep = Actor.for_service("sweep")
    with acting(sweep):
        ended = Hold.objects.filter(ended_at=None, emergency__ended_at__isnull=False)
        keys = list(ended.values_list("emergency_id", flat=True).distinct())
        return sum(holding.release_all(key, by=sweep, at=clock.now()) for key in keys)


@app.periodic(cron="*/5 * * * *")
@app.task(name="workorders.group_issues", queue="housekeeping", queueing_lock="workorders.group_issues")
def group_issues(timestamp: int) -> int:
    """Say which reports are about the same thing, street by street, where something has come in. Safe to run twice."""
    sweep = Actor.for_service("sweep")
    with acting(sweep):
        return grouping.group_all(by=sweep, at=clock.now())


@app.task(name="workorders.run_batch", queue="promises")
def run_batch(batch_id: int) -> int:
    """Work through one step for many orders, as whoever sent it, with the rights they have by then."""
    batch = Batch.objects.select_related("by").get(pk=batch_id)
    person = person_for(batch.by)
    with acting(person):
        return batching.work(batch_id, by=person, at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="workorders.notice_silence", queue="promises", queueing_lock="workorders.notice_silence")
def notice_silence(timestamp: int) -> int:
    """Notice devices that have fallen silent."""
    by = Actor.for_service(DEVICES_SERVICE)
    with acting(by):
        return device_events.notice_silence(by=by, at=clock.now())


@app.periodic(cron="41 3 * * *")
@app.task(name="workorders.fold_events", queue="housekeeping", queueing_lock="workorders.fold_events")
def fold_events(timestamp: int) -> int:
    """Keep only the sum of old storms."""
    by = Actor.for_service(DEVICES_SERVICE)
    with acting(by):
        return device_events.fold_events(by=by, at=clock.now())


@app.periodic(cron="*/2 * * * *")
@app.task(name="workorders.fetch_mail", queue="housekeeping", queueing_lock="workorders.fetch_mail")
def fetch_mail(timestamp: int) -> int:
    """Take in what lies unseen in the mailbox that is set up; nothing where none is."""
    if not settings.IMAP_HOST:
        return 0
    by = Actor.for_service(MAIL_SERVICE)

    def take(raw: bytes) -> None:
        with acting(by):
            mailing.take_letter(raw, by=by, at=clock.now())

    box = mail_sources.open_mailbox()
    try:
        return mail_sources.fetch_unseen(box, take)
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            box.logout()


@app.task(name="workorders.send_counterpart", queue="notices")
def send_counterpart(counterpart_id: int) -> bool:
    """Send one request to a partner by Open311. The argument is a key, never words."""
    sender = Actor.for_service("open311")
    with acting(sender):
        return exchanging.deliver(counterpart_id, by=sender, at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="workorders.send_counterparts", queue="notices", queueing_lock="workorders.send_counterparts")
def send_counterparts(timestamp: int) -> int:
    """Forward what goes to partners by itself, try again what could not be sent, and fetch photographs that came as links."""
    sender = Actor.for_service("open311")
    with acting(sender):
        now = clock.now()
        exchanging.forward_mapped(by=sender, at=now)
        due = Counterpart.objects.filter(state="queued", next_try_at__lte=now).order_by("next_try_at")
        keys = list(due.values_list("pk", flat=True)[:100])
        done = sum(exchanging.deliver(key, by=sender, at=now) for key in keys)
        photos = Counterpart.objects.filter(fetch_at__lte=now).order_by("fetch_at")
        for key in list(photos.values_list("pk", flat=True)[:20]):
            visiting_peers.fetch_photograph(key, by=sender, at=now)
        return done


@app.periodic(cron="*/5 * * * *")
@app.task(name="workorders.visit_peers", queue="notices", queueing_lock="workorders.visit_peers")
def visit_peers(timestamp: int) -> int:
    """Have a round made at every partner whose moment has come."""
    waiting = Q(next_try_at=None) | Q(next_try_at__lte=clock.now())
    keys = list(
        Peer.objects.filter(waiting, revoked_at=None).exclude(address="").values_list("pk", flat=True)
    )
    for key in keys:
        with suppress(AlreadyEnqueued):  # the last round still waits for its turn
            visit_peer.configure(queueing_lock=f"workorders.visit_peer.{key}").defer(peer_id=key)
    return len(keys)


@app.task(name="workorders.visit_peer", queue="notices")
def visit_peer(peer_id: int) -> int:
    """Ask one partner how ours stand there and what is new."""
    sender = Actor.for_service("open311")
    with acting(sender):
        done = visiting_peers.visit(peer_id, by=sender, at=clock.now())
        return done.new + done.changed


@app.task(name="workorders.push_events", queue="hooks")
def push_events(hook_id: int) -> int:
    """Push to one hook what it is owed. Safe to run twice: a hook has one sender at a time."""
    by = Actor.for_service("hooks")
    with acting(by):
        return hooks.push(hook_id, by=by, at=clock.now())


def nudge(hook_id: int) -> bool:
    """See to it that a hook is looked at soon; one job waits for each at most."""
    try:
        with transaction.atomic():
            push_events.configure(queueing_lock=f"workorders.push_events.{hook_id}").defer(hook_id=hook_id)
    except AlreadyEnqueued:
        return False
    return True


@app.periodic(cron="* * * * * */15")
@app.task(name="workorders.gather_events", queue="hooks", queueing_lock="workorders.gather_events")
def gather_events(timestamp: int) -> int:
    """Write down as events what has been done since the last time, and see to it that hooks are pushed to: new events,
    what could not be pushed as its moment comes, and what a killed worker has left."""
    by = Actor.for_service("hooks")
    with acting(by):
        now = clock.now()
        events.gather(by=by, at=now)
        last = queries_events.newest()
        due = Hook.objects.filter(Q(next_at=None) | Q(next_at__lte=now), state=HookState.ON, done__lt=last)
        return sum(nudge(key) for key in due.order_by("next_at").values_list("pk", flat=True)[:1000])


@app.periodic(cron="29 3 * * *")
@app.task(name="workorders.forget_events", queue="housekeeping", queueing_lock="workorders.forget_events")
def forget_events(timestamp: int) -> int:
    """Forget events that nobody is expected to ask for any more."""
    by = Actor.for_service("hooks")
    with acting(by):
        now = clock.now()
        return events.forget_events(before=now - events.KEPT, by=by, at=now)


@app.periodic(cron="*/10 * * * *")
@app.task(name="workorders.fold_counts", queue="housekeeping", queueing_lock="workorders.fold_counts")
def fold_counts(timestamp: int) -> int:
    """Fold the news of counted days when there are many; at night whatever there is."""
    by = Actor.for_service("sweep")
    with acting(by):
        at, folded = clock.now(), 0
        least = 1 if clock.local(at).hour == 3 else folding.WORTH
        while some := folding.fold(by=by, at=at, least=least):
            folded, least = folded + some, 1
            if some < folding.MOST:
                break
        return folded
