"""The table of responsibilities and promises as people read it: look, try a change on last month, put it in force."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import zlib
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongzhi.journal.books import fingerprint
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid, NotFound, Refusal, TooLarge
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions.ruling import (
    change_line,
    change_promise,
    end_line,
    promise_values,
    put_in_force,
)
from gongzhi.workorders.dry_run import COLUMNS, Wanted, compare, current, differences, limit_words, read_table
from gongzhi.workorders.forms.rules import UNITS, LineForm, NewLineForm, PromiseForm
from gongzhi.workorders.kind import PROMISES
from gongzhi.workorders.models import Appeal, Hours, Lead, PromiseRule, Responsibility
from gongzhi.workorders.policies.desk import DESK, require
from gongzhi.workorders.queries import scopes
from gongzhi.workorders.staff_views.exporting import harmless
from gongzhi.workorders.tables import tree

#: A table of rules larger than this is a mistake.
MOST_BYTES, MOST_LINES = 1_000_000, 5_000


def _told(row: Responsibility) -> dict[str, Any]:
    bodies = organisations()
    by_code = {body.code: body.label for body in bodies.values()}
    named = {Lead.COMMUNITY: _("所在社区"), Lead.PROPERTY: _("所在小区物业")}
    line = tree().line(row.category_id)
    return {
        "row": row,
        "root": line[0].said if line else _("兜底"),
        "root_id": line[0].id if line else 0,
        "about": " › ".join(topic.said for topic in line[1:])
        or (_("{name}（其余）").format(name=line[0].said) if line else _("没有更具体的规则时")),
        "area": ground().name_of(row.division_id) if row.division_id else _("所有区域"),
        "hours": "" if row.hours == Hours.ANY else Hours(row.hours).label,
        "limit": f"{row.limit} {UNITS[row.limit_unit]}" if row.limit else "",
        "lead": bodies[row.unit_id].label
        if row.unit_id in bodies
        else named.get(Lead(row.lead), _("单位已撤销")),
        "joint": _("、").join(named[Lead(c)] if c in named else by_code.get(c, c) for c in row.joint),
    }


@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """The tables, by first-level category."""
    by = require(request.actor, "read_tables")  # type: ignore[attr-defined]
    words = request.GET.get("q", "").strip()[:40]
    today = clock.today()
    lines = [_told(row) for row in current(today)]
    coming = [_told(row) for row in Responsibility.objects.filter(starts_on__gt=today).order_by("starts_on")]
    ending = [line for line in lines if line["row"].ends_on]
    if words:
        lines = [
            line
            for line in lines
            if words
            in f"{line['row'].code} {line['root']} {line['about']} {line['lead']} {line['joint']} {line['row'].note}"
        ]
    groups: dict[int, dict[str, Any]] = {}
    order = {topic.id: place for place, topic in enumerate(tree().roots)}
    for line in sorted(
        lines,
        key=lambda e: (order.get(e["root_id"], 999), e["row"].category.code if e["row"].category else ""),
    ):
        groups.setdefault(line["root_id"], {"name": line["root"], "lines": []})["lines"].append(line)
    promises = [
        {
            "row": row,
            "promise": _(PROMISES[row.promise].label)
            if row.promise in PROMISES
            else _("可以重新打开")
            if row.promise == "reopen"
            else row.promise,
            "appeal": str(Appeal(row.appeal).label) if row.appeal else _("任何类型"),
            "about": tree().said_of(row.category_id) or _("任何分类"),
            "urgent": {True: _("紧急"), False: _("不紧急"), None: ""}[row.urgent],
            "unit": UNITS.get(row.unit, row.unit),
        }
        for row in PromiseRule.objects.order_by("promise", "priority", "code")
    ]
    context = {
        "groups": list(groups.values()),
        "count": len(lines),
        "words": words,
        "coming": coming,
        "ending": ending,
        "promises": promises,
        "may_change": DESK.may(by, "change_tables", None),
    }
    return render(request, "workorders/staff/rules.html", context)


@require_GET
def table_file(request: HttpRequest) -> HttpResponse:
    """The table in force as CSV, in the shape in which it may be handed in again."""
    require(request.actor, "read_tables")  # type: ignore[attr-defined]
    bodies, land = organisations(), ground()
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in current():
        lead = bodies[row.unit_id].code if row.unit_id in bodies else row.lead
        area = land.areas[row.division_id].code if row.division_id in land.areas else ""
        values = [row.code, row.category.code if row.category else "", area, row.hours, lead,
                  ";".join(row.joint), row.priority, row.note, row.answers,
                  limit_words(row.limit, row.limit_unit), row.origin, row.document]  # fmt: skip
        writer.writerow([harmless(value) for value in values])
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="responsibilities.csv"'
    return response


def _first_values(row: Responsibility) -> dict[str, Any]:
    return {
        "category": row.category_id,
        "division": row.division_id,
        "hours": row.hours,
        "lead": row.lead,
        "unit": row.unit_id,
        "joint": ";".join(row.joint),
        "priority": row.priority,
        "note": row.note,
        "answers": row.answers,
        "limit": row.limit,
        "limit_unit": row.limit_unit,
        "origin": row.origin,
        "document": row.document,
        "starts_on": clock.today(),
    }


@require_http_methods(["GET", "POST"])
def edit_line(request: HttpRequest, code: str) -> HttpResponse:
    """One line with its former versions. POST ``act=try`` shows what a change would do, ``save`` makes it, ``end`` ends it."""
    by = require(request.actor, "change_tables")  # type: ignore[attr-defined]
    versions = list(
        Responsibility.objects.filter(code=code).select_related("unit", "category").order_by("-pk")
    )
    if not versions:
        raise NotFound(_("没有这条规则。"))
    row = next((v for v in versions if v.ends_on is None), versions[0])
    form = LineForm(request.POST or None, initial=_first_values(row))
    outcome, status = None, 200
    if request.method == "POST":
        act = request.POST.get("act", "save")
        seen = request.POST.get("seen", "")
        if form.is_valid():
            said = form.cleaned_data
            wanted = _wanted(code, said)
            try:
                if act == "try":
                    outcome = compare(_with_line(wanted), at=clock.now())
                elif act == "end":
                    end_line(
                        code,
                        on=said["starts_on"],
                        by=by,
                        at=clock.now(),
                        seen=int(seen) if seen.isdecimal() else None,
                    )
                    toast(request, _("规则 {code} 从 {day} 起停用").format(code=code, day=said["starts_on"]))
                    return HttpResponseRedirect(reverse("workorders:desk_rules"))
                else:
                    change_line(
                        wanted,
                        starts_on=said["starts_on"],
                        by=by,
                        at=clock.now(),
                        seen=int(seen) if seen.isdecimal() else None,
                    )
                    toast(request, _("规则 {code} 从 {day} 起生效").format(code=code, day=said["starts_on"]))
                    return HttpResponseRedirect(f"{reverse('workorders:desk_rules')}#{code}")
            except Invalid as refusal:
                for name, words in (refusal.fields or {None: [str(refusal)]}).items():  # type: ignore[dict-item]
                    form.add_error(name if name in form.fields else None, words)
                status = 400
        else:
            status = 400
    context = {
        "form": form,
        "row": row,
        "versions": [_told(v) for v in versions],
        "outcome": outcome,
        "told": _told(row),
    }
    return render(request, "workorders/staff/rule.html", context, status=status)


def _wanted(code: str, said: Mapping[str, Any]) -> Wanted:
    return Wanted(
        code, said["category"], said["division"], said["hours"], said["lead"],
        said["unit"] if said["lead"] == Lead.UNIT else None, said["joint"], said["priority"], said["note"],
        said["answers"], said["origin"], said["document"], said["limit"], said["limit_unit"],
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def new_line(request: HttpRequest) -> HttpResponse:
    """A line that does not exist yet: tried on last month's orders, or saved from a day on."""
    by = require(request.actor, "change_tables")  # type: ignore[attr-defined]
    street = next((s.key.removeprefix("area-") for s in scopes(by) if s.key.startswith("area-")), "")
    first = {
        "category": request.GET.get("category", ""), "division": street, "priority": 90, "starts_on": clock.today(),
    }  # fmt: skip
    form = NewLineForm(request.POST or None, initial=first)
    outcome, status = None, 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            said, code = form.cleaned_data, form.cleaned_data["code"]
            wanted = _wanted(code, said)
            if any(row.code == code for row in current()):
                form.add_error("code", _("这个编号已经有了。"))
            elif request.POST.get("act") == "try":
                outcome, status = compare(_with_line(wanted), at=clock.now()), 200
            else:
                try:
                    change_line(wanted, starts_on=said["starts_on"], by=by, at=clock.now(), seen=0)
                    toast(request, _("规则 {code} 从 {day} 起生效").format(code=code, day=said["starts_on"]))
                    return HttpResponseRedirect(f"{reverse('workorders:desk_rules')}#{code}")
                except Invalid as refusal:
                    for name, words in (refusal.fields or {None: [str(refusal)]}).items():  # type: ignore[dict-item]
                        form.add_error(name if name in form.fields else None, words)
    context = {"form": form, "outcome": outcome}
    return render(request, "workorders/staff/rule_new.html", context, status=status)


