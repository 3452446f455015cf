"""The register: who holds which post, which organisations there are, and who answers in each line. Every change of it
is in a book."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gongzhi.journal import books
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid
from gongzhi.kit.revision import bump
from gongzhi.people import books as told
from gongzhi.people.models import (
    Account,
    LineArea,
    Organisation,
    Post,
    Staffing,
)
from gongzhi.people.roles import Role
from gongzhi.territory.models import Level


@transaction.atomic
def require_staff(rows: Sequence[tuple[str, str, int]], *, by: Actor, at: datetime) -> None:
    """How many posts of a role an area of a level should have: (level, role, posts)."""
    book = books.open_book(told.POSTS, at=at)
    known = {(row.level, row.role): row.posts for row in Staffing.objects.all()}
    for level, role, posts in rows:
        Staffing.objects.update_or_create(level=level, role=role, defaults={"posts": posts})
        before = {"posts": known[level, role]} if (level, role) in known else None
        name = f"{Level(level).label} · {Role(role).label}"
        books.note(
            book, books.Change(f"staffing:{level}:{role}", before, {"posts": posts}, name), by=by, at=at
        )


@transaction.atomic
def give_post(
    account: Account,
    role: str,
    *,
    division_id: int | None = None,
    organisation: Organisation | None = None,
    starts_on: date,
    ends_on: date | None = None,
    by: Actor,
    at: datetime,
) -> Post:
    """Let a person hold a role for an area or an organisation. Conflict when they hold it already."""
    book = books.open_book(told.POSTS, at=at)
    wanted = Post(
        account=account,
        role=role,
        division_id=division_id,
        organisation=organisation,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    try:
        with transaction.atomic():
            wanted.save()
    except IntegrityError as error:
        raise Conflict(
            _("这个人已经在这个岗位上。"), help=_("请刷新名册看看。"), code="someone_was_quicker"
        ) from error
    post = wanted
    given = books.Change(str(post.pk), None, told.post_values(post), str(Role(role).label))
    books.note(book, given, by=by, at=at)
    return post


@transaction.atomic
def end_post(post: Post, *, on: date, by: Actor, at: datetime) -> None:
    """Let a post end on a day; the row stays as history. Conflict when somebody has just changed it."""
    if on < post.starts_on:
        raise Invalid(_("结束日期不能早于开始日期。"), code="post_ends_before_start")
    book = books.open_book(told.POSTS, at=at)
    now = Post.objects.select_related("organisation").get(pk=post.pk)
    if now.ends_on != post.ends_on:
        raise books.too_late(_("这个岗位"))
    before = told.post_values(now)
    post.ends_on = now.ends_on = on
    post.save(update_fields=["ends_on"])
    books.note(
        book,
        books.Change(str(post.pk), before, told.post_values(now), str(Role(post.role).label)),
        by=by,
        at=at,
    )
    bump("lines")  # whoever answered by this post does so no more


@transaction.atomic
def found_organisation(*, by: Actor, at: datetime, **fields: object) -> Organisation:
    """Enter an organisation in the register."""
    organisation = Organisation.objects.create(**fields)
    bump("organisations")
    bump("lines")
    founded = books.Change(organisation.code, None, told.body_values(organisation), organisation.name)
    books.note_in(told.BODIES, founded, by=by, at=at)
    return organisation


@transaction.atomic
def put_lines(
    wanted: Sequence[Any],
    *,
    starts_on: date,
    end_others: bool = False,
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> tuple[int, int]:
    """From a day on, areas of the responsibility lines are as wanted: (areas begun, areas ended).

    ``wanted`` have line, code, name, divisions, shape, organisation_id and post_id. Former areas are ended, not
    rewritten. With ``end_others``, areas of the same lines that are not wanted end as well. ``seen`` is how many changes
    the book of the lines had when the editor looked.
    """
    book = books.open_book(told.LINES, at=at)
    if seen is not None and book.length != seen:
        raise books.too_late(_("责任条线"))
    changes: list[books.Change] = []

    def noted(row: LineArea | None, after: LineArea | None, *, ends: bool = False) -> None:
        one = after or row
        assert one is not None
        before = told.area_values(row) if row else None
        now = told.area_values(after) if after else {**(before or {}), "ends_on": starts_on} if ends else None
        changes.append(
            books.Change(f"{one.line}:{one.code}", before, now, told.line_name(one.line, one.name))
        )

    codes = {(want.line, want.code) for want in wanted}
    ended = begun = 0
    present = {
        (row.line, row.code): row
        for row in LineArea.objects.select_for_update().filter(
            ends_on=None, line__in=sorted({want.line for want in wanted})
        )
    }
    if any(row.starts_on > starts_on for key, row in present.items() if key in codes or end_others):
        raise Conflict(
            _("有的责任区已经有一次更晚生效的改动。"),
            help=_("请选择那一天或以后的日期。"),
            code="later_change",
        )
    fresh = []
    for want in wanted:
        row = present.get((want.line, want.code))
        values = {name: getattr(want, name) for name in ("name", "shape", "organisation_id", "post_id")} | {
            "divisions": list(want.divisions)
        }
        if row is not None and all(getattr(row, name) == value for name, value in values.items()):
            continue
        if row is not None:
            LineArea.objects.filter(pk=row.pk).update(ends_on=starts_on)
            ended += 1
        fresh.append(LineArea(line=want.line, code=want.code, starts_on=starts_on, **values))
        noted(row, fresh[-1])
    begun = len(LineArea.objects.bulk_create(fresh))
    if end_others:
        gone = [row.pk for key, row in present.items() if key not in codes]
        for key, row in present.items():
            if key not in codes:
                noted(row, None, ends=True)
        ended += LineArea.objects.filter(pk__in=gone).update(ends_on=starts_on)
    bump("lines")
    books.note(book, *changes, by=by, at=at)
    return begun, ended
