#!/usr/bin/env python3
"""Texts for people: collect them from the code, keep the translations, compile and check them. No gettext needed.

Lives here: ``extract``, ``merge``, ``todo``, ``take``, ``compile`` and ``check``; docs/how-to/translate.md is the manual.
Does not live here: any sentence. Sentences are Simplified Chinese in the code and the templates; translations are in
``src/gongzhi/locale/<language>/LC_MESSAGES/django.po``, Hong Kong and Macao words in ``locale/zh_Hant/words.csv``.

Run it with the environment of the repository: ``.venv/bin/python tools/texts.py check``.
"""

from __future__ import annotations

import ast
import csv
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
LOCALE = SOURCE / "gongzhi" / "locale"
#: Folder → code for Babel. Portuguese is that of Macao, which counts like Portugal's.
LANGUAGES = {"en": "en", "zh_Hant": "zh_Hant", "pt": "pt_PT"}
DERIVED = "zh_Hant"
HANT_WORDS = LOCALE / "zh_Hant" / "words.csv"
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
#: Columns of seed files that people read.
SEED_COLUMNS = {
    "workorders/seeds/categories.csv": ("name", "hint"),
    "workorders/seeds/emergencies.csv": ("sentence",),
}
KEYWORDS = {
    "_": None, "_l": None, "_t": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "ngettext": (1, 2),
    "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
}  # fmt: skip
_STRING = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALL = re.compile(
    rf"""(?<![\w.])(n?p?gettext|_)\(\s*u?({_STRING})(?:\s*,\s*u?({_STRING}))?(?:\s*,\s*u?({_STRING}))?"""
)
_NAMED = re.compile(r"\{(\w*)[^{}]*\}|%\((\w+)\)([a-z])")
#: The page of components is for builders and stays in Chinese.
_GALLERY = "gallery"
_HAN = re.compile(r"[一-鿿]")
#: Words of Chinese that a translation may keep: names of languages as their speakers write them.
_MAY_STAY = ("繁體", "简体", "中文", "12345")


@dataclass
class Text:
    """One sentence of the source: where it is used, its plural and its context."""

    plural: str = ""
    context: str = ""
    places: set[str] = field(default_factory=set)


Texts = dict[tuple[str, str], Text]


def _skip(path: Path) -> bool:
    return bool({"tests", "migrations", "vendor", "node_modules"} & set(path.relative_to(ROOT).parts))


def _python(path: Path) -> Iterator[tuple[str, str, str]]:
    with path.open("rb") as source:
        for _line, name, found, _notes in extract_python(source, list(KEYWORDS), [], {"encoding": "utf-8"}):
            parts = [found] if isinstance(found, str) else [part for part in found or () if part]
            if not parts or not isinstance(parts[0], str):
                continue
            if name.startswith("p"):
                yield parts[1], "", parts[0]
            elif name.startswith("n"):
                yield parts[0], parts[1], ""
            else:
                yield parts[0], "", ""


def _template(path: Path) -> Iterator[tuple[str, str, str]]:
    from django.utils.translation.template import templatize

    for call in _CALL.finditer(templatize(path.read_text("utf-8"), origin=str(path))):
        name, *said = call.groups()
        parts = [ast.literal_eval(part) for part in said if part]
        if name == "pgettext":
            yield parts[1], "", parts[0]
        elif name == "ngettext":
            yield parts[0], parts[1], ""
        else:
            yield parts[0], "", ""


