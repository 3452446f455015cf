"""The doors of the operations centre: odd values, other sites' forms, detours, and cells that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from django.test import Client
from openpyxl import load_workbook

from gongzhi.kit import clock
from gongzhi.meetings.models import Meeting
from gongzhi.observation.models import Brief
from gongzhi.workorders.models import Emergency, WorkOrder
from gongzhi.workorders.tests.test_callouts import whistled
from tests.cast import WEDNESDAY, Cast
from tests.stage import act, an_emergency, bring, cast, neighbourhood, report_drain

__all__ = ["cast", "neighbourhood"]

pytestmark = pytest.mark.django_db
#: Values that once broke a door somewhere: a digit that is no number, numbers too large, a zero byte, nothing.
ODD = ("²", "9" * 30, "-1", "a\x00b", "")
FORMULA = "=cmd|' /C calc'!A0"


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[None]:
    with clock.stopped(WEDNESDAY):
        yield


def as_(cast: Cast, name: str, **options: bool) -> Client:
    client = Client(**options)
    client.force_login(cast.accounts[name])
    return client


def doors(cast: Cast) -> dict[str, dict[str, str]]:
    """Address → the fields of its form; one of each operation."""
    order, callout, emergency = bring(cast, "in_hand"), whistled(cast), an_emergency(cast)
    invitation = callout.meeting.invitations.all()[0]
    return {
        "/desk/batch/": {"step": "note", "order": str(order.pk), "seen": f"{order.pk}:3", "key": "k", "go": "1", "text": "记"},
        f"/desk/{order.pk}/hand_to_police/": {"text": "有人撬车", "place": "", "seen": "3"},
        f"/desk/{order.pk}/forward/": {"body": "水务公司", "until": "2026-12-01", "words": "请检修", "seen": "3"},
        "/desk/callouts/new/": {"title": "积水", "division": str(cast.haitang.pk), "bodies": "1", "orders": order.number},
        f"/desk/callouts/{callout.pk}/settle/": {"seen": "1"},
        f"/meetings/{callout.pk}/attendance/": {"seen": "1", f"came-{invitation.pk}": "yes", "back": "/"},
        f"/meetings/{callout.pk}/minutes/": {"seen": "1", "text": "纪要", "back": "/"},
        f"/meetings/invitations/{invitation.pk}/": {"seen": "0", "answer": "coming", "back": "/"},
        "/emergency/new/": {"name": "台风", "kind": "typhoon", "division": str(cast.street.pk), "reason": "预警"},
        f"/emergency/{emergency.pk}/people/": {"part": "1", "people": "3", "seen": "0"},
        f"/emergency/{emergency.pk}/notify/": {"title": "到岗", "text": "请到岗", "roles": "clerk", "bodies": "1"},
        "/briefs/": {"area": str(cast.street.pk), "every": "day", "day": "2026-11-17"},
        "/reports/": {"name": "月报", "area": str(cast.street.pk), "rows": "grid", "every": "month", "figures": "received"},
        f"/evaluation/2026-10/{cast.roads.pk}/": {"words": "不应算", "numbers": order.number},
        "/evaluation/2026-10/publish/": {"seen": "0", "reason": ""},
        "/house/knowledge/new/": {"title": "怎么办居住证", "text": "带身份证。", "category": "1"},
    }  # fmt: skip


def test_odd_values_break_no_door(cast: Cast) -> None:
    found = doors(cast)
    for name in ("clerk", "leader"):
        client = as_(cast, name)
        client.raise_request_exception = False
        for address, fields in found.items():
            for odd in ODD:
                answer = client.post(address, dict.fromkeys(fields, odd))
                assert answer.status_code < 500, (name, address, odd)


def test_no_door_takes_a_form_of_another_site(cast: Cast) -> None:
    found = doors(cast)
    before = (Meeting.objects.count(), Emergency.objects.count(), Brief.objects.count())
    client = as_(cast, "leader", enforce_csrf_checks=True)
    for address, fields in found.items():
        answer = client.post(address, fields, headers={"Origin": "https://elsewhere.example"})
        assert answer.status_code == 403, address
    assert before == (Meeting.objects.count(), Emergency.objects.count(), Brief.objects.count())
    assert as_(cast, "leader").post("/briefs/", found["/briefs/"]).status_code == 302, "our own form is taken"


@pytest.mark.parametrize(
    "away", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example/", "/\t/elsewhere.example/",
             "javascript:alert(1)"],
)  # fmt: skip
def test_no_form_sends_anybody_to_another_site(cast: Cast, away: str) -> None:
    callout = whistled(cast)
    invitation = callout.meeting.invitations.all()[0]
    order = bring(cast, "in_hand")
    head = as_(cast, "road_head")
    told = [
        head.post(f"/meetings/invitations/{invitation.pk}/", {"seen": "0", "answer": "coming", "back": away}),
        as_(cast, "clerk").post(f"/desk/{order.pk}/note/", {"text": "记一笔", "back": away}),
        Client().post(
            "/sign-in/staff/", {"login": "clerk", "password": "a long password for tests", "next": away}
        ),
    ]
    for answer in told:
        assert answer.status_code == 302
        where = answer["Location"].partition("?")[0]
        assert where.startswith("/") and not where.startswith("//") and not set(where) & {"\\", "\t"}, where


def test_no_export_holds_a_cell_that_a_spreadsheet_would_run(cast: Cast) -> None:
    order = report_drain(cast, title=FORMULA, description=f"{FORMULA}\n下水道堵了").order
    act(cast, "accept", order.pk)
    act(cast, "ask_extension", order.pk, reason=FORMULA)
    WorkOrder.objects.filter(pk=order.pk).update(place_text="\t=1+1")
    clerk = as_(cast, "clerk")
    told = b"".join(clerk.get("/desk/export.csv?status=all").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    ledger = clerk.get("/desk/ledger/table.csv?kind=extend")
    cells = [
        cell
        for text in (told, ledger.content.decode("utf-8-sig"))
        for row in csv.reader(io.StringIO(text))
        for cell in row
    ]
    assert any(FORMULA in cell for cell in cells)
    assert not [cell for cell in cells if cell.lstrip(" \t\r\n\u3000")[:1] in ("=", "+", "-", "@")]
    raw = b"".join(clerk.get("/desk/export.xlsx?status=all").streaming_content)  # type: ignore[attr-defined]
    book = load_workbook(io.BytesIO(raw))
    assert not [c.value for row in book.active.iter_rows() for c in row if c.data_type == "f"]


def test_what_was_read_is_not_there_after_signing_out(cast: Cast) -> None:
    order, callout, emergency = bring(cast, "in_hand"), whistled(cast), an_emergency(cast)
    leader = as_(cast, "leader")
    pages = [f"/desk/{order.pk}/", f"/desk/callouts/{callout.pk}/", f"/emergency/{emergency.pk}/", "/board/", "/briefs/",
             "/evaluation/", "/desk/ledger/", "/meetings/", "/desk/police/", "/board/maps/"]  # fmt: skip
    for address in pages:
        answer = leader.get(address)
        assert answer.status_code == 200 and "no-store" in answer["Cache-Control"], address
    leader.post("/sign-out/")
    for address in pages:
        if not address.startswith(
            "/emergency/"
        ):  # that there is an emergency everybody may read, without names
            assert leader.get(address).status_code == 302, address


def test_what_is_not_theirs_is_refused_at_every_door_and_nothing_is_kept(cast: Cast) -> None:
    """Other roles, other areas, what is over, and numbers that somebody made up."""
    found = doors(cast)
    batch, emergency = found["/desk/batch/"], Emergency.objects.get()
    order = WorkOrder.objects.get(pk=batch["order"])
    as_(cast, "leader").post("/briefs/", found["/briefs/"])
    brief = Brief.objects.get()
    over = an_emergency(cast, name="已经过去的雨", division_id=cast.haitang.pk)
    Emergency.objects.filter(pk=over.pk).update(ended_at=WEDNESDAY)
    shelter = {"name": "体育馆", "place": "海棠路", "capacity": "5"}
    appeal = f"/evaluation/2026-10/{cast.roads.pk}/"
    refused: list[tuple[str, str, dict[str, str], set[int]]] = [
        ("road_worker", f"/briefs/{brief.pk}/publish/", {"seen": "0"}, {403}),
        ("auditor", f"/briefs/{brief.pk}/publish/", {"seen": "0"}, {403}),
        ("leader", "/briefs/999999/publish/", {"seen": "0"}, {404}),
        ("clerk", "/emergency/new/", found["/emergency/new/"], {403}),
        ("road_worker", f"/emergency/{emergency.pk}/shelter/", shelter, {403}),
        ("clerk", f"/emergency/{over.pk}/shelter/", shelter, {409}),
        ("clerk", f"/emergency/{emergency.pk}/end/", {"seen": "0"}, {409}),
        ("road_worker", appeal, {"words": "不应该算给我们", "numbers": order.number}, {403, 404}),
        ("leader", "/evaluation/appeals/999999/", {"decision": "同意"}, {404}),
        ("road_worker", "/evaluation/2026-10/publish/", {"seen": "0"}, {403}),
        ("clerk", "/desk/batch/", batch | {"order": "999999", "seen": "999999:1"}, {400, 404}),
        ("clerk", "/desk/batch/", batch | {"step": "void_everything"}, {400}),
        ("checker", f"/desk/{order.pk}/ask_return/", {"seen": "3", "reason": "不归我们办"}, {403}),
        ("road_worker", "/desk/ledger/cap/", {"kind": "return", "percent": "99", "window_days": "30"}, {403}),
    ]  # fmt: skip
    before = (order.matter.thread.length, Emergency.objects.filter(ended_at=None).count())
    for name, address, fields, wanted in refused:
        answer = as_(cast, name).post(address, fields)
        assert answer.status_code in wanted, (name, address, answer.status_code)
    order = WorkOrder.objects.select_related("matter__thread").get(pk=order.pk)
    assert (order.matter.thread.length, Emergency.objects.filter(ended_at=None).count()) == before
    brief.refresh_from_db()
    assert brief.published_at is None
