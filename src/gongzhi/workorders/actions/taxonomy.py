"""Writing a version of the category tree, publishing it from a day on, dropping it. Categories are never deleted.

One version at a time is open. Publishing checks the whole version against the tree as it stands then; of two people
who publish, change or drop it at the same instant, one is told to look again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from gongzhi.journal import books
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.kit.revision import bump
from gongzhi.workorders.actions.ruling import in_own_area
from gongzhi.workorders.editions import Planned, faults_of, standing_after, values_of
from gongzhi.workorders.models import Category, Change, Edition, EditionState, What
from gongzhi.workorders.policies.desk import require
from gongzhi.workorders.tables import tree

_COLUMN = {"default_type": "default_appeal"}
#: Values that name another category.
_LINKS = ("parent_code", "replaced_by")


def _allowed(by: Actor) -> None:
    """A version holds for the whole house: who writes one answers for all of it."""
    require(by, "change_tables")
    in_own_area(by, None)


def _too_late(edition: Edition | None = None) -> Conflict:
    return Conflict(
        _("就在刚才，有人先改了这个版本。"),
        help=_("请重新打开，看看现在的内容。"),
        code="someone_was_quicker",
    )


def _locked(edition_id: int, *, seen: int | None) -> Edition:
    edition = Edition.objects.select_for_update().filter(pk=edition_id).first()
    if edition is None:
        raise NotFound(_("没有这个版本。"))
    if edition.state not in (EditionState.DRAFT, EditionState.COMING) or (
        seen is not None and edition.edits != seen
    ):
        raise _too_late()
    return edition


def open_edition() -> Edition | None:
    """The version that is being written, or waits for its day."""
    return Edition.objects.filter(state__in=(EditionState.DRAFT, EditionState.COMING)).first()


@transaction.atomic
def draft_edition(*, name: str = "", by: Actor, at: datetime) -> Edition:
    """Begin a version. Conflict when one is already open."""
    _allowed(by)
    number = (Edition.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            return Edition.objects.create(
                number=number,
                name=name.strip()[:60] or _("第 {n} 版").format(n=number),
                made_by_id=by.account_id,
                made_at=at,
            )
    except IntegrityError as error:
        raise Conflict(
            _("已经有一个版本在起草或等待生效。"),
            help=_("请先发布或放弃那一个，或者在它上面接着改。"),
            code="edition_open",
        ) from error


def _draft(edition_id: int, *, seen: int | None) -> Edition:
    edition = _locked(edition_id, seen=seen)
    if edition.state != EditionState.DRAFT:
        raise Conflict(
            _("这个版本已经定了日子，不能再改。"), help=_("可以先撤回成草稿。"), code="edition_is_coming"
        )
    return edition


@transaction.atomic
def propose(
    edition_id: int, plans: Sequence[Planned], *, by: Actor, at: datetime, seen: int | None = None
) -> Edition:
    """Put changes into a draft; a later change of the same category goes on from the earlier one."""
    _allowed(by)
    edition = _draft(edition_id, seen=seen)
    present = {change.code: change for change in edition.changes.all()}
    for plan in plans:
        before = present.get(plan.code)
        what, values = plan.what, dict(plan.values)
        if before is not None and what == What.CHANGE and before.what in (What.ADD, What.CHANGE):
            what, values = before.what, {**before.values, **values}
        known = tree().by_code.get(plan.code)
        if what == What.CHANGE and known is not None:
            now = values_of(known)
            values = {name: value for name, value in values.items() if value != now[name]}
        if (what == What.CHANGE and not values) or (what == What.RETIRE and known is None):
            edition.changes.filter(code=plan.code).delete()
            continue
        Change.objects.update_or_create(
            edition=edition, code=plan.code, defaults={"what": what, "values": values}
        )
    edition.edits += 1
    edition.save(update_fields=["edits"])
    return edition


@transaction.atomic
def take_out(edition_id: int, code: str, *, by: Actor, at: datetime, seen: int | None = None) -> Edition:
    """Leave a category out of a draft again."""
    _allowed(by)
    edition = _draft(edition_id, seen=seen)
    edition.changes.filter(code=code).delete()
    edition.edits += 1
    edition.save(update_fields=["edits"])
    return edition


def plans_of(edition: Edition) -> list[Planned]:
    """The changes of a version, by code."""
    return [Planned(change.code, change.what, change.values) for change in edition.changes.order_by("code")]


@transaction.atomic
def publish(
    edition_id: int, *, starts_on: date, note: str = "", by: Actor, at: datetime, seen: int | None = None
) -> Edition:
    """From a day on, the tree is as the version says; at once when that day is today.

    Raises Invalid with every fault. What was filed, promised and dispatched before stays as it is.
    """
    _allowed(by)
    edition = _locked(edition_id, seen=seen)
    today = clock.local(at).date()
    if starts_on < today:
        raise Invalid(
            _("生效日期不能早于今天。"),
            code="in_the_past",
            fields={"starts_on": [_("请选择今天或以后的日期。")]},
        )
    plans = plans_of(edition)
    if not plans:
        raise Invalid(_("这个版本什么都没有改。"), code="empty_edition")
    faults = faults_of(plans)
    if faults:
        raise Invalid(
            _("这个版本还有问题，不能发布。"),
            help=" ".join(faults[:20]),
            code="faults",
            fields={"faults": faults},
        )
    edition.starts_on, edition.note = starts_on, note.strip()[:300]
    edition.published_by_id, edition.published_at = by.account_id, at
    edition.edits += 1
    edition.state = EditionState.COMING
    edition.save()
    if starts_on <= today:
        _apply(edition)
    _note(edition, EditionState.DRAFT, by=by, at=at)
    return edition


@transaction.atomic
def take_back(edition_id: int, *, by: Actor, at: datetime, seen: int | None = None) -> Edition:
    """A version that waits for its day becomes a draft again."""
    _allowed(by)
    edition = _locked(edition_id, seen=seen)
    if edition.state != EditionState.COMING:
        raise _too_late()
    edition.state, edition.published_by, edition.published_at = EditionState.DRAFT, None, None
    edition.edits += 1
    edition.save()
    _note(edition, EditionState.COMING, by=by, at=at)
    return edition


@transaction.atomic
def drop_edition(edition_id: int, *, by: Actor, at: datetime, seen: int | None = None) -> Edition:
    """Give a version up. What was written stays to be read."""
    _allowed(by)
    edition = _locked(edition_id, seen=seen)
    before, edition.state = edition.state, EditionState.DROPPED
    edition.edits += 1
    edition.save(update_fields=["state", "edits"])
    _note(edition, before, by=by, at=at)
    return edition


@transaction.atomic
def turn(*, by: Actor, at: datetime) -> int:
    """Let versions whose day has come take effect. How many; for the platform's own clockwork only."""
    if by.service is None:
        return 0
    due = Edition.objects.select_for_update(skip_locked=True).filter(
        state=EditionState.COMING, starts_on__lte=clock.local(at).date()
    )
    count = 0
    for edition in due:
        _apply(edition)
        _note(edition, EditionState.COMING, by=by, at=at)
        count += 1
    return count


