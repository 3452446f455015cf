"""Django's migrate, as the owner (the application's role may not create tables) and one at a time."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import connections

from gongzhi.kit.db.states import drawing_less

#: Any number, the same everywhere: the advisory lock that one migration at a time holds.
ONE_AT_A_TIME = 20_260_602


class Command(migrate.Command):
    """migrate --database owner."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def execute(self, *args: Any, **options: Any) -> str | None:
        # before anything else: Django's own checks would stumble over the missing alias with a traceback
        if options.get("database") == "owner" and "owner" not in settings.DATABASES:
            raise CommandError(
                "Set DATABASE_OWNER_URL to the owner's address; the application's role may not migrate."
            )
        return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        # two machines may start at once, or a second start may follow one that was killed half-way
        with connections[options["database"]].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
            try:
                with drawing_less():
                    super().handle(*args, **options)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [ONE_AT_A_TIME])
