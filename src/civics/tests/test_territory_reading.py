"""GeoJSON files and coordinate systems: every fault is named, conversions go there and back."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civics.territory import UnknownSystem, distance_m, from_wgs84, read_geojson, system_named, to_wgs84

RING = [[113.50, 22.25], [113.51, 22.25], [113.51, 22.26], [113.50, 22.26], [113.50, 22.25]]


def feature(code="440400001", ring=RING, **properties) -> dict:
    told = {"code": code, "name": "榕树网格", **properties} if code is not None else properties
    return {"type": "Feature", "properties": told, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def collection(*features, **members) -> dict:
    return {"type": "FeatureCollection", "features": list(features), **members}


def kinds(obj, **options) -> list[str]:
    return [fault.kind for fault in read_geojson(obj, **options)[1]]


def test_a_good_file_gives_features_and_no_faults():
    features, faults = read_geojson(collection(feature(households=300)))
    assert faults == []
    assert (features[0].code, features[0].name, features[0].number) == ("440400001", "榕树网格", 1)
    assert features[0].properties["households"] == 300
    assert features[0].geometry["type"] == "Polygon"


def test_text_and_bytes_are_read_too():
    text = json.dumps(collection(feature()), ensure_ascii=False)
    for told in (text, text.encode(), b"\xef\xbb\xbf" + text.encode()):
        assert len(read_geojson(told)[0]) == 1


def test_a_number_may_be_the_code_and_a_chinese_column_too():
    features, _ = read_geojson(collection({**feature(None, 网格编码=440400001.0, 名称="甲"), "id": 7}))
    assert (features[0].code, features[0].name) == ("440400001", "甲")


def test_heights_are_dropped():
    features, faults = read_geojson(collection(feature(ring=[[*point, 12.5] for point in RING])))
    assert faults == [] and len(features[0].geometry["coordinates"][0][0]) == 2


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        ("{", ["unreadable"]),
        (b"\xff\xfe", ["unreadable"]),
        ("[" * 100_000, ["unreadable"]),
        ([], ["not_a_collection"]),
        ("null", ["not_a_collection"]),
        ({"type": "Feature"}, ["not_a_collection"]),
        ({"type": "FeatureCollection", "features": "all"}, ["not_a_collection"]),
        (collection(), ["empty"]),
        (collection(3), ["not_a_feature"]),
        (collection(feature(None)), ["missing_code"]),
        (collection(feature("  ")), ["missing_code"]),
        (collection(feature(), feature()), ["duplicate_code"]),
        (collection(feature(ring=RING[:-1])), ["unclosed_ring"]),
        (collection(feature(ring=RING[:2] + RING[:1])), ["short_ring"]),
        (collection(feature(ring=[RING[i] for i in (0, 2, 1, 3, 0)])), ["invalid"]),
        (collection(feature(ring=[point[::-1] for point in RING])), ["swapped"]),
        (collection(feature(ring=[[y, x - 33] for x, y in RING])), ["swapped"]),
        (collection(feature(ring=[[x * 4000, y * 100_000] for x, y in RING])), ["out_of_range"]),
        (collection(feature(ring=[["113", "22"]] * 5)), ["bad_position"]),
        (collection(feature(ring=[[113.5]] * 5)), ["bad_position"]),
        (collection(feature(ring=[[float("nan"), 22]] * 5)), ["bad_position"]),
        (collection(feature(ring=[[10**400, 22]] * 5)), ["bad_position"]),
        (collection(feature(ring=7)), ["bad_position"]),
        (collection({**feature(), "geometry": None}), ["not_a_polygon"]),
        (collection({**feature(), "geometry": {"type": "Point", "coordinates": [1, 2]}}), ["not_a_polygon"]),
        (collection({**feature(), "geometry": {"type": "Polygon", "coordinates": []}}), ["empty"]),
        (collection(feature(), crs={"properties": {"name": "EPSG:4526"}}), ["unknown_system"]),
        (collection(feature(), crs=7), ["unknown_system"]),
    ],
)
def test_each_fault_is_named(obj, expected):
    features, faults = read_geojson(obj)
    assert [fault.kind for fault in faults] == expected
    assert all(fault.sentence.endswith("。") for fault in faults)
    assert len(features) == (1 if expected == ["duplicate_code"] else 0)


def test_nothing_stops_at_the_first_fault():
    bad = collection(feature(None), feature("2", ring=RING[:-1]), feature("3"), feature("3"), crs="Mars")
    assert kinds(bad) == ["unknown_system", "missing_code", "unclosed_ring", "duplicate_code"]
    _, faults = read_geojson(bad)
    assert [fault.feature for fault in faults] == [None, 1, 2, 4]
    assert faults[2].sentence.startswith("第 2 个要素：")


def test_the_system_of_the_file_is_respected_and_may_be_overruled():
    shifted = [list(from_wgs84(*point, "GCJ02")) for point in RING]
    told = collection(feature(ring=shifted), crs={"type": "name", "properties": {"name": "GCJ-02"}})
    outline = read_geojson(told)[0][0].geometry["coordinates"][0]
    assert sorted(map(tuple, outline)) == [
        pytest.approx(point, abs=1e-9) for point in sorted(map(tuple, RING))
    ]
    assert read_geojson(told, crs="WGS84")[0][0].geometry["coordinates"][0][0] != outline[0]


def test_the_file_given_is_not_changed():
    told = collection(feature())
    before = copy.deepcopy(told)
    read_geojson(told)
    assert told == before


@given(
    st.recursive(
        st.none() | st.floats() | st.text(max_size=3), lambda s: st.lists(s, max_size=5), max_leaves=30
    )
)
def test_no_content_makes_it_raise(junk):
    told = collection(
        junk, {**feature(), "geometry": {"type": "Polygon", "coordinates": junk}}, feature(junk)
    )
    read_geojson(told)
    read_geojson({"type": "FeatureCollection", "features": junk, "crs": junk})


# Coordinate systems -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_name", "code"),
    [
        ("wgs84", "WGS84"),
        ("WGS 84", "WGS84"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "WGS84"),
        ("urn:ogc:def:crs:EPSG::4326", "WGS84"),
        ("EPSG:4490", "CGCS2000"),
        ("urn:ogc:def:crs:EPSG::4490", "CGCS2000"),
        ("urn:ogc:def:crs:EPSG:9.8:4490", "CGCS2000"),
        ("gcj-02", "GCJ02"),
        ("bd09ll", "BD09"),
    ],
)
def test_systems_are_known_by_the_names_people_write(given_name, code):
    assert system_named(given_name) == code


@pytest.mark.parametrize(
    "name", ["EPSG:4526", "EPSG:3857", "北京54", "", None, "urn:ogc:def:crs:EPSG::44326", "urn:x:CRS84x"]
)
def test_an_unknown_system_is_refused_with_those_that_are_known(name):
    with pytest.raises(UnknownSystem, match="CGCS2000"):
        to_wgs84(113.5, 22.25, name)
    assert issubclass(UnknownSystem, ValueError)


def test_the_published_reference_point():
    # The worked example that accompanies the published formula: Beijing, 116.404 E 39.915 N.
    assert from_wgs84(116.404, 39.915, "GCJ02") == pytest.approx(
        (116.41024449916938, 39.91640428150164), abs=1e-12
    )
    gcj_in_wgs = to_wgs84(116.404, 39.915, "GCJ02")
    assert from_wgs84(*gcj_in_wgs, "BD09") == pytest.approx((116.41036949371029, 39.92133699351022), abs=1e-9)


def test_cgcs2000_is_taken_as_wgs84():
    assert to_wgs84(113.5, 22.25, "CGCS2000") == (113.5, 22.25) == from_wgs84(113.5, 22.25, "CGCS2000")


def test_zhuhai_and_macao_are_shifted_alike():
    zhuhai, macao = (113.5494, 22.2175), (113.5494, 22.2110)
    moved = [from_wgs84(*point, "GCJ02") for point in (zhuhai, macao)]
    assert all(300 < distance_m(a, b) < 800 for a, b in zip((zhuhai, macao), moved, strict=True))
    assert distance_m(*moved) == pytest.approx(distance_m(zhuhai, macao), abs=2)


def test_outside_the_rectangle_nothing_moves():
    for system in ("GCJ02", "BD09"):
        assert to_wgs84(-76.6, 39.3, system) == (-76.6, 39.3) == from_wgs84(-76.6, 39.3, system)


@given(st.floats(73.0, 137.0), st.floats(1.0, 55.0), st.sampled_from(["GCJ02", "BD09", "CGCS2000", "WGS84"]))
def test_there_and_back(lon, lat, system):
    back = to_wgs84(*from_wgs84(lon, lat, system), system)
    assert back == pytest.approx((lon, lat), abs=1e-9)
    assert distance_m((lon, lat), from_wgs84(lon, lat, system)) < 3000
