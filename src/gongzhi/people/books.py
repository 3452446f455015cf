"""Which tables of the people have their changes kept, and how those are said: posts, organisations, lines, staffing.

Nothing here writes. A person is noted by the number of the account: the name is looked up when somebody reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongzhi.journal.books import Noted, Say, Table, plainly, register
from gongzhi.people.models import Account, Line, LineArea, Organisation, OrganisationKind, Post
from gongzhi.people.policies import PEOPLE
from gongzhi.people.roles import Role
from gongzhi.territory.ground import ground

POSTS, BODIES, LINES = "posts", "organisations", "lines"


def post_values(post: Post) -> dict[str, Any]:
    """What a post says."""
    return {
        "account": post.account_id, "role": post.role, "division": _code_of(post.division_id),
        "organisation": post.organisation.code if post.organisation else "", "starts_on": post.starts_on,
        "ends_on": post.ends_on,
    }  # fmt: skip


def account_values(account: Account) -> dict[str, Any]:
    """What is kept of an account that staff sign in with: that it is there, and whether it may."""
    return {"account": account.pk, "active": account.is_active}


def body_values(body: Organisation) -> dict[str, Any]:
    """What an organisation says."""
    return {"name": body.name, "kind": body.kind, "parent": body.parent.code if body.parent else "",
            "division": _code_of(body.division_id)}  # fmt: skip


def area_values(area: LineArea) -> dict[str, Any]:
    """What an area of a line says; of a border of its own, that it has one."""
    return {
        "name": area.name, "divisions": [_code_of(key) for key in area.divisions], "own_border": area.shape is not None,
        "organisation": area.organisation_id, "post": area.post_id, "starts_on": area.starts_on, "ends_on": area.ends_on,
    }  # fmt: skip


def _code_of(division_id: int | None) -> str:
    area = ground().areas.get(division_id or 0)
    return area.code if area else ""


def _sayer(noted: Sequence[Noted]) -> Say:
    """Codes and numbers as names; those of people with one statement, of organisations and posts likewise."""
    told = [values for one in noted for values in (one.change.before, one.change.after) if values]
    people = Account.objects.in_bulk({v["account"] for v in told if v.get("account")})
    posts = Post.objects.select_related("account").in_bulk({v["post"] for v in told if v.get("post")})
    bodies = list(Organisation.objects.all()) if told else []
    by_code, by_id = {b.code: b for b in bodies}, {b.pk: b for b in bodies}
    land = ground()

    def area(code: str) -> str:
        found = land.by_code.get(code)
        return land.name_of(found.id, above=1) if found else code

    def say(name: str, value: Any) -> str:
        if name == "account":
            return str(people.get(value, f"#{value}"))
        if name == "role" and value in Role.values:
            return str(Role(value).label)
        if name == "kind" and value in OrganisationKind.values:
            return str(OrganisationKind(value).label)
        if name == "division" and value:
            return area(value)
        if name == "divisions":
            return _("、").join(area(code) for code in value or ()) or "—"
        if name in ("organisation", "parent") and value:
            return str(by_id.get(value) or by_code.get(value) or value)
        if name == "post" and value:
            return str(posts[value].account) if value in posts else f"#{value}"
        if name in ("starts_on", "ends_on") and value:
            return f"{date.fromisoformat(value):%Y-%m-%d}"
        return plainly(name, value)

    return say


def line_name(line: str, name: str) -> str:
    """``消防 · 北片``"""
    return f"{Line(line).label} · {name}"


def register_all() -> None:
    """Declare them."""

    def may(verb: str) -> Any:
        return lambda actor: PEOPLE.may(actor, verb, None)

    area, body = gettext_lazy("区域"), gettext_lazy("单位")
    begins, ends = gettext_lazy("从哪天起"), gettext_lazy("到哪天")
    register(
        Table(
            POSTS, gettext_lazy("岗位和账号"), "people:posts", may("see_posts"),
            {"account": gettext_lazy("人员"), "role": gettext_lazy("岗位"), "division": area, "organisation": body,
             "starts_on": begins, "ends_on": ends, "active": gettext_lazy("可以登录"), "posts": gettext_lazy("应有几人")},
            _sayer,
        ),
        Table(
            BODIES, gettext_lazy("单位名册"), "people:posts", may("see_posts"),
            {"name": gettext_lazy("名称"), "kind": gettext_lazy("性质"), "parent": gettext_lazy("上级单位"), "division": area},
            _sayer,
        ),
        Table(
            LINES, gettext_lazy("责任条线"), "people:lines", may("see_lines"),
            {"name": gettext_lazy("责任区"), "divisions": gettext_lazy("范围"), "own_border": gettext_lazy("自己的边界"),
             "organisation": body, "post": gettext_lazy("由谁负责"), "starts_on": begins, "ends_on": ends},
            _sayer,
        ),
    )  # fmt: skip
