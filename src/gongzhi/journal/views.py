"""What changed in the tables: who, when, from what to what; and putting one row back as it was."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from gongzhi.journal import books
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Forbidden, NotFound, SignInFirst


def _table(actor: Any, name: str) -> books.Table:
    """A table whose changes the actor may read; the first of theirs without a name."""
    mine = books.tables_for(actor)
    found = next((one for one in mine if one.table == name or not name), None)
    if found is not None:
        return found
    if getattr(actor, "account_id", None) is None:
        raise SignInFirst
    if mine:
        raise NotFound(_("没有这张表的改动记录。"))
    raise Forbidden(_("这个页面只对工作人员开放。"))


@require_GET
def changes(request: HttpRequest, table: str = "") -> HttpResponse:
    """The changes of one table, newest first; ``?key=`` of one row, ``?before=`` further back."""
    actor = request.actor  # type: ignore[attr-defined]
    chosen = _table(actor, table)
    key, text = request.GET.get("key", "")[:120], request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
    noted = books.changes_of(chosen.table, key=key, before=before, most=books.PAGE + 1)
    more, noted = len(noted) > books.PAGE, noted[: books.PAGE]
    say = chosen.sayer(noted)
    may_undo = chosen.undo is not None and chosen.may_undo(actor)
    seen: set[str] = set()
    rows = []
    for one in noted:
        newest = before is None and one.change.key not in seen
        seen.add(one.change.key)
        rows.append(
            {
                "one": one,
                "name": one.change.name or one.change.key,
                "what": _what(one.change),
                "lines": _lines(one, chosen, say),
                "may_undo": may_undo and newest,
            }
        )
    here = reverse("journal:changes_of", args=[chosen.table])
    context = {
        "chosen": chosen,
        "tabs": [
            {
                "label": one.label,
                "url": reverse("journal:changes_of", args=[one.table]),
                "current": one.table == chosen.table,
            }
            for one in books.tables_for(actor)
        ],
        "rows": rows,
        "key": key,
        "key_name": next((one.change.name or key for one in noted), key),
        "here": here,
        "page_url": reverse(chosen.page),
        "older": f"{here}?before={noted[-1].position}" + (f"&{urlencode({'key': key})}" if key else "")
        if more
        else "",
    }
    return render(request, "journal/changes.html", context)


def _what(change: books.Change) -> tuple[str, str]:
    """(word, tone) for what happened to a row."""
    if change.before is None:
        return _("新增"), "new"
    if change.after is None:
        return _("停用"), "refused"
    return _("修改"), "working"


def _lines(one: books.Noted, table: books.Table, say: books.Say) -> list[tuple[str, str, str]]:
    """(label, before, after) of what differs; before is empty for a new row, after for one that is no more. What such a
    row left open or said no to is not told."""
    before, after = one.change.before, one.change.after
    whole = before if after is None else after if before is None else None
    return [
        (
            str(label),
            say(name, before.get(name)) if before is not None else "",
            say(name, after.get(name)) if after is not None else "",
        )
        for name, label in table.columns.items()
        if name in one.differs and (whole is None or _says(whole.get(name)))
    ]


def _says(value: Any) -> bool:
    """Is there anything in it? Nought is something."""
    return not (value is None or value is False or value == "" or value == [])


@require_POST
def undo(request: HttpRequest, table: str, entry_id: int) -> HttpResponse:
    """Put one row back as it was before a change, unless somebody has changed it since."""
    actor = request.actor  # type: ignore[attr-defined]
    chosen = _table(actor, table)
    if chosen.undo is None or not chosen.may_undo(actor):
        raise Forbidden(_("这一条不能在这里改回去。"))
    one = books.one_change(chosen.table, entry_id)
    if one is None:
        raise NotFound(_("没有这一条改动。"))
    chosen.undo(
        one.change.key,
        wanted=one.change.before,
        seen=books.fingerprint(one.change.after),
        by=actor,
        at=clock.now(),
    )
    toast(request, _("已改回去：{name}").format(name=one.change.name or one.change.key))
    return HttpResponseRedirect(reverse("journal:changes_of", args=[chosen.table]))
