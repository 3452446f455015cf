"""How an order looks to staff: one row of a queue, one entry of its timeline, one promise clock.

Everything comes from the order's own row and from tables in memory: a list of fifty costs no further statement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from civics import worktime
from civics.devicetime import RIGHT_WITHIN
from gongzhi.journal.models import Entry
from gongzhi.kit.clock import local
from gongzhi.kit.components.lists import QueueItem
from gongzhi.kit.components.speech import said as _
from gongzhi.kit.components.words import left_words
from gongzhi.matters import clocks
from gongzhi.matters.models import Deadline
from gongzhi.people.models import Account
from gongzhi.people.queries import organisations
from gongzhi.people.roles import PARTS, RESIDENT, SYSTEM
from gongzhi.territory.ground import calendar_for, ground
from gongzhi.workorders.kind import PHRASES, PROMISES
from gongzhi.workorders.models import Appeal, Asking, Channel, Supervision, WorkOrder
from gongzhi.workorders.queries import SOON
from gongzhi.workorders.tables import tree
from gongzhi.workorders.words.acts import fills
from gongzhi.workorders.workflow import BEFORE_ANSWER, TRIAGE, WORKFLOW

#: State → tone of its chip.
TONES = {
    "triage": "new",
    "assigned": "waiting",
    "in_hand": "working",
    "waiting": "paused",
    "answered": "working",
    "released": "done",
    "closed": "closed",
    "merged": "closed",
    "declined": "refused",
    "withdrawn": "refused",
    "verifying": "waiting",
    "suspended": "paused",
    "outside": "paused",
    "voided": "refused",
    "with_police": "paused",
    "handed": "closed",
}
#: Names of icons in phrases → names in the icon sheet.
ICONS = {
    "check": "check", "check-circle": "circle-check", "person": "user", "undo": "arrow-back-up",
    "question": "help", "chat": "message-circle", "play": "player-play", "reply": "message-circle",
    "merge": "git-merge", "split": "git-branch", "x-circle": "ban", "tag": "bookmark", "pin": "map-pin",
    "note": "edit", "file": "file-text", "erase": "trash", "dot": "point",
}  # fmt: skip
_LEAD = frozenset({"report", "dispatch", "redispatch", "answer", "pass_check"})
_LATE = frozenset({"missed", "dispute", "fail_check", "urge", "supervise"})
_QUIET = frozenset(
    {"note", "follow", "see_contact", "reminded", "import", "recategorise", "relocate", "assign", "overtake"}
)


def state_label(code: str) -> str:
    """The state in words."""
    state = WORKFLOW.states.get(code)
    return _(state.label) if state else code


def choice_label(choices: type[Appeal] | type[Channel], code: str) -> str:
    """The label of an appeal or a channel; the code itself when nobody knows it."""
    return str(choices(code).label) if code in choices.values else code


def unit_label(unit_id: int | None) -> str:
    """Short name of a unit, empty when there is none."""
    body = organisations().get(unit_id or 0)
    return body.label if body else ""


def place_label(order: WorkOrder) -> str:
    """Community and grid in words, or an empty string while nobody knows where it is."""
    area = order.grid_id or order.community_id
    return ground().name_of(area, above=1 if order.grid_id else 0) if area else ""


def marks_of(order: WorkOrder) -> tuple[tuple[str, str], ...]:
    """Further chips of an open order, as (label, tone): what is asked, how it is supervised, how often it was urged."""
    found = [(_("待回访"), "soon")] if order.to_visit else []
    if not order.open:
        return tuple(found)
    if order.parts:
        found.append((_("拆成 {n} 件").format(n=order.parts), "plain"))
    if order.asked in Asking.values:
        found.append((_("申请{kind}").format(kind=Asking(order.asked).label), "new"))
    if order.supervised in Supervision.values:
        found.append(
            (
                str(Supervision(order.supervised).label),
                "late" if order.supervised == Supervision.RED else "soon",
            )
        )
    if order.held:
        found.append((_("应急暂停"), "paused"))
    if order.urged:
        found.append((_("催办 {n}").format(n=order.urged) if order.urged > 1 else _("催办"), "soon"))
    return tuple(found)


@dataclass(frozen=True)
class Row:
    """One order in a list. ``marks`` are further chips (label, tone)."""

    id: int
    number: str
    title: str
    state: str
    tone: str
    due_at: datetime | None
    due_state: str
    due_share: float
    due_left: str
    place: str
    unit: str
    category: str
    urgent: bool
    private: bool
    opened_at: datetime
    marks: tuple[tuple[str, str], ...] = ()


def row_of(order: WorkOrder, *, now: datetime) -> Row:
    """The order as a row. The ring shows clock time since it came in; the order's page has the exact clock."""
    due, state, share = order.next_due_at if order.open else None, "fine", 0.0
    if due is not None:
        whole = (due - order.opened_at).total_seconds()
        share = (now - order.opened_at).total_seconds() / whole if whole > 0 else 1.0
        state = "late" if due < now else ("soon" if due - now < SOON or share >= 0.8 else "fine")
    line = tree().line(order.category_id)
    return Row(
        order.pk,
        order.number,
        order.title,
        state_label(order.state),
        TONES.get(order.state, "plain"),
        due,
        state,
        share,
        _row_left(order, due, now),
        place_label(order),
        "" if order.state == TRIAGE else unit_label(order.unit_id),  # had it once, has it no more
        line[-1].said if line else "",
        order.urgent,
        order.private,
        order.opened_at,
        marks_of(order),
    )


