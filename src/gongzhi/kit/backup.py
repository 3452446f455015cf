"""Backup and restore: the database, uploads, trained models and the key in one tar file.

Rows under the second lock are invisible to the application and to the owner, so the database is read as its
administrator: the embedded one's, or the one named by DATABASE_BACKUP_URL for an external server.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from gongzhi.kit import roles
from gongzhi.kit.cluster import ADMINISTRATOR, DATABASE, Cluster
from gongzhi.kit.console import complain, say
from gongzhi.kit.names import Home
from gongzhi.kit.programs import wheel_folder

FOLDERS = ("media", "models")


@contextmanager
def _place() -> Iterator[tuple[Cluster | None, str, Path]]:
    """The cluster (None for an external server), the administrator's address, and the folder of the programs."""
    if not os.environ.get("DATABASE_URL"):
        cluster = Cluster(Home.of_environment().path, say=say)
        cluster.start()
        try:
            yield cluster, cluster.url(ADMINISTRATOR), cluster.bin
        finally:
            cluster.leave()
        return
    url = os.environ.get("DATABASE_BACKUP_URL", "")
    if not url:
        raise SystemExit(
            "✗ Set DATABASE_BACKUP_URL to a role that may read every row (a superuser, or one with BYPASSRLS). "
            "需要设置 DATABASE_BACKUP_URL。"
        )
    yield None, url, wheel_folder() / "bin"


def backup(arguments: list[str]) -> int:
    """`./gongzhi backup [FILE]`: write a backup; FILE defaults to gongzhi-<moment>.tar here."""
    target = Path(arguments[0] if arguments else f"gongzhi-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar").resolve()
    if target.exists():
        complain(f"{target} exists; name another file.", f"{target} 已存在，请换一个文件名。")
        return 1
    home = Home.of_environment().path
    draft = target.with_name(f".{target.name}.part")
    with (
        _place() as (_, url, programs),
        tempfile.TemporaryDirectory(dir=target.parent, prefix=".gongzhi-") as work,
    ):
        dump = Path(work) / "database.dump"
        say("Writing the database", "导出数据库")
        with dump.open("wb") as out:
            subprocess.run(
                [str(programs / "pg_dump"), "-Fc", "--dbname", url], stdout=out, check=True, cwd="/"
            )
        say("Packing uploads", "打包附件")
        # the file holds everything, the key included: nobody else may read it
        draft.touch(mode=0o600)
        with tarfile.open(draft, "w") as tar:
            tar.add(dump, "database.dump")
            for name in (*FOLDERS, "secret"):
                if (home / name).exists():
                    tar.add(home / name, name)
        draft.rename(target)
    say(f"Backup written: {target} ({target.stat().st_size / 1e6:.1f} MB). It holds personal data and the key.",
        f"备份完成：{target}（{target.stat().st_size / 1e6:.1f} MB），内含个人信息和密钥，请妥善保管。")  # fmt: skip
    return 0


def restore(arguments: list[str]) -> int:
    """`./gongzhi restore FILE [--replace]`: put a backup in place of what is here (embedded database only)."""
    files = [a for a in arguments if not a.startswith("--")]
    if len(files) != 1:
        complain("Name the backup file: ./gongzhi restore FILE", "请写明备份文件：./gongzhi restore 文件")
        return 2
    source = Path(files[0]).resolve()
    if not tarfile.is_tarfile(source):
        complain(f"{source} is not a backup of ours.", f"{source} 不是本系统的备份文件。")
        return 1
    home = Home.of_environment().path
    with _place() as (cluster, url, programs):
        if cluster is None:
            complain(
                "Restore into an external server with pg_restore and the file database.dump of the backup.",
                "外部数据库请用 pg_restore 恢复备份中的 database.dump。",
            )
            return 2
        with psycopg.connect(url) as administrator:
            row = administrator.execute("SELECT to_regclass('public.django_migrations')").fetchone()
        if row and row[0] and "--replace" not in arguments:
            complain("There is data here. Add --replace to put the backup in its place.",
                     "这里已有数据；确认要用备份替换，请加 --replace。")  # fmt: skip
            return 1
        with tempfile.TemporaryDirectory(dir=home, prefix=".restore-") as work, tarfile.open(source) as tar:
            tar.extractall(work, filter="data")
            if not (Path(work) / "database.dump").exists():
                complain(f"{source} is not a backup of ours.", f"{source} 不是本系统的备份文件。")
                return 1
            _restore_database(cluster, url, programs, Path(work) / "database.dump")
            for name in (*FOLDERS, "secret"):
                if (Path(work) / name).exists():
                    _swap(Path(work) / name, home / name)
    say("Restored. ./gongzhi up continues from there.", "已恢复。运行 ./gongzhi up 即可继续。")
    return 0


def _restore_database(cluster: Cluster, url: str, programs: Path, dump: Path) -> None:
    """Restore beside the present database and change names when complete, so a bad file harms nothing."""
    say("Restoring the database", "恢复数据库")
    fresh, former = sql.Identifier(f"{DATABASE}_restored"), sql.Identifier(f"{DATABASE}_former")
    name = sql.Identifier(DATABASE)
    with psycopg.connect(**cluster.parameters(), autocommit=True) as administrator:
        for gone in (fresh, former):
            administrator.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(gone))
        administrator.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(fresh, sql.Identifier(roles.OWNER))
        )
        with dump.open("rb") as given:
            subprocess.run(
                [str(programs / "pg_restore"), "--exit-on-error", "--dbname",
                 cluster.url(ADMINISTRATOR, f"{DATABASE}_restored")],
                stdin=given, check=True, cwd="/",
            )  # fmt: skip
        with psycopg.connect(**cluster.parameters(dbname=f"{DATABASE}_restored")) as inside:
            for statement in roles.grants(f"{DATABASE}_restored"):
                inside.execute(statement)
        administrator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [DATABASE],
        )
        administrator.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(name, former))
        administrator.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(fresh, name))
        administrator.execute(sql.SQL("DROP DATABASE {}").format(former))


def _swap(new: Path, place: Path) -> None:
    """Put a restored file or folder where the present one is."""
    if place.is_dir():
        shutil.rmtree(place)
    elif place.exists():
        place.unlink()
    shutil.move(str(new), str(place))
