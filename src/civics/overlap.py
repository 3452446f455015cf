"""Which share of the calls to the police was not police business (警情与政务的重叠).

    overlap(calls=400, handed=296, returned=16)   # Overlap(calls=400, not_police=280, share=0.7, shown=True)

Definition, of one street and one month (by the town's days):

``calls``     all calls the police had, as they told us;
``handed``    of these, calls that they handed over because they were not police business, each call number once;
``returned``  of the handed over, those that turned out to be police business after all and were taken back by them.

The share is ``(handed - returned) / calls``. It is published only when neither group it divides the calls into is
smaller than ``least``: with fewer, somebody could be recognised. Without ``calls`` there is no share, only the count.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Counts smaller than this are not published.
LEAST = 5


@dataclass(frozen=True)
class Overlap:
    """``not_police`` among ``calls``; ``share`` 0..1 or None when it is unknown; ``shown``: may be published."""

    calls: int | None
    not_police: int
    share: float | None
    shown: bool


def overlap(*, calls: int | None, handed: int, returned: int, least: int = LEAST) -> Overlap:
    """The overlap of one street and month. ValueError for counts that cannot be."""
    if handed < 0 or returned < 0 or returned > handed:
        raise ValueError(f"{returned} of {handed} calls cannot have gone back")
    if calls is not None and calls < handed:
        raise ValueError(f"{handed} of {calls} calls cannot have been handed over")
    rest = handed - returned
    if not calls:
        return Overlap(None, rest, None, rest >= least)
    return Overlap(calls, rest, rest / calls, rest >= least and calls - rest >= least)
