"""Briefs: the list, the draft with its sentences, both files, and the form they are printed by."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Conflict, Invalid, NotFound, Refusal
from gongzhi.observation import paper, sentences
from gongzhi.observation.actions import briefs as actions
from gongzhi.observation.forms import FormFile, Make
from gongzhi.observation.models import Brief, BriefForm, Every
from gongzhi.observation.policies import WINDOW, areas_of, require
from gongzhi.observation.queries import briefs as queries
from gongzhi.papers.files import KINDS, handed
from gongzhi.papers.word import MOST_BYTES
from gongzhi.people.actor import Person


def area_choices(by: Person, verb: str) -> list[tuple[int, str]]:
    """The areas where this person may do something here."""
    return [(area.id, area.name) for area in areas_of(by) if WINDOW.may(by, verb, area.id)]


def _list(request: HttpRequest, by: Person, *, wrong: Make | None = None, status: int = 200) -> HttpResponse:
    told = request.GET.get("in", "")
    chosen = next((area for area in areas_of(by) if str(area.id) == told), None)
    choices = area_choices(by, "write_brief")
    rows = queries.briefs_of(by, division_id=chosen.id if chosen else None)
    for row in rows:  # what is kept is the day after the last one
        row.last_on = row.ends_on - timedelta(days=1)  # type: ignore[attr-defined]
    form = wrong or Make(
        areas=choices, yesterday=clock.today() - timedelta(days=1), initial={"area": told, "every": "week"}
    )
    context = {
        "briefs": rows,
        "form": form if choices else None,
        "names": dict(Every.choices),
        "area": chosen,
    }
    return render(request, "observation/briefs.html", context, status=status)


@require_http_methods(["GET", "POST"])
def briefs(request: HttpRequest) -> HttpResponse:
    """The briefs of one's areas; POST makes one."""
    by = require(request.actor, "look")  # type: ignore[attr-defined]
    if request.method != "POST":
        return _list(request, by)
    require(by, "write_brief")
    form = Make(
        request.POST, areas=area_choices(by, "write_brief"), yesterday=clock.today() - timedelta(days=1)
    )
    if not form.is_valid():
        return _list(request, by, wrong=form, status=400)
    told = form.cleaned_data
    try:
        brief = actions.make(told["area"], told["every"], told["day"], by=by, at=clock.now())
    except Conflict as refusal:
        if refusal.code != "brief_exists":
            raise
        brief = queries.brief_of(told["area"], told["every"], told["day"], by=by)
        toast(request, _("这一期的简报已经有了，这就是"))
    else:
        toast(request, _("草稿写好了，请核对后再发布"))
    return HttpResponseRedirect(reverse("observation:brief", args=[brief.pk]))


@require_GET
def brief(request: HttpRequest, brief_id: int) -> HttpResponse:
    """One brief: a draft with its sentences to be changed, or what was published."""
    by = require(request.actor, "look")  # type: ignore[attr-defined]
    return _show(request, queries.get_brief(brief_id, by=by), by)


def _show(
    request: HttpRequest, found: Brief, by: Person, *, refusal: Refusal | None = None, texts: Any = None
) -> HttpResponse:
    writes = found.published_at is None and WINDOW.may(by, "write_brief", found)
    sections = [s | {"changed": s["text"] != s["made"]} for s in found.sections]
    for section in sections:
        if texts and section["code"] in texts:
            section["text"] = texts[section["code"]]
    f = found.figures
    context = {
        "brief": found,
        "name": dict(Every.choices)[found.every],
        "when": sentences.when(f),
        "issue": queries.Period(found.every, found.starts_on, found.ends_on).issue,
        "sections": sections,
        "keys": paper.keys(f),
        "chart": _chart(found),
        "writes": writes,
        "publishes": found.published_at is None and WINDOW.may(by, "publish_brief", found),
        "corrects": found.published_at is not None and WINDOW.may(by, "write_brief", found),
        "over": found.ends_on <= clock.today(),
        "refusal": refusal,
        "figures": f,
    }
    return render(request, "observation/brief.html", context, status=int(refusal.status) if refusal else 200)


def _chart(found: Brief) -> dict[str, Any]:
    rows, names = found.figures["series"], {"day": (_("当天"), _("前一天")), "week": (_("本周"), _("上一周")),
                                            "month": (_("本月"), _("上个月"))}[found.every]  # fmt: skip
    series = [{"name": names[0], "values": [row[1] for row in rows]}]
    if any(row[2] is not None for row in rows):
        series.append({"name": names[1], "values": [row[2] for row in rows], "tone": "quiet"})
    return {
        "title": _("每小时收到") if found.every == "day" else _("每天收到"),
        "kind": "bar",
        "unit": _("件"),
        "labels": [paper.label_of(row[0], found.every) for row in rows],
        "series": series,
        "folded": True,
    }


def _seen(request: HttpRequest) -> int:
    told = request.POST.get("seen", "")
    if not told.isdecimal() or len(told) > 9:
        raise Invalid(_("这一页打开太久了，请重新打开再试。"), code="bad_form")
    return int(told)


