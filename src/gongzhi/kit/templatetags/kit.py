"""``{% load kit %}``: every component under its template name. ``templates/kit/README.md`` is the manual.

Only names and parameters live here; markup is in ``templates/kit/parts`` and ``gongzhi.kit.components``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.kit.components import drawings, lists, marks, words
from gongzhi.kit.components.fields import field_context, sentence_of

register = template.Library()

# ---- small marks

register.simple_tag(marks.icon, name="icon")
register.simple_tag(marks.chip, name="chip")
register.simple_tag(marks.key, name="key")
register.simple_tag(marks.due, name="due")
register.simple_tag(marks.person, name="person")
register.simple_tag(marks.unit, name="unit")
register.simple_tag(marks.avatar, name="avatar")
register.simple_tag(marks.audience, name="audience")
register.simple_tag(marks.money, name="money")
register.simple_tag(drawings.spark_bars, name="spark")
register.simple_tag(drawings.interval_svg, name="interval")
register.simple_tag(lists.queue_items, name="queue_items")
register.simple_tag(lists.options, name="options")


# ---- moments in words


@register.filter
def moment(at: datetime | None) -> str:
    """今天 15:30, with the exact moment on hover."""
    return words.time_tag(at, words.moment_words(at)) if at else ""


@register.filter
def until(at: datetime | None) -> str:
    """今天 15:30 前."""
    return words.time_tag(at, words.until_words(at)) if at else ""


@register.filter
def ago(at: datetime | None) -> str:
    """5 分钟前; after half a day the moment itself."""
    return words.time_tag(at, words.ago_words(at)) if at else ""


@register.filter
def day(on: date | datetime | None) -> str:
    """今天, 周五, 3月5日."""
    return words.day_tag(on) if on else ""


@register.filter
def left(at: datetime | None) -> str:
    """还有 3 小时 20 分, or 已超 2 天, by the clock on the wall."""
    return words.left_words(at) if at else ""


@register.filter
def percent(share: Any) -> str:
    """0.835 → 83.5%; nothing → —."""
    try:
        return f"{float(share) * 100:.1f}".removesuffix(".0") + "%"
    except (TypeError, ValueError):
        return "—"


# ---- acts


@register.inclusion_tag("kit/parts/button.html")
def button(label: Any, kind: str = "", *, icon: str = "", name: str = "", value: Any = "", type: str = "submit",
           key: str = "", wide: bool = False, large: bool = False, small: bool = False, form: str = "",
           action: str = "", disabled: bool = False) -> dict[str, Any]:  # fmt: skip
    """A button. ``kind``: primary, danger, plain, bright; ``key`` is the letter that presses it."""
    return {**locals(), "url": ""}


@register.inclusion_tag("kit/parts/button.html")
def link_button(label: Any, url: str, kind: str = "", *, icon: str = "", key: str = "", wide: bool = False,
                large: bool = False, small: bool = False) -> dict[str, Any]:  # fmt: skip
    """A link that looks like a button: it leads somewhere and changes nothing."""
    return locals()


@register.simple_block_tag(takes_context=True, end_name="endconfirm")
def confirm(context: template.Context, content: str, label: Any, *, action: str = "", question: Any = "",
            thing: Any = "", after: Any = "", verb: Any = "", kind: str = "", icon: str = "", name: str = "",
            value: Any = "") -> str:  # fmt: skip
    """Asks once more on the spot, naming the thing; the block's content is further fields."""
    said = {**locals(), "csrf_token": context.get("csrf_token"), "verb": verb or label}
    said.pop("context")
    return mark_safe(render_to_string("kit/parts/confirm.html", said))


# ---- forms


@register.inclusion_tag("kit/parts/field.html")
def field(bound: Any, **extra: Any) -> dict[str, Any]:
    """One field of a form with label, help, error and control. See the README for ``extra``."""
    return field_context(bound, **extra)


