"""What this room shows in the windows: boards, my matters, the public map, numbers, my own data.

The windows call these through the manifest (``KIND.cards``) and never import the room.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from gongzhi.kit import clock
from gongzhi.people.actor import Person
from gongzhi.territory.ground import ground
from gongzhi.workorders import figures, queries
from gongzhi.workorders.figures import units as unit_figures
from gongzhi.workorders.models import Rating, WorkOrder
from gongzhi.workorders.policies import CLERK_OR_UNIT
from gongzhi.workorders.questions import told_answers
from gongzhi.workorders.tables import Topic, tree

#: Boards by name: their part of the address, and their icon.
BOARDS = {
    gettext_noop("城市治理"): ("city", "building-community"),
    gettext_noop("便民服务"): ("daily", "tool"),
    gettext_noop("政务服务"): ("affairs", "building-bank"),
    gettext_noop("校园服务"): ("campus", "school"),
    gettext_noop("志愿服务"): ("volunteers", "heart-handshake"),
    gettext_noop("城市公益"): ("common-good", "heart"),
}


def leaves_of(board: str) -> list[Topic]:
    """The categories of a board that have none below them, by code."""
    topics = tree()
    above = {topic.parent_id for topic in topics.live.values()}
    found = [t for t in topics.live.values() if t.board == board and t.id not in above]
    return sorted(found, key=lambda topic: topic.code)


def boards(person: Person) -> list[dict[str, Any]]:
    """The boards with something behind them here: code, name, icon, a note of what is there, address."""
    shown = []
    for name, (code, icon) in BOARDS.items():
        leaves = leaves_of(name)
        if leaves:
            shown.append(
                {
                    "code": code,
                    "name": _(name),
                    "icon": icon,
                    "note": _("、").join(_short(topic.said) for topic in _spread(leaves, 3)),
                    "url": reverse("workorders:topics", args=[code]),
                }
            )
    return shown


def _short(name: str) -> str:
    return name.split("与")[0]


def _spread(leaves: list[Topic], count: int) -> list[Topic]:
    """Some leaves from different branches, so that a note shows how wide a board is."""
    seen: dict[str, Topic] = {}
    for topic in leaves:
        seen.setdefault(topic.code[:4], topic)
    firsts = list(seen.values())
    step = max(1, len(firsts) // count)
    picked = firsts[::step][:count]
    return picked if len(picked) >= min(count, len(leaves)) else leaves[:count]


def mine(person: Person) -> list[dict[str, Any]]:
    """Matters a person reported, follows, or has shown the code of, newest first. One statement."""
    from gongzhi.workorders.words import resident as resident_words

    if person.account_id is None and not person.bearer_of and not person.reader_of:
        return []
    now = clock.now()
    rows = []
    for order in queries.my_orders(person):
        reporter = order.pk in person.bearer_of or (
            person.account_id is not None and order.reporter_id == person.account_id
        )
        rows.append(resident_words.row(order, "reporter" if reporter else "follower", now=now))
    return rows


def public_marks(
    since: datetime, *, grid_id: int | None = None, board: str = "", most: int = 500
) -> list[dict[str, Any]]:
    """Recent matters as anybody may see them. One statement."""
    from gongzhi.workorders.words import resident as resident_words

    names = {code: name for name, (code, _icon) in BOARDS.items()}
    wanted = {topic.name for topic in tree().topics.values() if topic.board == names.get(board)}
    marks = queries.public_marks(since=since, grid_id=grid_id, most=most * 4 if board else most)
    return [
        {
            "title": _(mark.category),
            "state": resident_words.state_word(mark.state),
            "tone": resident_words.TONES.get(mark.state, "plain"),
            "grid_id": mark.grid_id,
            "grid": mark.grid,
            "lon": mark.lon,
            "lat": mark.lat,
            "at": mark.opened_at,
            "closed_at": mark.closed_at,
            "id": mark.order_id,
            "topics": _topics_of(mark.category_id),
            "url": reverse("workorders:follow", args=[mark.order_id]),
        }
        for mark in marks
        if not board or mark.category in wanted
    ][:most]


def _topics_of(category_id: int | None) -> frozenset[str]:
    """Codes under which a matter can be followed: its category, those above, and its board."""
    line = tree().line(category_id)
    boards = {BOARDS[topic.board][0] for topic in line if topic.board in BOARDS}
    return frozenset({topic.code for topic in line} | boards)


def public_topics() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What can be followed: of each board its code and name, and its categories with theirs."""
    return [
        (code, _(name), [(topic.code, topic.said) for topic in leaves_of(name)])
        for name, (code, _icon) in BOARDS.items()
        if leaves_of(name)
    ]


