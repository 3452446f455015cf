"""Who may read and change articles. One table, closed by default.

Everybody reads what is published; staff also read drafts and what is out of use. Clerks, leaders and administrators
change the articles of their area, and those that hold everywhere when their area is a street or more.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_noop as _

from gongzhi.kit.errors import Forbidden, SignInFirst
from gongzhi.kit.rules import NO_ROWS, Rule, RuleTable
from gongzhi.knowledge.models import Article, Status
from gongzhi.people.actor import Person
from gongzhi.people.roles import Role
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level

#: Roles that keep the answers of their area.
EDITORS = (Role.CLERK, Role.LEADER, Role.ADMIN)
_WIDE = (Level.STREET, Level.DISTRICT)


def areas_kept(actor: Any) -> tuple[str, ...]:
    """Paths of the areas whose articles this actor keeps."""
    return actor.areas(*EDITORS) if isinstance(actor, Person) else ()


def keeps_everywhere(actor: Any) -> bool:
    """Whether one of these areas is a street or more, so that answers for everywhere are in it too."""
    wide = {area.path for area in ground().areas.values() if area.level in _WIDE}
    return any(path in wide for path in areas_kept(actor))


def keeps(actor: Any, division_id: int | None) -> bool:
    """Whether this actor keeps the answers of an area, or of everywhere (None)."""
    if division_id is None:
        return keeps_everywhere(actor)
    area = ground().areas.get(division_id)
    return area is not None and any(area.within(path) for path in areas_kept(actor))


def _where_kept(actor: Any) -> Q:
    found = NO_ROWS
    for path in areas_kept(actor):
        part = Q(division__path__startswith=path)
        found = part if found == NO_ROWS else found | part
    if keeps_everywhere(actor):
        found |= Q(division=None)
    return found


PUBLISHED = Rule(
    "published",
    _("所有人（已发布的）"),
    lambda actor, article: article.status == Status.PUBLISHED,
    lambda actor: Q(status=Status.PUBLISHED),
)
STAFF = Rule(
    "any_post",
    _("所有工作人员"),
    lambda actor, article: isinstance(actor, Person) and actor.is_staff,
    lambda actor: Q() if isinstance(actor, Person) and actor.is_staff else NO_ROWS,
)
EDITOR = Rule(
    "editor",
    _("本区域的受理员、领导和系统管理员"),
    lambda actor, article: keeps(actor, article.division_id),
    _where_kept,
)

#: About one article.
RULES = RuleTable(
    {
        "see": PUBLISHED | STAFF,
        "see_versions": STAFF,
        "change": EDITOR,
        "publish": EDITOR,
        "still_true": EDITOR,
        "retire": EDITOR,
        "restore": EDITOR,
    }
)


def _keeps_some(actor: Any, thing: object = None) -> bool:
    return bool(areas_kept(actor))


_SOME_AREA = Rule(
    "keeps_some_area",
    _("受理员、领导和系统管理员"),
    _keeps_some,
    lambda actor: Q() if _keeps_some(actor) else NO_ROWS,
)
#: About the means as a whole; the "thing" is None.
DOORS = RuleTable({"open_house": STAFF, "write": _SOME_AREA, "take_in": _SOME_AREA, "hand_out": STAFF})


def require(actor: Any, verb: str) -> Person:
    """The actor as a person who may pass this door; SignInFirst or Forbidden otherwise."""
    if isinstance(actor, Person) and DOORS.may(actor, verb, None):
        return actor
    if getattr(actor, "account_id", None) is None:
        raise SignInFirst
    if verb in ("write", "take_in"):
        raise Forbidden(_("问答由受理员、领导和系统管理员维护。"), help=_("发现写错了，请告诉受理员。"))
    raise Forbidden(_("这个页面只对工作人员开放。"))


def require_area(actor: Any, division_id: int | None) -> None:
    """Raise Forbidden unless the actor keeps the answers of this area; services of our own may keep all."""
    if getattr(actor, "service", None) is not None or keeps(actor, division_id):
        return
    if getattr(actor, "account_id", None) is None:
        raise SignInFirst
    raise Forbidden(_("这个区域的问答不归您维护。"), help=_("请选您负责的区域。"), code="not_your_area")


def require_article(actor: Any, verb: str, article: Article) -> None:
    """Raise Forbidden unless the actor may do this with the article; services of our own may."""
    if getattr(actor, "service", None) is None:
        RULES.require(actor, verb, article)
