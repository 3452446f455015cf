"""What stands in the navigation of every shell: a list that windows and rooms fill, and the context processor that reads it.

Lives here: the registry, who sees which entry, and how the page is read (large type, language).
Does not live here: any address or word of a trade; each app registers its own entries in ``AppConfig.ready``::

    from gongzhi.kit.navigation import NavItem, register
    register(NavItem("home", _("首页"), "counter:home", "home", place="resident", order=10))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext, gettext_noop, to_locale

PLACES = ("resident", "staff", "account", "footer")
TYPE_COOKIE = "gz_type"


@dataclass(frozen=True)
class NavItem:
    """One entry.

    ``place``: ``resident`` (top and dock), ``staff`` (rail), ``account`` (menu behind the person), ``footer``.
    ``who(actor) -> bool`` hides the entry from others; ``count(request) -> int | None`` is shown beside it;
    ``late(request) -> bool`` draws that number as overdue. ``main`` marks the one act of the resident's dock.
    ``within``: names of further addresses (``"counter:report"``) or namespaces (``"counter"``) that light this entry up.
    ``group`` (one of ``GROUPS``) puts an entry of the rail into a menu with others.
    """

    code: str
    label: Any
    url_name: str
    icon: str
    place: str = "staff"
    order: int = 100
    who: Callable[[Any], bool] | None = None
    count: Callable[[HttpRequest], int | None] | None = None
    late: Callable[[HttpRequest], bool] | None = None
    main: bool = False
    within: tuple[str, ...] = field(default=())
    group: str = ""


#: Groups that entries of the rail can stand in, in order: code → (label, icon). The rail has room for eight at most.
GROUPS: dict[str, tuple[str, str]] = {
    "together": (gettext_noop("协同"), "heart-handshake"),
    "overview": (gettext_noop("全局"), "chart-bar"),
    "tables": (gettext_noop("设置"), "settings"),
}

_items: dict[tuple[str, str], NavItem] = {}


def register(item: NavItem) -> None:
    """Add an entry; the same code in the same place replaces the former one, so that reloading is harmless."""
    if item.place not in PLACES:
        raise ValueError(f"unknown place {item.place!r}; one of {', '.join(PLACES)}")
    if item.group and item.group not in GROUPS:
        raise ValueError(f"unknown group {item.group!r}; one of {', '.join(GROUPS)}")
    _items[(item.place, item.code)] = item


def entries(request: HttpRequest, place: str) -> list[dict[str, Any]]:
    """The entries of one place for this request, in order; entries whose address does not exist are left out."""
    actor = getattr(request, "actor", None)
    match = getattr(request, "resolver_match", None)
    here = match.view_name if match else ""
    shown = []
    for item in sorted((i for (p, _), i in _items.items() if p == place), key=lambda i: (i.order, i.code)):
        if item.who is not None and not item.who(actor):
            continue
        try:
            url = reverse(item.url_name)
        except NoReverseMatch:
            continue
        number = item.count(request) if item.count else None
        shown.append(
            {
                "code": item.code,
                "label": item.label,
                "url": url,
                "icon": item.icon,
                "main": item.main,
                "group": item.group,
                "inside": [],
                "count": number,
                "late": bool(number and item.late and item.late(request)),
                "current": here == item.url_name
                or here in item.within
                or bool(here and here.split(":")[0] in item.within),
            }
        )
    return _folded(shown)


def first_address(actor: Any, place: str = "staff") -> str | None:
    """Where somebody's first entry of a place leads, or None when there is none."""
    for item in sorted((i for (p, _), i in _items.items() if p == place), key=lambda i: (i.order, i.code)):
        if item.who is None or item.who(actor):
            try:
                return reverse(item.url_name)
            except NoReverseMatch:
                continue
    return None


def _folded(shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Entries with a group go into its menu, behind the others; one alone stands by itself."""
    plain = [row for row in shown if not row["group"]]
    for code, (label, icon) in GROUPS.items():
        inside = [row for row in shown if row["group"] == code]
        if len(inside) == 1:
            plain += inside
        elif inside:
            plain.append(
                {
                    "code": code,
                    "label": gettext(label),
                    "icon": icon,
                    "inside": inside,
                    "current": any(row["current"] for row in inside),
                    "count": sum(row["count"] or 0 for row in inside),
                    "late": any(row["late"] for row in inside),
                }
            )
    return plain


def type_size(request: HttpRequest) -> str:
    """``large`` or ``normal``: the reader's choice, kept in a cookie so that the first paint is right."""
    return "large" if request.COOKIES.get(TYPE_COOKIE) == "large" else "normal"


@lru_cache(maxsize=1)
def languages() -> tuple[tuple[str, Any], ...]:
    """The languages this installation speaks: its own and those with compiled texts. One language needs no menu."""
    spoken = tuple(
        (code, name)
        for code, name in settings.LANGUAGES
        if code == settings.LANGUAGE_CODE
        or any(
            (Path(place) / to_locale(code) / "LC_MESSAGES" / "django.mo").exists()
            for place in settings.LOCALE_PATHS
        )
    )
    return spoken if len(spoken) > 1 else ()


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``nav`` (entries per place), ``reading`` (type size), ``languages``. Read only when used."""
    return {
        "nav": SimpleLazyObject(lambda: {place: entries(request, place) for place in PLACES}),
        "reading": {"type": type_size(request)},
        "languages": languages(),
    }
