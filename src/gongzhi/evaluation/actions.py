"""What can be done: publish a month, appeal, decide an appeal, and bring a new version of the formula into force."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from civics import standing
from gongzhi.evaluation import manifests, queries
from gongzhi.evaluation.models import Appeal, AppealState, Formula, Publication, Result
from gongzhi.evaluation.queries import require
from gongzhi.journal import actions as journal
from gongzhi.journal.actions import Said
from gongzhi.kit import clock
from gongzhi.kit.errors import Conflict, Invalid, SignInFirst
from gongzhi.matters.models import Matter
from gongzhi.people.actor import Person
from gongzhi.territory.models import Division

KIND = "evaluation"


def _digest(results: Iterable[Result]) -> str:
    """A digest of everything published, so that the record proves it."""
    told = [[row.unit_id, row.peers, row.figures, row.lines, row.score, row.place] for row in results]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _account(by: Person) -> int:
    """The account that acts: what is published or claimed has a name under it."""
    if by.account_id is None:
        raise SignInFirst
    return by.account_id


@transaction.atomic
def publish(
    area_id: int, month: date, *, reason: str = "", seen: int = 0, by: Person, at: datetime
) -> Publication:
    """Publish the evaluation of a whole month as its next version; a later version says why.

    ``seen`` is the version that whoever publishes had before them (0 for none). Raises Conflict when there is a newer
    one, Invalid for a month that is not over.
    """
    area = Division.objects.select_for_update(no_key=True).get(pk=area_id)
    require(by, "publish", area)
    if month.day != 1 or manifests.next_month(month) > clock.local(at).date():
        raise Invalid(_("这个月还没有过完，不能公布。"), help=_("月底以后再来。"), code="month_not_over")
    return _publish(area, month, reason=reason.strip(), seen=seen, by=by, at=at)


def _publish(
    area: Division, month: date, *, reason: str, seen: int | None, by: Person, at: datetime
) -> Publication:
    last = queries.current(area.pk, month)
    if seen is not None and seen != (last.version if last else 0):
        raise Conflict(
            _("就在刚才，有人公布了新的一版。"),
            help=_("请看一下新的一版，再决定要不要公布。"),
            code="someone_was_quicker",
        )
    if last and len(reason) < 2:
        raise Invalid(_("请写明为什么要重新公布。"), code="reason", fields={"reason": [_("请写明原因。")]})
    formula = queries.formula_for(month)
    found = queries.computed(area.pk, month, now=at, formula=queries.read_formula(formula))
    if not found:
        raise Invalid(_("这个月没有可以评价的单位。"), code="nothing_to_publish")
    version = (last.version if last else 0) + 1
    rows = [
        Result(unit_id=one.unit_id, peers=one.peers, figures=one.figures, lines=one.lines, score=one.score,
               place=one.place)
        for one in found
    ]  # fmt: skip
    detail = {
        "area": area.code, "month": f"{month:%Y-%m}", "version": version, "formula": formula.version,
        "units": len(rows), "digest": _digest(rows),
    }  # fmt: skip
    said = Said("evaluation.publish", text=reason, detail=detail)
    if last:
        thread = journal.lock(last.thread_id)
        journal.write(thread, [said], by=by, at=at)
    else:
        thread, _entries = journal.open_thread(KIND, [said], by=by, at=at)
    publication = Publication.objects.create(
        thread=thread, area=area, month=month, version=version, formula=formula, published_by_id=_account(by),
        published_at=at, reason=reason,
    )  # fmt: skip
    for row in rows:
        row.publication = publication
    Result.objects.bulk_create(rows)
    return publication


@transaction.atomic
def appeal(
    area_id: int, month: date, unit_id: int, *, words: str, numbers: Iterable[str], by: Person, at: datetime
) -> Appeal:
    """Ask that matters should not count for a unit, in the newest published version of a month. One at a time.

    ``numbers`` are numbers of matters; each must have been counted for this unit in this month.
    """
    publication = queries.current(area_id, month)
    if publication is None:
        raise Conflict(_("这个月还没有公布，不用申诉。"), code="not_published")
    result = queries.result_of(publication, unit_id)
    require(by, "appeal", result)
    if result.appeals.filter(state=AppealState.PENDING).exists():
        raise _pending()
    words = words.strip()
    if len(words) < 4:
        raise Invalid(_("请写明为什么。"), code="words", fields={"words": [_("请写明理由。")]})
    asked = _matters(numbers, publication, unit_id)
    journal.lock(publication.thread_id)
    try:
        with transaction.atomic():
            row = Appeal.objects.create(
                result=result, made_by_id=_account(by), made_at=at, words=words, matters=asked
            )
    except IntegrityError as error:
        raise _pending() from error
    detail = {"unit_id": unit_id, "month": f"{month:%Y-%m}", "version": publication.version, "matters": asked}
    thread = journal.lock(publication.thread_id)
    journal.write(thread, [Said("evaluation.appeal", text=words, detail=detail)], by=by, at=at)
    return row


def _pending() -> Conflict:
    return Conflict(
        _("您单位的申诉还在等待决定。"), help=_("有了决定以后可以再申诉。"), code="appeal_pending"
    )


def _matters(numbers: Iterable[str], publication: Publication, unit_id: int) -> list[int]:
    """Matters by their numbers, each counted for the unit in that month. Raises Invalid and names the others."""
    wanted = sorted({number.strip().upper() for number in numbers if number.strip()})
    if not wanted or len(wanted) > 50:
        raise Invalid(
            _("请写上一到五十件工单的编号。"), code="numbers", fields={"numbers": [_("请填写编号。")]}
        )
    found = dict(Matter.objects.filter(number__in=wanted).values_list("number", "pk"))
    without = queries.taken_out(publication.area_id, publication.month)
    counted = {
        matter
        for figure in manifests.figure_names()
        for matter, _moment in manifests.matters_behind(
            figure, publication.month, unit_id=unit_id, area_id=publication.area_id, now=publication.published_at,
            without=without,
        )
    }  # fmt: skip
    strange = [number for number in wanted if found.get(number) not in counted]
    if strange:
        raise Invalid(
            _("这些编号没有算在您单位这个月里：{numbers}").format(numbers="、".join(strange)),
            help=_("点开数字可以看到算了哪些。"), code="numbers",
            fields={"numbers": [_("请核对编号。")]},
        )  # fmt: skip
    return sorted(found[number] for number in wanted)


@transaction.atomic
def decide(appeal_id: int, *, granted: Iterable[int], decision: str, by: Person, at: datetime) -> Appeal:
    """Decide an appeal: the matters in ``granted`` no longer count for the unit, none means that it is refused.

    What is granted leads at once to the next version of the publication; the old one stays.
    """
    known = queries.get_appeal(appeal_id)
    # the area before the thread before the appeal, as whoever publishes or appeals at this instant locks them
    area = Division.objects.select_for_update(no_key=True).get(pk=known.result.publication.area_id)
    thread = journal.lock(known.result.publication.thread_id)
    row = (
        Appeal.objects.select_for_update(of=("self",))
        .select_related("result__publication__area")
        .get(pk=appeal_id)
    )
    require(by, "decide", row)
    if row.state != AppealState.PENDING:
        raise Conflict(_("这件申诉已经有决定了。"), code="decided_already")
    taken = sorted(set(granted))
    if set(taken) - set(row.matters):
        raise Invalid(_("只能采纳申诉里写的工单。"), code="not_in_appeal")
    if len(decision.strip()) < 4:
        raise Invalid(_("请写明理由。"), code="decision", fields={"decision": [_("请写明理由。")]})
    row.state = AppealState.GRANTED if taken else AppealState.REFUSED
    row.granted, row.decision, row.decided_at, row.decided_by_id = taken, decision.strip(), at, by.account_id
    row.save(update_fields=["state", "granted", "decision", "decided_at", "decided_by"])
    publication = row.result.publication
    detail = {"unit_id": row.result.unit_id, "appeal": row.pk, "granted": taken, "state": row.state}
    journal.write(thread, [Said("evaluation.decide", text=row.decision, detail=detail)], by=by, at=at)
    if taken:
        why = _("采纳申诉，重新计算。")
        row.led_to = _publish(area, publication.month, reason=why, seen=None, by=by, at=at)
        row.save(update_fields=["led_to"])
    return row


# ---- the formula


def _read(told: Mapping[str, Any]) -> standing.Formula:
    try:
        return standing.Formula.read(told, frozenset(manifests.figure_names()) or None)
    except standing.Faulty as fault:
        raise Invalid(
            _("公式里有不能用的地方：{codes}").format(codes="、".join(sorted({code or "—" for code, _w in fault.faults}))),
            help=_("分值、标准和扣分要填零到一千的数，标准是百分数。"), code="faulty_formula",
        ) from fault  # fmt: skip


@transaction.atomic
def copy_formula(version: int, *, by: Person, at: datetime) -> Formula:
    """Begin a new version as a copy of another one. It is a draft until it is put in force."""
    require(by, "change_formula")
    source = queries.get_formula(version)
    newest = Formula.objects.select_for_update().order_by("-version").first()
    number = (newest.version if newest else 0) + 1
    return Formula.objects.create(
        version=number, name=source.name, told=source.told, note=source.note, copied_from=source,
        made_by_id=by.account_id, made_at=at,
    )  # fmt: skip


def _draft(version: int) -> Formula:
    row = Formula.objects.select_for_update().filter(version=version).first()
    if row is None:
        queries.get_formula(version)
        raise AssertionError
    if row.starts_on is not None:
        raise Conflict(
            _("第 {version} 版已经定了生效的月份，不能再改。").format(version=version),
            help=_("请复制成新的一版再改。"), code="formula_in_force",
        )  # fmt: skip
    return row


@transaction.atomic
def change_formula(
    version: int, *, name: str, note: str, told: Mapping[str, Any], by: Person, at: datetime
) -> Formula:
    """Change a draft. It has to be tried again afterwards."""
    require(by, "change_formula")
    row = _draft(version)
    if not name.strip():
        raise Invalid(_("请写上名称。"), code="name", fields={"name": [_("请写上名称。")]})
    row.name, row.note, row.told = name.strip()[:60], note.strip(), _read(told).told()
    row.tried_month, row.tried_at, row.made_at = None, None, at
    row.save()
    return row


@transaction.atomic
def note_trial(version: int, month: date, *, by: Person, at: datetime) -> Formula:
    """Note that a draft was tried on a month."""
    require(by, "change_formula")
    row = _draft(version)
    row.tried_month, row.tried_at = month, at
    row.save(update_fields=["tried_month", "tried_at"])
    return row


@transaction.atomic
def enforce_formula(version: int, starts_on: date, *, by: Person, at: datetime) -> Formula:
    """Let a draft hold from a month on, this one or a later one. It must have been tried; what was published stays."""
    require(by, "change_formula")
    row = _draft(version)
    if row.tried_month is None:
        raise Conflict(
            _("还没有试算过。"), help=_("请先用上个月试算一遍，看看结果怎么变。"), code="try_first"
        )
    this = manifests.month_of(clock.local(at).date())
    if starts_on.day != 1 or starts_on < this:
        raise Invalid(
            _("只能从本月或以后的月份开始。"),
            code="starts_on",
            fields={"starts_on": [_("请选择本月或以后。")]},
        )
    latest = Formula.objects.aggregate(latest=Max("starts_on"))["latest"]
    if latest is not None and starts_on <= latest:
        raise Conflict(
            _("这个月份已经有另一版了，或者更晚的一版已经定下。"),
            help=_("请选更晚的月份。"),
            code="month_taken",
        )
    row.starts_on, row.enforced_by_id = starts_on, by.account_id
    row.save(update_fields=["starts_on", "enforced_by"])
    return row


@transaction.atomic
def drop_formula(version: int, *, by: Person, at: datetime) -> None:
    """Throw a draft away."""
    require(by, "change_formula")
    _draft(version).delete()
