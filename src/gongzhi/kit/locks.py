"""The second lock, as migration operations: who may see a row, and what may never be rewritten.

    locks.ProtectRows("people_contact", locks.Policy("own", using="account_id = {account}"),
                      locks.Policy("notices", using="{service} = 'notices'", command="SELECT"))
    locks.AppendOnly("journal_entry", updatable_columns=("text",))

`{account}` is the account in whose name we act (bigint, NULL for nobody), `{service}` the service's name (text, NULL),
`{today}` the town's own day: `current_date` would be the connection's, which in Asia changes hours later. The first two
are sub-selects, so PostgreSQL evaluates them once per statement and indexes stay usable. The lock is forced:
even the owner sees nothing without an identity, so a migration that must read such rows sets one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.migrations.operations.base import Operation

#: `nullif` because a setting reads '' after its transaction has ended, and ''::bigint is an error.
ACCOUNT = "(SELECT nullif(current_setting('gongzhi.account', true), '')::bigint)"
SERVICE = "(SELECT nullif(current_setting('gongzhi.service', true), ''))"
TODAY = f"(now() AT TIME ZONE '{settings.TIME_ZONE}')::date"
#: For whom a policy is: the application's role, or the owner's, who migrates.
APP, OWNER = "app", "owner"


@dataclass(frozen=True)
class Policy:
    """One permissive policy; a row is visible when any of them says so.

    `command` is ALL, SELECT, INSERT, UPDATE or DELETE. `using` decides which rows are seen and touched, `check` which
    rows may be written; for ALL and UPDATE `check` defaults to `using`. `to` is the role it is for: APP, OWNER, or all.
    """

    name: str
    using: str = ""
    check: str = ""
    command: str = "ALL"
    to: str = ""

    def sql(self, table: str) -> str:
        """CREATE POLICY for `table`."""
        if self.command not in ("ALL", "SELECT", "INSERT", "UPDATE", "DELETE"):
            raise ValueError(f"unknown command {self.command!r}")
        words = {"account": ACCOUNT, "service": SERVICE, "today": TODAY}
        parts = [f'CREATE POLICY "{self.name}" ON "{table}" FOR {self.command}']
        if self.to:
            role = f'"{settings.APP_ROLE}"' if self.to == APP else "CURRENT_USER"
            parts.append(f"TO {role}")
        if self.using and self.command != "INSERT":
            parts.append(f"USING ({self.using.format(**words)})")
        wanted = self.check or (self.using if self.command == "INSERT" else "")
        if wanted and self.command not in ("SELECT", "DELETE"):
            parts.append(f"WITH CHECK ({wanted.format(**words)})")
        return " ".join(parts)


class _OnTable(Operation):
    """An operation that runs SQL and leaves Django's picture of the models alone."""

    reversible = True
    reduces_to_sql = True
    table: str

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing: models look the same with and without the lock."""

    def forwards(self) -> list[str]:
        """Statements that put the lock on."""
        raise NotImplementedError

    def backwards(self) -> list[str]:
        """Statements that take it off."""
        raise NotImplementedError

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for statement in self.forwards():
            schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for statement in self.backwards():
            schema_editor.execute(statement, params=None)


class ProtectRows(_OnTable):
    """Row-level security on `table`, forced, with these policies. No policy at all means nobody sees a row."""

    def __init__(self, table: str, *policies: Policy) -> None:
        self.table = table
        self.policies = policies

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return (type(self).__qualname__, [self.table, *self.policies], {})

    def forwards(self) -> list[str]:
        return [
            f'ALTER TABLE "{self.table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{self.table}" FORCE ROW LEVEL SECURITY',
            *(policy.sql(self.table) for policy in self.policies),
        ]

    def backwards(self) -> list[str]:
        return [
            *(f'DROP POLICY "{policy.name}" ON "{self.table}"' for policy in self.policies),
            f'ALTER TABLE "{self.table}" NO FORCE ROW LEVEL SECURITY',
            f'ALTER TABLE "{self.table}" DISABLE ROW LEVEL SECURITY',
        ]

    def describe(self) -> str:
        return f"Protect the rows of {self.table}"


class AppendOnly(_OnTable):
    """The application may add rows to `table` but not change or remove them, except `updatable_columns`."""

    def __init__(self, table: str, updatable_columns: Sequence[str] = ()) -> None:
        self.table = table
        self.updatable_columns = tuple(updatable_columns)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return (type(self).__qualname__, [self.table], {"updatable_columns": self.updatable_columns})

    def forwards(self) -> list[str]:
        app = settings.APP_ROLE
        columns = ", ".join(f'"{name}"' for name in self.updatable_columns)
        return [
            f'REVOKE UPDATE, DELETE, TRUNCATE ON "{self.table}" FROM "{app}"',
            *([f'GRANT UPDATE ({columns}) ON "{self.table}" TO "{app}"'] if columns else []),
        ]

    def backwards(self) -> list[str]:
        return [f'GRANT UPDATE, DELETE ON "{self.table}" TO "{settings.APP_ROLE}"']

    def describe(self) -> str:
        return f"Let rows of {self.table} only be added"
