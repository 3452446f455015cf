"""Keywords as people read and hand them in: rows of a spreadsheet, what a file would change, what a text is taken for.

Nothing here writes: ``actions/keywording.py`` does. The table in memory is in ``tables``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from civics.language.grams import fold
from gongzhi.workorders.models import Keyword
from gongzhi.workorders.tables import Topic, keywords, tree

#: Columns of the spreadsheet.
COLUMNS: dict[str, Any] = {
    "category_code": gettext_lazy("分类编码"), "keyword": gettext_lazy("关键词"), "weight": gettext_lazy("分量"),
}  # fmt: skip
#: A keyword has so many characters at least and at most; its weight lies between these.
FEWEST, LONGEST, LEAST, MOST = 1, 40, 0.1, 10.0

#: Category and word.
Pair = tuple[int, str]


def tidy(word: str) -> str:
    """A word as it is kept: without spaces. Width and case are evened out when a text is read."""
    return "".join(word.split())


def differences(wanted: Mapping[Pair, float]) -> tuple[list[Pair], list[Pair], list[Pair]]:
    """(new, changed, missing from the file) against the table as it stands. One statement."""
    now = {(c, w): weight for c, w, weight in Keyword.objects.values_list("category_id", "word", "weight")}
    return (
        [pair for pair in wanted if pair not in now],
        [pair for pair, weight in wanted.items() if pair in now and now[pair] != weight],
        [pair for pair in now if pair not in wanted],
    )


def read_rows(rows: Iterable[tuple[int, Mapping[str, str]]]) -> tuple[dict[Pair, float], list[str]]:
    """(the table, every fault as a sentence) of numbered rows with the columns COLUMNS."""
    topics = tree()
    heads = {str(label): name for name, label in COLUMNS.items()}
    wanted: dict[Pair, float] = {}
    seen: dict[Pair, int] = {}
    faults: list[str] = []
    for number, raw in rows:
        cells = {heads.get(head.strip(), head.strip()): (text or "").strip() for head, text in raw.items()}
        wrong: list[str] = []
        topic = topics.by_code.get(cells.get("category_code", ""))
        if topic is None or not topic.live:
            wrong.append(_("没有正在使用的分类“{code}”").format(code=cells.get("category_code", "")[:30]))
        word = tidy(cells.get("keyword", ""))
        if not FEWEST <= len(word) <= LONGEST:
            wrong.append(_("关键词要有 {least} 到 {most} 个字").format(least=FEWEST, most=LONGEST))
        try:
            weight = float(cells.get("weight") or "1")
        except ValueError:
            weight = math.nan
        if not LEAST <= weight <= MOST:
            wrong.append(_("分量在 {least} 到 {most} 之间").format(least=LEAST, most=MOST))
        if topic is not None and (topic.id, word) in seen:
            wrong.append(_("“{word}”与第 {n} 行重复").format(word=word, n=seen[topic.id, word]))
        if wrong or topic is None:
            faults += [_("第 {n} 行：{fault}。").format(n=number, fault=fault) for fault in wrong]
            continue
        seen[topic.id, word], wanted[topic.id, word] = number, weight
    if not seen and not faults:
        faults.append(_("表格里没有任何关键词。"))
    return wanted, faults


def export_rows() -> list[list[Any]]:
    """The table as rows under COLUMNS, words of retired categories left out: nothing reads them."""
    topics = tree().live
    rows = Keyword.objects.order_by("category__code", "-weight", "word")
    return [
        [topics[key].code, word, f"{weight:g}"]
        for key, word, weight in rows.values_list("category_id", "word", "weight")
        if key in topics
    ]


@dataclass(frozen=True)
class Taken:
    """What the keywords alone take a text for: categories with their shares, and the words that were found."""

    guesses: list[tuple[Topic, float]]
    words: list[tuple[str, Topic, float]]


def taken_for(text: str) -> Taken | None:
    """What the keywords alone say of a text; None while there are none. Two statements."""
    table, topics = keywords(), tree()
    plain = "".join(fold(text).split())
    if table is None or not plain:
        return None
    words = [
        (word, topics.topics[key], weight)
        for key, word, weight in Keyword.objects.values_list("category_id", "word", "weight")
        if "".join(fold(word).split()) in plain and key in topics.live
    ]
    words.sort(key=lambda row: (-row[2], row[0]))
    guesses = [
        (topics.by_code[code], share)
        for code, share in table.suggest(text, n=3)
        if code in topics.by_code and share >= 0.01
    ]
    return Taken(guesses if words else [], words[:30])
