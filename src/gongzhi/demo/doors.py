"""What comes to the invented town by other doors: devices with a storm and a silence, a thread of
e-mail, a pasted chat, paper forms.

Played through the actions of the work orders, shortly before the town's last moment.
"""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from random import Random

from django.db import transaction
from PIL import Image

from civics.chat import cards_of
from gongzhi.demo.gatherings import Town
from gongzhi.demo.geometry import STREET_CODE
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.images import check_picture
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions import device_events, devices, mailing, pasting, sheets
from gongzhi.workorders.actions.device_events import Event
from gongzhi.workorders.actions.devices import Plan
from gongzhi.workorders.actions.pasting import Pasted
from gongzhi.workorders.device_register import devices as known_devices
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.tables import tree

_MAIL = Actor.for_service("mail")
_DEVICES = Actor.for_service("devices")
#: number, name, kind, place it is named after, owner, category, serious category, measure, alarm, serious, falling, minutes
_REGISTER: tuple[
    tuple[str, str, str, str, str, str, str, str, float | None, float | None, int | None], ...
] = (
    ("water-01", "听潮河桥水位计", "water", "桥", "rural", "010107", "", "米", 1.2, 1.8, 10),
    ("water-02", "渔港水位计", "water", "码头", "rural", "010107", "", "米", 1.5, 2.1, 10),
    ("air-01", "海棠社区空气站", "air", "海棠", "environment", "020202", "020203", "μg/m³", 150, 250, 15),
    ("fire-01", "老街烟感 1 号", "fire", "老街", "safety", "010410", "", "", None, None, 60),
    ("gate-01", "停车场道闸", "barrier", "小区", "urban", "010107", "", "", None, None, None),
)


def _place(word: str, rng: Random) -> tuple[str, float, float, int]:
    """(name, longitude, latitude, division) of a known place whose name has a word in it; any place otherwise."""
    rows = sorted(ground().place_by_key.values(), key=lambda row: row[0])
    named = [row for row in rows if word in str(row[1])] or rows
    row = named[rng.randrange(len(named))]
    spot = ground().spot_of(row[5], row[3], row[4])
    return str(row[1]), float(row[3]), float(row[4]), spot.grid_id or row[5]


def other_doors(seed: int, at: datetime) -> tuple[int, int, int]:
    """Play it all. (devices, alarms counted, messages of mail and chat, forms)"""
    town, rng = Town(seed, at), Random(f"doors {seed}")
    with transaction.atomic():
        entered = _register(town, rng, at)
    with transaction.atomic():
        alarms = _storm(rng, at)
    return entered, alarms, _mail(at) + _chat(town, at) + _paper(town, rng, at)


_LETTERS: tuple[tuple[float, str], ...] = (
    (50, "From: 何小姐 <ho@mail.example>\nTo: report@wanglan.example\nSubject: 路灯\nMessage-ID: <l1@mail.example>\n\n"
         "海棠路 6 号门口的路灯三天不亮了，晚上老人走路很危险。\n\n-- \n何小姐\n发自我的iPhone"),
    (44, "From: 何小姐 <ho@mail.example>\nTo: report@wanglan.example\nSubject: Re: 路灯\nMessage-ID: <l2@mail.example>\n"
         "In-Reply-To: <l1@mail.example>\n\n旁边那一盏今天也不亮了。\n\n> 海棠路 6 号门口的路灯三天不亮了"),
    (30, "From: auto@mail.example\nTo: report@wanglan.example\nSubject: Auto\nAuto-Submitted: auto-replied\n\nOut of office"),
    (6, "From: 麦先生 <mak@mail.example>\nTo: report@wanglan.example\nMessage-ID: <l4@mail.example>\n\n."),
)  # fmt: skip


def _mail(at: datetime) -> int:
    """A report with an answer in its thread, a machine, and one that a clerk has to look at."""
    street = ground().by_code[STREET_CODE].id
    for hours, text in _LETTERS:
        moment = at - timedelta(hours=hours)
        with clock.stopped(moment), acting(_MAIL):
            mailing.take_letter(text.encode(), street_id=street, by=_MAIL, at=moment)
    return len(_LETTERS)


_CHAT = """陈姐 08:12
早上好
陈姐 08:13
海棠路 6 号楼下的垃圾桶三天没人收了，味道很大
老李 08:15
我们这边也是
老李 08:20
另外，海棠路 9 号门口的窨井盖松了，车一过就响
林太 08:31
辛苦了
"""


