"""Who may do what with a work order, and which ones may they see. One table, closed by default.

Each rule answers both "may this person?" and "which orders?"; a test checks that the two agree. Area is decided by
the posts people hold, never by who happens to know a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.rules import Rule, RuleTable
from gongzhi.matters.models import How, Link, Part, Party
from gongzhi.people.actor import Person
from gongzhi.people.roles import GRID_ROLES, UNIT_ROLES, Role
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level
from gongzhi.workorders.models import Request, WorkOrder

_FIELD = {
    Level.STREET: "street_id",
    Level.COMMUNITY: "community_id",
    Level.GRID: "grid_id",
    Level.BUILDING: "building_id",
}


def in_area(division_id: int) -> Q:
    """Orders in a division. Those whose place nobody knows yet belong to the street that keeps them."""
    area = ground().areas.get(division_id)
    if area is None:
        return Q(pk__in=[])
    if area.level == Level.DISTRICT:
        return Q(street_id__in=[street.id for street in ground().children(area.id)])
    return Q(**{_FIELD[Level(area.level)]: area.id})


def _lies_in(order: WorkOrder, division_id: int) -> bool:
    area = ground().areas.get(division_id)
    if area is None:
        return False
    if area.level == Level.DISTRICT:
        street = ground().areas.get(order.street_id or 0)
        return street is not None and street.parent_id == area.id
    return bool(getattr(order, _FIELD[Level(area.level)]) == area.id)


def _any(parts: Iterable[Q]) -> Q:
    found = Q(pk__in=[])
    for part in parts:
        found |= part
    return found


def _area_rule(name: str, label: str, *roles: str) -> Rule:
    """Holders of these roles, for the orders in their areas."""

    def holds(actor: Actor, order: WorkOrder) -> bool:
        return isinstance(actor, Person) and any(
            _lies_in(order, post.division_id) for post in actor.holding(*roles) if post.division_id
        )

    def where(actor: Actor) -> Q:
        if not isinstance(actor, Person):
            return Q(pk__in=[])
        return _any(in_area(post.division_id) for post in actor.holding(*roles) if post.division_id)

    return Rule(name, label, holds, where)


def _unit_rule(
    name: str, label: str, ids: Callable[[WorkOrder], Iterable[int]], field: str, *roles: str
) -> Rule:
    """Holders of these roles in an organisation that the order names."""

    def holds(actor: Actor, order: WorkOrder) -> bool:
        return isinstance(actor, Person) and not actor.organisations(*roles).isdisjoint(ids(order))

    def where(actor: Actor) -> Q:
        if not isinstance(actor, Person):
            return Q(pk__in=[])
        return Q(**{field: sorted(actor.organisations(*roles))})

    return Rule(name, label, holds, where)


def _reporter_holds(actor: Actor, order: WorkOrder) -> bool:
    if isinstance(actor, Person) and order.pk in actor.bearer_of:
        return True
    return actor.account_id is not None and order.reporter_id == actor.account_id


def _reporter_where(actor: Actor) -> Q:
    found = Q(pk__in=sorted(actor.bearer_of)) if isinstance(actor, Person) else Q(pk__in=[])
    return found | Q(reporter_id=actor.account_id) if actor.account_id is not None else found


def _follower_holds(actor: Actor, order: WorkOrder) -> bool:
    if isinstance(actor, Person) and order.pk in actor.reader_of:
        return True
    if (
        actor.account_id is not None
        and Party.objects.filter(matter_id=order.pk, account_id=actor.account_id, part=Part.FOLLOWER).exists()
    ):
        return True
    mine = None if order.private else _mine_merged(actor)
    return mine is not None and mine.filter(target_id=order.pk).exists()


def _follower_where(actor: Actor) -> Q:
    found = Q(pk__in=sorted(actor.reader_of)) if isinstance(actor, Person) else Q(pk__in=[])
    if actor.account_id is not None:
        found |= Q(
            pk__in=Party.objects.filter(account_id=actor.account_id, part=Part.FOLLOWER).values("matter_id")
        )
    mine = _mine_merged(actor)
    return found if mine is None else found | Q(private=False, pk__in=mine.values("target_id"))


def _mine_merged(actor: Actor) -> QuerySet[Link] | None:
    """Merges of what this actor reported into something else; None for those who can have none."""
    origin = Q(pk__in=[])
    if actor.account_id is not None:
        origin |= Q(origin__workorder__reporter_id=actor.account_id)
    if isinstance(actor, Person) and actor.bearer_of:
        origin |= Q(origin_id__in=sorted(actor.bearer_of))
    if origin == Q(pk__in=[]):
        return None
    return Link.objects.filter(origin, how=How.MERGED_INTO, ended_at=None)


REPORTER = Rule("reporter", _("反映人"), _reporter_holds, _reporter_where)
FOLLOWER = Rule("follower", _("关注人，和反映被并入的人"), _follower_holds, _follower_where)
CLERK = _area_rule("clerk", _("本街道的受理员"), Role.CLERK)
SUPERVISOR = _area_rule("supervisor", _("领导、审计员和核查员"), Role.LEADER, Role.AUDITOR, Role.CHECKER)
GRID = _area_rule("grid", _("本网格的网格长和网格员"), *GRID_ROLES)
UNIT = _unit_rule(
    "unit",
    _("主办单位的人员"),
    lambda order: [order.unit_id] if order.unit_id else [],
    "unit_id__in",
    *UNIT_ROLES,
)
JOINT = _unit_rule("joint", _("协办单位的人员"), lambda order: order.joint, "joint__overlap", *UNIT_ROLES)
NOT_ANSWERER = Rule(
    "not_answerer",
    _("没有经手这次答复的人"),
    lambda actor, order: (
        actor.account_id is not None and actor.account_id not in (order.answered_by_id, order.handler_id)
    ),
    lambda actor: (
        (Q(answered_by=None) | ~Q(answered_by_id=actor.account_id))
        & (Q(handler=None) | ~Q(handler_id=actor.account_id))
        if actor.account_id
        else Q(pk__in=[])
    ),
)
CHECKS = _area_rule("checks", _("本街道的核查员和受理员"), Role.CHECKER, Role.CLERK)
#: The service that acts for whoever answers by the link of an outside body; it can do nothing else.
OUTSIDE_SERVICE = "outside"
#: The service that acts for a police station that signed its message; likewise.
POLICE_SERVICE = "police"
#: The service that acts for partners by Open311, and for what is forwarded to them by the table of codes; likewise.
OPEN311_SERVICE = "open311"
_FOR_OTHERS = (None, OUTSIDE_SERVICE, POLICE_SERVICE, OPEN311_SERVICE)
SYSTEM = Rule(
    "system",
    _("系统"),
    lambda actor, order: actor.service not in _FOR_OTHERS,
    lambda actor: Q() if actor.service not in _FOR_OTHERS else Q(pk__in=[]),
)
OUTSIDE_BODY = Rule(
    "outside",
    _("持有外单位链接的人"),
    lambda actor, order: actor.service == OUTSIDE_SERVICE,
    lambda actor: Q() if actor.service == OUTSIDE_SERVICE else Q(pk__in=[]),
)
POLICE_BODY = Rule(
    "police",
    _("公安机关（签名的消息）"),
    lambda actor, order: actor.service == POLICE_SERVICE,
    lambda actor: Q() if actor.service == POLICE_SERVICE else Q(pk__in=[]),
)
OPEN311 = Rule(
    "open311",
    _("Open311 接口"),
    lambda actor, order: actor.service == OPEN311_SERVICE,
    lambda actor: Q() if actor.service == OPEN311_SERVICE else Q(pk__in=[]),
)
LEADER = _area_rule("leader", _("领导"), Role.LEADER)
#: In a residents' committee the grid leader stands for the head of the unit.
_HEAD = _unit_rule(
    "head",
    _("主办单位的负责人"),
    lambda order: [order.unit_id] if order.unit_id else [],
    "unit_id__in",
    Role.UNIT_HEAD,
    Role.GRID_LEADER,
)


def _pending(order: WorkOrder) -> tuple[int | None, int | None]:
    """Who asked for what is pending on an order: (account, unit)."""
    rows = Request.objects.filter(order_id=order.pk, state=Request.State.PENDING)
    return (rows.values_list("asked_by_id", "unit_id").first() if order.asked else None) or (None, None)


def _asked_it(actor: Actor) -> Q:
    mine = Request.objects.filter(state=Request.State.PENDING, asked_by_id=actor.account_id)
    return Q(pk__in=mine.values("order_id"))


NOT_ASKER = Rule(
    "not_asker",
    _("没有提出这件申请的人"),
    lambda actor, order: actor.account_id is not None and _pending(order)[0] != actor.account_id,
    lambda actor: ~_asked_it(actor) if actor.account_id else Q(pk__in=[]),
)


def _asker_holds(actor: Actor, order: WorkOrder) -> bool:
    account, unit = _pending(order)
    if actor.account_id is None or account is None:
        return False
    return account == actor.account_id or (
        isinstance(actor, Person) and unit is not None and unit in actor.organisations(*UNIT_ROLES)
    )


def _asker_where(actor: Actor) -> Q:
    if actor.account_id is None:
        return Q(pk__in=[])
    found = _asked_it(actor)
    if isinstance(actor, Person) and (units := actor.organisations(*UNIT_ROLES)):
        rows = Request.objects.filter(state=Request.State.PENDING, unit_id__in=sorted(units))
        found |= Q(pk__in=rows.values("order_id"))
    return found


CURRENT = Rule(
    "current",
    _("不是历史记录"),
    lambda actor, order: not order.history,
    lambda actor: Q(history=False),
)


def _named(name: str, label: str, rule: Rule) -> Rule:
    return Rule(name, label, rule.holds, rule.where)


STAFF = _named("staff", _("与工单有关的工作人员"), CLERK | UNIT | JOINT | GRID | SUPERVISOR)
SEE = _named("see", _("工作人员、反映人和关注人"), STAFF | REPORTER | FOLLOWER)
#: Those who may leave something on an order: not the auditor, who only reads what others did.
_LOOKS_AFTER = _area_rule("looks_after", _("与工单有关的工作人员"), Role.LEADER, Role.CHECKER)
INVOLVED = _named("involved", _("与工单有关的工作人员"), CLERK | UNIT | JOINT | GRID | _LOOKS_AFTER)
CHECKER = _named("checker", _("没有经手答复的核查员或受理员"), CHECKS & NOT_ANSWERER)
REPORTER_OR_CLERK = _named("reporter_or_clerk", _("反映人或受理员"), (REPORTER | CLERK) & CURRENT)
UNIT_OR_SYSTEM = _named("unit_or_system", _("主办单位，或等待期满时的系统"), UNIT | SYSTEM)
CLERK_OR_UNIT = _named("clerk_or_unit", _("受理员或主办单位"), CLERK | UNIT)
ASKER = Rule("asker", _("提出申请的单位或本人"), _asker_holds, _asker_where)
ARBITER = _named("arbiter", _("受理员，但不是提出申请的人"), CLERK & NOT_ASKER)
DECIDER = _named("decider", _("领导或受理员，但不是提出申请的人"), (LEADER | CLERK) & NOT_ASKER)
SUPERVISES = _named("supervises", _("领导或受理员"), LEADER | CLERK)
URGES = _named("urges", _("领导、受理员，和反映人"), LEADER | CLERK | (REPORTER & CURRENT))
FORWARDS = _named("forwards", _("受理员或主办单位的负责人"), CLERK | _HEAD)
FORWARDS_OR_TABLE = _named(
    "forwards_or_table", _("受理员、主办单位的负责人，或按对照表转出的接口"), FORWARDS | OPEN311
)
RESPONDS = _named("responds", _("持有外单位链接的人，或外单位的接口"), OUTSIDE_BODY | OPEN311)
VISITS = _named("visits", _("没有经手答复的受理员"), CLERK & NOT_ANSWERER & CURRENT)
HANDS_TO_POLICE = _named("hands_to_police", _("受理员、主办单位和本网格人员"), CLERK | UNIT | GRID)
HEARS_OF_POLICE = _named("hears_of_police", _("公安机关，或记下回执的受理员"), POLICE_BODY | CLERK)
CLERK_OR_UNIT_OR_SYSTEM = _named(
    "clerk_or_unit_or_system", _("受理员、主办单位，或应急结束时的系统"), CLERK | UNIT | SYSTEM
)
CONTACT = _named("contact", _("受理员和主办单位的人员"), CLERK | UNIT)

RULES = RuleTable(
    {
        "see": SEE,
        "dispatch": CLERK,
        "redispatch": CLERK,
        "accept": UNIT,
        "assign": UNIT,
        "ask_return": UNIT,
        "grant_return": ARBITER,
        "refuse_return": ARBITER,
        "ask_extension": UNIT,
        "grant_extension": DECIDER,
        "refuse_extension": DECIDER,
        "ask_suspension": UNIT,
        "grant_suspension": DECIDER,
        "refuse_suspension": DECIDER,
        "resume_work": CLERK_OR_UNIT,
        "ask_void": CLERK_OR_UNIT,
        "grant_void": DECIDER,
        "refuse_void": DECIDER,
        "restore": CLERK,
        "withdraw_request": ASKER,
        "ask_verify": CLERK,
        "verify": GRID,
        "take_back": CLERK,
        "forward": FORWARDS_OR_TABLE,
        "respond": RESPONDS,
        "renew": FORWARDS,
        "recall": CLERK_OR_UNIT,
        "urge": URGES,
        "supervise": SUPERVISES,
        "remark": LEADER,
        "report_back": UNIT,
        "split": CLERK_OR_UNIT,
        "rejoin": CLERK_OR_UNIT,
        "fold": SYSTEM,
        "sign_off": JOINT,
        "visit": VISITS,
        "plan_visit": VISITS,
        "drop_visit": VISITS,
        "lift": SUPERVISES,
        "hand_to_police": HANDS_TO_POLICE,
        "taken_by_police": HEARS_OF_POLICE,
        "returned_by_police": HEARS_OF_POLICE,
        "recall_from_police": HANDS_TO_POLICE,
        "hold": SYSTEM,
        "unhold": CLERK_OR_UNIT_OR_SYSTEM,
        "ask_resident": UNIT,
        "supply": REPORTER_OR_CLERK,
        "take_up": UNIT_OR_SYSTEM,
        "answer": UNIT,
        "pass_check": CHECKER,
        "fail_check": CHECKER,
        "confirm": REPORTER,
        "dispute": REPORTER,
        "lapse": SYSTEM,
        "rate": REPORTER,
        "reopen": REPORTER_OR_CLERK,
        "merge": CLERK,
        "unmerge": CLERK,
        "decline": CLERK,
        "withdraw": REPORTER,
        "retrieve": CLERK,
        "recategorise": CLERK_OR_UNIT,
        "relocate": INVOLVED,
        "note": INVOLVED,
        "add": REPORTER,
    }
)


def standing(actor: Actor, order: WorkOrder) -> str:
    """From which side an actor sees an order: ``staff``, ``party`` (its reporter) or ``public`` (a follower)."""
    if STAFF.holds(actor, order):
        return "staff"
    return "party" if REPORTER.holds(actor, order) else "public"
