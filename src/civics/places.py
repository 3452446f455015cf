"""Known places named in a Chinese text: communities, estates, buildings, roads.

Here: finding names that are in the book. Not here: guessing addresses that are not in it, the book itself,
and which of several places of one name is meant (all are returned).

Names are compared in one plain spelling: full-width signs become half-width, letters small, blanks beside
Chinese vanish, 幢 and 号楼 after a number become 栋, numbers in Chinese before 栋, 单元, 号, 路 and the like
become digits. So ``３幢``, ``三栋``, ``3 号楼`` are one name, and so are 中山三路 and 中山3路.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

SHORTEST: Final = 2

_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100}
# After a number counted with 十 or a single digit these make a name; 八一路 is not the road number 81.
_COUNTED = "栋|幢|座|号|单元|室|期|区|组|队|弄|巷|层|楼"
_ROADS = "路|街|村|道|里"
_NUMBER = re.compile(
    rf"(?P<n>[零〇一二三四五六七八九十百]+)(?={_COUNTED})"
    rf"|(?P<r>(?<![零〇一二三四五六七八九十百])(?:[二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九]))"
    rf"(?={_ROADS})"
)
_BLOCK = re.compile(r"(?<=[0-9])(?:幢|号楼)")
_BLANK = r"[\s\u200b-\u200d\u2060\ufeff·•‧]+"
# A blank between two numbers or Latin words keeps them apart: "3 201" is not 3201.
_DROPPED = re.compile(rf"(?<![0-9a-z]){_BLANK}|{_BLANK}(?![0-9a-z]|{_BLANK[:-1]})")
# Full-width forms (U+FF01…U+FF5E) and capitals, sign for sign, so that spans stay where they are.
_HALF_WIDTH = {0xFF01 + n: chr(0x21 + n).lower() for n in range(94)} | {0x3000: " "}
_HALF_WIDTH |= {ord(sign): sign.lower() for sign in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_LETTERS = frozenset("0123456789abcdefghijklmnopqrstuvwxyz")


@dataclass(frozen=True, slots=True)
class Place(Generic[Key]):
    """A known place: its key, its proper name, and where it is (WGS-84 degrees, None if unknown)."""

    key: Key
    name: str
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class Mention(Generic[Key]):
    """A name found in a text.

    start, end  the span in the text as it was given
    text        the words of the text
    places      all places of that name; those of which it is the proper name come first
    """

    start: int
    end: int
    text: str
    places: tuple[Place[Key], ...]

    @property
    def place(self) -> Place[Key] | None:
        """The place, if only one has this name."""
        return self.places[0] if len(self.places) == 1 else None


class PlaceBook(Generic[Key]):
    """Known places, given as rows (key, name, aliases, lon, lat).

    Names of one sign are passed over (``skipped`` lists them): they would be found in every text.
    """

    def __init__(self, rows: Iterable[tuple[Key, str, Sequence[str], float | None, float | None]]) -> None:
        proper: dict[str, dict[Key, Place[Key]]] = {}
        other: dict[str, dict[Key, Place[Key]]] = {}
        skipped: list[str] = []
        for key, name, aliases, lon, lat in rows:
            place = Place(key, name, lon, lat)
            for shelf, written in [(proper, name), *((other, alias) for alias in aliases)]:
                plain = plain_name(written)
                if len(plain) < SHORTEST:
                    skipped.append(written)
                else:
                    shelf.setdefault(plain, {})[key] = place
        self.skipped: tuple[str, ...] = tuple(skipped)
        self._names: dict[str, tuple[Place[Key], ...]] = {}
        for plain in proper.keys() | other.keys():
            self._names[plain] = tuple((proper.get(plain, {}) | other.get(plain, {})).values())
        lengths: dict[str, set[int]] = {}
        for plain in self._names:
            lengths.setdefault(plain[:SHORTEST], set()).add(len(plain))
        # The first two signs decide whether to look closer; most positions of a text end here.
        self._first = frozenset(head[0] for head in lengths)
        self._lengths = {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: str) -> bool:
        return plain_name(name) in self._names

    def named(self, name: str) -> tuple[Place[Key], ...]:
        """The places of exactly this name, in any spelling; empty if unknown."""
        return self._names.get(plain_name(name), ())

    def find(self, text: str) -> list[Mention[Key]]:
        """The names in a text, in its order. Where names overlap the longest wins, then the first."""
        plain, spans = _plain(text)
        lengths, names = self._lengths, self._names
        hits: list[tuple[int, int]] = []
        for i in [i for i, sign in enumerate(plain) if sign in self._first]:
            known = lengths.get(plain[i : i + SHORTEST])
            if known is None:
                continue
            for end in [i + length for length in known if i + length <= len(plain)]:
                if plain[i:end] in names and _whole(plain, i, end):
                    hits.append((i, end))
        if len(hits) > 1:
            hits.sort(key=lambda hit: (hit[0] - hit[1], hit[0]))
            taken: list[tuple[int, int]] = []
            for low, high in hits:
                if all(high <= a or low >= b for a, b in taken):
                    taken.append((low, high))
            hits = sorted(taken)
        answer = []
        for low, high in hits:
            start, end = (low, high) if spans is None else (spans[low][0], spans[high - 1][1])
            answer.append(Mention(start, end, text[start:end], names[plain[low:high]]))
        return answer

    def best(self, text: str) -> Mention[Key] | None:
        """The longest name in the text that only one place has; None if there is none. Ties: the first."""
        clear = [mention for mention in self.find(text) if len(mention.places) == 1]
        return max(clear, key=lambda mention: mention.end - mention.start, default=None)


def plain_name(text: str) -> str:
    """A name in the one plain spelling in which names are compared."""
    return _plain(text)[0]


def _whole(plain: str, low: int, high: int) -> bool:
    """Whether a hit is not a piece of a longer number or word: 3栋 is not in 13栋, 花园1 not in 花园12."""
    if low and plain[low] in _LETTERS and plain[low - 1] in _LETTERS:
        return False
    return not (high < len(plain) and plain[high - 1] in _LETTERS and plain[high] in _LETTERS)


def _plain(text: str) -> tuple[str, list[tuple[int, int]] | None]:
    """(plain spelling, the span each of its signs stands for; None when nothing moved)."""
    same = text.translate(_HALF_WIDTH)
    if not (_DROPPED.search(same) or _NUMBER.search(same) or "幢" in same or "号楼" in same):
        return same, None
    spans = [(i, i + 1) for i in range(len(same))]
    same, spans = _replaced(_DROPPED, same, spans)
    same, spans = _replaced(_NUMBER, same, spans)
    same, spans = _replaced(_BLOCK, same, spans)
    return same, spans


def _replaced(
    pattern: re.Pattern[str], text: str, spans: list[tuple[int, int]]
) -> tuple[str, list[tuple[int, int]]]:
    pieces: list[str] = []
    kept: list[tuple[int, int]] = []
    done = 0
    for found in pattern.finditer(text):
        low, high = found.span()
        new = "" if pattern is _DROPPED else "栋" if pattern is _BLOCK else _in_digits(found.group())
        pieces += (text[done:low], new)
        kept += spans[done:low]
        kept += [(spans[low][0], spans[high - 1][1])] * len(new)
        done = high
    if not done:
        return text, spans
    pieces.append(text[done:])
    kept += spans[done:]
    return "".join(pieces), kept


def _in_digits(number: str) -> str:
    """三 → 3, 十二 → 12, 二十 → 20, 一百零五 → 105, 二〇三 → 203."""
    if not any(sign in _TENS for sign in number):
        return "".join(str(_DIGITS[sign]) for sign in number)
    total, digit = 0, 0
    for sign in number:
        if sign in _TENS:
            total += (digit or 1) * _TENS[sign]
            digit = 0
        else:
            digit = _DIGITS[sign]
    return str(total + digit)
