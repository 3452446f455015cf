"""Everybody's pages: search, browse by topic, read one answer, say whether it helped; and what may fit while one types."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.cursors import whole
from gongzhi.kit.errors import TooMany
from gongzhi.kit.throttle import client_address, throttle, throttled
from gongzhi.knowledge import actions, queries, topics
from gongzhi.knowledge.models import Jurisdiction
from gongzhi.knowledge.policies import RULES
from gongzhi.people.actor import Person
from gongzhi.territory.ground import ground

#: A text shorter than this asks nothing yet.
SHORTEST = 6
#: Which picture stands for a topic on top; any other code gets a question mark.
ICONS = {
    "01": "road", "02": "tree", "03": "car", "04": "school", "05": "id-badge-2", "06": "coin", "07": "heart",
    "08": "heart-handshake", "09": "shield", "10": "building-bank", "11": "map-2", "12": "droplet",
}  # fmt: skip


def told(article: Any, on: Any) -> dict[str, Any]:
    """An article or answer as pages show it."""
    mark = queries.freshness(article, on)
    return {
        "a": article,
        "id": article.pk if hasattr(article, "pk") else article.id,
        "topic": topics.name_of(article.category_code),
        "area": ground().name_of(article.division_id),
        "mark": mark,
        "where": "" if article.jurisdiction == Jurisdiction.CN else Jurisdiction(article.jurisdiction).label,
    }


def page_links(request: HttpRequest, found: queries.Found, page: int) -> dict[str, str]:
    """Addresses of the pages before and after this one."""
    asked = {name: value for name, value in request.GET.items() if name != "page"}

    def link(number: int) -> str:
        return f"?{urlencode(asked | {'page': str(number)})}" if 1 <= number <= found.pages else ""

    return {"newer": link(page - 1), "older": link(page + 1)}


@require_safe
@throttled("knowledge", 120, 60, methods=("GET",))
def home(request: HttpRequest) -> HttpResponse:
    """Search and browse what is published."""
    by: Person = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    today = clock.local(now).date()
    words, topic = request.GET.get("q", "").strip()[:100], request.GET.get("topic", "").strip()
    page = whole(request.GET.get("page", "1")) or 1
    context: dict[str, Any] = {"words": words, "topic": topic, "total": len(queries.shelf().answers)}
    if not words and not topic:
        answers = sorted(queries.shelf().answers.values(), key=lambda a: (-a.helped, a.id))
        fine = [a for a in answers if queries.freshness(a, today) != "past"]
        context |= {
            "doors": [
                {"code": t.code, "name": t.name, "count": n, "icon": ICONS.get(t.code, "help")}
                for t, n in queries.topic_counts()
            ],
            "often": [told(a, today) for a in fine[:8]],
        }
        return render(request, "knowledge/home.html", context)
    found = queries.find(queries.Wanted(words, topic, page=page), by=by, at=now)
    rows = [told(a, today) for a in found.articles]
    context |= {
        "rows": rows,
        "found": found,
        "topic_name": topics.way_of(topic) if topic else "",
        "likely": queries.suggest(words, at=now) if words and not rows else [],
        **page_links(request, found, min(page, found.pages)),
    }
    return render(request, "knowledge/found.html", context)


@require_safe
@throttled("knowledge", 120, 60, methods=("GET",))
def article(request: HttpRequest, article_id: int) -> HttpResponse:
    """One question with its answer, where it comes from, and when somebody last looked."""
    by: Person = request.actor  # type: ignore[attr-defined]
    now = clock.now()
    found = queries.get_article(article_id, by=by)
    likely = queries.suggest(found.question, at=now, with_past=False, least=0.12, but=found.pk)
    context = {
        **told(found, clock.local(now).date()),
        "others": likely,
        "way": topics.line(found.category_code),
        "may_change": RULES.may(by, "change", found),
        "thanked": request.GET.get("thanks", ""),
    }
    return render(request, "knowledge/article.html", context)


@require_POST
def helped(request: HttpRequest, article_id: int) -> HttpResponse:
    """Count one reader whom it helped, or not. From one address each article counts once a day; nobody is told."""
    by: Person = request.actor  # type: ignore[attr-defined]
    yes = request.POST.get("helped") == "yes"
    queries.get_article(article_id, by=by)
    try:
        throttle(f"helped {article_id}", client_address(request), 1, 86_400)
        throttle("helped", client_address(request), 60, 3_600)
        actions.say_helped(article_id, yes, by=by, at=clock.now())
    except TooMany:
        # whoever presses twice is thanked twice and counted once
        pass
    if request.headers.get("HX-Request"):
        return render(request, "knowledge/_thanks.html", {"yes": yes})
    toast(request, _("谢谢您告诉我们。"))
    return HttpResponseRedirect(
        f"{reverse('knowledge:article', args=[article_id])}?thanks={'yes' if yes else 'no'}"
    )


@never_cache
@require_safe
@throttled("knowledge.likely", 60, 60, methods=("GET",))
def likely(request: HttpRequest) -> HttpResponse:
    """While a resident writes: answers that may do already (a fragment; 204 when nothing fits or nothing is asked)."""
    text = request.GET.get("text", "").strip()[:600]
    if len(text) < SHORTEST or not queries.asks_something(text):
        return HttpResponse(status=204)
    found = queries.suggest(
        text,
        at=clock.now(),
        division_id=whole(request.GET.get("area", "")),
        with_past=False,
        least=queries.WORTH_TELLING,
    )
    if not found:
        return HttpResponse(status=204)
    return render(request, "knowledge/_likely.html", {"likely": found})
