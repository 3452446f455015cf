"""Paper forms: numbered and printed, used once, with their picture; counted; who may."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from gongzhi.journal.models import Attachment
from gongzhi.kit import clock, typesetting
from gongzhi.kit.errors import Forbidden, Invalid, Unprocessable
from gongzhi.workorders import sheet_paper
from gongzhi.workorders.actions import sheets
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import Sheet, SheetBatch, WorkOrder
from gongzhi.workorders.queries.sheets import batches
from tests.cast import WEDNESDAY, Cast
from tests.stage import cast, neighbourhood, undone

__all__ = ["cast", "neighbourhood"]

WORDS = "海棠苑门口的长椅坏了，老人没有地方坐。"


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[None]:
    with clock.stopped(WEDNESDAY):
        yield


@pytest.fixture
def batch(cast: Cast) -> SheetBatch:
    return sheets.print_batch(cast.haitang.pk, 20, place="社区服务站", by=cast.clerk, at=WEDNESDAY)


def code(serial: int) -> str:
    return sheets.code_of("449001001", serial)


def photo() -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.new("RGB", (80, 110), "white").save(file, "JPEG")
    return SimpleUploadedFile("表.jpg", file.getvalue(), "image/jpeg")


def as_(cast: Cast, name: str) -> Client:
    client = Client()
    if name:
        client.force_login(cast.accounts[name])
    return client


def test_numbers_of_a_street_go_on_from_batch_to_batch(cast: Cast, batch: SheetBatch) -> None:
    other = sheets.print_batch(cast.tingtao.pk, 5, by=cast.clerk, at=WEDNESDAY)
    assert (batch.first, batch.count, other.first, other.count) == (1, 20, 21, 5)
    assert sheets.form_of(code(20)).batch == batch and sheets.form_of(code(21)).batch == other
    for wrong in (0, 201):
        with pytest.raises(Invalid):
            sheets.print_batch(cast.haitang.pk, wrong, by=cast.clerk, at=WEDNESDAY)
    with pytest.raises(Invalid):
        sheets.print_batch(cast.grid_1.pk, 5, by=cast.clerk, at=WEDNESDAY)
    with pytest.raises(Forbidden):
        sheets.print_batch(cast.haitang.pk, 5, by=cast.grid_worker, at=WEDNESDAY)


def test_a_code_is_read_as_people_type_it_and_a_slip_is_noticed(batch: SheetBatch) -> None:
    right = code(7)
    short = right.partition("-")[2]
    for told in (
        right,
        short,
        f" {right} ",
        right.replace("-", ""),
        f"http://x.example/desk/paper/?code={right}",
        right.replace("-", "－"),
    ):
        assert sheets.form_of(told).serial == 7, told
    wrong_digit = right[:-1] + str((int(right[-1]) + 1) % 10)
    for told in ("", "x", wrong_digit, code(21), code(99_999), sheets.code_of("449001002", 7), "²²²²²-²"):
        with pytest.raises(Unprocessable) as refusal:
            sheets.form_of(told)
        assert refusal.value.code == "unknown_form", told


def test_a_form_is_completed_beside_its_picture_and_used_once(cast: Cast, batch: SheetBatch) -> None:
    clerk = as_(cast, "clerk")
    assert "第一次登记" in clerk.get(f"/desk/paper/state/?code={code(3)}").content.decode()
    said = {"code": code(3), "description": WORDS, "name": "林伯", "phone": "19900000155"}
    answer = clerk.post("/desk/paper/", said | {"photos": photo()})
    assert answer.status_code == 302, answer.content.decode()
    order = WorkOrder.objects.get()
    assert (order.channel, order.source_key, order.grid_id) == ("paper", code(3), cast.grid_1.pk)
    assert Attachment.objects.filter(thread_id=order.pk).count() == 1
    assert order.number in clerk.get("/desk/paper/done/").content.decode()
    again = clerk.post("/desk/paper/", said | {"description": "完全是另一件事，路灯不亮。"})
    assert again.status_code == 302 and again["Location"] == f"/desk/{order.pk}/"
    assert clerk.get(f"/desk/paper/?code={code(3)}")["Location"] == f"/desk/{order.pk}/"
    assert order.number in clerk.get(f"/desk/paper/state/?code={code(3)}").content.decode()
    assert (WorkOrder.objects.count(), Sheet.objects.count()) == (1, 1)
    far = as_(cast, "far_grid_worker").get(f"/desk/paper/?code={code(3)}")
    assert far.status_code == 404 and order.number in far.content.decode()


def test_a_form_that_names_no_place_belongs_to_its_community(cast: Cast, batch: SheetBatch) -> None:
    receipt, before = sheets.take_sheet(
        code(1), Draft("这里的长椅坏了，请来修。"), by=cast.clerk, at=WEDNESDAY
    )
    assert not before and receipt.order.community_id == cast.haitang.pk


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"code": "", "description": WORDS}, "必填"), ({"code": "12345", "description": WORDS}, "不是表上的编码"),
        ({"code": "@", "description": "坏"}, ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_used(
    cast: Cast, batch: SheetBatch, sent: dict[str, str], sentence: str
) -> None:
    sent = sent | {"code": code(2) if sent["code"] == "@" else sent["code"]}
    answer = as_(cast, "clerk").post("/desk/paper/", sent)
    assert answer.status_code in (400, 422)
    assert not Sheet.objects.exists() and not WorkOrder.objects.exists()


def test_given_out_returned_and_missing_are_counted(cast: Cast, batch: SheetBatch) -> None:
    def counted() -> tuple[int, int, int, int]:
        [one] = batches("/")
        return one.kept, one.out, one.back, one.row.missing

    assert counted() == (20, 0, 0, 0)
    sheets.count_batch(batch.pk, given=12, missing=1, by=cast.clerk, at=WEDNESDAY)
    sheets.take_sheet(code(1), Draft(WORDS), by=cast.clerk, at=WEDNESDAY)
    assert counted() == (8, 10, 1, 1)
    for given, missing in ((21, 0), (3, 4), (1, 1), (-1, 0)):
        with pytest.raises(Invalid):
            sheets.count_batch(batch.pk, given=given, missing=missing, by=cast.clerk, at=WEDNESDAY)
    sheets.count_batch(batch.pk, given=2, missing=1, by=cast.clerk, at=WEDNESDAY)
    sheets.take_sheet(code(2), Draft(WORDS), by=cast.clerk, at=WEDNESDAY)  # nobody had counted it
    assert counted() == (17, 0, 2, 1)


@pytest.mark.skipif(not typesetting.faces(), reason="no Chinese letters on this machine")
def test_the_forms_are_printed_one_to_a_page(cast: Cast, batch: SheetBatch) -> None:
    answer = as_(cast, "clerk").get(f"/desk/paper/batches/{batch.pk}/forms.pdf")
    assert answer.status_code == 200 and answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF") and answer.content.count(b"/Type /Page\n") in (0, 20)
    told = sheet_paper.told(batch, address="https://x.example/?code=")
    assert [sheet["code"] for sheet in told["sheets"]] == [code(n) for n in range(1, 21)]


def test_who_may(cast: Cast, batch: SheetBatch) -> None:
    takes = {"clerk": 200, "grid_worker": 200, "road_worker": 403, "auditor": 403, "resident": 403, "": 401}
    prints = takes | {"grid_worker": 403, "leader": 403}
    wanted: dict[tuple[str, str], dict[str, int]] = {
        ("get", "/desk/paper/"): takes,
        ("get", f"/desk/paper/state/?code={code(1)}"): takes,
        ("get", "/desk/paper/batches/"): prints,
        ("post", f"/desk/paper/batches/{batch.pk}/count/"): prints | {"clerk": 302},
        ("get", "/desk/paper/batches/999999/forms.pdf"): prints | {"clerk": 404},
    }
    for (method, address), people in wanted.items():
        for name, status in people.items():
            with undone():
                sent: Any = {"given": 3, "missing": 0} if method == "post" else None
                got = getattr(as_(cast, name), method)(address, *([sent] if sent else [])).status_code
                assert got == status or (status == 401 and got == 302), (name, address, got)
