"""Following areas and topics, and the same for those who prefer feeds: Atom and iCalendar, of public content only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import feedgenerator
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongzhi.counter import following, manifests
from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import NotFound, SignInFirst
from gongzhi.kit.throttle import throttled
from gongzhi.meetings import ics
from gongzhi.notices import actions as notices
from gongzhi.notices.queries import follows_of
from gongzhi.people.actor import Person
from gongzhi.territory.ground import Area, ground
from gongzhi.territory.models import Level

#: How far back a feed goes, how far ahead a calendar, and how many entries a feed has.
BACK, MOST_ENTRIES = timedelta(days=30), 100


def _areas() -> list[tuple[str, list[tuple[int, str]]]]:
    """Streets, communities and grids as groups of a list."""
    land = ground()
    groups: list[tuple[str, list[tuple[int, str]]]] = []
    for street in land.streets:
        groups.append((street.name, [(street.id, _("整个{area}").format(area=street.name))]))
        for community in land.children(street.id):
            grids = [g for g in land.children(community.id) if g.level == Level.GRID]
            rows = [(community.id, _("整个{area}").format(area=community.name))]
            groups.append((community.name, rows + [(g.id, f"{community.name} · {g.name}") for g in grids]))
    return groups


def _names() -> dict[str, str]:
    """Every topic's name by its code."""
    return {
        code: name for board, said, leaves in manifests.topics() for code, name in [(board, said), *leaves]
    }


def _asked(request: HttpRequest) -> tuple[Area | None, str]:
    """The area (by code) and topic that a feed is asked for; NotFound for unknown ones."""
    code, topic = request.GET.get("area", ""), request.GET.get("topic", "")
    area = ground().by_code.get(code)
    if (code and area is None) or (topic and topic not in _names()):
        raise NotFound(_("没有这个地方，或没有这个话题。"))
    return area, topic


def _feeds(area: Area | None, topic: str) -> dict[str, str]:
    asked = {"area": area.code if area else "", "topic": topic}
    query = urlencode({name: value for name, value in asked.items() if value})
    place = urlencode({"area": area.code}) if area else ""
    return {
        "atom": reverse("counter:news_feed") + (f"?{query}" if query else ""),
        "ics": reverse("counter:dates_feed") + (f"?{place}" if place else ""),
    }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@throttled("follow areas", 60, 3600)
def follow(request: HttpRequest) -> HttpResponse:
    """What I follow, and following more. Without an account: the feeds."""
    by: Person = request.actor  # type: ignore[attr-defined]
    if request.method == "POST":
        if by.account_id is None:
            raise SignInFirst
        area, topic = request.POST.get("area", ""), request.POST.get("topic", "")
        if topic and topic not in _names():
            raise NotFound(_("没有这个话题。"))
        added = notices.follow(
            int(area) if area.isascii() and area.isdecimal() and len(area) < 12 else None,
            topic,
            by=by,
            at=clock.now(),
        )
        toast(request, _("已关注，每天傍晚告诉您有什么新的。") if added else _("您已经关注了。"))
        return HttpResponseRedirect(reverse("counter:follow"))
    names, land = _names(), ground()
    rows = [
        {
            "id": row.pk,
            "area": land.name_of(row.division_id, above=1 if row.division.level == Level.GRID else 0)
            if row.division
            else "",
            "topic": names.get(row.topic, row.topic),
            **_feeds(land.areas.get(row.division_id or 0), row.topic),
        }
        for row in follows_of(by)
    ]
    chosen = request.GET.get("area", "")
    context: dict[str, Any] = {
        "rows": rows,
        "areas": _areas(),
        "topics": [
            (name, [(code, _("{topic}（全部）").format(topic=name)), *leaves])
            for code, name, leaves in manifests.topics()
        ],
        "chosen_area": int(chosen) if chosen.isascii() and chosen.isdecimal() and len(chosen) < 12 else None,
        "chosen_topic": request.GET.get("topic", ""),
        "dates": manifests.dates(clock.now())[:5],
        **_feeds(None, ""),
    }
    return render(request, "counter/follow.html", context)


@require_POST
def unfollow(request: HttpRequest, pk: int) -> HttpResponse:
    """Follow it no more."""
    if not notices.unfollow(pk, by=request.actor, at=clock.now()):  # type: ignore[attr-defined]
        raise NotFound
    toast(request, _("已取消关注。"))
    return HttpResponseRedirect(reverse("counter:follow"))


@cache_control(public=True, max_age=300)
@require_safe
@throttled("feeds", 600, 3600)
def news_feed(request: HttpRequest) -> HttpResponse:
    """What became public, newest first (Atom, RFC 4287)."""
    area, topic = _asked(request)
    marks = [
        mark
        for mark in manifests.marks(clock.now() - BACK, most=3000)
        if following.fits(mark, area.path if area else "", topic)
    ]
    marks.sort(key=lambda mark: (following.newest(mark), mark["id"]), reverse=True)
    place = area.name if area else (ground().streets[0].name if len(ground().streets) == 1 else "")
    title = _("、").join(part for part in (place, _names().get(topic, "")) if part) or _("身边的事")
    feed = feedgenerator.Atom1Feed(
        title=_("{where} · 共治").format(where=title),
        link=request.build_absolute_uri(reverse("counter:map")),
        description=_("大家最近反映了什么，办到哪一步。位置只精确到网格。"),
        language=request.LANGUAGE_CODE,  # type: ignore[attr-defined]
        feed_url=request.build_absolute_uri(),
        # one for each area and topic, or readers take two feeds for one (RFC 4287, 4.2.6); and somebody wrote it (4.1.1)
        feed_guid=request.build_absolute_uri(),
        author_name=_("共治"),
    )
    for mark in marks[:MOST_ENTRIES]:
        url = request.build_absolute_uri(mark["url"])
        feed.add_item(
            title=f"{mark['title']} · {mark['grid']}",
            link=url,
            description=mark["state"],
            unique_id=url,
            pubdate=mark["at"],
            updateddate=following.newest(mark),
        )
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


@cache_control(public=True, max_age=300)
@require_safe
@throttled("feeds", 600, 3600)
def dates_feed(request: HttpRequest) -> HttpResponse:
    """Days that are open to residents, for the calendar on somebody's telephone (iCalendar, RFC 5545)."""
    area, _topic = _asked(request)
    land, now = ground(), clock.now()
    events = [
        ics.Event(
            uid=f"{row['key']}@gongzhi",
            sequence=0,
            title=row["title"],
            starts_at=row["begins"],
            ends_at=row["ends"],
            stamp=now,
            place=row["place"],
        )
        for row in manifests.dates(now)
        if area is None
        or any(one.id == area.id for one in land.line(row["division_id"]))
        or any(one.id == row["division_id"] for one in land.line(area.id))
    ]
    body = ics.calendar(events, name=_("{where} · 接待日").format(where=area.name if area else _("共治")))
    return HttpResponse(body, content_type="text/calendar; charset=utf-8")
