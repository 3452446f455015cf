"""``manage.py archive``: orders that ended before a year leave the indexes of every day for those of the archive."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.db.base import counted_anew
from gongzhi.kit.errors import Refusal
from gongzhi.workorders.actions import archiving
from gongzhi.workorders.models import WorkOrder


class Command(BaseCommand):
    help = "Archive orders that ended before a year. They are still found, opened, printed and counted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--before", type=int, required=True, metavar="YEAR", help="the first year that stays"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="only say how many of each year it would be"
        )
        parser.add_argument(
            "--most", type=int, default=0, help="stop after so many orders (default: none is left)"
        )
        parser.add_argument("--batch", type=int, default=archiving.BATCH, help="orders in one transaction")

    def handle(self, *args: Any, **options: Any) -> None:
        year, by = options["before"], Actor.for_service("archive")
        try:
            with acting(by):
                wanted = archiving.waiting(year, at=clock.now())
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        for one, number in wanted.items():
            self.stdout.write(_("{year} 年：{n} 件").format(year=one, n=number))
        if options["dry_run"]:
            self.stdout.write(_("试运行：共 {n} 件可以归档，没有改动。").format(n=sum(wanted.values())))
            return
        done, most = 0, options["most"] or sum(wanted.values()) + 1
        while done < most:
            # each batch is an act of its own: stopped half way, what is done stays done
            with acting(by):
                number = archiving.archive(
                    year, by=by, at=clock.now(), most=max(1, min(options["batch"], most - done))
                )
            if not number:
                break
            done += number
            if done % 50_000 < number:
                self.stdout.write(_("已归档 {n} 件……").format(n=done))
        self.stdout.write(_("已归档 {n} 件。").format(n=done))
        if done and not counted_anew(WorkOrder._meta.db_table):
            self.stdout.write(_("请让数据库管理员运行：ANALYZE workorders_workorder"))
