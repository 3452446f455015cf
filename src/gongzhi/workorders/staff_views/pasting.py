"""A pasted group chat at the desk: cards to confirm, edit, join, split and drop; one act takes them in."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from civics import chat
from civics.emergency import emergency_in
from gongzhi.kit import clock
from gongzhi.kit.cursors import whole
from gongzhi.kit.errors import Conflict
from gongzhi.people.actor import Person
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions import pasting
from gongzhi.workorders.actions.pasting import CardRefused, Pasted
from gongzhi.workorders.cards.rows import state_label, unit_label
from gongzhi.workorders.drafts import LONGEST, Draft
from gongzhi.workorders.forms.steps import area_choices, category_choices
from gongzhi.workorders.policies.desk import require
from gongzhi.workorders.staff_views.intake import told_near
from gongzhi.workorders.tables import emergencies, tree
from gongzhi.workorders.understanding import classify, neighbours, understand

#: A line of these alone splits a card in two.
_SPLIT = re.compile(r"^\s*[-—=]{3,}\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Shown:
    """A card on the page, with what the clerk has written and ticked."""

    key: str
    words: str
    place: str = ""
    category: int | None = None
    area: int | None = None
    name: str = ""
    clock: str = ""
    echoes: int = 0
    dropped: bool = False
    joined: bool = False
    wrong: str = ""


def _topic_of(words: str) -> object:
    """The branch that some words are surely about; None when unsure."""
    guesses = classify(words) if len(words) >= 5 else ()
    if not guesses or guesses[0].share < settings.GONGZHI_CONFIDENCE:
        return None
    return tree().topics[guesses[0].category_id].code[:4]


@require_http_methods(["GET", "POST"])
def paste(request: HttpRequest) -> HttpResponse:
    """Paste, look at the cards, take them in. The page carries everything; nothing is kept before the last act."""
    by = require(request.actor, "take_in")  # type: ignore[attr-defined]
    if request.method == "GET":
        return render(request, "workorders/staff/paste.html", {"most": chat.LONGEST})
    act = request.POST.get("act", "split")
    if act == "split":
        text = request.POST.get("text", "")
        if len(text) > chat.LONGEST:
            wrong = _("太长了：一次最多 {most} 个字。").format(most=chat.LONGEST)
            context = {"text": text[: chat.LONGEST], "wrong": wrong, "most": chat.LONGEST}
            return render(request, "workorders/staff/paste.html", context, status=400)
        found = chat.cards_of(text, topic_of=_topic_of)
        cards = [
            Shown(f"c{n:02d}", card.text[:LONGEST], name=card.name[:60], clock=card.clock, echoes=card.echoes)
            for n, card in enumerate(found)
        ]
        if not cards:
            wrong = _("没有找到反映。粘贴的内容里只有问候、表情或系统消息。")
            context = {"text": text, "wrong": wrong, "most": chat.LONGEST}
            return render(request, "workorders/staff/paste.html", context, status=400)
        return _cards(request, by, secrets.token_urlsafe(18), cards)
    key = request.POST.get("paste", "")[:40]
    cards = _read(request)
    if act != "take":
        return _cards(request, by, key, _changed(cards))
    kept = [card for card in _changed(cards) if not card.dropped]
    try:
        pasting.take_pasted(key, [_pasted(card) for card in kept], by=by, at=clock.now())
    except CardRefused as refusal:
        if refusal.code == "key_reused":
            raise Conflict(
                _("这次粘贴已经登记过，又改了内容。"), help=_("请重新粘贴。"), code="key_reused"
            ) from refusal
        said = next(iter(refusal.fields.values()), [str(refusal)])[0]
        marked = [replace(card, wrong=said) if card.key == refusal.key else card for card in _changed(cards)]
        return _cards(request, by, key, marked, status=refusal.status)
    return HttpResponseRedirect(f"{reverse('workorders:pasted')}?paste={key}")


def _pasted(card: Shown) -> Pasted:
    return Pasted(card.key, card.words, card.place, card.category, card.area, card.name, card.echoes)


def _read(request: HttpRequest) -> list[Shown]:
    """The cards as the page sends them back."""
    cards = []
    for key in request.POST.getlist("card")[: pasting.MOST * 2]:
        if not re.fullmatch(r"c\d\d(?:-\d{1,2}){0,4}", key):
            continue

        def said(name: str, key: str = key) -> str:
            return request.POST.get(f"{name}-{key}", "")

        category, area = whole(said("category")), whole(said("area"))
        cards.append(
            Shown(
                key, said("words"), said("place")[:200].strip(), category if category in tree().live else None,
                area if area in ground().areas else None, said("name")[:60].strip(), said("clock")[:5],
                whole(said("echoes"), digits=3) or 0, bool(said("drop")), bool(said("join")),
            )
        )  # fmt: skip
    return cards


def _changed(cards: list[Shown]) -> list[Shown]:
    """With what was ticked and written done: dropped, joined to the one above, split at lines of hyphens."""
    out: list[Shown] = []
    for card in cards:
        if card.dropped:
            continue
        if card.joined and out:
            above = out[-1]
            out[-1] = replace(
                above, words=f"{above.words.rstrip()}\n{card.words.strip()}", place=above.place or card.place,
                echoes=above.echoes + card.echoes,
            )  # fmt: skip
            continue
        parts = [part.strip() for part in _SPLIT.split(card.words) if part.strip()]
        if len(parts) < 2:
            out.append(replace(card, joined=False))
            continue
        for number, part in enumerate(parts):
            first = replace(card, words=part, joined=False)
            rest = replace(first, key=f"{card.key}-{number}", place="", category=None, area=None, echoes=0)
            out.append(first if number == 0 else rest)
    return out[: pasting.MOST]


def _cards(
    request: HttpRequest, by: Person, key: str, cards: list[Shown], *, status: int = 200
) -> HttpResponse:
    now = clock.now()
    shown = []
    for card in cards:
        draft = Draft(
            card.words[:LONGEST], place_text=card.place, area_id=card.area, category_id=card.category
        )
        seen = understand(draft, at=now)
        alarm = emergency_in(card.words, emergencies())
        near = (
            neighbours("", card.words, spot=seen.spot, topic=seen.topic, at=now)
            if seen.spot.community_id
            else []
        )
        sure = seen.topic is not None and "category" not in seen.why
        shown.append(
            {
                "card": card,
                "guess": tree().said_of(seen.topic.id) if seen.topic and sure else "",
                "place": ground().name_of(seen.spot.grid_id or seen.spot.community_id, above=1)
                if seen.spot.community_id
                else "",
                "unit": seen.route.unit.label if seen.route else "",
                "near": told_near(near, by=by),
                "alarm": alarm[1] if alarm else "",
            }
        )
    context = {
        "shown": shown,
        "paste": key,
        "categories": [("", _("让系统判断")), *category_choices()[1:]],
        "areas": area_choices(_("按地点判断")),
    }
    return render(request, "workorders/staff/paste_cards.html", context, status=status)


@require_GET
def pasted(request: HttpRequest) -> HttpResponse:
    """What became of a paste."""
    by = require(request.actor, "take_in")  # type: ignore[attr-defined]
    rows = [
        {
            "order": order,
            "state": state_label(order.state),
            "unit": unit_label(order.unit_id),
            "category": tree().said_of(order.category_id),
            "url": reverse("workorders:desk_order", args=[order.pk]),
        }
        for order in pasting.taken(request.GET.get("paste", "")[:40], by=by)
    ]
    return render(request, "workorders/staff/pasted.html", {"rows": rows})