def lately_moved(at: datetime) -> list[int]:
    """Categories that a version of yesterday or today has moved."""
    since = clock.local(at).date() - timedelta(days=1)
    changes = Change.objects.filter(
        edition__state=EditionState.PUBLISHED,
        edition__starts_on__gte=since,
        values__has_key="parent_code",
        what=What.CHANGE,
    )
    return [
        topic.id for code in changes.values_list("code", flat=True) if (topic := tree().by_code.get(code))
    ]


def _note(edition: Edition, before: str, *, by: Actor, at: datetime) -> None:
    """What became of a version, in the book of the tree; what it changes stands in its own changes."""
    state = {"state": str(edition.state), "starts_on": edition.starts_on, "changes": edition.changes.count()}
    change = books.Change(str(edition.number), {**state, "state": str(before)}, state, edition.name)
    books.note_in("categories", change, by=by, at=at)


def _apply(edition: Edition) -> None:
    """Write a version into the categories. What is above a category is written last, when all of them exist."""
    assert edition.starts_on is not None
    rows = {row.code: row for row in Category.objects.select_for_update()}
    above = standing_after(plans_of(edition))
    later: list[tuple[Category, dict[str, str]]] = []
    moved: list[int] = []
    for change in edition.changes.all():
        row = rows.get(change.code)
        known = tree().by_code.get(change.code)
        change.before = values_of(known) if known and row else {}
        if row is None:
            row = rows[change.code] = Category(code=change.code)
        elif "parent_code" in change.values:
            moved.append(row.pk)
        values = {name: value for name, value in change.values.items() if name not in _LINKS}
        for name, value in values.items():
            setattr(row, _COLUMN.get(name, name), value)
        row.ends_on = edition.starts_on if change.what == What.RETIRE else None
        row.save()
        change.save(update_fields=["before"])
        links: dict[str, str] = {}
        if change.what == What.ADD or "parent_code" in change.values:
            links["parent"] = above.get(change.code, "")
        if "replaced_by" in change.values:
            links["successor"] = change.values["replaced_by"]
        later.append((row, links))
    for row, links in later:
        for name, other in links.items():
            setattr(row, name, rows.get(other))
        if links:
            row.save(update_fields=list(links))
    edition.state = EditionState.PUBLISHED
    edition.save(update_fields=["state"])
    for name in ("categories", "responsibilities", "promises", "keywords", "questions"):
        bump(name)
    if moved:
        from gongzhi.workorders.jobs import straighten_lines

        straighten_lines.defer(category_ids=moved)