@require_POST
def act(request: HttpRequest, brief_id: int, verb: str) -> HttpResponse:
    """One act on a brief: write, recount, publish, correct, discard."""
    by, at = require(request.actor, "look"), clock.now()  # type: ignore[attr-defined]
    found = queries.get_brief(brief_id, by=by)
    here = reverse("observation:brief", args=[found.pk])
    if verb == "write":
        texts = {s["code"]: request.POST.get(f"text-{s['code']}", s["text"]) for s in found.sections}
        try:
            actions.write(
                found.pk, texts, title=request.POST.get("title", ""), seen=_seen(request), by=by, at=at
            )
        except Refusal as refusal:
            return _show(request, found, by, refusal=refusal, texts=texts)
        toast(request, _("已保存"))
    elif verb == "recount":
        actions.recount(found.pk, seen=_seen(request), by=by, at=at)
        toast(request, _("已重新统计；您改过的段落没有动"))
    elif verb == "publish":
        actions.publish(found.pk, seen=_seen(request), by=by, at=at)
        toast(request, _("已发布，不会再变"))
    elif verb == "correct":
        here = reverse("observation:brief", args=[actions.correct(found.pk, by=by, at=at).pk])
    elif verb == "discard":
        actions.discard(found.pk, by=by, at=at)
        toast(request, _("草稿已删除"))
        here = reverse("observation:briefs")
    else:
        raise NotFound
    return HttpResponseRedirect(here)


@require_GET
def file(request: HttpRequest, brief_id: int, form: str) -> HttpResponse:
    """The brief as ``pdf`` or ``docx``: the kept file of a published one, else made now and marked as a draft."""
    by = require(request.actor, "look")  # type: ignore[attr-defined]
    found = queries.get_brief(brief_id, by=by)
    if form not in KINDS:
        raise NotFound
    content = queries.file_of(found, "pdf" if form == "pdf" else "word") if found.digest else None
    if content is None:
        said = queries.paper_of(found)
        content = paper.pdf(said) if form == "pdf" else paper.word(said, actions.form_of(found.division_id))
    name = f"{found.title}-{found.starts_on:%Y%m%d}{'' if found.digest else '-' + _('草稿')}.{form}"
    return handed(content, KINDS[form], name, inline=form == "pdf")


@require_http_methods(["GET", "POST"])
def form(request: HttpRequest) -> HttpResponse:
    """The Word form: what it may name, the present one to download, another one to upload."""
    by = require(request.actor, "change_form")  # type: ignore[attr-defined]
    choices, refusal = area_choices(by, "change_form"), None
    asked = FormFile(request.POST or None, request.FILES or None, areas=choices)
    if request.method == "POST" and asked.is_valid():
        given = asked.cleaned_data["file"]
        try:
            actions.change_form(
                asked.cleaned_data["area"], name=given.name, content=given.read(MOST_BYTES + 1),
                by=by, at=clock.now(),
            )  # fmt: skip
        except Invalid as fault:
            refusal = fault
        else:
            toast(request, _("以后的简报用这个模板"))
            return HttpResponseRedirect(reverse("observation:brief_form"))
    context = {
        "form": asked,
        "refusal": refusal,
        "fields": [(name, _(said)) for name, said in FIELD_WORDS.items()],
        "kept": BriefForm.objects.filter(division_id__in=[key for key, _name in choices])
        .select_related("division").defer("content").order_by("-at")[:10],
    }  # fmt: skip
    return render(request, "observation/brief_form.html", context, status=400 if refusal else 200)


@require_GET
def form_file(request: HttpRequest) -> HttpResponse:
    """The form in use, as a Word file."""
    by = require(request.actor, "change_form")  # type: ignore[attr-defined]
    mine = area_choices(by, "change_form")
    told = request.GET.get("in", "")
    area = next((key for key, _name in mine if str(key) == told), mine[0][0])
    content = paper.first_form() if request.GET.get("first") else actions.form_of(area)
    return handed(content, KINDS["docx"], _("简报模板") + ".docx")


#: What a form may name, in words.
FIELD_WORDS: dict[str, str] = {
    "{{ 标题 }} {{ 期号 }} {{ 时间 }} {{ 单位 }} {{ 地方 }}": noop("报头"),
    "{%tr for 行 in 数字 %} {{ 行.名称 }} {{ 行.数值 }} {{ 行.单位 }} {{ 行.说明 }} {%tr endfor %}": noop("主要数字，一行一个"),
    "{%p for 段 in 段落 %} {{ 段.题目 }} {%p for 句 in 段.文字 %} {{ 句 }} {%p endfor %} {{ 段.图 }} {%p endfor %}": noop("各段文字和图"),
    "{%tr for 行 in 分类 %} {{ 行.名称 }} {{ 行.件数 }} {{ 行.上期 }} {{ 行.去年 }} {%tr endfor %}": noop("按分类"),
    "{%tr for 行 in 地区 %} {{ 行.名称 }} {{ 行.件数 }} {{ 行.上期 }} {%tr endfor %}": noop("按地方"),
    "{%tr for 行 in 来源 %} {{ 行.名称 }} {{ 行.件数 }} {%tr endfor %}": noop("按来源"),
    "{%tr for 行 in 各单位 %} {{ 行.名称 }} {{ 行.应结 }} {{ 行.按期结案 }} {{ 行.按期结案率 }} {%tr endfor %}": noop("各单位按期结案，应结不含挂账"),
    "{%tr for 行 in 热点 %} {{ 行.题目 }} {{ 行.人数 }} {{ 行.件数 }} {{ 行.地方 }} {%tr endfor %}": noop("热点问题"),
    "{{ 图.每天 }} {{ 图.分类 }} {{ 图.地区 }} {{ 图.各单位 }}": noop("单独放一张图"),
    "{%p for 行 in 脚注 %} {{ 行 }} {%p endfor %}": noop("口径和摘要"),
}  # fmt: skip
