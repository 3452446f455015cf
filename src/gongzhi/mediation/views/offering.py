"""What a case gives to others: a topic, a story; written, read by a second person, released, taken back."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from civics.telltale import Hit
from gongzhi.journal.models import TEAM
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid, NotFound, SignInFirst
from gongzhi.matters.models import Offer
from gongzhi.mediation import queries
from gongzhi.mediation.actions import offering
from gongzhi.mediation.forms.offering import FORMS
from gongzhi.mediation.models import Case, Offered
from gongzhi.mediation.policies import RULES, current_sides, receives_for
from gongzhi.mediation.queries.telltales import hits, offered_of, often, place_of
from gongzhi.mediation.views.showing import shell_of
from gongzhi.mediation.workflow import WORKFLOW


def hit_words(found: list[Hit]) -> list[str]:
    """What was found, as people read it."""
    names = {
        "name": _("姓名"), "phone": _("电话"), "number": _("号码"), "place": _("地址"), "file": _("文件名"), "words": _("案卷里的原话"),
        "house": _("楼栋门牌"), "day": _("日期"), "age": _("年龄"), "web": _("网址或邮箱"), "sum": _("没有取整的金额"),
    }  # fmt: skip
    return [
        (_("{what}：{text}") if hit.whole else _("像是{what}：{text}")).format(
            what=names[hit.kind], text=hit.text
        )
        for hit in found
    ]


def _shown(case: Case, row: Offered, *, by: Any, team: bool, bound: Any, verb: str) -> dict[str, Any]:
    may = RULES.may(by, "release_story", case) and case.committee_id in receives_for(by)
    open_ = row.kind == "story" and row.released_at is None and row.withdrawn_at is None
    found = hits(case, row.title, row.text) if team and open_ and case.erased_at is None else []
    release = write = None
    if open_ and team:
        mine = row.written_by_id == by.account_id
        given = {"offered_id": row.pk, "title": row.title, "text": row.text}
        if may and not mine:
            release = (
                bound
                if verb == "release_story" and _about(bound, row)
                else _form("release_story", case, by, row.pk, given)
            )
        write = (
            bound
            if verb == "write_story" and _about(bound, row)
            else _form("write_story", case, by, row.pk, given)
        )
    return {
        "row": row, "hits": hit_words(found), "sure": any(hit.whole for hit in found), "release": release, "write": write,
        "own": row.written_by_id == by.account_id, "back": row.withdrawn_at is None and RULES.may(by, "withdraw_story", case),
    }  # fmt: skip


def _about(bound: Any, row: Offered) -> bool:
    return bound is not None and bound.data.get("offered_id") == str(row.pk)


def _form(verb: str, case: Case, by: Any, key: int, given: dict[str, Any]) -> Any:
    return FORMS[verb](case=case, by=by, on_team=True, verb=f"{verb}{key}", initial=given)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def offers(request: HttpRequest, case_id: int) -> HttpResponse:
    """What was written after this case (``act`` a step). The team writes and releases; a party has a story taken back."""
    by = request.actor  # type: ignore[attr-defined]
    if by.account_id is None:
        raise SignInFirst
    case = queries.get_case(case_id, by=by)
    sides = current_sides(by, case)
    team = TEAM in sides
    if not team and not any(side.startswith("party") for side in sides):
        raise NotFound
    verb, bound, status, warned = request.POST.get("act", ""), None, 200, []
    if request.method == "POST":
        if verb not in FORMS:
            raise NotFound
        bound = FORMS[verb](request.POST, case=case, by=by, on_team=team, verb=verb)
        status = 422
        if bound.is_valid():
            try:
                with transaction.atomic():
                    getattr(offering, verb)(case.pk, **bound.values(), by=by, at=clock.now())
            except Invalid as refusal:
                for name, sentences in (refusal.fields or {"": [str(refusal)]}).items():
                    bound.add_error(name if name in bound.fields else None, sentences)
                if team and refusal.code in ("tells", "may_tell"):
                    bound.add_error(None, f"{refusal} {refusal.help}".strip())
                    warned = hit_words(
                        hits(case, bound.cleaned_data.get("title", ""), bound.cleaned_data.get("text", ""))
                    )
            else:
                label = next(one.label for one in WORKFLOW.steps if one.verb == verb)
                toast(request, _("已完成：{step}").format(step=_(label)))
                return HttpResponseRedirect(reverse("mediation:offers", args=[case.pk]))
    possible = {step.verb for step in WORKFLOW.possible(case.state)}
    area = place_of(case)
    context: dict[str, Any] = {
        "shell": shell_of(by),
        "case": case, "team": team, "warned": warned, "place": area.name if area else "",
        "rows": [_shown(case, row, by=by, team=team, bound=bound, verb=verb) for row in offered_of(case)],
    }  # fmt: skip
    if team:
        fresh = bound is not None and not bound.data.get("offered_id")
        for name, step in (("topic", "offer_topic"), ("story", "write_story")):
            if step in possible and not (
                step == "write_story" and case.tally.outcome not in ("written", "oral")
            ):
                context[name] = (
                    bound
                    if verb == step and fresh
                    else FORMS[step](case=case, by=by, on_team=True, verb=step)
                )
        context["often"] = Offer.Often(often(case, today=clock.today())).label
    return render(request, "mediation/offers.html", context, status=status)
