"""What other systems call our categories: one-to-many with preference, coverage on both sides, orders in their codes."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gongzhi.kit.errors import Conflict, Forbidden
from gongzhi.workorders.actions import taxonomy
from gongzhi.workorders.actions.corresponding import put_list
from gongzhi.workorders.codes import code_lists, coverage, read_rows
from gongzhi.workorders.editions import Planned
from gongzhi.workorders.models import CodeList, OutsideCode
from gongzhi.workorders.tables import tree
from gongzhi.workorders.tests.staff_scene import reported
from tests.cast import WEDNESDAY, Cast, settle

pytestmark = pytest.mark.django_db

TABLE = [
    ("code", "name", "category_code", "rank"),
    ("0203", "路灯", "010105", "1"),
    ("0209", "景观灯", "010105", "2"),
    ("0101", "井盖", "0101", "1"),
    ("0101", "", "0104", "1"),
    ("0999", "没有对应", "", ""),
]


@pytest.fixture
def cast(clock: Any) -> Cast:
    clock.set(WEDNESDAY)
    return settle()


def rows(table: Any = TABLE) -> list[tuple[int, dict[str, str]]]:
    return [(n, dict(zip(table[0], row, strict=True))) for n, row in enumerate(table[1:], 2)]


def put(cast: Cast, table: Any = TABLE, **more: Any) -> CodeList:
    wanted, faults = read_rows(rows(table))
    assert not faults
    return put_list("city-parts", wanted, name="部件和事件", by=cast.clerk, at=WEDNESDAY, **more)


def test_the_first_choice_goes_out_and_both_ways_are_kept(cast: Cast) -> None:
    put(cast)
    codes = code_lists()["city-parts"]
    assert codes.outside_of(tree().by_code["010105"].id) == ("0203", "路灯", False)
    assert codes.outside_of(tree().by_code["010106"].id) == ("0101", "井盖", True)  # by the one above
    assert codes.outside_of(tree().by_code["0201"].id) is None
    assert len(codes.ours_of("0101")) == 2


def test_coverage_shows_what_is_missing_on_both_sides(cast: Cast) -> None:
    put(cast)
    found = coverage(code_lists()["city-parts"])
    assert [topic.code for topic, _pairs in found.mapped] == ["010105"]
    assert "010106" in [topic.code for topic, _code, _name in found.by_above]
    assert "020101" in [topic.code for topic in found.ours_unmapped]
    assert found.theirs_unmapped == [("0999", "没有对应")]
    leaves = [t for t in tree().live.values() if not tree().children(t.id)]
    assert len(found.mapped) + len(found.by_above) + len(found.ours_unmapped) == len(leaves)
    assert 0 < found.share < 1


def test_pairs_with_a_retired_category_are_pointed_out(cast: Cast) -> None:
    put(cast)
    edition = taxonomy.draft_edition(by=cast.clerk, at=WEDNESDAY)
    taxonomy.propose(edition.pk, [Planned("010105", "retire", {})], by=cast.clerk, at=WEDNESDAY)
    taxonomy.publish(edition.pk, starts_on=WEDNESDAY.date(), by=cast.clerk, at=WEDNESDAY)
    found = coverage(code_lists()["city-parts"])
    assert [topic.code for topic, _pairs in found.retired] == ["010105"]
    assert ("0203", "路灯") in found.theirs_unmapped


def test_every_fault_of_a_list_is_told_by_row(cast: Cast) -> None:
    table = [
        TABLE[0], ("", "x", "", ""), ("1", "", "", ""), ("2", "a", "999", "many"), ("2", "b", "010105", "1"),
        ("3", "c", "010105", "1"), ("4", "d", "010105", "1"), ("3", "c", "010105", "2"),
    ]  # fmt: skip
    _wanted, faults = read_rows(rows(table))
    assert [fault.split("：")[0] for fault in faults] == [
        "第 2 行", "第 3 行", "第 4 行", "第 4 行", "第 6 行", "第 7 行",
    ]  # fmt: skip


def test_a_code_that_goes_is_ended_and_may_come_back(cast: Cast) -> None:
    put(cast)
    put(cast, TABLE[:2])
    assert list(OutsideCode.objects.filter(ends_on=None).values_list("code", flat=True)) == ["0203"]
    assert OutsideCode.objects.count() == 4
    put(cast)
    assert OutsideCode.objects.filter(ends_on=None).count() == 4


def test_who_may_change_a_list_and_two_at_once(cast: Cast) -> None:
    row = put(cast)
    wanted, _faults = read_rows(rows())
    for name in ("auditor", "leader", "road_head", "resident"):
        with pytest.raises(Forbidden):
            put_list("city-parts", wanted, by=cast.person(name), at=WEDNESDAY)
    put(cast, seen=row.edits)
    with pytest.raises(Conflict):
        put(cast, seen=row.edits)


def test_a_list_goes_through_the_pages_and_orders_out_under_its_codes(client: Client, cast: Cast) -> None:
    client.force_login(cast.accounts["clerk"])
    assert client.get("/desk/codes/").status_code == 200
    out = io.StringIO()
    csv.writer(out).writerows(TABLE)
    file = SimpleUploadedFile("codes.csv", out.getvalue().encode())
    tried = client.post("/desk/codes/import/", {"list": "city-parts", "title": "部件和事件", "file": file})
    assert tried.context["changes"]["new"] == 4 and not CodeList.objects.exists()
    sent = {"list": "city-parts", "title": "部件和事件", "content": tried.context["content"], "act": "force"}
    assert client.post("/desk/codes/import/", sent | {"list": "!"}).status_code == 400
    assert client.post("/desk/codes/import/", sent).status_code == 302
    assert client.post("/desk/codes/import/", sent | {"seen": "99"}).status_code == 409
    page = client.get("/desk/codes/of/city-parts/").content.decode()
    assert "没有对应" in page
    for form in ("csv", "xlsx"):
        raw = client.get(f"/desk/codes/of/city-parts/table.{form}").content
        again = client.post(
            "/desk/codes/import/", {"list": "city-parts", "file": SimpleUploadedFile(f"c.{form}", raw)}
        )
        assert again.context["faults"] == [] and set(again.context["changes"].values()) == {0}
    reported(cast, "海棠苑门口的路灯不亮了，晚上很黑，请来修。", category_id=tree().by_code["010105"].id)
    text = b"".join(client.get("/desk/export.csv?codes=city-parts").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    head, row = list(csv.reader(io.StringIO(text)))[:2]
    assert head[-2:] == ["部件和事件：代码", "部件和事件：名称"] and row[-2:] == ["0203", "路灯"]
    assert client.get("/desk/export.csv?codes=nothing").status_code == 404
