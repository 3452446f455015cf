"""One's own matter, or one that is followed: how it stands, what happened, and the acts possible for this person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from gongzhi.journal import queries as journal
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Conflict, NotFound, Refusal
from gongzhi.kit.throttle import throttled
from gongzhi.matters import queries as matters
from gongzhi.matters.kinds import kind_of
from gongzhi.matters.models import How
from gongzhi.people.actor import Person
from gongzhi.people.queries import order_centre_of
from gongzhi.workorders import queries
from gongzhi.workorders.actions import answering, merging, watching
from gongzhi.workorders.forms.resident import (
    AnswerForm,
    RatingForm,
    ReasonForm,
    SeenForm,
    WordsForm,
    _WithSeen,
)
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.policies import RULES, standing
from gongzhi.workorders.questions import told_answers
from gongzhi.workorders.words import resident as resident_words
from gongzhi.workorders.words import titles
from gongzhi.workorders.workflow import ACTIVE, DECLINED, MERGED, VOIDED
from gongzhi.workorders.workflow import possible as possible_steps


@dataclass(frozen=True)
class Act:
    """One thing a resident can do with a matter: its words, its form, and the action behind it."""

    verb: str
    label: str
    note: str
    icon: str
    form: type[_WithSeen]
    take: Callable[..., Any]
    said: str
    send: str
    kind: str = ""

    @property
    def send_words(self) -> str:
        """The words on the button that sends, translated."""
        return _(self.send)

    @property
    def button(self) -> str:
        """The kind of that button."""
        return self.kind or "primary"


def _may_be_urged(order: WorkOrder) -> bool:
    """Whether somebody has this in hand now, so that urging, or having urged, means something."""
    return any(step.verb == "urge" for step in possible_steps(order))


def _rating(told: dict[str, Any]) -> dict[str, Any]:
    return {"solved": told["solved"] == "yes", "satisfied": told["satisfied"], "words": told["words"]}


def _words(told: dict[str, Any]) -> dict[str, Any]:
    return {"text": told["text"], "pictures": told["photos"]}


def _reason(told: dict[str, Any]) -> dict[str, Any]:
    return {"reason": told["reason"], "pictures": told["photos"]}


def _nothing(told: dict[str, Any]) -> dict[str, Any]:
    return {}


#: In the order in which they are offered; the first possible one is the main act of the page.
ACTS: dict[str, tuple[Act, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    act.verb: (act, told)
    for act, told in (
        (Act("confirm", gettext_noop("评价这次办理"), gettext_noop("问题解决了吗，满意吗"), "star", RatingForm,
             answering.confirm, gettext_noop("谢谢您的评价。"), gettext_noop("提交评价"), "primary"), _rating),
        (Act("dispute", gettext_noop("没有解决，请重新办理"), gettext_noop("写明哪里还没好，退回单位重办"), "arrow-back-up",
             ReasonForm, answering.dispute, gettext_noop("已退回重办，会再给您答复。"), gettext_noop("退回重办")), _reason),
        (Act("supply", gettext_noop("补充情况"), gettext_noop("写好以后，单位接着办"), "message-circle", AnswerForm,
             answering.supply, gettext_noop("收到了，单位接着办。"), gettext_noop("交给单位"), "primary"), _words),
        (Act("rate", gettext_noop("评价这次办理"), gettext_noop("问题解决了吗，满意吗"), "star", RatingForm,
             answering.rate, gettext_noop("谢谢您的评价。"), gettext_noop("提交评价"), "primary"), _rating),
        (Act("reopen", gettext_noop("问题又来了，重新打开"), gettext_noop("写明现在的情况"), "refresh", ReasonForm,
             answering.reopen, gettext_noop("已重新打开。"), gettext_noop("重新打开")), _reason),
        (Act("add", gettext_noop("再说几句，或加照片"), gettext_noop("办理单位马上看得到"), "message-plus", WordsForm,
             answering.add, gettext_noop("已加上。"), gettext_noop("加上去")), _words),
        (Act("urge", gettext_noop("催一催"), gettext_noop("单位马上看得到，24 小时可以催一次"), "bell", SeenForm,
             watching.urge, gettext_noop("已经催了，单位看得到。"), gettext_noop("催一催")), _nothing),
        (Act("withdraw", gettext_noop("撤回"), gettext_noop("不用再办了"), "x", SeenForm, answering.withdraw,
             gettext_noop("已撤回。"), gettext_noop("撤回这件事"), "danger"), _nothing),
    )
}  # fmt: skip


#: What the page is waiting for stands above the promise; the rest below it.
FIRST = frozenset({"confirm", "dispute", "supply", "rate"})


def acts_for(order: WorkOrder, by: Person, *, rated: bool, answered: bool = False) -> list[Act]:
    """What this person can do now: the workflow's steps that the rules allow, and nothing else.

    ``answered``: the order that this one was merged into has an answer, of which both may speak.
    """
    possible = {step.verb for step in possible_steps(order)}
    found = []
    for verb, (act, _told) in ACTS.items():
        if verb not in possible or not RULES.may(by, verb, order):
            continue
        if verb == "reopen" and order.closed_at and not answering.may_reopen(order, at=clock.now()):
            continue
        if verb == "rate" and (rated or order.history):
            continue
        if order.state == MERGED and verb in ("rate", "dispute") and not answered:
            continue
        if verb == "urge" and (order.history or watching.next_urge(order, at=clock.now())):
            continue
        found.append(act)
    return found


def _main_of(order: WorkOrder) -> dict[str, Any] | None:
    """How the order stands that this one was merged into, and the answer that was given to both.

    It shows no words of its reporter, and nothing said about an order that is not public.
    """
    link = next(
        (
            one
            for one in matters.links_of(order.pk)
            if one.how == How.MERGED_INTO and one.origin_id == order.pk
        ),
        None,
    )
    main = WorkOrder.objects.filter(pk=link.target_id).first() if link else None
    if main is None:
        return None
    unit = resident_words.unit_of(main)
    answers = journal.timeline(main.pk, standing="party").filter(verb="workorders.pass_check")
    return {
        "order": main,
        "answer": answers.last() if main.state in ("released", "closed") and not main.private else None,
        "state": resident_words.state_word(main.state),
        "tone": resident_words.TONES.get(main.state, "plain"),
        "unit": unit,
        "next": resident_words.next_step_for_others(main, unit.label if unit else ""),
        "promises": resident_words.running_promises(main, now=clock.now(), outside=True)[:1],
    }


def _grown(order: WorkOrder, by: Person) -> list[dict[str, Any]]:
    """Sealed matters that grew out of the reporter's own order, so that they read both as one story. The lock on links
    gives them to whoever is in such a matter, and to nobody else."""
    if by.account_id is None or order.reporter_id != by.account_id:
        return []
    return [
        {
            "label": gettext(link.origin.title),
            "number": link.origin.number,
            "url": kind_of(link.origin.kind).address_of(link.origin_id),
        }
        for link in matters.links_of(order.pk)
        if link.sides is not None and link.target_id == order.pk
    ]


def page(
    request: HttpRequest, order: WorkOrder, *, tried: str = "", form: _WithSeen | None = None
) -> HttpResponse:
    """The page of a matter; ``tried`` and ``form`` show an act again that was not accepted."""
    by: Person = request.actor  # type: ignore[attr-defined]
    stands = standing(by, order)
    outside = stands == "public"
    unit = resident_words.unit_of(order)
    name = unit.label if unit else ""
    now = clock.now()
    rated = order.state in ("closed", MERGED) and order.ratings.filter(round=order.reopened + 1).exists()
    seen = order.matter.thread.length
    main = _main_of(order) if order.state == MERGED else None
    answered = main is not None and merging.has_answer(main["order"])
    acts = [] if outside else acts_for(order, by, rated=rated, answered=answered)
    offered: list[dict[str, Any]] = [
        {
            "verb": act.verb,
            "act": act,
            "form": form if act.verb == tried and form else act.form(initial={"seen": seen}, prefix=act.verb),
            "open": act.verb == tried,
        }
        for act in acts
    ]
    files = journal.files(order.pk, standing="public" if outside else "party").select_related("entry")
    photos = [] if outside else resident_words.photos(files)
    told = resident_words.timeline(order, standing=stands)
    answer = next((one for one in told if one.verb in ("pass_check", "import") and one.text), None)
    question = next((one for one in told if one.verb == "ask_resident" and one.text), None)
    context = {
        "order": order,
        "outside": outside,
        "staff": stands == "staff",
        "following": outside,
        "title": titles.public_title(order) if outside else order.title,
        "topic": titles.topic_told(order),
        "state": resident_words.state_word(order.state),
        "tone": resident_words.TONES.get(order.state, "plain"),
        "next": (resident_words.next_step_for_others if outside else resident_words.next_step)(order, name),
        "unit": unit,
        "promises": resident_words.running_promises(order, now=now, outside=outside),
        "stepper": resident_words.stepper(order),
        "place": resident_words.place_name(order),
        "answers": [] if outside else told_answers(order.answers),
        "photos": photos,
        "pair": {photo["stage"] for photo in photos} == {"before", "after"} and len(photos) == 2,
        "timeline": told,
        "answer": answer if not outside and order.state in ("released", "closed") else None,
        "question": question if not outside and order.state == "waiting" else None,
        "offered": [one for one in offered if one["verb"] in FIRST],
        "further": [one for one in offered if one["verb"] not in FIRST],
        "tried": form if tried else None,
        "urged_until": None if outside or not _may_be_urged(order) else watching.next_urge(order, at=now),
        # whom to ring when nobody has it in hand any more
        "centre": order_centre_of(order.street_id) if order.state in (VOIDED, DECLINED) else None,
        "main": main,
        "grown": [] if outside else _grown(order, by),
        "share": (
            request.build_absolute_uri(reverse("workorders:follow", args=[order.pk]))
            if order.open and not order.private and not order.history
            else ""
        ),
        "shown_by_code": order.pk in by.bearer_of | by.reader_of,
    }
    status = form.answer_status() if form is not None else 200
    return render(request, "workorders/resident/matter.html", context, status=status)


@never_cache
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a matter, for its reporter, its followers and staff."""
    by: Person = request.actor  # type: ignore[attr-defined]
    try:
        order = queries.get_order(pk, by=by)
    except NotFound:
        # Somebody was given this address: what is public may be followed, everything else stays unknown.
        if WorkOrder.objects.filter(pk=pk, private=False, history=False, state__in=ACTIVE).exists():
            return HttpResponseRedirect(reverse("workorders:follow", args=[pk]))
        raise
    return page(request, order)


@require_POST
@throttled("act", 60, 3600)
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Take one of the acts offered on the page."""
    by: Person = request.actor  # type: ignore[attr-defined]
    if verb not in ACTS:
        raise NotFound
    one, values = ACTS[verb]
    order = queries.get_order(pk, by=by)
    form = one.form(request.POST, request.FILES, prefix=verb)
    if not form.is_valid():
        return page(request, order, tried=verb, form=form)
    try:
        with transaction.atomic():
            one.take(pk, **values(form.cleaned_data), by=by, at=clock.now(), seen=form.cleaned_data["seen"])
    except Conflict as conflict:
        # Somebody was faster: what was typed must not be lost with the page it was typed on.
        typed = [form.cleaned_data.get(name, "").strip() for name in ("text", "reason", "words")]
        said = [str(conflict.help)] if conflict.help else []
        said += [f"{_('您写的内容')} “{words}”" for words in typed if words]
        conflict.help = " ".join(said)
        raise
    except Refusal as refusal:
        if not refusal.fields:
            raise
        form.take_refusal(refusal)
        return page(request, queries.get_order(pk, by=by), tried=verb, form=form)
    toast(request, _(one.said))
    return HttpResponseRedirect(reverse("workorders:order", args=[pk]))
