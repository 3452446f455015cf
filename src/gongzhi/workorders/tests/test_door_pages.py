"""The pages of the other doors, as a grid of people × requests, and what is read on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from gongzhi.kit import clock
from gongzhi.workorders.models import Device, WorkOrder
from gongzhi.workorders.tests.device_scene import alarm, gauge, tell
from tests.cast import IN_GRID_1, WEDNESDAY, Cast
from tests.stage import cast, neighbourhood

__all__ = ["cast", "neighbourhood"]

STAFF = ("clerk", "checker", "leader", "auditor", "road_worker", "gardener", "grid_worker")
#: (method, address, what is sent) → who gets what; staff that is not named gets what "staff" gets.
GRID: dict[tuple[str, str], dict[str, int]] = {
    ("get", "/house/devices/"): {"staff": 200, "resident": 403, "": 401},
    ("get", "/house/devices/new/"): {"staff": 403, "clerk": 200, "resident": 403, "": 401},
    ("get", "/house/devices/water-01/"): {"staff": 200, "far_grid_worker": 200, "resident": 403, "": 401},
    ("get", "/house/devices/nobody/"): {"staff": 404, "resident": 403, "": 401},
    ("get", "/house/devices/water-01/label/"): {"staff": 200, "resident": 403, "": 401},
    ("get", "/house/devices/water-01/change/"): {"staff": 403, "clerk": 200, "resident": 403, "": 401},
    ("post", "/house/devices/water-01/test/"): {"staff": 200, "resident": 403, "": 401},
    ("post", "/house/devices/water-01/renew/?seen=1"): {"staff": 403, "clerk": 200, "resident": 403, "": 401},
    ("post", "/house/devices/water-01/revoke/"): {"staff": 403, "clerk": 302, "resident": 403, "": 401},
    ("post", "/house/devices/water-01/pause/?hours=8&why=x"): {
        "staff": 403, "clerk": 302, "gardener": 302, "resident": 403, "": 401,
    },
    ("get", "/house/devices/water-01/revoke/"): {"clerk": 405},
    ("get", "/desk/mail/"): {"staff": 403, "clerk": 200, "resident": 403, "": 401},
    ("get", "/desk/mail/?view=all"): {"staff": 403, "clerk": 200, "resident": 403, "": 401},
    ("post", "/desk/mail/1/take/?words=x"): {"staff": 403, "clerk": 404, "resident": 403, "": 401},
    ("post", "/desk/mail/1/drop/"): {"staff": 403, "clerk": 404, "resident": 403, "": 401},
}  # fmt: skip


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[None]:
    with clock.stopped(WEDNESDAY):
        yield


@pytest.fixture
def device(cast: Cast) -> Device:
    return gauge(cast)


def as_(cast: Cast, name: str) -> Client:
    client = Client()
    if name:
        client.force_login(cast.accounts[name])
    return client


def ask(client: Client, method: str, address: str, sent: dict[str, Any] | None = None) -> Any:
    path, _mark, query = address.partition("?")
    if method == "get":
        return client.get(address)
    from django.http import QueryDict

    return client.post(path, sent or QueryDict(query).dict())


@pytest.mark.parametrize(("method", "address"), GRID, ids=lambda part: str(part))
def test_the_grid_of_people_and_pages(cast: Cast, device: Device, method: str, address: str) -> None:
    from tests.stage import undone

    wanted = dict(GRID[method, address])
    rest = wanted.pop("staff", None)
    people = {**(dict.fromkeys(STAFF, rest) if rest else {}), **wanted}
    for name, status in people.items():
        with undone():
            answer = ask(as_(cast, name), method, address)
            assert answer.status_code == status or (status == 401 and answer.status_code == 302), (
                name, method, address, answer.status_code,
            )  # fmt: skip


def test_a_clerk_enters_a_device_and_sees_its_secret_once(cast: Cast) -> None:
    clerk = as_(cast, "clerk")
    page = clerk.get("/house/devices/new/").content.decode()
    assert "登记一台设备" in page
    from gongzhi.workorders.device_register import secret_of
    from gongzhi.workorders.tables import tree

    said = {
        "code": "air-07", "name": "海棠苑空气站", "kind": "air", "place": "海棠苑门口", "lon": IN_GRID_1[0],
        "lat": IN_GRID_1[1], "unit": cast.gardens.pk, "category": next(iter(tree().live)), "alarm_at": "150",
        "measure": "μg/m³", "expected_minutes": "15",
    }  # fmt: skip
    answer = clerk.post("/house/devices/new/", said)
    assert answer.status_code == 200 and secret_of("air-07", 1) in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    row = Device.objects.get(code="air-07")
    assert row.division_id == cast.grid_1.pk
    assert secret_of("air-07", 1) not in clerk.get("/house/devices/air-07/").content.decode()
    wrong = clerk.post("/house/devices/new/", said | {"code": "x", "lon": "", "lat": "", "alarm_at": "much"})
    assert wrong.status_code == 400 and Device.objects.count() == 1
    again = said | {"name": "海棠苑空气站（新）", "seen": "0"}
    assert clerk.post("/house/devices/air-07/change/", again).status_code == 302
    assert clerk.post("/house/devices/air-07/change/", again).status_code == 409
    row.refresh_from_db()
    assert row.name == "海棠苑空气站（新）"


def test_the_pages_tell_the_storm_and_the_recovery(cast: Cast, device: Device) -> None:
    tell(device, *[alarm(f"e{n}", 1.2 + n / 10) for n in range(7)])
    order = WorkOrder.objects.get()
    clerk = as_(cast, "clerk")
    shown = clerk.get("/house/devices/").content.decode()
    assert "正在报警" in shown and "报警 7 次" in shown and "最严重 1.8 米" in shown
    page = clerk.get(f"/desk/{order.pk}/").content.decode()
    assert "来自设备" in page and "water-01" in page and "可以答复办结" not in page
    tell(device, {"id": "ok", "type": "recovery"})
    assert "可以答复办结" in clerk.get(f"/desk/{order.pk}/").content.decode()
    assert "已恢复，待办结" in clerk.get("/house/devices/").content.decode()
    # the new door is one of the sources to choose from, and of the numbers of the board
    assert "设备" in clerk.get("/desk/?channel=device").content.decode()
