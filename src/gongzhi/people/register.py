"""The register of posts as people read it: who holds what in each grid and unit, what is vacant, who has how much."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from gongzhi.people import loads
from gongzhi.people.models import OrganisationKind, Post, Staffing
from gongzhi.people.queries import organisations
from gongzhi.people.roles import Role
from gongzhi.territory.ground import Area, ground
from gongzhi.territory.models import Level


@dataclass(frozen=True)
class Held:
    """One post as it is held."""

    post_id: int
    account_id: int
    name: str
    role: str
    label: str
    starts_on: date
    ends_on: date | None
    open: int
    place: str = ""


@dataclass
class GridPosts:
    """A grid with its people. ``heads`` look after its buildings; ``missing`` are (label, how many)."""

    area: Area
    held: list[Held]
    buildings: int
    heads: list[Held]
    open: int
    missing: list[tuple[str, int]] = field(default_factory=list)

    @property
    def building_heads(self) -> int:
        """How many look after a building."""
        return len(self.heads)


@dataclass
class CommunityPosts:
    """A community with its grids."""

    area: Area
    grids: list[GridPosts]

    @property
    def missing(self) -> int:
        """Vacant posts in its grids."""
        return sum(n for grid in self.grids for _label, n in grid.missing)


@dataclass
class UnitPosts:
    """A unit with its people."""

    id: int
    name: str
    kind: str
    area: str
    held: list[Held]


def _posts(on: date) -> list[Post]:
    posts = Post.objects.filter(starts_on__lte=on).filter(Q(ends_on=None) | Q(ends_on__gt=on))
    return list(posts.select_related("account", "division").order_by("role", "starts_on", "id"))


def _held(post: Post, load: dict[int, int], place: str = "") -> Held:
    return Held(
        post.pk, post.account_id, str(post.account), post.role, post.said,
        post.starts_on, post.ends_on, load.get(post.account_id, 0), place,
    )  # fmt: skip


def by_grid(on: date, *, path: str = "/") -> list[CommunityPosts]:
    """Communities below ``path`` with the posts of their grids. Four statements, whatever their number."""
    land = ground()
    communities = [
        a
        for a in land.areas.values()
        if a.level == Level.COMMUNITY and (a.within(path) or path.startswith(a.path))
    ]
    grids = {a.id: a for a in land.areas.values() if a.level == Level.GRID and a.within(path)}
    posts = [post for post in _posts(on) if post.division_id in land.areas]
    load = loads.of_people({post.account_id for post in posts})
    open_in = loads.in_areas(set(grids))
    wanted = {(rule.level, rule.role): rule.posts for rule in Staffing.objects.all()}
    here: dict[int, list[Held]] = defaultdict(list)
    heads: dict[int, list[Held]] = defaultdict(list)
    for post in posts:
        grid_id = land.spot_of(post.division_id).grid_id
        if post.role == Role.BUILDING_HEAD and grid_id:
            # without a list of buildings somebody is head of houses in the grid as a whole
            place = land.name_of(post.division_id) if post.division_id != grid_id else ""
            heads[grid_id].append(_held(post, load, place))
        elif post.division_id in grids:
            here[post.division_id].append(_held(post, load))
    order = {Role.GRID_LEADER: 0, Role.GRID_MEMBER: 1}
    found = []
    for community in sorted(communities, key=lambda a: a.code):
        rows = []
        for area in land.children(community.id):
            if area.id not in grids:
                continue
            held = sorted(here[area.id], key=lambda h: (order.get(Role(h.role), 9), h.post_id))
            missing = [
                (str(Role(role).label), posts_wanted - sum(h.role == role for h in held))
                for (level, role), posts_wanted in sorted(wanted.items())
                if level == Level.GRID and role in Role.values
            ]
            buildings = len(land.children(area.id))
            own_heads = sorted(heads[area.id], key=lambda h: (len(h.place), h.place, h.post_id))
            grid = GridPosts(area, held, buildings, own_heads, open_in.get(area.id, 0))
            grid.missing = [(label, n) for label, n in missing if n > 0]
            rows.append(grid)
        found.append(CommunityPosts(community, rows))
    return found


def by_unit(on: date, *, path: str = "/") -> list[UnitPosts]:
    """Units with their people, by kind; those of areas outside ``path`` are left out. Three statements."""
    land, posts = ground(), _posts(on)
    load = loads.of_people({post.account_id for post in posts})
    here: dict[int, list[Held]] = defaultdict(list)
    for post in posts:
        if post.organisation_id:
            here[post.organisation_id].append(_held(post, load))
    kinds = list(OrganisationKind.values)
    found = []
    for body in sorted(organisations().values(), key=lambda b: (kinds.index(b.kind), b.code)):
        area = land.areas.get(body.division_id or 0)
        if area is not None and not area.within(path) and not path.startswith(area.path):
            continue
        where = land.name_of(area.id) if area else "、".join(land.name_of(key) for key in body.serves)
        found.append(
            UnitPosts(body.id, body.name, str(OrganisationKind(body.kind).label), where, here[body.id])
        )
    return found
