"""What is new in what people follow: matching public marks, saying them in a line each, telling each follower once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from gongzhi.counter import manifests
from gongzhi.kit.acting import Actor
from gongzhi.notices import actions as notices
from gongzhi.notices.models import Follow
from gongzhi.notices.queries import all_follows
from gongzhi.people.models import Account
from gongzhi.territory.ground import ground

#: How far back something can have been reported that is closed now; how many lines a message has.
BACK, MOST_LINES, MOST_MARKS = timedelta(days=60), 8, 3000


def fits(mark: dict[str, Any], path: str, topic: str) -> bool:
    """Is a public mark in an area (its path, or empty for everywhere) and about a topic (or empty for all)?"""
    area = ground().areas.get(mark["grid_id"])
    return (not path or (area is not None and area.path.startswith(path))) and (
        not topic or topic in mark["topics"]
    )


def newest(mark: dict[str, Any]) -> datetime:
    """When something last became public about it."""
    at: datetime = mark["closed_at"] or mark["at"]
    return at


def line_of(mark: dict[str, Any]) -> str:
    """One line: what, where, how far. All of it stands on the public map."""
    return _("{title}（{grid}）：{state}").format(title=mark["title"], grid=mark["grid"], state=mark["state"])


def _news(follows: Iterable[Follow], marks: list[dict[str, Any]]) -> dict[str, str]:
    rows = list(follows)
    paths = {row.pk: row.division.path if row.division else "" for row in rows}
    found = [
        mark
        for mark in marks
        if any(newest(mark) > row.told_until and fits(mark, paths[row.pk], row.topic) for row in rows)
    ]
    if not found:
        return {}
    found.sort(key=newest, reverse=True)
    lines = [f"· {line_of(mark)}" for mark in found[:MOST_LINES]]
    if len(found) > MOST_LINES:
        lines.append(_("还有 {n} 件，请打开地图看。").format(n=len(found) - MOST_LINES))
    return {"count": str(len(found)), "lines": "\n".join(lines)}


def tell_all(*, by: Actor, at: datetime) -> int:
    """Tell every follower what is new, each in a transaction of their own. How many were told. Safe to run twice.

    Two statements for each language that is read, and some for each follower.
    """
    followers = all_follows()
    spoken: dict[str, list[int]] = {}
    rows = Account.objects.filter(pk__in=followers).order_by("pk").values_list("pk", "language")
    for key, language in rows:
        spoken.setdefault(language or settings.LANGUAGE_CODE, []).append(key)
    told = 0
    for language, accounts in spoken.items():
        with override(language):
            marks = manifests.marks(at - BACK, most=MOST_MARKS)
            for account in accounts:
                told += notices.told_follower(account, partial(_news, marks=marks), by=by, at=at)
    return told