def _seeds(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    with path.open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            for column in columns:
                if row[column]:
                    yield row[column], "", ""


def extract() -> Texts:
    """Every text for people: from code, templates and seed tables."""
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure()
        django.setup()
    texts: Texts = {}

    def keep(path: Path, found: Iterator[tuple[str, str, str]]) -> None:
        for said, plural, context in found:
            if said and _GALLERY not in path.parts and not path.stem.startswith(_GALLERY):
                text = texts.setdefault((context, said), Text(plural, context))
                text.places.add(path.relative_to(ROOT).as_posix())

    for path in sorted(SOURCE.rglob("*.py")):
        if not _skip(path):
            keep(path, _python(path))
    for path in sorted([*SOURCE.rglob("templates/**/*.html"), *SOURCE.rglob("templates/**/*.txt")]):
        if not _skip(path):
            keep(path, _template(path))
    for name, columns in SEED_COLUMNS.items():
        path = SOURCE / "gongzhi" / name
        if path.exists():
            keep(path, _seeds(path, columns))
    return texts


def catalogue_path(language: str) -> Path:
    """Where the translations into a language are."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """The translations as they stand; empty for a new language."""
    path = catalogue_path(language)
    if not path.exists():
        return _new(language)
    with path.open("rb") as source:
        catalogue = read_po(source, locale=LANGUAGES[language])
    # the header of the compiled file would else carry the moment of compiling, and never be the same twice
    catalogue.creation_date = catalogue.revision_date = MOMENT
    return catalogue


def _new(language: str) -> Catalog:
    return Catalog(
        LANGUAGES[language], domain="django", project="gongzhi", charset="utf-8", fuzzy=False,
        header_comment=f"# Gongzhi in {language}. How to translate: docs/how-to/translate.md",
    )  # fmt: skip


def _write(language: str, catalogue: Catalog) -> None:
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    out = io.BytesIO()
    write_po(out, catalogue, width=0, sort_output=True, include_lineno=False, ignore_obsolete=True)
    # dates and addresses of whoever ran the tool say nothing and make every merge a conflict
    kept = [
        line
        for line in out.getvalue().decode("utf-8").splitlines()
        if not re.match(r'"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Report-Msgid|'
                        r"Generated-By|Project-Id)", line)
    ]  # fmt: skip
    path.write_text("\n".join(kept).strip() + "\n", "utf-8")


def _key(message: Message) -> tuple[str, str]:
    said = message.id if isinstance(message.id, str) else message.id[0]
    return (message.context or "", said)


def _known(catalogue: Catalog) -> dict[tuple[str, str], tuple[str, ...]]:
    known = {}
    for message in catalogue:
        if message.id and not message.fuzzy:
            said = (message.string,) if isinstance(message.string, str) else tuple(message.string)
            if all(said):
                known[_key(message)] = said
    return known


class Hant:
    """Traditional Chinese as read in Hong Kong and Macao: OpenCC's conversion, then our own words and sentences."""

    def __init__(self) -> None:
        from opencc import OpenCC

        self._convert = OpenCC("s2hk").convert
        self._words: list[tuple[str, str]] = []
        self._whole: dict[str, str] = {}
        with HANT_WORDS.open(encoding="utf-8", newline="") as source:
            for row in csv.DictReader(source):
                if row["kind"] == "whole":
                    self._whole[row["from"]] = row["to"]
                else:
                    self._words.append((row["from"], row["to"]))
        self._words.sort(key=lambda pair: -len(pair[0]))

    def __call__(self, said: str) -> str:
        """The sentence in Traditional characters, in the words of Hong Kong and Macao."""
        if said in self._whole:
            return self._whole[said]
        # placeholders and markup stay as they are: only what lies between them is converted
        parts = re.split(r"(\{[^{}]*\}|%\(\w+\)[a-z]|<[^<>]+>)", said)
        for place in range(0, len(parts), 2):
            turned = self._convert(parts[place])
            for before, after in self._words:
                turned = turned.replace(before, after)
            parts[place] = turned
        return "".join(parts)


def merge(told: dict[str, dict[tuple[str, str], tuple[str, ...]]] | None = None) -> dict[str, int]:
    """Bring every catalogue in line with the source; ``told`` adds translations. Returns what is missing per language."""
    texts = extract()
    missing = {}
    hant = Hant()
    for language in LANGUAGES:
        known = {**_known(read(language)), **(told or {}).get(language, {})}
        fresh = _new(language)
        missing[language] = 0
        for (context, said), text in texts.items():
            if language == DERIVED:
                string: tuple[str, ...] = (hant(said),)
            else:
                string = known.get((context, said), ("",))
            missing[language] += not all(string)
            if text.plural:
                forms = fresh.num_plurals
                fresh.add(
                    (said, text.plural),
                    tuple((string * forms)[:forms]),
                    [(place, 0) for place in sorted(text.places)],
                    context=context or None,
                )
            else:
                fresh.add(
                    said, string[0], [(place, 0) for place in sorted(text.places)], context=context or None
                )
        for message in fresh:
            message.flags.discard("python-brace-format")
        _write(language, fresh)
    return missing


def compile_all() -> None:
    """Write the compiled files that the running system reads."""
    for language in LANGUAGES:
        with catalogue_path(language).with_suffix(".mo").open("wb") as out:
            write_mo(out, read(language))


def _names(said: str) -> list[str]:
    return sorted(f"{brace}|{percent}{kind}" for brace, percent, kind in _NAMED.findall(said))


def _ends_alike(said: str, string: str) -> bool:
    """Whether spaces at the ends agree. Chinese needs none where others do: “来源：” may become “Source: ”, “（” “ (”."""
    return all(
        before.isspace() == after.isspace() or (after.isspace() and before > "\u2e80")
        for before, after in ((said[0], string[0]), (said[-1], string[-1]))
    )


def faults() -> list[str]:
    """What is wrong with the translations, one sentence each; empty when all is well."""
    found: list[str] = []
    texts = extract()
    for language in LANGUAGES:
        if not catalogue_path(language).exists():
            found.append(f"{language}: no catalogue; run texts.py merge")
            continue
        known = _known(read(language))
        for key, text in texts.items():
            said, where = key[1], min(text.places)
            if key not in known:
                found.append(f"{language}: not translated: {said!r} ({where})")
                continue
            for string in known[key]:
                if _names(said) != _names(string):
                    found.append(f"{language}: placeholders differ: {said!r} → {string!r}")
                left = string
                for word in _MAY_STAY:
                    left = left.replace(word, "")
                if language != DERIVED and _HAN.search(left):
                    found.append(f"{language}: still Chinese: {said!r} → {string!r}")
                if not _ends_alike(said, string):
                    found.append(f"{language}: spaces at the ends differ: {said!r} → {string!r}")
        out = io.BytesIO()
        write_mo(out, read(language))
        compiled = catalogue_path(language).with_suffix(".mo")
        if not compiled.exists() or compiled.read_bytes() != out.getvalue():
            found.append(f"{language}: the compiled file is not that of the .po; run texts.py compile")
    return found


def todo(out: Path) -> int:
    """Write what is not translated into a table that any spreadsheet opens; how many rows."""
    texts = extract()
    known = {language: _known(read(language)) for language in LANGUAGES if language != DERIVED}
    rows = [
        [min(text.places), key[0], key[1], *(known[language].get(key, ("",))[0] for language in known)]
        for key, text in texts.items()
        if any(key not in have for have in known.values())
    ]
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["where", "context", "text", *known])
        writer.writerows(rows)
    return len(rows)


