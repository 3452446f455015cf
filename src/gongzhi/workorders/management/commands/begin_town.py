"""``./gongzhi manage begin_town``: enter a real town into an empty platform, and say the administrator's password."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Refusal
from gongzhi.workorders.actions.beginning import Beginning, begin_town

SERVICE = Actor.for_service("begin")


class Command(BaseCommand):
    help = "Enter district, street, order centre, tables and the first administrator into an empty platform."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--code", required=True, help="code of the street (乡级区划代码)")
        parser.add_argument("--name", required=True, help="name of the street")
        parser.add_argument("--district-code", required=True)
        parser.add_argument("--district", required=True, help="name of the district")
        parser.add_argument("--administrator", default="admin", help="sign-in name (default admin)")

    def handle(self, *args: Any, **options: Any) -> None:
        town = Beginning(
            options["district_code"], options["district"], options["code"], options["name"],
            options["administrator"],
        )  # fmt: skip
        try:
            with acting(SERVICE):
                password = begin_town(town, by=SERVICE, at=clock.now())
        except Refusal as refusal:
            raise CommandError(str(refusal.sentence)) from refusal
        self.stdout.write(f"{town.administrator}  {password}")
