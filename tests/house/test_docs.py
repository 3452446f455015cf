"""What can be set, said and run stands in the reference, and nothing else does."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import get_commands
from procrastinate.contrib.django import app

from gongzhi import settings
from gongzhi.kit import front
from gongzhi.matters import kinds

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"


def page(name: str) -> str:
    """A page of the reference."""
    return (REFERENCE / f"{name}.md").read_text("utf-8")


def part(text: str, head: str) -> str:
    """What stands under a heading, up to the next of its level or above."""
    level = len(head) - len(head.lstrip("#"))
    rest = text[text.index(f"{head}\n") + len(head) :]
    return re.split(rf"\n#{{1,{level}}} ", rest)[0]


def listed(text: str) -> list[str]:
    """The first cells of tables: what a page speaks of."""
    return re.findall(r"^\| `(?:\./gongzhi )?([^`]+)` \|", text, re.MULTILINE)


def test_every_setting_is_written_down_with_what_it_is_for() -> None:
    names = listed(page("settings"))
    assert sorted(names) == sorted(settings.ASKED)
    for line in page("settings").splitlines():
        if line.startswith("| `"):
            assert all(cell.strip() for cell in line.strip("|").split(" | ")), line


def test_no_setting_is_read_past_the_settings() -> None:
    """Whoever reads the environment elsewhere has the variable in settings.ASKED all the same."""
    read = re.compile(r"environ(?:\.get)?[(\[]\s*\"([A-Z][A-Z_]+)\"|_count\(\"([A-Z_]+)\"")
    found = {
        name
        for path in (ROOT / "src").rglob("*.py")
        if "tests" not in path.parts
        for pair in read.findall(path.read_text("utf-8"))
        for name in pair
        if name and name.startswith(("GONGZHI", "DATABASE", "SECRET", "EMAIL", "ALLOWED", "CSRF"))
    }
    assert found <= set(settings.ASKED), found - set(settings.ASKED)
    shell = set(re.findall(r"\$\{(GONGZHI_[A-Z_]+)", (ROOT / "gongzhi").read_text("utf-8")))
    assert shell <= set(settings.ASKED)


def test_nothing_secret_has_a_default() -> None:
    text = page("settings")
    assert re.search(r"^\| `SECRET_KEY` \|.*\| none in production", text, re.MULTILINE)
    assert re.search(r"^\| `ALLOWED_HOSTS` \|.*\| none in production", text, re.MULTILINE)


@pytest.mark.parametrize("kind", kinds.known(), ids=lambda kind: kind.code)
def test_every_kind_its_states_steps_promises_and_phrases_are_written_down(kind: kinds.Kind) -> None:
    text = part(page("verbs"), f"## {kind.label} (`{kind.code}`, numbers begin with {kind.prefix})")
    for code, state in kind.workflow.states.items():
        assert f"`{code}` {state.label}" in text
    steps = part(text, "### Steps")
    assert listed(steps) == list(kind.workflow.verbs)
    for step in kind.workflow.steps:
        row = next(line for line in steps.splitlines() if line.startswith(f"| `{step.verb}` |"))
        assert f"| {step.label} |" in row
        assert f"| {kind.rules[step.verb].label} |" in row, f"{step.verb}: who may"
        assert isinstance(step.target, str) is False or f"→ `{step.target}`" in row
        for promise, effect in step.clock.items():
            assert re.search(rf"{effect} [a-z_, ]*\b{promise}\b", row), (step.verb, promise)
    assert listed(part(text, "### Promises")) == list(kind.promises)
    phrases = part(text, "### Phrases")
    assert listed(phrases) == list(kind.phrases)
    for verb, phrase in kind.phrases.items():
        assert f"| `{verb}` | {phrase.parties} | {phrase.staff} |" in phrases, verb


def test_no_page_speaks_of_a_kind_that_is_not_there() -> None:
    heads = re.findall(r"^## .*\(`(\w+)`", page("verbs"), re.MULTILINE)
    assert sorted(heads) == sorted(kind.code for kind in kinds.known())


def test_every_command_of_the_front_door_is_written_down() -> None:
    code = Path(front.__file__).read_text("utf-8")
    own = (
        set(re.findall(r"^        \"(\w+)\": \w", code, re.MULTILINE))
        | set(front.MANAGED)
        | {"help", "mail-in"}
    )
    assert set(listed(part(page("commands"), "## The front door"))) == own
    shown = subprocess.run([str(ROOT / "gongzhi"), "help"], capture_output=True, text=True, check=True).stdout
    assert own - {"help", "shell"} <= set(re.findall(r"^\./gongzhi ([\w-]+)", shown, re.MULTILINE))


def test_every_command_of_a_room_is_written_down() -> None:
    ours = {
        name: where.rpartition(".")[2]
        for name, where in get_commands().items()
        if where.startswith("gongzhi.")
    }
    text = part(page("commands"), "## Commands of the rooms")
    assert set(listed(text)) == set(ours)
    for name, room in ours.items():
        assert f"| `{name}` | {room} |" in text


def test_every_job_is_written_down() -> None:
    ours = {name for name in app.tasks if not name.startswith(("builtin:", "procrastinate."))}
    assert set(listed(part(page("commands"), "## Jobs of the queue"))) == ours


def test_every_measurement_can_be_run_by_name() -> None:
    for path in sorted((ROOT / "bench").glob("[a-z]*.py")):
        assert "def main" in path.read_text("utf-8") or "__main__" in path.read_text("utf-8"), path.name


def test_links_between_pages_lead_somewhere() -> None:
    broken = []
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text("utf-8")):
            if not (path.parent / target).exists():
                broken.append(f"{path.relative_to(ROOT)} → {target}")
    assert broken == []


def test_words_of_the_glossary_are_those_of_the_house() -> None:
    glossary = ROOT / "docs" / "glossary.md"
    assert glossary.exists(), "docs/glossary.md: one word, one meaning"
    text = glossary.read_text("utf-8")
    for kind in kinds.known():
        for state in kind.workflow.states.values():
            assert state.label in text, state.label
