"""A real worker with one reader more: it writes, says that it has begun, and the first time it falls asleep.

Run by `test_killed.py` as a process of its own, and killed there. Not a test.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import django

READER, VERB, EFFECT = "tests.faults.slow", "toy.open", "toy.heard"


def main() -> None:
    """Work until told to stop. The only argument is the folder for signs of life."""
    django.setup()
    from django.core.management import call_command

    from gongzhi.journal import actions as journal
    from gongzhi.journal import news
    from gongzhi.journal.actions import Said
    from gongzhi.journal.models import Entry
    from gongzhi.kit import clock
    from gongzhi.kit.acting import current

    folder = Path(sys.argv[1])

    def slow(entry: Entry) -> None:
        journal.write(journal.lock(entry.thread_id), [Said(EFFECT)], by=current(), at=clock.now())
        begun = len(list(folder.glob("begun-*"))) + 1
        (folder / f"begun-{begun}-{os.getpid()}").touch()
        if begun == 1:
            time.sleep(120)

    news._readers.setdefault(VERB, {})[READER] = slow
    call_command("procrastinate", "worker", "--concurrency", "2")


if __name__ == "__main__":
    main()
