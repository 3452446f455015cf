"""A month of meetings in the invented town: liaison meetings of five levels, whistles, joint operations.

Played through the actions of the meetings and the work orders, in the order of time. Everybody and every shop is
invented. Runs after the town's orders have been replayed, since whistles are about some of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from django.db import transaction
from django.db.models import Max

from gongzhi.demo.geometry import DISTRICT_CODE, STREET_CODE
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.errors import Refusal
from gongzhi.meetings.actions import answering, calling, planning, recording
from gongzhi.meetings.actions.planning import Rhythm
from gongzhi.meetings.actions.recording import Came
from gongzhi.meetings.models import Answer, Invitation, Meeting, Series
from gongzhi.people.actor import Person, person_for
from gongzhi.people.models import Account, Post
from gongzhi.people.queries import organisations
from gongzhi.people.roles import Role
from gongzhi.territory.ground import calendar_for, ground
from gongzhi.workorders.actions import calling_out
from gongzhi.workorders.actions.calling_out import Call, Listed
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import Channel, WorkOrder
from gongzhi.workorders.models.callouts import Callout, CalloutObject, Found

_SWEEP = Actor.for_service("sweep")
_HAITANG = f"{STREET_CODE[:9]}001"
_GRID = f"{_HAITANG}01"
_SURNAMES = "陈黄林梁何郑周吴"
_NOT = ("当天有防汛演练，人手不够", "车辆年检，到不了", "与区里的会时间冲突")
_NOTES = (
    "一、通报上周办件：超时 3 件，都已说明原因。\n二、雨季排水：市政月底前把低洼点清一遍。\n三、下次例会前各单位报一件要几家一起办的事。",
    "一、电动车进楼：物业本周内贴告示、加锁，消防来讲一次。\n二、路灯不亮的三处由市政周五前修好。\n三、无新增重点问题。",
    "一、占道经营：先劝导三天，再由执法队处理。\n二、社区提出的停车位划线，规划办两周内给意见。\n三、会后工单中心盯办。",
    "一、上次议定的四件事，办完三件，余下一件等材料。\n二、台风季物资清点完毕，缺沙袋 40 个，应急办补。\n三、没有其他事项。",
)
_SHOPS = {
    "餐饮店": (
        "海棠小炒",
        "老街粥铺",
        "望澜海鲜排档",
        "三味面馆",
        "阿婆糖水",
        "码头烧腊",
        "晴川茶餐厅",
        "南风小馆",
    ),
    "沿街商铺": ("顺手五金", "小城便利", "蓝湾窗帘", "一间花店", "望澜水果行", "快修手机店"),
    "建筑工地": ("望澜路改造工地", "听涛里加装电梯工地", "滨海步道工地"),
    "出租屋": ("海棠路 9 号", "海棠路 11 号", "老街 27 号", "老街 31 号", "渔港巷 6 号"),
}
_FAULTS = ("后厨油烟管没有清洗", "灭火器过期", "电线私拉", "消防通道堆了货", "门口占道摆放", "没有戴安全帽")


class Town:
    """Looks people and bodies up once."""

    def __init__(self, seed: int, at: datetime) -> None:
        self.rng, self.at = Random(f"gatherings {seed}"), at
        self.bodies = {body.code: body.id for body in organisations().values()}
        self.calendar = calendar_for("CN")
        self._people: dict[str, Person] = {}

    def person(self, login: str) -> Person:
        """An account of the town by its login."""
        if login not in self._people:
            self._people[login] = person_for(Account.objects.get(login=login))
        return self._people[login]

    def speaker(self, invitation: Invitation) -> Person:
        """Whoever answers an invitation."""
        if invitation.organisation_id is None:
            return person_for(Account.objects.get(pk=invitation.account_id or 0))
        roles = (Role.UNIT_HEAD, Role.HANDLER, Role.GRID_LEADER, Role.LEADER, Role.CLERK)
        post = (
            Post.objects.filter(organisation_id=invitation.organisation_id, role__in=roles, ends_on=None)
            .select_related("account")
            .order_by("id")
            .first()
        )
        if post is None:
            raise Refusal("nobody there")
        return person_for(post.account)

    def area(self, code: str) -> int:
        """A division's id."""
        return ground().by_code[code].id

    def workday(self, away: int, clock_time: time) -> datetime:
        """The moment on the working day so many before (or, negative, after) today."""
        day, step = clock.local(self.at).date(), -1 if away > 0 else 1
        left = abs(away)
        while left:
            day += timedelta(days=step)
            left -= self.calendar.works_on(day)
        return datetime.combine(day, clock_time, clock.local(self.at).tzinfo)

    def name(self) -> str:
        """A surname with a duty, as minutes name people."""
        return self.rng.choice(_SURNAMES) + self.rng.choice(("工", "队", "主任", "科长", "站长"))


