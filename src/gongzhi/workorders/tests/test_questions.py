"""What else is asked about a category: typed answers through every door, rules that use them, and forgetting."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gongzhi.kit.acting import acting
from gongzhi.kit.errors import Conflict, Forbidden, Invalid
from gongzhi.people.actor import Person
from gongzhi.workorders.actions import questioning, reporting
from gongzhi.workorders.actions.erasing import forget_reporter
from gongzhi.workorders.actions.questioning import Wanted, change_question
from gongzhi.workorders.actions.ruling import change_line
from gongzhi.workorders.cards.slots import CARDS
from gongzhi.workorders.conditions import conditions_in, fit, read_conditions
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.dry_run import Wanted as Line
from gongzhi.workorders.dry_run import as_wanted, compare, current
from gongzhi.workorders.models import Question, Responsibility, Wording, WorkOrder
from gongzhi.workorders.questions import by_code, questions_for, read_answers, told_answers
from gongzhi.workorders.tables import tree
from gongzhi.workorders.tests.staff_scene import in_state, reported
from gongzhi.workorders.wordings import offered
from tests.cast import IN_GRID_1, WEDNESDAY, Cast, settle

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)
LAMP = "海棠苑门口的路灯不亮了，晚上很黑，请来修。"


@pytest.fixture
def cast(clock: Any) -> Cast:
    clock.set(WEDNESDAY)
    return settle()


def lamp() -> int:
    return tree().by_code["010105"].id


def ask(cast: Cast, code: str, kind: str, category: str = "010105", **more: Any) -> Question:
    text = more.pop("text", f"{code}？")
    seen = Question.objects.filter(code=code, ends_on=None).values_list("pk", flat=True).first()
    wanted = Wanted(code, text, kind, **more)
    return change_question(tree().by_code[category].id, wanted, by=cast.clerk, at=WEDNESDAY, seen=seen)


@pytest.fixture
def asked(cast: Cast) -> dict[str, Question]:
    """How many, all of them, which kind, who to call."""
    return {
        "lamps": ask(cast, "lamps", "number", place=10, least=1, most=50, unit="盏", required=True),
        "dark": ask(cast, "dark", "yes_no", place=20),
        "where": ask(cast, "where", "choice", choices=["路边", "小区里", "桥上"], place=30),
        "flat": ask(cast, "flat", "text", personal=True, place=40),
        "any": ask(cast, "any", "text", category="01", place=50),
    }


def test_questions_of_those_above_come_first_and_ended_ones_are_not_asked(
    cast: Cast, asked: Any, clock: Any
) -> None:
    assert [one.code for one in questions_for(lamp())] == ["any", "lamps", "dark", "where", "flat"]
    assert [one.code for one in questions_for(tree().by_code["0102"].id)] == ["any"]
    questioning.end_question(asked["where"].pk, by=cast.clerk, at=WEDNESDAY)
    assert "where" not in [one.code for one in questions_for(lamp())]


def test_an_answer_keeps_the_question_it_was_given_to(cast: Cast, asked: Any) -> None:
    order = reported(cast, LAMP, answers={asked["dark"].pk: "yes"})
    ask(cast, "dark", "yes_no", text="一整片都不亮吗？", place=20)
    assert told_answers(order.answers)[0]["question"] == "dark？"
    assert questions_for(lamp())[2].text == "一整片都不亮吗？"


@pytest.mark.parametrize(
    ("code", "told", "kept"),
    [
        ("lamps", "3", 3), ("lamps", "２", 2), ("lamps", 2.5, 2.5), ("dark", "no", False), ("dark", True, True),
        ("where", "桥上", "桥上"), ("flat", " 三楼\x00 ", "三楼"), ("flat", "  ", None),
    ],
)  # fmt: skip
def test_answers_are_read_by_their_kind(asked: Any, code: str, told: Any, kept: Any) -> None:
    found = read_answers({asked[code].pk: told})
    assert found.get(str(asked[code].pk)) == kept


@pytest.mark.parametrize(
    ("code", "told"),
    [("lamps", "many"), ("lamps", "0"), ("lamps", "51"), ("lamps", "nan"), ("lamps", True), ("dark", "perhaps"),
     ("where", "水里"), ("where", 3), ("flat", "x" * 301)],
)  # fmt: skip
def test_an_answer_of_another_kind_is_refused_with_a_sentence(asked: Any, code: str, told: Any) -> None:
    with pytest.raises(Invalid) as refused:
        read_answers({asked[code].pk: told})
    assert refused.value.fields["answers"] and refused.value.fields[f"q-{asked[code].pk}"]


def test_the_api_names_a_wrong_answer_as_the_request_did(cast: Cast, asked: Any) -> None:
    said = {"description": "海棠苑门口的路灯不亮了，请来修。", "answers": {asked["where"].code: "水里"}}
    answer = Client().post("/api/workorders", said, "application/json")
    assert answer.status_code in (400, 422)
    fields = answer.json()["error"]["fields"]
    assert set(fields) == {"answers", f"answers.{asked['where'].code}"}


def test_a_rule_uses_the_answers_and_names_itself(cast: Cast, asked: Any) -> None:
    def line(code: str, unit: int, answers: str) -> None:
        wanted = Line(code, lamp(), cast.street.pk, "any", "unit", unit, (), 50, "", answers)
        change_line(wanted, starts_on=TODAY, by=cast.clerk, at=WEDNESDAY)

    line("MANY", cast.gardens.pk, "lamps>=3; where=路边|桥上")
    many = {asked["lamps"].pk: 5, asked["where"].pk: "桥上"}
    order = reported(cast, LAMP, category_id=lamp(), answers=many)
    assert order.unit_id == cast.gardens.pk
    assert Responsibility.objects.get(pk=order.rule_id).code == "MANY"
    for answers in ({}, many | {asked["lamps"].pk: 2}, many | {asked["where"].pk: "小区里"}):
        assert reported(cast, LAMP, category_id=lamp(), answers=answers).unit_id != cast.gardens.pk
    # of two lines for the same case, the one with more conditions goes first
    line("ALL", cast.roads.pk, "lamps>=3; where=桥上; dark=yes")
    assert (
        reported(cast, LAMP, category_id=lamp(), answers=many | {asked["dark"].pk: True}).unit_id
        == cast.roads.pk
    )


def test_the_dry_run_on_last_months_orders_uses_their_answers(cast: Cast, asked: Any) -> None:
    few = reported(cast, LAMP, category_id=lamp(), answers={asked["lamps"].pk: 1})
    many = reported(cast, LAMP, category_id=lamp(), answers={asked["lamps"].pk: 9})
    tried = Line("T", lamp(), cast.street.pk, "any", "unit", cast.gardens.pk, (), 50, "", "lamps>5")
    outcome = compare([*map(as_wanted, current()), tried], at=WEDNESDAY)
    assert [(moved.number, moved.after_rule) for moved in outcome.moved] == [(many.number, "T")]
    assert few.number != many.number


def test_a_condition_that_cannot_be_read_fits_nothing() -> None:
    assert not fit(conditions_in("???"), {"lamps": 3})
    for wrong in ("lamps", "LAMPS=3", "lamps>=many", "lamps>=3|4", "lamps="):
        with pytest.raises(ValueError):
            read_conditions(wrong)
    assert read_conditions("") == ()
    assert fit(read_conditions("lit!=yes；n<=3"), {"lit": False, "n": 3})
    assert not fit(read_conditions("lit!=yes"), {})


def test_a_table_with_conditions_comes_in_with_its_faults(cast: Cast, asked: Any, client: Client) -> None:
    client.force_login(cast.accounts["clerk"])
    rows = list(csv.DictReader(io.StringIO(client.get("/desk/rules/table.csv").content.decode("utf-8-sig"))))
    rows[0]["answers"], rows[1]["answers"], rows[2]["answers"] = "lamps>3", "what?", "strange=yes"
    rows[3] |= {"origin": "区城管局", "document": "澜府办〔2026〕8 号"}
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    tried = client.post("/desk/rules/try/", {"file": SimpleUploadedFile("r.csv", out.getvalue().encode())})
    assert len(tried.context["faults"]) == 2


def test_a_transferred_power_is_a_dated_line_that_says_from_whom(cast: Cast, client: Client) -> None:
    client.force_login(cast.accounts["clerk"])
    said = {
        "code": "T1", "category": lamp(), "division": cast.street.pk, "hours": "any", "lead": "unit",
        "unit": cast.gardens.pk, "priority": 60, "starts_on": TODAY.isoformat(), "document": "澜府办〔2026〕8 号",
    }  # fmt: skip
    assert client.post("/desk/rules/new/", said).status_code == 400  # by which document, but from whom?
    assert client.post("/desk/rules/new/", said | {"origin": "区城管局", "act": "try"}).status_code == 200
    assert not Responsibility.objects.filter(code="T1").exists()
    assert client.post("/desk/rules/new/", said | {"origin": "区城管局"}).status_code == 302
    assert (
        client.post("/desk/rules/new/", said | {"origin": "区城管局"}).status_code == 400
    )  # there is one already
    row = Responsibility.objects.get(code="T1")
    assert (row.origin, row.document, row.starts_on) == ("区城管局", "澜府办〔2026〕8 号", TODAY)
    assert "区城管局" in client.get("/desk/rules/").content.decode()


def test_a_resident_is_asked_once_the_category_is_known(client: Client, cast: Cast, asked: Any) -> None:
    page = client.get(f"/report/?topic={lamp()}").content.decode()
    assert "lamps？" in page and "盏" in page
    fragment = client.get("/report/questions/", {"topic": lamp()}).content.decode()
    assert f'name="q-{asked["where"].pk}"' in fragment
    assert client.get("/report/questions/", {"text": "你好"}).status_code == 204
    assert "lamps？" in client.get("/report/questions/", {"text": LAMP}).content.decode()


def test_a_resident_answers_and_reads_the_answers_back(client: Client, cast: Cast, asked: Any) -> None:
    form = client.get("/report/").context["form"]
    told = {
        "key": str(form["key"].value()), "topic": lamp(), "description": LAMP, "place_text": "海棠苑",
        "asked": [q.pk for q in asked.values()], f"q-{asked['flat'].pk}": "三楼张家",
    }  # fmt: skip
    refused = client.post("/report/", told)
    assert refused.status_code == 400 and "请回答" in refused.content.decode()
    assert "三楼张家" in refused.content.decode()  # nothing is typed twice
    wrong = client.post("/report/", told | {f"q-{asked['lamps'].pk}": "好多"})
    assert wrong.status_code == 400 and "请填数字" in wrong.content.decode()
    assert client.post("/report/", told | {f"q-{asked['lamps'].pk}": "3"}).status_code == 302
    order = WorkOrder.objects.get()
    assert by_code(order.answers) == {"lamps": 3, "flat": "三楼张家"}
    assert "三楼张家" in client.get(f"/matter/{order.pk}/").content.decode()
    client.force_login(cast.accounts["clerk"])
    assert "3 盏" in client.get(f"/desk/{order.pk}/").content.decode()


def test_answers_are_among_what_somebody_takes_home(cast: Cast, asked: Any) -> None:
    order = reported(
        cast, LAMP, category_id=lamp(), answers={asked["lamps"].pk: 2, asked["flat"].pk: "三楼张家"}
    )
    (told,) = CARDS["export"](cast.resident)
    assert told["number"] == order.number
    assert told["answers"] == {"lamps？": "2 盏", "flat？": "三楼张家"}


def test_personal_answers_are_for_the_clerk_and_the_lead_unit(client: Client, cast: Cast, asked: Any) -> None:
    order = reported(
        cast, LAMP, category_id=lamp(), answers={asked["flat"].pk: "三楼张家", asked["lamps"].pk: 2}
    )
    for name, reads in [("clerk", True), ("road_worker", True), ("auditor", False), ("leader", False)]:
        client.force_login(cast.accounts[name])
        page = client.get(f"/desk/{order.pk}/").content.decode()
        assert ("三楼张家" in page) is reads, name
        assert "2 盏" in page


def test_a_clerk_asks_on_the_telephone(client: Client, cast: Cast, asked: Any) -> None:
    client.force_login(cast.accounts["clerk"])
    fragment = client.get("/desk/new/questions/", {"guess": lamp(), "text": ""}).content.decode()
    assert f'name="q-{asked["lamps"].pk}"' in fragment
    said = {
        "channel": "phone", "description": LAMP, "place_text": "海棠苑", "category": lamp(), "key": "k" * 20,
        "asked": [asked["lamps"].pk],
    }  # fmt: skip
    assert client.post("/desk/new/", said).status_code == 400
    assert client.post("/desk/new/", said | {f"q-{asked['lamps'].pk}": "4"}).status_code == 302
    assert by_code(WorkOrder.objects.get().answers) == {"lamps": 4}


def test_a_program_answers_by_code(client: Client, cast: Cast, asked: Any) -> None:
    def send(**answers: Any) -> Any:
        body = {"description": LAMP, "category": "010105", "place_text": "海棠苑", "answers": answers}
        return client.post("/api/workorders", json.dumps(body), content_type="application/json")

    done = send(lamps=3, dark=True, where="桥上")
    assert done.status_code == 201 and done.json()["unanswered"] == ["any", "flat"]
    code = done.json()["query_code"]
    shown = client.get(f"/api/workorders/{done.json()['number']}", HTTP_X_QUERY_CODE=code).json()
    assert [(row["code"], row["answer"]) for row in shown["answers"]] == [
        ("lamps", "3 盏"), ("dark", "是"), ("where", "桥上"),
    ]  # fmt: skip
    for wrong in ({"lamps": 99}, {"nothing": 1}, {"where": "水里"}):
        refused = send(**wrong)
        assert refused.status_code == 400 and "answers" in refused.json()["error"]["fields"]
    categories = client.get("/api/categories").json()
    found = next(row for row in categories if row["code"] == "010105")
    assert [one["code"] for one in found["questions"]] == ["lamps", "dark", "where", "flat"]


def test_a_changed_category_is_asked_again_and_the_rules_follow(
    client: Client, cast: Cast, asked: Any
) -> None:
    order = reported(cast, "门口黑漆漆的，请来看看。", answers={asked["any"].pk: "三天了"})
    client.force_login(cast.accounts["clerk"])
    there = f"/desk/{order.pk}/recategorise/"
    said = {"category": lamp(), "appeal": "", "asked": [asked["lamps"].pk], f"q-{asked['lamps'].pk}": "7"}
    assert client.post(there, said | {f"q-{asked['lamps'].pk}": "好多"}).status_code == 400
    assert client.post(there, said).status_code == 302
    order.refresh_from_db()
    assert by_code(order.answers) == {"any": "三天了", "lamps": 7}
    client.force_login(cast.accounts["road_worker"])
    assert client.get("/desk/new/questions/", {"category": lamp()}).status_code == 200


def test_forgetting_takes_words_and_persons_and_leaves_counts(cast: Cast, asked: Any) -> None:
    order = reported(cast, LAMP, category_id=lamp(), answers={
        asked["flat"].pk: "三楼张家", asked["any"].pk: "我自己写的", asked["lamps"].pk: 2,
    })  # fmt: skip
    with acting(cast.resident):
        assert forget_reporter(by=cast.resident, at=WEDNESDAY) == 1
    order.refresh_from_db()
    assert by_code(order.answers) == {"lamps": 2}


def test_answers_cost_no_statement(cast: Cast, asked: Any, statements: list[str]) -> None:
    def one(minute: int, answers: dict[int, Any]) -> int:
        statements.clear()
        reporting.report(
            Draft(LAMP + str(minute), lon=IN_GRID_1[0], lat=IN_GRID_1[1], category_id=lamp(), answers=answers),
            by=Person.visitor(), at=WEDNESDAY,
        )  # fmt: skip
        return len(statements)

    one(0, {asked["lamps"].pk: 1})  # the questions are in memory now
    assert one(2, {asked["lamps"].pk: 3, asked["dark"].pk: "yes"}) == one(1, {})


def test_a_repeated_request_with_other_answers_is_another_one(cast: Cast, asked: Any) -> None:
    def send(lamps: int) -> Any:
        draft = Draft(LAMP, answers={asked["lamps"].pk: lamps}, source="x", source_key="one")
        return reporting.report(draft, by=Person.visitor(), at=WEDNESDAY)

    first = send(3)
    assert send(3).order.pk == first.order.pk
    with pytest.raises(Conflict):
        send(4)


def test_who_may_change_questions_and_two_at_once(cast: Cast, asked: Any) -> None:
    wanted = Wanted("lamps", "几盏？", "number")
    for name in ("auditor", "leader", "road_head", "resident"):
        with pytest.raises(Forbidden):
            change_question(lamp(), wanted, by=cast.person(name), at=WEDNESDAY, seen=asked["lamps"].pk)
    change_question(lamp(), wanted, by=cast.clerk, at=WEDNESDAY, seen=asked["lamps"].pk)
    with pytest.raises(Conflict):
        change_question(lamp(), wanted, by=cast.other_clerk, at=WEDNESDAY, seen=asked["lamps"].pk)
    with pytest.raises(Conflict):
        change_question(
            lamp(), wanted, by=cast.other_clerk, at=WEDNESDAY
        )  # somebody has made one of this name
    questioning.end_question(asked["dark"].pk, by=cast.clerk, at=WEDNESDAY)
    with pytest.raises(Conflict):
        questioning.end_question(asked["dark"].pk, by=cast.other_clerk, at=WEDNESDAY)


@pytest.mark.parametrize(
    "wrong",
    [{"code": "9x"}, {"text": ""}, {"kind": "song"}, {"kind": "choice", "choices": ["一"]},
     {"kind": "choice", "choices": ["一|二", "三"]}, {"kind": "number", "least": 5, "most": 1}],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_is_refused(cast: Cast, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        change_question(
            lamp(),
            Wanted(**{"code": "x", "text": "几盏？", "kind": "number", **wrong}),
            by=cast.clerk,
            at=WEDNESDAY,
        )


def test_a_wording_is_offered_filled_in(cast: Cast, client: Client) -> None:
    order = in_state(cast, "in_hand")
    code = tree().topics[order.category_id].code
    client.force_login(cast.accounts["clerk"])
    there = f"/desk/categories/of/{code}/wordings/new/"
    strange = client.post(there, {"step": "answer", "name": "修好", "text": "{谁}已修好。"})
    assert strange.status_code == 400
    said = {"step": "answer", "name": "修好", "text": "您好，{地点}已于{今天}修好。{单位}"}
    assert client.post(there, said).status_code == 302
    assert client.post(f"/desk/categories/of/{code}/wordings/{Wording.objects.get().pk}/",
                       said | {"text": "您好，{网格}的事已由{单位}办好。"}).status_code == 302  # fmt: skip
    assert Wording.objects.filter(ends_on=None).count() == 1
    (found,) = offered(order, "answer")
    assert "第一网格" in found.text and cast.roads.name in found.text and not found.left
    client.force_login(cast.accounts["road_worker"])
    page = client.get(f"/desk/{order.pk}/").content.decode()
    assert "data-wording=" in page and "办好。" in page
    assert offered(order, "decline") == []


def test_questions_go_through_the_pages(cast: Cast, client: Client) -> None:
    client.force_login(cast.accounts["clerk"])
    new = "/desk/categories/of/010105/questions/new/"
    assert client.get(new).status_code == 200
    said = {"code": "lamps", "text": "几盏不亮？", "kind": "number", "unit": "盏", "place": 10}
    assert client.post(new, said | {"code": "灯"}).status_code == 400
    assert client.post(new, said).status_code == 302
    row = Question.objects.get()
    one = f"/desk/categories/of/010105/questions/{row.pk}/"
    assert client.get(one).status_code == 200
    assert client.post(one, said | {"text": "一共几盏不亮？"}).status_code == 302
    assert client.post(one, said).status_code == 404  # that one has been followed by another
    assert "一共几盏不亮？" in client.get("/desk/categories/of/010105/").content.decode()
    last = Question.objects.get(ends_on=None)
    assert client.post(f"/desk/categories/of/010105/questions/{last.pk}/", {"act": "end"}).status_code == 302
    assert not Question.objects.filter(ends_on=None).exists()
