"""Only actions write, news travel as rows, and pages are rendered in the name of whoever asks."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GONGZHI = ROOT / "src" / "gongzhi"
OWN = sorted(p for p in GONGZHI.rglob("*.py") if not {"tests", "migrations"} & set(p.parts))

#: Methods that write a row, whatever they are called on.
ALWAYS_WRITE = {
    "save", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "acreate", "asave", "adelete", "aupdate",
}  # fmt: skip
#: Methods that write when they are called on rows, and mean something else on a dict, a set or a file.
SOMETIMES_WRITE = {"create", "update", "delete", "add", "remove", "set", "clear"}
ON_ROWS = re.compile(r"\.objects\b|\.(filter|exclude|all|select_for_update|order_by|get)\(")
WRITING_SQL = re.compile(r"^\s*(INSERT|UPDATE|DELETE|TRUNCATE|COPY|MERGE)\b", re.IGNORECASE)

#: Files that write besides the actions, and why.
MAY_WRITE = {
    "journal/news.py": "the mark that a reader has heard an entry, in the reader's own transaction",
    "journal/books.py": "the thread of a table's book, begun with its first entry by the action that changes the table",
    "kit/revision.py": "the stamp of a small table, called by the action that changed it",
    "kit/throttle.py": "counters outside any story, in a transaction of their own",
    "kit/sessions.py": "what a visitor's browser is remembered by, as Django keeps it",
    "kit/images.py": "saves a picture into memory, not a row",
    "kit/components/drawings.py": "saves a drawing into memory, not a row",
    "kit/roles.py": "creates roles and the database, as administrator",
    "kit/cluster.py": "writes files of the embedded database",
    "kit/gallery_examples.py": "invented things on the page of components",
    "demo/": "the invented town plays through actions and fills in what only time could have written",
}


def excused(path: Path) -> bool:
    """Is this an action, or does it have a reason?"""
    name = path.relative_to(GONGZHI).as_posix()
    parts = path.relative_to(GONGZHI).with_suffix("").parts
    return "actions" in parts or any(
        name == known or (known.endswith("/") and name.startswith(known)) for known in MAY_WRITE
    )


def writes(path: Path) -> list[str]:
    """Places in a module that write rows."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            on = ast.unparse(node.func.value)
            if (
                node.func.attr in ALWAYS_WRITE
                and not re.search(r"\b(workbook|book|image|figure|font|super\(\))", on)
            ) or (node.func.attr in SOMETIMES_WRITE and ON_ROWS.search(on)):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} {on[:50]}.{node.func.attr}")
            for argument in node.args[:1]:
                if node.func.attr in ("execute", "executemany", "raw") and isinstance(
                    argument, ast.Constant | ast.JoinedStr
                ):
                    text = argument.value if isinstance(argument, ast.Constant) else ast.unparse(argument)
                    if WRITING_SQL.match(str(text)):
                        found.append(f"{path.relative_to(ROOT)}:{node.lineno} {str(text)[:50]}")
    return found


def test_only_actions_write() -> None:
    assert [place for path in OWN if not excused(path) for place in writes(path)] == []


def test_the_scan_itself_sees_writing() -> None:
    seen = [place for path in OWN if "actions" in path.with_suffix("").parts for place in writes(path)]
    assert len(seen) > 40


def test_every_excuse_is_still_needed() -> None:
    for name in MAY_WRITE:
        assert (GONGZHI / name).exists(), name


def test_every_action_says_who_and_when() -> None:
    """Keyword-only ``by`` and ``at``, for every public function that opens a transaction in an actions file."""
    silent = []
    for path in OWN:
        if "actions" not in path.with_suffix("").parts:
            continue
        for node in ast.parse(path.read_text("utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if any("atomic" in ast.unparse(d) for d in node.decorator_list):
                named = {argument.arg for argument in node.args.kwonlyargs}
                # the file of the record: its entries are given the act's moment by the caller
                if not {"by", "at"} <= named and (path.parent.name, node.name) not in {("journal", "attach")}:
                    silent.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert silent == []


def test_no_signal_carries_the_trade() -> None:
    words = re.compile(
        r"django\.(db\.models|core|test|dispatch)\.?\w* import .*\b(post_save|pre_save|post_delete|pre_delete|m2m_changed|receiver|Signal)\b|@receiver\b"
    )
    faults = [
        str(p.relative_to(ROOT))
        for p in OWN
        if words.search(p.read_text("utf-8")) or "django.dispatch" in p.read_text("utf-8")
    ]
    assert faults == []


def test_pages_are_rendered_inside_the_identity() -> None:
    """A lazy response is rendered after the transaction and its identity are gone: every secret would be empty."""
    lazy = re.compile(
        r"\b(TemplateResponse|SimpleTemplateResponse|StreamingHttpResponse|TemplateView|ListView|DetailView|FormView)\b"
    )
    faults = [p for p in OWN if lazy.search(_code(p))]
    # a long file may be sent piece by piece if every piece is read in the reader's name
    assert [
        str(p.relative_to(ROOT))
        for p in faults
        if not (p.name == "exporting.py" and "with acting(by)" in _code(p))
        # pulses carry no row and no word
        and p.relative_to(GONGZHI).as_posix() != "observation/streaming.py"
    ] == []


def _code(path: Path) -> str:
    """A module's code without comments and docstrings."""
    return ast.unparse(_without_words(ast.parse(path.read_text("utf-8"))))


def _without_words(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def test_nobody_steps_around_the_lock() -> None:
    """No code of ours switches row-level security off or becomes the owner outside migrations and the house's keeper."""
    words = re.compile(
        r"row_security|BYPASSRLS|SET ROLE|using\(.owner.\)|connections\[.owner.\]", re.IGNORECASE
    )
    allowed = {"roles.py", "locks.py", "base.py", "backup.py", "migrate.py", "settings.py"}
    assert [str(p.relative_to(ROOT)) for p in OWN if words.search(_code(p)) and p.name not in allowed] == []


def test_no_unsafe_markup_is_made_from_what_people_wrote() -> None:
    """mark_safe stays in the kit, where components are drawn."""
    faults = [
        str(p.relative_to(ROOT))
        for p in OWN
        if "mark_safe" in _code(p) and "kit" not in p.relative_to(GONGZHI).parts
    ]
    assert faults == []
    off = [
        str(p.relative_to(ROOT))
        for p in GONGZHI.rglob("*.html")
        if re.search(r"\|\s*safe\b|autoescape off", p.read_text("utf-8"))
    ]
    assert off == []


def test_pages_carry_no_inline_script_or_style() -> None:
    words = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")|\son\w+=\"|<style\b")
    faults = [str(p.relative_to(ROOT)) for p in GONGZHI.rglob("*.html") if words.search(p.read_text("utf-8"))]
    assert faults == []
