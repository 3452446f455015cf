"""The sentences a clerk would write of the numbers of a brief. Pure: numbers in, words out.

Honest by rule: a percentage only where both numbers carry one, no comparison where nothing was recorded, and a small
count is told as a count. Lives here: every such rule. Does not live here: counting (``queries.briefs``) and paper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

#: Below this a change is told in cases, not in percent; below this a share is told as "m of n".
LEAST_FOR_CHANGE, LEAST_FOR_SHARE = 20, 10
#: From here on a rise is told as "so many times", not in percent.
MANY_TIMES = 3
#: Reports of a hot issue are said to rise or fall from this difference between two weeks on; less is chance.
MOVED = 3
#: A unit is named as slow only with so many owed cases, and below this share.
LEAST_OWED, SLOW = 10, 0.8
#: A topic or an area has risen when it has so many more, and half as many again.
RISE, RISE_SHARE = 5, 1.5

NAMES = {"day": noop("日报"), "week": noop("周报"), "month": noop("月报")}
BEFORE = {"day": noop("前一天"), "week": noop("上一周"), "month": noop("上个月")}
_WEEKDAYS = (noop("周一"), noop("周二"), noop("周三"), noop("周四"), noop("周五"), noop("周六"), noop("周日"))


def title_of(area: str, every: str) -> str:
    """``望澜街道工单周报``"""
    return _("{area}工单{name}").format(area=area, name=_(NAMES[every]))


def when(figures: Mapping[str, Any]) -> str:
    """``11 月 16 日至 22 日`` as people say it."""
    start, end = date.fromisoformat(figures["starts_on"]), date.fromisoformat(figures["ends_on"])
    last = date.fromordinal(end.toordinal() - 1)
    if figures["every"] == "day":
        return _("{year} 年 {month} 月 {day} 日（{weekday}）").format(
            year=start.year, month=start.month, day=start.day, weekday=_(_WEEKDAYS[start.weekday()])
        )
    if figures["every"] == "month":
        return _("{year} 年 {month} 月").format(year=start.year, month=start.month)
    if start.month == last.month:
        return _("{year} 年 {month} 月 {day} 日至 {last} 日").format(
            year=start.year, month=start.month, day=start.day, last=last.day
        )
    return _("{year} 年 {month} 月 {day} 日至 {last_month} 月 {last} 日").format(
        year=start.year, month=start.month, day=start.day, last_month=last.month, last=last.day
    )


def change(now: int, was: int | None, than: str, missing: str) -> str:
    """``比上一周（49 件）多 9 件，上升 18.4%`` — or that there is nothing to compare with."""
    if was is None:
        return missing
    if now == was:
        return _("与{than}持平（{was} 件）").format(than=than, was=was)
    words = _("比{than}（{was} 件）多 {n} 件") if now > was else _("比{than}（{was} 件）少 {n} 件")
    said = words.format(than=than, was=was, n=abs(now - was))
    if was >= LEAST_FOR_CHANGE and now >= was * MANY_TIMES:
        said += _("，") + _("是它的 {n} 倍").format(n=f"{now / was:.1f}")
    elif was >= LEAST_FOR_CHANGE:
        rate = f"{abs(now - was) / was * 100:.1f}%"
        said += _("，") + (
            _("上升 {rate}").format(rate=rate) if now > was else _("下降 {rate}").format(rate=rate)
        )
    return said


def share(part: int, whole: int) -> str:
    """``93.5%`` — or ``4 件里的 3 件`` where a percentage would say too much."""
    if whole < LEAST_FOR_SHARE:
        return _("{whole} 件里的 {part} 件").format(whole=whole, part=part)
    return f"{part / whole * 100:.1f}%"


def points(now: tuple[int, int], was: tuple[int, int] | None, than: str) -> str:
    """How a share moved, in percentage points; nothing where either is too small."""
    if was is None or min(now[1], was[1]) < LEAST_FOR_SHARE:
        return ""
    moved = (now[0] / now[1] - was[0] / was[1]) * 100
    if abs(moved) < 0.05:
        return _("，与{than}持平").format(than=than)
    words = _("，比{than}提高 {n} 个百分点") if moved > 0 else _("，比{than}降低 {n} 个百分点")
    return words.format(than=than, n=f"{abs(moved):.1f}")


def sections(figures: Mapping[str, Any]) -> list[dict[str, str]]:
    """[{"code", "heading", "text"}] in the order in which a brief is read."""
    made = (
        ("whole", _("总的情况"), overview(figures)),
        ("topics", _("反映了什么"), topics(figures)),
        ("areas", _("哪里反映得多"), areas(figures)),
        ("pace", _("办得怎样"), pace(figures)),
        ("voice", _("居民怎么看"), voice(figures)),
        ("hot", _("热点问题"), hot(figures)),
        ("care", _("需要关注"), care(figures)),
    )
    return [{"code": code, "heading": heading, "text": text} for code, heading, text in made if text]


def moved(lately: int, before: int) -> int:
    """1 rising, -1 falling, 0 about the same: reports of the last seven days against the seven before."""
    return 0 if abs(lately - before) < MOVED else 1 if lately > before else -1


def overview(f: Mapping[str, Any]) -> str:
    """How much came in, compared with before and with a year ago, and how things stand."""
    now, was, ago = (f["totals"][name] for name in ("now", "before", "year_ago"))
    every = f["every"]
    head = _("{when}，{area}共收到群众反映 {n} 件").format(when=when(f), area=f["area"], n=now["received"])
    if not f["whole"]:
        head = _("{when}（到统计时为止），{area}共收到群众反映 {n} 件").format(
            when=when(f), area=f["area"], n=now["received"]
        )
    told = [
        change(now["received"], was and was["received"], _(BEFORE[every]), _("此前没有可比的记录")),
        # nothing at all a year ago means that nobody wrote it down then
        change(
            now["received"], (ago and ago["received"]) or None, _("去年同期"), _("去年同期没有可比的记录")
        ),
    ]
    said = _("{head}，{before}；{year_ago}。").format(head=head, before=told[0], year_ago=told[1])
    if now["urgent"]:
        said += _("其中紧急的 {n} 件。").format(n=now["urgent"])
    stands = f["stands"]
    said += _("办结 {closed} 件。到统计时，在办 {open} 件").format(closed=now["closed"], open=stands["open"])
    said += (_("，其中 {late} 件已超时") if stands["late"] else _("，没有超时的")).format(late=stands["late"])
    return said + _("。")


def _most(rows: Sequence[Sequence[Any]], total: int, count: int = 3) -> str:
    """``市政设施 21 件（占 36.2%）、噪音 9 件``"""
    told = []
    for label, n, *_rest in rows[:count]:
        part = (
            _("（占 {share}）").format(share=f"{n / total * 100:.1f}%") if total >= LEAST_FOR_CHANGE else ""
        )
        told.append(_("{label} {n} 件").format(label=label, n=n) + part)
    return _("、").join(told)


def _risen(rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    return [
        row
        for row in rows
        if row[2] is not None and row[1] - row[2] >= RISE and row[1] >= row[2] * RISE_SHARE
    ]


def topics(f: Mapping[str, Any]) -> str:
    """What it was about, and what has risen."""
    rows, total = [row for row in f["topics"] if row[1]], f["totals"]["now"]["received"]
    if not rows:
        return _("没有收到反映。")
    said = _("反映最多的是{most}。").format(most=_most(rows, total))
    if risen := _risen(rows):
        told = _("、").join(
            _("{label}（{was} 件到 {n} 件）").format(label=row[0], was=row[2], n=row[1]) for row in risen[:3]
        )
        said += _("比{than}明显增多的有：{told}。").format(than=_(BEFORE[f["every"]]), told=told)
    by = [row for row in f["channels"] if row[1]]
    if len(by) > 1:
        said += _("来源上，{most}。").format(most=_most(by, total))
    return said


def areas(f: Mapping[str, Any]) -> str:
    """Where it came from, and where it has risen."""
    rows = [row for row in f["areas"] if row[1]]
    if len(rows) < 2:
        return ""
    said = _("反映较多的是{most}。").format(most=_most(rows, f["totals"]["now"]["received"]))
    if risen := _risen(rows):
        told = _("、").join(
            _("{label}（{was} 件到 {n} 件）").format(label=row[0], was=row[2], n=row[1]) for row in risen[:3]
        )
        said += _("增多的有：{told}。").format(told=told)
    return said


def pace(f: Mapping[str, Any]) -> str:
    """How many promises were kept, compared, and which units were slow."""
    now, was = f["totals"]["now"], f["totals"]["before"]
    if not now["owed"]:
        return _("这段时间没有到期的承诺。")
    kept = (now["on_time"], now["owed"])
    said = _("应结 {owed} 件（不含挂账），按期结案 {on_time} 件，按期结案率 {share}").format(
        owed=now["owed"], on_time=now["on_time"], share=share(*kept)
    )
    if now["owed"] < LEAST_FOR_SHARE:
        said = _("应结 {owed} 件（不含挂账），按期结案 {on_time} 件").format(
            owed=now["owed"], on_time=now["on_time"]
        )
    said += points(kept, (was["on_time"], was["owed"]) if was else None, _(BEFORE[f["every"]])) + _("。")
    if now["late_done"] or now["owing"]:
        said += _("超期结案 {late} 件，到期未结 {owing} 件。").format(
            late=now["late_done"], owing=now["owing"]
        )
    slow = [row for row in f["units"] if row[1] >= LEAST_OWED and row[2] / row[1] < SLOW]
    if slow:
        slow.sort(key=lambda row: row[2] / row[1])
        told = _("、").join(
            _("{unit}（应结 {owed} 件里按期 {on_time} 件）").format(unit=row[0], owed=row[1], on_time=row[2])
            for row in slow[:3]
        )
        said += _("按期结案率较低的是{told}。").format(told=told)
    if now["reworked"]:
        said += _("答复后又退回重办的 {n} 件。").format(n=now["reworked"])
    return said


def voice(f: Mapping[str, Any]) -> str:
    """What residents said of the answers."""
    now, was = f["totals"]["now"], f["totals"]["before"]
    if not now["rated"]:
        return _("这段时间办结的里面，还没有居民评价。") if now["closed"] else ""
    if now["rated"] < LEAST_FOR_SHARE:
        return _(
            "只有 {rated} 件有居民评价，其中 {solved} 件说解决了，{satisfied} 件满意；件数少，不算比率。"
        ).format(**now)
    said = _("有居民评价的 {rated} 件，说解决了的占 {solved}{moved}，满意的占 {satisfied}。").format(
        rated=now["rated"], solved=share(now["solved"], now["rated"]),
        moved=points((now["solved"], now["rated"]), (was["solved"], was["rated"]) if was else None, _(BEFORE[f["every"]])),
        satisfied=share(now["satisfied"], now["rated"]),
    )  # fmt: skip
    if now["closed"] and now["rated"] / now["closed"] < 0.3:
        said += _("评价的只占办结的 {share}，不能代表全部。").format(share=share(now["rated"], now["closed"]))
    return said


def hot(f: Mapping[str, Any]) -> str:
    """What several people reported as one thing, one line each."""
    lines = []
    ways = {1: _("还在增多"), -1: _("在减少"), 0: _("变化不大")}
    for number, issue in enumerate(f["hot"], 1):
        place = _("（{area}）").format(area=issue["area"]) if issue["area"] else ""
        left = _("在办 {open} 件").format(open=issue["open"]) if issue["open"] else _("都已办结")
        lines.append(
            _("{number}. {title}{place}：{reporters} 人反映，共 {n} 件，{left}；近一周 {lately} 件，前一周 {before} 件，{way}。").format(
                number=number, title=issue["title"], place=place, reporters=issue["reporters"], n=issue["n"], left=left,
                lately=issue["lately"], before=issue["before"], way=ways[moved(issue["lately"], issue["before"])],
            )
        )  # fmt: skip
    return "\n".join(lines)


def care(f: Mapping[str, Any]) -> str:
    """What should be looked at: overdue, due soon, rising."""
    told = []
    stands = f["stands"]
    if stands["late"]:
        told.append(_("已超时的 {n} 件，请主办单位逐件说明原因和办结时间。").format(n=stands["late"]))
    if stands["soon"]:
        told.append(_("24 小时内到期的 {n} 件，请提前催办。").format(n=stands["soon"]))
    told += [
        _("“{title}”一周内由 {before} 件增加到 {lately} 件，建议集中办理。").format(**issue)
        for issue in f["hot"]
        if issue["lately"] >= issue["before"] + RISE
    ]
    return "".join(told)
