"""The first version of the formula, as the migration enters it. Never edited: new versions are made on the page.

Thresholds and points of the first two lines, of urgent matters and of rework are those of CJ/T 292-2008; the three shares
of residents' words weigh 25 : 30 : 30 (local practice, 三率); suspension never counts, returns and extensions cost
something only above an ordinary share.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop as _

NAME = _("按 CJ/T 292 和三率")
NOTE = _(
    "按期结案率、结案率、紧急案件和返工按《城市市政综合监管信息系统 绩效评价》CJ/T 292 的分值；"
    "响应、解决、满意三率按本地做法；退单、延期超过平常比例才扣分。"
)


def _share(
    code: str, label: str, good: str, cases: str, full: float, threshold: float, **more: Any
) -> dict[str, Any]:
    return {"code": code, "label": label, "kind": "share", "numerator": good, "denominator": cases, "full": full,
            "threshold": threshold} | more  # fmt: skip


def _each(code: str, label: str, figure: str, per: float) -> dict[str, Any]:
    return {"code": code, "label": label, "kind": "each", "numerator": figure, "per": per}


FIRST: dict[str, Any] = {
    "shrunk": True,
    "level": 0.9,
    "items": [
        _share("on_time", _("按期结案率"), "on_time", "due", 50, 70, less="suspended", slope=1),
        _share("closed", _("结案率"), "closed", "due", 20, 90, less="suspended", slope=1),
        _share("urgent_closed", _("紧急结案率"), "urgent_closed", "urgent_due", 3, 100, slope=0.5),
        _share("urgent_on_time", _("紧急按期结案率"), "urgent_on_time", "urgent_due", 3, 95, slope=0.5),
        _share("responded", _("响应率"), "responded", "to_respond", 5, 95, slope=0.2),
        _share("solved", _("解决率"), "solved", "rated", 6, 85, slope=0.2),
        _share("satisfied", _("满意率"), "satisfied", "rated", 6, 85, slope=0.2),
        _share("returned", _("退单率"), "returned", "due", 3.5, 5, slope=0.35, direction="down"),
        _share("extended", _("延期率"), "extended", "due", 3.5, 10, slope=0.35, direction="down"),
        _each("reworked", _("返工"), "reworked", 0.2),
        _each("reworked_often", _("多次返工"), "reworked_often", 0.5),
    ],
}