def queue_item(
    order: WorkOrder,
    url: str,
    *,
    now: datetime,
    chosen: bool,
    with_place: bool,
    with_unit: bool,
    tick: bool = False,
    sign: int = 0,
) -> QueueItem:
    """The order as a row of the workbench's queue; what the queue itself says is left out of the row.

    ``sign`` is the unit whose queue of shared orders it is: there it is marked where their word is missing.
    """
    row = row_of(order, now=now)
    under = (row.place if with_place else "", row.unit if with_unit else "")
    return QueueItem(
        url,
        row.title,
        row.state,
        row.tone,
        chosen=chosen,
        urgent=row.urgent,
        hidden=row.private,
        due_at=row.due_at,
        due_state=row.due_state,
        due_share=row.due_share,
        due_left=row.due_left,
        came_at=row.opened_at,
        right=row.category or _("待分类"),
        under=under if with_place or with_unit else None,
        missing=_("位置不明") if with_place else "",
        marks=(
            ((_("待会签"), "soon"), *row.marks)
            if sign in order.signing and order.state in BEFORE_ANSWER
            else row.marks
        ),
        tick=str(order.pk) if tick else "",
    )


def _row_left(order: WorkOrder, due: datetime | None, now: datetime) -> str:
    """What is left of the nearest promise, as the order's page says it; empty where clock time says the same."""
    if due is None:
        return ""
    if due < now:
        # Days are enough for what is late: the queue is for choosing, the order's page for the minute.
        return _("已超 {n} 天").format(n=(now - due).days) if now - due > timedelta(days=1) else ""
    counted_in = getattr(order, "counted_in", None)
    if not counted_in:
        return ""
    unit, calendar = counted_in["unit"], calendar_for(counted_in["jurisdiction"])
    return _left(worktime.left(now, due, unit, calendar), unit, calendar, due, now)


def phrase(entry: Entry) -> str:
    """The act in the words of colleagues, filled from the entry's detail."""
    verb = entry.verb.partition(".")[2]
    known = PHRASES.get(verb)
    if known is None:
        return verb
    return _(known.staff).format_map(defaultdict(lambda: "…", fills(entry.detail)))


@dataclass(frozen=True)
class Told:
    """One entry of a timeline, ready to be shown."""

    position: int
    head: str
    at: datetime
    by: str
    icon: str
    tone: str
    audience: str
    text: str
    notes: tuple[str, ...]
    photos: tuple[dict[str, str], ...]


def told(entries: Iterable[Entry], photo_address: Any, kept: Mapping[int, str] | None = None) -> list[Told]:
    """A timeline for staff. Colleagues by name, residents never. One statement for the names.

    ``kept`` says of some entries (by position) when they were done, where a device kept them until it had signal.
    """
    rows = list(entries)
    ids = {row.by_id for row in rows if row.by_id and row.part not in ("", RESIDENT, SYSTEM, "service")}
    names = dict(Account.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}
    return [_told(row, names, photo_address, (kept or {}).get(row.position, "")) for row in rows]


def _told(entry: Entry, names: Mapping[int, str], photo_address: Any, kept: str) -> Told:
    verb = entry.verb.partition(".")[2]
    part = _("系统") if entry.part == "service" else str(PARTS.get(entry.part, ""))
    name = names.get(entry.by_id or 0, "")
    icon = PHRASES[verb].icon if verb in PHRASES else "dot"
    icon = ICONS.get(icon, icon)
    tone = "lead" if verb in _LEAD else "late" if verb in _LATE else "quiet" if verb in _QUIET else ""
    stage = "after" if verb == "answer" else ""
    photos = tuple(
        {"url": photo_address(file.pk), "thumb": photo_address(file.pk, small=True), "stage": stage}
        for file in entry.attachments.all()
        if file.erased_at is None
    )
    return Told(
        entry.position,
        phrase(entry),
        entry.at,
        f"{name}（{part}）" if name and part else name or part or _("居民"),
        "point" if tone == "quiet" else icon,
        tone,
        entry.audience,
        # The answer stands once in the timeline, where the unit gave it.
        "" if verb == "pass_check" else entry.text,
        (*_notes(verb, entry.detail), *filter(None, (kept or _told_seen(entry.detail, entry.at),))),
        photos,
    )


