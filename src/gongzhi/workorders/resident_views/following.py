"""What anybody may know of a matter, and following it: with an account, or with a code of one's own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import NotFound
from gongzhi.kit.throttle import throttled
from gongzhi.matters import queries as matters
from gongzhi.people.actor import Person
from gongzhi.workorders.actions import answering
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.policies import RULES
from gongzhi.workorders.resident_views import shown
from gongzhi.workorders.words import resident as resident_words
from gongzhi.workorders.words import titles


def _public_order(pk: int) -> WorkOrder:
    """An order that anybody may know of: not private, not history, not declined or withdrawn."""
    order = (
        WorkOrder.objects.filter(pk=pk, private=False, history=False)
        .exclude(state__in=("declined", "withdrawn"))
        .first()
    )
    if order is None:
        raise NotFound(_("没有找到这件事，或者它没有公开。"), help=_("有查询码的话，可以用查询码打开。"))
    return order


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@throttled("follow", 30, 3600)
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """The public face of a matter with one act: follow it."""
    by: Person = request.actor  # type: ignore[attr-defined]
    order = _public_order(pk)
    unit = resident_words.unit_of(order)
    context = {
        "order": order,
        "title": titles.public_title(order),
        "topic": titles.topic_name(order.category_id),
        "place": resident_words.place_name(order),
        "state": resident_words.state_word(order.state),
        "tone": resident_words.TONES.get(order.state, "plain"),
        "next": resident_words.next_step_for_others(order, unit.label if unit else ""),
        "unit": unit,
        "promises": resident_words.running_promises(order, now=clock.now(), outside=True)[:1],
        "followers": matters.followers(order.pk),
        "stepper": resident_words.stepper(order),
        "mine": RULES.may(by, "see", order),
    }
    if request.method != "POST":
        return render(request, "workorders/resident/follow.html", context)
    if context["mine"]:
        return HttpResponseRedirect(reverse("workorders:order", args=[pk]))
    code = answering.follow(pk, by=by, at=clock.now())
    if not code:
        toast(request, _("已关注，有进展可以在“我的”里看到。"))
        return HttpResponseRedirect(reverse("workorders:order", args=[pk]))
    shown.remember(request, pk, "follower")
    grouped = shown.in_groups(code)
    context |= {
        "code": grouped,
        "code_url": request.build_absolute_uri(reverse("workorders:code", args=[grouped])),
        "followers": context["followers"] + 1,
    }
    return render(request, "workorders/resident/followed.html", context)


@require_POST
@throttled("follow", 30, 3600)
def unfollow(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop following; without an account the session forgets the matter (the code on paper still opens it)."""
    by: Person = request.actor  # type: ignore[attr-defined]
    if by.account_id is not None:
        answering.unfollow(pk, by=by, at=clock.now())
    shown.forget(request, pk)
    toast(request, _("不再关注这件事。"))
    return HttpResponseRedirect("/")
