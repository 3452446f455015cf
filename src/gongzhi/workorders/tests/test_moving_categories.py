"""A category moves under another one: in a draft, compared, published; its orders and rules follow, circles are refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from gongzhi.kit.errors import Invalid
from gongzhi.territory.ground import ground
from gongzhi.workorders import jobs
from gongzhi.workorders.actions import correcting, taxonomy
from gongzhi.workorders.editions import FIRST, Planned, export_rows, faults_of
from gongzhi.workorders.models import Change, Edition, Responsibility, WorkOrder
from gongzhi.workorders.queries import Filters, list_orders, scopes
from gongzhi.workorders.tables import route, tree
from gongzhi.workorders.tests.staff_scene import reported
from tests.cast import WEDNESDAY, Cast, settle

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)


@pytest.fixture
def cast(clock: Any) -> Cast:
    clock.set(WEDNESDAY)
    return settle()


def publish(cast: Cast, *plans: Planned) -> Edition:
    edition = taxonomy.draft_edition(by=cast.clerk, at=WEDNESDAY)
    taxonomy.propose(edition.pk, plans, by=cast.clerk, at=WEDNESDAY)
    return taxonomy.publish(edition.pk, starts_on=TODAY, by=cast.clerk, at=WEDNESDAY)


def move(code: str, above: str) -> Planned:
    return Planned(code, "change", {"parent_code": above})


def found_below(cast: Cast, code: str) -> list[int]:
    filters = Filters(status="all", category_id=tree().by_code[code].id)
    page = list_orders(scopes(cast.clerk)[0], filters, by=cast.clerk, now=WEDNESDAY)
    return [order.pk for order in page.orders]


def run_what_was_deferred() -> int:
    (job,) = ProcrastinateJob.objects.filter(task_name="workorders.straighten_lines")
    return jobs.straighten_lines(**job.args)


def test_orders_follow_a_category_that_has_moved(cast: Cast) -> None:
    lamp = tree().by_code["010105"]
    mine = reported(cast, category_id=lamp.id)
    other = reported(cast, "树枝掉下来了", category_id=tree().by_code["0201"].id)
    kept = other.category_line
    publish(cast, move("0101", "02"))
    assert [t.code for t in tree().line(lamp.id)] == ["02", "0101", "010105"]
    assert run_what_was_deferred() == 1
    mine.refresh_from_db()
    other.refresh_from_db()
    assert mine.category_line == tree().letters(lamp.id) and other.category_line == kept
    assert mine.pk in found_below(cast, "02") and mine.pk not in found_below(cast, "01")
    again = reported(cast, "路灯也不亮", category_id=lamp.id)
    assert again.category_line == mine.category_line
    assert run_what_was_deferred() == 0, "safe to run twice"


def test_what_a_process_wrote_with_the_tree_of_before_is_found_an_hour_later(cast: Cast) -> None:
    lamp = tree().by_code["010105"]
    order = reported(cast, category_id=lamp.id)
    stale = order.category_line
    publish(cast, move("0101", "02"))
    run_what_was_deferred()
    WorkOrder.objects.filter(pk=order.pk).update(category_line=stale)
    assert jobs.straighten_again(0) == 1
    order.refresh_from_db()
    assert order.category_line == tree().letters(lamp.id)
    assert correcting.straighten([lamp.id], by=cast.clerk, at=WEDNESDAY) == 0  # the clockwork's alone


def test_many_orders_are_rewritten_in_bounded_bites(cast: Cast, statements: list[str]) -> None:
    lamp = tree().by_code["010105"]
    orders = [reported(cast, f"第 {n} 盏路灯不亮", category_id=lamp.id) for n in range(5)]
    publish(cast, move("010105", "02"))
    statements.clear()
    from gongzhi.kit.acting import Actor

    assert correcting.straighten([lamp.id], by=Actor.for_service("sweep"), at=WEDNESDAY, size=2) == 5
    assert sum(one.startswith("UPDATE") for one in statements) == 3
    assert set(found_below(cast, "02")) >= {order.pk for order in orders}


def test_rules_and_codes_go_by_where_a_category_stands_and_not_by_its_letters(cast: Cast) -> None:
    gardens = {
        "division_id": cast.street.pk,
        "lead": "unit",
        "unit": cast.gardens,
        "joint": [],
        "priority": 1,
    }
    Responsibility.objects.create(code="GREEN", category_id=tree().by_code["02"].id, **gardens)
    spot = ground().spot_of(cast.grid_1.pk)
    lamp = tree().by_code["010105"].id
    before = route(lamp, spot, WEDNESDAY)
    assert before is not None and before.rule_code != "GREEN"
    publish(cast, move("0101", "02"))
    after = route(lamp, spot, WEDNESDAY)
    assert after is not None and after.rule_code == "GREEN"


def test_circles_and_unknown_places_are_refused(cast: Cast) -> None:
    two = [move("0101", "0102"), move("0102", "0101")]
    assert any("0101 → 0102 → 0101" in fault for fault in faults_of(two))
    assert any("绕成一圈" in fault for fault in faults_of([move("01", "010105")]))
    assert any("不存在" in fault for fault in faults_of([move("0101", "nowhere")]))
    gone = [
        move("010105", "0102"),
        *(Planned(t.code, "retire", {}) for t in tree().below(tree().by_code["0102"].id)),
    ]
    assert any("请一起停用" in fault for fault in faults_of(gone))
    with pytest.raises(Invalid):
        publish(cast, *two)
    assert tree().by_code["0101"].parent_id == tree().by_code["01"].id
    assert faults_of([move("0101", "")]) == [], "to the very top is a place, too"


def test_a_new_branch_can_take_what_was_elsewhere_in_the_same_version(cast: Cast) -> None:
    publish(cast, Planned("98", "add", {**FIRST, "name": "照明"}), move("010105", "98"))
    assert [t.code for t in tree().line(tree().by_code["010105"].id)] == ["98", "010105"]


def test_a_move_goes_through_the_page_and_the_spreadsheet(client: Client, cast: Cast) -> None:
    client.force_login(cast.accounts["clerk"])
    order = reported(cast, category_id=tree().by_code["010105"].id)
    form = client.get("/desk/categories/of/010105/").context["form"]
    assert "010105" not in dict(form.fields["parent_code"].choices)
    said = {name: value for name, value in form.initial.items() if value not in (None, False)}
    assert client.post("/desk/categories/of/010105/", said | {"parent_code": "02"}).status_code == 302
    assert Change.objects.get().values == {"parent_code": "02"}
    page = client.get("/desk/categories/editions/1/").content.decode()
    names = [tree().by_code[code].said for code in ("01", "0101", "02")]
    assert f"从“0101 {names[0]} › {names[1]}”移到“02 {names[2]}”" in page and "1 件工单" in page
    edition = Edition.objects.get()
    sent = {"act": "publish", "starts_on": TODAY.isoformat(), "seen": edition.edits}
    assert client.post("/desk/categories/editions/1/", sent).status_code == 302
    assert "移到" in client.get("/desk/categories/editions/1/").content.decode()
    assert client.get("/desk/categories/of/010105/").status_code == 200
    assert client.get(f"/desk/{order.pk}/").status_code == 200

    row = next(row for row in export_rows() if row[0] == "010105")
    assert row[1] == "02"
    file = SimpleUploadedFile("t.csv", b"code,parent_code\n010105,0101\n0101,02\n")
    tried = client.post("/desk/categories/import/", {"file": file})
    assert (
        tried.context["faults"] == [] and [r.code for r in tried.context["rows"]] == ["0101", "010105"]
    ) or [r.code for r in tried.context["rows"]] == ["010105", "0101"]
    assert all(r.moved for r in tried.context["rows"])
    circle = SimpleUploadedFile("t.csv", b"code,parent_code\n02,010105\n")
    assert "绕成一圈" in client.post("/desk/categories/import/", {"file": circle}).context["faults"][0]
