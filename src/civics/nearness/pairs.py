"""Two reports: how near they are, and why, in words.

Lives here: the score of a pair, the lift by time and place, and the reason. Does not live here: finding candidates (`index`,
`grouping`), and the reason in another language than Chinese: a room writes that of its values.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from math import asin, cos, exp, isfinite, radians, sin, sqrt
from typing import Self

from civics.language.grams import bigrams, fold
from civics.nearness.rarity import Rarity, sketch, trimmed

WORTH_SHOWING = 0.2
PROBABLY_SAME = 0.4

Place = tuple[float, float]

#: Texts below this similarity are not lifted fully by being near: neighbours have different troubles, too.
FULL_LIFT_FROM = 0.2
PLACE_LIFT, PLACE_METRES = 0.35, 150.0
TIME_LIFT, TIME_HOURS = 0.15, 72.0
#: Known to be farther apart than this, the same words mean another drain: the score falls, down to this share.
FAR_METRES, FAR_FALL_METRES, FAR_LEAST = 1000.0, 3000.0, 0.15
LONGEST_PHRASE, MOST_PHRASES = 14, 3
#: Cut off at the ends of a phrase that is shown; a place's rank left behind by its letter (`A市`) goes as well.
_PARTICLES, _RANKS = "的了是在有不也都很这那和与及或被把又再就对为于我", "市区县镇"
_NO_RARITY = Rarity()
#: Said in any report, whatever it is about: who, when, roughly where, and that something be done. Two reports that share
#: nothing else are two matters, however near they are.
_EVERYDAY = frozenset(
    bigrams(
        "老人家 老人 孩子 小孩子 小孩 邻居 业主 居民 街坊 师傅 阿姨 大家 我们 你们 他们 请问 希望 麻烦 谢谢 感谢 尽快 处理 解决 问题 情况 "
        "反映 投诉 这里 那里 这边 附近 今天 昨天 晚上 早上 每天 小区 门口 楼下 好几 几天"
    )
)


class Why(str):
    """Why two reports look alike: a sentence in plain Chinese, and beside it what it says, for other languages.

    ``words`` that both use (as the first one writes them), ``metres`` apart, ``hours`` between; None = unknown.
    """

    words: tuple[str, ...]
    metres: float | None
    hours: float | None

    def __new__(
        cls, words: tuple[str, ...] = (), metres: float | None = None, hours: float | None = None
    ) -> Self:
        """The sentence of these values; of none: that they share no words."""
        parts = [f"都提到“{'、'.join(words)}”"] if words else []
        parts += [] if metres is None else [_far(metres)]
        parts += [] if hours is None else [_long(hours)]
        self = super().__new__(cls, "，".join(parts) or "没有共同的用词")
        self.words, self.metres, self.hours = words, metres, hours
        return self


def _far(apart: float) -> str:
    if apart < 10:
        return "几乎在同一位置"
    return f"相距 {round(apart, -1):.0f} 米" if apart < 995 else f"相距 {apart / 1000:.1f} 公里"


def _long(between: float) -> str:
    if between < 1:
        return f"相隔 {max(1, round(between * 60))} 分钟"
    return f"相隔 {between:.0f} 小时" if between < 48 else f"相隔 {between / 24:.0f} 天"


#: Two reports without a word in common; also where nobody reads the reason.
NOTHING = Why()


def compare(
    text_a: str | None,
    text_b: str | None,
    *,
    when_a: datetime | None = None,
    when_b: datetime | None = None,
    where_a: Place | None = None,
    where_b: Place | None = None,
    rarity: Mapping[str, float] | None = None,
) -> tuple[float, Why]:
    """Score (0 … 1) and reason for two texts "title\\nbody".

    `where` is (longitude, latitude) in degrees. Anything unknown may be None or NaN and then does not count.
    `rarity` comes from `rarity_from`; without it a built-in guess serves.
    """
    return Compared(text_a, when=when_a, where=where_a, rarity=rarity).with_(
        text_b, when=when_b, where=where_b
    )


class Compared:
    """One report that is compared with several others: its own grams are counted and weighed once.

    Parameters as in `compare`.
    """

    def __init__(
        self,
        text: str | None,
        *,
        when: datetime | None = None,
        where: Place | None = None,
        rarity: Mapping[str, float] | None = None,
    ) -> None:
        self._weigh = (
            _NO_RARITY if rarity is None else rarity if isinstance(rarity, Rarity) else _Filled(rarity)
        )
        self._text, self._when, self._where = text, when, where
        self._sketch = sketch(text)
        self._norm = self._norm_of(self._sketch)

    def _norm_of(self, counts: Mapping[str, int]) -> float:
        weigh = self._weigh
        return sum((n * weigh[gram]) ** 2 for gram, n in counts.items())

    def with_(
        self,
        text: str | None,
        *,
        when: datetime | None = None,
        where: Place | None = None,
        worth: float = 0.0,
    ) -> tuple[float, Why]:
        """Score and reason as `compare` gives them; below `worth` the reason is left empty, for nobody reads it."""
        one, two, weigh = self._sketch, sketch(text), self._weigh
        shared = {gram: one[gram] * two[gram] * weigh[gram] ** 2 for gram in one.keys() & two.keys()}
        if all(gram in _EVERYDAY for gram in shared):
            return 0.0, NOTHING
        norms = self._norm * self._norm_of(two)
        likeness = min(1.0, sum(shared.values()) / sqrt(norms)) if norms > 0 else 0.0
        apart, between = metres(self._where, where), hours(self._when, when)
        value = score(likeness, apart, between)
        return value, reason(self._text, text, shared, apart, between) if value >= worth else NOTHING


class _Filled:
    """A plain mapping of rarities, completed by the built-in guess without copying it."""

    def __init__(self, known: Mapping[str, float]) -> None:
        self._known = known

    def __getitem__(self, gram: str) -> float:
        value = self._known.get(gram)
        return _NO_RARITY[gram] if value is None or not isfinite(value) or value <= 0 else value


def score(likeness: float, apart: float | None, between: float | None) -> float:
    """Likeness of the texts (0 … 1), metres apart, hours between (None = unknown) as one number, 0 … 1."""
    full = min(1.0, likeness / FULL_LIFT_FROM)
    lift = 0.0
    if apart is not None:
        lift += PLACE_LIFT * exp(-apart / PLACE_METRES)
    if between is not None:
        lift += TIME_LIFT * exp(-between / TIME_HOURS)
    value = 1.0 - (1.0 - likeness) * (1.0 - full * lift)
    if apart is not None and apart > FAR_METRES:
        value *= max(FAR_LEAST, exp(-(apart - FAR_METRES) / FAR_FALL_METRES))
    return round(min(1.0, max(0.0, value)), 6)


def metres(one: Place | None, two: Place | None) -> float | None:
    """Great-circle distance, or None when a place is unknown or not a place on earth."""
    if not (is_place(one) and is_place(two)):
        return None
    assert one is not None and two is not None
    (lon_a, lat_a), (lon_b, lat_b) = one, two
    half = sin(radians(lat_b - lat_a) / 2) ** 2
    half += cos(radians(lat_a)) * cos(radians(lat_b)) * sin(radians(lon_b - lon_a) / 2) ** 2
    return 2 * 6_371_008.8 * asin(min(1.0, sqrt(half)))


def is_place(place: Place | None) -> bool:
    """Whether this is a longitude and a latitude (None, NaN and numbers out of range are not)."""
    if place is None or len(place) != 2 or place[0] is None or place[1] is None:
        return False
    return abs(place[0]) <= 180.0 and abs(place[1]) <= 90.0


def moment(when: datetime | None) -> float | None:
    """Seconds since 1970, or None. A moment without time zone counts as UTC, so that mixing does not fail."""
    if not isinstance(when, datetime) or when != when:
        return None
    aware = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()


def hours(one: datetime | None, two: datetime | None) -> float | None:
    """Hours between two moments, never negative, or None when one is unknown."""
    first, second = moment(one), moment(two)
    return None if first is None or second is None else abs(first - second) / 3600.0


def reason(
    text_a: str | None,
    text_b: str | None,
    shared: Mapping[str, float],
    apart: float | None,
    between: float | None,
) -> Why:
    """Why two reports look alike."""
    return Why(tuple(phrases(text_a, text_b, shared)), apart, between)


def phrases(text_a: str | None, text_b: str | None, shared: Mapping[str, float]) -> list[str]:
    """The up to three strings both texts contain that carry the most of `shared` (gram → contribution)."""
    written = trimmed(text_a)
    ours, theirs = fold(written), fold(trimmed(text_b))
    found: dict[str, float] = {}
    at, end = 0, len(ours)
    while at < end - 1:
        if ours[at : at + 2] not in shared:
            at += 1
            continue
        stop, worth = at + 2, shared[ours[at : at + 2]]
        while stop < end and stop - at < LONGEST_PHRASE and ours[stop - 1 : stop + 1] in shared:
            if ours[at : stop + 1] not in theirs:
                break
            worth += shared[ours[stop - 1 : stop + 1]]
            stop += 1
        first = (
            at + 1 if at and ours[at] in _RANKS and ours[at - 1].isascii() and ours[at - 1].isalnum() else at
        )
        phrase = ours[first:stop].strip(_PARTICLES)
        if len(phrase) > 1:
            found[phrase] = max(worth, found.get(phrase, 0.0))
        at = stop - 1 if stop - at < LONGEST_PHRASE else stop
    for gram, worth in shared.items():
        if gram.isascii() and len(gram) > 1:
            found.setdefault(gram, worth)
    best: list[str] = []
    for phrase in sorted(found, key=lambda p: (-found[p], p)):
        if not any(phrase in other or other in phrase for other in best):
            best.append(phrase)
        if len(best) == MOST_PHRASES:
            break
    if len(written) != len(ours):
        return best
    # As it was written, not as it was folded.
    return [written[at : at + len(phrase)] if (at := ours.find(phrase)) >= 0 else phrase for phrase in best]
