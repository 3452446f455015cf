"""Emergency mode: the list, the switch, the reception board, notices with receipts, the after-action record.

The board is for everybody as far as shelters go; rosters, supplies, notices and the timeline are for staff.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.meetings.views.calling import attempt
from gongzhi.people.actor import Person
from gongzhi.people.roles import Role
from gongzhi.workorders.actions import emergency as actions
from gongzhi.workorders.actions import looking_back
from gongzhi.workorders.cards.rows import row_of
from gongzhi.workorders.forms import emergencies as form
from gongzhi.workorders.models.emergencies import Emergency
from gongzhi.workorders.policies.police import POLICE, require
from gongzhi.workorders.queries import emergency as queries
from gongzhi.workorders.queries.police import orders_of_figure
from gongzhi.workorders.tables import tree


@require_GET
def emergencies(request: HttpRequest) -> HttpResponse:
    """Those that are on, and those that were."""
    by: Person = request.actor  # type: ignore[attr-defined]
    rows = queries.emergencies()
    context = {
        "on": [row for row in rows if row.ended_at is None],
        "past": [row for row in rows if row.ended_at is not None],
        "may_switch": POLICE.may(by, "switch_on", None),
        "shell": _shell(by),
    }
    return render(request, "workorders/staff/emergencies.html", context)


def _shell(by: Person) -> str:
    return "kit/staff.html" if by.is_staff else "kit/resident.html"


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The switch."""
    by = require(request.actor, "switch_on")  # type: ignore[attr-defined]
    paths = by.areas(Role.LEADER)
    first = {"kind": "typhoon", "categories": form.urgent_codes()}
    switch = form.SwitchForm(request.POST or None, paths=paths, initial=first)
    if request.method == "POST":
        made = attempt(
            switch,
            lambda said: actions.switch_on(
                name=said["name"], kind=said["kind"], division_id=said["division"], reason=said["reason"],
                categories=said["categories"], day_hours=said["day_hours"], by=by, at=clock.now(),
            ),
        )  # fmt: skip
        if made is not None:
            toast(request, _("已启动应急，不紧急的工单正在暂停计时"))
            return HttpResponseRedirect(reverse("workorders:emergency", args=[made.pk]))
    status = 400 if switch.errors else 200
    return render(request, "workorders/staff/emergency_new.html", {"form": switch}, status=status)


@require_GET
def board(request: HttpRequest, emergency_id: int) -> HttpResponse:
    """The reception board."""
    by: Person = request.actor  # type: ignore[attr-defined]
    return _board(request, queries.get_emergency(emergency_id), by)


def _board(
    request: HttpRequest, row: Emergency, by: Person, *, wrong: forms.Form | None = None, act: str = ""
) -> HttpResponse:
    now, path, on = clock.now(), row.division.path, row.ended_at is None
    shelters: list[dict[str, Any]] = [
        {"row": one, "free": one.capacity - one.people, "over": one.people > one.capacity,
         "share": min(one.people / one.capacity, 1.0)}
        for one in row.shelters.select_related("keeper")
    ]  # fmt: skip
    shifts = list(row.shifts.select_related("account", "organisation")) if by.is_staff else []
    may = {
        verb: on and POLICE.may(by, verb, path)
        for verb in ("prepare", "tend", "notify", "ask_end", "end", "take_back_end")
    }
    may["record"] = POLICE.may(by, "write_record", path) or (by.is_staff and row.record_at is not None)
    made: dict[str, forms.Form] = {
        "end_form": form.ReasonForm(), "shelter_form": form.ShelterForm(auto_id="sh_%s"),
        "supply_form": form.SupplyForm(auto_id="su_%s"),
        "shift_form": form.ShiftForm(people=_people(row) if may["prepare"] else [], auto_id="on_%s"),
        "bulletin_form": form.BulletinForm(auto_id="no_%s"),
    }  # fmt: skip
    if wrong is not None and act in _SHOWN:
        made[_SHOWN[act]] = wrong
    context: dict[str, Any] = {
        "row": row,
        "on": on,
        "staff": by.is_staff,
        "shell": _shell(by),
        "shelters": shelters,
        "free": sum(one["free"] for one in shelters if one["row"].open and one["free"] > 0),
        "people": sum(one["row"].people for one in shelters),
        "supplies": list(row.supplies.annotate(missing=F("wanted") - F("there"))) if by.is_staff else [],
        "now_on_duty": [one for one in shifts if one.begins_at <= now < one.ends_at],
        "later": [one for one in shifts if one.begins_at > now],
        "shifts": len(shifts),
        "bulletins": list(queries.bulletins(row)) if by.is_staff and POLICE.may(by, "notify", path) else [],
        "mine": queries.mine(row, by),
        "history": queries.timeline(row)[::-1] if by.is_staff else [],
        "categories": [tree().said_of(tree().by_code[c].id) for c in row.categories if c in tree().by_code],
        "held": row.holds.filter(ended_at=None).count() if by.is_staff else 0,
        "may": may,
        "second": row.end_asked_by_id is not None and row.end_asked_by_id != by.account_id,
        "wrong": act if wrong is not None else "",
        **made,
    }
    return render(request, "workorders/staff/emergency.html", context, status=400 if wrong else 200)


