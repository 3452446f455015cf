"""Answers that probably fit a question somebody asks in their own words, and why.

Lives here: how well a text fits the ways in which a known question has been asked, the words both share, and whether a
text asks for anything at all. Does not live here: storage, who may read an answer, and whether it is still true.

A consultation is longer than the question it holds ("您好，我妈妈上个月满八十了，听说…"), so that a symmetric likeness
punishes politeness. What counts is how much of a known question the text contains, each gram weighed by its rarity
among the known questions, together with how much of the text the question and its answer account for.
"""

from __future__ import annotations

import re
from collections.abc import Container, Hashable, Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from civics.language.grams import RUN, bigrams, fold
from civics.language.simpler import simpler
from civics.nearness.pairs import phrases
from civics.nearness.rarity import Rarity, rarity_from

#: From here on an answer is worth showing to a colleague, and to somebody who has nobody to ask.
WORTH_SHOWING, WORTH_TELLING = 0.18, 0.25
#: What a question with its further ways, one way of asking, and single characters weigh in the score.
_WHOLE, _WAY, _SIGNS = 0.45, 0.35, 0.2
#: An answer that only shares words in its text counts so much of what its question would.
_ANSWER = 0.35
#: A guess of the topic that agrees lifts the score by up to so much of what is missing.
_TOPIC_LIFT = 0.15
#: A question of another first level than all guesses loses up to so much, where a guess is surer than half: what is hardly
#: more than a toss must not push the right answer down. Codes have two characters per level.
_TOPIC_LOSS, _SURE, _LEVEL = 0.3, 0.5, 2
#: Longer texts say nothing more about what is asked.
MOST_CHARACTERS = 400

_ASKS = re.compile(
    r"[?？]|请问|咨询|想问|问一下|问下|了解一下|怎么|怎样|如何|哪里|哪儿|去哪|什么|多少|多久|几点|几天|能不能|可不可以|是否|"
    r"是不是|要不要|有没有|可以.{0,12}吗|[吗呢]|點樣|点样|邊度|边度|幾多|几多|怎麼|怎樣|哪裡|什麼|嗎"
)
#: Said whatever is asked: they tell one question from another no more than a full stop does.
_ASKING = frozenset(
    bigrams(
        "请问 你好 您好 想问 问下 问一 一下 咨询 怎么 怎样 如何 什么 哪里 多少 多久 能不 不能 可不 不可 可以 是不 不是 要不 不要 有没 "
        "没有 需要 办理 申请 知道 现在 我们 他们 听说 我想 谢谢 麻烦 去哪 这个 那个 这边 那边 么办 么弄 还是 一个 "
        "里办 要怎 个要 里有 在哪 怎办 几点 点开 点几 开放 时间 哪些 了解 解一 么时 时候 想了 是真 准备 应该 找谁 哪个"
    )
)
_WORDS_OF_ASKING = (
    "什么时候|什么时间|啥时候|时候|请问|你好|您好|想问一下|想问|问一下|问下|咨询一下|咨询|了解一下|了解|听说|谢谢|麻烦|我们|他们|我想|现在|"
    "什么|怎么样|怎么办|怎么弄|怎么|怎样|如何|哪里|哪儿|哪些|哪个|在哪|去哪|多少|多久|几点|几天|能不能|可不可以|可以|是不是|要不要|有没有|"
    "需要|应该|知道|准备|还是|一个|一下|这个|那个|这边|那边|找谁|是真"
)
_EDGES = re.compile(f"^(?:{_WORDS_OF_ASKING})+|(?:{_WORDS_OF_ASKING})+$")
_ENDS = "么什怎吗呢哪请问想要去"


@dataclass(frozen=True, slots=True)
class Known:
    """A question that has an answer: the ways it is asked (the first is the plain one), the answer, its topic code."""

    key: Any
    ways: tuple[str, ...]
    answer: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Likely:
    """A known question that probably fits: 0 … 1, the way of asking that is nearest, and up to three shared words."""

    key: Any
    score: float
    way: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    known: Known
    ways: tuple[frozenset[str], ...]
    whole: frozenset[str]
    answer: frozenset[str]
    signs: frozenset[str]


