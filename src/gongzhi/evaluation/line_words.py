"""Each line of a result in words: what was counted, how it was drawn toward the peers, what it earned.

The numbers come from where they were stored; nothing is computed here but their spelling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from civics.standing.formulas import plain
from gongzhi.evaluation.scoring import FEW, PEERS
from gongzhi.matters.figures import Figure


@dataclass(frozen=True)
class Said:
    """A line for a page: head, the sum of the figures (pieces of text and figure codes), sentences, points."""

    code: str
    label: str
    is_share: bool
    pieces: tuple[tuple[str, str, int], ...]
    share: float | None
    shrunk: float | None
    low: float | None
    high: float | None
    mean: float | None
    rule: str
    sentences: tuple[str, ...]
    sum: str
    points: str
    full: str
    counts: bool


def percent(share: float | None, places: int = 1) -> str:
    """A share as people read it."""
    return "—" if share is None else f"{plain(100 * share, places)}%"


def rule_of(item: Mapping[str, Any]) -> str:
    """What a line of the formula says, in one sentence."""
    weight = _("，权重 {weight}").format(weight=plain(item["weight"])) if item["weight"] != 1 else ""
    if item["kind"] == "each":
        said = _("每件扣 {per} 分").format(per=plain(item["per"]))
        if item["full"]:
            said += _("，最多扣 {most} 分").format(most=plain(item["full"]))
        return said + weight
    if item["direction"] == "down":
        said = _("不超过 {threshold}% 得 {full} 分，每多一个百分点扣 {slope} 分")
    else:
        said = _("达到 {threshold}% 得 {full} 分，每少一个百分点扣 {slope} 分")
    numbers = {
        "threshold": plain(item["threshold"]),
        "full": plain(item["full"]),
        "slope": plain(item["slope"]),
    }
    return said.format(**numbers) + weight


def formula_of(item: Mapping[str, Any], names: Mapping[str, Figure]) -> str:
    """How a line is counted: 按期结案 ÷（应结 − 挂账）."""

    def name(code: str) -> str:
        return names[code].label if code in names else code

    if item["kind"] == "each":
        return _("{figure}的件数").format(figure=name(item["numerator"]))
    if item["less"]:
        return _("{good} ÷（{cases} − {less}）").format(
            good=name(item["numerator"]), cases=name(item["denominator"]), less=name(item["less"])
        )
    return _("{good} ÷ {cases}").format(good=name(item["numerator"]), cases=name(item["denominator"]))


def _pulled(line: Mapping[str, Any], peers: str, shrunk_counts: bool) -> list[str]:
    rate, mean, size = line["rate"], line["mean"], line["size"]
    if mean is None or rate is None:
        return []
    whom = _("全部单位") if line["all_units"] else _(PEERS[peers])
    said = [
        _("{whom}平均 {mean}，当作 {size} 件平常的工单；本单位 {cases} 件，平均数占 {pull}。").format(
            whom=whom,
            mean=percent(mean),
            size=plain(size, 1),
            cases=line["cases"],
            pull=percent(rate["pull"], 0),
        ),
        _("靠拢以后是 {shrunk}，九成把握在 {low} 到 {high} 之间。").format(
            shrunk=percent(rate["shrunk"]), low=percent(rate["low"], 0), high=percent(rate["high"], 0)
        ),
    ]
    if line["cases"] < FEW:
        said.append(few(line["cases"], shrunk_counts))
    return said


def few(cases: int, shrunk_counts: bool = True) -> str:
    """Why a small number says little."""
    said = ngettext("只有 {n} 件，一件之差就会差很多", "只有 {n} 件，一件之差就会差很多", cases).format(
        n=cases
    )
    return said + (_("，所以多看同类平均。") if shrunk_counts else _("，比较时请看区间。"))


def tell(
    line: Mapping[str, Any],
    names: Mapping[str, Figure],
    *,
    peers: str,
    figures: Mapping[str, int],
    shrunk: bool,
) -> Said:
    """A stored line in words."""
    is_share = line["kind"] == "share"
    rate = line["rate"] or {}
    codes = [line["numerator"], line["denominator"], line["less"]] if is_share else [line["numerator"]]
    pieces = tuple(
        (code, names[code].label if code in names else code, figures.get(code, 0)) for code in codes if code
    )
    sentences: list[str] = []
    if is_share and not line["counts"]:
        sentences.append(_("本月没有这类工单，这一项不计，总分按其余各项折算。"))
    elif is_share:
        sentences += _pulled(line, peers, shrunk)
    return Said(
        line["code"], _(line["label"]), is_share, pieces, rate.get("share"), rate.get("shrunk"), rate.get("low"),
        rate.get("high"), line["mean"], rule_of(line), tuple(sentences), line["sum"],
        plain(line["points"]), plain(line["full_here"]), line["counts"],
    )  # fmt: skip
