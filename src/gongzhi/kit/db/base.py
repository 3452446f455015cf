"""Django's PostgreSQL backend with identity in every transaction, a pool with a free health check, and a flush
that goes through the owner's connection (the application's role owns no table and may not truncate).
"""

from __future__ import annotations

import select
from typing import Any, ClassVar

import psycopg
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base as postgresql
from django.db.backends.postgresql.operations import DatabaseOperations as PostgresOperations
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from psycopg import sql

from gongzhi.kit.db.identity import IdentityConnection


def check_alive(connection: psycopg.Connection[Any]) -> None:
    """Find a connection the server has closed, without a round trip.

    An idle healthy socket has nothing to read. Something readable is the end of the stream or a notice; only then
    is the server asked. Raises psycopg.OperationalError, and the pool then opens a fresh connection.
    """
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN | select.POLLHUP | select.POLLERR)
    if poll.poll(0):
        connection.execute("SELECT 1")


def counted_anew(table: str) -> bool:
    """Let the owner of a table count anew what it holds (ANALYZE), after much of it has changed at once: nothing else, and
    no row is read into this process. False where this machine has no owner's address."""
    from django.db import connection, connections

    if "owner" not in connections.settings:
        return False
    params = connections["owner"].get_connection_params()
    params.pop("cursor_factory", None)
    params["dbname"] = connection.settings_dict["NAME"]
    with psycopg.connect(**params, autocommit=True) as owner:
        owner.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))
    return True


class DatabaseOperations(PostgresOperations):
    """SQL of PostgreSQL; truncation is done by the owner."""

    def execute_sql_flush(self, sql_list: Any) -> None:
        from django.db import connections

        if self.connection.alias == "owner" or "owner" not in connections.settings:
            super().execute_sql_flush(sql_list)
            return
        # A plain connection of our own: the test framework blocks every alias a test has not asked for.
        params = connections["owner"].get_connection_params()
        params.pop("cursor_factory", None)
        params["dbname"] = self.connection.settings_dict["NAME"]
        with psycopg.connect(**params) as owner:
            for sql in sql_list:
                owner.execute(sql)


class DatabaseWrapper(postgresql.DatabaseWrapper):
    """See the module docstring."""

    ops_class = DatabaseOperations
    _connection_pools: ClassVar[dict[str, Any]]
    _configure_connection: Any

    @property
    def pool(self) -> Any:
        """The process's pool for this alias, or None when OPTIONS ask for none. Opened at first use."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        if self.alias not in self._connection_pools:
            from psycopg_pool import ConnectionPool

            params = self.get_connection_params()
            params["autocommit"] = True
            pool = ConnectionPool(
                kwargs=params,
                connection_class=IdentityConnection,
                open=False,
                configure=self._configure_connection,
                check=check_alive,
                **({} if options is True else options),
            )
            # two threads may get here at once: the first pool wins, the other was never opened
            self._connection_pools.setdefault(self.alias, pool)
        return self._connection_pools[self.alias]

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self.isolation_level = IsolationLevel.READ_COMMITTED
        pool = self.pool
        if pool is None:
            return IdentityConnection.connect(**conn_params)
        pool.open()
        return pool.getconn()

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        if isinstance(self.connection, IdentityConnection):
            # PostgreSQL has just put back the identity of the moment the savepoint was made
            self.connection.forget_told()
