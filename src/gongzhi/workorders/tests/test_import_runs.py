"""Whole runs: killed half way and run again, real input, hot issues, and punctuality."""

from __future__ import annotations

import csv
import gzip
import io
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from gongzhi.kit import clock
from gongzhi.kit.names import ROOT
from gongzhi.workorders.figures import tally
from gongzhi.workorders.hot import hot_issues
from gongzhi.workorders.models import Import, WorkOrder
from tests.cast import settle


def bring(path: Path, **options: Any) -> str:
    out = io.StringIO()
    call_command("import_workorders", str(path), stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def written(path: Path, rows: int) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["编号", "标题", "内容"])
        for number in range(rows):
            table.writerow(
                [f"K{number}", f"第{number}盏路灯不亮", f"海棠苑门口第{number}盏路灯坏了，请来修。"]
            )
    return path


@pytest.mark.django_db(transaction=True)
def test_an_import_killed_half_way_is_simply_run_again(tmp_path: Path) -> None:
    settle()
    path = written(tmp_path / "many.csv", 900)
    command = [sys.executable, str(ROOT / "manage.py"), "import_workorders", str(path), "--batch", "30"]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}"}
    child = subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    assert child.stderr is not None
    for line in child.stderr:
        if "已读 120 行" in line:
            child.send_signal(signal.SIGKILL)
            break
    child.wait()
    child.stderr.close()
    there = WorkOrder.objects.count()
    killed = Import.objects.get()
    assert 120 <= there < 900
    assert there % 30 == 0
    assert (killed.ended_at, killed.taken) == (None, there)
    out = bring(path)
    assert f"新增 {900 - there}，已有 {there}，未收 0" in out
    keys = WorkOrder.objects.values_list("source_key", flat=True)
    assert (len(keys), len(set(keys))) == (900, 900)


def test_the_front_door_knows_what_can_be_imported(capsys: pytest.CaptureFixture[str]) -> None:
    from gongzhi.kit import front

    assert front.import_file(["dragons", "file.csv"]) == 2
    assert "workorders" in capsys.readouterr().err


def sample(source: Path, target: Path, keep: Any) -> Path:
    """A part of a real file, under the same header."""
    with (
        gzip.open(source, "rt", encoding="utf-8", newline="") as file,
        gzip.open(target, "wt", newline="") as out,
    ):
        reader = csv.DictReader(file)
        table = csv.DictWriter(out, reader.fieldnames or [])
        table.writeheader()
        table.writerows(row for number, row in enumerate(reader) if keep(number, row))
    return target


@pytest.mark.real
@pytest.mark.django_db
def test_real_messages_arrive_wait_for_their_place_and_group_into_issues(
    real_data: Path, tmp_path: Path
) -> None:
    import json

    truth = json.loads((real_data / "text" / "tipdm8c_hot_issue_truth_dev.json").read_text("utf-8"))
    wanted = {str(key) for keys in truth.values() for key in keys}
    path = sample(
        real_data / "text" / "tipdm8c_messages_4326.csv.gz",
        tmp_path / "messages.csv.gz",
        lambda number, row: number % 30 == 0 or row["msg_id"] in wanted,
    )
    cast = settle()
    out = bring(path)
    count = WorkOrder.objects.count()
    assert f"新增 {count}，已有 0，未收 0" in out
    assert count > 250
    assert "新增 0" in bring(path)
    waiting = WorkOrder.objects.filter(
        community=None, street=cast.street, state="triage", next_due_at__isnull=False
    )
    assert waiting.count() > 0.9 * count
    assert WorkOrder.objects.exclude(category=None).count() > 0.5 * count
    hottest = hot_issues(now=clock.now() + timedelta(minutes=1))[0]
    keys = set(WorkOrder.objects.filter(pk__in=hottest.orders).values_list("source_key", flat=True))
    best = max(truth.values(), key=lambda issue: len(keys & {str(key) for key in issue}))
    assert len(keys & {str(key) for key in best}) / len(keys) > 0.8
    assert hottest.reporters <= hottest.count


@pytest.mark.django_db
def test_history_owes_what_its_file_says(tmp_path: Path) -> None:
    street = settle().street
    path = tmp_path / "history.csv"
    rows = [
        "编号,内容,反映时间,期限,办结时间",
        "1,路灯不亮请来修,2026-01-01,2026-01-10,2026-01-10",
        "2,路灯不亮请来修,2026-01-01,2026-01-10,2026-01-11",
        "3,路灯不亮请来修,2026-01-01,2026-01-10,",
        "4,路灯不亮请来修,2026-01-01,2026-05-01,",
        "5,路灯不亮请来修,2026-01-01,,2026-01-05",
    ]
    path.write_text("\n".join(rows), encoding="utf-8")
    bring(path, kind="history")
    now = datetime(2026, 3, 1, tzinfo=UTC)
    span = {"since": datetime(2025, 1, 1, tzinfo=UTC), "until": now + timedelta(days=90)}
    found = tally(("due", "owed", "on_time", "late_done", "owing"), division_id=street.pk, at=now, **span)
    assert found[()] == {"due": 3, "owed": 3, "on_time": 1, "late_done": 1, "owing": 1}


@pytest.mark.django_db
def test_one_loud_voice_is_one_reporter(tmp_path: Path) -> None:
    settle()
    path = tmp_path / "messages.csv"
    noise = "搅拌站夜里噪音太大，灰尘也多，附近居民睡不着觉"
    rows = ["msg_id,user,title,created,body"]
    rows += [f"{number},U1,搅拌站扰民,2026-03-0{number},{noise}。" for number in range(1, 5)]
    rows += [
        f"5,U2,搅拌站噪音,2026-03-05,{noise}，请查处。",
        "6,U3,公交车,2026-03-06,公交车等了一个小时也不来，太久了。",
    ]
    path.write_text("\n".join(rows), encoding="utf-8")
    bring(path)
    issue = hot_issues(now=clock.now() + timedelta(minutes=1), fewest=2)[0]
    assert (issue.count, issue.reporters, issue.open) == (5, 2, 5)
