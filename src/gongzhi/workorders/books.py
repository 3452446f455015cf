"""Which tables of this room have their changes kept, and how those are said.

Nothing here writes. The rows are noted by the actions that change them, in codes that can be read for ever; here they are
put into words.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongzhi.journal.books import Noted, Say, Table, plainly, register
from gongzhi.people.policies import PEOPLE
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions.archiving import BOOK
from gongzhi.workorders.actions.calling_out import undo_limit
from gongzhi.workorders.actions.capping import undo_cap
from gongzhi.workorders.actions.hooks import BOOK as HOOKS
from gongzhi.workorders.actions.keywording import undo_keyword
from gongzhi.workorders.actions.questioning import undo_question, undo_wording
from gongzhi.workorders.actions.ruling import undo_promise
from gongzhi.workorders.forms.rules import UNITS
from gongzhi.workorders.models import AnswerKind, EditionState, HookState, Hours, Lead
from gongzhi.workorders.policies.desk import DESK
from gongzhi.workorders.tables import tree


def _category(code: str) -> str:
    topic = tree().by_code.get(code)
    return tree().said_of(topic.id) if topic else code


def _say(name: str, value: Any) -> str:
    if value in (None, ""):
        return plainly(name, value)
    if name in ("unit", "limit_unit"):
        return str(UNITS.get(value, value))
    if name == "category":
        return _category(value)
    if name == "division":
        area = ground().by_code.get(value)
        return ground().name_of(area.id, above=1) if area else str(value)
    if name == "hours" and value in Hours.values:
        return str(Hours(value).label)
    if name in ("lead", "joint"):
        known = {body.code: body.label for body in organisations().values()}
        known |= {str(one): str(label) for one, label in Lead.choices}
        codes = value if isinstance(value, list) else [value]
        return _("、").join(known.get(str(code), str(code)) for code in codes) or "—"
    if name == "kind" and value in AnswerKind.values:
        return str(AnswerKind(value).label)
    if name == "state" and value in EditionState.values:
        return str(EditionState(value).label)
    if name in ("starts_on", "ends_on"):
        return f"{date.fromisoformat(value):%Y-%m-%d}"
    if name == "percent":
        return f"{value}%"
    if name == "marks":
        return _("、").join(f"{mark}%" for mark in value)
    if isinstance(value, float):
        return f"{value:g}"
    return plainly(name, value)


def _say_hook(name: str, value: Any) -> str:
    return str(HookState(value).label) if value in HookState.values else plainly(name, value)


def _sayer(noted: Sequence[Noted]) -> Say:
    return _say


def register_all() -> None:
    """Declare them, in the order of the tabs."""

    def may(verb: str) -> Any:
        return lambda actor: DESK.may(actor, verb, None)

    reads, changes = may("read_tables"), may("change_tables")
    amount, unit, note = gettext_lazy("多久"), gettext_lazy("时间单位"), gettext_lazy("说明")
    begins, ends = gettext_lazy("从哪天起"), gettext_lazy("到哪天")
    about, rows = gettext_lazy("分类"), gettext_lazy("行")
    register(
        Table(
            "responsibilities", gettext_lazy("权责清单"), "workorders:desk_rules", reads,
            {"category": about, "division": gettext_lazy("区域"), "hours": gettext_lazy("时间"), "lead": gettext_lazy("主办"),
             "joint": gettext_lazy("协办"), "priority": gettext_lazy("优先级"), "limit": gettext_lazy("时限"),
             "limit_unit": gettext_lazy("时限单位"), "answers": gettext_lazy("按回答"),
             "origin": gettext_lazy("权责下沉：原来由谁办"), "document": gettext_lazy("权责下沉：依据的文件"), "note": note,
             "starts_on": begins, "ends_on": ends, "rows": rows},
            _sayer,
        ),
        Table(
            "promises", gettext_lazy("承诺时间"), "workorders:desk_rules", reads,
            {"amount": amount, "unit": unit, "marks": gettext_lazy("提醒点（%）"), "rows": rows},
            _sayer, undo=undo_promise, may_undo=changes,
        ),
        Table(
            "caps", gettext_lazy("比例上限"), "workorders:desk_ledger", may("open_desk"),
            {"percent": gettext_lazy("上限"), "window_days": gettext_lazy("统计几天"), "rows": rows},
            _sayer, undo=undo_cap, may_undo=may("change_caps"),
        ),
        Table(
            "callout-limits", gettext_lazy("答复时限"), "workorders:callout_limits", reads,
            {"amount": amount, "unit": unit, "note": gettext_lazy("依据")},
            _sayer, undo=undo_limit, may_undo=changes,
        ),
        Table(
            HOOKS, gettext_lazy("推送"), "workorders:house_hooks", lambda actor: PEOPLE.may(actor, "see_keys", None),
            {"state": gettext_lazy("状态")}, lambda noted: _say_hook,
        ),
        Table(
            BOOK, gettext_lazy("归档"), "workorders:desk", may("open_desk"),
            {"orders": gettext_lazy("归档几件")}, _sayer,
        ),
        Table(
            "categories", gettext_lazy("分类版本"), "workorders:desk_categories", reads,
            {"state": gettext_lazy("状态"), "starts_on": begins, "changes": gettext_lazy("改几处"), "rows": rows},
            _sayer,
        ),
        Table(
            "questions", gettext_lazy("问题"), "workorders:desk_categories", reads,
            {"category": about, "text": gettext_lazy("问什么"), "kind": gettext_lazy("怎么答"), "choices": gettext_lazy("选项"),
             "unit": gettext_lazy("数量单位"), "least": gettext_lazy("最小"), "most": gettext_lazy("最大"),
             "required": gettext_lazy("必须回答"), "personal": gettext_lazy("可能写到个人情况"), "place": gettext_lazy("顺序")},
            _sayer, undo=undo_question, may_undo=changes,
        ),
        Table(
            "wordings", gettext_lazy("答复模板"), "workorders:desk_categories", reads, {"text": gettext_lazy("内容")},
            _sayer, undo=undo_wording, may_undo=changes,
        ),
        Table(
            "keywords", gettext_lazy("关键词"), "workorders:desk_keywords", reads,
            {"weight": gettext_lazy("分量"), "rows": rows},
            _sayer, undo=undo_keyword, may_undo=changes,
        ),
        Table(
            "codes", gettext_lazy("外部代码表"), "workorders:desk_codes", reads,
            {"name": gettext_lazy("名称"), "source": gettext_lazy("来源"), "new": gettext_lazy("新代码"),
             "renamed": gettext_lazy("改名"), "gone": gettext_lazy("不再有的代码"), "pairs_new": gettext_lazy("新对照"),
             "pairs_changed": gettext_lazy("改顺位"), "pairs_gone": gettext_lazy("不再有的对照")},
            _sayer,
        ),
    )  # fmt: skip
