"""Small marks as markup: icon, chip, due, person, unit, audience, money, key.

Each mark is a word, a shape and a colour. Built as strings because lists repeat them per row.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_noop

from gongzhi.kit.components import words
from gongzhi.kit.components.speech import said as _

TONES = ("plain", "new", "waiting", "working", "soon", "late", "done", "closed", "paused", "refused")
DUE_STATES = ("fine", "soon", "late", "met", "paused")
AUDIENCES = {
    "everyone": ("world", gettext_noop("所有人可见")),
    "public": ("world", gettext_noop("所有人可见")),
    "parties": ("users", gettext_noop("当事人和工作人员可见")),
    "staff": ("id-badge-2", gettext_noop("仅工作人员可见")),
    "unit": ("building", gettext_noop("本单位可见")),
    "sealed": ("lock", gettext_noop("只有指定的人可见")),
}


@lru_cache(maxsize=1)
def _sprite_when_built() -> str:
    return static("gongzhi/icons.svg")


def sprite() -> str:
    """Address of the icon sheet; remembered, because every row asks for it."""
    return static("gongzhi/icons.svg") if settings.DEBUG else _sprite_when_built()


def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """One icon of the sheet. Without ``label`` it is decoration and hidden from screen readers."""
    more = f" icon--{conditional_escape(size)}" if size else ""
    heard = f'role="img" aria-label="{conditional_escape(label)}"' if label else 'aria-hidden="true"'
    return mark_safe(
        f'<svg class="icon{more}" {heard}><use href="{sprite()}#{conditional_escape(name)}"/></svg>'
    )


def chip(label: Any, tone: str = "plain", *, title: str = "") -> SafeString:
    """Status chip. ``tone`` is one of ``TONES`` and chooses shape and colour; the word is the caller's."""
    tone = tone if tone in TONES else "plain"
    tip = f' title="{conditional_escape(title)}"' if title else ""
    return mark_safe(
        f'<span class="chip chip--{tone}"{tip}><svg class="shape" aria-hidden="true"><use href="{sprite()}#shape-{tone}"/></svg>{conditional_escape(label)}</span>'
    )


def key(letter: str) -> SafeString:
    """Key hint. Hidden from screen readers: the control itself carries ``aria-keyshortcuts``."""
    return format_html('<kbd class="key" aria-hidden="true">{}</kbd>', letter)


def share_of(value: Any) -> float:
    """A share as a number from 0 to 1, whatever the caller had (None, Decimal, text, beyond the ends)."""
    try:
        return min(1.0, max(0.0, float(value)))
    except (TypeError, ValueError):
        return 0.0


def ring(share: Any, state: str, *, ticks: bool = False) -> SafeString:
    """The promise clock's ring, 48 units wide: how much of the time is gone, from twelve o'clock.

    ``ticks`` marks 50 % and 80 %, the moments of the reminders, and draws the state's sign in the middle.
    """
    gone = 100.0 if state in ("late", "met") else round(share_of(share) * 100, 1)
    circle = f'cx="24" cy="24" r="{20 if ticks else 16}"'
    parts = [
        f'<circle class="ring ring__track" {circle}/>',
        f'<circle class="ring ring__gone" {circle} pathLength="100" stroke-dasharray="{gone} 100"'
        ' transform="rotate(-90 24 24)"/>',
    ]
    if ticks:
        if state in ("fine", "soon"):
            parts.append(
                '<circle class="ring__tick" cx="24" cy="44" r="1.3"/><circle class="ring__tick" cx="5" cy="17.8" r="1.3"/>'
            )
        sign = {
            "fine": "M24 15.5V24l5.5 3.5",
            "soon": "M24 15.5V24l5.5 3.5",
            "late": "M24 15v10.5M24 31.6v.4",
            "met": "m16.5 24.5 5 5 10-11",
            "paused": "M20 17v14M28 17v14",
        }.get(state, "M24 15.5V24l5.5 3.5")
        parts.append(f'<path class="ring__mark" d="{sign}"/>')
    return mark_safe("".join(parts))


