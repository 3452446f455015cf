"""Known places from a file: converted, put into their grid, and each only once."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from civics.territory import from_wgs84
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Place
from tests.cast import IN_GRID_3, OUTSIDE, Cast
from tests.stage import cast, neighbourhood

__all__ = ["cast", "neighbourhood"]


def bring(path: Path, rows: list[list[Any]], encoding: str = "utf-8", **options: Any) -> str:
    text, out = io.StringIO(), io.StringIO()
    csv.writer(text).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    call_command("import_places", str(path), stdout=out, **options)
    return out.getvalue()


HEADER = ["名称", "别名", "类别", "经度", "纬度", "坐标系"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_place_is_found_by_its_names_afterwards(cast: Cast, tmp_path: Path, encoding: str) -> None:
    shifted = from_wgs84(*IN_GRID_3, "GCJ02")
    rows = [HEADER, ["滨海体育公园", "体育公园、海滨公园", "公园", *shifted, "GCJ02"]]
    path = tmp_path / "places.csv"
    assert "新增 1，已有 0，未收 0" in bring(path, rows, encoding, dry_run=True)
    assert not Place.objects.filter(name="滨海体育公园").exists()
    assert "新增 1，已有 0，未收 0" in bring(path, rows, encoding)
    place = Place.objects.get(name="滨海体育公园")
    assert (place.lon, place.lat) == pytest.approx(IN_GRID_3, abs=1e-7)
    assert (place.division_id, place.aliases) == (cast.grid_3.pk, ["体育公园", "海滨公园"])
    assert ground().place_book.find("海滨公园的长椅坏了")
    assert "新增 0，已有 1，未收 0" in bring(path, rows, encoding)


def test_each_bad_row_has_one_reason(cast: Cast, tmp_path: Path) -> None:
    good = ["榕树头", "", "", *IN_GRID_3, ""]
    rows = [
        HEADER, ["无处", "", "", *OUTSIDE, ""], ["", "", "", *IN_GRID_3, ""], ["字母", "", "", "x", "y", ""],
        ["旧系", "", "", *IN_GRID_3, "北京54"], good, good,
    ]  # fmt: skip
    errors = tmp_path / "errors.csv"
    assert "共 6 行：新增 1，已有 1，未收 4" in bring(tmp_path / "p.csv", rows, errors=errors)
    told = list(csv.DictReader(errors.open(encoding="utf-8-sig", newline="")))
    assert [row["行号"] for row in told] == ["2", "3", "4", "5"]
    assert [row["原因"] for row in told] == [
        "这个位置不在辖区内。", "名称要有 2 到 120 个字。", "这个位置不是有效的经纬度。", "不认识坐标系“北京54”。",
    ]  # fmt: skip


def test_a_file_without_positions_is_refused(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="经度"):
        bring(tmp_path / "p.csv", [["名称"], ["榕树头"]])
    with pytest.raises(CommandError, match="打不开"):
        call_command("import_places", str(tmp_path / "none.csv"))
