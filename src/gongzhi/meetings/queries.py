"""What can be asked of meetings: one, mine, those of some days, what waits for an answer, the series."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import NotFound
from gongzhi.meetings.models import Answer, Invitation, Meeting, Series
from gongzhi.meetings.policies import ANSWERING, CALLER, INVITED, RULES, SERIES_RULES
from gongzhi.people.actor import Person
from gongzhi.people.models import Post
from gongzhi.people.roles import GRID_ROLES, Role

#: A list holds at most so many.
MOST = 200
#: A meeting that comes again asks for its answer so long before.
SOON = timedelta(days=7)


def get_meeting(meeting_id: int, *, by: Actor) -> Meeting:
    """One meeting that this actor may see. Raises NotFound."""
    meeting = (
        Meeting.objects.select_related(
            "thread", "division", "organisation", "called_by", "note__by", "cancelled", "series"
        )
        .filter(pk=meeting_id)
        .first()
    )
    if meeting is None or not RULES.may(by, "see", meeting):
        raise NotFound(_("没有这个会议，或没有邀请您。"))
    return meeting


def get_series(series_id: int, *, by: Actor) -> Series:
    """One series that this actor may see. Raises NotFound."""
    series = (
        Series.objects.select_related("division", "organisation", "called_by").filter(pk=series_id).first()
    )
    if series is None or not SERIES_RULES.may(by, "see", series):
        raise NotFound(_("没有这个例会安排。"))
    return series


def invitations_of(meeting: Meeting) -> list[Invitation]:
    """All who are invited to a meeting, with what they said and who came. Organisations first."""
    rows = meeting.invitations.select_related("organisation", "account", "answered_by", "said", "who")
    return sorted(rows, key=lambda row: (row.organisation_id is None, row.pk))


def is_mine(invitation: Invitation, *, by: Actor) -> bool:
    """May this person answer this invitation?"""
    if invitation.account_id is not None:
        return invitation.account_id == by.account_id
    return isinstance(by, Person) and invitation.organisation_id in by.organisations(*ANSWERING)


def _my_invitations(by: Actor) -> Q:
    mine = Q(account_id=by.account_id)
    if isinstance(by, Person):
        mine |= Q(organisation_id__in=sorted(by.organisations(*ANSWERING)))
    return mine


def _with_mine(rows: QuerySet[Meeting], by: Actor) -> QuerySet[Meeting]:
    """The same with the actor's own invitations as ``mine``. One statement more."""
    own = Invitation.objects.filter(_my_invitations(by)).select_related("organisation").order_by("id")
    return rows.select_related("division", "organisation").prefetch_related(
        Prefetch("invitations", queryset=own, to_attr="mine")
    )


def meetings_between(
    since: datetime, until: datetime, *, by: Actor, area: bool = False, bodies: Iterable[int] = ()
) -> list[Meeting]:
    """Meetings that begin from ``since`` and before ``until``: those called by or for the actor, or all of the area."""
    rows = Meeting.objects.filter(starts_at__gte=since, starts_at__lt=until)
    if area:
        rows = RULES.which(by, "see", rows)
    else:
        rows = rows.filter(CALLER.where(by) | INVITED.where(by))
    return list(_with_mine(rows, by).order_by("starts_at", "thread_id")[:MOST])


def past_meetings(before: datetime, *, by: Actor, most: int = 50) -> list[Meeting]:
    """Meetings that are over, newest first."""
    rows = Meeting.objects.filter(CALLER.where(by) | INVITED.where(by), ends_at__lte=before)
    return list(_with_mine(rows, by).order_by("-starts_at", "-thread_id")[:most])


def waiting(*, by: Actor, at: datetime) -> list[Invitation]:
    """Invitations that this person, or one's organisation, has not answered yet; the next to run out first.

    Of meetings that come again only those of the next week: nobody can say today who comes in five.
    """
    return list(
        Invitation.objects.filter(
            _my_invitations(by), answer=Answer.NONE, meeting__cancelled_at=None, meeting__ends_at__gt=at
        )
        .filter(Q(meeting__series=None) | Q(meeting__starts_at__lt=at + SOON))
        .select_related("organisation", "meeting__division", "meeting__organisation")
        .order_by("answer_by", "id")[:20]
    )


def series_seen(*, by: Actor) -> list[Series]:
    """Series that run today and that this person may see, from the district down."""
    today = clock.today()
    rows = Series.objects.filter(Q(ends_on=None) | Q(ends_on__gt=today)).select_related(
        "division", "organisation"
    )
    return list(SERIES_RULES.which(by, "see", rows).order_by("division__code", "title")[:MOST])


def meetings_of_series(keys: Iterable[int], *, at: datetime) -> tuple[dict[int, Meeting], dict[int, Meeting]]:
    """(next, last) meeting of each series, cancelled ones left out. Two statements."""
    rows = Meeting.objects.filter(series_id__in=list(keys), cancelled_at=None)
    coming = rows.filter(ends_at__gt=at).order_by("series_id", "starts_at").distinct("series_id")
    gone = rows.filter(ends_at__lte=at).order_by("series_id", "-starts_at").distinct("series_id")
    return {m.series_id or 0: m for m in coming}, {m.series_id or 0: m for m in gone}


def running_series() -> list[int]:
    """Series that have not ended, for the nightly planning."""
    today = clock.today()
    return list(Series.objects.filter(Q(ends_on=None) | Q(ends_on__gt=today)).values_list("pk", flat=True))


def people_to_invite(paths: Iterable[str], *, most: int = 120) -> list[tuple[int, str, str, str]]:
    """(account, name, role, area) of those who work in the grids and buildings below ``paths``.

    Where that would be too many for a list, only the grid leaders.
    """
    where = Q(pk__in=[])
    for path in paths:
        where |= Q(division__path__startswith=path)
    today = clock.today()
    posts = (
        Post.objects.filter(where, starts_on__lte=today, account__is_active=True)
        .filter(Q(ends_on=None) | Q(ends_on__gt=today))
        .order_by("division__code", "role", "id")
    )
    roles: tuple[str, ...] = (*GRID_ROLES, Role.BUILDING_HEAD)
    for wanted in (roles, tuple(GRID_ROLES), (Role.GRID_LEADER,)):
        rows = list(
            posts.filter(role__in=wanted).values_list(
                "account_id", "account__name", "role", "division__name"
            )[: most + 1]
        )
        if len(rows) <= most:
            break
    return [(account, str(name), str(role), str(area)) for account, name, role, area in rows[:most]]
