"""Who takes up what is offered to the people of an area. Stories are read by everybody; topics by those who could take them."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as say
from django.utils.translation import gettext_noop as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Forbidden, SignInFirst
from gongzhi.kit.rules import NO_ROWS, Rule, RuleTable
from gongzhi.matters.models import Offer
from gongzhi.people.actor import Person
from gongzhi.people.queries import organisations
from gongzhi.people.roles import Role
from gongzhi.territory.ground import ground

#: Who takes a topic up where no room does; auditors read.
TAKING = (Role.LEADER, Role.CLERK, Role.GRID_LEADER)
READING = (*TAKING, Role.AUDITOR, Role.CASE_CLERK, Role.MEDIATOR)


def _paths(actor: Actor, roles: tuple[Role, ...]) -> list[str]:
    """Areas of the actor's posts."""
    if not isinstance(actor, Person):
        return []
    bodies, land = organisations(), ground()
    found = []
    for post in actor.holding(*roles):
        body = bodies.get(post.organisation_id or 0)
        area = land.areas.get((body.division_id if body else None) or 0)
        path = post.division_path or (area.path if area else "")
        if path:
            found.append(path)
    return found


def _near(path: str, mine: str) -> bool:
    """In my area, or an area that mine lies in: a grid leader is of their community."""
    return path.startswith(mine) or mine.startswith(path)


def _rule(name: str, label: str, roles: tuple[Role, ...]) -> Rule:
    def holds(actor: Actor, offer: Offer | None = None) -> bool:
        mine = _paths(actor, roles)
        if offer is None or offer.division is None:
            return bool(mine)
        return any(_near(offer.division.path, path) for path in mine)

    def where(actor: Actor) -> Q:
        mine = _paths(actor, roles)
        found = Q(division=None) if mine else NO_ROWS
        for path in mine:
            above = ["/".join(path.split("/")[:n]) + "/" for n in range(1, path.count("/") + 1)]
            found |= Q(division__path__startswith=path) | Q(division__path__in=above)
        return found

    return Rule(name, label, holds, where)


READS = _rule("reads_topics", _("本辖区的领导、受理员、网格长，调委会和审计员"), READING)
TAKES = _rule("takes_topics", _("本辖区的领导、受理员和网格长"), TAKING)
OFFERS = RuleTable({"see": READS, "answer": TAKES})


def require(actor: Actor | None, verb: str, offer: Offer | None = None) -> Person:
    """The actor as a person who may do this; SignInFirst or Forbidden otherwise."""
    if isinstance(actor, Person) and OFFERS.may(actor, verb, offer):
        return actor
    if actor is None or actor.account_id is None:
        raise SignInFirst
    raise Forbidden(say(_("议题建议由本辖区的领导、受理员和网格长办理。")))