@register.inclusion_tag("kit/parts/choices.html")
def choice_cards(name: str, options: Iterable[Mapping[str, Any]], *, legend: Any = "", chosen: Any = "",
                 multiple: bool = False, layout: str = "", help: Any = "") -> dict[str, Any]:  # fmt: skip
    """Choice cards without a form: ``options`` hold value, name, and perhaps note, icon, disabled."""
    return locals()


@register.inclusion_tag("kit/parts/summary.html")
def error_summary(form: Any) -> dict[str, Any]:
    """All errors of a form at its top, each a link to its field."""
    listed = []
    for name, sentences in form.errors.items():
        if name == "__all__":
            listed += [{"text": sentence, "id": ""} for sentence in sentences]
            continue
        bound = form[name]
        first = bound.subwidgets[0].id_for_label if bound.subwidgets and len(bound.subwidgets) > 1 else ""
        listed += [{"text": sentence_of(bound, s), "id": first or bound.id_for_label} for s in sentences]
    return {"listed": listed}


# ---- what is promised, what happened


@register.inclusion_tag("kit/parts/promise.html")
def promise(what: Any, until: datetime | None, *, state: str = "fine", share: Any = 0, left: Any = "",
            then: Any = "", now: datetime | None = None) -> dict[str, Any]:  # fmt: skip
    """Promise clock. ``state``: fine, soon, late, met, paused; ``share`` of the time gone, 0..1."""
    state = state if state in marks.DUE_STATES else "fine"
    rest = left or ("" if state in ("met", "paused") or until is None else words.left_words(until, now))
    return {"what": what, "until": until, "state": state, "left": rest, "then": then,
            "said": words.until_words(until, now) if until else "", "ring": marks.ring(share, state, ticks=True)}  # fmt: skip


@register.inclusion_tag("kit/parts/stepper.html")
def stepper(steps: Iterable[Any], current: int = 1) -> dict[str, Any]:
    """Where we are: ``steps`` are words, or mappings with name and when; ``current`` counts from 1, past the end = all done."""
    shown = []
    for number, step in enumerate(steps, start=1):
        name = step.get("name", "") if isinstance(step, Mapping) else step
        when = step.get("when", "") if isinstance(step, Mapping) else ""
        shown.append(
            {
                "number": number,
                "name": name,
                "when": when,
                "done": number < current,
                "current": number == current,
            }
        )
    return {"steps": shown}


@register.simple_block_tag(end_name="endtimeline")
def timeline(content: str, label: Any = "") -> str:
    """Holds entries, in the order given."""
    return format_html('<ol class="timeline" aria-label="{}">{}</ol>', label or _("经过"), mark_safe(content))


@register.simple_block_tag(end_name="endentry")
def entry(content: str, head: Any, at: datetime | None = None, *, by: Any = "", icon: str = "point", tone: str = "",
          audience: str = "", audience_label: str = "") -> str:  # fmt: skip
    """One thing that happened. The block is what was said or attached; ``tone``: lead, done, soon, late, quiet."""
    said = {**locals(), "content": mark_safe(content.strip())}
    return mark_safe(render_to_string("kit/parts/entry.html", said))


# ---- lists


@register.simple_block_tag(end_name="endtable")
def table(
    content: str, caption: Any = "", *, cards: bool = False, height: str = "", hide_caption: bool = False
) -> str:
    """A table with a head that stays; ``cards`` turns rows into cards on phones."""
    said = {"content": mark_safe(content), "caption": caption, "cards": cards, "hide_caption": hide_caption}
    return mark_safe(render_to_string("kit/parts/table.html", said))


@register.simple_block_tag(takes_context=True, end_name="endfilter_bar")
def filter_bar(context: template.Context, content: str, *, search: str = "q", placeholder: Any = "",
               label: Any = "", target: str = "") -> str:  # fmt: skip
    """Filters kept in the address (GET). The block holds further fields; ``search`` names the search parameter or is empty."""
    request = context.get("request")
    said = {"content": mark_safe(content), "search": search, "placeholder": placeholder, "label": label,
            "asked": request.GET.get(search, "") if request and search else "", "target": target,
            "path": request.path if request else "", "filtered": bool(request and request.GET)}  # fmt: skip
    return mark_safe(render_to_string("kit/parts/filters.html", said))


