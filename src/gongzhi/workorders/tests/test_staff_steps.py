"""Steps taken through the pages: people × moments, two editors, undo, looking up a contact."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from PIL import Image

from gongzhi.workorders.cards.rows import row_of
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.staff_steps import STEPS
from gongzhi.workorders.tests.staff_scene import DRAIN_AGAIN, in_state, reported
from gongzhi.workorders.workflow import KINDS, WORKFLOW, possible
from tests.cast import WEDNESDAY, Cast, settle
from tests.stage import act, bring

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(clock: Any) -> Cast:
    clock.set(WEDNESDAY)
    town = settle()
    clock.set(WEDNESDAY + timedelta(hours=1))
    return town


def as_(cast: Cast, name: str) -> Client:
    client = Client()
    if name:
        client.force_login(cast.accounts[name])
    return client


#: What a step is given, so that only rights and states decide.
def words(cast: Cast, verb: str) -> dict[str, Any]:
    reason = {"reason": "不是我们负责的路段"}
    given: dict[str, dict[str, Any]] = {
        "dispatch": {"unit": cast.roads.pk},
        "redispatch": {"unit": cast.gardens.pk, "note": "树根顶坏了管道"},
        "answer": {"text": "已疏通并冲洗路面。", "why": "已电话确认"},
        "fail_check": reason,
        "ask_return": reason,
        "decline": reason,
        "note": {"text": "已经打过电话"},
        "recategorise": {
            "category": WorkOrder.objects.exclude(category=None).values_list("category_id", flat=True).first()
            or 1
        },
        "relocate": {"area": cast.grid_2.pk},
        "ask_resident": {"question": "请问是哪个井？"},
    }
    return given.get(verb, {})


#: (state, verb) → who gets what: 302 done, 403 not yours, 404 not to be seen, 409 not now, 401 sign in first.
GRID = {
    ("triage", "dispatch"): {
        "clerk": 302, "other_clerk": 302, "checker": 403, "leader": 403, "auditor": 403, "road_worker": 404, "grid_worker": 404,
        "resident": 403, "": 401,
    },
    ("triage", "decline"): {"clerk": 302, "leader": 403, "road_worker": 404, "resident": 403},
    ("triage", "accept"): {"clerk": 409, "checker": 409, "road_worker": 404},
    ("assigned", "accept"): {
        "road_worker": 302, "road_head": 302, "clerk": 403, "checker": 403, "grid_worker": 403, "gardener": 404,
        "far_grid_worker": 404, "resident": 403, "": 401,
    },
    ("assigned", "ask_return"): {"road_worker": 302, "clerk": 403, "gardener": 404},
    ("assigned", "redispatch"): {"clerk": 302, "road_worker": 403, "leader": 403, "gardener": 404},
    ("assigned", "answer"): {"road_worker": 409, "clerk": 409, "gardener": 404},
    ("in_hand", "answer"): {"road_worker": 302, "road_head": 302, "clerk": 403, "checker": 403, "grid_worker": 403, "gardener": 404},
    ("in_hand", "ask_resident"): {"road_worker": 302, "clerk": 403, "grid_leader": 403},
    ("in_hand", "relocate"): {"road_worker": 302, "grid_worker": 302, "clerk": 302, "auditor": 403, "gardener": 404},
    ("in_hand", "recategorise"): {"road_worker": 302, "clerk": 302, "grid_worker": 403, "auditor": 403},
    ("answered", "pass_check"): {
        "clerk": 302, "checker": 302, "road_worker": 403, "road_head": 403, "leader": 403, "auditor": 403, "grid_worker": 403, "gardener": 404,
    },
    ("answered", "fail_check"): {"checker": 302, "road_worker": 403, "auditor": 403},
    ("answered", "accept"): {"road_worker": 409, "checker": 409, "gardener": 404},
    ("answered", "note"): {
        "clerk": 302, "checker": 302, "leader": 302, "auditor": 403, "road_worker": 302, "grid_worker": 302, "gardener": 404,
        "far_grid_worker": 404, "resident": 403,
    },
}  # fmt: skip


@pytest.mark.parametrize(("state", "verb"), GRID)
def test_people_and_steps(state: str, verb: str, cast: Cast) -> None:
    order = in_state(cast, state)
    for name, status in GRID[state, verb].items():
        with transaction.atomic():
            answer = as_(cast, name).post(f"/desk/{order.pk}/{verb}/", words(cast, verb))
            assert answer.status_code == status, (name, answer.content.decode()[:600])
            transaction.set_rollback(True)


def test_every_step_of_staff_belongs_to_the_workflow() -> None:
    assert set(STEPS) <= set(WORKFLOW.verbs)
    for state, asked, supervised in product(WORKFLOW.states, ("", *KINDS), ("", "red")):
        more = (
            {"parts": 2, "to_visit": True, "held": True}
            if supervised
            else {"parts": 0, "to_visit": False, "held": False}
        )
        stands = SimpleNamespace(state=state, asked=asked, supervised=supervised, archived=None, **more)
        keys = [STEPS[s.verb].key for s in possible(stands) if s.verb in STEPS]
        assert len(keys) == len(set(keys)), (state, asked)
        assert not set(keys) & {"j", "k", "x", "/", "?", "v", "m", "1", "2", ".", "+"}, state


def test_only_possible_steps_are_offered(cast: Cast) -> None:
    order = in_state(cast, "assigned")

    def offered(name: str) -> set[str]:
        text = as_(cast, name).get(f"/desk/{order.pk}/").content.decode()
        return set(re.findall(rf'action="/desk/{order.pk}/([a-z_]+)/"', text)) - {"contact"}

    assert offered("road_worker") == {
        "accept", "assign", "ask_return", "ask_void", "recategorise", "relocate", "note", "split", "hand_to_police",
    }  # fmt: skip
    assert offered("auditor") == set()
    assert {"redispatch", "merge", "recategorise"} <= offered("clerk")
    assert "accept" not in offered("clerk")


def test_two_editors_get_one_success_and_one_clear_page(cast: Cast) -> None:
    order = in_state(cast, "in_hand")
    seen = order.matter.thread.length
    one, two = as_(cast, "road_worker"), as_(cast, "road_head")
    first = one.post(f"/desk/{order.pk}/ask_resident/", {"question": "请问是哪个井？", "seen": seen})
    assert first.status_code == 302
    answer = two.post(
        f"/desk/{order.pk}/answer/", {"text": "已派人疏通，请查看现场。", "why": "已电话确认", "seen": seen}
    )
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "已派人疏通，请查看现场。" in text  # nothing typed is lost
    assert "请问是哪个井？" in text  # and what changed is said
    order.refresh_from_db()
    assert order.state == "waiting"


def test_after_a_conflict_the_step_can_be_taken_again(cast: Cast) -> None:
    order = in_state(cast, "in_hand")
    seen = order.matter.thread.length
    as_(cast, "clerk").post(f"/desk/{order.pk}/note/", {"text": "居民又来电催问"})
    worker = as_(cast, "road_worker")
    answer = worker.post(
        f"/desk/{order.pk}/answer/", {"text": "已疏通并冲洗路面。", "why": "已电话确认", "seen": seen}
    )
    assert answer.status_code == 409
    fresh = re.search(r'name="seen" value="(\d+)"', answer.content.decode())
    assert fresh
    again = worker.post(
        f"/desk/{order.pk}/answer/", {"text": "已疏通并冲洗路面。", "why": "已电话确认", "seen": fresh[1]}
    )
    assert again.status_code == 302
    order.refresh_from_db()
    assert order.state == "answered"


def test_who_answered_is_told_why_somebody_else_checks(cast: Cast) -> None:
    order = in_state(cast, "answered")
    WorkOrder.objects.filter(pk=order.pk).update(answered_by=cast.accounts["checker"])
    client = as_(cast, "checker")
    page = client.get(f"/desk/{order.pk}/").content.decode()
    assert "核查要由另一位同事来做" in page
    assert f"/desk/{order.pk}/pass_check/" not in page
    answer = client.post(f"/desk/{order.pk}/pass_check/", {})
    assert answer.status_code == 403
    assert "经办和核查必须是两个人" in answer.content.decode()
    # Whoever has the order in hand does not check it either, though a colleague wrote the answer.
    WorkOrder.objects.filter(pk=order.pk).update(
        answered_by=cast.accounts["road_worker"], handler=cast.accounts["checker"]
    )
    assert "核查要由另一位同事来做" in client.get(f"/desk/{order.pk}/").content.decode()
    assert client.post(f"/desk/{order.pk}/pass_check/", {}).status_code == 403


def test_a_form_that_lacks_something_is_shown_again(cast: Cast) -> None:
    order = in_state(cast, "in_hand")
    client = as_(cast, "road_worker")
    answer = client.post(f"/desk/{order.pk}/answer/", {"text": "", "why": "已电话确认"})
    assert answer.status_code == 400
    assert "field--wrong" in answer.content.decode()
    short = client.post(f"/desk/{order.pk}/answer/", {"text": "好", "why": "已电话确认"})
    assert short.status_code == 400
    assert "请写明做了什么" in short.content.decode()
    fake = SimpleUploadedFile("photo.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/jpeg")
    picture = client.post(
        f"/desk/{order.pk}/answer/", {"text": "已疏通并冲洗。", "why": "已电话确认", "photos": fake}
    )
    assert picture.status_code == 422
    assert "已疏通并冲洗。" in picture.content.decode()
    order.refresh_from_db()
    assert order.state == "in_hand"


def test_what_came_back_to_the_centre_is_with_no_unit(cast: Cast) -> None:
    order = bring(cast, "assigned", at=WEDNESDAY)
    unit = cast.roads.name
    assert unit in as_(cast, "clerk").get(f"/desk/{order.pk}/").content.decode()
    act(cast, "ask_return", order.pk, at=WEDNESDAY)
    act(cast, "grant_return", order.pk, at=WEDNESDAY)
    page = as_(cast, "clerk").get(f"/desk/{order.pk}/").content.decode()
    assert "还没有派给单位" in page and f"上次派给{unit}" in page
    assert row_of(WorkOrder.objects.get(pk=order.pk), now=WEDNESDAY).unit == ""


def test_an_answer_carries_its_photos(cast: Cast) -> None:
    order = in_state(cast, "in_hand")
    raw = BytesIO()
    Image.new("RGB", (640, 480), "#147684").save(raw, "JPEG")
    photo = SimpleUploadedFile("处理后.jpg", raw.getvalue(), "image/jpeg")
    client = as_(cast, "road_worker")
    assert (
        client.post(
            f"/desk/{order.pk}/answer/", {"text": "已疏通并冲洗。", "why": "已电话确认", "photos": photo}
        ).status_code
        == 302
    )
    text = as_(cast, "checker").get(f"/desk/{order.pk}/").content.decode()
    assert "/photo/" in text
    assert "处理后" in text


def test_a_merge_is_one_key_and_undone_from_the_toast(cast: Cast) -> None:
    main, twin = reported(cast), reported(cast, DRAIN_AGAIN, by=cast.neighbour)
    before, client = twin.state, as_(cast, "clerk")
    page = client.get(f"/desk/{twin.pk}/").content.decode()
    assert re.search(rf'name="target" value="{main.number}".*?data-key="m"', page, re.S)
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen
    answer = client.post(f"/desk/{twin.pk}/merge/", {"target": main.number, "seen": seen[1]}, follow=True)
    text = answer.content.decode()
    assert "已并单" in text
    assert f'action="/desk/{twin.pk}/unmerge/"' in text
    twin.refresh_from_db()
    assert twin.state == "merged"
    assert client.post(f"/desk/{twin.pk}/unmerge/").status_code == 302
    twin.refresh_from_db()
    assert twin.state == before
    wrong = client.post(f"/desk/{twin.pk}/merge/", {"target": "W000000-000000"})
    assert wrong.status_code == 400
    assert "没有找到编号" in wrong.content.decode()


def test_a_suggested_category_is_taken_with_one_key(cast: Cast) -> None:
    order = in_state(cast, "triage")
    client = as_(cast, "clerk")
    page = client.get(f"/desk/{order.pk}/").content.decode()
    assert 'data-key="1"' in page
    WorkOrder.objects.filter(pk=order.pk).update(
        suggestions=[order.suggestions[0], [order.suggestions[1][0], 0.004]]
    )
    assert 'data-key="2"' in client.get(f"/desk/{order.pk}/").content.decode()  # two are always offered
    category = order.suggestions[0][0]
    assert client.post(f"/desk/{order.pk}/recategorise/", {"category": category}).status_code == 302
    order.refresh_from_db()
    assert (order.category_id, order.confidence) == (category, 1.0)
    assert "已由人确认" in client.get(f"/desk/{order.pk}/").content.decode()


def test_after_a_step_one_is_back_in_the_same_list(cast: Cast) -> None:
    order = in_state(cast, "triage")
    back = "?status=triage&unplaced=1"
    answer = as_(cast, "clerk").post(f"/desk/{order.pk}/note/", {"text": "已经打过电话", "back": back})
    assert answer.headers["Location"] == f"/desk/{order.pk}/{back}"
    evil = as_(cast, "clerk").post(
        f"/desk/{order.pk}/note/", {"text": "再打一次", "back": "//evil.example/?x=1"}
    )
    assert evil.headers["Location"].startswith(f"/desk/{order.pk}/")


def test_steps_by_get_change_nothing(cast: Cast) -> None:
    order = in_state(cast, "assigned")
    answer = as_(cast, "road_worker").get(f"/desk/{order.pk}/accept/")
    assert answer.status_code == 302
    assert as_(cast, "road_worker").post(f"/desk/{order.pk}/fly/").status_code == 404
    order.refresh_from_db()
    assert order.state == "assigned"


@pytest.mark.parametrize(
    ("name", "status", "shown"),
    [
        ("clerk", 200, True), ("road_worker", 200, True), ("checker", 403, False), ("auditor", 403, False),
        ("grid_worker", 403, False), ("leader", 403, False), ("gardener", 404, False), ("resident", 403, False),
    ],
)  # fmt: skip
def test_contact_data_are_shown_on_asking_and_written_down(
    cast: Cast, name: str, status: int, shown: bool
) -> None:
    order = reported(cast)
    client = as_(cast, name)
    answer = client.post(f"/desk/{order.pk}/contact/")
    assert answer.status_code == status
    assert ("19900000101" in answer.content.decode()) is shown
    looked = order.matter.thread.entries.filter(verb="workorders.see_contact")
    assert looked.count() == (1 if shown else 0)
    if shown:
        entry = looked.get()
        assert (entry.by_id, entry.audience, entry.text) == (cast.accounts[name].pk, "parties", "")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "19900000101" not in client.get(f"/desk/{order.pk}/").content.decode()


def test_a_unit_that_no_longer_has_the_order_sees_no_contact(cast: Cast) -> None:
    order = in_state(cast, "assigned")
    clerk = as_(cast, "clerk")
    answer = clerk.post(f"/desk/{order.pk}/redispatch/", {"unit": cast.gardens.pk, "note": "树根"})
    assert answer.status_code == 302
    assert "19900000101" in as_(cast, "gardener").post(f"/desk/{order.pk}/contact/").content.decode()
    assert as_(cast, "road_worker").post(f"/desk/{order.pk}/contact/").status_code == 404


def test_an_answer_needs_no_reason_where_no_signature_is_missing(cast: Cast) -> None:
    order = in_state(cast, "in_hand")
    WorkOrder.objects.filter(pk=order.pk).update(joint=[], signing=[])
    worker = as_(cast, "road_worker")
    page = worker.get(f"/desk/{order.pk}/").content.decode()
    assert 'name="why"' not in page
    answer = worker.post(f"/desk/{order.pk}/answer/", {"text": "已经修好，请看照片。"})
    assert answer.status_code == 302
    order.refresh_from_db()
    assert order.state == "answered"


def test_who_only_reads_is_promised_no_note(cast: Cast) -> None:
    order = in_state(cast, "in_hand")
    page = as_(cast, "auditor").get(f"/desk/{order.pk}/").content.decode()
    assert "您可以看进展。" in page and "写备注" not in page
