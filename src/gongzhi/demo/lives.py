"""What becomes of one invented report: who does what, when, and with which words.

Lives here: the steps after a report has come in, drawn so that about nine in ten answers keep their promise and about
nine in ten residents are content. The verbs are those of the work-order room's workflow. The limits are read from the
seeds of that room and counted by ``civics.worktime`` on plain weekdays; a loader whose calendar knows holidays has
later due moments, never earlier ones.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, cast

from civics.worktime import Calendar, Unit, due, moment_of_share
from gongzhi.demo import texts
from gongzhi.demo.operations import operated
from gongzhi.demo.reasons import can_be_seen, reasons_for
from gongzhi.demo.steps import Step

__all__ = ["CategoryRule", "Life", "Rules", "Step", "live", "rules"]

ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")
_SEEDS = Path(__file__).parents[1] / "workorders" / "seeds"
_HOURS = ((time(8, 30), time(12)), (time(14), time(17, 30)))


@dataclass(frozen=True)
class CategoryRule:
    """What the seeds say about a leaf."""

    code: str
    type: str
    urgent: bool


@dataclass(frozen=True)
class Life:
    """The steps that happened before ``until``, the state they lead to, and whether the answer missed its promise."""

    steps: tuple[Step, ...]
    state: str
    late: bool


@dataclass(frozen=True)
class Rules:
    """The seeds of the work-order room, as far as a life depends on them."""

    categories: dict[str, CategoryRule]
    promises: tuple[dict[str, str], ...]
    calendar: Calendar

    def term(self, promise: str, type_: str, rule: CategoryRule) -> tuple[int, Unit]:
        """(amount, unit) of the first promise row that fits."""
        return _term(self.promises, promise, type_, rule.code, rule.urgent)


@lru_cache(maxsize=1)
def rules() -> Rules:
    """Read categories and promises from the seeds."""
    with (_SEEDS / "categories.csv").open(encoding="utf-8", newline="") as file:
        categories = {
            row["code"]: CategoryRule(row["code"], row["default_type"], row["urgent"] == "yes")
            for row in csv.DictReader(file)
        }
    with (_SEEDS / "promises.csv").open(encoding="utf-8", newline="") as file:
        promises = tuple(sorted(csv.DictReader(file), key=lambda row: (int(row["priority"]), row["code"])))
    return Rules(categories, promises, Calendar("CN", dict.fromkeys(range(5), _HOURS), tz=ZONE))


def _term(
    promises: tuple[dict[str, str], ...], promise: str, type_: str, code: str, urgent: bool
) -> tuple[int, Unit]:
    for row in promises:
        if row["promise"] != promise or (row["type"] and row["type"] != type_):
            continue
        if row["urgent"] and (row["urgent"] == "yes") != urgent:
            continue
        if code.startswith(row["category_code"]):
            return int(row["amount"]), cast(Unit, row["unit"])
    raise LookupError(f"no promise {promise!r} for {type_} {code}")


_NEXT = {
    "dispatch": "assigned", "redispatch": "assigned", "accept": "in_hand", "grant_return": "triage",
    "ask_resident": "waiting", "supply": "in_hand", "answer": "answered", "pass_check": "released",
    "fail_check": "in_hand", "confirm": "closed", "dispute": "in_hand", "lapse": "closed", "reopen": "assigned",
    "merge": "merged", "decline": "declined", "withdraw": "withdrawn", "ask_verify": "verifying", "verify": "triage",
    "grant_suspension": "suspended", "resume_work": "in_hand", "grant_void": "voided", "forward": "outside",
    "respond": "in_hand",
    "visit": "closed",
}  # fmt: skip


class _Life:
    """Draws one life; ``now`` moves forward with every step."""

    def __init__(self, at: datetime, until: datetime, rule: CategoryRule, type_: str, words: tuple[texts.Leaf,
                 texts.Setting], seeds: Rules, rng: Random) -> None:  # fmt: skip
        self.at, self.now, self.until, self.rule, self.type = at, at, until, rule, type_
        self.leaf, self.setting = words
        self.seeds, self.rng = seeds, rng
        self.steps: list[Step] = []
        self.late = False

    # Moving the clock ------------------------------------------------------------------------------------

    def wait(self, low: float, high: float) -> None:
        """Let ``low``–``high`` hours pass, and for what is not urgent wait for somebody to be at work."""
        self.now += timedelta(hours=self.rng.uniform(low, high))
        if not self.rule.urgent:
            opening = self.seeds.calendar.next_work(self.now).astimezone(ZONE)
            if opening > self.now:
                self.now = opening + timedelta(minutes=self.rng.uniform(2, 50))

    def _is_over(self) -> bool:
        return self.now >= self.until

    def at_share(self, promise: str, share: float, start: datetime | None = None) -> datetime:
        """The moment when ``share`` of a promise that began at ``start`` (else now) is used up."""
        amount, unit = self.seeds.term(promise, self.type, self.rule)
        begin = start or self.now
        limit = due(begin, amount, unit, self.seeds.calendar)
        moment = moment_of_share(begin, limit, min(share, 1.0), unit, self.seeds.calendar)
        if share > 1:
            moment = limit + (limit - begin) * (share - 1)
        return moment.astimezone(ZONE)

    def add(self, verb: str, by: str, text: str = "", **detail: Any) -> None:
        self.steps.append(Step(verb, self.now.replace(microsecond=0), by, text, detail))

    # Words -----------------------------------------------------------------------------------------------

    def say(self, choices: tuple[str, ...]) -> str:
        """A sentence; dates in it are near ``now``."""
        hour = self.rng.randint(8, 17)
        spoken = dict(self.setting.extra)
        spoken["day"] = self._day(self.now - timedelta(hours=self.rng.uniform(1, 30)))
        spoken["day2"] = self._day(self.now - timedelta(hours=self.rng.uniform(0, 5)))
        later = self.now + timedelta(days=self.rng.randint(2, 12))
        spoken["day3"] = f"{later.month}月{later.day}日"
        spoken["time"] = f"{hour}点{self.rng.choice(('', '半', '一刻'))}"
        return texts.say(choices, texts.Setting(self.setting.place, self.setting.school, spoken), self.rng)

    def _day(self, moment: datetime) -> str:
        moment = max(moment, self.at)
        return f"{moment.month}月{moment.day}日" + (
            "" if self.rng.random() < 0.5 else ("上午" if moment.hour < 12 else "下午")
        )

    # The acts --------------------------------------------------------------------------------------------

    def dispatch(self, auto: float) -> None:
        if self.rng.random() < auto:
            self.now += timedelta(seconds=self.rng.uniform(1, 4))
            self.add("dispatch", "system", auto=True)
        else:
            # The order centre works in shifts, day and night.
            self.now += timedelta(
                minutes=self.rng.uniform(1, 8) if self.rule.urgent else self.rng.lognormvariate(2.9, 0.8)
            )
            self.add("dispatch", "clerk", auto=False)

    def accept(self) -> None:
        kept = self.rng.random() < 0.955
        share = self.rng.uniform(0.05, 0.9) if kept else self.rng.uniform(1.05, 1.8)
        self.now = max(self.now + timedelta(seconds=50), self.at_share("accept", share))
        self.add("accept", "handler")

    def answer(self, promise: str, start: datetime, late: bool) -> None:
        rng = self.rng
        share = 1 + rng.uniform(0.04, 0.6) if late else min(0.96, 0.12 + rng.betavariate(1.5, 2.2) * 0.9)
        moment = self.at_share(promise, share, start)
        if not late:
            # What was lost by asking back or by another unit is made up, but never before the step before.
            moment = max(moment, self.now + timedelta(minutes=rng.uniform(10, 40)))
        self.now = max(moment, self.now + timedelta(minutes=5))
        self.add("answer", "handler", self.say(self.leaf.replies))


def live(
    at: datetime,
    until: datetime,
    rule: CategoryRule,
    type_: str,
    leaf: texts.Leaf,
    setting: texts.Setting,
    seeds: Rules,
    rng: Random,
    *,
    first: int | None = None,
    strained: bool = False,
    silent: bool = False,
) -> Life:
    """The life of a report that came in ``at``, as it stands at ``until``.

    ``first``: number of the first report of the same matter, with which this one may be merged; ``strained``: a day on
    which units are late more often; ``silent``: nobody there to rate (grid workers, imports).
    """
    life = _Life(at, until, rule, type_, (leaf, setting), seeds, rng)
    _write(life, first, strained, silent)
    whole = operated(
        [step for step in life.steps if step.at < until],
        began=at,
        until=until,
        due_at=life.at_share("answer", 1.0, at),
        urgent=rule.urgent,
        silent=silent,
        code=rule.code,
        rng=Random(f"operations {at.isoformat()} {rule.code}"),
    )
    steps = tuple(step for step in whole if step.at < until)
    state = "triage"
    for step in steps:
        state = _NEXT.get(step.verb, state)
    answered = any(step.verb == "answer" for step in steps)
    due_at = life.at_share("answer", 1.0, at)
    return Life(steps, state, life.late and (answered or due_at < until))


def _write(life: _Life, first: int | None, strained: bool, silent: bool) -> None:
    rng = life.rng
    draw = rng.random()
    if draw < 0.012 and not silent and life.type != "praise":
        life.now += timedelta(minutes=rng.uniform(3, 240))
        life.add("withdraw", "reporter", life.say(texts.WITHDRAWS))
        return
    if draw < 0.026 and first is None and not life.rule.urgent and life.type != "praise":
        life.wait(0.1, 3)
        life.add("decline", "clerk", life.say(texts.DECLINES))
        return
    if first is not None and draw < 0.33:
        life.now += timedelta(minutes=rng.uniform(2, 45))
        life.add("merge", "clerk", target=first)
        return
    life.dispatch(auto=0.66)
    life.accept()
    if rng.random() < 0.05 and life.type != "praise":
        life.wait(0.2, 1.5 if life.rule.urgent else 6)
        life.add("ask_return", "handler", life.say(reasons_for(life.rule.code).back))
        life.now += timedelta(minutes=rng.uniform(4, 45))
        life.add("grant_return", "clerk")
        life.dispatch(auto=0.0)
        life.accept()
    if rng.random() < 0.34 and life.type != "praise":
        life.wait(0.1, 0.8 if life.rule.urgent else 5)
        life.add("note", "handler", life.say(texts.NOTES))
    if rng.random() < 0.045 and not silent and not life.rule.urgent:
        life.wait(0.2, 4)
        life.add("ask_resident", "handler", life.say(texts.QUESTIONS))
        life.now += timedelta(hours=rng.uniform(0.4, 26))
        life.add("supply", "reporter", life.say(texts.ANSWERS_TO_QUESTIONS))
    elif rng.random() < 0.07 and not silent:
        life.now += timedelta(hours=rng.uniform(0.3, 2 if life.rule.urgent else 16))
        life.add("add", "reporter", life.say(texts.FOLLOW_UPS))
    if rng.random() < 0.008 and life.type != "praise":
        life.late = True  # laid aside: nobody answers
        return
    # who is thanked passes it on: praise never waits for an answer beyond its time
    draw = rng.random()
    life.late = life.type != "praise" and draw < (
        0.2 if strained else 0.03 if life.type == "consult" else 0.1
    )
    life.answer("answer", life.at, life.late)
    _after_answer(life, silent)


def _check(life: _Life) -> None:
    rng, seen = life.rng, can_be_seen(life.rule.code)
    life.wait(0.2, 2 if life.rule.urgent else 11)
    if rng.random() < 0.04:
        life.add(
            "fail_check", "checker", life.say(texts.FAIL_CHECKS if seen else texts.FAIL_CHECKS_OF_PAPERS)
        )
        life.answer("rework", life.now, late=False)
        life.wait(0.2, 2 if life.rule.urgent else 8)
    life.add("pass_check", "checker")


def _after_answer(life: _Life, silent: bool) -> None:
    rng, seen = life.rng, can_be_seen(life.rule.code)
    _check(life)
    happy = 0.86 if life.late else 0.925
    if silent or rng.random() < 0.33:
        life.now = life.at_share("rate", 1.0) + timedelta(minutes=rng.uniform(1, 9))
        life.add("lapse", "system")
    else:
        life.now += timedelta(hours=min(rng.lognormvariate(1.9, 1.1), 110))
        if rng.random() < 0.035:
            life.add("dispute", "reporter", life.say(texts.DISPUTES if seen else texts.DISPUTES_OF_PAPERS))
            life.answer("rework", life.now, late=False)
            _check(life)
            life.now += timedelta(hours=rng.uniform(1, 60))
            happy = 0.8
        _confirm(life, happy)
    if rng.random() < 0.025 and life.type not in ("praise", "consult"):
        life.now += timedelta(hours=rng.uniform(20, 240))
        life.add(
            "reopen",
            "clerk" if silent else "reporter",
            life.say(texts.REOPENS if seen else texts.REOPENS_OF_PAPERS),
        )
        life.accept()
        life.answer("rework", life.now, late=False)
        _check(life)
        if not silent:
            life.now += timedelta(hours=rng.uniform(1, 60))
            _confirm(life, 0.82)


def _confirm(life: _Life, happy: float) -> None:
    rng = life.rng
    if rng.random() < happy:
        satisfied, solved = True, rng.random() < 0.985
        words = texts.WORDS_GOOD if rng.random() < 0.85 else texts.WORDS_SO_SO
    else:
        satisfied, solved = False, rng.random() < 0.45
        words = texts.WORDS_SO_SO if solved else texts.WORDS_BAD
    life.add(
        "confirm",
        "reporter",
        rng.choice(words) if rng.random() < 0.55 else "",
        solved=solved,
        satisfied=satisfied,
    )
