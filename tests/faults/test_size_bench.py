"""The measurement of size runs small from end to end, and its sums are right."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def size(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    import size as bench

    return bench


def test_the_slope_is_the_power_of_the_size(size: object) -> None:
    sizes = (100_000, 1_000_000, 3_000_000)
    for power in (0.0, 0.5, 1.0):
        points = [(float(n), 7 * n**power) for n in sizes]
        assert size.slope(points) == pytest.approx(power)  # type: ignore[attr-defined]
        assert size._far(points) == pytest.approx(7 * 1e8**power)  # type: ignore[attr-defined]
    # what gets cheaper by chance is not drawn out to nothing
    assert size._far([(1e5, 9.0), (1e6, 8.0)]) == 8.0  # type: ignore[attr-defined]


@pytest.mark.slow
def test_it_runs_small(tmp_path: Path) -> None:
    if os.geteuid() == 0:  # the server runs as another user, who has to get in
        for place in (tmp_path, *tmp_path.parents[:3]):
            place.chmod(place.stat().st_mode | 0o055)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DATABASE_", "DJANGO_", "GONGZHI_"))
    }
    told = [
        "--sizes",
        "2500",
        "5000",
        "--demo-days",
        "3",
        "--rounds",
        "1",
        "--requests",
        "8",
        "--archive",
        "2024",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "gongzhi.kit.front", "bench", "size", *told],
        cwd=ROOT, env={**environment, "GONGZHI_BENCH_HOME": str(tmp_path), "PYTHONPATH": str(ROOT / "src")},
        capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    rows = re.findall(r"^\| (intake|list|search|board|brief): ", done.stdout, re.MULTILINE)
    assert set(rows) == {"intake", "list", "search", "board", "brief"}
    kept = json.loads((tmp_path / "size" / "figures.json").read_text())
    assert {"2500", "5000", "archived"} <= set(kept)
