"""The category tree as staff read it: search, one category with everything about it, changes into the open draft."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid, NotFound
from gongzhi.people.queries import organisations
from gongzhi.workorders.actions import questioning, taxonomy
from gongzhi.workorders.comparing import in_words, used
from gongzhi.workorders.conditions import conditions_in
from gongzhi.workorders.dry_run import current
from gongzhi.workorders.editions import FIRST, LABELS, Planned, values_of
from gongzhi.workorders.forms.categories import (
    STEP_LABELS,
    CategoryForm,
    NewCategoryForm,
    QuestionForm,
    RetireForm,
    WordingForm,
)
from gongzhi.workorders.forms.rules import UNITS
from gongzhi.workorders.models import (
    Change,
    Correspondence,
    Edition,
    EditionState,
    Hours,
    Responsibility,
    What,
    Wording,
)
from gongzhi.workorders.policies.desk import DESK, require
from gongzhi.workorders.questions import questions, questions_for
from gongzhi.workorders.tables import Topic, tree
from gongzhi.workorders.terms import term_for
from gongzhi.workorders.wordings import PLACES

#: Results of a search.
MOST_FOUND = 60


def _branch(topic: Topic, chosen: frozenset[int]) -> dict[str, Any]:
    below = [_branch(child, chosen) for child in tree().children(topic.id)]
    return {"topic": topic, "below": below, "open": topic.id in chosen, "count": len(below)}


def tree_context(chosen: Topic | None = None, words: str = "") -> dict[str, Any]:
    """What the tree on the left needs: branches, or what a search found."""
    topics = tree()
    line = frozenset(topic.id for topic in topics.line(chosen.id)) if chosen else frozenset()
    found = [
        {"topic": topic, "where": topics.said_of(topic.parent_id)}
        for topic in sorted(topics.topics.values(), key=lambda t: (not t.live, t.code))
        if words
        and (
            words in topic.name or words in topic.said or topic.code.startswith(words) or words in topic.hint
        )
    ]
    return {
        "branches": [_branch(root, line) for root in topics.roots],
        "chosen": chosen,
        "words": words,
        "found": found[:MOST_FOUND],
        "found_count": len(found),
        "live_count": len(topics.live),
        "retired": sorted((t for t in topics.topics.values() if not t.live), key=lambda t: t.code),
    }


@require_GET
def categories(request: HttpRequest) -> HttpResponse:
    """The tree, and the versions it has had."""
    by = require(request.actor, "read_tables")  # type: ignore[attr-defined]
    editions = list(Edition.objects.select_related("made_by", "published_by").order_by("-number")[:50])
    context = {
        **tree_context(words=request.GET.get("q", "").strip()[:40]),
        "editions": editions,
        "open_edition": next(
            (e for e in editions if e.state in (EditionState.DRAFT, EditionState.COMING)), None
        ),
        "may_change": DESK.may(by, "change_tables", None),
    }
    return render(request, "workorders/staff/categories.html", context)


def _topic(code: str) -> Topic:
    topic = tree().by_code.get(code)
    if topic is None:
        raise NotFound(_("没有这个分类。"))
    return topic


def _inherited(topic: Topic, name: str) -> dict[str, Any]:
    """A value with the category it comes from, when that is one above."""
    own = tree().own(topic.id, name)
    return {"value": own[1] if own else "", "from": own[0] if own and own[0].id != topic.id else None}


def _history(code: str) -> list[dict[str, Any]]:
    rows = []
    changes = Change.objects.filter(code=code, edition__state=EditionState.PUBLISHED).select_related(
        "edition"
    )
    for change in changes.order_by("-edition__starts_on", "-edition__number"):
        names = [n for n in LABELS if n in change.values]
        rows.append(
            {
                "edition": change.edition,
                "what": What(change.what).label,
                "lines": [
                    (LABELS[n], in_words(n, change.before.get(n)), in_words(n, change.values[n]))
                    for n in names
                    if change.what == What.CHANGE
                ],
            }
        )
    return rows


@require_http_methods(["GET", "POST"])
def category(request: HttpRequest, code: str) -> HttpResponse:
    """One category with everything about it. POST puts changed values into the open draft."""
    by = require(request.actor, "change_tables" if request.method == "POST" else "read_tables")  # type: ignore[attr-defined]
    topic, status = _topic(code), 200
    edition = taxonomy.open_edition()
    coming = taxonomy.plans_of(edition) if edition else []
    planned = next((p for p in coming if p.code == code), None)
    values = {**values_of(topic), **(planned.values if planned else {})}
    form = CategoryForm(request.POST or None, initial=values, topic=topic, coming=coming)
    if request.method == "POST":
        if form.is_valid():
            said = dict(form.cleaned_data)
            if "parent_code" not in request.POST:
                del said["parent_code"]
            edition = taxonomy.propose(
                _draft(request, by).pk, [Planned(code, What.CHANGE, said)], by=by, at=clock.now()
            )
            toast(request, _("已记入草稿“{name}”，发布以后才生效").format(name=edition.name))
            return HttpResponseRedirect(reverse("workorders:desk_edition", args=[edition.number]))
        status = 400
    return render(
        request,
        "workorders/staff/category.html",
        {**tree_context(topic), **_about(topic), "form": form, "retire": RetireForm(), "planned": planned,
         "open_edition": edition, "may_change": DESK.may(by, "change_tables", None) and topic.live},
        status=status,
    )  # fmt: skip


def _draft(request: HttpRequest, by: Any) -> Edition:
    """The open version, begun when there is none."""
    return taxonomy.open_edition() or taxonomy.draft_edition(by=by, at=clock.now())


def _about(topic: Topic) -> dict[str, Any]:
    topics, bodies = tree(), organisations()
    rules = [
        row
        for row in current()
        if row.category_id in topics.topics and topics.within(topic.code, topics.topics[row.category_id].code)
    ]
    named = {"community": _("所在社区"), "property": _("所在小区物业")}
    term = term_for("answer", appeal=topic.default_appeal, category_id=topic.id, urgent=topic.urgent)
    wordings = [
        {"row": row, "step": STEP_LABELS.get(row.step, row.step)}
        for row in Wording.objects.filter(ends_on=None, category_id__in=[t.id for t in topics.line(topic.id)])
    ]
    asked = questions_for(topic.id)
    return {
        "topic": topic,
        "parent": topics.topics.get(topic.parent_id or 0),
        "below": topics.children(topic.id),
        "where": topics.said_of(topic.id),
        "values": {name: in_words(name, value) for name, value in values_of(topic).items()},
        "filing": _inherited(topic, "filing"),
        "closing": _inherited(topic, "closing"),
        "term": {"amount": term.amount, "unit": UNITS.get(term.unit, term.unit)} if term else None,
        "limit": _inherited(topic, "limit"),
        "rules": [
            {
                "row": row,
                "about": topics.said_of(row.category_id) or _("所有事项"),
                "lead": bodies[row.unit_id].label if row.unit_id in bodies else named.get(row.lead, ""),
                "conditions": conditions_in(row.answers),
            }
            for row in sorted(rows_first(rules, topics.topics), key=lambda r: r.priority)
        ],
        "asked": [{"q": q, "own": q.category_id == topic.id, "from": topics.topics[q.category_id]} for q in asked],
        "past_questions": [q for q in questions().values() if q.category_id == topic.id and q.ends_on],
        "wordings": wordings,
        "outside": list(
            Correspondence.objects.filter(category_id=topic.id).select_related("outside__list").order_by("outside__list__code", "rank")
        ),
        "uses": used([topic.id]).get(topic.id, []),
        "history": _history(topic.code),
        "successor": topics.topics.get(topic.successor_id or 0),
    }  # fmt: skip


def rows_first(rules: list[Responsibility], topics: dict[int, Topic]) -> list[Responsibility]:
    """Lines about this category, the deepest first, up to the nearest that holds at any time and for any answer."""
    found: list[Responsibility] = []
    depths = {row.pk: tree().depth(topics[row.category_id or 0].code) for row in rules}
    for row in sorted(rules, key=lambda row: -depths[row.pk]):
        if any(
            not kept.answers and kept.hours == Hours.ANY and depths[kept.pk] > depths[row.pk]
            for kept in found
        ):
            break
        found.append(row)
    return found


@require_http_methods(["GET", "POST"])
def new_category(request: HttpRequest) -> HttpResponse:
    """A category that does not exist yet, below another; it goes into the open draft."""
    by = require(request.actor, "change_tables")  # type: ignore[attr-defined]
    above = tree().by_code.get(request.GET.get("above", ""))
    first: dict[str, Any] = dict(FIRST)
    if above is not None:
        first |= {"default_type": above.default_appeal, "board": above.board, "code": _next_code(above)}
        first |= {"counts_satisfaction": above.counts_satisfaction}
    form = NewCategoryForm(request.POST or None, initial=first)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            said = dict(form.cleaned_data)
            code = said.pop("code")
            known = tree().by_code.get(code)
            if known is not None and known.live:
                form.add_error("code", _("这个编码已经有了。"))
            else:
                edition = taxonomy.propose(
                    _draft(request, by).pk, [Planned(code, What.ADD, said)], by=by, at=clock.now()
                )
                toast(request, _("已记入草稿“{name}”，发布以后才生效").format(name=edition.name))
                return HttpResponseRedirect(reverse("workorders:desk_edition", args=[edition.number]))
        status = 400
    context = {**tree_context(above), "form": form, "above": above, "may_change": True}
    return render(request, "workorders/staff/category_new.html", context, status=status)


def _next_code(above: Topic) -> str:
    """The next free code below a category, two digits longer."""
    taken = {t.code for t in tree().topics.values()}
    return next((c for n in range(1, 100) if (c := f"{above.code}{n:02d}") not in taken), above.code)


@require_POST
def retire(request: HttpRequest, code: str) -> HttpResponse:
    """Put a category with everything below it into the open draft as retired."""
    by = require(request.actor, "change_tables")  # type: ignore[attr-defined]
    topic = _topic(code)
    form = RetireForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("请检查接替的分类。"), code="successor")
    successor = form.cleaned_data["replaced_by"].strip()
    gone = [t for t in tree().below(topic.id) if t.live]
    plans = [Planned(t.code, What.RETIRE, {"replaced_by": successor}) for t in gone]
    edition = taxonomy.propose(_draft(request, by).pk, plans, by=by, at=clock.now())
    toast(request, _("已记入草稿“{name}”，发布以后才停用").format(name=edition.name))
    return HttpResponseRedirect(reverse("workorders:desk_edition", args=[edition.number]))


# ---- questions and wordings


@require_http_methods(["GET", "POST"])
def question(request: HttpRequest, code: str, question_id: int = 0) -> HttpResponse:
    """One question of a category: new, changed from today on, or ended (``act=end``)."""
    by = require(request.actor, "change_tables")  # type: ignore[attr-defined]
    topic = _topic(code)
    row = questions().get(question_id)
    if question_id and (row is None or row.category_id != topic.id or row.ends_on is not None):
        raise NotFound(_("没有这个问题。"))
    first = (
        {**row.__dict__, "choices": "\n".join(row.choices)}
        if row
        else {"place": 10 * (1 + len(questions_for(topic.id)))}
    )
    form = QuestionForm(request.POST or None, initial=first)
    status = 200
    if request.method == "POST" and request.POST.get("act") == "end" and row is not None:
        left = questioning.end_question(row.id, by=by, at=clock.now())
        said = _("不再问这个问题")
        if left:
            said += _("；规则 {codes} 还在等它的回答，请修改").format(codes="、".join(left))
        toast(request, said)
        return HttpResponseRedirect(reverse("workorders:desk_category", args=[code]) + "#questions")
    if request.method == "POST":
        if form.is_valid():
            try:
                questioning.change_question(
                    topic.id, form.wanted(), by=by, at=clock.now(), seen=row.id if row else None
                )
                toast(request, _("从现在起这样问"))
                return HttpResponseRedirect(reverse("workorders:desk_category", args=[code]) + "#questions")
            except Invalid as refusal:
                for name, words in refusal.fields.items():
                    form.add_error(name if name in form.fields else None, words)
        status = 400
    context = {
        **tree_context(topic),
        "form": form,
        "topic": topic,
        "row": row,
        "where": tree().said_of(topic.id),
    }
    return render(request, "workorders/staff/question.html", context, status=status)


@require_http_methods(["GET", "POST"])
def wording(request: HttpRequest, code: str, wording_id: int = 0) -> HttpResponse:
    """One wording of a category: new, changed, or ended (``act=end``)."""
    by = require(request.actor, "change_tables")  # type: ignore[attr-defined]
    topic = _topic(code)
    row = Wording.objects.filter(pk=wording_id, category_id=topic.id, ends_on=None).first()
    if wording_id and row is None:
        raise NotFound(_("没有这个模板。"))
    form = WordingForm(
        request.POST or None, initial={"step": row.step, "name": row.name, "text": row.text} if row else None
    )
    status = 200
    back = reverse("workorders:desk_category", args=[code]) + "#wordings"
    if request.method == "POST" and request.POST.get("act") == "end" and row is not None:
        questioning.end_wording(row.pk, by=by, at=clock.now())
        toast(request, _("模板“{name}”已停用").format(name=row.name))
        return HttpResponseRedirect(back)
    if request.method == "POST":
        if form.is_valid():
            said = form.cleaned_data
            same = row is not None and (row.step, row.name) == (said["step"], said["name"])
            questioning.change_wording(
                topic.id,
                **said,
                by=by,
                at=clock.now(),
                seen=row.pk if row and same else 0,
                former=row.pk if row and not same else None,
            )
            toast(request, _("模板“{name}”已保存").format(name=said["name"]))
            return HttpResponseRedirect(back)
        status = 400
    context = {
        **tree_context(topic),
        "form": form,
        "topic": topic,
        "row": row,
        "where": tree().said_of(topic.id),
        "marks": " ".join("{" + place + "}" for place in PLACES),
    }
    return render(request, "workorders/staff/wording.html", context, status=status)
