"""Paper forms at the desk: complete one beside its picture, print a batch, count where they are."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid, NotFound, Refusal
from gongzhi.meetings.views.calling import attempt
from gongzhi.people.actor import Person
from gongzhi.workorders import sheet_paper
from gongzhi.workorders.actions import sheets
from gongzhi.workorders.actions.reporting import new_code
from gongzhi.workorders.cards.rows import state_label, unit_label
from gongzhi.workorders.drafts import LONGEST, Draft
from gongzhi.workorders.forms.questions import answers_sent
from gongzhi.workorders.forms.sheets import BatchForm, CountForm, SheetForm
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.policies import RULES
from gongzhi.workorders.policies.desk import require as at_desk
from gongzhi.workorders.policies.doors import DOORS, require
from gongzhi.workorders.queries import get_order
from gongzhi.workorders.queries import sheets as queries
from gongzhi.workorders.staff_views.pairs import path_of
from gongzhi.workorders.tables import tree

#: Key in the session of the last form that was taken in, so that its query code can be written on it.
TAKEN = "paper_taken"
_SAME = ("description", "place_text", "lon", "lat", "appeal", "name", "phone", "private")


@require_http_methods(["GET", "POST"])
def paper(request: HttpRequest) -> HttpResponse:
    """Photograph a form, complete it beside its picture. A code that was used leads to its order."""
    by = at_desk(request.actor, "take_in")  # type: ignore[attr-defined]
    if request.method == "GET":
        code, first = request.GET.get("code", "")[:200], {}
        if code:
            try:
                found = sheets.form_of(code)
            except Refusal as refusal:
                form = SheetForm(initial={"code": code})
                return _page(request, by, form, wrong=str(refusal), status=refusal.status)
            order = sheets.used(found)
            if order is not None:
                return _first(request, by, order)
            first = {"code": found.code, "area": None}
        return _page(request, by, SheetForm(initial=first))
    try:
        form = SheetForm(request.POST, request.FILES)
        if not form.is_valid():
            return _page(request, by, form, status=400)
        said, answers = form.cleaned_data, answers_sent(request.POST)
        draft = Draft(
            **{name: said[name] for name in _SAME if said[name] is not None},
            category_id=said["category"],
            area_id=said["area"],
            pictures=said["photos"],
            answers=answers[0],
            asked=answers[1],
        )
        receipt, before = sheets.take_sheet(said["code"], draft, by=by, at=clock.now())
    except Refusal as refusal:
        form = SheetForm(request.POST)
        form.errors.clear()
        named = {"position": "place_text"}
        known = [(named.get(name, name), words) for name, words in refusal.fields.items()]
        fitting = [row for row in known if row[0] in form.fields]
        for name, words in fitting or [(None, [str(refusal)])]:  # type: ignore[list-item]
            form.add_error(name, words)
        return _page(request, by, form, status=refusal.status)
    if before:
        return _first(request, by, receipt.order)
    request.session[TAKEN] = receipt.order.pk
    return HttpResponseRedirect(reverse("workorders:paper_done"))


def _page(
    request: HttpRequest, by: Person, form: SheetForm, *, wrong: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "most": LONGEST,
        "wrong": wrong,
        "may_print": DOORS.may(by, "print_sheets", None),
    }
    return render(request, "workorders/staff/paper_in.html", context, status=status)


def _first(request: HttpRequest, by: Person, order: WorkOrder) -> HttpResponse:
    """To the order that the form was used for before; a sentence where it is not theirs to open."""
    if not RULES.may(by, "see", order):
        raise NotFound(
            _("这张表已经登记过了，编号 {number}。").format(number=order.number),
            help=_("它不在您的辖区，请问工单中心。"),
            code="form_used",
        )
    toast(request, _("这张表已经登记过，就是这一件"))
    return HttpResponseRedirect(reverse("workorders:desk_order", args=[order.pk]))


@require_GET
def state(request: HttpRequest) -> HttpResponse:
    """While a code is typed or read: whether there is such a form, and its order when it was used (a fragment)."""
    by = at_desk(request.actor, "take_in")  # type: ignore[attr-defined]
    code = request.GET.get("code", "")[:200]
    if len(code.strip()) < 6:
        return HttpResponse(status=204)
    context: dict[str, Any] = {}
    try:
        found = sheets.form_of(code)
        order = sheets.used(found)
        context = {"found": found, "order": order, "mine": order is not None and RULES.may(by, "see", order)}
    except Refusal as refusal:
        context = {"wrong": str(refusal), "help": str(refusal.help)}
    return render(request, "workorders/staff/_paper_state.html", context)


@require_GET
def done(request: HttpRequest) -> HttpResponse:
    """The form is taken in: number and query code, to be told or written on the slip."""
    by = at_desk(request.actor, "take_in")  # type: ignore[attr-defined]
    key = request.session.get(TAKEN)
    row = WorkOrder.objects.filter(pk=key, source=sheets.SOURCE).first() if key else None
    if row is None:
        return HttpResponseRedirect(reverse("workorders:desk_paper"))
    context: dict[str, Any] = {"code": new_code(sheets.SOURCE, row.source_key), "number": row.number}
    try:
        order = get_order(row.pk, by=by)
        context |= {
            "order": order,
            "state": state_label(order.state),
            "unit": unit_label(order.unit_id),
            "category": tree().said_of(order.category_id),
        }
    except NotFound:
        pass  # what was handed in for another grid: the code still opens it for the resident
    return render(request, "workorders/staff/paper_done.html", context)


@require_http_methods(["GET", "POST"])
def batches(request: HttpRequest) -> HttpResponse:
    """Every batch and where its forms are; a new one."""
    by = require(request.actor, "print_sheets")  # type: ignore[attr-defined]
    path = path_of(by)
    form = BatchForm(request.POST or None, path=path)
    if request.method == "POST":
        made = attempt(
            form,
            lambda said: sheets.print_batch(
                said["division"], said["count"], place=said["place"], by=by, at=clock.now()
            ),
        )
        if made is not None:
            toast(request, _("已编号 {n} 张，请打印").format(n=made.count))
            return HttpResponseRedirect(reverse("workorders:paper_batches"))
    rows = queries.batches(path)
    total = {
        "printed": sum(one.row.count for one in rows), "back": sum(one.back for one in rows),
        "out": sum(one.out for one in rows), "missing": sum(one.row.missing for one in rows),
    }  # fmt: skip
    context = {"rows": rows, "form": form, "total": total}
    return render(request, "workorders/staff/paper_batches.html", context, status=400 if form.errors else 200)


@require_GET
def forms(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The forms of a batch as PDF."""
    by = require(request.actor, "print_sheets")  # type: ignore[attr-defined]
    row = queries.batch(batch_id, path_of(by))
    address = request.build_absolute_uri(reverse("workorders:desk_paper")) + "?code="
    answer = HttpResponse(sheet_paper.pdf(row, address=address), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="forms-{row.first:05d}.pdf"'
    return answer


@require_POST
def count(request: HttpRequest, batch_id: int) -> HttpResponse:
    """How many were given out, and how many are lost."""
    by = require(request.actor, "print_sheets")  # type: ignore[attr-defined]
    queries.batch(batch_id, path_of(by))
    form = CountForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("请填数字。"), code="counts")
    said = form.cleaned_data
    sheets.count_batch(batch_id, given=said["given"], missing=said["missing"], by=by, at=clock.now())
    toast(request, _("已记下"))
    return HttpResponseRedirect(reverse("workorders:paper_batches"))
