"""The invented town's partners by Open311: an app that files with us, and the water company's server, which is far away.

Played through the actions of the work orders. Nothing is sent anywhere: the water company's answers are told as its
server would tell them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction
from django.db.models import Max

from gongzhi.demo.gatherings import Town
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Refusal
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions import exchanging, forwarding, partnering
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import (
    Channel,
    CodeList,
    Correspondence,
    Counterpart,
    OutsideCode,
    Peer,
    WorkOrder,
)
from gongzhi.workorders.open311.filed import Filed
from gongzhi.workorders.open311.partners import key_shown
from gongzhi.workorders.open311.speaking import w3
from gongzhi.workorders.tables import tree

_BY = Actor.for_service("open311")
#: (category, words) of what the app filed.
_FILED = (
    ("010108", "路口的井盖翘起来一角，电动车经过很危险。"),
    ("020401", "垃圾桶满了两天没有清，味道飘到楼上。"),
    ("010108", "排水口堵了，一下雨就积水。"),
    ("020101", "工地中午也在打桩，孩子睡不了觉。"),
    ("030103", "人行道被货车占满，只能走到马路上。"),
    ("010108", "井盖响得厉害，整夜都听得见。"),
)
#: The water company's services: code → (name, our category).
_SERVICES = {
    "WT-01": ("给水管道漏水", "010108"),
    "WT-02": ("排水堵塞", "010108"),
    "WT-09": ("水表检修", None),
}


def exchange(seed: int, at: datetime) -> int:
    """Play it all. How many requests went to and fro."""
    town, rng = Town(seed, at), Random(f"exchanging {seed}")
    admin = town.person("admin")
    with acting(admin), transaction.atomic():
        app = partnering.add_peer("suishou", name="随手报小程序", by=admin, at=at - timedelta(days=50))
        _row, secret = partnering.issue_key(
            app.pk, "小程序的后台", ["post", "own"], expires_at=at + timedelta(days=300), by=admin, at=at
        )
        water = partnering.add_peer(
            "water", name="湾区水务公司", address="https://water.invalid/open311/v2", takes="mapped", by=admin,
            at=at - timedelta(days=40),
        )  # fmt: skip
        _codes(water)
        partnering.change_peer(water.pk, secret="only-for-the-demo", by=admin, at=at)
        # nobody lives at this address: do not go round before the far future
        Peer.objects.filter(pk=water.pk).update(
            next_try_at=at + timedelta(days=3650), asked_at=at - timedelta(minutes=9)
        )
    shown = key_shown(secret, at=at)
    assert shown is not None
    with acting(_BY):
        houses = [row for row in ground().places if row[6] == "address"] or list(ground().places)
        moments = sorted(at - timedelta(days=rng.uniform(0.3, 30)) for _one in _FILED)
        for moment, (code, words) in zip(moments, _FILED, strict=True):
            place = rng.choice(houses)
            draft = Draft(
                words, channel=Channel.OPEN311, category_id=tree().by_code[code].id, lon=place[3], lat=place[4],
                place_text=place[1], source=shown.peer.source,
            )  # fmt: skip
            with transaction.atomic():
                exchanging.file_request(shown, Filed(draft), by=_BY, at=moment)
    return len(_FILED) + _forwarded(town, water.pk, at)


def _codes(water: Peer) -> None:
    codes = CodeList.objects.create(code="o311-water", name="湾区水务公司", source="https://water.invalid")
    water.codes = codes
    water.save(update_fields=["codes"])
    for code, (name, ours) in _SERVICES.items():
        row = OutsideCode.objects.create(list=codes, code=code, name=name)
        if ours:
            rank = (
                Correspondence.objects.filter(
                    category_id=tree().by_code[ours].id, outside__list=codes
                ).count()
                + 1
            )
            Correspondence.objects.create(category_id=tree().by_code[ours].id, outside=row, rank=rank)


def _forwarded(town: Town, water_id: int, at: datetime) -> int:
    """Three orders that a clerk gave to the water company: one has arrived, one is in work, one could not be sent yet."""
    clerk, done = town.person("clerk"), 0
    rows = WorkOrder.objects.filter(
        state__in=("triage", "assigned", "in_hand"), open=True, history=False, private=False, asked="", parts=0, held=False,
        category_id=tree().by_code["010108"].id,
    ).exclude(channel=Channel.OPEN311)  # fmt: skip
    quiet = rows.annotate(last=Max("matter__thread__entries__at")).filter(last__lt=at - timedelta(hours=6))
    for number, order in enumerate(quiet.order_by("-opened_at")[:3]):
        moment = at - timedelta(hours=5 - number)
        try:
            with acting(clerk), transaction.atomic():
                forwarding.forward(
                    order.pk, body="湾区水务公司", until=(clock.local(at) + timedelta(days=6)).date(),
                    words="请派人检修这一处的排水管道，修好请告诉我们。", place=order.place_text, peer_id=water_id, by=clerk,
                    at=moment,
                )  # fmt: skip
        except Refusal:
            continue
        done += 1
        twin = Counterpart.objects.get(order=order)
        _what_became_of_it(twin, number, moment, at)
    return done


def _what_became_of_it(twin: Counterpart, number: int, moment: datetime, at: datetime) -> None:
    if number == 0:
        Counterpart.objects.filter(pk=twin.pk).update(
            tries=4, fault="TimeoutError", next_try_at=at + timedelta(days=3650)
        )
        return
    their_id = f"SW-{2040 + number}"
    Counterpart.objects.filter(pk=twin.pk).update(
        their_id=their_id, state="sent", next_try_at=None, status="open"
    )
    told: dict[str, Any] = {
        "service_request_id": their_id, "status": "open", "service_code": "WT-02", "service_name": "排水堵塞",
        "status_notes": "已安排检修班组，预计明天上午到场。" if number == 1 else "已收到，待派工。",
        "agency_responsible": "湾区水务公司排水部", "requested_datetime": w3(moment), "updated_datetime": w3(at),
        "expected_datetime": w3(at + timedelta(days=1)),
    }  # fmt: skip
    with acting(_BY):
        exchanging.hear(twin.pk, told, by=_BY, at=moment + timedelta(hours=1))
