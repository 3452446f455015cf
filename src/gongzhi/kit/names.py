"""Where things of this installation live on disk, computed from the environment without Django.

The launcher and the settings both need these, and the launcher must run before Django can.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

#: The folder that holds pyproject.toml, src/ and the front door.
ROOT = Path(__file__).resolve().parents[3]

#: Environment variables read by the front door and the tests, before or beside the settings: name → what it is for.
LAUNCHER = {
    "GONGZHI_VENV": "folder of the virtual environment (default: .venv in the repository)",
    "GONGZHI_PYTHON": "the Python that makes the virtual environment (default: the first 3.11 or newer found)",
    "GONGZHI_BIND": "address and port to serve on (default: 127.0.0.1:8000)",
    "GONGZHI_WEB_PROCESSES": "web processes per machine (default: 2)",
    "GONGZHI_WEB_THREADS": "threads per web process (default: 8)",
    "GONGZHI_WORKER_CONCURRENCY": "jobs a worker does at a time (default: 4)",
    "DATABASE_BACKUP_URL": "a role that may read every row of an external database, for ./gongzhi backup",
    "GONGZHI_TEST_HOME": "folder of the tests' own database (default: var/test in the repository)",
    "GONGZHI_REAL_DATA": "folder of real input for tests and measurements (default: ../shared/data)",
    "GONGZHI_ALL_ROWS": "tests read every row of the files of which they otherwise read some (default: empty)",
    "CI": "true makes a missing browser a failure instead of a skip",
}


@dataclass(frozen=True)
class Home:
    """Folders of one installation; `GONGZHI_HOME` or `<repository>/var`."""

    path: Path

    @classmethod
    def of_environment(cls) -> Home:
        """The home this process belongs to."""
        return cls(Path(os.environ.get("GONGZHI_HOME") or ROOT / "var").expanduser().resolve())

    @property
    def media(self) -> Path:
        """Uploaded files."""
        return self.path / "media"

    @property
    def models(self) -> Path:
        """Trained language models."""
        return self.path / "models"

    @property
    def logs(self) -> Path:
        """Logs of the database and the worker."""
        return self.path / "logs"

    @property
    def static(self) -> Path:
        """Collected static files (production)."""
        return self.path / "static"

    @property
    def secret(self) -> Path:
        """The generated secret of an embedded installation."""
        return self.path / "secret"


def migrations_digest() -> str:
    """A digest of everything a freshly migrated database depends on (16 hexadecimal digits)."""
    digest = hashlib.sha256()
    folder = ROOT / "src" / "gongzhi"
    for pattern in ("*/migrations/**/*.py", "*/seeds/**/*", "kit/roles.py", "kit/locks.py"):
        for path in sorted(folder.glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    digest.update(version("procrastinate").encode() + version("django").encode())
    return digest.hexdigest()[:16]