def due(
    until: datetime | None,
    state: str = "fine",
    share: Any = 0,
    left: str = "",
    *,
    now: datetime | None = None,
) -> SafeString:
    """The promise clock in one line, for rows. Empty when nothing is promised."""
    if until is None:
        return mark_safe("")
    state = state if state in DUE_STATES else "fine"
    if state == "met":
        said = _("已按时")
    else:
        said = _("暂停计时") if state == "paused" else words.until_words(until, now)
    rest = left or ("" if state in ("met", "paused") else words.left_words(until, now))
    late = (
        f'<span class="hidden-visually">{conditional_escape(_("已超时"))}</span>' if state == "late" else ""
    )
    tail = f"<span>{conditional_escape(rest)}</span>" if rest else ""
    return mark_safe(
        f'<span class="due due--{state}"><svg viewBox="0 0 48 48" aria-hidden="true">{ring(share, state)}</svg>{late}'
        f'<b><time datetime="{words.local(until).isoformat(timespec="seconds")}" title="{words.exact_words(until)}">{conditional_escape(said)}</time></b>{tail}</span>'
    )


def avatar(name: str, kind: str = "") -> SafeString:
    """A round sign with the last character of a Chinese name (or the first letter), coloured by the name."""
    text = (name or "").strip()
    sign = (text[-1] if text and text[-1] > "\u2e80" else text[:1].upper()) or icon("user")
    number = sum(map(ord, text)) % 5 + 1
    return format_html('<span class="avatar avatar--{}" aria-hidden="true">{}</span>', kind or number, sign)


def person(
    name: str = "", role: str = "", *, unit: str = "", url: str = "", phone: str = "", below: bool = False
) -> SafeString:
    """Who: name and post. An empty name is a vacancy and says so."""
    tail = " · ".join(str(part) for part in (role, unit) if part)
    css = "who__role who__role--below" if below else "who__role"
    shown = format_html(' <span class="{}">{}</span>', css, tail) if tail else ""
    if not name:
        return format_html(
            '<span class="who who--vacant"><span class="avatar" aria-hidden="true">?</span><span class="who__words"><span class="who__name">{}</span>{}</span></span>',
            _("暂时空缺"),
            shown,
        )
    call = format_html(' <a class="who__role" href="tel:{}">{}</a>', phone, phone) if phone else ""
    inner = format_html(
        '{}<span class="who__words"><span class="who__name">{}</span>{}</span>', avatar(name), name, shown
    )
    if url:
        return format_html('<a class="who" href="{}">{}</a>{}', url, inner, call)
    return format_html('<span class="who">{}</span>{}', inner, call)


def unit(name: str = "", kind: str = "", *, url: str = "", icon_name: str = "building") -> SafeString:
    """Which organisation, with what kind it is."""
    tail = format_html(' <span class="who__role">{}</span>', kind) if kind else ""
    inner = format_html(
        '<span class="avatar avatar--unit" aria-hidden="true">{}</span><span class="who__words"><span class="who__name">{}</span>{}</span>',
        icon(icon_name),
        name or _("还没有单位"),
        tail,
    )
    if url:
        return format_html('<a class="who" href="{}">{}</a>', url, inner)
    return format_html('<span class="who">{}</span>', inner)


def audience(code: str, label: str = "") -> SafeString:
    """Who can see this. Unknown codes show their label and a lock: closed is the safe reading."""
    name, said = AUDIENCES.get(code, ("lock", ""))
    css = "audience audience--sealed" if code == "sealed" else "audience"
    return format_html(
        '<span class="{}">{}{}</span>', css, icon(name, size="s"), label or (_(said) if said else code)
    )


def money(amount: Any, source: str = "", *, unit: str = "") -> SafeString:
    """An amount with thousands separated, its unit, and where it comes from. ``amount`` in whole units (元)."""
    value = Decimal(str(amount))
    said = f"{value:,.2f}".removesuffix(".00")
    tail = format_html('<span class="money__source">{}</span>', source) if source else ""
    return format_html('<span class="money"><b>{}</b> {}</span>{}', said, unit or _("元"), tail)
