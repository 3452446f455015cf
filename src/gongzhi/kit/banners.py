"""What stands on top of every page while something extraordinary is on: a list that rooms fill.

Lives here: the registry and the context processor. Not here: why something is on, or whom it concerns; each room
registers a function in ``AppConfig.ready``: ``register("workorders", lambda actor: [Banner(…)])``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


@dataclass(frozen=True)
class Banner:
    """One line: what is on, what the link leads to, and since when."""

    title: str
    link: str
    url: str
    since: datetime


_sources: dict[str, Callable[[Any], list[Banner]]] = {}


def register(name: str, banners: Callable[[Any], list[Banner]]) -> None:
    """Add a source; the same name replaces the former one, so that reloading is harmless."""
    _sources[name] = banners


def banners(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``banners``, looked up when a page draws them."""
    actor = getattr(request, "actor", None)
    return {"banners": SimpleLazyObject(lambda: [one for ask in _sources.values() for one in ask(actor)])}