def _people(row: Emergency) -> list[tuple[int, str]]:
    posts = (
        actions.posts_in(row, clock.now())
        .select_related("account", "division")
        .order_by("role", "account__name")
    )
    names: dict[int, str] = {}
    for post in posts[:2000]:
        names.setdefault(post.account_id, f"{post.account.name}（{post.said}）")
    return list(names.items())


#: act → (form, what it calls, what is said afterwards)
Act = Callable[[int, dict[str, Any], dict[str, Any]], Any]
_SHOWN = {
    "ask-end": "end_form", "shelter": "shelter_form", "supply": "supply_form", "duty": "shift_form", "notify": "bulletin_form",
}  # fmt: skip


class _Seen(forms.Form):
    """Nothing to fill in."""


class _Part(forms.Form):
    """One row of the board."""

    part = forms.IntegerField()


_ACTS: dict[str, tuple[type[forms.Form], Act, Any]] = {
    "ask-end": (form.ReasonForm, lambda pk, s, a: actions.ask_end(pk, reason=s["reason"], **a), gettext_lazy("已提出，等另一位同事确认")),
    "take-back-end": (_Seen, lambda pk, s, a: actions.take_back_end(pk, **a), gettext_lazy("已收回，应急继续")),
    "end": (_Seen, lambda pk, s, a: actions.end(pk, **a), gettext_lazy("应急已结束，工单正在恢复计时")),
    "shelter": (form.ShelterForm, lambda pk, s, a: actions.open_shelter(
        pk, name=s["name"], place=s["place"], capacity=s["capacity"], keeper_id=s["keeper"], **_plain(a)), gettext_lazy("已开放")),
    "people": (form.PeopleForm, lambda pk, s, a: actions.count_people(
        s["part"], s["people"], is_open=not s["closed"], **a), gettext_lazy("人数已记下")),
    "supply": (form.SupplyForm, lambda pk, s, a: actions.add_supply(
        pk, name=s["name"], unit=s["unit"], place=s["place"], there=s["there"], wanted=s["wanted"], **_plain(a)), gettext_lazy("已列入")),
    "supply-count": (form.ThereForm, lambda pk, s, a: actions.count_supply(s["part"], s["there"], **a), gettext_lazy("数量已记下")),
    "duty": (form.ShiftForm, lambda pk, s, a: actions.put_on_duty(
        pk, account_id=s["account"], task=s["task"], begins_at=s["begins_at"], ends_at=s["ends_at"], **_plain(a)), gettext_lazy("已安排值守")),
    "duty-drop": (_Part, lambda pk, s, a: actions.take_off_duty(s["part"], **_plain(a)), gettext_lazy("已取消")),
    "notify": (form.BulletinForm, lambda pk, s, a: actions.notify(
        pk, title=s["title"], text=s["text"], bodies=s["bodies"], roles=s["roles"], **_plain(a)), gettext_lazy("已发出")),
    "read": (_Part, lambda pk, s, a: actions.read(s["part"], **_plain(a)), gettext_lazy("已记下您读过了")),
}  # fmt: skip


def _plain(act: dict[str, Any]) -> dict[str, Any]:
    return {"by": act["by"], "at": act["at"]}