class AnswerBook:
    """The known questions in memory. Immutable after building; safe to use from several threads."""

    def __init__(self, rows: Iterable[Known]) -> None:
        self._kept: list[_Kept] = []
        self._holders: dict[str, set[int]] = {}
        texts = []
        for row in rows:
            ways = tuple(frozenset(bigrams(simpler(way))) for way in row.ways)
            whole = frozenset().union(*ways)
            kept = _Kept(
                row,
                ways,
                whole,
                frozenset(bigrams(simpler(row.answer))) - whole,
                _signs(simpler(" ".join(row.ways))),
            )
            for gram in whole | kept.answer:
                self._holders.setdefault(gram, set()).add(len(self._kept))
            self._kept.append(kept)
            texts.append("\n" + simpler(" ".join(row.ways)))
        self._rarity: Rarity = rarity_from(texts)
        self._sign_rarity = rarity_from("\n" + " ".join(" ".join(k.signs)) for k in self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def likely(
        self,
        text: str,
        n: int = 3,
        *,
        topics: Mapping[str, float] | None = None,
        among: Container[Hashable] | None = None,
        least: float = WORTH_SHOWING,
    ) -> list[Likely]:
        """Up to `n` questions that fit, best first; equal scores in the order of the book. Raises ValueError for n < 1.

        `topics` are guesses of the topic (code → share 0 … 1); `among` limits the answer to some keys; what scores
        below `least` is left out.
        """
        if n < 1:
            raise ValueError("n must be at least 1")
        said = simpler(fold(text)[:MOST_CHARACTERS])
        grams = frozenset(bigrams(said))
        held = {place for gram in grams for place in self._holders.get(gram, ())}
        weights = {gram: self._weight(gram) for gram in grams}
        length = sum(weights.values()) or 1.0
        signs = _signs(said)
        scored = []
        for place in sorted(held):
            kept = self._kept[place]
            if among is not None and kept.known.key not in among:
                continue
            score, way = self._score(kept, grams, weights, length, signs)
            score *= _fit_of_topic(kept.known.topic, topics or {}, score)
            if score >= least:
                scored.append((score, place, way))
        scored.sort(key=lambda hit: (-hit[0], hit[1]))
        found: list[Likely] = []
        for score, place, way in scored:
            if len(found) == n:
                break
            kept = self._kept[place]
            shared = {g: weights[g] for g in grams & (kept.whole | kept.answer)}
            words = _bare(phrases(said, simpler(" ".join(kept.known.ways) + kept.known.answer), shared))
            # What shares only words of asking is no answer: nobody could be told why it is shown.
            if words:
                found.append(Likely(kept.known.key, round(score, 4), kept.known.ways[way], tuple(words)))
        return found

    def _weight(self, gram: str) -> float:
        return 0.3 if gram in _ASKING else self._rarity[gram] ** 2

    def _score(
        self,
        kept: _Kept,
        grams: frozenset[str],
        weights: dict[str, float],
        length: float,
        signs: frozenset[str],
    ) -> tuple[float, int]:
        best, way = 0.0, 0
        for number, asked in enumerate(kept.ways):
            size = sum(self._weight(gram) for gram in asked) or 1.0
            value = sum(weights[gram] for gram in asked & grams) / sqrt(size * length)
            if value > best:
                best, way = value, number
        whole = sum(weights[gram] for gram in grams & kept.whole)
        whole += _ANSWER * sum(weights[gram] for gram in grams & kept.answer)
        of_signs = sum(self._sign_rarity[s] ** 2 for s in signs) or 1.0
        same = sum(self._sign_rarity[s] ** 2 for s in signs & kept.signs) / of_signs
        return min(1.0, _WHOLE * sqrt(whole / length) + _WAY * best + _SIGNS * same), way


def asks_something(text: str) -> bool:
    """Whether a text asks for an answer rather than telling of a trouble: a question mark, or words of asking."""
    return bool(_ASKS.search(text))


def _signs(text: str) -> frozenset[str]:
    """Single Chinese characters: a resident's 入户口 and the book's 上户口 share more of them than pairs."""
    return frozenset(sign for run in RUN.findall(fold(text)) for sign in run if sign >= "\u3007")


def _bare(words: list[str]) -> list[str]:
    """Phrases without the asking at their ends, whole words of it first: 什么时候报名 says 报名 and never 候报名; 证到期怎
    says 证到期. What only asks says nothing."""
    found = []
    for word in words:
        bare = _EDGES.sub("", word).strip(_ENDS)
        if len(bare) > 1 and (bare.isascii() or any(gram not in _ASKING for gram in bigrams(bare))):
            found.append(bare)
    return list(dict.fromkeys(found))


def _fit_of_topic(topic: str, guesses: Mapping[str, float], score: float) -> float:
    """What a score is multiplied by: above 1 where a guess of the topic agrees, below 1 where all lie elsewhere."""
    if not topic or not guesses or not score:
        return 1.0
    agrees = max((share for code, share in guesses.items() if _agree(code, topic)), default=0.0)
    if agrees:
        return (score + (1.0 - score) * _TOPIC_LIFT * agrees * min(1.0, score / WORTH_SHOWING)) / score
    if any(code[:_LEVEL] == topic[:_LEVEL] for code in guesses):
        return 1.0
    return 1.0 - _TOPIC_LOSS * max(0.0, min(1.0, max(guesses.values())) - _SURE) / (1.0 - _SURE)


def _agree(one: str, other: str) -> bool:
    """Whether one topic code lies within the other."""
    return bool(one and other) and (one.startswith(other) or other.startswith(one))