def take(source: Path) -> dict[str, int]:
    """Read a table as ``todo`` writes it, filled in, into the catalogues; what is then missing per language."""
    told: dict[str, dict[tuple[str, str], tuple[str, ...]]] = {language: {} for language in LANGUAGES}
    with source.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            for language in LANGUAGES:
                if row.get(language):
                    told[language][(row.get("context") or "", row["text"])] = (row[language],)
    return merge(told)


def main(arguments: list[str]) -> int:
    """The command line; the exit code."""
    verb = arguments[0] if arguments else "help"
    if verb == "extract":
        for (context, said), text in extract().items():
            print(f"{min(text.places)}\t{context}\t{said!r}")
    elif verb == "merge":
        print(", ".join(f"{language}: {count} missing" for language, count in merge().items()))
    elif verb == "todo" and len(arguments) == 2:
        print(f"{todo(Path(arguments[1]))} texts to translate in {arguments[1]}")
    elif verb == "take" and len(arguments) == 2:
        print(", ".join(f"{lang}: {count} missing" for lang, count in take(Path(arguments[1])).items()))
        compile_all()
    elif verb == "compile":
        compile_all()
    elif verb == "check":
        found = faults()
        print("\n".join(found) or "Every text is translated.")
        return 1 if found else 0
    else:
        print("texts.py extract | merge | todo FILE.csv | take FILE.csv | compile | check", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(SOURCE))
    raise SystemExit(main(sys.argv[1:]))
