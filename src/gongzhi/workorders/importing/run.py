"""One file from its first row to its last: draft, take in or only look, keep the rejected rows, tell how far it is."""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Invalid, Refusal
from gongzhi.kit.revision import one_look
from gongzhi.workorders.actions import importing
from gongzhi.workorders.importing.files import Row, digest_of, opened
from gongzhi.workorders.importing.maps import ColumnMap, recognise
from gongzhi.workorders.importing.near import Neighbourhood
from gongzhi.workorders.importing.rows import Drafted, Rejected, draft_of, key_of
from gongzhi.workorders.understanding import understand

BATCH = 200
SERVICE = Actor.for_service("import")


@dataclass
class Summary:
    """What became of a file. ``broken`` says why reading stopped before its end."""

    name: str
    columns: ColumnMap
    as_history: bool
    dry: bool
    rows: int = 0
    taken: int = 0
    known: int = 0
    rejected: int = 0
    near: int = 0
    seconds: float = 0.0
    why: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    broken: str = ""
    errors: Path | None = None


class Rejects:
    """The error file: each rejected row as it stood, its line, and one reason. Made when the first is rejected."""

    def __init__(self, path: Path, header: list[str]) -> None:
        self.path = path
        self._header = header
        self._file: Any = None
        self._writer: Any = None

    def keep(self, row: Row, reason: str) -> None:
        """Write one rejected row."""
        if self._writer is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # with a byte order mark: office programs then read the Chinese
            self._file = self.path.open("w", encoding="utf-8-sig", errors="replace", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow([*self._header, _("行号"), _("原因")])
        self._writer.writerow([*(row.cells.get(name, "") for name in self._header), row.line, reason])

    def close(self) -> Path | None:
        """The path, when anything was rejected."""
        if self._file is not None:
            self._file.close()
        return self.path if self._file is not None else None


def run(
    path: Path,
    *,
    columns: ColumnMap | None = None,
    as_history: bool | None = None,
    dry: bool = False,
    errors: Path,
    batch: int = BATCH,
    tell: Callable[[Summary], None] = lambda summary: None,
) -> Summary:
    """Import a file in the name of the service ``import``. Raises a Refusal when the file as a whole cannot be read."""
    with acting(SERVICE), opened(path) as sheet:
        chosen = columns or recognise(sheet.header)
        if missing := chosen.missing(sheet.header):
            raise Invalid(
                _("文件里没有这一列：{names}").format(names="、".join(missing)), code="missing_column"
            )
        history = chosen.as_history if as_history is None else as_history
        summary = Summary(path.name, chosen, history, dry)
        rejects = Rejects(errors, sheet.header)
        began = time.monotonic()
        try:
            take = _look(summary) if dry else _take(summary, path)
            for rows in _batches(sheet.rows, batch, summary):
                for row, reason in take(rows):
                    summary.rejected += 1
                    rejects.keep(row, reason)
                summary.seconds = time.monotonic() - began
                tell(summary)
            if not dry and not summary.broken:
                take([])
        finally:
            summary.errors = rejects.close()
    return summary


def _batches(rows: Iterator[Row], size: int, summary: Summary) -> Iterator[list[Row]]:
    """Rows in batches. A file that breaks off in the middle gives what came before."""
    while True:
        found: list[Row] = []
        try:
            for row in islice(rows, size):
                found.append(row)
        except Refusal as refusal:
            summary.broken = str(refusal.sentence)
        if found:
            summary.rows += len(found)
            yield found
        if len(found) < size or summary.broken:
            return


def _drafting(summary: Summary) -> Callable[[list[Row]], list[Drafted | Rejected]]:
    """Drafts of rows. Rows without a key of their own that say the same get numbers: 1, 2, …"""
    said: Counter[str] = Counter()

    def count(digest: str) -> int:
        said[digest] += 1
        return said[digest]

    def draft(rows: list[Row]) -> list[Drafted | Rejected]:
        at = clock.now()
        with one_look():
            return [
                draft_of(
                    row,
                    summary.columns,
                    key=key_of(row, summary.columns, count),
                    as_history=summary.as_history,
                    at=at,
                )
                for row in rows
            ]

    return draft


def _named(rows: list[Row], rejected: list[Rejected]) -> list[tuple[Row, str]]:
    by_line = {row.line: row for row in rows}
    return [(by_line[one.line], one.reason) for one in sorted(rejected, key=lambda one: one.line)]


def _take(summary: Summary, path: Path) -> Callable[[list[Row]], list[tuple[Row, str]]]:
    """Take rows in; an empty batch ends the run."""
    source = summary.columns.source
    entry = importing.begin(
        source, summary.name, digest_of(path), as_history=summary.as_history, by=SERVICE, at=clock.now()
    )
    near = Neighbourhood(as_history=summary.as_history, source=source)
    draft = _drafting(summary)

    def take(rows: list[Row]) -> list[tuple[Row, str]]:
        if not rows:
            importing.end(entry, by=SERVICE, at=clock.now())
            return []
        batch = importing.take_batch(entry, draft(rows), near, by=SERVICE, at=clock.now())
        summary.taken += len(batch.taken)
        summary.known += batch.known
        summary.near += batch.near
        summary.why.update(batch.why)
        summary.states.update(order.state for order in batch.taken)
        return _named(rows, batch.rejected)

    return take


def _look(summary: Summary) -> Callable[[list[Row]], list[tuple[Row, str]]]:
    """Only look: what would be taken, what is known, what would be rejected. Writes nothing."""
    draft = _drafting(summary)
    seen: dict[str, str] = {}

    def look(rows: list[Row]) -> list[tuple[Row, str]]:
        drafts = draft(rows)
        good = [row for row in drafts if isinstance(row, Drafted)]
        rejected = [row for row in drafts if isinstance(row, Rejected)]
        there = importing.known_rows(summary.columns.source, good)
        with one_look():
            for row in good:
                key, text = row.draft.source_key or "", row.draft.description
                before = there.get(key, seen.get(key))
                if before is not None and before != text:
                    rejected.append(Rejected(row.line, importing.another_text(key)))
                elif before is not None:
                    summary.known += 1
                else:
                    seen[key] = text
                    found = understand(row.draft, at=clock.now())
                    summary.taken += 1
                    summary.why.update(found.why)
        return _named(rows, rejected)

    return look
