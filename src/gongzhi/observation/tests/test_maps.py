"""Theme maps: numbers are those of the lists, rates need a denominator, small counts stay inside the house."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongzhi.kit.errors import Forbidden, Invalid
from gongzhi.observation.actions.heads import count_heads, read_lines
from gongzhi.observation.coarse import LEAST, hide_small
from gongzhi.observation.tests.test_board import as_, listed
from gongzhi.territory.ground import ground
from gongzhi.workorders.models import WorkOrder
from tests.cast import Cast


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["", "level=community", "figure=open", "figure=late&level=community", "per=km2", "span=365"]
)
def test_every_area_of_a_map_leads_to_its_list(cast: Cast, query: str) -> None:
    client = as_(cast, "leader")
    page = client.get(f"/board/maps/?{query}")
    rows = page.context["rows"]
    assert len(rows) == (2 if "community" in query else 3)
    for row in rows:
        assert listed(client, row.url) == row.n
    shapes = client.get(f"/board/maps/areas.json?{query}").json()["features"]
    if "community" not in query:
        assert {f["id"]: f["properties"]["label"] for f in shapes} == {row.id: row.said for row in rows}


@pytest.mark.django_db
def test_what_lies_nowhere_is_told_beside_the_map(cast: Cast) -> None:
    page = as_(cast, "leader").get("/board/maps/?span=365")
    on_it = sum(row.n for row in page.context["rows"])
    assert on_it == page.context["total"]
    assert on_it + page.context["unplaced"] == WorkOrder.objects.count()


@pytest.mark.django_db
def test_outside_the_house_small_counts_are_not_told(cast: Cast) -> None:
    client = as_(cast, "leader")
    page = client.get("/board/maps/?span=365&outside=1")
    assert all(row.n is None or row.n >= LEAST for row in page.context["rows"])
    assert all(not row.url for row in page.context["rows"])
    shapes = client.get("/board/maps/areas.json?span=365&outside=1").json()["features"]
    assert not any(f["properties"]["url"] for f in shapes)
    assert "少于 5" in {f["properties"]["label"] for f in shapes}
    assert "在图上" not in page.content.decode()
    assert client.get("/board/maps/heat.json?span=365&outside=1").status_code == 404


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.integers(0, 60), st.integers(0, 40), max_size=12))
def test_a_single_hidden_count_never_stands_alone(counts: dict[int, int]) -> None:
    told = hide_small(counts)
    hidden = [key for key, n in told.items() if n is None]
    assert set(told) == set(counts)
    assert all(n is None or n >= LEAST for n in told.values())
    assert len(hidden) != 1 or len(counts) == 1
    assert all(told[key] in (None, n) for key, n in counts.items())


@pytest.mark.django_db
def test_per_thousand_only_where_people_were_counted(cast: Cast, noon: Any) -> None:
    client = as_(cast, "leader")
    page = client.get("/board/maps/?level=community&per=people")
    assert page.context["theme"].per == "count" and not page.context["people"]
    area = ground().areas[cast.street.pk]
    rows = read_lines("海棠社区，2000\n", area)
    count_heads(rows, counted_on=date(2026, 1, 1), source="测试", by=cast.clerk, at=noon.now())
    found = client.get("/board/maps/?level=community&per=people").context["rows"]
    values = {row.id: row.value for row in found}
    n = {row.id: row.n for row in found}
    assert values[cast.haitang.pk] == n[cast.haitang.pk] / 2
    assert values[cast.tingtao.pk] is None
    with pytest.raises(Forbidden):
        count_heads(rows, counted_on=date(2026, 1, 1), source="测试", by=cast.auditor, at=noon.now())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["", "不存在的社区,5", "海棠社区,零", "第一网格,9", "海棠社区,0", "449001001001"]
)
def test_lines_that_cannot_be_read_are_named(cast: Cast, text: str) -> None:
    with pytest.raises(Invalid):
        read_lines(text, ground().areas[cast.street.pk])


@pytest.mark.django_db
def test_people_are_entered_at_a_door(cast: Cast) -> None:
    given_ = {"counted_on": "2026-01-01", "source": "测试", "lines": "449001001001,1000\n听涛社区\t500"}
    assert as_(cast, "auditor").post("/board/maps/people/", given_).status_code == 403
    client = as_(cast, "clerk")
    assert client.post("/board/maps/people/", given_ | {"lines": "哪里,1"}).status_code == 400
    assert client.post("/board/maps/people/", given_).status_code == 302
    assert "听涛社区" in client.get("/board/maps/people/").content.decode()
    assert client.get("/board/maps/?level=community").context["people"]


@pytest.mark.django_db
def test_heat_is_for_those_of_the_area(cast: Cast) -> None:
    points = as_(cast, "leader").get("/board/maps/heat.json?span=365&heat=1").json()["features"]
    assert len(points) == WorkOrder.objects.filter(lon__isnull=False).count()
    community = as_(cast, "community_clerk").get("/board/maps/heat.json?span=365&heat=1").json()["features"]
    assert 0 < len(community) < len(points)
    for name in ("resident", "road_worker", "checker"):
        for door in ("", "areas.json", "heat.json", "people/"):
            assert as_(cast, name).get(f"/board/maps/{door}").status_code == 403, (name, door)
    assert Client().get("/board/maps/heat.json").status_code in (302, 401)


@pytest.mark.django_db
def test_strange_choices_fall_back(cast: Cast) -> None:
    page = as_(cast, "leader").get(
        "/board/maps/?figure=x&level=planet&span=99&per=moon&topic=abc&channel=nothing"
    )
    assert page.status_code == 200 and page.context["theme"].figure == "received"