def _series(town: Town, at: datetime) -> list[Series]:
    """One liaison meeting of each level, some communities and grids more."""
    bodies, day = town.bodies, clock.local(at).date()
    units = [
        bodies[c] for c in ("roads", "sanitation", "enforcement", "market", "police", "fire") if c in bodies
    ]
    homes = [key for code, key in bodies.items() if code.startswith("community_")]
    agenda = "1. 通报上次议定的事\n2. 要几家一起办的事\n3. 下一步谁来做"

    def guests(path: str, *roles: str, most: int = 12) -> tuple[int, ...]:
        rows = Post.objects.filter(division__path__startswith=path, role__in=roles, ends_on=None)
        return tuple(dict.fromkeys(rows.order_by("division__code").values_list("account_id", flat=True)))[
            :most
        ]

    grid = ground().by_code[_GRID]
    house = next(a for a in ground().children(grid.id) if guests(a.path, Role.BUILDING_HEAD))
    grid_leader = f"g{_GRID[9:]}-0"
    month: dict[str, Any] = {"every": "monthly", "starts_on": day}
    week: dict[str, Any] = {"every": "weekly", "starts_on": day}
    plans = [
        ("district", Rhythm("澜屿区基层治理联络例会", town.area(DISTRICT_CODE), 3, time(15), week=1, minutes=90,
                                bodies=(bodies["street"], bodies["centre"], *units[:4]), place="区政府三楼会议室",
                                agenda=agenda, **month)),
        ("leader", Rhythm("望澜街道联络例会", town.area(STREET_CODE), 1, time(9), bodies=(bodies["centre"], *units, *homes[:16]),
                          place="街道二楼会议室", agenda=agenda, **week)),
        (grid_leader, Rhythm("海棠社区联络例会", town.area(_HAITANG), 3, time(16),
                             bodies=tuple(b for c in ("roads", "police", "property_01", "enforcement") if (b := bodies.get(c))),
                             guests=guests(ground().by_code[_HAITANG].path, Role.GRID_LEADER), place="海棠社区居委会", agenda=agenda,
                             **week)),
        (grid_leader, Rhythm("第一网格碰头会", grid.id, 0, time(8, 30), minutes=20, video=False, place="网格工作站",
                             guests=guests(grid.path, Role.GRID_MEMBER), **week)),
        (grid_leader, Rhythm(f"{house.name}楼栋恳谈", house.id, 4, time(19, 30), week=5, on_rest="skip", minutes=45, video=False,
                             guests=guests(house.path, Role.BUILDING_HEAD), place="楼下架空层", **month)),
    ]  # fmt: skip
    made = []
    for login, rhythm in plans:
        by = town.person(login)
        with acting(by):
            made.append(planning.plan(rhythm, by=by, at=at))
    return made


def _answers(
    town: Town,
    meeting: Meeting,
    at: datetime,
    *,
    silent: float = 0.06,
    away: float = 0.08,
    but: Sequence[str] = (),
) -> None:
    """Let those who are invited answer, most of them coming; all ``but`` some."""
    for row in meeting.invitations.filter(answer=Answer.NONE).exclude(organisation__code__in=but):
        luck = town.rng.random()
        if luck < silent:
            continue
        moment = at + (row.answer_by - at) * town.rng.uniform(0.05, 0.9)
        said = Answer.NOT_COMING if luck < silent + away else Answer.COMING
        try:
            by = town.speaker(row)
            with acting(by):
                answering.answer(
                    row.pk, said, town.rng.choice(_NOT) if said == Answer.NOT_COMING else "", by=by, at=moment
                )
        except Refusal:
            continue


def _sweep(at: datetime) -> None:
    with acting(_SWEEP):
        while answering.look_after(by=_SWEEP, at=at):
            pass


def _held(town: Town, meeting: Meeting, by: Person, note: str) -> None:
    """Attendance after five minutes, minutes at the end."""
    rows = meeting.invitations.all()
    told = {row.pk: Came(row.answer == Answer.COMING or town.rng.random() < 0.3, town.name()) for row in rows}
    with acting(by):
        recording.tick(meeting.pk, told, by=by, at=meeting.starts_at + timedelta(minutes=5))
        recording.note(meeting.pk, note, by=by, at=meeting.ends_at)


