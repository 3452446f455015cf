"""Rooms can be taken out, carry their sign, and have the same files; the spine knows none of them."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps

from gongzhi.journal import models as journal
from gongzhi.matters import kinds
from gongzhi.matters import models as matters

ROOT = Path(__file__).resolve().parents[2]
GONGZHI = ROOT / "src" / "gongzhi"
ROOMS = sorted(a.name.rpartition(".")[2] for a in apps.get_app_configs() if a.name.startswith("gongzhi."))
#: Rooms and windows that an installation may do without (settings.GONGZHI_WITHOUT).
REMOVABLE = ("workorders", "mediation", "evaluation", "counter", "observation", "demo")


def sources(*folders: Path) -> list[Path]:
    """Our own modules below some folders, without tests and migrations."""
    found = (path for folder in folders for path in folder.rglob("*.py"))
    return sorted(p for p in found if not {"tests", "migrations", "node_modules"} & set(p.parts))


def where(path: Path, node: ast.AST) -> str:
    """A place people can click on."""
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


# ---- removable


@pytest.mark.parametrize("room", REMOVABLE)
def test_the_house_stands_without(room: str, tmp_path: Path) -> None:
    """Checks pass, addresses resolve, pages open and the spine's tests run, in a process without this room."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", f"--basetemp={tmp_path / 'inside'}",
         "tests/house/left_out.py", "src/gongzhi/matters/tests/test_spine.py", "src/gongzhi/matters/tests/test_kinds.py"],
        cwd=ROOT, env=environment | {"GONGZHI_WITHOUT": room}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert re.search(r"\d\d passed", done.stdout), done.stdout


def test_what_stands_below_cannot_be_left_out() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import gongzhi.settings"],
        env=os.environ | {"GONGZHI_WITHOUT": "journal", "PYTHONPATH": str(ROOT / "src")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0 and "can be left out" in done.stderr


# ---- the guards of the spine

MATTER = (
    "thread", "number", "kind", "title", "state", "division", "answerable", "opened_by", "opened_at", "closed_at",
    "next_due_at", "audience",
)  # fmt: skip


def test_the_matter_keeps_to_its_budget() -> None:
    """What a trade needs stands in its room's own row. A field more here is a decision for docs/decisions."""
    assert tuple(field.name for field in matters.Matter._meta.fields) == MATTER


def test_rows_of_the_record_keep_to_theirs() -> None:
    entry = {field.name for field in journal.Entry._meta.fields}
    assert entry == {
        "id", "thread", "position", "verb", "by", "part", "at", "text", "salt", "words", "detail", "audience",
        "erased_at", "previous", "digest", "sides",
    }  # fmt: skip
    thread = {field.name for field in journal.Thread._meta.fields}
    assert thread == {"id", "kind", "sealed", "key", "started_at", "length", "head"}


def test_rows_carry_no_behaviour() -> None:
    allowed = {"__str__", "__repr__", "Meta"}
    faults = []
    for model in apps.get_models():
        if not model.__module__.startswith("gongzhi.") or model.__name__ == "Account":
            continue
        own = {
            name
            for name, value in vars(model).items()
            if callable(value) and getattr(value, "__module__", "") == model.__module__
        }
        faults += [
            f"{model.__name__}.{name}" for name in own - allowed if not isinstance(vars(model)[name], type)
        ]
    assert faults == []


def test_nobody_points_by_content_type() -> None:
    for model in apps.get_models():
        if model.__module__.startswith("gongzhi."):
            assert not model._meta.private_fields, model


def test_the_spine_compares_with_no_kinds_name() -> None:
    codes = {kind.code for kind in kinds.known()}
    assert "workorders" in codes
    faults = []
    for path in sources(
        GONGZHI / "matters", GONGZHI / "journal", GONGZHI / "kit", GONGZHI / "people", GONGZHI / "territory"
    ):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Compare | ast.Match):
                for part in ast.walk(node):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value in codes:
                        faults.append(where(path, node))
    assert faults == []


def test_the_floors_below_name_no_room() -> None:
    above = {*REMOVABLE}
    faults = []
    for path in sources(
        *(GONGZHI / floor for floor in ("journal", "territory", "people", "notices", "matters", "meetings"))
    ):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", getattr(node.func, "attr", "")) == "import_module"
            ):
                names += [a.value for a in node.args if isinstance(a, ast.Constant)]
            faults += [
                where(path, node)
                for name in names
                if name.startswith("gongzhi.") and name.split(".")[1] in above
            ]
    assert faults == []


# ---- signs and files

