"""The database that every test run copies: the owner's migrations, then the scenes of `tests/laid.py`.

Made once and kept beside the runs; made again when a migration, a seed or, for the scenes, our code changes. Not here: what
a run does with its own copy (`conftest.py`, `tests/restoring.py`).
"""

from __future__ import annotations

import hashlib
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from psycopg import sql

from gongzhi.kit import roles
from gongzhi.kit.cluster import Cluster
from gongzhi.kit.names import migrations_digest
from tests import laid, restoring


def bare_name() -> str:
    """Named after everything a fresh database depends on."""
    apps = hashlib.sha256("|".join(settings.INSTALLED_APPS).encode()).hexdigest()[:8]
    return f"template_{migrations_digest()}_{apps}"


@contextmanager
def _draft(admin: psycopg.Connection[Any], name: str, template: str) -> Iterator[str]:
    """A database that gets its name when the block, in which Django talks to it, has ended well."""
    from django.db import connections

    draft = f"{name}_draft"
    copy(admin, draft, template)
    kept = {alias: connections[alias].settings_dict["NAME"] for alias in ("default", "owner")}
    for alias in kept:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = draft
    try:
        yield draft
    finally:
        for alias, before in kept.items():
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = before
    admin.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name))
    )


def _make_template(cluster: Cluster, admin: psycopg.Connection[Any], name: str) -> None:
    from django.core.management import call_command

    with _draft(admin, name, "template1") as draft:
        with psycopg.connect(**cluster.parameters(dbname=draft)) as inside:
            for statement in roles.grants(draft):
                inside.execute(statement)
        call_command("migrate", database="owner", verbosity=0, interactive=False, skip_checks=True)


def _make_scenes(cluster: Cluster, admin: psycopg.Connection[Any], name: str, template: str) -> None:
    with (
        _draft(admin, name, template) as draft,
        psycopg.connect(**cluster.parameters(dbname=draft), autocommit=True) as inside,
    ):
        laid.keep_all(inside, roles.APP)
        restoring.remember(inside)


def copy(admin: psycopg.Connection[Any], name: str, template: str) -> None:
    """A database as the template is, with the rights of the application's role on it."""
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    admin.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
            sql.Identifier(name), sql.Identifier(roles.OWNER), sql.Identifier(template)
        )
    )
    # a copy carries the tables' grants, but not those on the database itself
    for statement in roles.grants(name)[:2]:
        admin.execute(statement)


def _sweep_remains(admin: psycopg.Connection[Any], template: str, mine: str) -> None:
    """Drop databases of runs that were killed, and templates of former migrations that no other run still copies."""
    names = [name for (name,) in admin.execute("SELECT datname FROM pg_database").fetchall()]
    runs = {name: name.removeprefix("test_") for name in names if name.removeprefix("test_").isdigit()}
    runs |= {n: n.split("_")[1] for n in names if n.endswith("_second") and n.split("_")[1].isdigit()}
    alive = {name for name, pid in runs.items() if Path(f"/proc/{pid}").exists()}
    former = [n for n in names if n.startswith("template_") and not n.startswith(template.rpartition("_")[0])]
    former += [n for n in names if n.startswith("scenes_")]
    for name in [*(set(runs) - alive), *(former if alive <= {mine} else [])]:
        with suppress(psycopg.Error):
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def find(cluster: Cluster, admin: psycopg.Connection[Any], *, mine: str) -> str:
    """The database to copy, made if need be: migrated and, unless playing them fails, with the scenes. ``mine``: this run's own."""
    bare = bare_name()
    scenes = f"scenes_{bare.removeprefix('template_')}_{laid.digest()}"
    known = {name for (name,) in admin.execute("SELECT datname FROM pg_database").fetchall()}
    if not {bare, scenes} <= known:
        _sweep_remains(admin, bare, mine)
    if bare not in known:
        _make_template(cluster, admin, bare)
    if scenes not in known:
        if os.environ.get("GONGZHI_WITHOUT"):  # a house that lacks a room plays no scenes
            return bare
        try:
            _make_scenes(cluster, admin, scenes, bare)
        except Exception:  # the tests that play the scene will say the same, each in its place
            traceback.print_exc()
            return bare
    return scenes
