"""A signature drawn on a screen: strokes as numbers, drawn here as a picture. No picture comes from outside.

Strokes are JSON: a list of strokes, each a list of points [x, y], x from 0 to 1000 and y from 0 to 370.
"""

from __future__ import annotations

import json
from itertools import pairwise

from django.utils.translation import gettext as _
from PIL import Image, ImageDraw

from gongzhi.kit.errors import Invalid
from gongzhi.kit.images import Picture, picture_of

WIDE, HIGH = 1000, 370
MOST_STROKES, MOST_POINTS, MOST_TEXT = 120, 6000, 120_000
#: Less than this way with the pen is a slip, not a name.
LEAST_WAY = 150


def _points(text: str) -> list[list[tuple[float, float]]]:
    wrong = Invalid(_("签名没有传好，请再签一次。"), code="bad_strokes")
    if len(text) > MOST_TEXT:
        raise wrong
    try:
        told = json.loads(text)
        strokes = [[(float(x), float(y)) for x, y in stroke] for stroke in told]
    except (ValueError, TypeError, RecursionError) as fault:
        raise wrong from fault
    points = [point for stroke in strokes for point in stroke]
    inside = all(0 <= x <= WIDE and 0 <= y <= HIGH for x, y in points)
    if not inside or len(strokes) > MOST_STROKES or len(points) > MOST_POINTS:
        raise wrong
    return strokes


def drawn(text: str, *, name: str) -> Picture:
    """The picture of a signature. Invalid for what is no drawing, and for one too short to be a name."""
    strokes = _points(text)
    way = sum(
        ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5 for stroke in strokes for a, b in pairwise(stroke)
    )
    if way < LEAST_WAY:
        raise Invalid(_("请在框里写上您的名字。"), code="no_drawing")
    picture = Image.new("RGB", (WIDE, HIGH), "white")
    pen = ImageDraw.Draw(picture)
    for stroke in strokes:
        if len(stroke) > 1:
            pen.line(stroke, fill="#14213d", width=9, joint="curve")
        for x, y in stroke:
            pen.ellipse((x - 4.5, y - 4.5, x + 4.5, y + 4.5), fill="#14213d")
    return picture_of(picture, name=name)
