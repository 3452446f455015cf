"""``./gongzhi mail-in``: take messages in as reports, from standard input, files or a Maildir."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from civics.letters import MOST_BYTES
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions.mailing import take_letter
from gongzhi.workorders.mail_sources import files, read_maildir
from gongzhi.workorders.models import LetterState
from gongzhi.workorders.policies.doors import MAIL_SERVICE

#: What tells a mail server to keep the message and try again (sysexits.h, EX_TEMPFAIL).
TRY_AGAIN = 75


class Command(BaseCommand):
    """Take e-mail in."""

    help = "Takes messages in as reports. Brought twice, a message is taken once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", help="files or Maildirs; none: one message on standard input")
        parser.add_argument(
            "--street", default="", help="code of the street, whatever the message is addressed to"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        area = ground().by_code.get(options["street"]) if options["street"] else None
        if options["street"] and area is None:
            raise CommandError(f"There is no street {options['street']}.")
        by, told = Actor.for_service(MAIL_SERVICE), Counter[str]()

        def take(raw: bytes) -> None:
            with acting(by):
                row = take_letter(raw, street_id=area.id if area else None, by=by, at=clock.now())
            told[row.state] += 1

        paths = [Path(path) for path in options["paths"]]
        if missing := [path for path in paths if not path.exists()]:
            raise CommandError(f"There is no {missing[0]}.")
        try:
            if not paths:
                take(sys.stdin.buffer.read(MOST_BYTES + 1))
            for path in paths:
                if path.is_dir():
                    read_maildir(path, take)
                else:
                    for raw in files([path]):
                        take(raw)
        except OperationalError as fault:
            raise CommandError("The database cannot be reached.", returncode=TRY_AGAIN) from fault
        for state, count in sorted(told.items()):
            self.stderr.write(f"· {LetterState(state).label}: {count}")
