"""What in a text could tell whom it is about: words that are known of somebody, whole or in pieces, and things that nobody
leaves standing in an anonymous text.

    find("林某楼上弹琴，电话尾号 0101", {"name": ["林小满"], "phone": ["+8619900000101"]})
    # [Hit("name", "林某", whole=False), Hit("phone", "0101", whole=False)]

``known``: kind → words that are known: ``name``, ``number`` (documents, dockets), ``phone``, ``place`` (addresses, buildings,
estates), ``file`` (names of files), ``words`` (what somebody said: found where a whole clause of it was copied). ``allowed``:
words that may stand there (the name of the community). A hit is ``whole`` when all of a known word stands there.

Everything is compared in letters and digits alone (NFKC, lower case), so that spaces, dashes and full-width digits hide
nothing. It finds too much rather than too little, and it is no proof: a person reads the text. Pure, no side effects.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: So many digits in a row of a telephone or a document are a piece of it.
LEAST_DIGITS = 4
#: So many signs of a clause make it somebody's own words.
LEAST_CLAUSE = 4
#: What people are called by a surname alone.
_CALLED = "某先生|某女士|先生|女士|小姐|太太|师傅|老师|阿姨|大爷|大妈|叔|姨|某"
_BEFORE = "老|小|阿"
#: Words of addresses that say nothing by themselves; what is left between them may.
_GENERIC = re.compile(
    r"[0-9a-z]*(?:特别行政区|自治区|街道|社区|小区|大厦|广场|单元|省|市|区|县|镇|乡|村|路|街|巷|弄|号|栋|幢|座|楼|层|室|房|门口|附近)"
)
_SPLIT = re.compile(r"[^\w]+|_")
_CLAUSES = re.compile(r"[，。！？；：、,.!?;:\n\r\t（）()“”\"]+")

#: Things that no anonymous text keeps, whatever the case: kind → where.
_ALWAYS = {
    "phone": re.compile(
        r"(?<!\d)(?:1[3-9]\d(?:[ -]?\d{4}){2}|(?:\+?85[23])[ -]?\d{4}[ -]?\d{4}|0\d{2,3}[ -]?\d{7,8})(?!\d)"
    ),
    "number": re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)|[A-Z]{1,2}\d{6}\(?[\dA]\)?|(?<!\d)\d{8,}(?!\d)"),
    "house": re.compile(r"[0-9一二三四五六七八九十百A-Za-z]+\s*(?:号楼|栋|幢|单元|室|号房|门牌)"),
    "day": re.compile(
        r"(?:\d{4}|[一二〇零]{4})\s*[年./-]\s*\d{1,2}\s*[月./-]|[0-9一二三四五六七八九十]{1,3}\s*月\s*(?:[0-9一二三四五六七八九十]{1,3}\s*[日号]|份|初|底)"
    ),
    "age": re.compile(r"[0-9一二三四五六七八九十]{2,4}\s*(?:周岁|岁)"),
    "web": re.compile(r"https?://|[\w.+-]+@[\w-]+\.\w+"),
}
_MONEY = re.compile(r"(?<![\d.])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s*(?:元|块|圓|HKD|MOP|港币|澳门元)")


@dataclass(frozen=True)
class Hit:
    """Something that was found: what it is, how it stands in the text, and whether it is all of a known word."""

    kind: str
    text: str
    whole: bool


def plain(text: str) -> str:
    """Letters and digits alone, in one width and case."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).lower() if sign.isalnum())


def _han(text: str) -> bool:
    return any("\u3400" <= sign <= "\u9fff" for sign in text)


def _name(name: str, text: str, words: list[str]) -> Iterable[Hit]:
    bare = plain(name)
    if len(bare) < 2:
        return
    if bare in text:
        yield Hit("name", name.strip(), True)
        return
    if _han(bare):
        surname = bare[0]
        if len(bare) > 2:
            for start in range(len(bare) - 1):
                if bare[start : start + 2] in text:
                    yield Hit("name", bare[start : start + 2], False)
        for found in re.findall(f"{surname}(?:{_CALLED})|(?:{_BEFORE}){surname}(?![\u3400-\u9fff])", text):
            yield Hit("name", found, False)
        return
    for piece in _SPLIT.split(unicodedata.normalize("NFKC", name).lower()):
        if len(piece) > 2 and piece in words:
            yield Hit("name", piece, False)


def _runs(kind: str, known: str, text: str) -> Iterable[Hit]:
    """Pieces of a number: the longest run of its signs that stands in the text's own."""
    bare = plain(known)
    if len(bare) < LEAST_DIGITS:
        return
    if bare in text:
        yield Hit(kind, known.strip(), True)
        return
    for size in range(len(bare) - 1, LEAST_DIGITS - 1, -1):
        for start in range(len(bare) - size + 1):
            piece = bare[start : start + size]
            if piece in text and sum(sign.isdigit() for sign in piece) >= LEAST_DIGITS:
                yield Hit(kind, piece, False)
                return


def _pieces(kind: str, known: str, text: str, allowed: str, *, size: int = 3) -> Iterable[Hit]:
    bare = plain(known)
    if len(bare) > 2 and bare in text and bare not in allowed:
        yield Hit(kind, known.strip(), True)
        return
    for part in _SPLIT.split(unicodedata.normalize("NFKC", known).lower()):
        for piece in _GENERIC.split(part):
            piece = plain(piece)
            if len(piece) < 2 or (piece.isdigit() and len(piece) < LEAST_DIGITS):
                continue
            whole = (
                [piece]
                if len(piece) <= size or not _han(piece)
                else [piece[n : n + size] for n in range(len(piece) - size + 1)]
            )
            for one in whole:
                if len(one) > (1 if _han(one) else 3) and one in text and one not in allowed:
                    yield Hit(kind, one, False)
                    break


def _copied(known: str, text: str) -> Iterable[Hit]:
    for clause in _CLAUSES.split(known):
        bare = plain(clause)
        if len(bare) >= LEAST_CLAUSE and bare in text:
            yield Hit("words", clause.strip()[:60], True)


def find(text: str, known: Mapping[str, Iterable[str]], *, allowed: Iterable[str] = ()) -> list[Hit]:
    """Everything in a text that could tell whom it is about, each once, what is whole first."""
    bare = plain(text)
    words = [one for one in _SPLIT.split(unicodedata.normalize("NFKC", text).lower()) if one]
    may = "\n".join(plain(one) for one in allowed)
    found: list[Hit] = []
    for kind, rows in known.items():
        for one in rows:
            if not one or not one.strip():
                continue
            if kind == "name":
                found += _name(one, bare, words)
            elif kind in ("phone", "number"):
                found += _runs(kind, one, bare)
            elif kind == "words":
                found += _copied(one, bare)
            else:
                stem = re.sub(r"\.[A-Za-z0-9]{2,5}$", "", one.strip()) if kind == "file" else one
                found += _pieces(kind, stem, bare, may, size=4 if kind == "file" else 3)
    wide = unicodedata.normalize("NFKC", text)
    for kind, pattern in _ALWAYS.items():
        found += [Hit(kind, match[0].strip(), False) for match in pattern.finditer(wide)]
    for match in _MONEY.finditer(wide):
        amount = int(match[1].replace(",", ""))
        digits = str(amount).rstrip("0")
        if match[2] or len(digits) > 1:
            found.append(Hit("sum", match[0].strip(), False))
    once = list(dict.fromkeys(found))
    return sorted(once, key=lambda hit: not hit.whole)
