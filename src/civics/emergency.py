"""Is this a matter for 110, 119 or 120?

Here lives one pure question: does a resident's text describe something the police, the fire brigade or
an ambulance must hear of at once, and which words say so. The phrases are rows, not code (the shipped ones
are ``workorders/seeds/emergencies.csv``); what to do with the answer is decided elsewhere. It is a help for
people in a fright, not a filter: a door that finds an emergency says so first and still lets the report in.

The rows, in their order (the first alarm that holds wins):

``alarm``   a pattern, the number to call and one plain sentence.
``unless``  a pattern that makes a clause harmless: fear ("怕会"), advice, memory, thanks. ``number`` limits
            it to some numbers (``119;120``), empty means all: a theft of yesterday is still for the police,
            a fire of yesterday is out.
``mask``    a literal phrase that only looks like an alarm (消防通道, 火车站) and is covered before looking.

A pattern is looked for within one clause, between two punctuation marks: ``&`` joins parts that must all be
there (the first in this clause, the others here or in the next one), ``|`` separates alternatives of a part,
everything else is literal. Letters compare without case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

KINDS = ("alarm", "unless", "mask")
_CLAUSES = re.compile(r"[。！？!?；;，,、：:\n\r…~～]+")
_COVER = "\x00"


@dataclass(frozen=True, slots=True)
class EmergencyRow:
    """One row of the phrase table; see the module's docstring for the three kinds."""

    kind: str
    number: str
    pattern: str
    sentence: str = ""


def read_rows(rows: Iterable[Mapping[str, str]]) -> tuple[EmergencyRow, ...]:
    """Turn mappings with the keys kind, number, pattern and sentence into checked rows.

    Raises ValueError naming the row that has an unknown kind, an empty pattern, an empty part or, for an
    alarm, no number or sentence.
    """
    read = []
    for place, row in enumerate(rows, start=1):
        one = EmergencyRow(
            row["kind"].strip(), row["number"].strip(), row["pattern"].strip(), row["sentence"].strip()
        )
        if one.kind not in KINDS:
            raise ValueError(f"row {place}: unknown kind {one.kind!r}")
        if any(not word for part in one.pattern.split("&") for word in part.split("|")):
            raise ValueError(f"row {place}: empty pattern or empty part in {one.pattern!r}")
        if one.kind == "alarm" and not (one.number and one.sentence):
            raise ValueError(f"row {place}: an alarm needs a number and a sentence")
        read.append(one)
    return tuple(read)


@dataclass(frozen=True, slots=True)
class _Table:
    masks: re.Pattern[str] | None
    unless: tuple[tuple[tuple[re.Pattern[str], ...], frozenset[str]], ...]
    alarms: tuple[tuple[tuple[re.Pattern[str], ...], EmergencyRow], ...]
    any_alarm: re.Pattern[str] | None


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    # The longest first, so that the phrase reported is the fullest one.
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(re.escape(word) for word in longest_first), re.IGNORECASE)


def _parts(pattern: str) -> tuple[re.Pattern[str], ...]:
    return tuple(_any_of(part.split("|")) for part in pattern.split("&"))


#: The tables last asked about, each beside the rows it was made of: hashing some hundred rows costs more than a search.
_made: list[tuple[tuple[EmergencyRow, ...], _Table]] = []


def _table(rows: tuple[EmergencyRow, ...]) -> _Table:
    for of, table in _made:
        if of is rows:
            return table
    table = _compiled(rows)
    _made[:] = [(rows, table), *_made[:7]]
    return table


def _compiled(rows: tuple[EmergencyRow, ...]) -> _Table:
    masks = [row.pattern for row in rows if row.kind == "mask"]
    firsts = [word for row in rows if row.kind == "alarm" for word in row.pattern.split("&")[0].split("|")]
    return _Table(
        masks=_any_of(masks) if masks else None,
        unless=tuple(
            (_parts(row.pattern), frozenset(n for n in row.number.split(";") if n))
            for row in rows
            if row.kind == "unless"
        ),
        alarms=tuple((_parts(row.pattern), row) for row in rows if row.kind == "alarm"),
        any_alarm=_any_of(firsts) if firsts else None,
    )


def _is_harmless(span: str, number: str, table: _Table) -> bool:
    return any(
        (not numbers or number in numbers) and all(part.search(span) for part in words)
        for words, numbers in table.unless
    )


def emergency_in(text: str, rows: tuple[EmergencyRow, ...]) -> tuple[str, str, str] | None:
    """Return (number to call, plain sentence, the words that said so), or None.

    ``rows`` is the tuple made by :func:`read_rows`; the compiled form of the last few tables is
    kept. Where several alarms hold, the earliest row of the table wins.
    """
    table = _table(rows)
    if table.any_alarm is None or not table.any_alarm.search(text):
        return None
    if table.masks is not None:
        text = table.masks.sub(_COVER, text)
    best: tuple[int, str, str, str] | None = None
    clauses = _CLAUSES.split(text)
    for here, following in zip(clauses, [*clauses[1:], ""], strict=True):
        for place, (parts, row) in enumerate(table.alarms):
            if best is not None and place >= best[0]:
                break
            first = parts[0].search(here)
            if first is None:
                continue
            for span in (here, f"{here}\n{following}") if following and len(parts) > 1 else (here,):
                if all(part.search(span) for part in parts[1:]):
                    if not _is_harmless(span, row.number, table):
                        best = (place, row.number, row.sentence, first.group())
                    break
    return None if best is None else best[1:]
