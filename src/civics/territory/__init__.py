"""Ground: which unit a point lies in, whether boundaries fit together, whose coordinates these are.

Here: sums over polygons given as GeoJSON geometry in WGS-84 degrees (longitude first). ``coordinates``
converts systems, ``measuring`` gives distances and areas, ``locating`` finds the unit of a point,
``checking`` finds overlaps and gaps,
``covering`` lays layers over the units, ``cutting`` takes the piece for a small map, ``reading`` takes a GeoJSON file apart and names every fault. Not here:
divisions as kept by the platform, validity dates, who works where.
"""

from civics.territory.checking import Fault, overlaps_and_gaps
from civics.territory.coordinates import SYSTEMS, UnknownSystem, checked, from_wgs84, system_named, to_wgs84
from civics.territory.covering import Cover, covering
from civics.territory.cutting import bounds, cut, wider
from civics.territory.locating import Locator
from civics.territory.measuring import (
    area_m2,
    box_around,
    centroid,
    distance_m,
    point_inside,
    simplify_for_map,
)
from civics.territory.reading import Feature, read_geojson

__all__ = [
    "SYSTEMS",
    "Cover",
    "Fault",
    "Feature",
    "Locator",
    "UnknownSystem",
    "area_m2",
    "bounds",
    "box_around",
    "centroid",
    "checked",
    "covering",
    "cut",
    "distance_m",
    "from_wgs84",
    "overlaps_and_gaps",
    "point_inside",
    "read_geojson",
    "simplify_for_map",
    "system_named",
    "to_wgs84",
    "wider",
]
