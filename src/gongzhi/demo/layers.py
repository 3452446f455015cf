"""The invented town as GeoJSON, layer by layer."""

from __future__ import annotations

from typing import Any

from shapely.geometry import Point, mapping
from shapely.geometry.base import BaseGeometry

from gongzhi.demo import names
from gongzhi.demo.buildings import BuiltTown
from gongzhi.demo.geometry import DISTRICT_CODE, STREET_CODE, degrees


def _feature(shape: BaseGeometry, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": mapping(shape), "properties": properties}


def collections(town: BuiltTown) -> dict[str, dict[str, Any]]:
    """GeoJSON by layer: district, street, communities, grids, water, land, greens, roads, buildings, places.

    WGS-84. Divisions carry code, name, level and parent; a grid also its number.
    """
    ground = town.ground
    named = dict(zip(ground.communities, names.COMMUNITIES, strict=True))
    layers = {
        "district": [
            _feature(ground.street, code=DISTRICT_CODE, name=names.DISTRICT, level="district", parent="")
        ],
        "street": [
            _feature(ground.street, code=STREET_CODE, name=names.STREET, level="street", parent=DISTRICT_CODE)
        ],
        "communities": [
            _feature(shape, code=code, name=f"{named[code]}社区", level="community", parent=STREET_CODE)
            for code, shape in ground.communities.items()
        ],
        "grids": [
            _feature(
                shape,
                code=code,
                name=f"{named[code[:12]]}社区第{int(code[12:])}网格",
                level="grid",
                parent=code[:12],
                number=int(code[12:]),
            )
            for code, shape in ground.grids.items()
        ],
        "water": [
            _feature(degrees(ground.sea), name=names.BAY, kind="sea"),
            _feature(degrees(ground.river), name=names.RIVER, kind="river"),
        ],
        "land": [
            _feature(degrees(ground.neighbours), name="", kind="neighbour"),
            _feature(degrees(ground.beach), name=names.SANDS, kind="beach"),
            _feature(degrees(ground.piers), name=names.HARBOUR, kind="pier"),
        ],
        "greens": [_feature(degrees(shape), name=name, kind="park") for name, shape in town.greens],
        "roads": [_feature(degrees(road.line), name=road.name, kind=road.rank) for road in town.roads],
        "buildings": [
            _feature(
                b.shape,
                code=b.code,
                name=b.name,
                address=b.address,
                kind=b.kind,
                estate=b.estate,
                floors=b.floors,
                households=b.households,
                grid=b.grid,
                keeper=b.keeper,
                lon=b.lon,
                lat=b.lat,
            )
            for b in town.buildings
        ],
        "places": [
            _feature(Point(p.lon, p.lat), name=p.name, kind=p.kind, address=p.address, grid=p.grid)
            for p in town.places
        ],
    }
    return {name: {"type": "FeatureCollection", "features": features} for name, features in layers.items()}
