"""House-keeping of the ground as whole requests: the calendar, the tree, borders from a file."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from civics.territory.coordinates import from_wgs84
from gongzhi.kit.acting import Actor
from gongzhi.territory.ground import calendar_for, ground
from gongzhi.territory.models import Boundary, CalendarDay, Division
from tests import cast as neighbourhood
from tests.cast import START, WEDNESDAY, Cast, box, settle

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)
BY = Actor.for_service("tests")


@pytest.fixture
def cast(clock: Any) -> Cast:
    clock.set(WEDNESDAY)
    town = settle()
    town.accounts["admin"] = neighbourhood.people.open_account(
        login="admin", name="黎明", password="x", by=BY, at=WEDNESDAY
    )
    neighbourhood.people.give_post(
        town.accounts["admin"], "admin", division_id=town.street.pk, starts_on=START, by=BY, at=WEDNESDAY
    )
    return town


def as_(cast: Cast, name: str) -> Client:
    client = Client()
    if name:
        client.force_login(cast.accounts[name])
    return client


PAGES = {
    "/house/calendar/": {"admin": 200, "clerk": 200, "grid_worker": 200, "resident": 403, "": 302},
    "/house/ground/": {"admin": 200, "auditor": 200, "road_worker": 200, "resident": 403, "": 302},
    "/house/ground/borders/": {"admin": 200, "clerk": 403, "auditor": 403, "resident": 403, "": 302},
    "/house/calendar/?j=HK&year=2027": {"clerk": 200},
    "/house/calendar/?j=MO&day=2026-12-20": {"clerk": 200},
    "/house/calendar/?j=XX": {"clerk": 404},
}


@pytest.mark.parametrize("address", PAGES)
def test_each_page_opens_for_those_whose_work_it_is(address: str, cast: Cast) -> None:
    for name, status in PAGES[address].items():
        assert as_(cast, name).get(address).status_code == status, (address, name)


def test_only_the_administrator_changes_the_calendar(cast: Cast) -> None:
    typhoon = {"j": "CN", "year": "2026", "day": "2026-11-20", "works": "0", "name": "台风停工"}
    for name, status in {"clerk": 403, "leader": 403, "resident": 403, "": 401, "admin": 302}.items():
        assert as_(cast, name).post("/house/calendar/day/", typhoon).status_code == status, name
    assert not calendar_for("CN").works_on(date(2026, 11, 20))
    page = as_(cast, "clerk").get("/house/calendar/?day=2026-11-20").content.decode()
    assert "台风停工" in page
    assert "人工填写" in page


def test_a_made_up_day_and_new_hours_move_the_sums(cast: Cast) -> None:
    admin = as_(cast, "admin")
    saturday = {"j": "CN", "year": "2026", "day": "2026-11-21", "works": "1", "name": ""}
    admin.post("/house/calendar/day/", saturday)
    assert calendar_for("CN").works_on(date(2026, 11, 21))
    week = {f"hours-{day}": "08:30-12:00 14:30-17:30" for day in range(5)}
    assert admin.post("/house/calendar/hours/", {"j": "CN", "year": "2026", **week}).status_code == 302
    assert len(calendar_for("CN").hours_on(TODAY)) == 2
    for slip in ({"hours-0": "9 to 5"}, {"hours-0": "12:00-09:00"}, {}):
        answer = admin.post("/house/calendar/hours/", {"j": "CN", "year": "2026", **slip})
        assert answer.status_code == 400, slip
    assert calendar_for("CN").hours_on(TODAY)[0][0].hour == 8


def test_years_without_a_notice_are_marked(cast: Cast) -> None:
    admin = as_(cast, "admin")
    assert "已公布" in admin.get("/house/calendar/?year=2026").content.decode()
    assert "暂定" in admin.get("/house/calendar/?year=2027").content.decode()
    empty = admin.get("/house/calendar/?j=HK&year=2026").content.decode()
    assert "还没有填放假安排" in empty
    assert admin.post("/house/calendar/year/", {"j": "HK", "year": "2026"}).status_code == 302
    assert CalendarDay.objects.filter(jurisdiction="HK", day__year=2026).count() > 10
    for bad in ({"j": "HK", "year": "0202"}, {"j": "XX", "year": "2026"}, {"j": "HK", "year": "x"}):
        assert admin.post("/house/calendar/year/", bad).status_code == 400, bad


def test_a_provisional_year_can_be_confirmed(cast: Cast) -> None:
    admin, sent = as_(cast, "admin"), {"j": "CN", "year": "2027"}
    assert "已核对" in admin.get("/house/calendar/?year=2027").content.decode()
    assert "已核对" not in as_(cast, "clerk").get("/house/calendar/?year=2027").content.decode()
    assert as_(cast, "clerk").post("/house/calendar/confirm/", sent).status_code == 403
    assert admin.post("/house/calendar/year/", sent).status_code == 302
    assert "暂定" in admin.get("/house/calendar/?year=2027").content.decode()
    assert admin.post("/house/calendar/confirm/", sent).status_code == 302
    page = admin.get("/house/calendar/?year=2027").content.decode()
    assert "已公布" in page and "已核对" not in page
    assert admin.post("/house/calendar/confirm/", sent).status_code == 409


# ---- borders


def file_of(*features: tuple[str, str, dict[str, Any]], **more: Any) -> SimpleUploadedFile:
    rows = [
        {"type": "Feature", "properties": {"code": code, "name": name}, "geometry": shape}
        for code, name, shape in features
    ]
    raw = json.dumps({"type": "FeatureCollection", "features": rows, **more}).encode()
    return SimpleUploadedFile("grids.geojson", raw, "application/geo+json")


def tried(cast: Cast, file: Any, **more: Any) -> Any:
    return as_(cast, "admin").post(
        "/house/ground/borders/", {"level": "grid", "file": file, "act": "try", **more}
    )


def test_a_dry_run_lists_every_fault_and_changes_nothing(cast: Cast) -> None:
    before = Boundary.objects.count()
    answer = tried(
        cast,
        file_of(
            ("", "没有编码", box(113.55, 22.20, 113.56, 22.21)),
            ("44900100100103", "压着第一网格", box(113.505, 22.20, 113.515, 22.21)),
            ("999", "不知道属于哪里", box(113.57, 22.20, 113.58, 22.21)),
            ("449001001001", "是社区", box(113.57, 22.20, 113.58, 22.21)),
        ),
    )
    kinds = {fault.kind for fault in answer.context["run"].faults}
    assert {"missing_code", "overlap", "no_parent", "wrong_level"} <= kinds
    assert not answer.context["run"].ok
    assert "就这样生效" not in answer.content.decode()
    assert Boundary.objects.count() == before


def test_borders_hold_from_the_chosen_day(cast: Cast, clock: Any) -> None:
    # The border between the first and second grid moves east; a third grid joins the community.
    file = file_of(
        (cast.grid_1.code, "第一网格", box(113.50, 22.20, 113.512, 22.21)),
        (cast.grid_2.code, "第二网格", box(113.512, 22.20, 113.52, 22.21)),
        ("44900100100103", "第三网格", box(113.50, 22.21, 113.52, 22.22)),
    )
    answer = tried(cast, file)
    run = answer.context["run"]
    assert (len(run.new), len(run.changed), run.faults) == (1, 2, [])
    assert run.untouched == ["第一网格"]  # the other community's
    tomorrow = TODAY + timedelta(days=1)
    sent = {
        "level": "grid", "crs": "", "act": "force", "content": answer.context["content"],
        "name": answer.context["name"], "starts_on": tomorrow.isoformat(),
    }  # fmt: skip
    admin = as_(cast, "admin")
    assert admin.post("/house/ground/borders/", sent | {"starts_on": "2026-01-01"}).status_code == 400
    assert admin.post("/house/ground/borders/", sent | {"content": "x"}).status_code == 400
    assert as_(cast, "clerk").post("/house/ground/borders/", sent).status_code == 403
    assert admin.post("/house/ground/borders/", sent).status_code == 302
    old, new = Boundary.objects.filter(division=cast.grid_1).order_by("days")
    assert (old.days.upper, new.days.lower, new.source) == (tomorrow, tomorrow, "grids.geojson")
    third = Division.objects.get(code="44900100100103")
    assert (third.parent_id, third.starts_on) == (cast.haitang.pk, tomorrow)
    assert "将要生效的边界" in admin.get("/house/ground/").content.decode()
    clock.set(WEDNESDAY + timedelta(days=1))
    spot = ground().spot(113.511, 22.205)
    assert spot is not None
    assert spot.grid_id == cast.grid_1.pk


def test_a_file_in_the_shifted_system_of_map_services_is_converted(cast: Cast) -> None:
    def shifted(ring: list[list[float]]) -> list[list[float]]:
        return [list(from_wgs84(lon, lat, "GCJ02")) for lon, lat in ring]

    there = box(113.50, 22.21, 113.52, 22.22)
    told = {"type": "Polygon", "coordinates": [shifted(ring) for ring in there["coordinates"]]}
    answer = tried(cast, file_of(("44900100100103", "第三网格", told)), crs="GCJ02")
    assert answer.context["run"].faults == [], "converted, it fits to its neighbours"
    [new] = answer.context["run"].new
    for told_point, point in zip(
        new.feature.geometry["coordinates"][0], there["coordinates"][0], strict=True
    ):
        assert told_point == pytest.approx(point, abs=1e-7)
    unconverted = tried(cast, file_of(("44900100100103", "第三网格", told)))
    assert unconverted.context["run"].faults, "half a kilometre off, it does not"


def test_what_is_no_geojson_gets_a_sentence(cast: Cast) -> None:
    for raw in (b"", b"not json", b"[1,2]", b'{"type":"FeatureCollection"}', b"\xff\xfe"):
        answer = tried(cast, SimpleUploadedFile("x.json", raw or b" ", "application/json"))
        assert answer.status_code == 200
        assert answer.context["run"].faults, raw
    without = tried(cast, "")
    assert without.status_code == 400 and "请先选择 GeoJSON 文件" in without.content.decode()
    form = as_(cast, "admin").get("/house/ground/borders/").content.decode()
    assert "选填" not in form[form.index("GeoJSON 文件") :].partition("</label>")[0]
    unknown = file_of(
        ("44900100100103", "x", box(113.5, 22.3, 113.6, 22.4)), crs={"properties": {"name": "EPSG:4549"}}
    )
    assert "unknown_system" in {f.kind for f in tried(cast, unknown).context["run"].faults}


def test_the_same_file_again_has_nothing_to_do(cast: Cast) -> None:
    shape = Boundary.objects.get(division=cast.grid_1).shape
    answer = tried(cast, file_of((cast.grid_1.code, "第一网格", shape)))
    run = answer.context["run"]
    assert len(run.new) == 0
    assert run.same + len(run.changed) == 1


def test_a_grid_ends_and_its_neighbour_takes_over_on_the_same_day(cast: Cast, clock: Any) -> None:
    tomorrow, admin = TODAY + timedelta(days=1), as_(cast, "admin")
    sent = {"division": cast.grid_1.pk, "ends_on": tomorrow.isoformat()}
    assert as_(cast, "clerk").post("/house/ground/end/", sent).status_code == 403
    assert admin.post("/house/ground/end/", sent | {"ends_on": "2020-01-01"}).status_code == 400
    assert admin.post("/house/ground/end/", sent | {"ends_on": ""}).status_code == 400
    assert admin.post("/house/ground/end/", sent | {"division": cast.haitang.pk}).status_code == 400
    assert admin.post("/house/ground/end/", sent).status_code == 302
    assert admin.post("/house/ground/end/", sent).status_code == 409
    assert "将要停用" in admin.get("/house/ground/").content.decode()
    # until then it stands; a neighbour that covers it from that day is no overlap
    assert ground().spot(113.505, 22.205).grid_id == cast.grid_1.pk  # type: ignore[union-attr]
    answer = tried(cast, file_of((cast.grid_2.code, "第二网格", box(113.50, 22.20, 113.52, 22.21))))
    assert answer.context["run"].faults == []
    force = {"level": "grid", "crs": "", "act": "force", "content": answer.context["content"],
             "name": answer.context["name"], "starts_on": tomorrow.isoformat()}  # fmt: skip
    assert admin.post("/house/ground/borders/", force).status_code == 302
    clock.set(WEDNESDAY + timedelta(days=1))
    land = ground()
    assert land.spot(113.505, 22.205).grid_id == cast.grid_2.pk  # type: ignore[union-attr]
    assert cast.grid_1.pk not in land.areas and "第一网格" in land.name_of(cast.grid_1.pk, above=1)
    assert "另有 1 个已停用" in as_(cast, "admin").get("/house/ground/").content.decode()