def _about(at: datetime, count: int = 1, **where: Any) -> list[WorkOrder]:
    """Open orders to which nothing has happened since a moment."""
    rows = WorkOrder.objects.filter(open=True, history=False, private=False, unit__isnull=False, **where)
    rows = rows.annotate(last=Max("matter__thread__entries__at")).filter(last__lt=at)
    return list(rows.defer("words").order_by("-opened_at", "-pk")[:count])


def _whistle(
    town: Town, login: str, starts_at: datetime, called_at: datetime, codes: Sequence[str], title: str, place: str,
    *, area: str = _HAITANG, orders: Sequence[WorkOrder] = (), **said: Any,
) -> Callout:  # fmt: skip
    by = town.person(login)
    bodies = tuple(town.bodies[code] for code in codes if code in town.bodies)
    with acting(by):
        return calling_out.call_out(
            Call(
                kind=said.pop("kind", "whistle"), title=title, division_id=town.area(area), starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=said.pop("hours", 1)), bodies=bodies, place=place,
                orders=tuple(order.pk for order in orders), video=True, **said,
            ),
            by=by, at=called_at,
        )  # fmt: skip


def _follow(town: Town, callout: Callout, login: str, at: datetime, words: str, place: str) -> None:
    by = town.person(login)
    draft = Draft(
        words, channel=Channel.FIELD, place_text=place, area_id=callout.meeting.division_id, source="callout",
        source_key=f"{callout.pk}-{len(words)}-{words[:8]}",
    )  # fmt: skip
    with acting(by):
        calling_out.follow_up(callout.pk, draft, by=by, at=at)


def _whistles(town: Town) -> None:
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    # settled, with one that kept silent and one that did not come
    starts = town.workday(9, time(15))
    one = _whistle(town, "clerk", starts, starts - 5 * hour, ("roads", "sanitation", "enforcement", "land"),
                   "老街口下雨就积水", "老街与海棠路路口", orders=_about(starts - 5 * hour))  # fmt: skip
    _answers(town, one.meeting, one.called_at, silent=0, away=0, but=("enforcement", "land"))
    (refusing,) = one.meeting.invitations.filter(organisation__code="enforcement")
    by = town.speaker(refusing)
    with acting(by):
        answering.answer(
            refusing.pk,
            Answer.NOT_COMING,
            "当天下午都在码头执勤，明早可以来",
            by=by,
            at=one.called_at + 30 * minute,
        )
    _sweep(one.answer_due_at)
    _held(town, one.meeting, town.person("clerk"),
          "一、现场看过：雨水口被建筑垃圾堵住，路面低了 12 厘米。\n二、市政两天内清掏，一个月内抬高路面。\n三、环卫每天清扫雨水口。\n四、执法队查垃圾从哪里来。")  # fmt: skip
    _follow(
        town,
        one,
        "clerk",
        one.meeting.ends_at + minute,
        "老街与海棠路路口路面低洼，要抬高 12 厘米。",
        "老街与海棠路路口",
    )
    _follow(
        town,
        one,
        "clerk",
        one.meeting.ends_at + 2 * minute,
        "老街口雨水口被垃圾堵住，要清掏干净。",
        "老街与海棠路路口",
    )
    with acting(town.person("clerk")):
        calling_out.settle(one.pk, by=town.person("clerk"), at=one.meeting.ends_at + 5 * minute)
    # held by the community yesterday, not settled yet
    starts = town.workday(1, time(10))
    leader = f"g{_GRID[9:]}-0"
    two = _whistle(town, leader, starts, starts - 3 * hour, ("police", "property_01", "fire"),
                   "电动车进楼充电，劝了几次没有用", "海棠苑 3 栋", area=_GRID, orders=_about(starts - 3 * hour, grid__code=_GRID))  # fmt: skip
    _answers(town, two.meeting, two.called_at, silent=0)
    _sweep(two.answer_due_at)
    _held(
        town,
        two.meeting,
        town.person(leader),
        "一、物业本周在楼外装 20 个充电位。\n二、消防下周二晚上来讲一次。\n三、网格员逐户告知。",
    )
    # called off
    starts = town.workday(5, time(16))
    three = _whistle(
        town, "clerk", starts, starts - 6 * hour, ("roads", "water"), "渔港巷路面塌陷", "渔港巷 6 号门前"
    )
    with acting(town.person("clerk")):
        calling.cancel(
            three.pk, "供水单位已经先到现场修好，不用再来", by=town.person("clerk"), at=starts - 4 * hour
        )
    # going on: called an hour ago, to be there in three
    four = _whistle(town, "clerk", (town.at + 3 * hour).replace(minute=0, second=0, microsecond=0), town.at - hour, ("roads", "gardens", "traffic_police"),
                    "台风后倒树压住人行道", "滨海步道南口", orders=_about(town.at - hour))  # fmt: skip
    rows = list(four.meeting.invitations.all())
    if rows:
        by = town.speaker(rows[0])
        with acting(by):
            answering.answer(rows[0].pk, Answer.COMING, by=by, at=town.at - 40 * minute)


