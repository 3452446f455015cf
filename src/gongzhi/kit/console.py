"""What the front door says at the terminal: plain lines, Chinese when the terminal's language is Chinese."""

from __future__ import annotations

import os
import sys


def chinese() -> bool:
    """Whether the person at the terminal reads Chinese (LC_ALL, LC_MESSAGES, LANG)."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return value.startswith("zh")
    return False


def pick(english: str, in_chinese: str) -> str:
    """The sentence in the language of the terminal."""
    return in_chinese if chinese() else english


def say(english: str, in_chinese: str) -> None:
    """One line of progress, on standard error so that a command's own output stays clean."""
    print(f"· {pick(english, in_chinese)}", file=sys.stderr, flush=True)


def complain(english: str, in_chinese: str) -> None:
    """One line about what is wrong."""
    print(f"✗ {pick(english, in_chinese)}", file=sys.stderr, flush=True)