@register.inclusion_tag("kit/parts/saved.html")
def saved_filters(items: Iterable[Any], label: Any = "") -> dict[str, Any]:
    """Ready filters as pills: mappings with label, url, and perhaps count, late, current."""
    return {"items": items, "label": label}


@register.inclusion_tag("kit/parts/pages.html")
def pages(newer: str = "", older: str = "", shown: Any = "") -> dict[str, Any]:
    """Keyset pages: addresses of the newer and older page, and a sentence about what is shown."""
    return locals()


@register.inclusion_tag("kit/parts/nothing.html")
def nothing(title: Any, text: Any = "", *, icon: str = "inbox", action: Any = "", url: str = "",
            second: Any = "", second_url: str = "") -> dict[str, Any]:  # fmt: skip
    """An empty state that says what to do next."""
    return locals()


@register.inclusion_tag("kit/parts/tabs.html")
def tabs(items: Iterable[Any], label: Any = "") -> dict[str, Any]:
    """Tabs that are links: mappings with label, url, and perhaps count, late, current."""
    return locals()


@register.inclusion_tag("kit/parts/crumbs.html")
def crumbs(*pairs: Any) -> dict[str, Any]:
    """Where this page is: label, url, label, url, …, last label alone."""
    steps = [
        {"label": pairs[i], "url": pairs[i + 1] if i + 1 < len(pairs) else ""}
        for i in range(0, len(pairs), 2)
    ]
    return {"steps": steps}


# ---- places and pictures


@register.inclusion_tag("kit/parts/photos.html")
def photos(items: Iterable[Any], *, pair: bool = False, label: Any = "") -> dict[str, Any]:
    """A strip of photos: mappings or objects with url, thumb, alt, stage (before, after), at. ``pair`` puts two side by side."""
    return {"items": items, "pair": pair, "label": label, "script": static("gongzhi/photo.js")}


def _map_context(**said: Any) -> dict[str, Any]:
    said.update(
        engine=static("vendor/maplibre/maplibre-gl.js"),
        worker=static("vendor/maplibre/maplibre-gl-worker.js"),
        sheet=static("vendor/maplibre/maplibre-gl.css"),
        script=static("gongzhi/map.js"),
    )
    return said


@register.inclusion_tag("kit/parts/map.html")
def map_view(label: Any, *, areas: str = "", roads: str = "", water: str = "", points: str = "", lon: Any = "",
             lat: Any = "", zoom: Any = "", bounds: Any = "", height: str = "", twin: bool = True,
             small: bool = False, refresh: int = 0) -> dict[str, Any]:  # fmt: skip
    """A map from GeoJSON addresses, with its list twin. ``lon``/``lat`` puts one pin."""
    return _map_context(**locals(), pick=False)


@register.inclusion_tag("kit/parts/map.html")
def map_pick(lon_field: Any, lat_field: Any, *, label: Any = "", areas: str = "", roads: str = "", water: str = "",
             lon: Any = "", lat: Any = "", zoom: Any = "", bounds: Any = "", locate: str = "") -> dict[str, Any]:  # fmt: skip
    """A map to pick a point: writes degrees into the two fields. ``locate`` is an address answering HTML for ?lon=&lat=."""
    return _map_context(**locals(), pick=True)


@register.inclusion_tag("kit/parts/place.html")
def place(said: Any, *, grid: Any = "", lon: Any = "", lat: Any = "", areas: str = "", roads: str = "",
          water: str = "", url: str = "", note: Any = "") -> dict[str, Any]:  # fmt: skip
    """A place in words, the grid it is in, and a small map when there are coordinates."""
    return locals()


@register.simple_tag
def qr(text: str, caption: Any = "") -> SafeString:
    """A QR code of ``text`` with a caption below."""
    drawn = drawings.qr_svg(text, str(caption or text))
    return format_html(
        '<figure class="qr">{}<figcaption aria-hidden="true">{}</figcaption></figure>', drawn, caption
    )


