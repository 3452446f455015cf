"""Reports from several threads until told to stop, in a process of its own: each acknowledged one is printed.

Run by `test_killed.py` against a cluster that is killed meanwhile. Half of the clients try again with the same key
until they get an answer, as a telephone without signal would; the others give up and report something new.
Prints ``ready``, then ``ack KEY NUMBER`` or ``lost KEY`` per report; reads one line to stop; prints ``broken N``: how
many orders are not whole. The first argument is how many clients there are.
"""

from __future__ import annotations

import sys
import threading
import time
import uuid

import django

CLIENTS = int(sys.argv[1]) if len(sys.argv) > 1 else 4


def main() -> None:
    """Migrate, settle, report, check."""
    django.setup()
    from django.core.management import call_command
    from django.db import DatabaseError, InterfaceError, connection

    from gongzhi.people.actor import Person
    from gongzhi.workorders.actions import reporting
    from gongzhi.workorders.drafts import Draft
    from tests.cast import IN_GRID_1, WEDNESDAY, settle
    from tests.stage import DRAIN

    call_command("migrate", database="owner", verbosity=0, interactive=False, skip_checks=True)
    settle()
    stop = threading.Event()
    printing = threading.Lock()

    def say(*words: str) -> None:
        with printing:
            print(*words, flush=True)

    def client(number: int) -> None:
        lon, lat = IN_GRID_1
        while not stop.is_set():
            key = uuid.uuid4().hex
            while not stop.is_set():
                draft = Draft(
                    DRAIN, lon=lon, lat=lat, name="王", phone="19900000101", source="load", source_key=key
                )
                try:
                    receipt = reporting.report(draft, by=Person.visitor(), at=WEDNESDAY)
                except (DatabaseError, InterfaceError):
                    connection.close()
                    if number % 2:
                        say("lost", key)
                        break
                    time.sleep(0.05)
                    continue
                say("ack", key, receipt.order.number)
                break
            time.sleep(0.01)
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    say("ready")
    sys.stdin.readline()
    stop.set()
    for thread in threads:
        thread.join()
    connection.close()
    say("broken", str(broken()))


def broken() -> int:
    """Orders that are not whole: their record, matter, clocks, reporter and contact belong together."""
    from django.db import transaction

    from gongzhi.journal.models import Thread
    from gongzhi.journal.queries import holds
    from gongzhi.kit.acting import Actor, acting
    from gongzhi.matters.models import Deadline, Matter, Party
    from gongzhi.people.models import Contact
    from gongzhi.workorders.models import WorkOrder

    count = abs(Thread.objects.filter(kind="workorders").count() - WorkOrder.objects.count()) + abs(
        Matter.objects.count() - WorkOrder.objects.count()
    )
    with acting(Actor.for_service("news")), transaction.atomic():
        for order in WorkOrder.objects.all():
            verdict = holds(order.pk)
            whole = (
                verdict.ok and verdict.length == 2
                and Deadline.objects.filter(matter_id=order.pk).count() == 2
                and Party.objects.filter(matter_id=order.pk).count() == 1
                and Contact.objects.filter(thread_id=order.pk).count() == 1
            )  # fmt: skip
            count += not whole
    return count


if __name__ == "__main__":
    main()
