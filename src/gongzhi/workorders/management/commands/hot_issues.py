"""``manage.py hot_issues``: what many people report in these days."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.workorders.hot import hot_issues


class Command(BaseCommand):
    help = "Print the hottest issues: groups of orders about the same thing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=30, help="how many days back (default 30)")
        parser.add_argument("--most", type=int, default=20, help="how many issues (default 20)")

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(Actor.for_service("hot_issues")):
            issues = hot_issues(now=clock.now(), days=options["days"], most=options["most"])
        self.stdout.write("heat\torders\treporters\tdays\topen\tnumber\ttitle")
        for one in issues:
            self.stdout.write(
                f"{one.heat:.1f}\t{one.count}\t{one.reporters}\t{one.days}\t{one.open}\t{one.number}\t{one.title}"
            )
