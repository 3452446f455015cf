"""The invented town's police and people, and a typhoon that is over: pairs, hand-overs, tips, emergency mode and its record.

Played through the actions of the work orders, in the order of time. Runs after the town's orders have been replayed.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from django.db import transaction
from django.db.models import Max

from gongzhi.demo.gatherings import Town
from gongzhi.demo.geometry import STREET_CODE
from gongzhi.demo.laying import BY
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Refusal
from gongzhi.people import actions as people
from gongzhi.people.actions import NewAccount
from gongzhi.people.actor import Person, person_for
from gongzhi.people.models import Account, Organisation, Post
from gongzhi.people.roles import UNIT_ROLES, Role
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions import (
    correcting,
    dispatching,
    emergency,
    handling,
    holding,
    looking_back,
    pairing,
    police,
    tips,
)
from gongzhi.workorders.models import HandOver, WorkOrder
from gongzhi.workorders.police_partners import partners
from gongzhi.workorders.tables import tree

_POLICE = Actor.for_service("police")
_SWEEP = Actor.for_service("sweep")
_COMMUNITIES = 16
#: kind → (category it usually is, what the caller said)
_CALLS: dict[str, tuple[str, tuple[str, ...]]] = {
    "noise": ("020101", ("楼下工地半夜还在施工，吵得睡不着。", "烧烤店夜里音响很大，影响休息。", "楼上深夜装修，一直在敲。")),
    "dispute": ("010201", ("门口摆摊的和店家吵起来了，没有动手。", "为占道停放的货架争执，请来协调。")),
    "facility": ("010108", ("路口的下水道冒水，车都过不去。", "巷子里的井盖松了，怕有人踩空。")),
    "help": ("020401", ("垃圾堆在楼道口几天没人收，味道很大。", "老人不会用手机缴费，问哪里可以办。")),
    "wages": ("050101", ("工地上两个月没有发工资，想问找谁。",)),
    "other": ("030103", ("货车长期违停在人行道上，挡路。", "有人把共享单车堆在盲道上。")),
}  # fmt: skip
_TIPS: tuple[tuple[str, str, str, int], ...] = (
    ("fire", "电动车天天推进三楼充电，线从窗户拉下来。", "confirmed", 0),
    ("fraud", "有人在小广场给老人发鸡蛋，推销高息理财。", "prevented", 80_000),
    ("fire", "仓库门口堆满纸箱，消防通道走不了人。", "confirmed", 0),
    ("theft", "单车棚半夜有人剪锁，已经第三次。", "confirmed", 2_400),
    ("fraud", "邻居阿婆接到自称公检法的电话，正要去转账。", "prevented", 126_000),
    ("fire", "楼梯间堆着液化气瓶，好几家店共用。", "confirmed", 0),
    ("fraud", "出租屋里进出的人很多，像是在打刷单的电话。", "known", 0),
    ("fraud", "有人冒充物业上门换燃气阀，收两百块。", "prevented", 5_600),
    ("fire", "老街二十七号的电表箱一直冒火花味。", "confirmed", 0),
    ("theft", "工地的电缆夜里被人一捆一捆拉走。", "confirmed", 18_000),
    ("fraud", "微信群里有人拉老乡投资养老项目。", "prevented", 40_000),
    ("fire", "麻将馆后门常年上锁，里面坐满人。", "", 0),
    ("fraud", "有人在学校门口让孩子扫码送玩具。", "unfounded", 0),
    ("fraud", "亲戚要给网上认识的人汇三万，劝不住。", "prevented", 30_000),
    ("theft", "快递柜旁有人翻别人的包裹。", "", 0),
    ("fire", "餐馆的排烟管油滴到楼下电线上。", "-", 0),
)  # fmt: skip
_SHELTERS = (
    ("望澜小学体育馆", "望澜路 18 号", 320, 214),
    ("海棠社区文化站", "海棠路 6 号", 90, 77),
    ("听潮中学食堂", "听潮路 2 号", 260, 96),
)
_SUPPLIES = (
    ("沙袋", "袋", "街道仓库", 600, 800),
    ("瓶装水", "箱", "望澜小学", 180, 150),
    ("抽水泵", "台", "市政养护公司", 9, 12),
    ("毛毯", "条", "望澜小学", 420, 400),
)


def police_and_people(seed: int, at: datetime) -> tuple[int, int, int]:
    """Play it all. (pairs, hand-overs, tips)"""
    town, rng = Town(seed, at), Random(f"policing {seed}")
    with transaction.atomic():
        pairs = _pairs(town, rng, at)
    with transaction.atomic():
        handovers = _handovers(town, rng, at)
    with transaction.atomic():
        given = _tips(town, rng, at)
    with transaction.atomic():
        _typhoon(town, rng, at)
    return pairs, handovers, given


def _pairs(town: Town, rng: Random, at: datetime) -> int:
    """A constable and a secretary for every community; one constable has been moved and nobody followed yet."""
    station = Organisation.objects.get(code="police")
    surnames, given = "陈林梁何郑周吴冯许邓", "志明俊杰国强文静海燕家豪伟民"
    made = people.open_accounts(
        [
            NewAccount(rng.choice(surnames) + rng.choice(given) + rng.choice(given), f"constable{n:02d}")
            for n in range(1, _COMMUNITIES + 1)
        ],
        password_hash=Account.objects.get(login="police1").password, by=BY, at=at,
    )  # fmt: skip
    since = clock.local(at).date() - timedelta(days=200)
    clerk, today, count = town.person("clerk"), clock.local(at).date(), 0
    for number in range(1, _COMMUNITIES + 1):
        constable = made[number - 1]
        people.give_post(constable, Role.HANDLER, organisation=station, starts_on=since, by=BY, at=at)
        secretary = (
            Post.objects.filter(
                organisation__code=f"community_{number:02d}", role=Role.GRID_LEADER, ends_on=None
            )
            .order_by("id")
            .values_list("account_id", flat=True)
            .first()
        )
        moved = number == 11
        with acting(clerk):
            row = pairing.pair(
                town.area(f"{STREET_CODE[:9]}{number:03d}"), constable_id=None if moved else constable.pk,
                secretary_id=secretary, starts_on=since, by=clerk, at=at,
            )  # fmt: skip
            count += 1
            if moved or secretary is None or number == 7:
                continue
            for week in range(5):
                on = today + timedelta(days=week * 7 + number % 5 + (7 - today.weekday()) % 7)
                pairing.put_duty(
                    row.pk, on, begins=time(15), ends=time(17), place="社区警务室", by=clerk, at=at
                )
    return count


def _handovers(town: Town, rng: Random, at: datetime) -> int:
    admin, clerk = town.person("admin"), town.person("clerk")
    with acting(admin):
        police.add_partner("wanglan", Organisation.objects.get(code="police").pk, by=admin, at=at)
    partner = next(row for row in partners() if row.code == "wanglan")
    houses = [row for row in ground().places if row[6] == "address"] or list(ground().places)
    moments = sorted(at - timedelta(days=rng.uniform(0.2, 58)) for _call in range(52))
    for number, moment in enumerate(moments):
        kind = rng.choice(tuple(_CALLS))
        place = rng.choice(houses)
        words = f"{rng.choice(_CALLS[kind][1])}{'' if number % 3 else '请来看看。'}"
        call = police.Call(f"J{moment:%Y%m%d}-{number + 100:04d}", kind, words, place[1], place[3], place[4])
        with acting(_POLICE):
            row, _again = police.take_call(partner, call, by=_POLICE, at=moment)
        if at - moment > timedelta(days=4):
            try:
                with transaction.atomic():
                    _live(town, row.order, _CALLS[kind][0], moment, at, taken_back=number in (5, 21))
            except Refusal:
                continue
    day = clock.local(at).date().replace(day=1)
    for _month in range(3):
        count = HandOver.objects.filter(way="in", at__gte=_begin(day), at__lt=_begin(_next(day))).count()
        with acting(clerk):
            police.count_calls(town.area(STREET_CODE), day, round(count / 0.68) + 3, by=clerk, at=at)
        day = (day - timedelta(days=1)).replace(day=1)
    return len(moments) + _out(clerk, at)


def _next(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), clock.local(clock.now()).tzinfo)


def _someone(order: WorkOrder) -> Person | None:
    post = Post.objects.filter(organisation_id=order.unit_id or 0, role__in=UNIT_ROLES, ends_on=None)
    row = post.select_related("account").order_by("id").first()
    return person_for(row.account) if row else None


def _live(
    town: Town, order: WorkOrder, code: str, moment: datetime, until: datetime, *, taken_back: bool
) -> None:
    """What became of a call: dispatched, done, checked; two turned out to be police business after all."""
    clerk, checker = town.person("clerk"), town.person("checker")
    at = moment + timedelta(hours=1)
    with acting(clerk):
        if taken_back:
            police.hand_to_police(order.pk, text="现场有人持械，请公安处理。", by=clerk, at=at)
            police.taken_by_police(
                order.pk, receipt=f"J{at:%Y%m%d}-A{order.pk % 1000:03d}", by=clerk, at=at + timedelta(hours=1)
            )
            return
        if order.state == "triage":
            topic = tree().by_code[code]
            if order.category_id != topic.id:
                correcting.recategorise(order.pk, category_id=topic.id, by=clerk, at=at)
                order.refresh_from_db()
            route = dispatching.proposed(order, at=at)
            if route is None:
                return
            order = dispatching.dispatch(order.pk, unit_id=route.unit.id, by=clerk, at=at)
    worker = _someone(order)
    if worker is None:
        return
    with acting(worker):
        handling.accept(order.pk, by=worker, at=at + timedelta(hours=1))
        handling.answer(
            order.pk,
            text="已到现场处理，与来电人当面说明。",
            why="小事，已电话告知。",
            by=worker,
            at=at + timedelta(hours=20),
        )
    with acting(checker):
        handling.pass_check(order.pk, by=checker, at=at + timedelta(hours=40))
    if until - at > timedelta(days=14):
        with acting(_SWEEP):
            handling.lapse(order.pk, by=_SWEEP, at=at + timedelta(days=12))


def _out(clerk: Person, at: datetime) -> int:
    """Four orders of the last days that are for the police: two wait, one was taken, one came back."""
    since = at - timedelta(hours=9)
    rows = WorkOrder.objects.filter(
        state__in=("assigned", "in_hand"),
        history=False,
        asked="",
        parts=0,
        title__regex="偷|骗|诈|赌|撬|推销|理财|传单|打架|吵架",
    )
    rows = (
        rows.annotate(last=Max("matter__thread__entries__at"))
        .filter(last__lt=since)
        .order_by("-opened_at")[:4]
    )
    words = "居民反映的情况可能违法，请公安看一看。"
    for number, order in enumerate(rows):
        with acting(clerk):
            moment = at - timedelta(hours=8 - number)
            police.hand_to_police(order.pk, text=words, place=order.place_text, by=clerk, at=moment)
            if number == 2:
                police.taken_by_police(
                    order.pk, receipt=f"J{at:%Y%m%d}-0417", by=clerk, at=moment + timedelta(hours=1)
                )
            if number == 3:
                police.returned_by_police(
                    order.pk, reason="属于邻里纠纷，请社区先调解。", by=clerk, at=moment + timedelta(hours=1)
                )
    return len(rows)


def _tips(town: Town, rng: Random, at: datetime) -> int:
    clerk, visitor, grid = town.person("clerk"), Person.visitor(), town.person("grid")
    moments = sorted(at - timedelta(days=rng.uniform(1, 80)) for _tip in _TIPS)
    for number, (moment, (kind, words, outcome, loss)) in enumerate(zip(moments, _TIPS, strict=True)):
        giver: Person = grid if number % 4 == 0 else visitor
        community = f"{ground().by_code[f'{STREET_CODE[:9]}{number % _COMMUNITIES + 1:03d}'].name}"
        with acting(giver):
            tip = tips.give(kind, words, place=community, acknowledged=True, by=giver, at=moment)
        if outcome == "-":
            continue
        with acting(clerk):
            later = moment + timedelta(hours=rng.uniform(1, 20))
            tips.pass_on(tip.id, receipt=f"X{later:%Y%m%d}-{number + 1:02d}", by=clerk, at=min(later, at))
            if outcome:
                tips.close(
                    tip.id, outcome=outcome, words="谢谢，公安机关已经处理。", loss_avoided=loss, by=clerk,
                    at=min(later + timedelta(days=3), at),
                )  # fmt: skip
    return len(_TIPS)


def _typhoon(town: Town, rng: Random, at: datetime) -> None:
    """Three weeks ago: two nights of a typhoon, from the warning to the finished record."""
    leader, clerk = town.person("leader"), town.person("clerk")
    begins = clock.local(at - timedelta(days=23)).replace(hour=16, minute=30, second=0, microsecond=0)
    ends = begins + timedelta(hours=41)

    def hour(number: float) -> datetime:
        return begins + timedelta(hours=number)

    with acting(leader):
        row = emergency.switch_on(
            name="台风“海燕”", kind="typhoon", division_id=town.area(STREET_CODE), categories=["0101", "0103", "0105"],
            reason="台风橙色预警，预计今夜到明天上午影响本街道，低洼处要转移。", by=leader, at=begins,
        )  # fmt: skip
    still = WorkOrder.objects.filter(
        state__in=("assigned", "in_hand"), open=True, history=False, urgent=False
    )
    quiet = (
        still.annotate(last=Max("matter__thread__entries__at")).filter(last__lt=begins).order_by("pk")[:12]
    )
    with acting(_SWEEP):
        for order in quiet:
            holding.hold(order.pk, emergency_id=row.pk, by=_SWEEP, at=hour(0.1))
    shelters = []
    with acting(clerk):
        for name, place, capacity, _most in _SHELTERS:
            shelters.append(
                emergency.open_shelter(
                    row.pk, name=name, place=place, capacity=capacity, by=clerk, at=hour(1)
                )
            )
        supplies = [
            emergency.add_supply(
                row.pk,
                name=name,
                unit=unit,
                place=place,
                there=there // 2,
                wanted=wanted,
                by=clerk,
                at=hour(1.5),
            )
            for name, unit, place, there, wanted in _SUPPLIES
        ]
        workers = list(
            Post.objects.filter(role__in=(Role.CLERK, Role.UNIT_HEAD), ends_on=None).order_by("id")[:9]
        )
        for number, post in enumerate(workers):
            start = hour(2 + 12 * (number % 3))
            emergency.put_on_duty(
                row.pk, account_id=post.account_id, task=("接待", "巡查低洼点", "抢险")[number % 3], begins_at=start,
                ends_at=start + timedelta(hours=12), by=clerk, at=hour(1.8),
            )  # fmt: skip
        bulletin = emergency.notify(
            row.pk, title="今晚八点前转移低洼处居民", text="请各网格逐户通知，独居老人要有人陪同到避难场所。转移完在群里报数。",
            bodies=[town.bodies["roads"], town.bodies["fire"]], roles=["grid_leader"], by=clerk, at=hour(2),
        )  # fmt: skip
        for number, share in enumerate((0.3, 0.8, 1.0, 0.6, 0.15, 0.0)):
            for shelter, (_n, _p, _c, most) in zip(shelters, _SHELTERS, strict=True):
                emergency.count_people(shelter.pk, round(most * share), by=clerk, at=hour(4 + 6 * number))
        for supply, (_n, _u, _p, there, _w) in zip(supplies, _SUPPLIES, strict=True):
            emergency.count_supply(supply.pk, there, by=clerk, at=hour(9))
    for receipt in bulletin.receipts.select_related("account"):
        if rng.random() < 0.9:
            reader = person_for(receipt.account)
            with acting(reader):
                emergency.read(bulletin.pk, by=reader, at=hour(2 + rng.uniform(0.05, 4)))
    with acting(clerk):
        for shelter in shelters:
            emergency.count_people(shelter.pk, 0, is_open=False, by=clerk, at=hour(38))
        emergency.ask_end(row.pk, reason="预警解除，积水已排，居民都回家了。", by=clerk, at=hour(40))
    with acting(leader):
        emergency.end(row.pk, by=leader, at=ends)
    with acting(_SWEEP):
        holding.release_all(row.pk, by=_SWEEP, at=ends)
    with acting(clerk):
        made = looking_back.draft_record(row.pk, by=clerk, at=ends + timedelta(days=1))
        more = "沙袋提前一天运到低洼点，没有一家进水。\n\n六、要改进的：抽水泵缺 3 台，已列入明年预算；两个网格的通知没有人读，改为电话确认。"
        text = made.record.replace("五、做得好的：\n\n六、要改进的：", f"五、做得好的：{more}")
        looking_back.write_record(row.pk, text, by=clerk, at=ends + timedelta(days=1, hours=1))
    with acting(leader):
        looking_back.finish_record(row.pk, by=leader, at=ends + timedelta(days=2))
