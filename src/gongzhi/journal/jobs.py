"""The background side of the record: one job per reader and entry."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from gongzhi.journal import news


@app.task(
    name="journal.hear_news",
    queue="news",
    retry=RetryStrategy(max_attempts=8, exponential_wait=3),
)
def hear_news(reader: str, entry_id: int) -> bool:
    """Let ``reader`` deal with the entry. Arguments are a name and a number, never words."""
    return news.hear(reader, entry_id)
