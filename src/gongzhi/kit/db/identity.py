"""A psycopg connection that tells PostgreSQL the identity of `gongzhi.kit.acting` before every statement.

How: each statement of psycopg passes through `_start_query`. When a transaction begins, BEGIN and the identity
travel in one message, so it costs no extra round trip. When the identity has changed since (`acting` entered or
left inside a transaction, a savepoint rolled back), it is told again before the next statement. The settings are
transaction-local: they vanish at COMMIT and ROLLBACK, so a pooled connection (or PgBouncer in transaction mode)
can never carry one person's identity to another. Outside a transaction nothing is told and protected tables are empty.

`_start_query` and `_get_tx_start_command` are psycopg's own inner methods; the version is locked, their presence is
checked at import, and the tests walk every depth of transaction.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import generators
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus

from gongzhi.kit import acting

for _name in ("_start_query", "_get_tx_start_command", "_exec_command"):
    if not hasattr(psycopg.Connection, _name):  # pragma: no cover - guards an upgrade of psycopg
        raise ImportError(f"this version of psycopg has no Connection.{_name}; identity could not be told")


@lru_cache(maxsize=4096)
def telling(identity: acting.Identity) -> bytes:
    """The SQL that tells an identity. Both values are checked in `acting.identity_of`: digits or a plain name."""
    return (
        f"SELECT set_config('gongzhi.account','{identity.account}',true),"
        f"set_config('gongzhi.service','{identity.service}',true)"
    ).encode("ascii")


class IdentityConnection(psycopg.Connection[Any]):
    """psycopg connection whose transactions carry the identity of the code that runs them."""

    _told: acting.Identity | None = None

    def forget_told(self) -> None:
        """Say that the server may hold another identity than we remember (after ROLLBACK TO SAVEPOINT)."""
        self._told = None

    def _start_query(self) -> Generator[Any, Any, None]:
        status = self.pgconn.transaction_status
        wanted = acting.identity()
        if status == TransactionStatus.IDLE:
            if self._autocommit:
                return
            if self._pipeline:
                yield from super()._start_query()
                yield from self._exec_command(telling(wanted))
            else:
                yield from self._begin_as(wanted)
            self._told = wanted
        elif status == TransactionStatus.INTRANS and self._told != wanted:
            yield from self._exec_command(telling(wanted))
            self._told = wanted

    def _begin_as(self, wanted: acting.Identity) -> Generator[Any, Any, None]:
        """BEGIN and the identity in one message of the simple protocol: one round trip, two results."""
        self._check_connection_ok()
        self.pgconn.send_query(self._get_tx_start_command() + b";" + telling(wanted))
        for result in (yield from generators.execute(self.pgconn)):
            if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
                raise error_from_result(result, encoding=self.pgconn._encoding)

    def _exec_command(self, command: Any, *args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        # psycopg's own transaction blocks send their ROLLBACK TO this way, and it undoes what we told since
        text = command if isinstance(command, bytes) else str(command).encode()
        if text.lstrip()[:8].upper() == b"ROLLBACK":
            self._told = None
        return (yield from super()._exec_command(command, *args, **kwargs))
