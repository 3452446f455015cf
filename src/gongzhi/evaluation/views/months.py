"""A month: every unit among its peers, the publication with its versions, appeals that wait; and publishing it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from gongzhi.evaluation import actions, manifests, queries
from gongzhi.evaluation.line_words import few, formula_of, percent
from gongzhi.evaluation.models import AppealState
from gongzhi.evaluation.policies import RULES
from gongzhi.evaluation.scoring import FEW, PEERS, Standing
from gongzhi.evaluation.views.asking import Asked, asked, month_words
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.people.actor import Person


def told_row(one: Standing, ask: Asked, shrunk: bool) -> dict[str, Any]:
    """A unit as a row: place, score, the leading share with its interval, its other counts."""
    lead = next((line for line in one.lines if line["kind"] == "share"), None)
    rate = (lead or {}).get("rate") or {}
    cases = lead["cases"] if lead else 0
    return {
        "unit_id": one.unit_id,
        "name": one.name,
        "place": one.place,
        "of": one.of,
        "score": one.score,
        "url": ask.unit_url(one.unit_id),
        "good": lead["good"] if lead else 0,
        "cases": cases,
        "share": percent(rate.get("share")),
        "shrunk": percent(rate.get("shrunk")),
        "rate": rate,
        "mean": lead["mean"] if lead else None,
        "few": few(cases, shrunk) if 0 < cases < FEW else "",
        "figures": one.figures,
        "reworked": one.figures.get("reworked", 0) + one.figures.get("reworked_often", 0),
    }


def told_groups(found: list[Standing], ask: Asked, shrunk: bool) -> list[dict[str, Any]]:
    """The rows by sort of unit."""
    groups = []
    for code, words in PEERS.items():
        rows = [told_row(one, ask, shrunk) for one in found if one.peers == code]
        if rows:
            groups.append({"code": code, "name": _(words), "rows": rows})
    return groups


def told_month(ask: Asked, *, by: Person) -> dict[str, Any]:
    """Everything that the page of a month says, also on paper."""
    now = clock.now()
    assert ask.area is not None
    publication, found = queries.shown(ask.area, ask.month, by=by, now=now, version=ask.version)
    formula = publication.formula if publication else queries.formula_for(ask.month)
    read = queries.read_formula(formula)
    lead = read.shares[0]
    good = sum(line["good"] for one in found for line in one.lines if line["code"] == lead.code)
    cases = sum(line["cases"] for one in found for line in one.lines if line["code"] == lead.code)
    return {
        "ask": ask,
        "month": month_words(ask.month),
        "area": ask.area,
        "publication": publication,
        "formula": formula,
        "shrunk": read.shrunk,
        "level": percent(read.level, 0),
        "lead": _(lead.label),
        "how": formula_of(asdict(lead), manifests.figure_names()),
        "groups": told_groups(found, ask, read.shrunk),
        "units": len(found),
        "good": good,
        "cases": cases,
        "overall": percent(good / cases) if cases else "—",
        "running": manifests.next_month(ask.month) > clock.today(),
        "by": by,
    }


@require_GET
def month(request: HttpRequest) -> HttpResponse:
    """The units of a month."""
    by = queries.require(request.actor, "read")  # type: ignore[attr-defined]
    ask = asked(request, by)
    if ask.area is None or not manifests.figure_names():
        return render(request, "evaluation/none.html", {})
    context: dict[str, Any] = {"ask": ask, "month": month_words(ask.month), "area": ask.area}
    known = queries.months(ask.area.id, clock.today())
    plain = Asked(ask.area, ask.month, None, ask.one_area)
    context["months"] = [
        {
            "label": month_words(one) + ("" if version else _("（未公布）")),
            "value": f"{one:%Y-%m}",
            "current": one == ask.month,
        }
        for one, version in known
    ]
    context["areas"] = [] if ask.one_area else queries.areas()
    context["versions"] = [
        {"row": one, "url": plain.month_url(version=one.version)}
        for one in queries.versions(ask.area.id, ask.month)
    ]
    if not context["versions"] and not RULES.may(by, "preview", ask.area):
        return render(request, "evaluation/waiting.html", context)
    context |= told_month(ask, by=by)
    appeals = queries.appeals(ask.area.id, ask.month)
    context["appeals"] = appeals
    context["waiting"] = sum(one.state == AppealState.PENDING for one in appeals)
    newest = context["versions"][0]["row"] if context["versions"] else None
    context["newest"] = newest
    context["may_publish"] = (
        not context["running"] and bool(context["groups"]) and RULES.may(by, "publish", ask.area)
    )
    context["file_query"] = ask.query(month=f"{ask.month:%Y-%m}")
    context["publish_url"] = reverse("evaluation:publish", args=[f"{ask.month:%Y-%m}"]) + plain.query()
    return render(request, "evaluation/month.html", context)


@require_POST
def publish(request: HttpRequest, month: str) -> HttpResponse:
    """Publish the month, or publish it again with a reason."""
    by = queries.require(request.actor, "read")  # type: ignore[attr-defined]
    ask = asked(request, by, month)
    assert ask.area is not None
    seen = request.POST.get("seen", "0")
    row = actions.publish(
        ask.area.id, ask.month, reason=request.POST.get("reason", ""), seen=int(seen) if seen.isdecimal() else 0,
        by=by, at=clock.now(),
    )  # fmt: skip
    toast(request, _("已公布第 {version} 版").format(version=row.version))
    return HttpResponseRedirect(ask.month_url())
