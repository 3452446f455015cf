"""Every sentence for people exists in every language the menu offers, with its placeholders."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from django.utils import translation

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def texts() -> ModuleType:
    spec = importlib.util.spec_from_file_location("texts", ROOT / "tools" / "texts.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["texts"] = module
    spec.loader.exec_module(module)
    return module


def test_every_text_is_translated(texts: ModuleType) -> None:
    found = texts.faults()
    assert not found, "\n".join([*found[:40], "→ docs/how-to/translate.md"])


def test_a_missing_translation_is_noticed(texts: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    there = texts.extract()
    monkeypatch.setattr(
        texts, "extract", lambda: there | {("", "没有人翻译过这句"): texts.Text(places={"x"})}
    )
    assert any("没有人翻译过这句" in fault for fault in texts.faults())


def test_marks_in_templates_and_tables_are_found(texts: ModuleType) -> None:
    said = {text for _context, text in texts.extract()}
    assert "我要反映" in said  # a template
    assert "待签收" in said  # a gettext_noop mark in a workflow
    assert "路灯不亮" in said  # a row of a seed table


@pytest.mark.parametrize(
    ("language", "word"), [("en", "To be accepted"), ("pt", "Por aceitar"), ("zh-hant", "待簽收")]
)
def test_the_compiled_texts_are_served(language: str, word: str) -> None:
    with translation.override(language):
        assert translation.gettext("待签收") == word
