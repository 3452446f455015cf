"""Moments and lengths of time as people say them (今天 15:30 前), with the exact moment beside.

Only wording: no due moments are computed here (that is ``civics.worktime``).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_noop

from gongzhi.kit import clock
from gongzhi.kit.components.speech import said as _

NEAR_DAYS = {
    0: gettext_noop("今天"),
    -1: gettext_noop("昨天"),
    1: gettext_noop("明天"),
    2: gettext_noop("后天"),
}
WEEKDAYS = (
    gettext_noop("周一"),
    gettext_noop("周二"),
    gettext_noop("周三"),
    gettext_noop("周四"),
    gettext_noop("周五"),
    gettext_noop("周六"),
    gettext_noop("周日"),
)


def local(at: datetime) -> datetime:
    """The same moment in the town's time zone; a naive moment is taken to be local already."""
    return timezone.localtime(at) if timezone.is_aware(at) else at


def day_words(day: date | datetime, today: date | None = None) -> str:
    """今天, 昨天, 明天, 周五 (this coming week), 3月5日, or 2024年3月5日 in another year."""
    if isinstance(day, datetime):
        day = local(day).date()
    today = today or clock.today()
    apart = (day - today).days
    if apart in NEAR_DAYS:  # one translation per moment: lists say a hundred of them
        return _(NEAR_DAYS[apart])
    if 2 < apart < 7:
        return weekday_words(day)
    if not (get_language() or "zh").startswith("zh"):  # 11/12 is two days to two readers: name the month
        return date_format(day, "j M" if day.year == today.year else "j M Y")
    if day.year == today.year:
        return _("%(month)d月%(day)d日") % {"month": day.month, "day": day.day}
    return _("%(year)d年%(month)d月%(day)d日") % {"year": day.year, "month": day.month, "day": day.day}


def weekday_words(day: date) -> str:
    """周一 … 周日, translated."""
    return _(WEEKDAYS[day.weekday()])


def moment_words(at: datetime, now: datetime | None = None) -> str:
    """Day and time in words: 今天 15:30."""
    here = local(at)
    today = local(now).date() if now else None
    return f"{day_words(here.date(), today)} {here:%H:%M}"


def until_words(at: datetime, now: datetime | None = None) -> str:
    """A due moment in words: 今天 15:30 前."""
    return _("%(moment)s 前") % {"moment": moment_words(at, now)}


def exact_words(at: datetime) -> str:
    """The exact moment, for the hover text."""
    return f"{local(at):%Y-%m-%d %H:%M:%S}"


def span_words(span: timedelta) -> str:
    """A length of time in its two largest units: 2 天 3 小时, 3 小时 20 分, 不到 1 分钟."""
    minutes = int(abs(span.total_seconds()) // 60)
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    if days:
        return _("%(d)d 天 %(h)d 小时") % {"d": days, "h": hours} if hours else _("%(d)d 天") % {"d": days}
    if hours:
        if minutes:
            return _("%(h)d 小时 %(m)d 分") % {"h": hours, "m": minutes}
        return _("%(h)d 小时") % {"h": hours}
    return _("%(m)d 分钟") % {"m": minutes} if minutes else _("不到 1 分钟")


def left_words(until: datetime, now: datetime | None = None) -> str:
    """还有 3 小时 20 分, or 已超 2 天, by the clock on the wall (callers with working hours pass their own words)."""
    apart = until - (now or clock.now())
    if abs(apart) < timedelta(minutes=1):
        return _("不到 1 分钟就到时") if apart >= timedelta(0) else _("刚刚超时")
    said = span_words(apart)
    return (
        _("还有 %(span)s") % {"span": said} if apart >= timedelta(0) else _("已超 %(span)s") % {"span": said}
    )


def ago_words(at: datetime, now: datetime | None = None) -> str:
    """刚刚, 5 分钟前, 3 小时前 within a day; after that the day itself."""
    gone = (now or clock.now()) - at
    if timedelta(0) <= gone < timedelta(minutes=1):
        return _("刚刚")
    if timedelta(0) <= gone < timedelta(hours=1):
        return _("%(m)d 分钟前") % {"m": gone.seconds // 60}
    if timedelta(0) <= gone < timedelta(hours=12):
        return _("%(h)d 小时前") % {"h": gone.seconds // 3600}
    return moment_words(at, now)


def time_tag(at: datetime, words: str) -> SafeString:
    """A ``<time>`` element: words to read, the exact moment on hover and for machines."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local(at).isoformat(timespec="seconds"),
        exact_words(at),
        words,
    )


def day_tag(on: date | datetime) -> SafeString:
    """A day in words, with the date and the weekday on hover."""
    plain = local(on).date() if isinstance(on, datetime) else on
    said = f"{plain:%Y-%m-%d} {weekday_words(plain)}"
    return format_html('<time datetime="{}" title="{}">{}</time>', plain.isoformat(), said, day_words(plain))
