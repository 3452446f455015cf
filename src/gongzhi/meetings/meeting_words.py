"""How what happened to a meeting reads in its history. Facts come from the entry's detail, words from its text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

#: verb → (sentence, icon, tone). ``{names}`` stand in the entry's detail.
PHRASES: dict[str, tuple[str, str, str]] = {
    "call": (gettext_noop("召集会议，邀请 {count} 方"), "calendar", "lead"),
    "invite": (gettext_noop("又邀请 {count} 方：{names}"), "user-plus", ""),
    "amend": (gettext_noop("改了会议安排：{changed}"), "edit", "soon"),
    "coming": (gettext_noop("{name}答复：参加"), "check", "done"),
    "not_coming": (gettext_noop("{name}答复：不能参加"), "x", "soon"),
    "remind": (gettext_noop("提醒 {name} 答复"), "bell", "quiet"),
    "silent": (gettext_noop("{name}到时没有答复"), "bell-ringing", "late"),
    "tick": (gettext_noop("记录到会：{came} 方到会，{missing} 方没有到"), "user-check", ""),
    "who": (gettext_noop("{name}到会人员"), "users", "quiet"),
    "note": (gettext_noop("写下会议纪要"), "file-text", "lead"),
    "cancel": (gettext_noop("取消会议"), "ban", "late"),
    "plan": (gettext_noop("安排例会"), "calendar", "lead"),
    "end": (gettext_noop("例会到 {day} 为止"), "ban", "late"),
    "erase": (gettext_noop("文字已删除"), "trash", "quiet"),
}

#: What of a meeting can be changed, as people say it.
CHANGED: dict[str, str] = {
    "title": gettext_noop("名称"),
    "place": gettext_noop("地点"),
    "agenda": gettext_noop("议程"),
    "starts_at": gettext_noop("开始时间"),
    "ends_at": gettext_noop("结束时间"),
    "video": gettext_noop("视频会议室"),
}


def head_of(verb: str, detail: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """(sentence, icon, tone) of an entry in the reader's language; None for one that another room wrote."""
    place, _dot, short = verb.rpartition(".")
    if place not in ("meetings", "journal") or short not in PHRASES:
        return None
    sentence, icon, tone = PHRASES[short]
    facts = {key: "、".join(value) if isinstance(value, list) else value for key, value in detail.items()}
    if "changed" in detail:
        facts["changed"] = "、".join(_(CHANGED[name]) for name in detail["changed"] if name in CHANGED)
    try:
        return _(sentence).format(**facts), icon, tone
    except KeyError:
        return _(sentence), icon, tone