def clock_words(ahead: timedelta) -> str:
    """How far a device's clock was off: 快了 2 天, 慢了 7 分钟; empty when it was right."""
    if abs(ahead) <= RIGHT_WITHIN:
        return ""
    minutes = round(abs(ahead).total_seconds() / 60)
    size = (
        _("{n} 天").format(n=minutes // 1440)
        if minutes >= 1440
        else _("{n} 小时").format(n=minutes // 60)
        if minutes >= 60
        else _("{n} 分钟").format(n=minutes)
    )
    return (_("快了 {size}") if ahead > timedelta(0) else _("慢了 {size}")).format(size=size)


def seen_words(at: datetime, arrived: datetime, ahead: timedelta, doubtful: bool = False) -> str:
    """When something was seen or done on the spot, where that is not when it arrived, or the device's clock was wrong."""
    said, off = [], clock_words(ahead)
    if arrived - at >= timedelta(minutes=5):
        moments = {"seen": f"{local(at):%m-%d %H:%M}", "arrived": f"{local(arrived):%m-%d %H:%M}"}
        said.append(_("现场 {seen}，{arrived} 才有信号送到").format(**moments))
    if off:
        said.append(_("手机的时钟{off}，时间已校正").format(off=off))
    if doubtful:
        said.append(_("手机上的时间不可靠，以送到的时间为准"))
    return _("；").join(said)


def _told_seen(detail: Mapping[str, Any], arrived: datetime) -> str:
    seen = detail.get("seen")
    if not isinstance(seen, Mapping):
        return ""
    ahead, doubtful = timedelta(seconds=seen.get("ahead", 0)), bool(seen.get("doubtful"))
    return seen_words(datetime.fromisoformat(seen["at"]), arrived, ahead, doubtful)


def _notes(verb: str, detail: Mapping[str, Any]) -> tuple[str, ...]:
    """Facts worth a line below the head: joint units, what was unclear, the rating."""
    notes = []
    if detail.get("joint"):
        notes.append(_("协办：{units}").format(units=_("、").join(detail["joint"])))
    if verb == "report" and detail.get("why"):
        words = {"place": _("位置"), "category": _("分类"), "unit": _("办理单位"), "police": _("是不是警务")}
        notes.append(
            _("需要人工确认：{what}").format(what=_("、").join(words.get(w, w) for w in detail["why"]))
        )
    if detail.get("without"):
        notes.append(_("没有会签：{units}").format(units=_("、").join(detail["without"])))
    if detail.get("attempt"):
        notes.append(_("第 {n} 次").format(n=detail["attempt"]))
    if detail.get("declined"):
        notes.append(_("对方表示不办理"))
    if "satisfied" in detail:
        solved = _("已解决") if detail.get("solved") else _("没有解决")
        notes.append(_("{solved}，满意程度 {n}/5").format(solved=solved, n=detail["satisfied"]))
    return tuple(notes)


@dataclass(frozen=True)
class Clock:
    """One promise, ready for the promise clock."""

    what: str
    until: datetime
    state: str
    share: float
    left: str
    then: str
    provisional: bool


def clock_of(deadline: Deadline, *, now: datetime) -> Clock:
    """A promise with what is left of it in working time."""
    stands = clocks.standing(deadline, now)
    promise = PROMISES.get(deadline.promise)
    state = {"met_late": "late"}.get(stands["state"], stands["state"])
    left = ""
    if state in ("fine", "soon"):
        calendar = calendar_for(deadline.jurisdiction)
        left = _left(stands["left"], deadline.unit, calendar, deadline.due_at, now)
    if state == "late":
        left = _("已做到，但超过了承诺") if deadline.met_at else left_words(deadline.due_at, now)
    return Clock(
        _(promise.label) if promise else deadline.promise,
        deadline.due_at,
        state,
        stands["share"],
        left,
        _(promise.then) if promise and deadline.met_at is None and state != "paused" else "",
        stands["provisional"],
    )


def _left(left: timedelta, unit: str, calendar: worktime.Calendar, due_at: datetime, now: datetime) -> str:
    """What is left as people count it: working days, hours of working time, or hours by the clock."""
    if unit == "work_days":
        days = worktime.work_days_left(now, due_at, calendar)
        return _("还有 {n} 个工作日").format(n=days) if days > 0 else _("今天到期")
    hours, minutes = divmod(max(0, int(left.total_seconds() // 60)), 60)
    words = _("{h} 小时 {m} 分") if hours and minutes else _("{h} 小时") if hours else _("{m} 分钟")
    said = words.format(h=hours, m=minutes)
    if unit == "work_hours":
        return _("还有 {left}工作时间").format(left=said)
    return _("还有 {left}").format(left=said)
