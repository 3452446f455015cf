"""Responsibility lines from a file, GeoJSON or CSV: a dry run that lists every fault, and what would be left open.

Nothing here writes: putting a file in force is ``actions.put_lines``.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from civics.territory import read_geojson
from gongzhi.people.lines import Answerer, Lines, cover_of, lines
from gongzhi.people.models import Line, LineArea, Organisation, Post
from gongzhi.territory.ground import ground

#: Columns of a CSV; the same names are properties in GeoJSON.
COLUMNS = ("line", "code", "name", "divisions", "organisation", "login")
MOST_ROWS = 5000


@dataclass(frozen=True)
class Wanted:
    """An area as a file wants it."""

    line: str
    code: str
    name: str
    divisions: tuple[int, ...]
    shape: dict[str, Any] | None
    organisation_id: int | None
    post_id: int | None
    who: str


@dataclass
class LinesRun:
    """What a file would do. ``left`` are (line, orphans and overlaps now, and afterwards)."""

    wanted: list[Wanted] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    new: int = 0
    changed: int = 0
    missing: list[str] = field(default_factory=list)
    left: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """May it be put in force? Orphans and overlaps are allowed: a page shows them."""
        return bool(self.wanted) and not self.faults


def dry_run(raw: bytes, *, on: date, line: str = "") -> LinesRun:
    """Read a file and compare it with the lines as they stand. Never raises for what it contains.

    ``line`` is that of rows which do not say theirs.
    """
    run = LinesRun()
    rows = (
        _geojson(raw, run) if raw.lstrip()[:1] in (b"{", b"\xef") and b'"features"' in raw else _csv(raw, run)
    )
    units = dict(Organisation.objects.filter(ends_on=None).values_list("code", "pk"))
    names = dict(Organisation.objects.values_list("pk", "name"))
    posts: dict[str, tuple[int, str]] = {
        login or "": (pk, name)
        for login, pk, name in Post.objects.filter(
            ends_on=None, account__login__isnull=False, starts_on__lte=on
        )
        .order_by("-pk")
        .values_list("account__login", "pk", "account__name")
    }
    labels = {str(label): value for value, label in Line.choices}
    seen: set[tuple[str, str]] = set()
    for where, row, shape in rows:
        wrong: list[str] = []
        told = {name: str(row.get(name) or "").strip() for name in COLUMNS}
        which = labels.get(told["line"], told["line"]) or line
        if which not in Line.values:
            wrong.append(_("没有条线“{line}”").format(line=told["line"]))
        if not 0 < len(told["code"]) <= 40:
            wrong.append(_("没有编号"))
        elif (which, told["code"]) in seen:
            wrong.append(_("编号“{code}”重复").format(code=told["code"]))
        seen.add((which, told["code"]))
        divisions, strange = _divisions(told["divisions"])
        if strange:
            wrong.append(_("没有区域“{code}”").format(code="、".join(strange)))
        if not divisions and shape is None and not strange:
            wrong.append(_("既没有区域，也没有边界"))
        if told["organisation"] and told["organisation"] not in units:
            wrong.append(_("没有单位“{code}”").format(code=told["organisation"]))
        if told["login"] and told["login"] not in posts:
            wrong.append(_("“{login}”没有正在任的岗位").format(login=told["login"]))
        if not told["organisation"] and not told["login"]:
            wrong.append(_("没有写由谁负责"))
        if wrong:
            run.faults += [f"{where}：{fault}。" for fault in wrong]
            continue
        post = posts.get(told["login"])
        unit = units.get(told["organisation"])
        run.wanted.append(
            Wanted(
                which, told["code"], (told["name"] or told["code"])[:80], divisions, shape, unit,
                post[0] if post else None, post[1] if post else names.get(unit or 0, ""),
            )
        )  # fmt: skip
    if not run.wanted and not run.faults:
        run.faults.append(_("文件里没有任何责任区。"))
    _compare(run)
    return run


def _divisions(text: str) -> tuple[tuple[int, ...], list[str]]:
    """(ids, codes that nothing has) of codes with ``;`` between."""
    codes = [part.strip() for part in text.replace("；", ";").split(";") if part.strip()]
    known = ground().by_code
    return (
        tuple(sorted({known[code].id for code in codes if code in known})),
        [code for code in codes if code not in known],
    )


def _geojson(raw: bytes, run: LinesRun) -> list[tuple[str, dict[str, Any], dict[str, Any] | None]]:
    features, faults = read_geojson(raw)
    run.faults += [fault.sentence for fault in faults]
    return [
        (
            _("第 {n} 个要素").format(n=feature.number),
            {**feature.properties, "code": feature.code, "name": feature.name},
            feature.geometry,
        )
        for feature in features
    ]


def _csv(raw: bytes, run: LinesRun) -> list[tuple[str, dict[str, Any], dict[str, Any] | None]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        run.faults.append(_("文件的编码读不出来，请另存为 UTF-8 编码的 CSV。"))
        return []
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""))
        missing = {"code", "divisions"} - set(reader.fieldnames or ())
        if missing:
            run.faults.append(_("表格缺少这些列：{names}").format(names="、".join(sorted(missing))))
            return []
        rows = [(n, row) for n, row in enumerate(reader, 2)]
    except csv.Error:
        run.faults.append(_("文件不是可读的 CSV。"))
        return []
    if len(rows) > MOST_ROWS:
        run.faults.append(_("行数太多了，最多 {n} 行。").format(n=MOST_ROWS))
        return []
    return [(_("第 {n} 行").format(n=n), {k: v for k, v in row.items() if k}, None) for n, row in rows]


def _compare(run: LinesRun) -> None:
    """Count what is new and changed, and what each line would leave open."""
    now = lines()
    heads = {
        (line, code): (unit, post)
        for line, code, unit, post in LineArea.objects.filter(ends_on=None).values_list(
            "line", "code", "organisation_id", "post_id"
        )
    }
    known = {(area.line, area.code): area for area in now.areas}
    touched = {want.line for want in run.wanted}
    for want in run.wanted:
        area = known.get((want.line, want.code))
        if area is None:
            run.new += 1
        elif (area.name, area.divisions, area.shape, *heads.get((want.line, want.code), (None, None))) != (
            want.name, want.divisions, want.shape, want.organisation_id, want.post_id,
        ):  # fmt: skip
            run.changed += 1
    mine = {(want.line, want.code) for want in run.wanted}
    run.missing = sorted(
        f"{line} {code}" for line, code in known if line in touched and (line, code) not in mine
    )
    for line in sorted(touched):
        kept = [area for area in now.of(line) if (line, area.code) not in mine]
        after = [
            Answerer(
                -n,
                want.line,
                want.code,
                want.name,
                want.divisions,
                want.shape,
                want.who or "?",
                "",
                now.on,
                None,
            )
            for n, want in enumerate(run.wanted, 1)
            if want.line == line
        ]
        then = Lines([*kept, *after], now.on, now.land, {line: cover_of([*kept, *after], now.land)})
        run.left.append(
            {
                "label": str(Line(line).label),
                "orphans": (len(now.orphans(line)), len(then.orphans(line))),
                "overlaps": (len(now.overlaps(line)), len(then.overlaps(line))),
            }
        )
