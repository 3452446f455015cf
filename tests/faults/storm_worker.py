"""A real worker that stops in the middle of a job, once in its life, and says so. Run and killed by `storm.py`. Not a test.

Arguments: the folder for signs of life, how many jobs it does before, and ``quick`` or ``real``.
A reader stops with its effect written and not committed; a sender with its message given to the gateway and not marked.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from datetime import time as day_time
from datetime import timedelta
from pathlib import Path
from typing import Any

import django


def main() -> None:
    """Work until killed."""
    django.setup()
    from django.core.management import call_command

    from gongzhi.journal import news
    from gongzhi.notices import hours
    from gongzhi.notices.actions import delivering
    from gongzhi.workorders import readers

    folder, before, pace = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    counting, count = threading.Lock(), [0]

    def stop_here(place: str, told: str) -> None:
        with counting:
            count[0] += 1
            mine, stands = count[0] == before, count[0] >= before
        if mine:
            sign = folder / f"half-{place}-{os.getpid()}"
            sign.with_suffix(".part").write_text(told)
            sign.with_suffix(".part").rename(sign)
        if stands:  # its other jobs stand still too, each half done
            time.sleep(600)

    # a storm does not wait for the morning
    hours.NIGHT = (day_time(0), day_time(0))
    if pace == "quick":
        delivering.CLAIM = timedelta(seconds=3)
    hand_over, function = delivering._hand_over, readers.tell_reporter

    def sending(message: Any) -> Any:
        outcome = hand_over(message)
        stop_here("sender", str(message.pk))
        return outcome

    def reading(entry: Any) -> None:
        function(entry)
        stop_here("reader", str(entry.pk))

    delivering._hand_over = sending
    name = f"{function.__module__}.{function.__name__}"
    for table in news._readers.values():
        if name in table:
            table[name] = reading
    call_command("procrastinate", "worker", "--concurrency", "4")


if __name__ == "__main__":
    main()
