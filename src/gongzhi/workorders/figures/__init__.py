"""What windows may count of work orders, and the list behind each number: one condition serves both.

Not here: what is shown where, what is compared with what, any share or rank.
"""

from gongzhi.workorders.figures.counting import figures, said, tally, topics
from gongzhi.workorders.figures.issues import hot
from gongzhi.workorders.figures.listing import (
    began,
    behind,
    listed,
    listed_issue,
    points,
    pressing,
    require_overseer,
    rows_of,
)

__all__ = [
    "began", "behind", "figures", "hot", "listed", "listed_issue", "points", "pressing",
    "require_overseer", "rows_of", "said", "tally", "topics",
]  # fmt: skip
