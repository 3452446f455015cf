"""Versions of the category tree as values: what a category says, what a version would change, what is wrong with it.

``read_rows`` turns a spreadsheet into changes and names every fault by row; ``faults_of`` looks at a whole version as
it would be published. Nothing here writes: making, publishing and dropping a version is ``actions/taxonomy.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from civics.worktime import UNITS
from gongzhi.workorders.models import Appeal, Category, What
from gongzhi.workorders.tables import Topic, tree

#: Columns of the spreadsheet, in order: name in CSV → heading that people read.
COLUMNS: dict[str, Any] = {
    "code": gettext_lazy("编码"), "parent_code": gettext_lazy("上级编码"), "name": gettext_lazy("名称"),
    "default_type": gettext_lazy("诉求类型"), "urgent": gettext_lazy("紧急时钟"),
    "near_radius_m": gettext_lazy("重复件半径（米）"), "near_days": gettext_lazy("重复件天数"),
    "counts_satisfaction": gettext_lazy("计入满意度"), "board": gettext_lazy("板块"), "hint": gettext_lazy("填写提示"),
    "limit": gettext_lazy("时限"), "limit_unit": gettext_lazy("时限单位"), "filing": gettext_lazy("立案条件"),
    "closing": gettext_lazy("结案条件"), "retired": gettext_lazy("停用"), "replaced_by": gettext_lazy("接替的分类"),
}  # fmt: skip
#: What a version may change of a category, and how people call it.
LABELS: dict[str, Any] = {name: COLUMNS[name] for name in COLUMNS if name not in ("code", "retired")}
_CODE = re.compile(r"[0-9A-Za-z]{1,24}")
_FLAGS = {
    "yes": True,
    "no": False,
    "是": True,
    "否": False,
    "true": True,
    "false": False,
    "1": True,
    "0": False,
}
_UNIT_WORDS = {
    "分钟": "minutes",
    "小时": "hours",
    "工作小时": "work_hours",
    "工作时": "work_hours",
    "工时": "work_hours",
    "工作日": "work_days",
}
_WHOLE = {"near_radius_m": (0, 100_000), "near_days": (0, 3650), "limit": (1, 1000)}
_LENGTHS = {"name": 40, "board": 20, "hint": 120, "filing": 2000, "closing": 2000}
MOST_ROWS = 5000


@dataclass(frozen=True)
class Planned:
    """What is to be done with one category: ``values`` are all of them for a new one, the changed ones otherwise."""

    code: str
    what: str
    values: Mapping[str, Any] = field(default_factory=dict)


def values_of(topic: Topic) -> dict[str, Any]:
    """What a category says, under the names of the columns."""
    topics = tree().topics
    successor, above = topics.get(topic.successor_id or 0), topics.get(topic.parent_id or 0)
    return {
        "parent_code": above.code if above else "",
        "name": topic.name,
        "default_type": topic.default_appeal,
        "urgent": topic.urgent,
        "near_radius_m": topic.near_radius_m,
        "near_days": topic.near_days,
        "counts_satisfaction": topic.counts_satisfaction,
        "board": topic.board,
        "hint": topic.hint,
        "limit": topic.limit,
        "limit_unit": topic.limit_unit,
        "filing": topic.filing,
        "closing": topic.closing,
        "replaced_by": successor.code if successor else "",
    }


#: What a new category says unless told otherwise.
FIRST: dict[str, Any] = {
    "default_type": Appeal.HELP.value, "urgent": False, "near_radius_m": 100, "near_days": 14,
    "counts_satisfaction": True, "board": "", "hint": "", "limit": None, "limit_unit": "", "filing": "", "closing": "",
}  # fmt: skip


def parent_of(code: str, codes: Iterable[str]) -> str:
    """The code above a new one that names none: the longest that it begins with; empty at the top."""
    return max((c for c in codes if c != code and code.startswith(c)), key=len, default="")


def _read(name: str, text: str) -> Any:
    """A cell as a value. Raises ValueError with a sentence."""
    if name in ("urgent", "counts_satisfaction"):
        if text.lower() not in _FLAGS:
            raise ValueError(_("“{name}”应填是或否").format(name=LABELS[name]))
        return _FLAGS[text.lower()]
    if name in _WHOLE:
        if not text:
            if name == "limit":
                return None
            raise ValueError(_("“{name}”没有填").format(name=LABELS[name]))
        least, most = _WHOLE[name]
        if not text.isdecimal() or not least <= int(text) <= most:
            raise ValueError(
                _("“{name}”应是 {least} 到 {most} 的整数").format(name=LABELS[name], least=least, most=most)
            )
        return int(text)
    if name == "default_type":
        labels = {str(label): value for value, label in Appeal.choices}
        value = labels.get(text, text)
        if value not in Appeal.values:
            raise ValueError(_("没有诉求类型“{text}”").format(text=text))
        return value
    if name == "limit_unit":
        value = _UNIT_WORDS.get(text, text)
        if value and value not in UNITS:
            raise ValueError(_("没有时限单位“{text}”").format(text=text))
        return value
    if name == "name" and not text:
        raise ValueError(_("没有名称"))
    if name in _LENGTHS and len(text) > _LENGTHS[name]:
        raise ValueError(_("“{name}”最多 {most} 个字").format(name=LABELS[name], most=_LENGTHS[name]))
    return text


def read_rows(rows: Iterable[tuple[int, Mapping[str, str]]]) -> tuple[list[Planned], list[str]]:
    """(changes, every fault as a sentence) of numbered rows with the columns COLUMNS; unknown columns are left aside.

    Columns that the file does not have keep what the category says now. Rows that change nothing are no changes.
    """
    topics = tree()
    heads = {str(label): name for name, label in COLUMNS.items()}
    plans: list[Planned] = []
    faults: list[str] = []
    seen: dict[str, int] = {}
    for number, raw in rows:
        if number > MOST_ROWS + 1:
            faults.append(_("行数太多了，最多 {n} 行。").format(n=MOST_ROWS))
            break
        cells = {heads.get(head.strip(), head.strip()): (text or "").strip() for head, text in raw.items()}
        wrong: list[str] = []
        code = cells.get("code", "")
        if not _CODE.fullmatch(code):
            faults.append(
                _("第 {n} 行：{fault}。").format(
                    n=number, fault=_("编码“{code}”应是 1 到 24 位数字或字母").format(code=code[:30])
                )
            )
            continue
        if code in seen:
            wrong.append(_("编码“{code}”与第 {n} 行重复").format(code=code, n=seen[code]))
        seen[code] = number
        known = topics.by_code.get(code)
        if known is None and not _begins(code, cells.get("parent_code", "")):
            wrong.append(_("编码要以上级编码“{code}”开头").format(code=cells["parent_code"]))
        values: dict[str, Any] = {}
        for name in LABELS:
            if name not in cells or name == "replaced_by":
                continue
            if name == "parent_code" and known is None and not cells[name]:
                continue  # the code says where a new one belongs
            if not cells[name] and known is None and name in FIRST:
                continue
            try:
                values[name] = _read(name, cells[name])
            except ValueError as error:
                wrong.append(str(error))
        retired = _FLAGS.get((cells.get("retired") or "no").lower())
        if retired is None:
            wrong.append(_("“{name}”应填是或否").format(name=COLUMNS["retired"]))
        if known is None and "name" not in values and not wrong:
            wrong.append(_("没有名称"))
        if wrong:
            faults += [_("第 {n} 行：{fault}。").format(n=number, fault=fault) for fault in wrong]
            continue
        plan = _plan(code, known, values, retired=bool(retired), successor=cells.get("replaced_by", ""))
        if plan is not None:
            plans.append(plan)
    if not seen and not faults:
        faults.append(_("表格里没有任何分类。"))
    return plans, faults


def _begins(code: str, above: str) -> bool:
    """May a new category with this code stand below another? What moves later keeps its code."""
    return not above or (code.startswith(above) and code != above)


def _plan(
    code: str, known: Topic | None, values: Mapping[str, Any], *, retired: bool, successor: str
) -> Planned | None:
    if known is None:
        return None if retired else Planned(code, What.ADD, {**FIRST, **values})
    if retired:
        return Planned(code, What.RETIRE, {"replaced_by": successor}) if known.live else None
    now = values_of(known)
    if not known.live:
        return Planned(code, What.ADD, {**now, **values, "replaced_by": ""})
    changed = {name: value for name, value in values.items() if value != now[name]}
    return Planned(code, What.CHANGE, changed) if changed else None


def standing_after(plans: Sequence[Planned]) -> dict[str, str]:
    """Category → the one above it ("" at the top), as they would stand; categories that are to be retired are left out."""
    topics = tree()
    above = {t.code: _above(t) for t in topics.live.values()}
    for plan in plans:
        if plan.what == What.RETIRE:
            above.pop(plan.code, None)
        elif plan.what == What.ADD or "parent_code" in plan.values:
            above[plan.code] = str(plan.values.get("parent_code") or "")
    codes = {*above, *(plan.code for plan in plans)}
    for plan in plans:
        if plan.what == What.ADD and "parent_code" not in plan.values:
            above[plan.code] = parent_of(plan.code, codes)
    return above


def _above(topic: Topic) -> str:
    parent = tree().topics.get(topic.parent_id or 0)
    return parent.code if parent else ""


def _circles(above: Mapping[str, str]) -> list[list[str]]:
    """Categories that would stand below themselves, each circle once."""
    found: list[list[str]] = []
    seen: set[str] = set()
    for code in sorted(above):
        way: list[str] = []
        while code and code not in seen and code in above:
            seen.add(code)
            way.append(code)
            code = above[code]
        if code in way:
            found.append(way[way.index(code) :])
    return found


def faults_of(plans: Sequence[Planned]) -> list[str]:
    """What is wrong with a version as a whole, against the tree as it stands. Empty when it may be published."""
    topics = tree()
    names = {topic.code: topic.name for topic in topics.live.values()}
    faults: list[str] = []
    for plan in plans:
        known = topics.by_code.get(plan.code)
        if plan.what == What.ADD:
            if known is not None and known.live:
                faults.append(_("“{code}”已经有了，不能再新增。").format(code=plan.code))
            names[plan.code] = str(plan.values.get("name") or "")
        elif known is None or not known.live:
            faults.append(_("没有正在使用的分类“{code}”。").format(code=plan.code))
        elif plan.what == What.RETIRE:
            names.pop(plan.code, None)
        else:
            names[plan.code] = str(plan.values.get("name", known.name))
    gone = {plan.code for plan in plans if plan.what == What.RETIRE}
    above = {code: one for code, one in standing_after(plans).items() if code in names}
    siblings: dict[tuple[str, str], str] = {}
    for code in sorted(names, key=lambda c: (len(c), c)):
        parent = above.get(code, "")
        if parent in gone:
            faults.append(_("“{code}”在要停用的“{above}”下面：请一起停用。").format(code=code, above=parent))
        elif parent and parent not in names:
            faults.append(_("“{code}”的上级分类“{above}”不存在。").format(code=code, above=parent[:30]))
        kept = siblings.setdefault((parent, names[code]), code)
        if kept != code:
            faults.append(
                _("“{name}”在同一级出现两次：{one}、{two}。").format(name=names[code], one=kept, two=code)
            )
    for circle in _circles(above):
        said = " → ".join([*circle, circle[0]])
        faults.append(_("这样移动会绕成一圈：{codes}。").format(codes=said))
    for plan in plans:
        successor = str(plan.values.get("replaced_by") or "")
        if successor and (successor not in names or successor == plan.code):
            faults.append(
                _("接替“{code}”的分类“{successor}”不存在。").format(code=plan.code, successor=successor)
            )
        limit, unit = plan.values.get("limit", 0), plan.values.get("limit_unit", "-")
        known = topics.by_code.get(plan.code)
        now = values_of(known) if known else FIRST
        limit = now["limit"] if limit == 0 else limit
        unit = now["limit_unit"] if unit == "-" else unit
        if plan.what != What.RETIRE and limit and not unit:
            faults.append(_("“{code}”有时限，没有写单位。").format(code=plan.code))
    return faults


def export_rows() -> list[list[Any]]:
    """The tree as rows under COLUMNS, retired categories at their place."""
    topics = tree()
    rows = []
    for row in Category.objects.order_by("code").values_list("id", flat=True):
        topic = topics.topics.get(row)
        if topic is None:
            continue
        values = values_of(topic)
        flags = {True: "yes", False: "no", None: ""}
        rows.append(
            [
                topic.code,
                *(
                    flags[values[n]] if isinstance(values[n], bool) or values[n] is None else values[n]
                    for n in list(LABELS)[:-1]
                ),
                "" if topic.live else "yes",
                values["replaced_by"],
            ]
        )
    return rows
