"""The adapter to a video server: an address for a room name, or none. No picture or sound passes through Gongzhi.

Any server that opens a room by its name in the address serves (Jitsi Meet and those compatible with it). Rooms are
not made beforehand and nothing is recorded by us; whoever knows the name may enter, so names cannot be guessed.
"""

from __future__ import annotations

import secrets

from django.conf import settings

#: Letters of a room's name: none that are mistaken for one another when read aloud.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
#: 24 letters of 31: about 118 bits.
_LENGTH = 24


def new_room() -> str:
    """A room name that nobody can guess."""
    return "gz-" + "".join(secrets.choice(_LETTERS) for _place in range(_LENGTH))


def available() -> bool:
    """Has this installation a video server?"""
    return bool(settings.VIDEO_ROOMS)


def link(room: str) -> str:
    """The address of a room; empty when the meeting has none or no server is set."""
    return f"{settings.VIDEO_ROOMS}/{room}" if room and settings.VIDEO_ROOMS else ""
