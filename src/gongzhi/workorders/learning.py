"""What the category model learns from, and how well it has learnt: texts with labels, and a kept-out fifth.

Lives here: reading labelled texts from orders or a file, folding rare categories into their branch, measuring. Does
not live here: the model itself (:mod:`civics.language`), and keeping it (``actions.learning``).
"""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from civics.language import CategoryModel
from gongzhi.kit.errors import Invalid
from gongzhi.workorders.importing.files import opened
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.tables import Tree, tree
from gongzhi.workorders.workflow import CLOSED

#: Orders learnt from at most, the newest.
MOST = 50_000
#: A category with fewer texts than this is learnt as the one above it.
FEWEST = 20
TEXT_COLUMNS = ("text", "tokens", "内容", "正文", "body", "description")
LABEL_COLUMNS = ("label", "category", "分类", "一级标签", "一级分类")


@dataclass
class Lessons:
    """Texts with the code of their category. ``unknown`` counts labels that no category has; their rows are left out."""

    texts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)


def from_orders(*, most: int = MOST) -> Lessons:
    """Orders whose category a person has stood up for: set by staff, or handled to the end under it.

    History counts only where its file named the category: what we guessed ourselves teaches nothing. Private orders
    are left out.
    """
    rows = WorkOrder.objects.filter(
        Q(confidence__gte=1) | Q(state=CLOSED, history=False), category__isnull=False, private=False
    ).order_by("-opened_at", "-pk")
    topics, lessons = tree(), Lessons()
    for title, text, category_id in rows.values_list("title", "description", "category_id")[:most].iterator():
        topic = topics.live_of(category_id)
        if topic is not None:
            lessons.texts.append(f"{title}\n{text}")
            lessons.labels.append(topic.code)
    lessons.labels = folded(lessons.labels, topics)
    return lessons


def from_file(path: Path, *, text_column: str = "", label_column: str = "") -> Lessons:
    """A labelled file: CSV, CSV.GZ or XLSX. Labels are names or codes of categories. Raises Invalid."""
    lessons, topics = Lessons(), tree()
    with opened(path) as sheet:
        text = _column(text_column, TEXT_COLUMNS, sheet.header)
        label = _column(label_column, LABEL_COLUMNS, sheet.header)
        for row in sheet.rows:
            words, said = row.cells.get(text, "").strip(), row.cells.get(label, "").strip()
            if row.fault or not words or not said:
                continue
            topic = topics.by_label.get(said)
            if topic is None:
                lessons.unknown[said] += 1
            else:
                lessons.texts.append(words)
                lessons.labels.append(topic.code)
    return lessons


def _column(named: str, usual: Sequence[str], header: Sequence[str]) -> str:
    found = next((name for name in ([named] if named else usual) if name in header), None)
    if found is None:
        raise Invalid(
            _("文件里没有这一列：{names}").format(names=named or "、".join(usual)),
            help=_("文件的列：{names}。请用 --text-column 和 --label-column 指明。").format(
                names="、".join(header)
            ),
            code="missing_column",
        )
    return found


def folded(labels: Sequence[str], topics: Tree, fewest: int = FEWEST) -> list[str]:
    """Labels with rare ones replaced by the category above, until each has ``fewest`` texts or is at the top."""
    current = list(labels)
    while True:
        counts = Counter(current)
        up = {}
        for code, count in counts.items():
            topic = topics.by_code[code]
            if count < fewest and topic.parent_id is not None:
                up[code] = topics.topics[topic.parent_id].code
        if not up:
            return current
        current = [up.get(code, code) for code in current]


@dataclass(frozen=True)
class Scores:
    """On a stratified fifth that was kept out, the mean over the seeds; ``ms`` is one suggestion."""

    macro_f1: float
    among_two: float
    ms: float
    seeds: int
    kept_out: int

    def as_json(self) -> dict[str, Any]:
        """What is kept beside the model."""
        return {
            "macro_f1": round(self.macro_f1, 4),
            "among_two": round(self.among_two, 4),
            "ms": round(self.ms, 3),
            "seeds": self.seeds,
            "kept_out": self.kept_out,
        }


def measure(lessons: Lessons, *, seeds: int = 3) -> Scores:
    """Fit on four fifths and ask about the other, once per seed. Raises Invalid when there is too little to learn."""
    sizes = Counter(lessons.labels)
    if len(sizes) < 2 or len(lessons.texts) < 2 * FEWEST:
        raise Invalid(
            _("能学的太少：有 {count} 条、{labels} 个分类。").format(
                count=len(lessons.texts), labels=len(sizes)
            ),
            help=_("至少要有两个分类、{fewest} 条。先办结一些工单，或给出带标签的文件。").format(
                fewest=2 * FEWEST
            ),
            code="too_little_to_learn",
        )
    rounds = [_round(lessons, seed) for seed in range(seeds)]
    return Scores(
        macro_f1=sum(one[0] for one in rounds) / seeds,
        among_two=sum(one[1] for one in rounds) / seeds,
        ms=sum(one[2] for one in rounds) / seeds,
        seeds=seeds,
        kept_out=rounds[0][3],
    )


def _round(lessons: Lessons, seed: int) -> tuple[float, float, float, int]:
    """(macro-F1, share with the right label among two, ms per suggestion, texts asked)."""
    places = defaultdict(list)
    for place, label in enumerate(lessons.labels):
        places[label].append(place)
    out: set[int] = set()
    chance = random.Random(seed)
    for label in sorted(places):
        out.update(chance.sample(places[label], round(len(places[label]) / 5)))
    inside = [place for place in range(len(lessons.texts)) if place not in out]
    model = CategoryModel.fit([lessons.texts[i] for i in inside], [lessons.labels[i] for i in inside])
    began = time.perf_counter()
    answers = {
        place: [label for label, _share in model.suggest(lessons.texts[place])] for place in sorted(out)
    }
    ms = (time.perf_counter() - began) * 1000 / max(1, len(out))
    hits: Counter[str] = Counter()
    said: Counter[str] = Counter()
    true: Counter[str] = Counter()
    for place, given in answers.items():
        right = lessons.labels[place]
        true[right] += 1
        said[given[0]] += 1
        hits[right] += given[0] == right
    labels = set(true) | set(said)
    f1 = sum(2 * hits[label] / (true[label] + said[label]) for label in labels) / len(labels)
    among = sum(lessons.labels[place] in given for place, given in answers.items()) / max(1, len(answers))
    return f1, among, ms, len(answers)
