"""Why a report is shown beside another one, in the reader's language; the words both mention stay as they were written."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from civics.nearness import Why


def why_near(why: Why, *, told: bool) -> str:
    """What both mention, how far apart they are and how long lies between them.

    What both mention is ``told`` only to those who may open the other report: to anybody else it would confirm, guess by
    guess, what somebody wrote.
    """
    parts = []
    if why.words and not told:
        parts.append(_("写的内容相近"))
    elif why.words:
        parts.append(_("都提到“{words}”").format(words=_("、").join(why.words)))
    if why.metres is not None:
        parts.append(_far(why.metres))
    if why.hours is not None:
        parts.append(_long(why.hours))
    return _("，").join(parts) or _("没有共同的用词")


def _far(metres: float) -> str:
    if metres < 10:
        return _("几乎在同一位置")
    if metres < 995:
        return _("相距 {n} 米").format(n=f"{round(metres, -1):.0f}")
    return _("相距 {n} 公里").format(n=number_format(metres / 1000, 1))


def _long(hours: float) -> str:
    if hours < 1:
        return _("相隔 {n} 分钟").format(n=max(1, round(hours * 60)))
    if hours < 48:
        return _("相隔 {n} 小时").format(n=f"{hours:.0f}")
    return _("相隔 {n} 天").format(n=f"{hours / 24:.0f}")
