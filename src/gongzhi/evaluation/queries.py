"""What can be asked: formulas, published months, a unit's result, what a month would look like now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db.models import Max
from django.utils.translation import gettext as _

from civics import standing
from gongzhi.evaluation import manifests, scoring
from gongzhi.evaluation.models import Appeal, AppealState, Formula, Publication, Result
from gongzhi.evaluation.policies import RULES
from gongzhi.evaluation.scoring import Standing
from gongzhi.kit.errors import Forbidden, NotFound, SignInFirst
from gongzhi.matters.models import Matter
from gongzhi.people.actor import Person
from gongzhi.people.roles import AREA_ROLES
from gongzhi.territory.ground import Area, ground
from gongzhi.territory.models import Level


def require(by: Person, verb: str, thing: object = None) -> Person:
    """The person, if they may; SignInFirst or Forbidden with a sentence otherwise."""
    if RULES.may(by, verb, thing):
        return by
    if by.account_id is None:
        raise SignInFirst
    said = {
        "read": _("评价页面只对工作人员开放。"),
        "preview": _("这个月还没有公布，现在只有本地的领导、受理员和审计员能看。"),
        "publish": _("只有本地的领导可以公布评价。"),
        "appeal": _("只有被评价单位的负责人可以申诉。"),
        "decide": _("只有本地的领导可以决定申诉，且不能决定自己单位的。"),
        "change_formula": _("只有领导可以修改公式。"),
    }
    raise Forbidden(said.get(verb, ""))


def areas() -> list[Area]:
    """The areas that are evaluated: streets, and districts with more than one of them."""
    land = ground()
    districts = [a for a in land.areas.values() if a.level == Level.DISTRICT and len(land.children(a.id)) > 1]
    return [*sorted(districts, key=lambda a: a.code), *land.streets]


def area_for(by: Person, asked: int | None = None) -> Area | None:
    """The area asked for; else that of the person's post, or the first there is. NotFound for what is not evaluated."""
    offered = areas()
    if asked is not None:
        found = next((area for area in offered if area.id == asked), None)
        if found is None:
            raise NotFound
        return found
    held = [post.division_id for post in by.holding(*AREA_ROLES) if post.division_id]
    mine = [area for area in offered if area.id in held]
    return next(iter(mine or offered), None)


def formulas() -> list[Formula]:
    """Every version, newest first."""
    return list(Formula.objects.select_related("made_by", "enforced_by", "copied_from"))


def get_formula(version: int) -> Formula:
    """One version. NotFound."""
    found = Formula.objects.select_related("made_by", "copied_from").filter(version=version).first()
    if found is None:
        raise NotFound
    return found


def formula_for(month: date) -> Formula:
    """The version that holds for a month: the newest that started by then, else the oldest that ever held."""
    held = Formula.objects.exclude(starts_on=None)
    found = (
        held.filter(starts_on__lte=month).order_by("-starts_on").first() or held.order_by("starts_on").first()
    )
    if found is None:
        raise NotFound(_("还没有生效的评价公式。"))
    return found


def read_formula(row: Formula) -> standing.Formula:
    """A stored version as a sum. What was stored has been checked."""
    return standing.Formula.read(row.told)


def current(area_id: int, month: date) -> Publication | None:
    """The newest version of what was published of a month."""
    rows = Publication.objects.filter(area_id=area_id, month=month)
    return rows.select_related("formula", "published_by").order_by("-version").first()


def versions(area_id: int, month: date) -> list[Publication]:
    """All of them, newest first."""
    rows = Publication.objects.filter(area_id=area_id, month=month)
    return list(rows.select_related("formula", "published_by").order_by("-version"))


def get_version(area_id: int, month: date, version: int) -> Publication:
    """One of them. NotFound."""
    rows = Publication.objects.filter(area_id=area_id, month=month, version=version)
    found = rows.select_related("formula", "published_by").first()
    if found is None:
        raise NotFound
    return found


