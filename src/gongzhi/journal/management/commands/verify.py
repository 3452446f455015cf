"""``./gongzhi verify``: recompute the proof chain of the whole record. Ends with 1 when something was rewritten.

``./gongzhi verify DIGEST`` or ``FILE``: is this a paper of ours, which version, of which day, and was it changed?
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from gongzhi.journal.proofs import recognise
from gongzhi.journal.queries import broken_chains
from gongzhi.kit.acting import Actor, acting

#: So many broken threads are named; all are counted.
NAMED = 20


class Command(BaseCommand):
    help = "Recompute every thread's chain of digests, and say where the record was changed afterwards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paper", nargs="?", default="", help="a digest printed on a paper, or a PDF or Word file"
        )
        parser.add_argument("--batch", type=int, default=200, help="threads read at once")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["paper"]:
            self.paper(options["paper"])
            return
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

    def paper(self, given: str) -> None:
        """Say what is known of a digest or a file; end with 1 when it is not as it left here."""
        file = Path(given)
        content = file.read_bytes() if file.is_file() else None
        with acting(Actor.for_service("verify")):
            answers = recognise(given, content)
        for _fine, sentence in answers:
            self.stdout.write(sentence)
        if not answers:
            self.stdout.write(_("这不是摘要，也不是文件：{given}").format(given=given[:80]))
        if not any(fine for fine, _sentence in answers):
            sys.exit(1)