#: What a room's files are called (design §3); a file that grew became a folder of the same name.
FILES = {
    "__init__", "apps", "models", "workflow", "policies", "queries", "actions", "forms", "kind", "views", "api", "admin",
    "urls", "readers", "jobs", "templates", "tests", "migrations", "management", "static", "locale",
}  # fmt: skip
#: Further files, each with its reason.
MORE = {
    "evaluation": {
        "manifests": "what rooms count of units", "scoring": "from figures to standings", "seeds": "the first formula",
    },
    "journal": {"news": "which reader hears which verb", "proofs": "who recognises a digest", "books": "who changed which table"},
    "territory": {"books": "which tables are noted", "places": "known places from a file", "ground": "the territory in memory", "importing": "boundaries from a file"},
    "notices": {
        "channels": "the adapters to gateways, mail, robots and browsers", "purposes": "what may be told, and how urgently",
        "hours": "when nobody is to be woken",
    },
    "people": {
        "accounts": "who a session belongs to", "scopes": "what a key may do", "actor": "who acts", "addresses": "phone numbers and e-mail", "roles": "the words of the posts",
        "loads": "how much each person carries", "lines": "who answers in each line", "importing": "lines from a file", "register": "accounts and posts as IT keeps them", "books": "which tables are noted",
    },
    "matters": {
        "kinds": "how a room declares itself", "clocks": "deadlines on rows",
        "figures": "what windows may ask a room to count",
    },
    "observation": {
        "drawing": "where the bars go", "push": "telling open boards", "streaming": "the answer that stays open",
        "periods": "days, weeks and months to compare", "sentences": "what a clerk would write of the numbers",
        "coarse": "small counts that are not told", "paper": "Word and PDF", "filling": "numbers into a superior's form",
        "typst": "the printed page",
    },
    "papers": {
        "layouts": "what a paper consists of", "word": "filling a Word form", "first_form": "the one to start from",
        "form_language": "what a Word form may say", "pages": "the PDF", "typst": "how it is set",
        "digests": "what is printed at the foot", "strokes": "a name drawn on a screen", "files": "a finished file as an answer",
    },
    "meetings": {"video": "the adapter to a video server", "ics": "a meeting as a calendar file"},
    "mediation": {"cards": "what windows show of this room", "books": "which tables are noted", "spreadsheets": "the register and the statement as workbooks", "locks": "what its migrations put on a table", "papers": "what a case says on its forms", "terms": "how long things take", "words": "what each side reads of an act"},
    "knowledge": {
        "importing": "articles from and to a workbook", "topics": "what categories are called; a room above tells",
    },
    "workorders": {
        "drafts": "a report before it is one", "understanding": "place, category, unit, neighbours",
        "tables": "the rule tables in memory", "seeds": "the tables that come with the platform",
        "cards": "what windows show of this room", "importing": "reading files", "presets": "column maps of known files",
        "dry_run": "what a changed table would have done", "hot": "what many report", "figures": "what windows count of orders", "learning": "the model",
        "promises": "what is due, kept and late: the one definition", "words": "how things are said to each side",
        "conditions": "what a rule asks of answers", "questions": "what else is asked of a category",
        "wordings": "texts to start from", "editions": "versions of the category tree", "books": "which tables are noted", "keywords": "words that speak for categories", "comparing": "what a version changes, as a page shows it", "terms": "how long promises are", "codes": "what others call it",
        "emergencies": "which are on, and what is counted of one afterwards",
        "events": "what other programs are told, and what not", "key_scopes": "what a key may do with orders",
        "device_register": "devices that may speak, and how they sign",
        "sheet_paper": "the paper form as PDF", "typst": "how it is set",
        "mail_sources": "where e-mail lies before it is taken in",
        "open311": "the standard both ways: doors, shapes, and the adapter to other servers",
        "police_partners": "the adapter to the police: keys, signatures, posting",
    },
}  # fmt: skip


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_its_sign(room: str) -> None:
    """Three sentences: what is done here, which words we own, what is not done here."""
    sign = ast.get_docstring(ast.parse((GONGZHI / room / "__init__.py").read_text("utf-8"))) or ""
    sentences = [s for s in re.split(r"(?<=[.!?])\s+", sign.replace("\n", " ")) if s]
    assert len(sentences) >= 3, sign
    if room not in ("kit", "demo"):
        assert "Our words:" in sign and "Not here:" in sign, sign


@pytest.mark.parametrize("room", [room for room in ROOMS if room not in ("kit", "demo", "counter")])
def test_a_room_has_the_same_files_as_all_others(room: str) -> None:
    found = {p.stem for p in (GONGZHI / room).iterdir() if not p.name.startswith((".", "__pycache__"))}
    strange = found - FILES - set(MORE.get(room, {}))
    # one side of the room, one file: staff_forms, resident_words
    endings = FILES | {"cards", "loads", "steps", "navigation", "views", "words"}
    prefixed = {name for name in strange if "_" in name and name.rpartition("_")[2] in endings}
    assert strange - prefixed == set()


def test_no_file_says_nothing_by_its_name() -> None:
    empty = {
        "utils",
        "util",
        "helpers",
        "helper",
        "manager",
        "managers",
        "process",
        "data",
        "misc",
        "common",
        "base2",
        "core",
    }
    numbered = re.compile(r"^(actions|views|queries|models|forms|tests?)\d+$")
    found = [
        p
        for p in sources(ROOT / "src", ROOT / "tests")
        if p.stem in empty or p.parent.name in empty or numbered.match(p.stem)
    ]
    assert [str(p.relative_to(ROOT)) for p in found] == []


#: Files that are allowed to be longer than four hundred lines, and why.
LONG = {
    "src/gongzhi/kit/cluster.py": "one server's life, from its folder to its last connection",
    "src/gongzhi/kit/up.py": "one supervisor",
    "src/gongzhi/settings.py": "every setting in one place, so that nobody looks for one",
}


def test_files_pass_four_hundred_lines_only_with_a_reason() -> None:
    long = {str(p.relative_to(ROOT)): len(p.read_text("utf-8").splitlines()) for p in sources(ROOT / "src")}
    assert {name: lines for name, lines in long.items() if lines > 400 and name not in LONG} == {}
    assert {name: lines for name, lines in long.items() if lines > 500} == {}
