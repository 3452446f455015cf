"""Keywords as staff read and mend them: the list with search, one word, a text to try, spreadsheets out and in."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from gongzhi.journal import books
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.cursors import whole
from gongzhi.kit.errors import Conflict, Invalid, NotFound, Refusal
from gongzhi.workorders.actions import keywording
from gongzhi.workorders.forms.categories import FileForm
from gongzhi.workorders.forms.keywords import KeywordForm
from gongzhi.workorders.keywords import COLUMNS, differences, export_rows, read_rows, taken_for
from gongzhi.workorders.models import Keyword
from gongzhi.workorders.policies.desk import DESK, require
from gongzhi.workorders.staff_views.sheets import handed_in, numbered_rows, packed, sheet
from gongzhi.workorders.tables import trained_model, tree

#: Words on a page.
PAGE = 100
#: Differences of a file that are shown of each sort.
MOST_SHOWN = 100


@require_GET
def keywords(request: HttpRequest) -> HttpResponse:
    """The list: ``?q=`` a word or the name or code of a category, ``?page=``; ``?text=`` is tried on the table."""
    by = require(request.actor, "read_tables")  # type: ignore[attr-defined]
    topics = tree()
    words = request.GET.get("q", "").strip()[:40]
    text = request.GET.get("text", "").strip()[:500]
    rows = Keyword.objects.filter(category_id__in=list(topics.live))
    if words:
        about = [
            one.id
            for topic in topics.live.values()
            if words in topic.said or words in topic.name or topic.code == words
            for one in topics.below(topic.id)
        ]
        rows = rows.filter(Q(word__icontains=words) | Q(category_id__in=about))
    total = rows.count()
    last = max(1, -(-total // PAGE))
    page = min(max(1, whole(request.GET.get("page", "")) or 1), last)
    found = rows.order_by("category__code", "-weight", "word")[(page - 1) * PAGE : page * PAGE]
    groups: dict[int, dict[str, Any]] = {}
    for row in found:
        topic = topics.topics[row.category_id]
        one = groups.setdefault(topic.id, {"topic": topic, "where": topics.said_of(topic.id), "words": []})
        one["words"].append(row)
    here = reverse("workorders:desk_keywords")

    def to(number: int) -> str:
        return f"{here}?page={number}" + (f"&{urlencode({'q': words})}" if words else "")

    context = {
        "groups": list(groups.values()),
        "total": total,
        "words": words,
        "text": text,
        "taken": taken_for(text) if text else None,
        "newer": to(page - 1) if page > 1 else "",
        "older": to(page + 1) if page < last else "",
        "trained": trained_model() is not None,
        "may_change": DESK.may(by, "change_tables", None),
    }
    return render(request, "workorders/staff/keywords.html", context)


@require_http_methods(["GET", "POST"])
def keyword(request: HttpRequest, keyword_id: int = 0) -> HttpResponse:
    """One word: new, corrected, or taken away (``act=drop``)."""
    by = require(request.actor, "change_tables")  # type: ignore[attr-defined]
    row = Keyword.objects.filter(pk=keyword_id).first() if keyword_id else None
    seen = request.POST.get("seen_as")
    if keyword_id and row is None:
        if request.method == "POST":
            raise books.too_late(_("这个关键词"))
        raise NotFound(_("没有这个关键词。"))
    if request.method == "POST" and request.POST.get("act") == "drop" and row is not None:
        keywording.drop_keyword(row.pk, by=by, at=clock.now(), seen=seen)
        toast(request, _("已去掉“{word}”，可以在改动记录里改回去").format(word=row.word))
        return HttpResponseRedirect(reverse("workorders:desk_keywords"))
    first: dict[str, Any] = {"category": whole(request.GET.get("category", "")), "weight": 3}
    if row is not None:
        first = {"word": row.word, "category": row.category_id, "weight": row.weight}
    form = KeywordForm(request.POST or None, initial=first)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            said = form.cleaned_data
            try:
                keywording.set_keyword(
                    said["category"], said["word"], said["weight"], by=by, at=clock.now(),
                    keyword_id=row.pk if row else None, seen=seen if row else None,
                )  # fmt: skip
                toast(request, _("关键词“{word}”已保存").format(word=said["word"]))
                return HttpResponseRedirect(reverse("workorders:desk_keywords"))
            except Invalid as refusal:
                for name, sentences in refusal.fields.items():
                    form.add_error(name if name in form.fields else None, sentences)
    context = {
        "form": form,
        "row": row,
        "seen": books.fingerprint(keywording.values_of(row)),
        "key": f"{tree().topics[row.category_id].code}:{row.word}" if row else "",
    }
    return render(request, "workorders/staff/keyword.html", context, status=status)


@require_GET
def export_keywords(request: HttpRequest, form: str) -> HttpResponse:
    """The table as a spreadsheet, in the shape in which it may be handed in again."""
    require(request.actor, "read_tables")  # type: ignore[attr-defined]
    heads = list(COLUMNS) if form == "csv" else [str(label) for label in COLUMNS.values()]
    return sheet(form, "keywords", heads, export_rows())


@require_http_methods(["GET", "POST"])
def import_keywords(request: HttpRequest) -> HttpResponse:
    """Hand in a table: every fault by row and every difference first; ``act=force`` puts it in place."""
    by = require(request.actor, "change_tables")  # type: ignore[attr-defined]
    context: dict[str, Any] = {"form": FileForm()}
    if request.method == "GET":
        return render(request, "workorders/staff/keywords_import.html", context)
    try:
        raw, name = handed_in(request)
        heads = [(key, str(COLUMNS[key])) for key in ("category_code", "keyword")]
        rows, faults = numbered_rows(raw, name, heads)
        wanted, more = read_rows(rows)
        faults += more
        if request.POST.get("act") == "force":
            if faults:
                raise Invalid(_("文件还有问题，不能生效。"), help=" ".join(faults[:10]), code="faults")
            new, changed, dropped = keywording.put_keywords(
                wanted, drop_others="drop_others" in request.POST, by=by, at=clock.now(),
                seen=whole(request.POST.get("seen", "")),
            )  # fmt: skip
            said = _("关键词表已更新：新增 {new} 个，修改 {changed} 个，去掉 {dropped} 个")
            toast(request, said.format(new=new, changed=changed, dropped=dropped))
            return HttpResponseRedirect(reverse("workorders:desk_keywords"))
    except Conflict:
        raise
    except Refusal as refusal:
        context["refusal"] = refusal
        return render(request, "workorders/staff/keywords_import.html", context, status=refusal.status)
    new_pairs, changed_pairs, missing = differences(wanted)
    context |= {
        "tried": True, "name": name, "faults": faults, "lines": len(rows), "missing": len(missing),
        "new": [(tree().topics[c].said, w) for c, w in new_pairs[:MOST_SHOWN]], "new_count": len(new_pairs),
        "changed": [(tree().topics[c].said, w) for c, w in changed_pairs[:MOST_SHOWN]],
        "changed_count": len(changed_pairs), "seen": books.length(keywording.BOOK),
        "content": packed(raw) if not faults else "",
    }  # fmt: skip
    return render(request, "workorders/staff/keywords_import.html", context)
