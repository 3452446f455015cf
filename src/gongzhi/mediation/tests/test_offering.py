"""A topic and a story leave a case, and nothing of the case leaves with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import transaction
from django.test import Client

from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.kit.errors import Conflict, Forbidden, Invalid, NotFound
from gongzhi.matters import queries as spine
from gongzhi.matters.actions import offering as taking
from gongzhi.matters.models import Offer
from gongzhi.matters.policies import OFFERS
from gongzhi.mediation.actions import forgetting, offering
from gongzhi.mediation.actions.offering import Release
from gongzhi.mediation.models import Case, Check, Offered
from gongzhi.mediation.queries.telltales import often
from gongzhi.mediation.tests.scene import Room
from gongzhi.mediation.tests.test_sealed import MARKS, client_of, marks_in, planted
from gongzhi.mediation.tests.test_way import mediating, signed
from tests.cast import WEDNESDAY

pytestmark = pytest.mark.django_db(transaction=True)

STORY = (
    "两家人为练琴的声音起了争执。调解员先分别听两家说，弄清楚难处在作息不一样，再请两家坐到一起。"
    "两家约定了练琴的钟点，又在地上铺了垫子，费用一家一半。后来两家还常常互相照应，再没有为这件事红过脸。"
    "这样的事不必争个输赢，把时间说定就好。"
)
WHOLE = Release(checks=Check.values, ground="consent", consents=(1, 2), consented_on=WEDNESDAY.date())


def settled(room: Room) -> Case:
    case = mediating(room)
    signed(room, case)
    return case


def story(room: Room, case: Case, text: str = STORY) -> Offered:
    with acting(room.macao_mediator):
        return offering.write_story(
            case.pk, title="练琴的钟点", text=text, by=room.macao_mediator, at=clock.now()
        )


def release(room: Room, case: Case, row: Offered, said: Release = WHOLE, *, name: str = "clerk") -> Offered:
    by = getattr(room, name)
    with acting(by), transaction.atomic():
        return offering.release_story(case.pk, said, offered_id=row.pk, by=by, at=clock.now())


def test_a_story_is_read_by_a_second_person_and_then_by_everybody(room: Room) -> None:
    case = settled(room)
    row = story(room, case)
    assert Client().get("/stories/").content.decode().count("练琴的钟点") == 0, "a draft is the team's"
    with pytest.raises(Conflict, match="写的人不能自己核"):
        release(room, case, row, name="macao_mediator")
    with pytest.raises(Invalid):
        release(
            room,
            case,
            row,
            Release(checks=["names"], ground="consent", consents=(1, 2), consented_on=WEDNESDAY.date()),
        )
    with pytest.raises(Invalid):
        release(
            room,
            case,
            row,
            Release(checks=Check.values, ground="consent", consents=(1,), consented_on=WEDNESDAY.date()),
        )
    with pytest.raises(Invalid):
        release(room, case, row, Release(checks=Check.values, ground="rule"))
    done = release(room, case, row)
    assert done.offer is not None
    address = f"/stories/{done.offer.key}/"
    shown = Client().get(address).content.decode()
    assert "费用一家一半" in shown and "练琴的钟点" in Client().get("/stories/").content.decode()
    assert case.matter.number not in shown and "data-print" in shown
    # a party sees that it is there, and has it taken back
    page = client_of(room, "resident").get(f"/cases/{case.pk}/offers/").content.decode()
    assert "练琴的钟点" in page and address in page
    sent = {"act": "withdraw_story", "offered_id": row.pk}
    assert client_of(room, "resident").post(f"/cases/{case.pk}/offers/", sent).status_code == 302
    assert Client().get(address).status_code == 404
    gone = Offer.objects.get(pk=done.offer.pk)
    assert (gone.state, gone.title, gone.text) == ("withdrawn", "", "")


def test_whatever_was_planted_in_the_case_fires_the_warning(room: Room) -> None:
    """Each mark, typed into the story by the writer, is found; the story without them is not held up (the control)."""
    case = planted(room)
    with acting(room.clerk), transaction.atomic():
        for place, mark in MARKS.items():
            found = offering.hits(Case.objects.get(pk=case.pk), "题目", f"{STORY}后来{mark}。")
            assert found, (place, mark)
        assert offering.hits(Case.objects.get(pk=case.pk), "题目", STORY) == []
        pieces = (MARKS["name"][:2], MARKS["phone"][-5:], MARKS["file"][:4])
        for piece in pieces:
            found = offering.hits(Case.objects.get(pk=case.pk), f"关于{piece}", STORY)
            assert found and not any(hit.whole for hit in found if hit.kind != "file"), piece
    for mark in (MARKS["name"], MARKS["phone"], MARKS["subject"]):
        with pytest.raises(Invalid) as told, acting(room.clerk), transaction.atomic():
            offering.offer_topic(
                case.pk, title="琴声", text=f"常有人为琴声争执。{mark}", by=room.clerk, at=clock.now()
            )
        assert told.value.code == "tells"
    piece = f"常有人为琴声争执，{MARKS['name'][:2]}也是。"
    with pytest.raises(Invalid) as told, acting(room.clerk), transaction.atomic():
        offering.offer_topic(case.pk, title="琴声", text=piece, by=room.clerk, at=clock.now())
    assert told.value.code == "may_tell"
    with acting(room.clerk), transaction.atomic():
        row = offering.offer_topic(
            case.pk, title="琴声", text=piece, explained="这是一个常用的姓。", by=room.clerk, at=clock.now()
        )
    assert row.offer is not None
    body = client_of(room, "clerk").post(
        f"/cases/{case.pk}/offers/",
        {"act": "offer_topic", "title": "琴声", "text": f"是{MARKS['name']}的事情，很常见。"},
    )
    assert body.status_code == 422 and "姓名" in body.content.decode()


def test_nothing_planted_is_where_others_read(
    room: Room, administrator_connection: Any, raw_as: Callable[..., Any]
) -> None:
    case = planted(room)
    with acting(room.clerk):
        topic = offering.offer_topic(
            case.pk,
            title="练琴的时间怎样定",
            text="楼上楼下为琴声争执的不少，可以一起定个时间。",
            by=room.clerk,
            at=clock.now(),
        )
    signed(room, case)
    row = release(room, case, story(room, case))
    assert topic.offer is not None and row.offer is not None
    shared = administrator_connection.execute("SELECT t::text FROM matters_offer t").fetchall()
    assert len(shared) == 2, "the control: both are in the shared table"
    text = "".join(one[0] for one in shared)
    assert marks_in(text) == set() and case.matter.number not in text
    columns = {field.name for field in Offer._meta.fields}
    assert "case" not in columns and row.offer.matter_id is None, "no key leads back"
    for name in ("leader", "auditor", "centre_clerk", "macao_resident", "mediator", "other_mediator"):
        client = client_of(room, name)
        for address in ("/stories/", f"/stories/{row.offer.key}/", "/offers/", f"/offers/{topic.offer.pk}/"):
            answer = client.get(address)
            assert answer.status_code < 500 and marks_in(answer.content.decode()) == set(), (name, address)
        assert client.get(f"/cases/{case.pk}/offers/").status_code == 404, name
        who = raw_as(getattr(room, name).account_id)
        assert who.execute("SELECT count(*) FROM mediation_offered").fetchone() == (0,), name
    assert raw_as(room.clerk.account_id).execute("SELECT count(*) FROM mediation_offered").fetchone() == (2,)
    assert raw_as(room.neighbour.account_id).execute("SELECT kind FROM mediation_offered").fetchall() == [
        ("story",)
    ]
    with pytest.raises(psycopg.errors.Error):
        raw_as(room.leader.account_id).execute(
            "INSERT INTO mediation_offered (case_id, kind, title, text, explained, checks, ground, ground_note, consents,"
            " written_by_id, written_at, at) VALUES (%s, 'topic', 'x', 'x', '', '{}', '', '', '{}', %s, now(), now())",
            [case.pk, room.leader.account_id],
        )


def test_a_topic_says_the_community_and_no_small_number(room: Room) -> None:
    case = mediating(room)
    with acting(room.clerk), transaction.atomic():
        assert often(case, today=clock.today()) == "", "one is not told"
    room.applied()
    with acting(room.clerk), transaction.atomic():
        assert often(case, today=clock.today()) == "", (
            "two are not told either: fewer than five could be counted out"
        )
    for _n in range(3):
        room.applied()
    with acting(room.clerk):
        row = offering.offer_topic(
            case.pk,
            title="练琴的时间",
            text="为琴声争执的不少，可以一起定个时间。",
            by=room.clerk,
            at=clock.now(),
        )
    assert row.offer is not None
    assert row.offer.often == "five" and row.offer.division == room.cast.haitang
    assert row.offer.about == "邻里纠纷" and row.offer.body_id == room.committee.pk


#: Who opens the list of topics, and who takes one up.
GRID = {"leader": (200, 302), "centre_clerk": (200, 302), "clerk": (200, 403), "macao_mediator": (200, 403), "auditor": (200, 403),
        "resident": (403, 403), "grid_worker": (403, 403)}  # fmt: skip


def test_a_topic_without_a_room_is_taken_up_by_a_person_of_the_area(room: Room) -> None:
    case = mediating(room)
    found = {}
    for name in GRID:
        with acting(room.clerk):
            row = offering.offer_topic(
                case.pk,
                title="练琴的时间",
                text="为琴声争执的不少，可以一起定个时间。",
                by=room.clerk,
                at=clock.now(),
            )
        assert row.offer is not None
        client, address = client_of(room, name), f"/offers/{row.offer.pk}/"
        found[name] = (
            client.get("/offers/").status_code,
            client.post(address, {"act": "take", "text": "下月议事会上谈。"}).status_code,
        )
        with acting(getattr(room, name)), transaction.atomic():
            actor = getattr(room, name)
            seen = set(OFFERS.which(actor, "see", Offer.objects.all()).values_list("pk", flat=True))
            assert seen == {one.pk for one in Offer.objects.all() if OFFERS.may(actor, "see", one)}
    assert found == GRID
    taken = Offer.objects.filter(state="taken").first()
    assert taken is not None and taken.answered_by_id and taken.answered_at
    leader = client_of(room, "leader")
    assert leader.post(f"/offers/{taken.pk}/", {"act": "take", "text": "再接一次"}).status_code == 409
    assert (
        leader.post(f"/offers/{taken.pk}/", {"act": "note", "text": "定了公约，早八晚九。"}).status_code
        == 302
    )
    assert "早八晚九" in leader.get(f"/offers/{taken.pk}/").content.decode()
    waiting = Offer.objects.filter(state="waiting").first()
    assert waiting is not None
    assert leader.post(f"/offers/{waiting.pk}/", {"act": "decline", "text": ""}).status_code == 422
    assert leader.post(f"/offers/{waiting.pk}/", {"act": "decline", "text": "已有公约。"}).status_code == 302
    assert Client().get("/offers/").status_code == 302
    with acting(room.leader), transaction.atomic(), pytest.raises(NotFound):
        spine.get_topic(10**9, by=room.leader)
    other = Offer.objects.filter(state="waiting").first()
    assert other is not None
    with acting(room.resident), transaction.atomic(), pytest.raises(Forbidden):
        taking.take_up(other.pk, text="我来", by=room.resident, at=clock.now())


def test_when_a_case_is_forgotten_its_drafts_go_and_the_story_stays(room: Room) -> None:
    case = settled(room)
    done = release(room, case, story(room, case))
    draft = story(room, case)
    with acting(room.clerk), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(state="filed", open=False)
        Case.objects.get(pk=case.pk).matter.__class__.objects.filter(pk=case.pk).update(state="filed")
        forgetting.forget(case.pk, reason="当事人要求", by=room.clerk, at=clock.now() + timedelta(hours=1))
        assert [(one.title, one.text) for one in Offered.objects.filter(pk__in=[done.pk, draft.pk])] == [
            ("", "")
        ] * 2
    assert (
        done.offer is not None
        and "费用一家一半" in Client().get(f"/stories/{done.offer.key}/").content.decode()
    )
