"""GeoReport v2 as we serve it: every field of the standard in both formats, errors in its words, keys, and what stays private."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from lxml import etree
from PIL import Image

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Forbidden, Invalid
from gongzhi.people import actions as people
from gongzhi.people.actor import Person, person_for
from gongzhi.people.models import Contact
from gongzhi.workorders.actions import partnering
from gongzhi.workorders.models import Counterpart, Peer, Question, WorkOrder
from gongzhi.workorders.open311 import speaking
from gongzhi.workorders.open311.partners import installation, key_digest
from gongzhi.workorders.tables import tree
from tests.cast import IN_GRID_1, WEDNESDAY, Cast
from tests.stage import bring, cast, neighbourhood, report_drain

__all__ = ["cast", "neighbourhood"]

TESTS = Actor.for_service("tests")
LATER = WEDNESDAY + timedelta(minutes=30)
WORDS = "路口的井盖松了，车一过就响，怕有人踩空。"
POSTED = {"lat": str(IN_GRID_1[1]), "long": str(IN_GRID_1[0]), "description": WORDS}
#: Field by field as the standard lists them.
REQUEST = [
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description", "agency_responsible",
    "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id", "zipcode",
    "lat", "long", "media_url",
]  # fmt: skip
SERVICE = ["service_code", "service_name", "description", "metadata", "type", "keywords", "group"]
ATTRIBUTE = ["variable", "code", "datatype", "required", "datatype_description", "order", "description"]


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[None]:
    with clock.stopped(LATER):
        yield


@pytest.fixture
def admin(cast: Cast) -> Person:
    """Somebody who may enter partners."""
    account = cast.accounts["leader"]
    people.give_post(
        account, "admin", division_id=cast.street.pk, starts_on=date(2026, 1, 1), by=TESTS, at=WEDNESDAY
    )
    return person_for(account)


@pytest.fixture
def peer(admin: Person) -> Peer:
    """A partner that only comes to us."""
    return partnering.add_peer("app", name="随手报小程序", by=admin, at=WEDNESDAY)


def key_for(peer: Peer, admin: Person, *scopes: str) -> str:
    """A key of a partner, good for thirty days."""
    expires = WEDNESDAY + timedelta(days=30)
    wanted = list(scopes or ("post", "own"))
    return partnering.issue_key(peer.pk, "测试", wanted, expires_at=expires, by=admin, at=WEDNESDAY)[1]


@pytest.fixture
def key(peer: Peer, admin: Person) -> str:
    return key_for(peer, admin)


def get(path: str, **said: str) -> Any:
    return Client().get(f"/open311/{path}", said)


def post(key: str, form: str = "json", headers: dict[str, str] | None = None, **said: Any) -> Any:
    told = {"api_key": key, "service_code": "010108", **POSTED, **said}
    return Client().post(
        f"/open311/v2/requests.{form}",
        {n: v for n, v in told.items() if v is not None},
        headers=headers or {},
    )


def fields(element: Any) -> list[str]:
    return [inner.tag for inner in element]


# ---- shapes


def test_the_discovery_says_where_and_in_which_formats(cast: Cast) -> None:
    told = get("discovery.json").json()
    assert list(told) == ["changeset", "contact", "key_service", "endpoints"]
    (endpoint,) = told["endpoints"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert (endpoint["url"], endpoint["formats"]) == (
        "http://testserver/open311/v2", ["text/xml", "application/json"],
    )  # fmt: skip
    top = etree.fromstring(get("discovery.xml").content)
    assert (top.tag, fields(top)) == ("discovery", list(told))
    assert top.findtext("endpoints/endpoint/url") == endpoint["url"]
    assert [f.text for f in top.findall("endpoints/endpoint/formats/format")] == endpoint["formats"]
    assert speaking.moment_of(told["changeset"])


def test_services_have_every_field_in_both_formats(cast: Cast) -> None:
    answer = get("v2/services.json")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    told = answer.json()
    assert len(told) > 20 and all(list(one) == SERVICE for one in told)
    well = next(one for one in told if one["service_code"] == "010108")
    assert (well["type"], well["group"]) == ("realtime", "城乡建设") and "," in well["keywords"]
    answer = get("v2/services.xml")
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    top = etree.fromstring(answer.content)
    assert (top.tag, {one.tag for one in top}) == ("services", {"service"})
    plain = [{name: one.findtext(name) or None for name in SERVICE} for one in top]
    assert plain == [
        {n: str(v).lower() if isinstance(v, bool) else v or None for n, v in one.items()} for one in told
    ]


def test_questions_become_attributes_of_the_right_type(cast: Cast) -> None:
    topic = tree().by_code["010108"]
    for place, (code, kind, more) in enumerate(
        [
            ("KIND", "choice", {"choices": ["缺失", "松动"], "required": True}),
            ("COUNT", "number", {"unit": "个", "least": 1, "most": 9}),
            ("HURT", "yes_no", {}),
            ("MORE", "text", {}),
        ]
    ):
        Question.objects.create(
            category_id=topic.id, code=code, text=f"问{code}", kind=kind, place=place, starts_on=date(2026, 1, 1), **more
        )  # fmt: skip
    from gongzhi.kit.revision import forget

    forget()
    told = get("v2/services/010108.json").json()
    assert list(told) == ["service_code", "attributes"] and told["service_code"] == "010108"
    asked = [one for one in told["attributes"] if one["variable"]]
    assert [(one["code"], one["datatype"], one["required"]) for one in asked] == [
        ("KIND", "singlevaluelist", True), ("COUNT", "number", False), ("HURT", "singlevaluelist", False),
        ("MORE", "text", False),
    ]  # fmt: skip
    assert asked[0]["values"] == [{"key": "缺失", "name": "缺失"}, {"key": "松动", "name": "松动"}]
    assert [one["key"] for one in asked[2]["values"]] == ["yes", "no"]
    assert asked[1]["datatype_description"] == "1–9 个"
    orders = [one["order"] for one in told["attributes"]]
    assert orders == list(range(1, len(orders) + 1))
    assert all(list(one)[:7] == ATTRIBUTE for one in told["attributes"])
    top = etree.fromstring(get("v2/services/010108.xml").content)
    assert (top.tag, fields(top)) == ("service_definition", ["service_code", "attributes"])
    first = next(one for one in top.find("attributes") if one.findtext("code") == "KIND")
    assert (first.tag, fields(first)) == ("attribute", [*ATTRIBUTE, "values"])
    assert [(v.tag, v.findtext("key")) for v in first.find("values")] == [
        ("value", "缺失"),
        ("value", "松动"),
    ]
    listed = {one["service_code"]: one["metadata"] for one in get("v2/services.json").json()}
    assert listed["010108"] is True


def test_answers_are_asked_for_and_kept(cast: Cast, key: str) -> None:
    topic = tree().by_code["010108"]
    Question.objects.create(
        category_id=topic.id, code="KIND", text="怎么了", kind="choice", choices=["缺失", "松动"], required=True,
        starts_on=date(2026, 1, 1),
    )  # fmt: skip
    from gongzhi.kit.revision import forget

    forget()
    missing = post(key)
    told = "请回答“怎么了”，选一项：缺失、松动。（attribute[KIND]）"
    assert (missing.status_code, missing.json()) == (400, [{"code": 400, "description": told}])
    assert post(key, **{"attribute[KIND]": "丢了"}).status_code == 400
    assert post(key, **{"attribute[OTHER]": "1"}).status_code == 400
    assert post(key, **{"attribute[KIND][]": ["缺失", "松动"]}).status_code == 400
    good = post(key, **{"attribute[KIND][]": ["松动"]})
    assert good.status_code == 200, good.content
    order = WorkOrder.objects.get()
    assert list(order.answers.values()) == ["松动"]


def test_an_emergency_is_refused_with_the_number_to_call_and_the_way_on(cast: Cast, key: str) -> None:
    refused = post(key, description="三楼着火了，有浓烟，快来人。")
    told = refused.json()
    assert refused.status_code == 400
    assert "119" in told[0]["description"] and "emergency_acknowledged=true" in told[1]["description"]
    assert (
        post(key, description="三楼着火了，有浓烟，快来人。", emergency_acknowledged="true").status_code
        == 200
    )


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_posted_request_is_an_ordinary_order(cast: Cast, key: str, peer: Peer, form: str) -> None:
    answer = post(
        key, form, first_name="明", last_name="王", phone="19900000109", email="wang@example.org", account_id="77",
        device_id="x", media_url="https://pictures.example.org/1.jpg", address_string="海棠苑门口",
    )  # fmt: skip
    assert answer.status_code == 200, answer.content
    order = WorkOrder.objects.get()
    if form == "json":
        (told,) = answer.json()
    else:
        top = etree.fromstring(answer.content)
        assert (top.tag, top[0].tag) == ("service_requests", "request")
        told = {one.tag: one.text for one in top[0]}
    assert list(told) == ["service_request_id", "service_notice", "account_id"]
    assert (told["service_request_id"], told["account_id"]) == (order.number, "77")
    assert "查询码" in told["service_notice"]
    assert (order.channel, order.source, order.reporter_id) == ("open311", "open311:app", None)
    assert (order.category_id, order.grid_id) == (tree().by_code["010108"].id, cast.grid_1.pk)
    row = Counterpart.objects.get(order=order)
    assert (row.peer_id, row.way, row.told) == (
        peer.pk, "in", {"media_url": "https://pictures.example.org/1.jpg"},
    )  # fmt: skip
    assert row.fetch_at is None, "nobody allowed this host"
    assert not Contact.objects.exists(), "the interface itself cannot read whom it took in"


def test_the_partner_reads_its_own_in_full_and_everybody_the_public_card(cast: Cast, key: str) -> None:
    number = post(key, address_string="海棠苑 3 栋 502").json()[0]["service_request_id"]
    (mine,) = get(f"v2/requests/{number}.json", api_key=key).json()
    assert list(mine) == REQUEST
    assert (mine["description"], mine["lat"], mine["long"], mine["address"]) == (
        WORDS, IN_GRID_1[1], IN_GRID_1[0], "海棠苑 3 栋 502",
    )  # fmt: skip
    assert (mine["status"], mine["service_code"]) == ("open", "010108")
    assert mine["requested_datetime"] == "2026-11-18T02:30:00Z"
    assert mine["expected_datetime"] > mine["requested_datetime"]
    (public,) = get(f"v2/requests/{number}.json").json()
    assert list(public) == REQUEST
    assert WORDS not in json.dumps(public, ensure_ascii=False) and "502" not in json.dumps(public)
    assert (public["lat"], public["long"]) == pytest.approx((22.205, 113.505))
    assert public["agency_responsible"] == mine["agency_responsible"]
    top = etree.fromstring(get(f"v2/requests/{number}.xml", api_key=key).content)
    assert (top.tag, top[0].tag, fields(top[0])) == ("service_requests", "request", REQUEST)
    assert {one.tag: one.text for one in top[0]} == {
        name: None if value is None else str(value) for name, value in mine.items()
    }


def test_what_is_private_or_over_is_nowhere_to_be_seen(cast: Cast) -> None:
    private = report_drain(cast, private=True).order
    shown_ = report_drain(cast, description="另一处下水道堵了，请来疏通。").order
    declined = bring(cast, "declined")
    listed = [one["service_request_id"] for one in get("v2/requests.json").json()]
    assert listed == [shown_.number]
    for order in (private, declined):
        assert get(f"v2/requests/{order.number}.json").status_code == 404
    assert get("v2/requests.json", service_request_id=f"{private.number},{shown_.number}").json()[0][
        "service_request_id"
    ] == (shown_.number)


def test_a_partner_with_a_duty_reads_all_that_is_public_in_full(
    cast: Cast, peer: Peer, admin: Person
) -> None:
    full = key_for(peer, admin, "full")
    order = report_drain(cast).order
    report_drain(cast, private=True, description="这件不要公开，请保密。")
    (told,) = get("v2/requests.json", api_key=full).json()
    assert (told["service_request_id"], told["description"]) == (order.number, order.description)
    assert "王先生" not in json.dumps(told, ensure_ascii=False) and "19900000101" not in json.dumps(told)
    (told,) = get("v2/requests.json", api_key=full, extensions="true").json()
    assert told["via"] == f"{installation()}:{order.number}"


def test_status_and_notes_follow_the_order(cast: Cast, key: str) -> None:
    released, closed = bring(cast, "released"), bring(cast, "closed", description="第二处下水道堵了，很臭。")
    told = {one["service_request_id"]: one for one in get("v2/requests.json").json()}
    assert (told[released.number]["status"], told[closed.number]["status"]) == ("open", "closed")
    assert told[closed.number]["updated_datetime"] == speaking.w3(closed.closed_at)
    assert [one["status"] for one in get("v2/requests.json", status="closed").json()] == ["closed"]
    assert len(get("v2/requests.json", status="open,closed").json()) == 2
    WorkOrder.objects.filter(pk=released.pk).update(source="open311:app", channel="open311")
    (mine,) = get("v2/requests.json", api_key=key).json()
    assert mine["status_notes"] == "已疏通管道并冲洗路面。"


# ---- lists


def test_a_list_is_narrowed_by_service_time_and_number(cast: Cast) -> None:
    old = report_drain(cast, at=WEDNESDAY - timedelta(days=100)).order
    new = report_drain(cast).order
    code = new.category.code
    assert [one["service_request_id"] for one in get("v2/requests.json").json()] == [new.number]
    both = get("v2/requests.json", service_request_id=f"{old.number},{new.number}", status="nonsense").json()
    assert [one["service_request_id"] for one in both] == [old.number, new.number], (
        "numbers override all else"
    )
    assert len(get("v2/requests.json", service_code=f"{code},020101").json()) == 1
    assert get("v2/requests.json", service_code="020101").json() == []
    span = {"start_date": "2026-08-01T00:00:00Z", "end_date": "2026-08-20T00:00:00+08:00"}
    assert [one["service_request_id"] for one in get("v2/requests.json", **span).json()] == [old.number]
    assert [
        one["service_request_id"] for one in get("v2/requests.json", start_date=span["start_date"]).json()
    ] == [old.number], "ninety days from there"


def test_a_list_is_walked_page_by_page_and_by_its_cursor(cast: Cast) -> None:
    numbers = [
        report_drain(
            cast, at=WEDNESDAY + timedelta(seconds=n // 2), description=f"第{n}处下水道堵了。"
        ).order.number
        for n in range(7)
    ]
    pages = [get("v2/requests.json", page=str(n), page_size="3").json() for n in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert [one["service_request_id"] for page in pages for one in page] == numbers[::-1]
    answer, walked = get("v2/requests.json", page_size="2"), []
    while True:
        walked += [one["service_request_id"] for one in answer.json()]
        if "Link" not in answer.headers:
            break
        address = answer.headers["Link"].split(">")[0].strip("<")
        answer = Client().get(address.removeprefix("http://testserver"))
    assert walked == numbers[::-1]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"start_date": "yesterday"}, 400),
        ({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-11-01T00:00:00Z"}, 400),
        ({"start_date": "2026-11-02T00:00:00Z", "end_date": "2026-11-01T00:00:00Z"}, 400),
        ({"status": "lost"}, 400),
        ({"page_size": "0"}, 400),
        ({"page_size": "1001"}, 400),
        ({"page": "９"}, 400),
        ({"cursor": "!!"}, 400),
        ({"service_code": "999999"}, 404),
        ({"jurisdiction_id": "elsewhere.example"}, 404),
        ({"api_key": "gzo_wrong_wrong_wrong_wrong"}, 403),
    ],
)
@pytest.mark.parametrize("form", ["json", "xml"])
def test_refusals_are_told_in_the_words_of_the_standard(
    cast: Cast, form: str, said: dict[str, str], status: int
) -> None:
    answer = get(f"v2/requests.{form}", **said)
    assert answer.status_code == status, answer.content
    if form == "json":
        told = answer.json()
        assert [list(one) for one in told] == [["code", "description"]]
        assert told[0]["code"] == status and told[0]["description"]
    else:
        top = etree.fromstring(answer.content)
        assert (top.tag, top[0].tag, fields(top[0])) == ("errors", "error", ["code", "description"])
        assert top.findtext("error/code") == str(status)


def test_a_street_is_a_jurisdiction_and_so_is_the_host(cast: Cast) -> None:
    report_drain(cast)
    for name in (cast.street.code, "testserver", ""):
        assert len(get("v2/requests.json", jurisdiction_id=name).json()) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("v2/services/999.json", 404),
        ("v2/requests/W1.json", 404),
        ("v2/tokens/nothing-here.json", 404),
        ("v2/services.yaml", 404),
    ],
)
def test_what_does_not_exist_is_404(cast: Cast, path: str, status: int) -> None:
    answer = get(path)
    assert answer.status_code == status
    if path.endswith("json"):
        assert answer.json()[0]["code"] == status


# ---- filing


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"service_code": None}, 400),
        ({"service_code": "nothing"}, 404),
        ({"lat": None}, 400),
        ({"lat": None, "long": None}, 400),
        ({"lat": "north"}, 400),
        ({"lat": "95"}, 400),
        ({"lat": "nan"}, 400),
        ({"lat": None, "long": None, "address_id": "nowhere"}, 404),
        ({"description": "长" * 4001}, 400),
        ({"phone": "12"}, 400),
        ({"email": "nobody"}, 400),
        ({"jurisdiction_id": "elsewhere"}, 404),
        ({"api_key": None}, 403),
        ({"api_key": "gzo_wrong_wrong_wrong_wrong"}, 403),
        ({"description": "我家着火了，快来人啊！"}, 400),
    ],
)
def test_a_bad_request_is_refused_and_leaves_nothing(
    cast: Cast, key: str, said: dict[str, Any], status: int
) -> None:
    answer = post(key, **said)
    assert answer.status_code == status, answer.content
    assert all(set(one) == {"code", "description"} for one in answer.json())
    assert not WorkOrder.objects.exists() and not Counterpart.objects.exists()


def test_places_may_be_an_address_or_the_code_of_a_grid_and_words_may_be_missing(
    cast: Cast, key: str
) -> None:
    nowhere = {"lat": None, "long": None}
    assert post(key, **nowhere, address_string="听涛小学门口").status_code == 200
    assert post(key, **nowhere, address_id=cast.grid_2.code, description=None).status_code == 200
    by_address, by_grid = WorkOrder.objects.order_by("pk")
    assert (by_address.grid_id, by_grid.grid_id) == (cast.grid_3.pk, cast.grid_2.pk)
    assert tree().by_code["010108"].name in by_grid.description


def test_the_same_key_makes_one_order_and_is_a_token(cast: Cast, key: str) -> None:
    once = {"Idempotency-Key": "b3c1-one-and-only"}
    numbers = {post(key, headers=once).json()[0]["service_request_id"] for _time in range(3)}
    assert WorkOrder.objects.count() == 1 and len(numbers) == 1
    assert get("v2/tokens/b3c1-one-and-only.json").json() == [
        {"service_request_id": numbers.pop(), "token": "b3c1-one-and-only"}
    ]
    other = post(key, headers=once, description="完全是另一件事，路灯不亮。")
    assert (other.status_code, other.json()[0]["code"]) == (400, 409)


def test_a_photograph_may_come_with_it_and_only_its_partner_sees_it(
    cast: Cast, key: str, peer: Peer, admin: Person
) -> None:
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(file, "PNG")
    file.seek(0)
    file.name = "hole.png"
    number = post(key, media=file).json()[0]["service_request_id"]
    (mine,) = get(f"v2/requests/{number}.json", api_key=key).json()
    path = mine["media_url"].removeprefix("http://testserver")
    answer = Client().get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(answer.content)).size == (60, 40)
    assert get(f"v2/requests/{number}.json").json()[0]["media_url"] is None
    full = key_for(peer, admin, "full")
    assert get(f"v2/requests/{number}.json", api_key=full).json()[0]["media_url"], "its own, by another key"
    assert Client().get(path[:-8] + "0000.jpg").status_code == 404
    for row in peer.keys.all():
        partnering.revoke_key(row.pk, by=admin, at=LATER)
    assert Client().get(path).status_code == 404
    assert post(key, media=io.BytesIO(b"no picture")).status_code == 403, "and the key files nothing any more"


def test_only_a_key_for_it_brings_past_requests(cast: Cast, key: str, peer: Peer, admin: Person) -> None:
    past = {
        "requested_datetime": "2019-05-01T08:00:00-04:00", "updated_datetime": "2019-05-03T12:00:00Z", "status": "closed",
        "expected_datetime": "2019-05-10T00:00:00Z", "status_notes": "已修好。", "agency_responsible": "Transportation",
        "zipcode": "21212", "address_id": "A-7",
    }  # fmt: skip
    assert post(key, **past).status_code == 200
    assert WorkOrder.objects.get().history is False, "an ordinary key cannot write the past"
    archive = key_for(peer, admin, "post", "own", "past")
    number = post(archive, **past).json()[0]["service_request_id"]
    (told,) = get(f"v2/requests/{number}.json", api_key=archive).json()
    assert {name: told[name] for name in past} == past | {"requested_datetime": "2019-05-01T12:00:00Z"}
    order = WorkOrder.objects.get(number=number)
    assert (order.history, order.open, order.opened_at.year) == (True, False, 2019)


# ---- keys


def test_keys_are_digests_end_and_do_only_what_they_are_for(cast: Cast, peer: Peer, admin: Person) -> None:
    row, secret = partnering.issue_key(
        peer.pk, "小程序", ["own"], expires_at=LATER + timedelta(days=1), by=admin, at=LATER
    )
    assert bytes(row.digest) == key_digest(secret) and secret not in str(vars(row))
    assert secret.startswith(row.hint) and len(row.hint) < 10
    assert post(secret).status_code == 403, "it may not file"
    assert get("v2/requests.json", api_key=secret).status_code == 200
    good = key_for(peer, admin)
    partnering.switch(peer.pk, on=False, by=admin, at=LATER)
    assert post(good).status_code == 403, "a partner that is switched off files nothing"
    with pytest.raises(Conflict):
        partnering.switch(peer.pk, on=False, by=admin, at=LATER)
    partnering.switch(peer.pk, on=True, by=admin, at=LATER)
    assert post(good).status_code == 200
    for scopes, days in (([], 1), (["everything"], 1), (["post"], 800), (["post"], -1)):
        with pytest.raises(Invalid):
            partnering.issue_key(
                peer.pk, "x", scopes, expires_at=LATER + timedelta(days=days), by=admin, at=LATER
            )
    with clock.stopped(LATER + timedelta(days=2)):
        assert get("v2/requests.json", api_key=secret).status_code == 403


def test_wrong_keys_are_slowed_down(cast: Cast) -> None:
    codes = [get("v2/requests.json", api_key=f"gzo_wrong_wrong_wrong_{n}").status_code for n in range(22)]
    assert codes[0] == 403 and codes[-1] == 429


def test_only_administrators_enter_partners(cast: Cast, peer: Peer) -> None:
    for name in ("clerk", "leader", "auditor", "road_head", "resident"):
        person = cast.person(name) if name != "leader" else cast.person("checker")
        with pytest.raises(Forbidden):
            partnering.add_peer("other", name="别的", by=person, at=LATER)
        with pytest.raises(Forbidden):
            partnering.issue_key(
                peer.pk, "x", ["post"], expires_at=LATER + timedelta(days=1), by=person, at=LATER
            )


def test_what_has_been_here_is_not_taken_again(cast: Cast, key: str) -> None:
    order = report_drain(cast).order
    answer = post(key, via=f"0123456789abcdef:W7,{installation()}:{order.number}")
    assert answer.status_code == 400 and order.number in answer.json()[0]["description"]
    assert WorkOrder.objects.count() == 1
    assert post(key, via="0123456789abcdef:W7").status_code == 200
    assert Counterpart.objects.get().via == ["0123456789abcdef:W7"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1994-11-05T08:15:30-05:00", "1994-11-05T13:15:30Z"),
        ("1994-11-05T13:15:30Z", "1994-11-05T13:15:30Z"),
        ("2010-05-24T00:00:00 08:00", "2010-05-23T16:00:00Z"),
        ("2026-06-01", "2026-05-31T16:00:00Z"),
        ("2026-06-01T08:00:00", "2026-06-01T00:00:00Z"),
    ],
)
def test_moments_are_read_as_clients_write_them(text: str, moment: str) -> None:
    assert speaking.w3(speaking.moment_of(text)) == moment


def test_xml_with_a_document_type_is_refused() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "x">]><errors><error><code>&b;</code></error></errors>'
    with pytest.raises(speaking.Unreadable):
        speaking.read(bomb, "xml")
    assert speaking.read(b"<errors><error><code>1</code><description/></error></errors>", "xml") == [
        {"code": "1", "description": None}
    ]