@register.inclusion_tag("kit/parts/code.html")
def query_code(code: str, label: Any = "", note: Any = "") -> dict[str, Any]:
    """A code to keep: large, in groups of four, copied with one press."""
    plain = str(code)
    parts = plain.split("-") if "-" in plain else [plain[i : i + 4] for i in range(0, len(plain), 4)]
    return {"code": plain, "parts": parts, "dashed": "-" in plain, "label": label, "note": note}


# ---- numbers


@register.inclusion_tag("kit/parts/stat.html")
def stat(label: Any, value: Any, *, unit: Any = "", note: Any = "", url: str = "", tone: str = "",
         trend: Iterable[Any] = (), trend_label: Any = "") -> dict[str, Any]:  # fmt: skip
    """One number with its unit, a note, perhaps its trend and the way to the list behind it."""
    return locals()


@register.inclusion_tag("kit/parts/result.html")
def result_bar(
    label: Any, share: Any, *, said: Any = "", explain: Any = "", tone: str = "", mark: Any = None
) -> dict[str, Any]:
    """A share as a bar: what, how much in words, and what it means. ``mark`` draws a threshold."""
    return {**locals(), "bar": drawings.bar_svg(share, mark), "percent": percent(share)}


@register.inclusion_tag("kit/parts/chart.html")
def chart(spec: Mapping[str, Any], id: str = "chart") -> dict[str, Any]:
    """A chart with its table. ``spec``: title, note, kind (bar, stack, line, pie, heat), unit, labels, series, source."""
    series = list(spec.get("series", ()))
    rows = [
        {"label": label, "cells": [s["values"][i] if i < len(s["values"]) else "" for s in series]}
        for i, label in enumerate(spec.get("labels", ()))
    ]
    return {"spec": dict(spec), "rows": rows, "series": series, "spec_id": f"{id}-spec", "id": id, "script": static("gongzhi/chart.js"),
            "engine": static("vendor/echarts/echarts.js")}  # fmt: skip


# ---- the page around it


@register.simple_block_tag(end_name="endnotice")
def notice(content: str, title: Any = "", tone: str = "", *, icon: str = "", live: bool = False) -> str:
    """A banner. ``tone``: (none), soon, late, done, quiet; ``live`` is read out at once."""
    mark = icon or {"soon": "alert-triangle", "late": "alert-triangle", "done": "circle-check"}.get(
        tone, "info-circle"
    )
    said = {"content": mark_safe(content.strip()), "title": title, "tone": tone, "icon": mark, "live": live}
    return mark_safe(render_to_string("kit/parts/notice.html", said))


@register.inclusion_tag("kit/parts/emergency.html")
def emergency(small: bool = False) -> dict[str, Any]:
    """110, 119 and 120 first."""
    return {"small": small}


@register.inclusion_tag("kit/parts/toasts.html", takes_context=True)
def toasts(context: template.Context) -> dict[str, Any]:
    """Messages of this page; see ``gongzhi.kit.components.toast`` for undo."""
    from gongzhi.kit.components.toast import spoken

    return {"messages": spoken(context.get("messages") or ()), "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("kit/parts/print_header.html", takes_context=True)
def print_header(
    context: template.Context, title: Any, *, number: str = "", note: Any = ""
) -> dict[str, Any]:
    """The head of a printed page: mark, title, number, printed when."""
    return {"title": title, "number": number, "note": note, "now": clock.now()}


@register.simple_tag
def island(name: str) -> SafeString:
    """The script of one island (keys, live, map, photo, chart, near); asking twice loads it once."""
    return format_html('<script type="module" src="{}"></script>', static(f"gongzhi/{name}.js"))


@register.simple_tag
def path_or_nothing(names: str, *arguments: Any) -> str:
    """The address of the first of these names (separated by spaces) that an app offers, or nothing."""
    for name in names.split():
        try:
            return reverse(name, args=arguments)
        except NoReverseMatch:
            continue
    return ""
