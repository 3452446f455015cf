"""Long lists as markup: the rows of a queue, and the options of a select box.

Built as strings: a page holds fifty rows and some hundreds of options, and a template would ask each of them a dozen
questions. No words of a trade: what a row says is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from gongzhi.kit import clock
from gongzhi.kit.components import marks, words
from gongzhi.kit.components.speech import said as _


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One row of a queue. ``under`` are the words below it: at the left and at the right end, empty for none.

    ``missing`` stands at the left, in the colour of a warning, when there are no words for it.
    """

    url: str
    title: str
    state: str
    tone: str = "plain"
    chosen: bool = False
    urgent: bool = False
    hidden: bool = False
    due_at: datetime | None = None
    due_state: str = "fine"
    due_share: float = 0.0
    due_left: str = ""
    came_at: datetime | None = None
    right: str = ""
    under: tuple[str, str] | None = None
    missing: str = ""
    marks: tuple[tuple[str, str], ...] = ()
    tick: str = ""


def queue_items(items: Iterable[QueueItem], *, now: datetime | None = None) -> SafeString:
    """The ``<li>`` of a ``<ul class="queue" data-queue>``. ``marks`` of an item are further (label, tone) chips.

    ``tick`` puts a box before a row, named ``order`` with this value, that belongs to the form ``batch``.
    """
    now = now or clock.now()
    flame = f'<span class="late-text">{marks.icon("flame", label=_("紧急"), size="s")}</span> '
    unseen = str(marks.icon("eye-off", label=_("不公开"), size="s"))
    choose = escape(_("选择"))
    days: dict[date, str] = {}
    parts: list[str] = []
    for item in items:
        if item.due_at is not None:
            when: str = marks.due(item.due_at, item.due_state, item.due_share, item.due_left, now=now)
        elif item.came_at is not None:
            came = words.local(item.came_at).date()
            if came not in days:
                days[came] = words.day_tag(came)
            when = f"<span>{days[came]}</span>"
        else:
            when = ""
        under = ""
        if item.under is not None:
            left, right = item.under
            if left:
                start = f'<span class="clip">{escape(left)}</span>'
            else:
                start = f'<span class="clip soon-text">{escape(item.missing)}</span>' if item.missing else ""
            push = "push " if start else ""
            end = f'<span class="{push}clip">{escape(right)}</span>' if right else ""
            under = f'<div class="queue__meta queue__meta--one">{start}{end}</div>' if start or end else ""
        chips: str = str(marks.chip(item.state, item.tone))
        if item.marks:
            # On a line of their own: beside the state they would leave no room for the title.
            more = "".join(marks.chip(label, tone) for label, tone in item.marks)
            chips += f'<div class="queue__chips">{more}</div>'
        tick = (
            f'<input class="check queue__tick" type="checkbox" name="order" form="batch" value="{escape(item.tick)}"'
            f' aria-label="{choose} {escape(item.title)}">'
            if item.tick
            else ""
        )
        parts.append(
            f'<li class="queue__item{" is-chosen" if item.chosen else ""}" data-queue-item>{tick}'
            f'<a class="queue__title" href="{escape(item.url)}">{flame if item.urgent else ""}{escape(item.title)}</a>'
            f"{chips}"
            f'<div class="queue__meta queue__meta--one">{when}{unseen if item.hidden else ""}'
            f'<span class="push clip">{escape(item.right)}</span></div>{under}</li>'
        )
    return mark_safe("".join(parts))


def options(rows: Iterable[Sequence[Any]], chosen: Any = None) -> SafeString:
    """``<option>`` for each (value, label); a row whose second part is a list becomes a group of its own."""
    wanted = "" if chosen is None else str(chosen)
    parts: list[str] = []
    for row in rows:
        value, label = row[0], row[1]
        if isinstance(label, (list, tuple)):
            parts.append(f'<optgroup label="{escape(str(value))}">{options(label, chosen)}</optgroup>')
            continue
        plain = str(value)
        mark = " selected" if wanted and plain == wanted else ""
        parts.append(f'<option value="{escape(plain)}"{mark}>{escape(str(label))}</option>')
    return mark_safe("".join(parts))
