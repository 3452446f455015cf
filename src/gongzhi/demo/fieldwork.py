"""What the demo's grid worker carries today: requests to go and look, orders of their own, and one report seen in a cellar
without signal. Played through the actions of the work orders; runs after the town's orders have been replayed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO

from django.db import transaction

from civics.devicetime import Seen
from gongzhi.demo.gatherings import Town
from gongzhi.demo.pictures import draw
from gongzhi.kit.acting import acting
from gongzhi.kit.images import check_picture
from gongzhi.people.roles import GRID_ROLES
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level
from gongzhi.workorders.actions import delivering, dispatching, handling, verifying
from gongzhi.workorders.actions.reporting import report
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import Channel, WorkOrder

#: What residents say on the telephone, hours ago, and what the clerk would like to know.
_LOOKS = (
    ("楼下有点不对劲，说不清楚，请来人看看。", 5, "是设施坏了，还是有人占用？请到楼下看看，拍张照片。"),
    ("这边的东西一直没有人管，麻烦看一下。", 3, "是什么东西，有没有挡住通道？"),
)
#: Reports that the committee itself looks after, hours ago.
_OWN = (
    ("楼道里堆着旧柜子，担架都过不去。", 26),
    ("二楼平台晾的被子把消防栓挡住了。", 20),
    ("架空层的长椅断了一条腿，老人家差点坐空。", 4),
)
_CELLAR = "地下车库排水沟的盖板翘起来了，车轮压过去会弹。"


def carry(seed: int, at: datetime) -> int:
    """Play it all. How many tasks the grid worker has then."""
    town = Town(seed, at)
    worker, clerk = town.person("grid"), town.person("clerk")
    post = next(post for post in worker.holding(*GRID_ROLES) if post.division_id)
    houses = [h for h in ground().children(post.division_id or 0) if h.level == Level.BUILDING and h.lon]
    tasks = 0

    def said(text: str, hours: int, number: int) -> WorkOrder:
        house = houses[number % len(houses)]
        draft = Draft(
            text,
            channel=Channel.PHONE,
            lon=house.lon,
            lat=house.lat,
            place_text=house.name,
            source="demo-field",
            source_key=str(number),
        )
        return report(draft, by=clerk, at=at - timedelta(hours=hours)).order

    with transaction.atomic(), acting(clerk):
        for number, (text, hours, question) in enumerate(_LOOKS):
            order = said(text, hours, number)
            if order.state == "triage":
                asked = at - timedelta(hours=hours, minutes=-12)
                verifying.ask_verify(order.pk, question=question, by=clerk, at=asked)
                tasks += 1
        own = []
        for number, (text, hours) in enumerate(_OWN, start=len(_LOOKS)):
            order = said(text, hours, number)
            given = at - timedelta(hours=hours, minutes=-15)
            if order.state == "triage" or order.unit_id != post.organisation_id:
                dispatching.dispatch(
                    order.pk, unit_id=post.organisation_id or 0, note="社区自己处理更快。", by=clerk, at=given
                )
            own.append((order.pk, hours))
    with transaction.atomic(), acting(worker):
        order_id, hours = own[0]
        accepted = at - timedelta(hours=hours - 1)
        step = delivering.Step(
            "demo-field-accept", order_id, "accept", seen=Seen(accepted - timedelta(minutes=35), timedelta(0))
        )
        delivering.deliver(step, by=worker, at=accepted)
        handling.accept(own[1][0], by=worker, at=accepted + timedelta(minutes=2))
        arrived = at - timedelta(hours=2)
        picture = check_picture(BytesIO(draw(f"{seed} cellar", "hole")), name="车库.jpg")
        report(
            Draft(
                _CELLAR,
                channel=Channel.FIELD,
                lon=houses[0].lon,
                lat=houses[0].lat,
                place_text=f"{houses[0].name} 地下车库",
                pictures=(picture,),
                seen=Seen(arrived - timedelta(hours=1, minutes=20), timedelta(0)),
                source="pocket",
                source_key=f"{worker.account_id}:demo-cellar",
            ),
            by=worker,
            at=arrived,
        )
    return tasks + len(own)
