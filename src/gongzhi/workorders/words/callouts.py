"""How the acts of whistles and joint operations read, and where meetings find their record."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from gongzhi.kit.acting import Actor
from gongzhi.meetings import meeting_cards
from gongzhi.meetings.meeting_cards import Record
from gongzhi.workorders.models.callouts import Callout, CalloutKind, Found

#: verb → (sentence, icon, tone), on the meeting's thread.
PHRASES: dict[str, tuple[str, str, str]] = {
    "list_objects": (gettext_noop("列入 {count} 个检查对象"), "clipboard-list", ""),
    "inspect": (gettext_noop("检查一处{group}：{found}"), "search", ""),
    "follow_up": (gettext_noop("转为工单 {number}，{unit}"), "arrow-forward-up", "lead"),
    "settle": (gettext_noop("了结"), "circle-check", "done"),
}
_TONES = {Found.FAULT: "late", Found.MENDED: "soon", Found.FINE: "done"}


def head(verb: str, detail: dict[str, Any]) -> tuple[str, str, str] | None:
    """(sentence, icon, tone) of an entry of this room on a meeting's thread."""
    place, _dot, short = verb.rpartition(".")
    if place != "workorders" or short not in PHRASES:
        return None
    sentence, icon, tone = PHRASES[short]
    said = dict(detail)
    if said.get("found") in Found.values:
        tone = _TONES.get(Found(said["found"]), tone)
        said["found"] = str(Found(said["found"]).label)
    if short == "follow_up" and not said.get("unit"):
        said["unit"] = _("待派单")
    return _(sentence).format(**said), icon, tone


def records(meeting_ids: list[int], by: Actor) -> dict[int, Record]:
    """The callouts among some meetings, with their addresses."""
    return {
        pk: Record(str(CalloutKind(kind).label), reverse("workorders:callout", args=[pk]))
        for pk, kind in Callout.objects.filter(pk__in=meeting_ids).values_list("pk", "kind")
    }


def register() -> None:
    """Tell the meetings of this room's records. Called once when the apps are ready."""
    meeting_cards.register("workorders", records=records, head=head)
