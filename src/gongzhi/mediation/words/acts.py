"""How an act reads on a page: the phrase of its verb for this side, with names in place of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from gongzhi.journal.models import ALL, PARTY, TEAM, Attachment, Entry
from gongzhi.kit.components.words import day_words
from gongzhi.mediation.kind import PHRASES, PROMISES
from gongzhi.mediation.models import GuestPart, Level, MemberPart, SittingKind, Visit
from gongzhi.mediation.models.agreements import Confirmation
from gongzhi.mediation.workflow import ADVICE, ENDINGS


@dataclass(frozen=True)
class Told:
    """One act as somebody reads it."""

    verb: str
    head: str
    text: str
    at: datetime
    who: str
    icon: str
    tone: str
    heard_by: str
    secret: bool
    photos: list[dict[str, Any]] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    detail: Mapping[str, Any] = field(default_factory=dict)
    #: The party it is about, by name.
    party: str = ""


#: Names of the phrases' icons in the set.
ICONS = {
    "check-circle": "circle-check", "person": "user", "undo": "arrow-back-up", "question": "help", "chat": "message-circle",
    "play": "player-play", "x-circle": "ban", "tag": "bookmark", "note": "edit", "file": "file-text", "erase": "trash",
    "dot": "dots",
}  # fmt: skip
_TONES = {
    "accept": "lead", "take_up": "lead", "begin": "lead", "take_effect": "done", "agree_orally": "done", "finish": "done",
    "file": "done", "refuse": "late", "decline": "late", "terminate": "late", "look_in": "late", "missed": "late",
}  # fmt: skip


def _part(code: str) -> str:
    for table in (MemberPart, GuestPart):
        if code in table.values:
            return str(table(code).label)
    return code


def _day(text: str) -> str:
    try:
        return day_words(date.fromisoformat(text[:10]))
    except ValueError:
        return text


def fills(detail: Mapping[str, Any], names: Mapping[int, str]) -> dict[str, str]:
    """The words of a detail's numbers and codes."""
    told = {key: str(value) for key, value in detail.items()}
    told["party"] = names.get(int(detail.get("party") or 0), "") or _("调解团队")
    for key, say in (
        ("part", _part),
        ("kind", lambda code: str(SittingKind(code).label) if code in SittingKind.values else code),
        ("level", lambda code: str(Level(code).label) if code in Level.values else code),
        ("kept", lambda code: str(Visit.Kept(code).label) if code in Visit.Kept.values else code),
        ("result", lambda code: str(Confirmation.Result(code).label) if code in Confirmation.Result.values else code),
        ("ground", lambda code: _(ENDINGS[code]) if code in ENDINGS else code),
        ("promise", lambda code: _(PROMISES[code].label) if code in PROMISES else code),
        ("until", _day),
        ("agrees", lambda said: _("同意") if said == "True" else _("不同意")),
    ):  # fmt: skip
        if key in told:
            told[key] = say(told[key])
    return told


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def heard_by(entry: Entry, names: Mapping[int, str]) -> tuple[str, bool]:
    """(who reads this, is it kept from some of them)."""
    sides = entry.sides or []
    if ALL in sides:
        return (_("各方和旁听的人都看得到") if "observer" in sides else _("各方都看得到")), False
    parties = [names.get(int(side.removeprefix(PARTY)), "") for side in sides if side.startswith(PARTY)]
    if parties:
        return _("只有调解团队和{names}看得到").format(names=_("、").join(parties)), True
    if TEAM in sides:
        return _("只有调解团队看得到"), True
    return "", False


def _photo(file: Attachment) -> dict[str, Any]:
    where = [file.thread_id, file.pk]
    return {
        "url": reverse("mediation:file", args=where),
        "thumb": reverse("mediation:thumbnail", args=where),
        "alt": _("材料照片"),
    }


def told(entry: Entry, names: Mapping[int, str], *, on_team: bool) -> Told:
    """An entry as it reads for somebody."""
    verb = entry.verb.partition(".")[2]
    phrase = PHRASES.get(verb)
    sentence = "" if phrase is None else (phrase.staff if on_team else phrase.parties)
    readers, secret = heard_by(entry, names)
    return Told(
        verb=verb,
        head=_(sentence).format_map(_Blank(fills(entry.detail, names))) if sentence else verb,
        text=entry.text,
        at=entry.at,
        who=(entry.by.name if entry.by else "") if on_team or verb == "say" else "",
        icon=ICONS.get(phrase.icon, phrase.icon) if phrase else "dots",
        tone=_TONES.get(verb, "quiet"),
        heard_by=readers,
        secret=secret,
        photos=[_photo(file) for file in entry.attachments.all() if file.erased_at is None],
        detail=entry.detail,
        party=names.get(int(entry.detail.get("party") or 0), ""),
        advice=[_(ADVICE[code]) for code in entry.detail.get("advice", ()) if code in ADVICE],
    )