def _with_line(wanted: Wanted) -> list[Wanted]:
    from gongzhi.workorders.dry_run import as_wanted

    rows = [as_wanted(row) for row in current() if row.code != wanted.code]
    return [*rows, wanted]


@require_http_methods(["GET", "POST"])
def edit_promise(request: HttpRequest, code: str) -> HttpResponse:
    """How long one promise is from now on."""
    by = require(request.actor, "change_tables")  # type: ignore[attr-defined]
    row = PromiseRule.objects.filter(code=code).first()
    if row is None:
        raise NotFound(_("没有这条承诺。"))
    first = {"amount": row.amount, "unit": row.unit, "marks": ";".join(map(str, row.marks))}
    form = PromiseForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        change_promise(code, **form.cleaned_data, by=by, at=clock.now(), seen=request.POST.get("seen_as"))
        toast(request, _("承诺 {code} 已更改，只影响新的工单").format(code=code))
        return HttpResponseRedirect(f"{reverse('workorders:desk_rules')}#{code}")
    label = _(PROMISES[row.promise].label) if row.promise in PROMISES else row.promise
    context = {"form": form, "row": row, "label": label, "seen": fingerprint(promise_values(row))}
    return render(
        request, "workorders/staff/promise.html", context, status=400 if request.method == "POST" else 200
    )