def _chat(town: Town, at: datetime) -> int:
    """A clerk pastes what was said in the residents' group this morning."""
    cards = [
        Pasted(f"c{number:02d}", card.text, name=card.name, echoes=card.echoes)
        for number, card in enumerate(cards_of(_CHAT))
    ]
    moment = at - timedelta(hours=3)
    with clock.stopped(moment):
        pasting.take_pasted("demo-group-of-this-morning", cards, by=town.person("clerk"), at=moment)
    return len(cards)


_FORMS = (
    ("码头边的长椅断了一块板，老人坐着会夹手。", "林伯"),
    ("谢谢网格员帮我们把楼道的灯修好了。", ""),
    ("菜市场门口的地砖松了，下雨踩到一脚水。", "何婆婆"),
)


def _paper(town: Town, rng: Random, at: datetime) -> int:
    """Twenty forms for Haitang: twelve given out, three back, one lost."""
    clerk, printed = town.person("clerk"), at - timedelta(days=6)
    with clock.stopped(printed):
        batch = sheets.print_batch(
            town.area(f"{STREET_CODE[:9]}001"), 20, place="社区服务站", by=clerk, at=printed
        )
        sheets.count_batch(batch.pk, given=12, missing=0, by=clerk, at=printed)
    for number, (words, name) in enumerate(_FORMS):
        moment = at - timedelta(days=2 - number / 2)
        code = sheets.code_of(STREET_CODE, batch.first + 2 * number)
        file = io.BytesIO()
        Image.new("RGB", (620, 877), (250, 249, 244 - 4 * rng.randrange(4))).save(file, "JPEG")
        file.seek(0)
        draft = Draft(words, name=name, pictures=(check_picture(file, name="表.jpg"),))
        with clock.stopped(moment):
            sheets.take_sheet(code, draft, by=clerk, at=moment)
    sheets.count_batch(batch.pk, given=12, missing=1, by=clerk, at=at)
    return len(_FORMS)


def _register(town: Town, rng: Random, at: datetime) -> int:
    """Five devices, entered forty days ago; one is being worked on, one has never been heard."""
    topics, since = tree().by_code, at - timedelta(days=40)
    clerk = town.person("clerk")
    with clock.stopped(since):
        for code, name, kind, word, owner, category, serious, measure, alarm, worse, minutes in _REGISTER:
            place, lon, lat, division = _place(word, rng)
            plan = Plan(
                name=name, kind=kind, division_id=division, unit_id=town.bodies[owner], category_id=topics[category].id,
                place=place, lon=lon, lat=lat, measure=measure, alarm_at=alarm, serious_at=worse,
                expected_minutes=minutes, serious_category_id=topics[serious].id if serious else None,
            )  # fmt: skip
            devices.add_device(code, plan, by=clerk, at=since)
    devices.pause_device(
        "fire-01", until=at + timedelta(hours=20), why="更换探头", by=clerk, at=at - timedelta(hours=4)
    )
    return len(_REGISTER)


def _storm(rng: Random, at: datetime) -> int:
    """The river rises and falls: some hundred alarms in forty minutes; the harbour gauge has been silent since yesterday."""
    rows, counted = known_devices(), 0

    def tell(code: str, moment: datetime, *events: Event) -> int:
        with clock.stopped(moment), acting(_DEVICES):
            told = device_events.take_events(
                rows[code], events, nonce=f"demo-{code}-{moment.timestamp():.0f}", by=_DEVICES, at=moment
            )
        return told.taken

    silent = at - timedelta(hours=26)
    tell("water-02", silent, Event("h-1", "reading", silent, 0.8))
    tell("air-01", at - timedelta(minutes=6), Event("r-1", "reading", at - timedelta(minutes=6), 62))
    first = at - timedelta(minutes=75)
    for batch in range(12):
        moment = first + timedelta(minutes=4 * batch)
        height = 1.25 + 0.5 * (1 - abs(batch - 6) / 6)
        events = [
            Event(f"a-{batch}-{n}", "alarm", moment - timedelta(seconds=6 * (29 - n)), round(height + rng.uniform(-0.04, 0.04), 2))
            for n in range(30)
        ]  # fmt: skip
        counted += tell("water-01", moment, *events)
    for moment in (silent + timedelta(minutes=21), silent + timedelta(minutes=21, hours=24)):
        with clock.stopped(moment), acting(_DEVICES):
            device_events.notice_silence(by=_DEVICES, at=moment)
    tell("water-01", at - timedelta(minutes=5), Event("ok", "recovery", at - timedelta(minutes=5), 1.02))
    return counted
