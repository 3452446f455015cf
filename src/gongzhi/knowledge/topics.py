"""What the codes of categories are called. The tree belongs to a room above, which tells us in its ``AppConfig.ready``.

Without such a room the codes stand for themselves, and any code is accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Topic:
    """A category as its room tells it: code, the code above it or "", the name in the reader's language."""

    code: str
    parent: str
    name: str


_tellers: list[Callable[[], Iterable[Topic]]] = []


def register(tell: Callable[[], Iterable[Topic]]) -> None:
    """Let a room tell its categories; there is one tree, so a later room replaces the former."""
    _tellers[:] = [tell]


def known() -> dict[str, Topic]:
    """Every category by code; empty when no room tells any."""
    return {topic.code: topic for tell in _tellers for topic in tell()}


def line(code: str, topics: dict[str, Topic] | None = None) -> list[Topic]:
    """The category and those above it, from the top."""
    told = known() if topics is None else topics
    out: list[Topic] = []
    while code in told and len(out) < 9:
        out.append(told[code])
        code = told[code].parent
    return out[::-1]


def below(code: str, topics: dict[str, Topic] | None = None) -> list[str]:
    """The codes of a category and of everything under it; only itself when nobody knows it."""
    told = known() if topics is None else topics
    return [code, *(one for one in told if one != code and any(t.code == code for t in line(one, told)))]


def name_of(code: str, topics: dict[str, Topic] | None = None) -> str:
    """The last name of a category; the code when nobody knows it, 其他 when there is none."""
    told = line(code, topics)
    return told[-1].name if told else code or _("其他")


def way_of(code: str, topics: dict[str, Topic] | None = None) -> str:
    """``政法 › 治安与户政 › 户籍与居住证``"""
    return " › ".join(topic.name for topic in line(code, topics)) or code


def root_of(code: str, topics: dict[str, Topic] | None = None) -> str:
    """The code of the category on top of this one; itself when nobody knows it."""
    told = line(code, topics)
    return told[0].code if told else code
