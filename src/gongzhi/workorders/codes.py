"""What other systems call our categories: code lists in memory, their coverage, and reading one from a spreadsheet.

Nothing here writes: putting a list in place is ``actions/corresponding.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongzhi.kit.revision import cached
from gongzhi.workorders.models import CodeList, Correspondence, OutsideCode
from gongzhi.workorders.tables import Topic, tree

#: Columns of the spreadsheet: one row for each pair, or for a code that has no counterpart.
COLUMNS: dict[str, Any] = {
    "code": gettext_lazy("外部代码"), "name": gettext_lazy("外部名称"), "category_code": gettext_lazy("我方分类编码"),
    "rank": gettext_lazy("顺位"),
}  # fmt: skip
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Pair:
    """Our category and one of their codes; rank 1 is the first choice."""

    code: str
    name: str
    category_id: int
    rank: int


@dataclass
class Codes:
    """A code list: names by code, and pairs in the order of preference."""

    id: int
    code: str
    name: str
    source: str
    names: dict[str, str]
    pairs: list[Pair] = field(default_factory=list)

    def outside_of(self, category_id: int | None) -> tuple[str, str, bool] | None:
        """(code, name, whether it is that of a category above) under which an order goes to the other system."""
        for place, topic in enumerate(reversed(tree().line(category_id))):
            for pair in self.pairs:
                if pair.category_id == topic.id:
                    return pair.code, pair.name, place > 0
        return None

    def ours_of(self, code: str) -> list[int]:
        """Our categories for one of their codes, the first choice first."""
        return [pair.category_id for pair in self.pairs if pair.code == code]


def _read() -> dict[str, Codes]:
    lists = {row.pk: Codes(row.pk, row.code, row.name, row.source, {}) for row in CodeList.objects.all()}
    for key, code, name in OutsideCode.objects.filter(ends_on=None).values_list("list_id", "code", "name"):
        lists[key].names[code] = name
    rows = Correspondence.objects.filter(outside__ends_on=None).order_by("rank", "outside__code")
    for key, code, name, category, rank in rows.values_list(
        "outside__list_id", "outside__code", "outside__name", "category_id", "rank"
    ):
        lists[key].pairs.append(Pair(code, name, category, rank))
    return {one.code: one for one in lists.values()}


def code_lists() -> dict[str, Codes]:
    """Every code list, by its code."""
    return cached("codes", _read)


@dataclass(frozen=True)
class Coverage:
    """How far a mapping goes, on both sides. ``by_above`` are categories that only one above them speaks for."""

    mapped: list[tuple[Topic, list[Pair]]]
    by_above: list[tuple[Topic, str, str]]
    ours_unmapped: list[Topic]
    theirs_unmapped: list[tuple[str, str]]
    retired: list[tuple[Topic, list[Pair]]]

    @property
    def share(self) -> float:
        """Share of our categories at the end of a branch that have a code of their own or from above."""
        whole = len(self.mapped) + len(self.by_above) + len(self.ours_unmapped)
        return (len(self.mapped) + len(self.by_above)) / whole if whole else 1.0


def coverage(codes: Codes) -> Coverage:
    """What is mapped and what is not: our categories that can be chosen and have none below them, and their codes."""
    topics = tree()
    leaves = [t for t in topics.live.values() if not topics.children(t.id)]
    pairs: dict[int, list[Pair]] = {}
    for pair in codes.pairs:
        pairs.setdefault(pair.category_id, []).append(pair)
    mapped, above, missing = [], [], []
    for topic in sorted(leaves, key=lambda t: t.code):
        found = codes.outside_of(topic.id)
        if topic.id in pairs:
            mapped.append((topic, pairs[topic.id]))
        elif found is not None:
            above.append((topic, found[0], found[1]))
        else:
            missing.append(topic)
    used = {pair.code for pair in codes.pairs if topics.topics[pair.category_id].live}
    return Coverage(
        mapped,
        above,
        missing,
        sorted((code, name) for code, name in codes.names.items() if code not in used),
        [(topics.topics[key], rows) for key, rows in pairs.items() if not topics.topics[key].live],
    )


@dataclass(frozen=True)
class Wanted:
    """A list as a file wants it: names by code, and (code, category id, rank)."""

    names: dict[str, str]
    pairs: list[tuple[str, int, int]]


def read_rows(rows: Iterable[tuple[int, Mapping[str, str]]]) -> tuple[Wanted, list[str]]:
    """(the list, every fault as a sentence) of numbered rows with the columns COLUMNS."""
    topics = tree()
    heads = {str(label): name for name, label in COLUMNS.items()}
    names: dict[str, str] = {}
    pairs: dict[tuple[str, int], int] = {}
    ranks: dict[tuple[int, int], int] = {}
    faults: list[str] = []
    for number, raw in rows:
        cells = {heads.get(head.strip(), head.strip()): (text or "").strip() for head, text in raw.items()}
        code, name, ours = (cells.get(key, "") for key in ("code", "name", "category_code"))
        wrong: list[str] = []
        if not 0 < len(code) <= 30:
            wrong.append(_("外部代码应有 1 到 30 个字"))
        if not name and code not in names:
            wrong.append(_("没有外部名称"))
        if name and code in names and names[code] != name:
            wrong.append(_("代码“{code}”的名称前后不同").format(code=code))
        if len(name) > 80:
            wrong.append(_("外部名称最多 80 个字"))
        topic = topics.by_code.get(ours)
        if ours and (topic is None or not topic.live):
            wrong.append(_("没有正在使用的分类“{code}”").format(code=ours[:30]))
        told = cells.get("rank") or "1"
        if not told.isdecimal() or not 1 <= int(told) <= 99:
            wrong.append(_("顺位应是 1 到 99 的整数"))
        elif topic is not None:
            rank = int(told)
            if (code, topic.id) in pairs:
                wrong.append(_("“{code}”与“{ours}”的对照出现两次").format(code=code, ours=ours))
            elif (topic.id, rank) in ranks:
                wrong.append(
                    _("分类“{ours}”的第 {rank} 顺位与第 {n} 行重复，分不出先后").format(
                        ours=ours, rank=rank, n=ranks[topic.id, rank]
                    )
                )
        if wrong:
            faults += [_("第 {n} 行：{fault}。").format(n=number, fault=fault) for fault in wrong]
            continue
        names.setdefault(code, name)
        if topic is not None:
            pairs[code, topic.id] = int(told)
            ranks[topic.id, int(told)] = number
        if len(names) > MOST_ROWS:
            faults.append(_("行数太多了，最多 {n} 行。").format(n=MOST_ROWS))
            break
    if not names and not faults:
        faults.append(_("表格里没有任何代码。"))
    return Wanted(names, [(code, key, rank) for (code, key), rank in pairs.items()]), faults


def export_rows(codes: Codes) -> list[list[Any]]:
    """A list as rows under COLUMNS."""
    topics = tree().topics
    rows: list[list[Any]] = []
    for code, name in sorted(codes.names.items()):
        found = [pair for pair in codes.pairs if pair.code == code]
        rows += [[code, name, topics[pair.category_id].code, pair.rank] for pair in found] or [
            [code, name, "", ""]
        ]
    return rows


def differences(codes: Codes | None, wanted: Wanted) -> dict[str, int]:
    """How many codes and pairs a file brings, changes and no longer has."""
    names = codes.names if codes else {}
    pairs = {(pair.code, pair.category_id): pair.rank for pair in codes.pairs} if codes else {}
    new = {(code, key): rank for code, key, rank in wanted.pairs}
    return {
        "new": len(set(wanted.names) - set(names)),
        "renamed": sum(names[code] != name for code, name in wanted.names.items() if code in names),
        "gone": len(set(names) - set(wanted.names)),
        "pairs_new": len(set(new) - set(pairs)),
        "pairs_changed": sum(pairs[key] != rank for key, rank in new.items() if key in pairs),
        "pairs_gone": len(set(pairs) - set(new)),
    }
