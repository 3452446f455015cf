"""A piece of the ground for a small map: what of a shape lies within a box."""

from __future__ import annotations

from typing import Any

import shapely
from shapely.geometry import mapping, shape

Box = tuple[float, float, float, float]
#: Digits kept of a degree: about ten centimetres.
_DIGITS = 6


def bounds(geometry: dict[str, Any]) -> Box:
    """(west, south, east, north) of a GeoJSON geometry. ValueError when it is empty."""
    west, south, east, north = shape(geometry).bounds
    if west != west:
        raise ValueError("an empty shape has no bounds")
    return west, south, east, north


def wider(box: Box, share: float) -> Box:
    """The box with so much of its longer side added on every side."""
    west, south, east, north = box
    more = max(east - west, north - south) * share
    return west - more, south - more, east + more, north + more


def cut(geometry: dict[str, Any], box: Box) -> dict[str, Any] | None:
    """What of a shape lies in the box, as GeoJSON with rounded degrees; None when nothing does.

    Of a broken polygon (one that crosses itself) as much as can be made of it.
    """
    whole = shape(geometry)
    if not whole.intersects(shapely.box(*box)):
        return None
    part = shapely.clip_by_rect(whole if whole.is_valid else shapely.make_valid(whole), *box)
    if part.is_empty:
        return None
    rounded = shapely.transform(part, lambda points: points.round(_DIGITS))
    return dict(mapping(rounded))