def packed(raw: bytes) -> str:
    """A file as text that a hidden field can carry to the next page."""
    return base64.b64encode(zlib.compress(raw, 9)).decode()


def unpacked(text: str) -> bytes:
    """The file back. Raises Invalid for what was not made by :func:`packed`, TooLarge beyond MOST_BYTES."""
    try:
        opener = zlib.decompressobj()
        raw = opener.decompress(base64.b64decode(text, validate=True), MOST_BYTES + 1)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise Invalid(_("文件没有完整传来，请重新选择。"), code="broken_file") from error
    if len(raw) > MOST_BYTES:
        raise TooLarge(_("文件太大了，规则表最多 1 MB。"))
    return raw


def rows_of(raw: bytes) -> list[Mapping[str, str]]:
    """Rows of a CSV file in UTF-8 or GB 18030. Raises Invalid with what is missing."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Invalid(_("文件的编码读不出来。"), help=_("请另存为 UTF-8 编码的 CSV。"), code="encoding")
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = {"code", "category_code", "lead", "priority"} - set(reader.fieldnames or ())
    if missing:
        raise Invalid(
            _("表格缺少这些列：{names}").format(names=_("、").join(sorted(missing))),
            help=_("请先下载现行的表格，在上面修改。"),
            code="columns",
        )
    try:
        rows = [{k: v or "" for k, v in row.items() if k} for row in reader]
    except csv.Error as error:
        raise Invalid(_("文件不是可读的 CSV。"), code="not_csv") from error
    if len(rows) > MOST_LINES:
        raise TooLarge(_("规则太多了，最多 {n} 行。").format(n=MOST_LINES))
    # What a download of ours has made harmless is taken back as it was.
    return [
        {k: v[1:] if v[:1] == "'" and harmless(v[1:]) != v[1:] else v for k, v in row.items()} for row in rows
    ]


@require_http_methods(["GET", "POST"])
def try_table(request: HttpRequest) -> HttpResponse:
    """Hand in a changed table and see what it would have done to last month's orders."""
    by = require(request.actor, "change_tables")  # type: ignore[attr-defined]
    context: dict[str, Any] = {"today": clock.today()}
    if request.method == "GET":
        return render(request, "workorders/staff/try.html", context)
    try:
        file = request.FILES.get("file")
        if file is None:
            raise Invalid(_("请先选择 CSV 文件。"), code="no_file")
        if file.size is not None and file.size > MOST_BYTES:
            raise TooLarge(_("文件太大了，规则表最多 1 MB。"))
        raw = file.read()
        street = next((s.key.removeprefix("area-") for s in scopes(by) if s.key.startswith("area-")), "")
        wanted, faults = read_table(rows_of(raw), default_division=int(street) if street else None)
    except Refusal as refusal:
        return render(
            request, "workorders/staff/try.html", context | {"refusal": refusal}, status=refusal.status
        )
    new, changed, missing = differences(wanted)
    context |= {
        "name": file.name,
        "faults": faults,
        "new": new,
        "changed": changed,
        "missing": missing,
        "lines": len(wanted),
        "outcome": compare(wanted, at=clock.now()) if not faults else None,
        "content": packed(raw) if not faults else "",
        "division": street,
    }
    return render(request, "workorders/staff/try.html", context)


@require_POST
def put_table_in_force(request: HttpRequest) -> HttpResponse:
    """The table that was tried becomes the table, from a day on."""
    by = require(request.actor, "change_tables")  # type: ignore[attr-defined]
    division = request.POST.get("division", "")
    wanted, faults = read_table(
        rows_of(unpacked(request.POST.get("content", ""))),
        default_division=int(division) if division.isdecimal() else None,
    )
    if faults:
        raise Invalid(faults[0], code="faults")
    starts_on = forms.DateField(required=True)
    try:
        day = starts_on.clean(request.POST.get("starts_on", ""))
    except forms.ValidationError as error:
        raise Invalid(_("请选择从哪天起生效。"), code="starts_on") from error
    new, changed, ended = put_in_force(
        wanted, starts_on=day, end_others="end_others" in request.POST, by=by, at=clock.now()
    )
    said = _("从 {day} 起生效：新增 {new} 条，修改 {changed} 条，停用 {ended} 条")
    toast(request, said.format(day=day, new=new, changed=changed, ended=ended))
    return HttpResponseRedirect(reverse("workorders:desk_rules"))
