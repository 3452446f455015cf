"""Drawings made on the server as SVG: QR codes, small bars, result bars. No scripts, no style attributes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import segno
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from gongzhi.kit.components.marks import share_of


def qr_svg(text: str, label: str) -> SafeString:
    """A QR code of ``text`` (error correction M) as inline SVG that a reader hears as ``label``."""
    out = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=True,
        nl=False,
        border=1,
        svgclass="qr__code",
        lineclass=None,
        omitsize=True,
    )
    drawn = out.getvalue().decode().replace("<svg ", '<svg role="img" aria-hidden="true" ', 1)
    return format_html('{}<span class="hidden-visually">{}</span>', mark_safe(drawn), label)


def qr_picture(text: str) -> str:
    """A QR code of ``text`` as an SVG file, for paper."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=2, scale=4, xmldecl=False)
    return out.getvalue().decode()


def spark_bars(values: Iterable[Any], *, label: str = "", late: Sequence[int] = ()) -> SafeString:
    """A row of small bars, the last one in the lead colour. ``late`` holds positions to mark."""
    numbers = [float(v or 0) for v in values]
    if not numbers:
        return mark_safe("")
    top = max(numbers) or 1.0
    step = 100 / len(numbers)
    rows = []
    for i, number in enumerate(numbers):
        height = max(1.5, 30 * number / top)
        css = "is-late" if i in late else "is-last" if i == len(numbers) - 1 else "is-past"
        rows.append((css, f"{i * step:.2f}", f"{30 - height:.2f}", f"{step * 0.72:.2f}", f"{height:.2f}"))
    bars = format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="1"/>', rows)
    heard = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="sparks" viewBox="0 0 100 30" preserveAspectRatio="none" {}>{}</svg>', heard, bars
    )


def bar_svg(share: Any, mark: Any = None) -> SafeString:
    """The bar of a result: ``share`` of its width filled, ``mark`` (0..1) drawn as a dashed line."""
    line = ""
    if mark is not None and mark != "":
        at = round(share_of(mark) * 100, 2)
        line = format_html('<line class="result__line" x1="{}%" x2="{}%" y1="0" y2="100%"/>', at, at)
    return format_html(
        '<svg class="result__bar" aria-hidden="true"><rect class="result__track" width="100%" height="100%"/><rect class="result__part" width="{}%" height="100%"/>{}</svg>',
        round(share_of(share) * 100, 2),
        line,
    )


def interval_svg(
    at: Any, low: Any, high: Any, *, mean: Any = None, plain: Any = None, label: str = ""
) -> SafeString:
    """A share with how sure we are of it: a band from ``low`` to ``high`` (0..1), a dot at ``at``, a dashed line at
    the ``mean`` of others, a hollow ring at the ``plain`` share before it was drawn toward them."""
    left, right, dot = (round(share_of(value) * 100, 2) for value in (low, high, at))
    line = ring = mark_safe("")
    if mean is not None and mean != "":
        there = round(share_of(mean) * 100, 2)
        line = format_html('<line class="result__line" x1="{}%" x2="{}%" y1="0" y2="100%"/>', there, there)
    if plain is not None and plain != "":
        there = round(min(max(share_of(plain) * 100, 0.9), 99.1), 2)  # whole at the ends too
        ring = format_html(
            '<circle class="interval__ring" cx="{}%" cy="50%" r="4" fill="none" stroke="currentColor" stroke-opacity=".55" stroke-width="1.5"/>',
            there,
        )
    heard = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="result__bar interval" {}><rect class="result__track" width="100%" height="100%"/><rect class="result__part" x="{}%" width="{}%" height="100%" fill-opacity=".38"/>{}{}<circle class="result__part" cx="{}%" cy="50%" r="5"/></svg>',
        heard, left, round(max(right - left, 0.5), 2), line, ring, dot,
    )  # fmt: skip
