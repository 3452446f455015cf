"""My cases, one case, opening one, and its files."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Forbidden, Refusal, SignInFirst
from gongzhi.matters.models import Matter
from gongzhi.mediation import queries
from gongzhi.mediation.actions import looking_in, opening
from gongzhi.mediation.forms.opening import REFERRERS, OpeningForm, committee_of, guessed
from gongzhi.mediation.kind import CODE
from gongzhi.mediation.policies import LOOKS_IN, may_refer, receives_for
from gongzhi.mediation.queries import lists
from gongzhi.mediation.views.showing import left_page_of, page_of, row_of, shell_of
from gongzhi.mediation.workflow import WORKFLOW
from gongzhi.people.actor import Person


def _person(request: HttpRequest) -> Person:
    actor: Person = request.actor  # type: ignore[attr-defined]
    if actor.account_id is None:
        raise SignInFirst
    return actor


def _filters(request: HttpRequest) -> lists.Filters:
    asked = request.GET
    # ``?closed`` is the address that messages of earlier years carry
    state = asked.get("state", "")[:20] or ("closed" if "closed" in asked else "open")
    return lists.Filters(
        state, asked.get("due", "")[:8], bool(asked.get("mine")), asked.get("after", "")[:200]
    )


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """The cases I am in, the most urgent first: ``?state=``, ``?due=``, ``?mine=``, ``?after=`` a cursor."""
    by = _person(request)
    now, filters = clock.now(), _filters(request)
    page = lists.page(filters, by=by, now=now)
    here = reverse("mediation:mine")
    told = {"state": filters.state, "due": filters.due, "mine": "1" if filters.mine else ""}
    asked = urlencode({name: value for name, value in told.items() if value})
    closed = filters.state == "closed" or (
        filters.state in WORKFLOW.states and not WORKFLOW.states[filters.state].open
    )
    context = {
        "shell": shell_of(by),
        "rows": [row_of(case, now=now) for case in page.cases],
        "tabs": [
            {"label": _("在办"), "url": here, "current": not closed},
            {"label": _("已结束"), "url": f"{here}?state=closed", "current": closed},
        ],
        "states": [(code, _(state.label)) for code, state in WORKFLOW.states.items() if state.open != closed],
        "filters": filters,
        "narrowed": filters.due or filters.mine or filters.state not in ("open", "closed"),
        "whole": "closed" if closed else "open",
        "closed": closed,
        "left": queries.left_by(by) if closed and not filters.after else [],
        "first": f"?{asked}" if filters.after else "",
        "older": f"?{asked}&after={page.older}" if page.older else "",
        "receives": bool(receives_for(by)),
        "looks_in": LOOKS_IN.holds(by, None),
    }
    return render(request, "mediation/mine.html", context)


@require_GET
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """One case, as far as my side sees it; what was written while I was there, when I have left it."""
    by = _person(request)
    kept = queries.get_left(case_id, by=by)
    if kept is not None:
        return render(request, "mediation/left.html", left_page_of(kept, by))
    return render(request, "mediation/case.html", page_of(queries.get_case(case_id, by=by), by))


def _origin(request: HttpRequest, by: Person) -> Matter | None:
    """The open matter a dispute grew out of, if one was named and its kind lets this person see it."""
    from gongzhi.matters.kinds import known

    text = request.GET.get("from", "") or request.POST.get("from", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 12):
        return None
    matter = Matter.objects.filter(pk=int(text), thread__sealed=False).first()
    if matter is None:
        return None
    kind = next((one for one in known() if one.code == matter.kind), None)
    ask = kind.cards.get("becomes_a_case") if kind else None
    return matter if ask is not None and ask(matter.pk, by) is not None else None


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Apply; or for a committee write down, offer, or hand over (``?from=`` an order)."""
    by = _person(request)
    own = sorted(receives_for(by))
    origin = _origin(request, by) if by.is_staff else None
    way = _way(request, by, own=bool(own), grown=origin is not None)
    given = _given(origin, by) if origin is not None else {}
    first = given.pop("account", None)
    form = OpeningForm(
        request.POST or None, mine=way == "apply", committee_ids=own if own and origin is None and way != "apply" else None,
        initial={"name": by.name if way == "apply" else "", **given},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        dispute = form.dispute(account_id=first, language=get_language() or "zh-hans")
        at = clock.now()
        if way == "refer":
            said = dict(REFERRERS)
            told = request.POST.get("referred_by", "")
            told = "workorder" if origin else told if told in said else "government"
            # the committee's own clerk notes what came by letter: then the court or office is named, not the clerk's post
            body = (
                str(said[told])
                if own and told in said
                else by.posts[0].organisation_name or by.posts[0].division_name
            )
            made = opening.refer(dispute, body, referred_by=told, origin=origin, by=by, at=at)
        else:
            made = getattr(opening, way)(dispute, by=by, at=at)
        toast(request, _("已交给调委会。编号 {number}").format(number=made.matter.number))
        return HttpResponseRedirect(reverse("mediation:case", args=[made.pk]))
    context = {
        "shell": shell_of(by),
        "form": form,
        "way": way,
        "origin": origin,
        "own": bool(own),
        "referrers": REFERRERS,
    }
    return render(request, "mediation/new.html", context, status=422 if form.errors else 200)


def _way(request: HttpRequest, by: Person, *, own: bool, grown: bool) -> str:
    """How a case comes in: staff hand over or write down what others say, and apply for themselves like anybody (``?mine``)."""
    if grown:
        return "refer"
    if "mine" in request.GET or "mine" in request.POST or not (own or may_refer(by)):
        return "apply"
    if own:
        return request.POST["way"] if request.POST.get("way") in ("offer", "refer") else "take_down"
    return "refer"


def _given(origin: Matter, by: Person) -> dict[str, Any]:
    """What the open matter's own room says a dispute may begin with."""
    from gongzhi.matters.kinds import kind_of

    told = kind_of(origin.kind).cards["becomes_a_case"](origin.pk, by)
    given = dict(told or {})
    body = committee_of(given.pop("division", None))
    subject = guessed(f"{given.get('subject_line', '')} {given.get('facts', '')}")
    # who they are stands in no open order: the team asks, and a hand-over needs no more than this
    given |= {"name": _("反映人"), "other_1": _("对方"), "subject": subject}
    return given | ({"committee": str(body)} if body else {})


@require_http_methods(["GET", "POST"])
def look_in(request: HttpRequest) -> HttpResponse:
    """Extraordinary access: the number, the reason, half an hour."""
    by = _person(request)
    if not LOOKS_IN.holds(by, None):
        raise Forbidden(_("特殊查看只限领导和审计员。"), help=_("有工作需要，请联系本案团队。"))
    number, text, fault = (
        request.POST.get("number", "").strip()[:20],
        request.POST.get("text", "").strip(),
        "",
    )
    if request.method == "POST":
        matter = Matter.objects.filter(number=number, kind=CODE).first()
        if matter is None:
            fault = _("没有这个编号的调解案件。")
        else:
            try:
                looking_in.look_in(matter.pk, text=text, by=by, at=clock.now())
            except Refusal as refusal:
                if refusal.code != "invalid":
                    raise
                fault = _("请写明理由，本案团队和当事人都会看到。")
            else:
                return HttpResponseRedirect(reverse("mediation:case", args=[matter.pk]))
    context = {"number": number, "text": text, "fault": fault}
    return render(request, "mediation/look_in.html", context, status=422 if fault else 200)


@require_safe
def file(request: HttpRequest, case_id: int, key: UUID, small: bool = False) -> HttpResponse:
    """A picture of a case, for the sides that may see it."""
    by = _person(request)
    found = queries.file_of(case_id, key, by=by)
    kept = found.thumbnail if small else found.blob
    response = HttpResponse(bytes(kept.content) if kept else b"", content_type=found.media_type)
    response.headers["Content-Disposition"] = f'inline; filename="{str(found.pk)[:8]}.jpg"'
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
