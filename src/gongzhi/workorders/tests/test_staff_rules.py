"""The table of responsibilities: read, tried on last month, changed from a day on, never rewritten."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from gongzhi.workorders.actions.ruling import change_line, change_promise, put_in_force
from gongzhi.workorders.dry_run import COLUMNS, as_wanted, compare, current, read_table
from gongzhi.workorders.models import PromiseRule, Responsibility, WorkOrder
from gongzhi.workorders.tests.staff_scene import reported
from tests.cast import WEDNESDAY, Cast, settle

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)


@pytest.fixture
def cast(clock: Any) -> Cast:
    clock.set(WEDNESDAY)
    return settle()


@pytest.fixture
def clerk(client: Client, cast: Cast) -> Client:
    client.force_login(cast.accounts["clerk"])
    return client


def table(client: Client) -> list[dict[str, str]]:
    text = client.get("/desk/rules/table.csv").content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def as_file(rows: list[dict[str, str]], encoding: str = "utf-8") -> SimpleUploadedFile:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return SimpleUploadedFile("rules.csv", out.getvalue().encode(encoding), "text/csv")


def rule_of(order: WorkOrder) -> str:
    return Responsibility.objects.get(pk=order.rule_id).code


def test_what_is_downloaded_can_be_handed_in_and_changes_nothing(clerk: Client, cast: Cast) -> None:
    rows = table(clerk)
    assert len(rows) == Responsibility.objects.count()
    wanted, faults = read_table(rows)
    assert not faults
    present = {row.code: as_wanted(row) for row in current()}
    assert {want.code: want for want in wanted} == present


def test_a_dry_run_tells_which_orders_would_move(clerk: Client, cast: Cast, clock: Any) -> None:
    order = reported(cast)
    code = rule_of(order)
    rows = table(clerk)
    for row in rows:
        if row["code"] == code:
            row["lead"] = "gardens"
    clock.forward(days=2)
    answer = clerk.post("/desk/rules/try/", {"file": as_file(rows)})
    outcome = answer.context["outcome"]
    assert (outcome.looked_at, outcome.moved_count, outcome.uncovered_count) == (1, 1, 0)
    moved = outcome.moved[0]
    assert (moved.number, moved.before_rule, moved.after_rule) == (order.number, code, code)
    assert moved.before != moved.after
    order.refresh_from_db()
    assert order.unit_id == cast.roads.pk  # nothing was changed
    assert not Responsibility.objects.filter(ends_on__isnull=False).exists()


def test_a_dry_run_tells_what_nobody_would_take(clerk: Client, cast: Cast) -> None:
    order = reported(cast)
    only = [row for row in table(clerk) if row["code"] == "R013"]
    answer = clerk.post("/desk/rules/try/", {"file": as_file(only)})
    outcome = answer.context["outcome"]
    assert [m.number for m in outcome.uncovered] == [order.number]
    assert "没有规则管" in answer.content.decode()
    assert len(answer.context["missing"]) == Responsibility.objects.count() - 1


def test_every_fault_of_a_file_is_listed(clerk: Client, cast: Cast) -> None:
    rows = table(clerk)[:3]
    rows[0] |= {"lead": "nobody", "priority": "soon"}
    rows[1] |= {"category_code": "999999", "hours": "night"}
    rows[2] |= {"code": rows[1]["code"]}
    answer = clerk.post("/desk/rules/try/", {"file": as_file(rows)})
    assert len(answer.context["faults"]) == 5
    assert answer.context["outcome"] is None
    for raw in (b"", b"a,b\n1,2\n", b"\xff\xfe\x00bad", b"PK\x03\x04zip"):
        broken = SimpleUploadedFile("x.csv", raw or b" ", "text/csv")
        assert clerk.post("/desk/rules/try/", {"file": broken}).status_code == 400
    assert clerk.post("/desk/rules/try/", {}).status_code == 400


def test_a_spreadsheet_of_the_mainland_office_is_read(clerk: Client, cast: Cast) -> None:
    rows = table(clerk)
    answer = clerk.post("/desk/rules/try/", {"file": as_file(rows, "gb18030")})
    assert answer.context["faults"] == []
    assert answer.context["lines"] == len(rows)


def test_a_tried_table_is_put_in_force_from_a_day_on(clerk: Client, cast: Cast, clock: Any) -> None:
    before = reported(cast)
    code = rule_of(before)
    rows = table(clerk)
    for row in rows:
        if row["code"] == code:
            row["lead"] = "gardens"
    tried = clerk.post("/desk/rules/try/", {"file": as_file(rows)})
    tomorrow = TODAY + timedelta(days=1)
    sent = {
        "content": tried.context["content"],
        "starts_on": tomorrow.isoformat(),
        "division": cast.street.pk,
    }
    assert clerk.post("/desk/rules/force/", sent).status_code == 302
    assert reported(cast, at=WEDNESDAY).unit_id == cast.roads.pk  # today still the old line
    clock.forward(days=1)
    after = reported(cast, at=WEDNESDAY + timedelta(days=1))
    assert after.unit_id == cast.gardens.pk
    old, new = Responsibility.objects.filter(code=code).order_by("pk")
    assert (old.unit_id, old.ends_on, new.starts_on, new.ends_on) == (cast.roads.pk, tomorrow, tomorrow, None)
    before.refresh_from_db()
    assert before.rule_id == old.pk  # history keeps the line that chose
    assert clerk.post("/desk/rules/force/", sent | {"content": "broken"}).status_code == 400


def test_a_line_is_edited_with_a_trial_and_two_editors(clerk: Client, cast: Cast) -> None:
    order = reported(cast)
    code = rule_of(order)
    row = Responsibility.objects.get(code=code)
    said = {
        "category": row.category_id, "division": row.division_id, "hours": row.hours, "lead": "unit",
        "unit": cast.gardens.pk, "joint": ";".join(row.joint), "priority": row.priority, "note": "试",
        "starts_on": TODAY.isoformat(), "seen": row.pk,
    }  # fmt: skip
    tried = clerk.post(f"/desk/rules/{code}/", said | {"act": "try"})
    assert tried.context["outcome"].moved_count == 1
    assert Responsibility.objects.filter(code=code).count() == 1
    assert clerk.post(f"/desk/rules/{code}/", said).status_code == 302
    assert clerk.post(f"/desk/rules/{code}/", said).status_code == 409
    assert clerk.post(f"/desk/rules/{code}/", said | {"starts_on": "2026-01-01"}).status_code == 400
    assert clerk.post(f"/desk/rules/{code}/", said | {"unit": ""}).status_code == 400
    assert clerk.get("/desk/rules/R999/").status_code == 404
    assert reported(cast).unit_id == cast.gardens.pk


def test_only_clerks_and_administrators_change_the_tables(cast: Cast) -> None:
    wanted = [as_wanted(current()[0])]
    from gongzhi.kit.errors import Forbidden

    for name in ("auditor", "leader", "road_head", "resident"):
        with pytest.raises(Forbidden):
            put_in_force(wanted, starts_on=TODAY, by=cast.person(name), at=WEDNESDAY)
        with pytest.raises(Forbidden):
            change_line(wanted[0], starts_on=TODAY, by=cast.person(name), at=WEDNESDAY)
        with pytest.raises(Forbidden):
            change_promise("P01", amount=1, unit="hours", marks=[50], by=cast.person(name), at=WEDNESDAY)


def test_a_changed_promise_leaves_given_ones_alone(clerk: Client, cast: Cast) -> None:
    order = reported(cast)
    before = order.next_due_at
    for rule in PromiseRule.objects.filter(promise="accept"):
        answer = clerk.post(
            f"/desk/rules/promises/{rule.code}/", {"amount": 1, "unit": "minutes", "marks": "50;100"}
        )
        assert answer.status_code == 302
    order.refresh_from_db()
    assert order.next_due_at == before
    assert reported(cast).next_due_at == WEDNESDAY + timedelta(minutes=1)
    assert (
        clerk.post("/desk/rules/promises/P01/", {"amount": 0, "unit": "minutes", "marks": "x"}).status_code
        == 400
    )


def test_the_command_prints_the_same(clerk: Client, cast: Cast, tmp_path: Path) -> None:
    order = reported(cast)
    rows = table(clerk)
    for row in rows:
        if row["code"] == rule_of(order):
            row["lead"] = "gardens"
    path = tmp_path / "rules.csv"
    path.write_bytes(as_file(rows).read())
    out = io.StringIO()
    call_command("dryrun_rules", str(path), stdout=out)
    assert "moved 1  uncovered 0" in out.getvalue()
    assert order.number in out.getvalue()
    path.write_text("code\n1\n")
    with pytest.raises(CommandError):
        call_command("dryrun_rules", str(path))


def test_comparing_costs_one_statement_for_all_orders(cast: Cast, statements: Any) -> None:
    for _n in range(5):
        reported(cast)
    wanted = [as_wanted(row) for row in current()]
    compare(wanted, at=WEDNESDAY)
    statements.clear()
    outcome = compare(wanted, at=WEDNESDAY)
    assert outcome.looked_at == 5
    assert sum("workorders_workorder" in text for text in statements) == 1


def test_nobody_changes_the_table_of_another_street(cast: Cast) -> None:
    from datetime import timedelta

    from gongzhi.kit.acting import Actor
    from gongzhi.kit.errors import Forbidden
    from gongzhi.territory import actions as territory
    from gongzhi.workorders.actions import ruling
    from gongzhi.workorders.dry_run import Wanted
    from gongzhi.workorders.models import Responsibility
    from gongzhi.workorders.tables import tree
    from tests.cast import START, WEDNESDAY

    other = territory.add_division(
        "449001002", "听潮街道", "street", parent=cast.street.parent, starts_on=START, by=Actor.for_service("tests"),
        at=WEDNESDAY,
    )  # fmt: skip
    day = WEDNESDAY.date() + timedelta(days=1)

    def line(division_id: int | None) -> Wanted:
        return Wanted("X1", tree().by_code["0101"].id, division_id, "any", "unit", cast.roads.pk, (), 100, "")

    for division_id in (other.pk, None):
        with pytest.raises(Forbidden):
            ruling.change_line(line(division_id), starts_on=day, by=cast.clerk, at=WEDNESDAY)
    assert not Responsibility.objects.filter(code="X1").exists()
    assert ruling.change_line(line(cast.street.pk), starts_on=day, by=cast.clerk, at=WEDNESDAY).pk
