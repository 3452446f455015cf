"""A group chat pasted at the desk: split, joined, dropped, taken in by one act, each card once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Forbidden
from gongzhi.people.queries import contact_of
from gongzhi.workorders.actions import pasting
from gongzhi.workorders.actions.pasting import CardRefused, Pasted
from gongzhi.workorders.models import WorkOrder
from tests.cast import WEDNESDAY, Cast
from tests.stage import cast, neighbourhood

__all__ = ["cast", "neighbourhood"]

CHAT = """陈姐 08:12
早上好
陈姐 08:13
海棠苑门口的下水道又堵了，污水漫到路上
老李 08:15
我们这边也是
老李 08:20
听涛小学门口的路灯不亮了
物业小王 08:21
收到
"""


@pytest.fixture(autouse=True)
def wednesday() -> Iterator[None]:
    with clock.stopped(WEDNESDAY):
        yield


def as_(cast: Cast, name: str) -> Client:
    client = Client()
    if name:
        client.force_login(cast.accounts[name])
    return client


def fields(page: str) -> dict[str, Any]:
    """What the page of cards would send back."""
    said: dict[str, Any] = {"card": re.findall(r'name="card" value="([^"]+)"', page)}
    said["paste"] = re.findall(r'name="paste" value="([^"]+)"', page)[0]
    for name, words in re.findall(r'<textarea[^>]* name="(words-[^"]+)"[^>]*>([^<]*)</textarea>', page):
        said[name] = words
    for name, value in re.findall(r'name="((?:clock|echoes|place|name)-[^"]+)" value="([^"]*)"', page):
        said[name] = value
    return said


def test_a_chat_is_split_confirmed_and_taken_in_once(cast: Cast) -> None:
    clerk = as_(cast, "clerk")
    page = clerk.post("/desk/paste/", {"act": "split", "text": CHAT}).content.decode()
    said = fields(page)
    assert said["card"] == ["c00", "c01"] and "另有 1 人也是" in page and "第一网格" in page
    assert not WorkOrder.objects.exists()
    answer = clerk.post("/desk/paste/", said | {"act": "take"})
    assert answer.status_code == 302
    first, second = WorkOrder.objects.order_by("pk")
    assert (first.channel, second.channel, first.grid_id, second.grid_id) == (
        "chat", "chat", cast.grid_1.pk, cast.grid_3.pk,
    )  # fmt: skip
    assert "群里另有 1 人" in first.description and "陈姐" not in first.description + first.title
    with acting(Actor.for_service("news")):
        from django.db import transaction

        with transaction.atomic():
            contact = contact_of(first.pk)
            assert contact is not None and contact.name == "陈姐"
    assert clerk.post("/desk/paste/", said | {"act": "take"}).status_code == 302
    assert WorkOrder.objects.count() == 2
    done = clerk.get(answer["Location"]).content.decode()
    assert first.number in done and second.number in done
    assert first.number not in as_(cast, "other_clerk").get(answer["Location"]).content.decode()
    changed = said | {"act": "take", "words-c00": "完全是另一件事，垃圾没人收。"}
    assert clerk.post("/desk/paste/", changed).status_code == 409


def test_cards_are_split_joined_and_dropped_on_the_page(cast: Cast) -> None:
    clerk = as_(cast, "clerk")
    said = fields(clerk.post("/desk/paste/", {"act": "split", "text": CHAT}).content.decode())
    said["words-c00"] = "下水道堵了\n---\n垃圾没人收，味道很大"
    said = fields(clerk.post("/desk/paste/", said | {"act": "update"}).content.decode())
    assert said["card"] == ["c00", "c00-1", "c01"] and said["words-c00-1"] == "垃圾没人收，味道很大"
    said = fields(clerk.post("/desk/paste/", said | {"act": "update", "join-c00-1": "1"}).content.decode())
    assert said["card"] == ["c00", "c01"] and said["words-c00"] == "下水道堵了\n垃圾没人收，味道很大"
    said = fields(clerk.post("/desk/paste/", said | {"act": "update", "drop-c01": "1"}).content.decode())
    assert said["card"] == ["c00"]
    assert not WorkOrder.objects.exists()


def test_one_wrong_card_holds_all_back_and_says_which(cast: Cast) -> None:
    cards = [Pasted("c00", "海棠苑的路灯不亮了"), Pasted("c01", "坏")]
    with pytest.raises(CardRefused) as refusal:
        pasting.take_pasted("p" * 20, cards, by=cast.clerk, at=WEDNESDAY)
    assert refusal.value.key == "c01" and not WorkOrder.objects.exists()
    said = {
        "act": "take",
        "paste": "p" * 20,
        "card": ["c00", "c01"],
        "words-c00": "海棠苑的路灯不亮了",
        "words-c01": "坏",
    }
    answer = as_(cast, "clerk").post("/desk/paste/", said)
    assert answer.status_code == 400 and "请再写几个字" in answer.content.decode()
    assert "海棠苑的路灯不亮了" in answer.content.decode()


@pytest.mark.parametrize(
    "sent",
    [
        {"act": "split", "text": "早上好\n收到"}, {"act": "split", "text": ""}, {"act": "take"},
        {"act": "take", "paste": "../", "card": "c00", "words-c00": "路灯不亮了"}, {"act": "split", "text": "长" * 30_001},
        {"act": "take", "paste": "p" * 20, "card": ["x", "c99999"], "words-x": "路灯不亮了"},
    ],
)  # fmt: skip
def test_nothing_to_take_in_is_said_in_words(cast: Cast, sent: dict[str, Any]) -> None:
    assert as_(cast, "clerk").post("/desk/paste/", sent).status_code == 400
    assert not WorkOrder.objects.exists()


def test_who_may_paste(cast: Cast) -> None:
    wanted = {"clerk": 200, "grid_worker": 200, "road_worker": 403, "auditor": 403, "resident": 403, "": 401}
    for name, status in wanted.items():
        for address in ("/desk/paste/", "/desk/paste/done/"):
            got = as_(cast, name).get(address).status_code
            assert got == status or (status == 401 and got == 302), (name, address, got)
    with pytest.raises(Forbidden):
        pasting.take_pasted("p" * 20, [Pasted("c00", "路灯不亮了")], by=cast.road_worker, at=WEDNESDAY)