@require_POST
def act(request: HttpRequest, emergency_id: int, act: str) -> HttpResponse:
    """One act of the board."""
    by = require(request.actor, "see_emergency")  # type: ignore[attr-defined]
    if act not in _ACTS:
        raise NotFound
    row = queries.get_emergency(emergency_id)
    kind, take, done = _ACTS[act]
    more: dict[str, Any] = {"people": _people(row)} if kind is form.ShiftForm else {}
    prefix = {"shelter": "sh_%s", "supply": "su_%s", "duty": "on_%s", "notify": "no_%s"}.get(act, "id_%s")
    said = kind(request.POST, auto_id=prefix, **more)
    told = request.POST.get("seen", "")
    seen = int(told) if told.isdecimal() and len(told) < 9 else None
    made = attempt(
        said, lambda values: take(emergency_id, values, {"by": by, "at": clock.now(), "seen": seen}) or True
    )
    if made is None:
        if act not in _SHOWN:
            first = next((str(e) for errors in said.errors.values() for e in errors), "")
            raise Invalid(first)
        return _board(request, row, by, wrong=said, act=act)
    toast(request, str(done))
    return HttpResponseRedirect(reverse("workorders:emergency", args=[emergency_id]))


@require_GET
def notice(request: HttpRequest, emergency_id: int, bulletin_id: int) -> HttpResponse:
    """Who has read a notice, and who has not."""
    by = require(request.actor, "see_emergency")  # type: ignore[attr-defined]
    row = queries.get_emergency(emergency_id)
    bulletin, receipts = queries.get_bulletin(row, bulletin_id, by=by)
    unread = [one for one in receipts if one.read_at is None]
    context = {"row": row, "bulletin": bulletin, "unread": unread, "read": [r for r in receipts if r.read_at]}
    return render(request, "workorders/staff/bulletin.html", context)


@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, emergency_id: int) -> HttpResponse:
    """The after-action record: made from what happened, edited, finished."""
    by = require(request.actor, "see_emergency")  # type: ignore[attr-defined]
    row = queries.get_emergency(emergency_id)
    path = row.division.path
    words = form.RecordForm(
        request.POST if request.POST.get("step") == "write" else None, initial={"text": row.record}
    )
    if request.method == "POST":
        told = request.POST.get("seen", "")
        args: dict[str, Any] = {
            "by": by,
            "at": clock.now(),
            "seen": int(told) if told.isdecimal() and len(told) < 9 else None,
        }
        here = HttpResponseRedirect(reverse("workorders:emergency_record", args=[emergency_id]))
        match request.POST.get("step"):
            case "draft":
                looking_back.draft_record(emergency_id, **args)
                toast(request, _("已从记录生成，请补充后定稿"))
                return here
            case "finish":
                looking_back.finish_record(emergency_id, **args)
                toast(request, _("复盘已定稿"))
                return here
            case "write":
                if (
                    attempt(words, lambda said: looking_back.write_record(emergency_id, said["text"], **args))
                    is not None
                ):
                    toast(request, _("已保存"))
                    return here
            case _:
                raise Conflict
    writes = POLICE.may(by, "write_record", path) and row.finished_at is None
    context = {
        "row": row,
        "form": words,
        "may_write": writes,
        "may_finish": writes and POLICE.may(by, "finish_record", path) and row.ended_at is not None,
        "history": queries.timeline(row),
    }
    return render(
        request, "workorders/staff/emergency_record.html", context, status=400 if words.errors else 200
    )


@require_GET
def record_paper(request: HttpRequest, emergency_id: int) -> HttpResponse:
    """The record on paper."""
    require(request.actor, "see_emergency")  # type: ignore[attr-defined]
    row = queries.get_emergency(emergency_id)
    if row.record_at is None:
        raise NotFound(_("还没有复盘。"))
    context = {"row": row, "history": queries.timeline(row)}
    return render(request, "workorders/staff/paper_emergency.html", context)


@require_GET
def behind(request: HttpRequest, emergency_id: int, code: str) -> HttpResponse:
    """The list behind a figure of the record."""
    by = require(request.actor, "see_emergency")  # type: ignore[attr-defined]
    row = queries.get_emergency(emergency_id)
    figure = next((one for one in row.figures if one["code"] == code and "orders" in one), None)
    if figure is None:
        raise NotFound(_("没有这个数的清单。"))
    orders, now = orders_of_figure(figure["orders"], by=by), clock.now()
    context = {
        "row": row,
        "figure": figure,
        "rows": [
            {"row": row_of(one, now=now), "url": reverse("workorders:desk_order", args=[one.pk])}
            for one in orders
        ],
        "hidden": len(figure["orders"]) - len(orders),
    }
    return render(request, "workorders/staff/emergency_list.html", context)
