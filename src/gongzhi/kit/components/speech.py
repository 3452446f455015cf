"""Translations asked for hundreds of times a page: each sentence is looked up once per language and process.

Only for sentences in the code. Django's own lookup asks the thread for the language, a chain of catalogues for the
sentence, and takes as long as drawing the word.
"""

from __future__ import annotations

from functools import lru_cache

from django.utils.translation import get_language, gettext


@lru_cache(maxsize=4096)
def _in(language: str | None, sentence: str) -> str:
    return gettext(sentence)


def said(sentence: str) -> str:
    """``sentence`` in the reader's language."""
    return _in(get_language(), sentence)
