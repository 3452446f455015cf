"""Toasts: what was just done, in one sentence, with a way back. Carried by Django's messages, so they survive a redirect.

from gongzhi.kit.components.toast import toast
toast(request, _("已派给前山环卫所"), undo=reverse("workorders:undo", args=[entry.pk]))
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest


def toast(
    request: HttpRequest, text: Any, *, tone: str = "done", undo: str = "", url: str = "", link: Any = ""
) -> None:
    """Say ``text`` on the next page. ``undo`` is an address that is POSTed to; ``url`` and ``link`` a way onward."""
    carried = {
        key: str(value)
        for key, value in (("tone", tone), ("undo", undo), ("url", url), ("link", link))
        if value
    }
    level = messages.ERROR if tone == "late" else messages.SUCCESS
    messages.add_message(request, level, str(text), extra_tags=json.dumps(carried), fail_silently=True)


def spoken(waiting: Iterable[Any]) -> list[dict[str, Any]]:
    """The messages as the template wants them; plain Django messages are fine too."""
    shown = []
    for message in waiting:
        carried: dict[str, Any] = {}
        tags = getattr(message, "extra_tags", "") or ""
        if tags.startswith("{"):
            carried = json.loads(tags)
        tone = carried.get("tone") or ("late" if getattr(message, "level", 0) >= messages.WARNING else "done")
        shown.append(
            {"text": str(message), "tone": tone, **{k: carried.get(k, "") for k in ("undo", "url", "link")}}
        )
    return shown
