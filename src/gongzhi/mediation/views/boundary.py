"""A case across a boundary: which law is in question, with sources, and the register of what was passed on."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from civics.documents import CHECKED, fits
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid, NotFound, SignInFirst
from gongzhi.mediation import queries
from gongzhi.mediation.actions import handing
from gongzhi.mediation.forms.handing import HandOver
from gongzhi.mediation.models import Handover, Particulars, Party
from gongzhi.mediation.models.handing import Category, Side
from gongzhi.mediation.papers.boundary import notes_for, places_of, stale
from gongzhi.mediation.policies import RULES
from gongzhi.mediation.views.papers import standing
from gongzhi.mediation.views.showing import shell_of


@require_http_methods(["GET", "POST"])
def boundary(request: HttpRequest, case_id: int) -> HttpResponse:
    """Notes about the places that this case touches, documents that do not fit, and what was passed on; POST enters one."""
    by = request.actor  # type: ignore[attr-defined]
    if by.account_id is None:
        raise SignInFirst
    case = queries.get_case(case_id, by=by)
    team, own = standing(case, by)
    if not team and own is None:
        raise NotFound
    may = RULES.may(by, "hand_over", case) and case.open
    today, status, form = clock.today(), 200, None
    if may:
        form = HandOver(request.POST or None, case=case)
    if request.method == "POST":
        if form is None:
            raise NotFound
        if form.is_valid():
            try:
                with transaction.atomic():
                    handing.hand_over(case.pk, form.passing(), by=by, at=clock.now())
            except Invalid as refusal:
                for name, sentences in refusal.fields.items():
                    for sentence in sentences:
                        form.add_error(name if name in form.fields else None, sentence)
            else:
                toast(request, _("已登记"))
                return HttpResponseRedirect(reverse("mediation:boundary", args=[case.pk]))
        status = 400
    known = list(Particulars.objects.filter(case=case).select_related("party"))
    places = places_of([row.document for row in known], [row.phone for row in known])
    for row in Handover.objects.filter(case=case):
        places |= {row.origin, row.target}
    if case.cross_boundary and places == {"CN"}:
        places = set(Side.values)
    names = dict(Party.objects.filter(case=case).values_list("number", "name"))
    context = {
        "shell": shell_of(by),
        "case": case,
        "notes": [(note, stale(note, today)) for note in notes_for(places)],
        "misfits": [row.party.name for row in known
                    if row.document in CHECKED and row.document_number and not fits(row.document, row.document_number)],
        "rows": [
            {"row": row, "whose": [names.get(number, "") for number in row.parties],
             "categories": [str(Category(code).label) for code in row.categories],
             "warnings": handing.warnings(row, today=today)}
            for row in Handover.objects.filter(case=case).select_related("by")
        ],
        "form": form,
    }  # fmt: skip
    return render(request, "mediation/boundary.html", context, status=status)
