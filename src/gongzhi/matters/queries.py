"""What can be asked of any matter: its clocks, its parties, what it led to, and whose reminders are open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from gongzhi.kit.errors import NotFound
from gongzhi.matters.models import Deadline, Link, Matter, Offer, Part, Party, Reminder
from gongzhi.matters.policies import OFFERS
from gongzhi.people.actor import Person
from gongzhi.people.queries import accounts_holding
from gongzhi.people.roles import AREA_ROLES, Role


def deadlines_of(matter_id: int) -> QuerySet[Deadline]:
    """All promises of a matter, running ones first, by moment."""
    return Deadline.objects.filter(matter_id=matter_id, cancelled_at=None).order_by("met_at", "due_at")


def links_of(matter_id: int) -> list[Link]:
    """Links from and to a matter that still hold."""
    return list(
        Link.objects.filter(Q(origin_id=matter_id) | Q(target_id=matter_id), ended_at=None)
        .select_related("origin", "target")
        .order_by("since")
    )


def matter_by_key(key_digest: bytes) -> tuple[int, str] | None:
    """The matter and part that a code opens, or None."""
    return Party.objects.filter(key_digest=key_digest).values_list("matter_id", "part").first()


def matters_of(account_id: int) -> QuerySet[Matter]:
    """Matters in which an account takes part, newest first."""
    return (
        Matter.objects.filter(parties__account_id=account_id, parties__part__in=Part.values)
        .order_by("-opened_at", "-pk")
        .distinct()
    )


def followers(matter_id: int) -> int:
    """How many follow a matter besides its reporter."""
    return Party.objects.filter(matter_id=matter_id, part=Part.FOLLOWER).count()


#: In a residents' committee nobody is called handler or head of unit: there the grid's people are.
STANDS_FOR: dict[str, tuple[str, ...]] = {
    Role.GRID_MEMBER: (Role.GRID_MEMBER, Role.HANDLER),
    Role.GRID_LEADER: (Role.GRID_LEADER, Role.HANDLER, Role.UNIT_HEAD),
}


def reminders_for(person: Person) -> QuerySet[Reminder]:
    """Open reminders addressed to one of the person's posts, newest first."""
    mine = Q(pk__in=[])
    for post in person.posts:
        if post.role in AREA_ROLES:
            mine |= Q(role=post.role, division__path__startswith=post.division_path or "/")
        elif post.organisation_id:
            # What has gone to another unit since is no longer theirs.
            mine |= Q(
                role__in=STANDS_FOR.get(post.role, (post.role,)),
                organisation_id=post.organisation_id,
                matter__answerable_id=post.organisation_id,
            )
    return Reminder.objects.filter(mine, settled_at=None).select_related("matter", "deadline").order_by("-at")


def people_of(reminders: Iterable[Reminder], on: date) -> list[int]:
    """The accounts that some reminders are for: the other side of :func:`reminders_for`. One statement for each.

    Of an area role, those whose area is the nearest above: the street's clerk is told and not the district's as well.
    """
    found: dict[int, None] = {}
    for reminder in reminders:
        if reminder.role in AREA_ROLES:
            path = reminder.division.path if reminder.division else ""
            found |= dict.fromkeys(accounts_holding([reminder.role], on, above=path))
        elif reminder.organisation_id:
            roles = [role for role in Role.values if reminder.role in STANDS_FOR.get(role, (role,))]
            found |= dict.fromkeys(accounts_holding(roles, on, organisations=[reminder.organisation_id]))
    return list(found)


def topics_for(person: Person) -> QuerySet[Offer]:
    """Topics of the person's areas, newest first."""
    rows = Offer.objects.filter(kind=Offer.Kind.TOPIC).select_related(
        "division", "body", "answered_by", "outcome_by", "matter"
    )
    return OFFERS.which(person, "see", rows).order_by("-at", "-pk")


def get_topic(offer_id: int, *, by: Person) -> Offer:
    """One topic. NotFound for whoever is of another area."""
    found = topics_for(by).filter(pk=offer_id).first()
    if found is None:
        raise NotFound
    return found


def stories() -> QuerySet[Offer]:
    """Stories that everybody may read, newest first."""
    rows = Offer.objects.filter(kind=Offer.Kind.STORY, state=Offer.State.PUBLISHED)
    return rows.select_related("body").order_by("-at", "-pk")


def get_story(key: UUID) -> Offer:
    """A story. NotFound when it was taken back: nothing of it is left."""
    found = stories().filter(key=key).first()
    if found is None:
        raise NotFound(_("没有这个案例，或者它已经撤回。"))
    return found