def _operations(town: Town) -> None:
    minute = timedelta(minutes=1)
    objects = tuple(
        Listed(
            group,
            name,
            "" if group == "出租屋" else f"望澜街道{town.rng.choice(('老街', '海棠路', '渔港巷'))}",
        )
        for group, names in _SHOPS.items()
        for name in names
    )
    codes = ("enforcement", "market", "fire", "police", "safety")
    starts = town.workday(6, time(14, 30))
    one = _whistle(town, "leader", starts, starts - timedelta(days=2), codes, "节前餐饮和工地安全联合检查", "老街口集合",
                   area=STREET_CODE, kind="operation", objects=objects, hours=3, agenda="1. 分三组\n2. 逐户检查\n3. 集中会商")  # fmt: skip
    _answers(town, one.meeting, one.called_at, silent=0, away=0, but=("safety",))
    _sweep(starts)
    with_roles: list[Callable[[], Person]] = [lambda code=code: town.person(f"{code}1") for code in codes]  # type: ignore[misc]
    faulty = []
    for place, row in enumerate(CalloutObject.objects.filter(callout=one).order_by("pk")):
        if place % 8 == 7:
            continue  # not reached that afternoon: coverage is not whole
        luck, by = town.rng.random(), with_roles[place % 3]()
        found = (
            Found.FAULT
            if luck < 0.16
            else Found.MENDED
            if luck < 0.34
            else Found.SHUT
            if luck < 0.4
            else Found.FINE
        )
        words = town.rng.choice(_FAULTS) if found in (Found.FAULT, Found.MENDED) else ""
        with acting(by):
            calling_out.inspect(row.pk, found, words, by=by, at=starts + (5 + 6 * place) * minute)
        if found == Found.FAULT:
            faulty.append((row, words))
    chief = town.person("leader")
    _held(
        town,
        one.meeting,
        chief,
        "一、三组共查 19 处，当场整改的已复看。\n二、有问题待办的转工单，一周内复查。\n三、没查到的下周补上。",
    )
    for row, words in faulty[:3]:
        draft = Draft(f"{row.name}：{words}，限期整改。", channel=Channel.FIELD, place_text=row.place,
                      area_id=town.area(_GRID), source="callout", source_key=f"{one.pk}-object-{row.pk}")  # fmt: skip
        with acting(chief):
            calling_out.follow_up(
                one.pk, draft, object_id=row.pk, by=chief, at=one.meeting.ends_at + 10 * minute
            )
    with acting(chief):
        calling_out.settle(one.pk, by=chief, at=one.meeting.ends_at + 30 * minute)
    ahead = town.workday(-2, time(9, 30))
    _whistle(town, "leader", ahead, town.at - timedelta(hours=2), ("market", "enforcement", "fire"), "出租屋消防安全联合检查",
             "渔港巷口集合", area=STREET_CODE, kind="operation", hours=2,
             objects=tuple(Listed("出租屋", name) for name in _SHOPS["出租屋"]))  # fmt: skip


@transaction.atomic
def gather(seed: int, at: datetime) -> tuple[int, int]:
    """A month of liaison meetings, four whistles, two joint operations. (meetings, callouts)"""
    town = Town(seed, at)
    begin = at - timedelta(days=31)
    series = _series(town, begin)
    for row in series:
        with acting(_SWEEP):
            planning.plan_ahead(row.pk, by=_SWEEP, at=at)
    gone = Meeting.objects.filter(series__isnull=False, ends_at__lte=at).order_by("starts_at")
    for meeting in list(gone.select_related("called_by", "thread")):
        _answers(town, meeting, begin)
        _sweep(meeting.starts_at)
        _held(town, meeting, person_for(meeting.called_by), town.rng.choice(_NOTES))
    soon = Meeting.objects.filter(
        series__isnull=False, starts_at__gt=at, starts_at__lt=at + timedelta(days=7)
    )
    for meeting in soon:
        _answers(town, meeting, begin, silent=0.5)
    _whistles(town)
    _operations(town)
    return Meeting.objects.filter(callout=None).count(), Callout.objects.count()
