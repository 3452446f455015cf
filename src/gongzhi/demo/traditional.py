"""The demo's own words in Traditional characters, as residents from Macao and Hong Kong write.

A plain table of the characters that occur in the demo's texts, with the few words in which one character has two
forms. It is no converter for other people's texts.
"""

from __future__ import annotations

from civics.language.simpler import SIMPLIFIED, TRADITIONAL

_SIMPLIFIED, _TRADITIONAL = SIMPLIFIED, TRADITIONAL
_WORDS = (
    ("里面", "裏面"),
    ("家里", "家裏"),
    ("这里", "這裏"),
    ("那里", "那裏"),
    ("哪里", "哪裏"),
    ("手里", "手裏"),
    ("店里", "店裏"),
    ("屋里", "屋裏"),
    ("群里", "群裏"),
    ("水里", "水裏"),
    ("楼道里", "樓道裏"),
    ("头发", "頭髮"),
    ("松动", "鬆動"),
    ("松了", "鬆了"),
    ("干净", "乾淨"),
    ("干活", "幹活"),
    ("只有", "只有"),
    ("台风", "颱風"),
    ("系统", "系統"),
)
_TABLE = str.maketrans(_SIMPLIFIED, _TRADITIONAL)


def to_traditional(text: str) -> str:
    """The demo's words in Traditional; names of lanes keep their 里."""
    for plain, traditional in _WORDS:
        text = text.replace(plain, traditional)
    return text.translate(_TABLE)
