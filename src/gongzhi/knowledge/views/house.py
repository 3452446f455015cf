"""The staff's pages: what must be looked at first, one article with its steps, writing and changing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.cursors import whole
from gongzhi.kit.errors import Conflict, NotFound, Refusal
from gongzhi.knowledge import actions, queries, topics
from gongzhi.knowledge.forms import ArticleForm, RetireForm
from gongzhi.knowledge.models import Article, Status
from gongzhi.knowledge.policies import DOORS, RULES, require
from gongzhi.knowledge.views.public import SHORTEST, told
from gongzhi.knowledge.workflow import WORKFLOW
from gongzhi.people.actor import Person

#: Lists: code → label.
SHOWN = {
    "stale": gettext_lazy("该核对的"),
    "published": gettext_lazy("已发布"),
    "draft": gettext_lazy("草稿"),
    "retired": gettext_lazy("已停用"),
}
TONES = {Status.DRAFT: "new", Status.PUBLISHED: "done", Status.RETIRED: "closed"}
PHRASES = {
    "knowledge.write": gettext_lazy("写了这一条"),
    "knowledge.publish": gettext_lazy("发布"),
    "knowledge.change": gettext_lazy("修改"),
    "knowledge.restore": gettext_lazy("恢复了旧版本"),
    "knowledge.still_true": gettext_lazy("核对：仍然正确"),
    "knowledge.retire": gettext_lazy("停用"),
}
_ICONS = {
    "knowledge.write": "plus", "knowledge.publish": "world", "knowledge.change": "edit", "knowledge.restore": "history",
    "knowledge.still_true": "circle-check", "knowledge.retire": "ban",
}  # fmt: skip
FIELDS = {
    "question": gettext_lazy("问题"), "answer": gettext_lazy("答案"), "ways": gettext_lazy("别的问法"),
    "category_code": gettext_lazy("分类"), "division_id": gettext_lazy("适用区域"), "jurisdiction": gettext_lazy("地区"),
    "source": gettext_lazy("出处"), "source_url": gettext_lazy("出处网址"), "valid_until": gettext_lazy("有效期"),
    "stale_after_days": gettext_lazy("核对间隔"),
}  # fmt: skip
DONE = {
    "still_true": gettext_lazy("已核对：{question}"),
    "publish": gettext_lazy("已发布：{question}"),
    "retire": gettext_lazy("已停用：{question}"),
    "restore": gettext_lazy("已恢复：{question}"),
}


def _list(request: HttpRequest, by: Person, chosen: int = 0) -> dict[str, Any]:
    """The queue: counts, what is shown, the rows. Three statements."""
    now = clock.now()
    asked = request.POST if request.method == "POST" else request.GET
    words, page = asked.get("q", "").strip()[:100], whole(asked.get("page", "1")) or 1
    stands = queries.counts(by=by, at=now)
    show = asked.get("show", "")
    if show not in SHOWN:
        show = "stale" if stands["stale"] and not words else "published"
    found = queries.find(queries.Wanted(words, show=show, page=page), by=by, at=now)
    keep = {k: v for k, v in {"show": show, "q": words, "page": str(page) if page > 1 else ""}.items() if v}
    here, back = reverse("knowledge:house"), urlencode(keep)

    def pill(code: str) -> dict[str, Any]:
        to = urlencode({k: v for k, v in {"show": code, "q": words}.items() if v})
        return {"label": SHOWN[code], "url": f"{here}?{to}", "count": stands[code] or "", "current": code == show,
                "late": code == "stale"}  # fmt: skip

    today = clock.local(now).date()
    rows = [
        {
            **told(a, today),
            "url": f"{reverse('knowledge:house_article', args=[a.pk])}?{back}",
            "chosen": a.pk == chosen,
        }
        for a in found.articles
    ]

    def other(number: int) -> str:
        return f"{here}?{urlencode(keep | {'page': str(number)})}" if 1 <= number <= found.pages else ""

    return {
        "rows": rows,
        "found": found,
        "pills": [pill(code) for code in SHOWN],
        "stands": stands,
        "show": show,
        "words": words,
        "back": back,
        "keep": keep,
        "newer": other(page - 1),
        "older": other(page + 1),
        "may_write": DOORS.may(by, "write", None),
        "may_take_in": DOORS.may(by, "take_in", None),
    }


@never_cache
@require_safe
def house(request: HttpRequest) -> HttpResponse:
    """The list, the stalest first; nothing is opened yet."""
    by = require(request.actor, "open_house")  # type: ignore[attr-defined]
    return render(request, "knowledge/house.html", _list(request, by))


def _shown(
    request: HttpRequest, found: Article, by: Person, *, retiring: RetireForm | None = None, status: int = 200
) -> HttpResponse:
    today = clock.today()
    steps = {s.verb for s in WORKFLOW.possible(found.status) if RULES.may(by, s.verb, found)}
    mark = queries.freshness(found, today)
    labels = FIELDS
    context = {
        **_list(request, by, found.pk),
        "article": found,
        "told": told(found, today),
        "way": topics.way_of(found.category_code),
        "mark": mark,
        "state": Status(found.status).label,
        "tone": TONES[Status(found.status)],
        "steps": steps,
        "may_confirm": "still_true" in steps and mark != "past",
        "retire_form": retiring or RetireForm(auto_id="retire_%s"),
        "retiring": retiring is not None,
        "seen": found.thread.length,
        "history": [
            {**e, "head": PHRASES.get(e["verb"], e["verb"]), "icon": _ICONS.get(e["verb"], "edit"),
             "what": "、".join(str(labels.get(f, f)) for f in e["fields"])}
            for e in queries.history(found.pk, by=by)
        ],
        "versions": queries.versions(found.pk, by=by),
    }  # fmt: skip
    return render(request, "knowledge/house_article.html", context, status=status)


@never_cache
@require_safe
def house_article(request: HttpRequest, article_id: int) -> HttpResponse:
    """One article beside the list: words, freshness, history, steps."""
    by = require(request.actor, "open_house")  # type: ignore[attr-defined]
    return _shown(request, queries.get_article(article_id, by=by, verb="see_versions"), by)


@require_POST
def step(request: HttpRequest, article_id: int, verb: str) -> HttpResponse:
    """Take one step; a review leads on to the next article that must be looked at."""
    by = require(request.actor, "open_house")  # type: ignore[attr-defined]
    act: dict[str, Any] = {"seen": whole(request.POST.get("seen", "")), "by": by, "at": clock.now()}
    if verb == "still_true":
        done = actions.still_true(article_id, **act)
    elif verb == "publish":
        done = actions.publish(article_id, **act)
    elif verb == "restore":
        done = actions.restore(article_id, whole(request.POST.get("number", "")) or 0, **act)
    elif verb == "retire":
        form = RetireForm(request.POST, auto_id="retire_%s")
        if not form.is_valid():
            return _shown(
                request, queries.get_article(article_id, by=by, verb="retire"), by, retiring=form, status=400
            )
        done = actions.retire(article_id, form.cleaned_data["reason"], **act)
    else:
        raise NotFound
    toast(request, str(DONE[verb]).format(question=done.question))
    if verb in ("still_true", "retire") and request.POST.get("show") == "stale":
        rows = queries.find(queries.Wanted(show="stale"), by=by, at=act["at"], size=1).articles
        if rows:
            return HttpResponseRedirect(f"{reverse('knowledge:house_article', args=[rows[0].pk])}?show=stale")
        return HttpResponseRedirect(f"{reverse('knowledge:house')}?show=stale")
    back = urlencode({k: v for k in ("show", "q", "page") if (v := request.POST.get(k, ""))})
    return HttpResponseRedirect(f"{reverse('knowledge:house_article', args=[article_id])}?{back}")


def _form(request: HttpRequest, form: ArticleForm, found: Article | None, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "article": found,
        "seen": request.POST.get("seen") or (found.thread.length if found else ""),
    }
    return render(request, "knowledge/form.html", context, status=status)


def _refused(form: ArticleForm, refusal: Refusal) -> None:
    known = [(name, said) for name, said in refusal.fields.items() if name in form.fields]
    for name, said in known or [(None, [" ".join((str(refusal), str(refusal.help))).strip()])]:  # type: ignore[list-item]
        form.add_error(name, said)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """A new article, as a draft or published at once."""
    by = require(request.actor, "write")  # type: ignore[attr-defined]
    first = {name: request.GET.get(name, "")[:5000] for name in ("question", "answer", "category_code")}
    if request.method != "POST":
        return _form(request, ArticleForm(by=by, initial=first), None)
    form = ArticleForm(request.POST, by=by)
    if not form.is_valid():
        return _form(request, form, None, 400)
    publishes = request.POST.get("act") == "publish"
    try:
        with transaction.atomic():
            found = actions.write(form.wording(), publish=publishes, by=by, at=clock.now())
    except Refusal as refusal:
        _refused(form, refusal)
        return _form(request, form, None, refusal.status)
    toast(request, _("已发布。") if publishes else _("已存为草稿。"))
    show = "published" if publishes else "draft"
    return HttpResponseRedirect(f"{reverse('knowledge:house_article', args=[found.pk])}?show={show}")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, article_id: int) -> HttpResponse:
    """Say it in other words; two editors get one 409."""
    by = require(request.actor, "open_house")  # type: ignore[attr-defined]
    found = queries.get_article(article_id, by=by, verb="change")
    if found.status == Status.RETIRED:
        raise Conflict(_("这条问答已经停用。"), help=_("要改它，请先重新发布。"), code="not_now")
    said = vars(actions.wording_of(found)) | {"ways": "\n".join(found.ways)}
    if request.method != "POST":
        return _form(request, ArticleForm(by=by, initial=said), found)
    form = ArticleForm(request.POST, by=by, initial=said)
    if not form.is_valid():
        return _form(request, form, found, 400)
    seen = whole(request.POST.get("seen", ""))
    try:
        with transaction.atomic():
            actions.change(article_id, form.wording(), seen=seen, by=by, at=clock.now())
    except Refusal as refusal:
        _refused(form, refusal)
        return _form(request, form, found, refusal.status)
    toast(request, _("已保存，旧的说法留在历史里。"))
    return HttpResponseRedirect(
        reverse("knowledge:house_article", args=[article_id]) + f"?show={found.status}"
    )


@never_cache
@require_safe
def likely(request: HttpRequest) -> HttpResponse:
    """While a colleague types for somebody: three likely answers, also stale ones with their mark (a fragment)."""
    require(request.actor, "open_house")  # type: ignore[attr-defined]
    text = request.GET.get("text", "").strip()[:600]
    if len(text) < SHORTEST:
        return HttpResponse(status=204)
    # A trouble is not a question: what only sounds like an answer must fit better.
    asked = request.GET.get("appeal") == "consult" or queries.asks_something(text)
    least = queries.WORTH_SHOWING if asked else queries.WORTH_TELLING
    area = whole(request.GET.get("area", ""))
    found = queries.suggest(text, at=clock.now(), division_id=area, least=least)
    if not found:
        return HttpResponse(status=204)
    return render(request, "knowledge/_desk_likely.html", {"likely": found, "heading": True})


@never_cache
@require_safe
def similar(request: HttpRequest) -> HttpResponse:
    """While somebody writes a new article: those that say nearly the same already (a fragment)."""
    require(request.actor, "write")  # type: ignore[attr-defined]
    text = request.GET.get("text", "").strip()[:200]
    found = queries.suggest(text, at=clock.now(), least=queries.WORTH_TELLING) if len(text) >= 4 else []
    if not found:
        return HttpResponse(status=204)
    return render(request, "knowledge/_similar.html", {"likely": found})
