"""The ledgers as pages: what each may read, paper, CSV, and the caps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from gongzhi.kit.clock import stopped
from gongzhi.workorders.models import Cap
from tests.cast import WEDNESDAY, Cast
from tests.stage import act, bring, cast, neighbourhood

__all__ = ["cast", "neighbourhood"]

LATER = WEDNESDAY + timedelta(minutes=30)


def client_of(cast: Cast, name: str) -> Client:
    client = Client()
    if name:
        client.force_login(cast.accounts[name])
    return client


@pytest.fixture
def asked(cast: Cast) -> Cast:
    """Two requests of the road unit: one extension that is pending, one return that was refused."""
    order = bring(cast, "in_hand")
    act(cast, "ask_return", order.pk, at=LATER, reason="=HYPERLINK(1)")
    act(cast, "refuse_return", order.pk, at=LATER)
    act(cast, "ask_extension", order.pk, at=LATER)
    Cap.objects.update_or_create(kind="extend", unit=None, defaults={"percent": 5, "window_days": 30})
    return cast


def test_each_reads_the_ledgers_of_their_own(asked: Cast) -> None:
    with stopped(LATER):
        for name, sees in {"clerk": True, "leader": True, "road_worker": True, "gardener": False}.items():
            page = client_of(asked, name).get("/desk/ledger/?kind=extend").content.decode()
            assert ("要等配件到货" in page) is sees, name
        assert client_of(asked, "resident").get("/desk/ledger/").status_code == 403
        assert client_of(asked, "").get("/desk/ledger/").url.startswith("/sign-in/")
        page = client_of(asked, "clerk").get("/desk/ledger/?kind=extend").content.decode()
    assert "占 100%；件数太少，不和上限 5% 比较" in page
    assert "待审批" in page


def test_filters_paper_and_file(asked: Cast) -> None:
    clerk = client_of(asked, "clerk")
    with stopped(LATER):
        assert "HYPERLINK" in clerk.get("/desk/ledger/?kind=return&month=2026-11").content.decode()
        assert "HYPERLINK" not in clerk.get("/desk/ledger/?kind=return&month=2026-10").content.decode()
        assert "HYPERLINK" not in clerk.get("/desk/ledger/?kind=return&state=granted").content.decode()
        assert "HYPERLINK" in clerk.get(f"/desk/ledger/?kind=return&unit={asked.roads.pk}").content.decode()
        paper = clerk.get("/desk/ledger/print/?kind=return").content.decode()
        file = clerk.get("/desk/ledger/table.csv?kind=return")
        for odd in ("month=x", "unit=²", "month=0001-01"):
            assert clerk.get(f"/desk/ledger/?{odd}").status_code == 400, odd
    assert "退单台账" in paper and "data-print" in paper
    text = file.content.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text and "未同意" in text
    assert file["Cache-Control"] == "no-store"


def test_leaders_change_the_caps_there(asked: Cast) -> None:
    said = {"kind": "extend", "unit": "", "percent": "40", "window_days": "60"}
    with stopped(LATER):
        assert client_of(asked, "clerk").post("/desk/ledger/cap/", said).status_code == 403
        assert "修改上限" not in client_of(asked, "clerk").get("/desk/ledger/").content.decode()
        leader = client_of(asked, "leader")
        assert "修改上限" in leader.get("/desk/ledger/").content.decode()
        assert leader.post("/desk/ledger/cap/", said | {"percent": "140"}).status_code == 400
        assert leader.post("/desk/ledger/cap/", said).status_code == 302
        leader.post("/desk/ledger/cap/", said | {"unit": str(asked.roads.pk), "percent": "100"})
    assert set(Cap.objects.filter(kind="extend").values_list("unit_id", "percent", "window_days")) == {
        (None, 40, 60), (asked.roads.pk, 100, 60),
    }  # fmt: skip
    with stopped(LATER):
        page = leader.get("/desk/ledger/?kind=extend").content.decode()
        leader.post("/desk/ledger/cap/", said | {"percent": ""})
    assert "在上限 100% 以内" in page
    assert Cap.objects.filter(kind="extend", unit=None).count() == 0
