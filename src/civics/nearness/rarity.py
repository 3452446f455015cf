"""How much a shared gram says: place names much, polite phrases little.

Lives here: the sketch of a text (its grams, counted, the title more than the body) and the rarity of grams,
learned from texts or guessed before there are any. Does not live here: scores.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import log

from civics.language.grams import repeated_grams

#: The title names the matter: it counts this often. The body is read up to so many characters.
TITLE_TIMES, BODY_CHARACTERS, TITLE_CHARACTERS = 3, 200, 200

#: Grams with one of these characters are mostly grammar; they say little about the matter.
GRAMMAR = frozenset(
    "的了是在我有不就也都很这那你他她们和与及或为对于把被给向到从上下里中得着过又再"
    "还将已会能可要请以后前等个么吗呢"
)
#: What residents write whatever the matter is.
_COMMON = (
    "小区 居民 严重 投诉 咨询 反映 问题 领导 尊敬 附近 影响 希望 有关 部门 相关 政府 解决 尽快 建议 "
    "关于 情况 生活 业主 处理 公司 管理 工作 现在 没有 什么 一个 时间 街道 社区 谢谢 感谢 举报 求助 "
    "回复 百姓 老百 市民 人民 因为 所以 如果 但是 而且 一直 多次 进行 门口 路口 大家 望领 恳请 帮助 "
    "知道 今年 去年"
)
COMMON = frozenset(_COMMON.split())
FIRST_GUESS, COMMON_GUESS = 6.0, 2.5
#: So many texts weigh as much as the first guess.
GUESS_COUNTS_AS = 30.0


def guessed(gram: str) -> float:
    """The rarity of a gram before any text is known."""
    if gram in COMMON or (gram[0] in GRAMMAR) or (gram[-1] in GRAMMAR):
        return COMMON_GUESS
    return FIRST_GUESS


def blended(gram_guess: float, texts: float, frequency: float) -> float:
    """The rarity after `texts` texts, `frequency` of which hold the gram: the guess fades as texts come in."""
    seen = log((1.0 + texts) / (1.0 + frequency)) + 1.0
    return (GUESS_COUNTS_AS * gram_guess + texts * seen) / (GUESS_COUNTS_AS + texts)


class Rarity(dict[str, float]):
    """Gram → rarity (a positive number); a gram that is not in it has the rarity of one never seen."""

    def __init__(self, values: dict[str, float] | None = None, *, texts: int = 0) -> None:
        super().__init__(values or {})
        self.texts = texts

    def __missing__(self, gram: str) -> float:
        return blended(guessed(gram), self.texts, 0.0) if self.texts else guessed(gram)


def rarity_from(texts: Iterable[str]) -> Rarity:
    """Learn rarities from texts ("title\\nbody" each; None counts as empty)."""
    frequency: Counter[str] = Counter()
    number = 0
    for text in texts:
        frequency.update(sketch(text).keys())
        number += 1
    return Rarity(
        {gram: blended(guessed(gram), number, times) for gram, times in frequency.items()}, texts=number
    )


def sketch(text: str | None) -> Counter[str]:
    """The grams of "title\\nbody" with their weighted counts."""
    title, _, body = trimmed(text).partition("\n")
    counts: Counter[str] = Counter()
    for gram in repeated_grams(title):
        counts[gram] += TITLE_TIMES
    counts.update(repeated_grams(body))
    return counts


def trimmed(text: str | None) -> str:
    """The part of a text that is compared."""
    title, _, body = (text or "").strip().partition("\n")
    return f"{title[:TITLE_CHARACTERS]}\n{body[:BODY_CHARACTERS]}"
