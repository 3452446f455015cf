"""Two invented files for the importer: last year's reports as history, and this morning's messages as inflow.

The inflow has no pins, so that the "where is this?" queue has something to show.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from gongzhi.demo.days import ZONE, Story, plan
from gongzhi.workorders.importing.run import Summary, run

HISTORY_DAYS, HISTORY_ROWS, INFLOW_ROWS = 20, 400, 24
_HEAD = ("编号", "标题", "内容", "地址", "经度", "纬度", "诉求类型", "反映时间", "期限", "办结时间")


def _write(path: Path, rows: Iterable[tuple[str, ...]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEAD)
        writer.writerows(rows)
    return path


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}" if at else ""


def _past(story: Story) -> tuple[str, ...]:
    """A row of last year's file: with its own dates, the end and the limit."""
    end = next((step.at for step in reversed(story.steps) if step.verb in ("confirm", "lapse")), None)
    limit = story.at + timedelta(days=14)
    return (
        f"L{story.number}", story.title, story.body, story.spot.address or story.spot.words, str(story.spot.lon),
        str(story.spot.lat), story.type, _moment(story.at), _moment(limit), _moment(end),
    )  # fmt: skip


def _today(story: Story) -> tuple[str, ...]:
    """A row of this morning's file: words only, and every third without any place."""
    place = "" if story.number % 3 == 0 else story.spot.words
    body = story.body.replace(story.spot.words, "我们这里") if not place and story.spot.words else story.body
    return (f"M{story.number}", story.title, body, place, "", "", story.type, "", "", "")


def bring_in(seed: int, until: datetime) -> tuple[Summary, Summary]:
    """Write both files and take them in through the importer. Gives its summaries: history, inflow."""
    _town, past = plan(seed + 1, HISTORY_DAYS, until - timedelta(days=365))
    _town, fresh = plan(seed + 2, 2, until)
    with TemporaryDirectory() as folder:
        here = Path(folder)
        old = _write(here / "last-year.csv", map(_past, past[:HISTORY_ROWS]))
        new = _write(here / "this-morning.csv", map(_today, fresh[-INFLOW_ROWS:]))
        return (
            run(old, as_history=True, errors=here / "old-errors.csv"),
            run(new, as_history=False, errors=here / "new-errors.csv"),
        )
