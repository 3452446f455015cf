"""How the facts of an act read inside its sentence: dates, levels, kinds of request. For staff and residents alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from gongzhi.kit.clock import local
from gongzhi.kit.components.words import day_words
from gongzhi.workorders.kind import PROMISES
from gongzhi.workorders.models import Asking, Channel, Supervision


def fills(detail: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of an entry as words for the blanks of its phrase; what is unknown stays as it is."""
    said = {key: value for key, value in detail.items() if value is not None}
    for name, choices in (("channel", Channel), ("asked", Asking), ("level", Supervision)):
        if said.get(name) in choices.values:
            said[name] = str(choices(said[name]).label)
    if said.get("promise") in PROMISES:
        said["promise"] = _(PROMISES[str(said["promise"])].label)
    if isinstance(said.get("until"), str):
        said["until"] = day_words(local(datetime.fromisoformat(said["until"])).date())
    if isinstance(said.get("found"), bool):
        said["found"] = _("属实") if said["found"] else _("不属实，或已经没有了")
    if isinstance(said.get("reached"), bool):
        said["reached"] = _("联系上了") if said["reached"] else _("没有联系上")
    if isinstance(said.get("numbers"), list):
        said["numbers"] = _("、").join(said["numbers"])
    return said
