"""``manage.py recount``: what is counted of each promise to answer, derived anew from the record and compared; then the
counts of days, added up anew from the orders and compared."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.workorders import promises
from gongzhi.workorders.actions import folding, recounting
from gongzhi.workorders.models import WorkOrder

#: Orders named one by one at most.
NAMED = 20


class Command(BaseCommand):
    help = (
        "Derive what is counted of promises from deadlines and the journal, and compare with the orders;"
        " then count every day anew from the orders, and compare with the counts kept of it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--mend",
            action="store_true",
            help="write what the record and the orders say where something differs",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        by, seen, wrong = Actor.for_service("recount"), 0, []
        with acting(by):
            for pk, there, meant in promises.derived():
                seen += 1
                if there != meant:
                    wrong.append(pk)
            if options["mend"]:
                for pk in wrong:
                    recounting.recount(pk, by=by, at=clock.now())
            days = folding.differences()
            if days and options["mend"]:
                folding.count_anew(by=by, at=clock.now())
            numbers = (
                WorkOrder.objects.filter(pk__in=wrong[:NAMED]).order_by("pk").values_list("number", flat=True)
            )
            named = "、".join(numbers)
        told = [
            _("核对 {seen} 件，与记录不一致 {wrong} 件。").format(seen=seen, wrong=len(wrong)) + named,
            _("按天的统计数与工单不一致 {days} 处。").format(days=len(days))
            + "、".join(f"{one.day:%Y-%m-%d} {one.base}/{one.book}" for one in days[:NAMED]),
        ]
        if (wrong or days) and not options["mend"]:
            raise CommandError("\n".join(told))
        self.stdout.write("\n".join(told))
