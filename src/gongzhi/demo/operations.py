"""What operations centres do besides: put into a life that is already written, without changing how it ends in most cases.

A few in a hundred ask for more time, are kept on the books, struck, urged, supervised, verified or sent outside; so
every ledger of the demo town has something to show. Drawn from a random source of its own, so that the words and days
of all other lives stay as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from gongzhi.demo.reasons import reasons_for
from gongzhi.demo.steps import Step

#: Lives that began this short before the end may still be suspended, outside or verifying.
RECENT = timedelta(days=25)
NEWEST = timedelta(hours=40)

_WHY_VOID = (
    "居民来电说明是测试填写的，不需要办理。",
    "内容是空的，联系后居民说已经不需要了。",
    "是工作人员演练时登记的。",
)
_URGES = ("", "好几天了，还没有看到人来。", "大家都在等，请快一点。")
_ORDERS = (
    "居民反映强烈，请明确完成时间。",
    "同样的事第三次了，请查清原因，一次办好。",
    "请主办单位今天就联系居民，说明怎么办。",
)
_REMARKS = ("请分管同志过问，办好后到现场看一次。", "举一反三，同类问题一并排查。")
_PROGRESS = (
    "已经着手，今天完成一半，明天收尾。",
    "已与有关各方约好，明早处理。",
    "条件已经具备，周末前完成。",
)
_REFUSALS = ("现在的期限够用，请按期办理。", "请先采取临时措施，再说明需要多少时间。")
_LOOKS = ("请看看现场是不是这样，拍张照片。", "位置写得不清楚，请到附近核实。")
_SEEN = ("到现场看过，情况属实。", "现场确有其事，范围不大。")
_NOT_SEEN = ("到现场没有看到，问了附近的店主，说前天已经有人处理。",)
#: Categories for which somebody outside the platform is asked: code → body, request, answer.
_OUTSIDE = {
    "0101": ("湾岸通信公司", "请检查并固定这里的通信井盖和线缆。", "井盖和线缆已经重新固定，加了警示牌。"),
    "0105": ("湾区供水公司", "请检修这段供水主管。", "漏点已经找到并修好，路面当晚恢复。"),
    "0301": ("区铁路护路办", "请配合疏导护栏外的停车。", "已加装护栏，并安排专人巡查。"),
    "03": ("区公路事务中心", "请核对这段道路的标志标线。", "标线下周补画，先放了临时标志。"),
}


@dataclass
class _Span:
    """The time in which a unit has an order: from its accepting to what follows."""

    place: int
    begin: datetime
    end: datetime
    ends_by_answer: bool

    def at(self, share: float) -> datetime:
        """A moment within."""
        return (self.begin + (self.end - self.begin) * share).replace(microsecond=0)

    @property
    def days(self) -> float:
        """How long it is."""
        return (self.end - self.begin) / timedelta(days=1)


def operated(
    steps: Sequence[Step],
    *,
    began: datetime,
    until: datetime,
    due_at: datetime,
    urgent: bool,
    silent: bool,
    code: str,
    rng: Random,
) -> list[Step]:
    """The steps of a life with what an operations centre did in between. ``due_at``: when the first answer is due."""
    rows = list(steps) if silent else _called(steps, Random(f"call {began.isoformat()}"))
    draw = rng.random()
    span = _span(rows, until)
    fresh = began > until - RECENT
    newest = began > until - NEWEST and (not rows or (rows[0].verb, rows[0].by) == ("dispatch", "clerk"))
    if newest and draw < 0.5 and began < until - timedelta(minutes=30):
        # Nobody has decided yet, and the grid is on its way.
        return [Step("ask_verify", began + timedelta(minutes=9), "clerk", rng.choice(_LOOKS))]
    if draw < 0.05:
        return _verified(rows, began, until, rng)
    if span is None or span.end <= span.begin or (urgent and draw < 0.28):
        return rows
    if not span.ends_by_answer and fresh and draw < 0.11:
        return _asking(rows, span, due_at, code, rng)
    if draw < 0.12:
        return _extended(rows, span, due_at, code, rng)
    if draw < 0.15:
        return _suspended(rows, span, until, fresh, code, rng)
    if draw < 0.165:
        return _voided(rows, span, rng)
    if draw < 0.20 and span.days > 1:
        return _with(
            rows,
            [
                Step(
                    "urge",
                    span.at(rng.uniform(0.4, 0.9)),
                    "clerk" if silent else "reporter",
                    rng.choice(_URGES),
                )
            ],
        )
    if draw < 0.235 and span.days > 0.5:
        return _supervised(rows, span, rng)
    if draw < 0.28 and span.days > 1.5:
        return _outside(rows, span, fresh, code, rng)
    if draw < 0.29 and span.days > 1:
        return _split(rows, span, fresh, rng)
    return rows


def _called(steps: Sequence[Step], rng: Random) -> list[Step]:
    """Where nobody rated, a clerk calls some of them before the order closes by itself: most are reached."""
    rows = list(steps)
    place = next((n for n, step in enumerate(rows) if step.verb == "lapse"), None)
    if place is None or rng.random() > 0.2:
        return rows
    at = rows[place].at - timedelta(hours=rng.uniform(2, 6))
    if rng.random() < 0.3:
        rows.insert(place, Step("call_in_vain", at, "clerk"))
    else:
        solved = rng.random() < 0.9
        said = rng.choice(_SAID_SOLVED if solved else _SAID_NOT)
        rows[place] = Step(
            "visit", at, "clerk", said, {"solved": solved, "satisfied": rng.choice((4, 5)) if solved else 2}
        )
    return rows


def _split(rows: list[Step], span: _Span, fresh: bool, rng: Random) -> list[Step]:
    """Two units have to do with it: each gets its part, and the first answers when both are done."""
    more = [Step("split", span.at(0.1), "clerk", "", {"parts": list(_PARTS)})]
    if fresh and not span.ends_by_answer:
        return _with(rows, more, ends=True)
    return _with(rows, [*more, Step("finish_parts", span.at(0.7), "clerk")])


#: (what the unit has to do, code of the unit)
_PARTS = (("现场清理干净，恢复原样。", "sanitation"), ("巡查一周，防止再出现。", "enforcement"))
_SAID_SOLVED = ("电话里说已经好了，谢谢。", "说这几天没有再出现。", "说办得挺快。")
_SAID_NOT = ("说只好了两天，又不行了。", "说没有看到人来。")


def _span(rows: Sequence[Step], until: datetime) -> _Span | None:
    """The first time that a unit has the order in hand, undisturbed until it answers (or until now)."""
    start = next((place for place, step in enumerate(rows) if step.verb == "accept"), None)
    if start is None:
        return None
    for place in range(start + 1, len(rows)):
        verb = rows[place].verb
        if verb == "answer":
            return _Span(start, rows[start].at, rows[place].at, True)
        if verb not in ("note", "add"):
            return None
    return _Span(start, rows[start].at, until, False)


def _with(rows: Sequence[Step], more: Sequence[Step], *, ends: bool = False) -> list[Step]:
    """The steps in the order of time; what comes after the last of ``more`` is dropped where it ``ends`` the life."""
    last = max(step.at for step in more)
    kept = [step for step in rows if not ends or step.at <= last]
    first = {id(step): place for place, step in enumerate([*rows, *more])}
    return sorted([*kept, *more], key=lambda step: (step.at, first[id(step)]))


def _verified(rows: list[Step], began: datetime, until: datetime, rng: Random) -> list[Step]:
    """The clerk has the grid look before dispatching or declining, where there was time for it."""
    if not rows or rows[0].verb not in ("dispatch", "decline") or rows[0].by != "clerk":
        return rows
    begin, end = began + timedelta(minutes=3), rows[0].at
    if end < begin + timedelta(minutes=9):
        return rows
    seen = rows[0].verb == "dispatch"
    words = rng.choice(_SEEN if seen else _NOT_SEEN)
    asked = Step("ask_verify", begin, "clerk", rng.choice(_LOOKS))
    if seen and end > until - timedelta(days=1):
        return [asked]  # the grid is still on its way
    return [asked, Step("verify", end - timedelta(minutes=2), "grid", words, {"found": seen}), *rows]


def _extended(rows: list[Step], span: _Span, due_at: datetime, code: str, rng: Random) -> list[Step]:
    asked_at = span.at(rng.uniform(0.3, 0.6))
    if asked_at >= due_at - timedelta(hours=1):
        return rows
    wanted = (max(due_at, asked_at) + timedelta(days=rng.randint(4, 11))).date().isoformat()
    more = [
        Step("ask_extension", asked_at, "handler", rng.choice(reasons_for(code).later), {"until": wanted})
    ]
    decided = asked_at + timedelta(hours=rng.uniform(1, 26))
    if decided < span.end - timedelta(minutes=5):
        if rng.random() < 0.72:
            more.append(Step("grant_extension", decided, "clerk"))
        else:
            more.append(Step("refuse_extension", decided, "clerk", rng.choice(_REFUSALS)))
    return _with(rows, more)


def _asking(rows: list[Step], span: _Span, due_at: datetime, code: str, rng: Random) -> list[Step]:
    """Asked a moment ago: nobody has decided yet."""
    at = span.at(0.94)
    day = (max(due_at, span.end) + timedelta(days=rng.randint(5, 40))).date().isoformat()
    kind = rng.choice(("return", "extension", "extension", "suspension", "void"))
    if kind == "extension" and at >= due_at - timedelta(hours=1):
        kind = "suspension"
    words = reasons_for(code)
    said = {
        "return": words.back,
        "extension": words.later,
        "suspension": words.booked,
        "void": _WHY_VOID,
    }
    detail = {"until": day} if kind in ("extension", "suspension") else {}
    return _with(rows, [Step(f"ask_{kind}", at, "handler", rng.choice(said[kind]), detail)])


def _suspended(
    rows: list[Step], span: _Span, until: datetime, fresh: bool, code: str, rng: Random
) -> list[Step]:
    asked_at, decided = span.at(0.2), span.at(rng.uniform(0.3, 0.45))
    review = (until + timedelta(days=rng.randint(12, 90))).date().isoformat()
    more = [
        Step("ask_suspension", asked_at, "handler", rng.choice(reasons_for(code).booked), {"until": review})
    ]
    fate = rng.random()
    if fate < 0.25:
        more.append(Step("refuse_suspension", decided, "clerk", rng.choice(_REFUSALS)))
        return _with(rows, more)
    more.append(Step("grant_suspension", decided, "leader"))
    if fresh and fate < 0.8:
        return _with(rows, more, ends=True)
    return _with(rows, [*more, Step("resume_work", span.at(0.85), "handler", "条件已经具备，恢复办理。")])


def _voided(rows: list[Step], span: _Span, rng: Random) -> list[Step]:
    asked = Step("ask_void", span.at(0.1), "handler", rng.choice(_WHY_VOID))
    if rng.random() < 0.3:
        return _with(
            rows, [asked, Step("refuse_void", span.at(0.5), "leader", "请与居民再核对一次，能办的先办。")]
        )
    return _with(rows, [asked, Step("grant_void", span.at(0.6), "leader")], ends=True)


def _supervised(rows: list[Step], span: _Span, rng: Random) -> list[Step]:
    level = rng.choice(("yellow", "yellow", "yellow", "orange", "orange", "red"))
    more = [Step("supervise", span.at(0.3), "leader", rng.choice(_ORDERS), {"level": level})]
    if rng.random() < 0.5:
        more.append(Step("remark", span.at(0.35), "leader", rng.choice(_REMARKS)))
    if rng.random() < 0.85:
        more.append(Step("report_back", span.at(0.6), "handler", rng.choice(_PROGRESS)))
        if span.ends_by_answer or rng.random() < 0.4:
            more.append(Step("lift", span.at(0.9), "leader"))
    return _with(rows, more)


def _outside(rows: list[Step], span: _Span, fresh: bool, code: str, rng: Random) -> list[Step]:
    known = next((about for prefix, about in _OUTSIDE.items() if code.startswith(prefix)), None)
    if known is None:
        return rows
    body, words, answer = known
    due = (span.end + timedelta(days=rng.randint(2, 6))).date().isoformat()
    more = [Step("forward", span.at(0.2), "clerk", words, {"body": body, "until": due})]
    if fresh and not span.ends_by_answer:
        return _with(rows, more, ends=True)
    declined = rng.random() < 0.15
    said = "不是我们的设施，请联系产权单位。" if declined else answer
    return _with(rows, [*more, Step("respond", span.at(0.8), "outside", said, {"declined": declined})])
