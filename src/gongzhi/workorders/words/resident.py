"""How an order reads to those outside the town hall: next step, promise clock, timeline, photos, rows of a list.

Whoever only follows an order reads no words of its reporter and no title. Not here: how it reads to staff.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from civics import worktime
from gongzhi.journal import queries as journal
from gongzhi.journal.models import Attachment, Entry
from gongzhi.kit.components.words import left_words, span_words
from gongzhi.matters import clocks
from gongzhi.matters import queries as matters
from gongzhi.matters.models import Deadline
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import calendar_for
from gongzhi.workorders import workflow as w
from gongzhi.workorders.kind import PHRASES, PROMISES
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.words import titles
from gongzhi.workorders.words.acts import fills
from gongzhi.workorders.words.titles import public_title

#: State → tone of its chip, as a resident reads it: amber asks them to do something.
TONES = {
    w.TRIAGE: "new", w.ASSIGNED: "waiting", w.IN_HAND: "working", w.WAITING: "soon", w.ANSWERED: "working",
    w.RELEASED: "soon", w.CLOSED: "closed", w.MERGED: "plain", w.DECLINED: "refused", w.WITHDRAWN: "refused",
    w.VERIFYING: "working", w.SUSPENDED: "paused", w.OUTSIDE: "working", w.VOIDED: "refused",
    w.WITH_POLICE: "working", w.HANDED: "closed",
}  # fmt: skip
#: Where we are, for the stepper.
STEPS = (
    gettext_noop("收到"),
    gettext_noop("派单"),
    gettext_noop("处理"),
    gettext_noop("答复"),
    gettext_noop("评价"),
)
_AT = {
    w.TRIAGE: 2,
    w.VERIFYING: 2,
    w.SUSPENDED: 3,
    w.OUTSIDE: 3,
    w.WITH_POLICE: 3,
    w.ASSIGNED: 3,
    w.IN_HAND: 3,
    w.WAITING: 3,
    w.ANSWERED: 4,
    w.RELEASED: 5,
    w.CLOSED: 6,
}

_WHAT = {
    "dispatch": gettext_noop("找到办理单位"),
    "accept": gettext_noop("{unit}签收"),
    "answer": gettext_noop("{unit}答复您"),
    "rework": gettext_noop("{unit}重新办理后答复您"),
    "check": gettext_noop("核查答复"),
    "supply": gettext_noop("等您补充情况"),
    "rate": gettext_noop("等您评价"),
    "verify": gettext_noop("网格员到现场看一看"),
    "outside": gettext_noop("外单位答复"),
    "review": gettext_noop("再看能不能办"),
    "police": gettext_noop("公安机关回复收到没有"),
}
#: Promises among colleagues, of which a resident needs to know nothing.
_INNER = frozenset({"report_back"})
#: Promises as others read them: nobody but the reporter is answered, asked, or may rate.
_WHAT_FOR_OTHERS = _WHAT | {
    "answer": gettext_noop("{unit}答复反映人"),
    "rework": gettext_noop("{unit}重新办理后答复反映人"),
    "supply": gettext_noop("等反映人补充情况"),
    "rate": gettext_noop("等反映人评价"),
}
#: How acts of the reporter read to others.
_OTHERS = {
    "report": gettext_noop("有居民反映了这件事"),
    "confirm": gettext_noop("反映人评价了，工单办结"),
    "withdraw": gettext_noop("反映人撤回了"),
}
_ICONS = {
    "check": "check", "check-circle": "circle-check", "person": "user", "undo": "arrow-back-up",
    "question": "help", "chat": "message-circle", "play": "player-play", "reply": "message-circle",
    "merge": "git-merge", "split": "git-branch", "x-circle": "ban", "tag": "bookmark", "pin": "map-pin",
    "note": "edit", "file": "file-text", "erase": "trash", "dot": "point",
}  # fmt: skip
_TONE = {"report": "lead", "dispatch": "lead", "pass_check": "done", "confirm": "done", "ask_resident": "soon",
         "missed": "late", "dispute": "soon", "decline": "late",
         "grant_extension": "soon", "grant_suspension": "soon", "grant_void": "late"}  # fmt: skip
_MINE = frozenset({"report", "supply", "add", "dispute", "reopen", "rate", "confirm", "withdraw", "urge"})


def state_word(code: str) -> str:
    """The state as a word."""
    state = w.WORKFLOW.states.get(code)
    return _(state.label) if state else code


def unit_of(order: WorkOrder) -> Any:
    """The organisation in charge, or None."""
    return organisations().get(order.unit_id or 0)


def place_name(order: WorkOrder) -> str:
    """Community and grid in words; empty while nobody knows."""
    return titles.place_name(order.grid_id, order.community_id)


def next_step(order: WorkOrder, unit: str) -> str:
    """What happens next, and who does it, in one sentence."""
    unit = unit or _("办理单位")
    return {
        w.TRIAGE: _("受理员正在看，会交给合适的单位。"),
        w.ASSIGNED: _("已经交给{unit}，正等他们签收。"),
        w.IN_HAND: _("{unit}正在处理，办好了会答复您。"),
        w.WAITING: _("{unit}想请您补充一些情况，写好以后接着办。"),
        w.ANSWERED: _("{unit}已经办了，正由另一个人核查。"),
        w.RELEASED: _("有答复了。请看看问题是不是真的解决了。"),
        w.CLOSED: _("这件事办结了。"),
        w.MERGED: _("有人先反映了同一件事，两件一起办，办好了都会答复。"),
        w.DECLINED: _("这件事没有受理，原因写在下面。"),
        w.WITHDRAWN: _("您撤回了这件事，不再办理。"),
        w.VERIFYING: _("网格员会到现场看一看，再决定交给谁办。"),
        w.SUSPENDED: _("现在还办不了，原因写在下面。到了复查的日子，{unit}会再看。"),
        w.OUTSIDE: _("这件事要请平台以外的单位来办，有了回复接着办。"),
        w.VOIDED: _("这件已作废，原因写在下面。"),
        w.WITH_POLICE: _("这件事归公安机关管，已经转过去，等他们受理。紧急情况请直接拨打 110。"),
        w.HANDED: _("公安机关已经受理，编号写在下面。后续请向公安机关了解。"),
    }[order.state].format(unit=unit)


def next_step_for_others(order: WorkOrder, unit: str) -> str:
    """The same for somebody who follows."""
    unit = unit or _("办理单位")
    return {
        w.TRIAGE: _("受理员正在看，会交给合适的单位。"),
        w.ASSIGNED: _("已经交给{unit}，正等他们签收。"),
        w.IN_HAND: _("{unit}正在处理。"),
        w.WAITING: _("{unit}正在等反映人补充情况。"),
        w.ANSWERED: _("{unit}已经办了，正由另一个人核查。"),
        w.RELEASED: _("{unit}已经答复，等反映人评价。"),
        w.CLOSED: _("这件事办结了。"),
        w.MERGED: _("与另一件相同的反映一起办理。"),
        w.DECLINED: _("这件事没有受理。"),
        w.WITHDRAWN: _("反映人撤回了这件事。"),
        w.VERIFYING: _("网格员会到现场看一看，再决定交给谁办。"),
        w.SUSPENDED: _("现在还办不了，到了复查的日子，{unit}会再看。"),
        w.OUTSIDE: _("这件事要请平台以外的单位来办，有了回复接着办。"),
        w.VOIDED: _("这件已作废。"),
        w.WITH_POLICE: _("这件事已转公安机关，等他们受理。"),
        w.HANDED: _("公安机关已经受理。"),
    }[order.state].format(unit=unit)


@dataclass(frozen=True)
class Promised:
    """One promise for the promise clock."""

    code: str
    what: str
    until: datetime
    state: str
    share: float
    left: str
    then: str


def _left(deadline: Deadline, state: str, left: timedelta, now: datetime) -> str:
    if state == "late":
        return left_words(deadline.due_at, now)
    if state not in ("fine", "soon"):
        return ""
    if deadline.unit == "work_days":
        days = worktime.work_days_left(now, deadline.due_at, calendar_for(deadline.jurisdiction))
        return _("还有 {n} 个工作日").format(n=days) if days > 0 else _("就在今天")
    if deadline.unit.startswith("work"):
        return _("还有 {span}工作时间").format(span=span_words(left))
    return left_words(deadline.due_at, now)


def promised(deadline: Deadline, unit: str, *, now: datetime, outside: bool = False) -> Promised:
    """A running promise in words, for the reporter or (``outside``) for somebody else."""
    stands = clocks.standing(deadline, now)
    state = "late" if stands["state"] == "met_late" else stands["state"]
    promise = PROMISES[deadline.promise]
    what = _WHAT_FOR_OTHERS if outside else _WHAT
    return Promised(
        deadline.promise,
        _(what.get(deadline.promise, promise.label)).format(unit=unit or _("办理单位")),
        deadline.due_at,
        state,
        stands["share"],
        _left(deadline, state, stands["left"], now),
        _("{sentence}。").format(sentence=_(promise.then)) if state in ("fine", "soon") else "",
    )


def running_promises(order: WorkOrder, *, now: datetime, outside: bool = False) -> list[Promised]:
    """What is owed now: whose turn it is first where it is the resident's, else the answer. One statement.

    ``outside``: told to somebody who is not the reporter.
    """
    if not order.open:
        return []
    unit = unit_of(order)
    rows = [row for row in matters.deadlines_of(order.pk) if row.met_at is None and row.promise not in _INNER]
    first = {"supply": 0, "rate": 0, "answer": 1, "rework": 1}
    rows.sort(key=lambda row: (first.get(row.promise, 2), row.due_at))
    return [promised(row, unit.label if unit else "", now=now, outside=outside) for row in rows]


@dataclass(frozen=True)
class Told:
    """One entry of a timeline."""

    head: str
    at: datetime
    by: str
    icon: str
    tone: str
    text: str
    audience: str
    verb: str


#: How satisfied, from 1 to 5.
SATISFIED = (
    gettext_noop("很不满意"), gettext_noop("不满意"), gettext_noop("一般"), gettext_noop("满意"), gettext_noop("很满意"),
)  # fmt: skip


def _rated(detail: Mapping[str, Any]) -> str:
    """A rating in words: solved or not, and how satisfied."""
    solved = _("解决了") if detail.get("solved") else _("没有解决")
    return f"{solved} · {_(SATISFIED[int(detail['satisfied']) - 1])}"


def _head(entry: Entry, verb: str, *, outside: bool) -> str:
    known = PHRASES[verb]
    said = _OTHERS[verb] if outside and verb in _OTHERS else known.parties
    return _(said).format_map(defaultdict(lambda: _("有关单位"), fills(entry.detail)))


def timeline(order: WorkOrder, *, standing: str) -> list[Told]:
    """What happened, newest first, in plain words. One statement for the entries, one for their files."""
    outside = standing == "public"
    out: list[Told] = []
    for entry in journal.timeline(order.pk, standing="public" if outside else "party"):
        verb = entry.verb.partition(".")[2]
        if verb not in PHRASES or entry.detail.get("promise") in _INNER:
            continue
        mine = entry.part == "resident" and verb in _MINE
        text = "" if outside else entry.text
        if verb == "rate" and out and out[-1].verb == "confirm" and out[-1].at == entry.at:
            # The words of a rating stand in an entry of their own; people read the two as one.
            out[-1] = replace(out[-1], text="\n".join(part for part in (out[-1].text, text) if part))
            continue
        if "satisfied" in entry.detail and not outside:
            text = "\n".join(part for part in (_rated(entry.detail), text) if part)
        if verb == "report" and not outside:
            text = order.description
        out.append(
            Told(
                _head(entry, verb, outside=outside),
                entry.at,
                _("您") if mine and not outside else "",
                _ICONS.get(PHRASES[verb].icon, PHRASES[verb].icon),
                _TONE.get(verb, ""),
                text,
                entry.audience if not outside else "",
                verb,
            )
        )
    return out[::-1]


def photos(files: Iterable[Attachment]) -> list[dict[str, Any]]:
    """Files as the photo strip wants them; what came with an answer is the state afterwards."""
    shown = []
    for file in files:
        after = file.entry.verb.partition(".")[2] in ("answer", "pass_check")
        shown.append(
            {
                "url": reverse("workorders:photo", args=[file.pk]),
                "thumb": reverse("workorders:photo_small", args=[file.pk]),
                "stage": "after" if after else "before",
                "at": file.entry.at,
                "alt": _("处理后的照片") if after else _("反映时的照片"),
            }
        )
    return sorted(shown, key=lambda photo: (photo["stage"] == "after", photo["at"]))


def stepper(order: WorkOrder) -> dict[str, Any] | None:
    """Where the order is on its way; None where it left the way."""
    if order.state not in _AT:
        return None
    return {"steps": [_(step) for step in STEPS], "current": _AT[order.state]}


#: States in which the clock of the answer runs: it pauses while the resident is asked, and is met by the unit's answer.
_ANSWER_OWED = frozenset({w.TRIAGE, w.VERIFYING, w.ASSIGNED, w.IN_HAND, w.OUTSIDE})


def row(order: WorkOrder, part: str, *, now: datetime) -> dict[str, Any]:
    """An order in a list of mine. ``part``: reporter or follower."""
    outside = part != "reporter"
    # What is promised to the resident is the answer; inner promises (signing for it, finding a unit) are not theirs.
    due = order.answer_due_at if order.state in _ANSWER_OWED and not outside else None
    return {
        "id": order.pk,
        "number": order.number,
        "part": part,
        "title": public_title(order) if outside else order.title,
        "state": state_word(order.state),
        "tone": TONES.get(order.state, "plain"),
        "open": order.open,
        "yours": order.state in (w.WAITING, w.RELEASED) and not outside,
        "place": place_name(order),
        "unit": (unit_of(order).label if unit_of(order) else ""),
        "at": order.opened_at,
        "due_at": due,
        "due_state": "late" if due is not None and due < now else "fine",
        "url": reverse("workorders:order", args=[order.pk]),
    }
