"""Codes that were shown in this session: they open a matter for their bearer, as reporter or as follower."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest

from gongzhi.people.actor import SHOWN_CODES, Person

#: A session keeps this many; the oldest are forgotten first.
MOST_SHOWN = 50
GROUP = 4


def remember(request: HttpRequest, matter_id: int, part: str) -> None:
    """From now on this session may open the matter in this part. A reporter stays a reporter."""
    shown: dict[str, str] = dict(request.session.get(SHOWN_CODES) or {})
    if shown.get(str(matter_id)) == "reporter":
        part = "reporter"
    shown.pop(str(matter_id), None)
    shown[str(matter_id)] = part
    request.session[SHOWN_CODES] = dict(list(shown.items())[-MOST_SHOWN:])
    actor: Person = request.actor  # type: ignore[attr-defined]
    request.actor = (  # type: ignore[attr-defined]
        actor.bearing(reports=[matter_id]) if part == "reporter" else actor.bearing(follows=[matter_id])
    )


def forget(request: HttpRequest, matter_id: int) -> None:
    """This session no longer opens the matter."""
    shown: dict[str, str] = dict(request.session.get(SHOWN_CODES) or {})
    if shown.pop(str(matter_id), None) is not None:
        request.session[SHOWN_CODES] = shown
    actor: Person = request.actor  # type: ignore[attr-defined]
    request.actor = replace(  # type: ignore[attr-defined]
        actor, bearer_of=actor.bearer_of - {matter_id}, reader_of=actor.reader_of - {matter_id}
    )


def in_groups(code: str) -> str:
    """``ABCDEFGHJKMN`` → ``ABCD-EFGH-JKMN``, as it is read out and copied."""
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))
