"""``./gongzhi verify``: recompute the proof chain of the whole record. Ends with 1 when something was rewritten."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from gongzhi.journal.queries import broken_chains
from gongzhi.kit.acting import Actor, acting

#: So many broken threads are named; all are counted.
NAMED = 20


class Command(BaseCommand):
    help = "Recompute every thread's chain of digests, and say where the record was changed afterwards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=200, help="threads read at once")

    def handle(self, *args: Any, **options: Any) -> None:
        threads = entries = broken = 0
        with acting(Actor.for_service("verify")):
            for read, written, bad in broken_chains(size=max(1, options["batch"])):
                threads, entries = threads + read, entries + written
                for pk, verdict in bad:
                    broken += 1
                    if broken <= NAMED:
                        self.stdout.write(
                            _("记录 {pk}：第 {place} 条起对不上，{why}").format(
                                pk=pk, place=(verdict.broken_at or 0) + 1, why=verdict.why
                            )
                        )
                if sys.stderr.isatty():
                    self.stderr.write(f"\r\033[K{threads} · {entries} · {broken}", ending="")
        if sys.stderr.isatty():
            self.stderr.write("")
        self.stdout.write(
            _("核对了 {threads} 份记录、{entries} 条：{broken} 份对不上。").format(
                threads=threads, entries=entries, broken=broken
            )
        )
        if broken:
            sys.exit(1)
