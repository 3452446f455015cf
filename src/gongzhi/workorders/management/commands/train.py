"""``./gongzhi train``: learn categories from orders, or from labelled files."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Refusal
from gongzhi.workorders import learning
from gongzhi.workorders.actions.learning import train
from gongzhi.workorders.tables import tree

SERVICE = Actor.for_service("train")


class Command(BaseCommand):
    help = "Learn categories from orders that staff have closed or recategorised, or from labelled files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "files", nargs="*", type=Path, help="labelled CSV, CSV.GZ or XLSX; none: learn from orders"
        )
        parser.add_argument(
            "--text-column", default="", help=f"default: the first of {learning.TEXT_COLUMNS}"
        )
        parser.add_argument(
            "--label-column", default="", help=f"default: the first of {learning.LABEL_COLUMNS}"
        )
        parser.add_argument(
            "--seeds", type=int, default=3, help="how often a fifth is kept out and asked (default 3)"
        )
        parser.add_argument("--force", action="store_true", help="replace a model that scored better")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with acting(SERVICE):
                lessons = self._lessons(options)
                if lessons.unknown:
                    unknown = "、".join(
                        f"{label}（{count}）" for label, count in lessons.unknown.most_common()
                    )
                    self.stderr.write(_("没有这些分类，这些行不学：{labels}").format(labels=unknown))
                learnt = train(
                    lessons,
                    seeds=max(1, options["seeds"]),
                    force=options["force"],
                    by=SERVICE,
                    at=clock.now(),
                )
        except Refusal as refusal:
            raise CommandError(f"{refusal.sentence} {refusal.help}".strip()) from refusal
        sizes = Counter(lessons.labels)
        names = "，".join(f"{tree().by_code[code].name} {count}" for code, count in sizes.most_common())
        self.stdout.write(_("学了 {count} 条：{labels}").format(count=len(lessons.texts), labels=names))
        scores = learnt.scores
        self.stdout.write(
            _("留出五分之一（{kept} 条）检验，{seeds} 次平均：").format(
                kept=scores.kept_out, seeds=scores.seeds
            )
        )
        old = f"{learnt.before:.4f}" if learnt.before is not None else _("无")
        self.stdout.write(f"  macro-F1  {scores.macro_f1:.4f}" + _("（之前的模型：{old}）").format(old=old))
        self.stdout.write(_("  两个建议中有正确分类  {share:.4f}").format(share=scores.among_two))
        self.stdout.write(_("  每条用时  {ms:.2f} 毫秒").format(ms=scores.ms))

    def _lessons(self, options: dict[str, Any]) -> learning.Lessons:
        if not options["files"]:
            return learning.from_orders()
        whole = learning.Lessons()
        for path in options["files"]:
            found = learning.from_file(
                path, text_column=options["text_column"], label_column=options["label_column"]
            )
            whole.texts += found.texts
            whole.labels += found.labels
            whole.unknown.update(found.unknown)
        return whole