def months(area_id: int, today: date) -> list[tuple[date, int | None]]:
    """The last twelve months and all that were published, newest first: (month, newest version or None)."""
    known: dict[date, int] = dict(
        Publication.objects.filter(area_id=area_id)
        .order_by()
        .values("month")
        .annotate(newest=Max("version"))
        .values_list("month", "newest")
    )
    month, shown = manifests.month_of(today), set(known)
    for _turn in range(12):
        shown.add(month)
        month = manifests.month_of(month - timedelta(days=1))
    return [(one, known.get(one)) for one in sorted(shown, reverse=True)]


def last_whole_month(today: date) -> date:
    """The month before this one."""
    return manifests.month_of(manifests.month_of(today) - timedelta(days=1))


def taken_out(area_id: int, month: date, publication: Publication | None = None) -> list[tuple[int, int]]:
    """(unit, matter) pairs that decisions on appeals took out of a month; those that a published version knew."""
    rows = Appeal.objects.filter(
        state=AppealState.GRANTED, result__publication__area_id=area_id, result__publication__month=month
    )
    if publication is not None:
        rows = rows.filter(decided_at__lte=publication.published_at)
    pairs = rows.values_list("result__unit_id", "granted")
    return sorted({(unit, matter) for unit, matters in pairs for matter in matters})


def numbers_of(matters: Iterable[int]) -> dict[int, str]:
    """The numbers of matters."""
    return dict(Matter.objects.filter(pk__in=list(matters)).values_list("pk", "number"))


def computed(
    area_id: int, month: date, *, now: datetime, formula: standing.Formula | None = None
) -> list[Standing]:
    """Every unit's standing, counted now from the rows, with what appeals took out."""
    figures = manifests.figures_of(month, area_id=area_id, now=now, without=taken_out(area_id, month))
    return scoring.standings(formula or read_formula(formula_for(month)), figures)


def stored(publication: Publication) -> list[Standing]:
    """Every unit's standing as it was published. One statement."""
    rows = list(publication.results.select_related("unit"))
    order = list(scoring.PEERS)
    scored = {code: sum(row.peers == code and row.score is not None for row in rows) for code in order}
    found = [
        Standing(
            row.unit_id, row.unit.short_name or row.unit.name, row.peers, row.figures, row.lines, row.score, row.place,
            scored.get(row.peers, 0),
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda one: (order.index(one.peers), one.place or 999, one.name))


def shown(
    area: Area, month: date, *, by: Person, now: datetime, version: int | None = None
) -> tuple[Publication | None, list[Standing]]:
    """What a person may see of a month: the newest (or a certain) published version, else the preview.

    NotFound for a month that has not begun; Forbidden where nothing was published and the person may not look ahead.
    """
    require(by, "read")
    if month > manifests.month_of(now.date()) + timedelta(days=1) or month.day != 1:
        raise NotFound
    publication = get_version(area.id, month, version) if version else current(area.id, month)
    if publication is not None:
        return publication, stored(publication)
    require(by, "preview", area)
    return None, computed(area.id, month, now=now)


def result_of(publication: Publication, unit_id: int) -> Result:
    """A unit's result in a publication. NotFound."""
    found = (
        Result.objects.select_related("unit", "publication__area")
        .filter(publication=publication, unit_id=unit_id)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def appeals(area_id: int, month: date, unit_id: int | None = None) -> list[Appeal]:
    """Appeals against any version of a month, newest first."""
    rows = Appeal.objects.filter(result__publication__area_id=area_id, result__publication__month=month)
    if unit_id is not None:
        rows = rows.filter(result__unit_id=unit_id)
    return list(
        rows.select_related("result__unit", "result__publication__area", "made_by", "decided_by", "led_to")
    )


def get_appeal(pk: int) -> Appeal:
    """One appeal. NotFound."""
    found = (
        Appeal.objects.select_related("result__unit", "result__publication__area", "made_by")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def standings_by(formula: Formula, figures: Mapping[int | None, dict[str, int]]) -> list[Standing]:
    """Figures by a stored version of the formula."""
    return scoring.standings(read_formula(formula), figures)
