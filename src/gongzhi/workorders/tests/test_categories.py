"""The category tree: versions that are drafted, compared and published; nothing that was filed loses its category."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, Invalid
from gongzhi.workorders.actions import correcting, taxonomy
from gongzhi.workorders.drafts import Draft, checked
from gongzhi.workorders.editions import FIRST, Planned, faults_of, read_rows, values_of
from gongzhi.workorders.models import Category, Change, Edition, Responsibility
from gongzhi.workorders.tables import route, tree
from gongzhi.workorders.terms import term_for
from gongzhi.workorders.tests.staff_scene import DRAIN, in_state, reported
from tests.cast import WEDNESDAY, Cast, settle

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)
NEXT_WEEK = TODAY + timedelta(days=7)


@pytest.fixture
def cast(clock: Any) -> Cast:
    clock.set(WEDNESDAY)
    return settle()


@pytest.fixture
def clerk(client: Client, cast: Cast) -> Client:
    client.force_login(cast.accounts["clerk"])
    return client


def draft(cast: Cast, *plans: Planned) -> Edition:
    by = cast.clerk
    edition = taxonomy.draft_edition(by=by, at=WEDNESDAY)
    return taxonomy.propose(edition.pk, plans, by=by, at=WEDNESDAY)


def published(cast: Cast, *plans: Planned, on: date = TODAY) -> Edition:
    return taxonomy.publish(draft(cast, *plans).pk, starts_on=on, by=cast.clerk, at=WEDNESDAY)


def test_a_draft_changes_nothing_until_it_is_published(cast: Cast) -> None:
    edition = draft(cast, Planned("010105", "change", {"name": "路灯故障"}))
    assert tree().by_code["010105"].name == "路灯不亮"
    taxonomy.publish(edition.pk, starts_on=TODAY, by=cast.clerk, at=WEDNESDAY)
    assert tree().by_code["010105"].name == "路灯故障"
    assert Change.objects.get().before["name"] == "路灯不亮"


def test_a_retired_category_stays_readable_and_cannot_be_chosen(cast: Cast) -> None:
    order = reported(cast)
    code = tree().topics[order.category_id].code
    published(cast, Planned(code, "retire", {"replaced_by": "010105"}))
    order.refresh_from_db()
    assert tree().name_of(order.category_id).endswith(tree().topics[order.category_id].name)
    assert tree().live_of(order.category_id).code == "010105"  # type: ignore[union-attr]
    with pytest.raises(Invalid):
        checked(Draft("路灯又不亮了", category_id=order.category_id), at=WEDNESDAY)
    with pytest.raises(Invalid):
        correcting.recategorise(order.pk, category_id=order.category_id, by=cast.clerk, at=WEDNESDAY)
    again = reported(cast, DRAIN + "请尽快")
    assert again.category_id != order.category_id  # nobody files anything under it any more


def test_a_rule_of_a_retired_category_does_not_become_a_rule_for_everything(cast: Cast) -> None:
    lamp = tree().by_code["010105"]
    Responsibility.objects.create(
        code="LAMP", category_id=lamp.id, division_id=cast.street.pk, lead="unit", unit=cast.gardens, priority=1,
        joint=[],
    )  # fmt: skip
    published(cast, Planned("010105", "retire", {"replaced_by": ""}))
    from gongzhi.territory.ground import ground

    found = route(tree().by_code["0201"].id, ground().spot_of(cast.grid_1.pk), WEDNESDAY)
    assert found is None or found.rule_code != "LAMP"


def test_a_version_for_a_later_day_waits_for_it(cast: Cast, clock: Any) -> None:
    edition = published(cast, Planned("010105", "change", {"name": "路灯故障"}), on=NEXT_WEEK)
    assert edition.state == "coming" and tree().by_code["010105"].name == "路灯不亮"
    sweep = Actor.for_service("sweep")
    assert taxonomy.turn(by=sweep, at=clock.now()) == 0
    clock.forward(days=7)
    assert taxonomy.turn(by=cast.clerk, at=clock.now()) == 0  # the platform's own clockwork only
    assert taxonomy.turn(by=sweep, at=clock.now()) == 1
    assert taxonomy.turn(by=sweep, at=clock.now()) == 0
    assert tree().by_code["010105"].name == "路灯故障"


def test_a_new_category_of_any_depth_is_found_below_its_parent(cast: Cast) -> None:
    deep = "0101050102"
    published(
        cast,
        Planned("01010501", "add", {**FIRST, "name": "单盏不亮"}),
        Planned(deep, "add", {**FIRST, "name": "桥上单盏不亮"}),
    )
    assert [topic.code for topic in tree().line(tree().by_code[deep].id)] == [
        "01",
        "0101",
        "010105",
        "01010501",
        deep,
    ]
    found = reported(cast, category_id=tree().by_code[deep].id)
    assert "c" + str(tree().by_code["0101"].id) in found.category_line


def test_a_version_that_contradicts_itself_is_not_published(cast: Cast) -> None:
    plans = [
        Planned("0101", "retire", {}),
        Planned("010106", "change", {"limit": 3, "limit_unit": ""}),
        Planned("0199", "add", {"name": "环境卫生"}),
        Planned("0198", "add", {"name": "环境卫生"}),
        Planned("010201", "retire", {"replaced_by": "nowhere"}),
    ]
    faults = faults_of(plans)
    assert len([f for f in faults if "请一起停用" in f]) >= 1
    assert any("没有写单位" in f for f in faults)
    assert any("出现两次" in f for f in faults) and any("nowhere" in f for f in faults)
    with pytest.raises(Invalid):
        published(cast, *plans)
    assert not Category.objects.exclude(ends_on=None).exists()


def test_two_who_publish_at_the_same_moment_get_one_success_and_one_conflict(cast: Cast) -> None:
    edition = draft(cast, Planned("010105", "change", {"name": "路灯故障"}))
    taxonomy.publish(edition.pk, starts_on=TODAY, by=cast.clerk, at=WEDNESDAY, seen=edition.edits)
    with pytest.raises(Conflict):
        taxonomy.publish(edition.pk, starts_on=TODAY, by=cast.other_clerk, at=WEDNESDAY, seen=edition.edits)
    with pytest.raises(Conflict):
        taxonomy.drop_edition(edition.pk, by=cast.other_clerk, at=WEDNESDAY, seen=edition.edits)


def test_only_one_version_is_open_and_what_somebody_changed_meanwhile_is_not_published(cast: Cast) -> None:
    edition = draft(cast, Planned("010105", "change", {"name": "路灯故障"}))
    with pytest.raises(Conflict):
        taxonomy.draft_edition(by=cast.other_clerk, at=WEDNESDAY)
    seen = edition.edits
    taxonomy.propose(
        edition.pk, [Planned("010106", "change", {"hint": "？"})], by=cast.other_clerk, at=WEDNESDAY
    )
    with pytest.raises(Conflict):
        taxonomy.publish(edition.pk, starts_on=TODAY, by=cast.clerk, at=WEDNESDAY, seen=seen)
    taxonomy.drop_edition(edition.pk, by=cast.clerk, at=WEDNESDAY)
    assert taxonomy.draft_edition(by=cast.clerk, at=WEDNESDAY).number == 2


def test_who_may_write_versions(cast: Cast) -> None:
    for name in ("auditor", "leader", "checker", "road_head", "grid_leader", "resident"):
        with pytest.raises(Forbidden):
            taxonomy.draft_edition(by=cast.person(name), at=WEDNESDAY)
    assert taxonomy.draft_edition(by=cast.clerk, at=WEDNESDAY).number == 1


def test_who_may_read_and_change_the_pages(client: Client, cast: Cast) -> None:
    pages = ["/desk/categories/", "/desk/categories/of/010105/", "/desk/codes/"]
    changes = [
        "/desk/categories/new/",
        "/desk/categories/import/",
        "/desk/categories/of/010105/questions/new/",
    ]
    assert client.get(pages[0]).status_code in (302, 401)
    for name, reads, writes in [
        ("clerk", 200, 200), ("auditor", 200, 403), ("road_worker", 200, 403), ("resident", 403, 403),
    ]:  # fmt: skip
        client.force_login(cast.accounts[name])
        assert {client.get(page).status_code for page in pages} == {reads}, name
        assert {client.get(page).status_code for page in changes} == {writes}, name
    assert client.post("/desk/categories/of/010105/", {}).status_code == 403


def test_the_limit_of_a_category_goes_before_the_general_promise(cast: Cast) -> None:
    lamp = tree().by_code["010105"].id
    asked: dict[str, Any] = {"category_id": lamp, "urgent": False}
    general = term_for("answer", appeal="complaint", **asked)
    published(cast, Planned("010105", "change", {"limit": 4, "limit_unit": "work_hours"}))
    own = term_for("answer", appeal="complaint", **asked)
    assert general is not None and own is not None
    assert (own.amount, own.unit) == (4, "work_hours") != (general.amount, general.unit)
    assert term_for("answer", appeal="consult", **asked).unit == "work_days"  # type: ignore[union-attr]
    emergency = term_for("answer", appeal="complaint", category_id=lamp, urgent=True)
    assert emergency is not None and emergency.unit in ("hours", "minutes")


def test_the_tree_goes_out_and_comes_in_unchanged(clerk: Client) -> None:
    for form in ("csv", "xlsx"):
        raw = clerk.get(f"/desk/categories/table.{form}").content
        answer = clerk.post("/desk/categories/import/", {"file": SimpleUploadedFile(f"t.{form}", raw)})
        assert answer.status_code == 200
        assert answer.context["faults"] == [] and answer.context["rows"] == []
        assert answer.context["lines"] == Category.objects.count()
    assert clerk.get("/desk/categories/table.pdf").status_code == 404


def test_every_fault_of_a_file_is_listed_by_row(clerk: Client) -> None:
    text = (
        "code,parent_code,name,default_type,urgent,near_radius_m,limit,limit_unit,retired\n"
        "010105,01,路灯不亮,wish,perhaps,far,0,years,no\n"
        "!!,,x,,,,,,\n"
        "019901,02,新的,help,no,10,,,\n"
        "019902,01,,help,no,10,,,\n"
        "019902,01,又一个,help,no,10,,,maybe\n"
    )
    plans, faults = read_rows([(n, row) for n, row in enumerate(csv.DictReader(io.StringIO(text)), 2)])
    assert not plans
    by_row = [fault.split("：")[0] for fault in faults]
    assert by_row == ["第 2 行"] * 5 + ["第 3 行"] + ["第 4 行"] + ["第 5 行"] + ["第 6 行"] * 2
    answer = clerk.post("/desk/categories/import/", {"file": SimpleUploadedFile("t.csv", text.encode())})
    assert len(answer.context["faults"]) == len(faults)
    refused = clerk.post("/desk/categories/import/", {"content": answer.context["content"], "act": "draft"})
    assert refused.status_code == 400 and not Edition.objects.exists()


def test_a_version_goes_through_the_pages(clerk: Client) -> None:
    first = {**values_of(tree().by_code["010105"]), "name": "路灯故障", "limit": 2, "limit_unit": "work_days"}
    said = {k: v for k, v in first.items() if v not in (None, False)}
    assert clerk.post("/desk/categories/of/010105/", said).status_code == 302
    page = clerk.get("/desk/categories/editions/1/")
    assert "路灯故障" in page.content.decode() and "工作日" in page.content.decode()
    new = {**said, "name": "景观灯不亮", "code": "010199"}
    assert clerk.post("/desk/categories/new/?above=0101", new).status_code == 302
    assert clerk.post("/desk/categories/of/010106/retire/", {"replaced_by": ""}).status_code == 302
    assert [c.what for c in Change.objects.order_by("code")] == ["change", "retire", "add"]
    edition = Edition.objects.get()
    sent = {"act": "publish", "starts_on": TODAY.isoformat(), "seen": edition.edits, "note": "试"}
    assert clerk.post("/desk/categories/editions/1/", sent | {"seen": 0}).status_code == 409
    assert clerk.post("/desk/categories/editions/1/", sent | {"starts_on": "2020-01-01"}).status_code == 400
    assert clerk.post("/desk/categories/editions/1/", sent).status_code == 302
    assert not tree().by_code["010106"].live and tree().by_code["010199"].live
    for page_of in ("/desk/categories/", "/desk/categories/?q=灯", "/desk/categories/of/010106/",
                    "/desk/categories/of/010105/", "/desk/categories/editions/1/"):  # fmt: skip
        assert clerk.get(page_of).status_code == 200
    assert (
        "路灯不亮" in clerk.get("/desk/categories/of/010105/").content.decode()
    )  # what it was called before


def test_the_conditions_are_shown_when_they_decide(clerk: Client, cast: Cast) -> None:
    order = in_state(cast, "triage")
    code = tree().topics[order.category_id].code
    published(
        cast, Planned(code[:4], "change", {"filing": "公共区域，属街道管。", "closing": "现场亮灯，有照片。"})
    )
    page = clerk.get(f"/desk/{order.pk}/").content.decode()
    assert "公共区域，属街道管。" in page and "现场亮灯" not in page
    answered = in_state(cast, "answered")
    published(cast, Planned(tree().topics[answered.category_id].code, "change", {"closing": "水排干。"}))
    clerk.force_login(cast.accounts["checker"])
    page = clerk.get(f"/desk/{answered.pk}/").content.decode()
    assert "水排干。" in page