def public_dates(since: datetime) -> list[dict[str, Any]]:
    """Days on which residents find a community's constable and secretary together. No names. No statement of its own."""
    from gongzhi.workorders.queries.police import pairs

    found = []
    for pair in pairs().values():
        area = ground().areas.get(pair.division_id)
        for on, begins, ends, place in pair.duty:
            if area is None or on < clock.local(since).date():
                continue
            found.append(
                {
                    "key": f"duty-{pair.id}-{on:%Y%m%d}",
                    "division_id": area.id,
                    "title": _("{area}：民警和书记一起值守，居民可以来").format(area=area.name),
                    "begins": datetime.combine(on, begins, timezone.get_default_timezone()),
                    "ends": datetime.combine(on, ends, timezone.get_default_timezone()),
                    "place": place,
                }
            )
    return sorted(found, key=lambda row: (row["begins"], row["key"]))


def numbers(since: datetime) -> dict[str, int]:
    """Received since a moment, and of those closed. One statement."""
    return queries.public_counts(since=since)


def export(person: Person) -> list[dict[str, Any]]:
    """Everything a person said here, in their own words, for "download my data"."""
    from gongzhi.workorders.words import resident as resident_words

    if person.account_id is None:
        return []
    orders = WorkOrder.objects.filter(reporter_id=person.account_id).select_related("matter").order_by("pk")
    ratings: dict[int, list[dict[str, Any]]] = {}
    for rating in Rating.objects.filter(order__reporter_id=person.account_id).order_by("at"):
        ratings.setdefault(rating.order_id, []).append(
            {"solved": rating.solved, "satisfied": rating.satisfied, "at": rating.at}
        )
    out = []
    for order in orders.defer("words"):
        entries = order.matter.thread.entries.filter(by_id=person.account_id).order_by("position")
        out.append(
            {
                "number": order.number,
                "title": order.title,
                "description": order.description,
                "category": tree().name_of(order.category_id),
                "answers": {row["question"]: row["answer"] for row in told_answers(order.answers)},
                "place": order.place_text or resident_words.place_name(order),
                "lon": order.lon,
                "lat": order.lat,
                "state": resident_words.state_word(order.state),
                "private": order.private,
                "opened_at": order.opened_at,
                "closed_at": order.closed_at,
                "ratings": ratings.get(order.pk, []),
                "acts": [
                    {
                        "what": entry.verb,
                        "at": entry.at,
                        "text": entry.text,
                        "files": entry.attachments.count(),
                    }
                    for entry in entries
                ],
            }
        )
    return out


def holdings(person: Person) -> dict[str, int]:
    """How many matters erasing would concern, and how many of them are still open."""
    rows = (
        WorkOrder.objects.filter(reporter_id=person.account_id)
        if person.account_id
        else WorkOrder.objects.none()
    )
    return {"all": rows.count(), "open": rows.filter(Q(open=True)).count()}


def erase(person: Person, at: datetime) -> int:
    """Forget what a person wrote and attached here, and how to reach them. How many matters it was."""
    from gongzhi.workorders.actions import erasing

    return erasing.forget_reporter(by=person, at=at)


def becomes_a_case(order_id: int, person: Person) -> dict[str, Any] | None:
    """With what a dispute begins that grew out of an order, or None where this person does not work on it: the reporter's
    account, what was reported, and where. The committee's room asks; nothing is written here."""
    order = WorkOrder.objects.select_related("matter").filter(pk=order_id).first()
    if order is None or not CLERK_OR_UNIT.holds(person, order):
        return None
    return {
        "account": order.reporter_id,
        "subject_line": order.title[:80],
        "facts": order.description,
        "place": order.place_text,
        "division": order.matter.division_id,
    }


def overlap_of(year: int) -> tuple[int, int, float] | None:
    """(all calls to the police, those that were not police business, their share) of a year as it may be published."""
    from gongzhi.workorders.queries.police import of_year

    seen = of_year(year)
    if seen is None or not seen.shown or seen.calls is None or seen.share is None:
        return None
    return seen.calls, seen.not_police, seen.share


CARDS: dict[str, Callable[..., Any]] = {
    "boards": boards,
    "mine": mine,
    "becomes_a_case": becomes_a_case,
    "overlap_of": overlap_of,
    "public_marks": public_marks,
    "public_topics": public_topics,
    "public_dates": public_dates,
    "numbers": numbers,
    "export": export,
    "holdings": holdings,
    "erase": erase,
    "figures": figures.figures,
    "tally": figures.tally,
    "said": figures.said,
    "listed": figures.listed,
    "listed_issue": figures.listed_issue,
    "pressing": figures.pressing,
    "hot": figures.hot,
    "began": figures.began,
    "points": figures.points,
    "topics": figures.topics,
    "unit_figure_names": unit_figures.names,
    "unit_figures": unit_figures.unit_figures,
    "unit_orders": unit_figures.unit_orders,
    "unit_rows": unit_figures.unit_rows,
}
