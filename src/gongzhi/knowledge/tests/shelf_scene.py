"""Articles that the tests need, written by the clerk of the neighbourhood."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gongzhi.knowledge import actions
from gongzhi.knowledge.actions import Wording
from gongzhi.knowledge.models import Article
from tests.cast import WEDNESDAY, Cast

PERMIT = Wording(
    "居住证到期了怎么续？",
    "到期前一个月来续，带身份证和住址证明，当场办好。",
    ("居住证过期了还能续签吗",),
    "090102",
    source="望澜街道政务服务中心办事指南",
    source_url="https://guide.example/permit",
)
CARD = Wording(
    "社保卡丢了怎么补？",
    "先挂失，再带身份证到银行网点补，多数当场拿卡。",
    ("医保卡不见了 补办",),
    "050204",
    source="社保所",
)


def written(cast: Cast, wording: Wording = PERMIT, *, at: datetime = WEDNESDAY, **more: Any) -> Article:
    """A published article, unless told otherwise."""
    return actions.write(wording, **{"publish": True, "by": cast.clerk, "at": at} | more)
