"""The doors: is this digest known (everybody), and the Word forms and translations of papers (those who keep them)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid, NotFound, Refusal, TooLarge
from gongzhi.kit.throttle import throttled
from gongzhi.papers import actions, digests, pages, queries, word
from gongzhi.papers.files import KINDS, handed
from gongzhi.papers.forms import Check, FormFile, Reviewed
from gongzhi.papers.layouts import HEAD, Layout, fields_of, layouts, sample, texts_of
from gongzhi.papers.models import Form, Issued
from gongzhi.papers.policies import areas_kept, require

MOST_CHECKED = 20_000_000
#: Languages in which papers may be issued.
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)


def _answer(found: Issued | None, *, file: bool) -> dict[str, Any]:
    """Everything that anybody is told: known or not, which version, which day. Not which paper, not about what."""
    return {"known": found is not None, "version": found.version if found else 0,
            "made_on": found.made_on if found else None, "file": file}  # fmt: skip


@throttled("check_paper", 60, 600)
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Whether a digest, or a file as it left here, is known."""
    form, answer = Check(request.POST or None, request.FILES or None), None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if given["file"]:
            if given["file"].size > MOST_CHECKED:
                raise TooLarge(_("文件太大了，最多 20 MB。"))
            file = queries.known_file(given["file"].read())
            answer = _answer(file.issued if file else None, file=True)
        elif digests.read(given["digest"]):
            answer = _answer(queries.known(given["digest"]), file=False)
        else:
            form.add_error("digest", _("请照页脚抄 16 位数字和字母，或者选一个文件。"))
    status = 400 if request.method == "POST" and answer is None else 200
    return render(request, "papers/check.html", {"form": form, "answer": answer}, status=status)


@throttled("check_paper", 60, 600, methods=("GET",))
@require_GET
def check_one(request: HttpRequest, digest: str) -> HttpResponse:
    """The same by the code on a page."""
    if not digests.read(digest):
        raise NotFound
    answer = _answer(queries.known(digest), file=False)
    form = Check(initial={"digest": digests.short(bytes.fromhex(digests.read(digest)))})
    return render(request, "papers/check.html", {"form": form, "answer": answer})


@require_GET
def forms_page(request: HttpRequest) -> HttpResponse:
    """Every paper, in which languages it may be issued, and which areas have a form of their own."""
    by = require(request.actor, "look")  # type: ignore[attr-defined]
    own: dict[str, int] = {}
    for code in Form.objects.filter(division_id__in=[a.id for a in areas_kept(by)]).values_list(
        "paper", flat=True
    ):
        own[code] = own.get(code, 0) + 1
    names, given = dict(settings.LANGUAGES), queries.reviewed()
    rows = [
        {"layout": one, "own": own.get(one.code, 0),
         "languages": [names[code] for code in queries.languages_of(one, LANGUAGES, given)]}
        for one in layouts().values()
    ]  # fmt: skip
    return render(request, "papers/forms.html", {"rows": rows})


def _language(request: HttpRequest) -> str:
    told = request.POST.get("language") or request.GET.get("language") or queries.ORIGINAL
    if told not in LANGUAGES:
        raise NotFound
    return told


def _shown(
    request: HttpRequest, layout: Layout, *, form: FormFile | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    by = require(request.actor, "look")  # type: ignore[attr-defined]
    language = _language(request)
    areas = [(area.id, area.name) for area in areas_kept(by)]
    with translation.override(queries.ORIGINAL):
        originals = texts_of(layout)
    with translation.override(language):
        translated = texts_of(layout)
    named: dict[str, list[tuple[str, str]]] = {"": [(name, "") for name in HEAD]}
    for each, one in fields_of(layout):
        named.setdefault(each, []).append((one.name, str(one.label)))
    context = {
        "layout": layout,
        "language": language,
        "languages": list(settings.LANGUAGES),
        "form": (form or FormFile(areas=areas)) if areas else None,
        "refusal": refusal,
        "named": named,
        "kept": Form.objects.filter(paper=layout.code, language=language, division_id__in=[k for k, _n in areas])
        .select_related("division").defer("content").order_by("-at")[:10],
        "pairs": list(zip(originals, translated, strict=True)) if language not in queries.SAME else [],
        "review": queries.review_of(layout, language),
        "texts": queries.texts_digest(layout, language).hex(),
        "older": queries.reviews_of(layout, language),
        "reviewed": Reviewed(),
    }  # fmt: skip
    return render(request, "papers/form.html", context, status=int(refusal.status) if refusal else 200)


@require_http_methods(["GET", "POST"])
def form(request: HttpRequest, code: str) -> HttpResponse:
    """One paper: its form to download, another to upload, what a form may name, its translation side by side."""
    by = require(request.actor, "look")  # type: ignore[attr-defined]
    layout = queries.layout_of(code)
    if request.method != "POST":
        return _shown(request, layout)
    require(by, "change_form")
    areas = [(area.id, area.name) for area in areas_kept(by)]
    asked = FormFile(request.POST, request.FILES, areas=areas)
    if not asked.is_valid():
        return _shown(request, layout, form=asked, refusal=Invalid(_("请选地方和文件。")))
    given = asked.cleaned_data["file"]
    try:
        actions.change_form(
            code, _language(request), asked.cleaned_data["area"], name=given.name,
            content=given.read(word.MOST_BYTES + 1), by=by, at=clock.now(),
        )  # fmt: skip
    except Invalid as refusal:
        return _shown(request, layout, form=asked, refusal=refusal)
    toast(request, _("以后用这个模板"))
    return HttpResponseRedirect(f"{reverse('papers:form', args=[code])}?language={_language(request)}")


@require_GET
def form_file(request: HttpRequest, code: str) -> HttpResponse:
    """The Word form in use, the platform's own, or a sample of the printed page."""
    by = require(request.actor, "look")  # type: ignore[attr-defined]
    layout, language = queries.layout_of(code), _language(request)
    areas = areas_kept(by)
    told = request.GET.get("in", "")
    area = next((a.id for a in areas if str(a.id) == told), areas[0].id if areas else None)
    with translation.override(language):
        title = str(layout.title)
        if request.GET.get("sample"):
            content = pages.pdf(layout, sample(layout), draft=True)
            return handed(content, KINDS["pdf"], f"{title}.pdf", inline=True)
        if request.GET.get("first"):
            content = word.first_form(layout)
        else:
            content = queries.form_of(layout, language, area)
    return handed(content, KINDS["docx"], f"{title}.docx")


@require_POST
def review(request: HttpRequest, code: str) -> HttpResponse:
    """Somebody has looked over the translation."""
    by = require(request.actor, "review")  # type: ignore[attr-defined]
    given = Reviewed(request.POST)
    if not given.is_valid():
        raise Invalid(_("请写明谁审校的。"), code="nobody")
    actions.review(
        code, _language(request), reviewer=given.cleaned_data["reviewer"], note=given.cleaned_data["note"],
        seen=request.POST.get("texts", "")[:64],
        by=by, at=clock.now(),
    )  # fmt: skip
    toast(request, _("译文可以用了"))
    return HttpResponseRedirect(f"{reverse('papers:form', args=[code])}?language={_language(request)}")
