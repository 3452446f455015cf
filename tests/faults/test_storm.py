"""The storm in small: 200 real messages, four workers killed with a job half done, PostgreSQL restarted once.

All 2,801 with twenty kills: ``./gongzhi bench storm``; its result stands in bench/README.md.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.faults.test_killed import ROOT, environment

pytestmark = pytest.mark.slow


def test_a_storm_loses_and_doubles_nothing() -> None:
    command = [
        sys.executable,
        "-m",
        "tests.faults.storm",
        "--messages",
        "200",
        "--kills",
        "4",
        "--jobs",
        "30",
    ]
    done = subprocess.run(
        [*command, "--quick"], cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=400, check=False
    )  # fmt: skip
    assert done.stdout.strip(), done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["right"], (told, done.stderr[-2000:])
    assert told["kills_with_a_job_half_done"] == 4
    assert told["orders"] == told["arrived_people"] == 200
