"""Who may do what with a meeting or a series, and which ones may they see. One table each, closed by default.

Each rule answers both "may this person?" and "which ones?"; a test checks that the two agree.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_noop as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Forbidden, SignInFirst
from gongzhi.kit.rules import NO_ROWS, Rule, RuleTable
from gongzhi.people.actor import Person, PostHeld
from gongzhi.people.models import OrganisationKind
from gongzhi.people.queries import organisations
from gongzhi.people.roles import GRID_ROLES, Role
from gongzhi.territory.ground import ground

#: Who calls meetings, for the area or the organisation of their post.
CALLING = (Role.LEADER, Role.CLERK, Role.UNIT_HEAD, Role.GRID_LEADER, Role.BUILDING_HEAD)
#: Who speaks for an organisation that is invited. A building head is a neighbour: invited by name.
ANSWERING = (Role.LEADER, Role.CLERK, Role.UNIT_HEAD, Role.HANDLER, *sorted(GRID_ROLES))
#: Who looks after all meetings of their area.
OVERSEEING = (Role.LEADER, Role.AUDITOR, Role.CLERK)
#: Bodies without an area of their own that may call for the whole territory.
_EVERYWHERE = frozenset(
    {OrganisationKind.GOVERNMENT, OrganisationKind.BUREAU, OrganisationKind.ENFORCEMENT, OrganisationKind.BRANCH,
     OrganisationKind.OFFICE, OrganisationKind.POLICE, OrganisationKind.FIRE, OrganisationKind.SERVICE_CENTRE,
     OrganisationKind.HEALTH, OrganisationKind.DUTY_ROOM}
)  # fmt: skip


def is_staff(actor: object) -> bool:
    """Does this person hold a post?"""
    return isinstance(actor, Person) and actor.is_staff


def staff(actor: Actor | None) -> Person:
    """The actor as somebody who holds a post; SignInFirst or Forbidden otherwise."""
    if isinstance(actor, Person) and actor.is_staff:
        return actor
    if actor is None or actor.account_id is None:
        raise SignInFirst
    raise Forbidden(_t("会议页面只对工作人员开放。"))


def _speaks_for(actor: Actor, *roles: str) -> list[int]:
    return sorted(actor.organisations(*roles)) if isinstance(actor, Person) else []


def _caller_holds(actor: Actor, thing: Any) -> bool:
    if not is_staff(actor):
        return False
    if thing.called_by_id == actor.account_id:
        return True
    return thing.organisation_id is not None and thing.organisation_id in _speaks_for(actor, *_ACTS_FOR)


#: Who continues what a colleague of the same organisation called.
_ACTS_FOR = (Role.LEADER, Role.CLERK, Role.UNIT_HEAD, Role.GRID_LEADER)


def _caller_where(actor: Actor) -> Q:
    if not is_staff(actor):
        return NO_ROWS
    bodies = _speaks_for(actor, *_ACTS_FOR)
    mine = Q(called_by_id=actor.account_id)
    return mine | Q(organisation_id__in=bodies) if bodies else mine


def _invited_holds(actor: Actor, thing: Any) -> bool:
    if not isinstance(actor, Person) or actor.account_id is None:
        return False
    return actor.account_id in thing.guests or bool(set(_speaks_for(actor, *ANSWERING)) & set(thing.bodies))


def _invited_where(actor: Actor) -> Q:
    if not isinstance(actor, Person) or actor.account_id is None:
        return NO_ROWS
    found = Q(guests__contains=[actor.account_id])
    bodies = _speaks_for(actor, *ANSWERING)
    return found | Q(bodies__overlap=bodies) if bodies else found


def _overseen(actor: Actor) -> tuple[str, ...]:
    return actor.areas(*OVERSEEING) if isinstance(actor, Person) else ()


def _overseer_holds(actor: Actor, thing: Any) -> bool:
    area = ground().areas.get(thing.division_id)
    return area is not None and any(area.within(path) for path in _overseen(actor))


def _overseer_where(actor: Actor) -> Q:
    found = NO_ROWS
    for path in _overseen(actor):
        found |= Q(division__path__startswith=path)
    return found


CALLER = Rule("caller", _("召集人和召集单位的负责人员"), _caller_holds, _caller_where)
INVITED = Rule("invited", _("被邀请的单位和个人"), _invited_holds, _invited_where)
OVERSEER = Rule("overseer", _("本辖区的领导、受理员和审计员"), _overseer_holds, _overseer_where)

RULES = RuleTable(
    {
        "see": CALLER | INVITED | OVERSEER,
        "answer": INVITED,
        "invite": CALLER,
        "amend": CALLER,
        "tick": CALLER,
        "note": CALLER,
        "cancel": CALLER,
    }
)
SERIES_RULES = RuleTable({"see": CALLER | INVITED | OVERSEER, "end": CALLER})


def reach(post: PostHeld, roles: tuple[str, ...] = CALLING) -> tuple[str, ...]:
    """Paths of the areas for which a post may call a meeting: its own, its organisation's, and what lies below.

    ``roles`` are those that may call at all; a room that calls for a purpose of its own may name fewer.
    """
    if post.role not in roles:
        return ()
    paths = [post.division_path] if post.division_id else []
    body = organisations().get(post.organisation_id or 0)
    if body is not None and post.role != Role.BUILDING_HEAD:
        areas = [ground().areas[i].path for i in (body.division_id, *body.serves) if i in ground().areas]
        if not areas and body.kind in _EVERYWHERE:
            areas = ["/"]
        paths += areas
    return tuple(dict.fromkeys(paths))


def may_call(actor: object, roles: tuple[str, ...] = CALLING) -> bool:
    """May this person call meetings at all?"""
    return isinstance(actor, Person) and any(reach(post, roles) for post in actor.posts)


def calling_post(actor: Actor, division_id: int, roles: tuple[str, ...] = CALLING) -> PostHeld:
    """The post under which this person calls a meeting for an area; Forbidden when there is none."""
    area = ground().areas.get(division_id)
    if isinstance(actor, Person) and area is not None:
        for post in actor.posts:
            if any(area.within(path) for path in reach(post, roles)):
                return post
    if actor.account_id is None:
        raise SignInFirst
    raise Forbidden(
        _t("您不能为这个区域召集会议。"),
        help=_t("可以为自己负责的区域和它下面的区域召集。"),
        code="not_your_area",
    )
