"""The two roles of the database and what each may do.

`gongzhi_owner` owns the database and every table; only migrations, backups and tests use it.
`gongzhi_app` owns nothing, is no superuser and cannot step around row-level security; everything else runs as it.
Run `python -m gongzhi.kit.roles` to print the SQL for an external server.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

OWNER = "gongzhi_owner"
APP = "gongzhi_app"


def grants(database: str, *, owner: str = OWNER, app: str = APP) -> list[sql.Composed]:
    """Statements to run inside `database` as its administrator; safe to run again."""
    names = {"db": sql.Identifier(database), "owner": sql.Identifier(owner), "app": sql.Identifier(app)}
    lines = (
        "REVOKE ALL ON DATABASE {db} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {db} TO {app}",
        "ALTER SCHEMA public OWNER TO {owner}",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public "
        "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {app}",
    )
    return [sql.SQL(line).format(**names) for line in lines]


def create_roles(*, owner: str = OWNER, app: str = APP) -> list[sql.Composed]:
    """Statements that create the two roles; fail when they exist."""
    return [
        sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS").format(sql.Identifier(owner)),
        sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS").format(
            sql.Identifier(app)
        ),
    ]


def establish(administrator: psycopg.Connection[Any], database: str, **connect: Any) -> bool:
    """Create roles and `database` on a cluster where they are missing; True when something was created.

    `administrator` is an autocommit superuser connection; `connect` are its connection parameters, used again to
    enter the new database.
    """
    made = False
    found = {row[0] for row in administrator.execute("SELECT rolname FROM pg_roles").fetchall()}
    for name, statement in zip((OWNER, APP), create_roles(), strict=True):
        if name not in found:
            administrator.execute(statement)
            made = True
    row = administrator.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
    if row is None:
        administrator.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(OWNER))
        )
        made = True
    if made:
        with psycopg.connect(**{**connect, "dbname": database}) as inside:
            for statement in grants(database):
                inside.execute(statement)
    return made


def faults(connection: Any) -> list[str]:
    """What is wrong with the role of this (application) connection, in sentences; empty when all is well."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls, "
            "(SELECT count(*) FROM pg_class WHERE relowner = r.oid AND relkind IN ('r', 'p')) "
            "FROM pg_roles r WHERE rolname = current_user"
        )
        name, superuser, bypass, owned = cursor.fetchone()
    found = []
    if superuser:
        found.append(f"the application connects as {name}, a superuser")
    if bypass:
        found.append(f"the application connects as {name}, which steps around row-level security")
    if owned:
        found.append(f"the application connects as {name}, which owns {owned} tables")
    return found


def main() -> None:
    """Print the SQL an administrator runs once on an external server (database name: gongzhi)."""
    lines = [*create_roles()]
    print("-- as administrator; then set passwords: ALTER ROLE … PASSWORD '…'")
    for line in lines:
        print(line.as_string(None) + ";")
    print(f'CREATE DATABASE "gongzhi" OWNER "{OWNER}";')
    print("\\connect gongzhi")
    for line in grants("gongzhi"):
        print(line.as_string(None) + ";")


if __name__ == "__main__":
    main()
