"""The front door's commands, once the virtual environment stands. Each hands over to something else at once:
`up` to the supervisor, `check` and `test` to `quality`, `backup` to `backup`, the rest to Django's manage.py.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from collections.abc import Callable

from gongzhi.kit import backup, quality, up
from gongzhi.kit.cluster import embedded_unless_external
from gongzhi.kit.console import complain, say
from gongzhi.kit.names import ROOT, Home
from gongzhi.kit.programs import ClusterFault
from gongzhi.kit.serving import web_command, web_environment, worker_command

#: Commands that are Django commands of the same name.
MANAGED = ("migrate", "shell", "train", "demo", "verify")


def manage(arguments: list[str]) -> int:
    """Run a Django command on the external database, or on the embedded one, started when it is down."""
    with embedded_unless_external(say=say):
        return _child([sys.executable, str(ROOT / "manage.py"), *arguments])


def import_file(arguments: list[str]) -> int:
    """Import rows of one kind; each room brings a Django command `import_<kind>`."""
    commands = (ROOT / "src" / "gongzhi").glob("*/management/commands/import_*.py")
    kinds = sorted(path.stem.removeprefix("import_") for path in commands)
    if not arguments or arguments[0] not in kinds:
        complain(f"Name what the file holds: {', '.join(kinds)}", f"请写明文件里是什么：{'、'.join(kinds)}")
        return 2
    return manage([f"import_{arguments[0]}", *arguments[1:]])


def bench(arguments: list[str]) -> int:
    """Run one measurement of bench/, by name."""
    names = sorted(path.stem for path in (ROOT / "bench").glob("[a-z]*.py"))
    if not arguments or arguments[0] not in names:
        complain(f"Name a measurement: {', '.join(names)}", f"请写明测量项目：{'、'.join(names)}")
        return 2
    # Each keeps a database of its own where it needs one: nothing measured touches what people have entered.
    sys.path.insert(0, str(ROOT))
    sys.argv = [f"bench {arguments[0]}", *arguments[1:]]
    runpy.run_path(str(ROOT / "bench" / f"{arguments[0]}.py"), run_name="__main__")
    return 0


def web(arguments: list[str]) -> int:
    """Serve pages until told to stop; with DATABASE_URL on as many machines as wanted."""
    with embedded_unless_external(say=say) as cluster:
        os.environ.update(web_environment())
        bind = up.wanted_bind(arguments)
        if cluster is None:
            # the web processes need no owner: what they do not have, nobody can take from them
            os.environ.pop("DATABASE_OWNER_URL", None)
            if not _has_its_tables():
                return 1
            for steps in (["check", "--database", "default"], ["collectstatic", "--noinput"]):
                if code := _child([sys.executable, str(ROOT / "manage.py"), *steps, "--verbosity", "0"]):
                    return code
        say(f"Serving on http://{bind}", f"网址 http://{bind}")
        return _child(web_command(bind))


def worker(arguments: list[str]) -> int:
    """Do the work in the background until told to stop."""
    with embedded_unless_external(say=say) as cluster:
        if cluster is None:
            os.environ.pop("DATABASE_OWNER_URL", None)
            if not _has_its_tables():
                return 1
        say("The worker is waiting for work", "后台任务已启动")
        return _child([*worker_command(), *arguments])


def _has_its_tables() -> bool:
    """Whether the database knows every migration of this version; says what to do when it does not."""
    # what the checks look at is checked when the pages are served; here it would double the wait
    words = ["migrate", "--check", "--database", "default", "--verbosity", "0", "--skip-checks"]
    asked = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *words], capture_output=True, text=True, check=False
    )
    if asked.returncode == 0:
        return True
    if "Traceback" in asked.stderr:
        complain(asked.stderr.strip().splitlines()[-1], asked.stderr.strip().splitlines()[-1])
    complain(
        "The tables of this database are missing or older than this version. Run as its owner first: "
        "DATABASE_OWNER_URL=… ./gongzhi migrate",
        "数据库还没有建表，或者比这个版本旧。请先用所有者的地址运行：DATABASE_OWNER_URL=… ./gongzhi migrate",
    )
    return False


def _child(command: list[str]) -> int:
    """Run a program in the foreground; Ctrl-C and SIGTERM reach it, and it decides how to end."""
    import signal

    child = subprocess.Popen(command)
    before = {
        number: signal.signal(number, lambda received, frame: _pass_on(child, received))
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        code = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


def _pass_on(child: subprocess.Popen[bytes], received: int) -> None:
    import signal

    # Ctrl-C at a terminal reaches the child by itself; a second one would only disturb its farewell
    if child.poll() is None and not (received == signal.SIGINT and sys.stdin.isatty()):
        child.send_signal(received)


def main(arguments: list[str]) -> int:
    """Run one command; the exit code."""
    name, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    own: dict[str, Callable[[list[str]], int]] = {
        "up": up.main,
        "web": web,
        "worker": worker,
        "bench": bench,
        "manage": manage,
        "import": import_file,
        "check": quality.check,
        "test": quality.test,
        "backup": backup.backup,
        "restore": backup.restore,
    }
    try:
        if name in own:
            return own[name](rest)
        if name == "mail-in":
            return manage(["mail_in", *rest])
        if name in MANAGED:
            return manage([name, *rest])
    except ClusterFault as fault:
        complain(str(fault), str(fault))
        return 1
    except PermissionError as fault:
        complain(
            f"{fault.filename or Home.of_environment().path} is not ours to write. Who started this the first time?",
            f"没有写入 {fault.filename or Home.of_environment().path} 的权限，请用首次启动时的用户运行。",
        )
        return 1
    complain(
        f"There is no command “{name}”. ./gongzhi help lists them.",
        f"没有“{name}”这个命令，见 ./gongzhi help。",
    )
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
