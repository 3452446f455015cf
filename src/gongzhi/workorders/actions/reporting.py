"""Taking a report in: one action for every door.

Locate, classify, compare with the neighbours and dispatch happen in the same transaction as the report itself, so
there is no moment at which a report exists and nobody has it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from civics.devicetime import Seen
from gongzhi.journal import actions as journal
from gongzhi.journal.models import Audience, Entry
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.db.prepared import insert
from gongzhi.kit.errors import Conflict, Unprocessable
from gongzhi.kit.revision import one_look
from gongzhi.matters import actions as matters
from gongzhi.matters.actions import Opening
from gongzhi.matters.kinds import Term
from gongzhi.people import actions as people
from gongzhi.people.actor import Person
from gongzhi.people.addresses import keyed
from gongzhi.people.queries import order_centre_of, organisations
from gongzhi.people.roles import SYSTEM
from gongzhi.territory.ground import Spot
from gongzhi.workorders.actions.steps import say
from gongzhi.workorders.drafts import Draft, checked, emergency
from gongzhi.workorders.kind import KIND
from gongzhi.workorders.models import Appeal, Channel, WorkOrder
from gongzhi.workorders.questions import missing, please
from gongzhi.workorders.tables import Route, tree
from gongzhi.workorders.terms import term_for
from gongzhi.workorders.understanding import Neighbour, Understanding, neighbours, understand, words_of
from gongzhi.workorders.workflow import ASSIGNED, CLOSED, TRIAGE

#: Letters of a query code: none that are mistaken for one another when read aloud.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 12
_PLATFORM = Actor(part=SYSTEM)


@dataclass(frozen=True)
class Receipt:
    """What the reporter takes home: the order, and the code that opens it without an account (shown once)."""

    order: WorkOrder
    code: str
    neighbours: tuple[Neighbour, ...]
    why: tuple[str, ...]
    repeated: bool = False


def new_code(source: str = "", source_key: str | None = None) -> str:
    """A query code of twelve letters (59 bits). The same for the same key, so that a repeated request is answered
    alike without the code being kept anywhere."""
    if source_key is None:
        return "".join(secrets.choice(ALPHABET) for _place in range(CODE_LENGTH))
    digest = keyed("query-code", source, source_key)
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:CODE_LENGTH])


def code_digest(code: str) -> bytes:
    """What is kept of a query code: a keyed digest of its letters."""
    return keyed("party-key", "".join(c for c in code.upper() if c in ALPHABET))


def report(draft: Draft, *, by: Actor, at: datetime, near: Sequence[Neighbour] | None = None) -> Receipt:
    """Take a report in. The same ``source`` and ``source_key`` give the first order again, also at the same instant.

    ``near`` are its neighbours where the caller has already compared it (an import); else they are looked up.
    Raises Invalid, Unprocessable (also for an emergency that was not acknowledged) or Conflict.
    """
    with one_look():
        draft = checked(draft, at=at)
        alarm = emergency(draft)
        if alarm is not None and not draft.emergency_acknowledged and draft.opened_at is None:
            number, sentence, _phrase = alarm
            raise Unprocessable(
                _("请先拨打 {number}。").format(number=number),
                help=_(sentence),
                code="emergency",
                fields={"emergency": [number]},
            )
        if draft.source_key is None:
            return _take_in(draft, by=by, at=at, near=near)
        try:
            with transaction.atomic():
                return _take_in(draft, by=by, at=at, near=near)
        except (IntegrityError, Unanswered) as error:
            return _first(draft, error)


class Unanswered(Unprocessable):
    """A required question is still open, at a door that could have asked it."""


def _insist(draft: Draft, topic_id: int, at: datetime) -> None:
    """Raise Unanswered with a sentence for each required question that is open, under ``answers`` and its code.

    The sentences name the choices and the help the category, which the reporter may not have chosen: nobody has to look further.
    """
    open_ = missing(
        topic_id, {str(key): value for key, value in draft.answers.items()}, on=clock.local(at).date()
    )
    if open_:
        topic = tree().topics[topic_id]
        asked = {f"answers.{one.code}": [please(one, choices=True)] for one in open_}
        raise Unanswered(
            please(open_[0]),
            help=_("“{name}”（{code}）要先问清楚；答案写在 answers 里。").format(
                name=topic.name, code=topic.code
            ),
            code="answers",
            fields={"answers": [please(one) for one in open_], **asked},
        )


def _first(draft: Draft, error: Exception) -> Receipt:
    """The order that this key made before. Another content under the same key is a mistake of the client."""
    order = (
        WorkOrder.objects.select_related("matter")
        .filter(source=draft.source, source_key=draft.source_key)
        .first()
    )
    if order is None:
        raise error
    said = Entry.objects.filter(thread_id=order.pk, position=1).values_list("detail", flat=True).first() or {}
    if said.get("content", content_of(draft)) != content_of(draft) or order.description != draft.description:
        raise Conflict(
            _("同一个请求编号已经用于另一件反映。"), help=_("请换一个新的编号再提交。"), code="key_reused"
        )
    return Receipt(order, new_code(draft.source, draft.source_key), (), (), repeated=True)


def content_of(draft: Draft) -> str:
    """A keyed digest of all that a (checked) draft says: whether a repeated request is really the same one."""
    said = [
        draft.title, draft.description, draft.appeal, draft.category_id, draft.lon, draft.lat, draft.place_text,
        draft.area_id, draft.name, draft.phone, draft.email, draft.private, *([draft.answers] if draft.answers else []),
        [hashlib.sha256(picture.content).hexdigest() for picture in draft.pictures],
    ]  # fmt: skip
    return keyed("content", json.dumps(said, ensure_ascii=False)).hex()[:32]


@transaction.atomic(savepoint=False)
def _take_in(draft: Draft, *, by: Actor, at: datetime, near: Sequence[Neighbour] | None) -> Receipt:
    seen = understand(draft, at=at)
    if draft.insists and seen.topic is not None and "category" not in seen.why:
        _insist(draft, seen.topic.id, at)
    history = draft.opened_at is not None
    opened_at = draft.opened_at or at
    topic = seen.topic
    appeal = draft.appeal or (topic.default_appeal if topic else Appeal.HELP)
    urgent = bool(topic and topic.urgent and not history and "category" not in seen.why)
    state = CLOSED if history else (ASSIGNED if seen.route else TRIAGE)
    route = seen.route
    # nobody would be there to take the code of a row of a file home
    code = "" if draft.channel in (Channel.FILE, Channel.PART) else new_code(draft.source, draft.source_key)
    words = words_of(draft.title, draft.description, draft.place_text)
    if near is None:
        near = (
            []
            if history
            else neighbours(draft.title, draft.description, spot=seen.spot, topic=topic, at=at, words=words)
        )

    def term(promise: str) -> Term | None:
        areas = (seen.spot.grid_id, seen.spot.community_id, seen.spot.street_id)
        return term_for(
            promise,
            appeal=appeal,
            category_id=topic.id if topic else None,
            urgent=urgent,
            areas=areas,
            rule_id=route.rule_id if route else None,
        )

    terms = {} if history else {p: t for p in ("answer", "accept" if route else "dispatch") if (t := term(p))}
    said = [say("report", detail=_facts(draft, seen, near))]
    if route and not history:
        said.append(say("dispatch", detail=_dispatch_facts(route), by=_PLATFORM))
    # History is a closed book. Where its file does not say when a matter ended, neither do we.
    closed_at = draft.outcome.closed_at if draft.outcome else None
    matter, entries, deadlines = matters.open_matter(
        KIND,
        Opening(
            title=draft.title,
            state=state,
            said=tuple(said),
            audience="parties" if draft.private else "everyone",
            division_id=seen.spot.division_id,
            answerable_id=route.unit.id if route else None,
            terms=terms,
            reporter_id=_reporter(draft, by),
            reporter_key=code_digest(code) if code else None,
            closed_at=closed_at,
        ),
        by=by,
        at=opened_at,
    )
    due = {deadline.promise: deadline.due_at for deadline in deadlines}
    order = _row(draft, seen, matter_id=matter.pk)
    order.matter = matter
    order.number, order.appeal, order.urgent, order.state = matter.number, appeal, urgent, state
    order.open, order.opened_at, order.closed_at = state != CLOSED, opened_at, closed_at
    order.next_due_at = matter.next_due_at
    order.answer_due_at = due.get("answer") or (draft.outcome.due_at if draft.outcome else None)
    order.reporter_id = _reporter(draft, by)
    order.seen_at = draft.seen.at if draft.seen else None
    order.history, order.words = history, words
    if draft.outcome:
        order.unit_id = order.unit_id or _unit_named(draft.outcome.unit_name)
    order.promised_at, order.owed_by_id = order.answer_due_at, order.unit_id
    order.kept_at = closed_at if order.promised_at else None
    insert(order)
    if draft.outcome and draft.outcome.answer:
        old = say("import", text=draft.outcome.answer, audience=Audience.PARTIES)
        journal.write(matter.thread, [old], by=by, at=closed_at or opened_at)
    if draft.name or draft.phone or draft.email:
        people.keep_contact(
            name=draft.name,
            phone=draft.phone,
            email=draft.email,
            # by the other doors somebody else is reading, or a program
            language=get_language() or "" if draft.channel in (Channel.WEB, Channel.API) else "",
            purpose="workorders.answer",
            held_by=_holders(seen.spot, route),
            thread_id=matter.pk,
            account_id=order.reporter_id,
            by=by,
            at=at,
        )
    journal.attach(entries[0], draft.pictures)
    return Receipt(order, code, tuple(near), seen.why)


def _reporter(draft: Draft, by: Actor) -> int | None:
    """Whose matter it is: the signed-in person's, at the residents' own door also that of a neighbour with a post.

    What staff enter for somebody, by the other doors, belongs to nobody's account.
    """
    own = draft.channel == Channel.WEB or (
        draft.channel == Channel.API and isinstance(by, Person) and not by.is_staff
    )
    if own and isinstance(by, Person):
        return by.account_id
    return None


def _unit_named(name: str) -> int | None:
    """The unit that a file of history names, when we know one of that name."""
    return next(
        (body.id for body in organisations().values() if name and name in (body.name, body.short_name)), None
    )


def _holders(spot: Spot, route: Route | None) -> list[int]:
    centre = order_centre_of(spot.street_id)
    return [body for body in (centre.id if centre else None, route.unit.id if route else None) if body]


def _row(draft: Draft, seen: Understanding, *, matter_id: int) -> WorkOrder:
    route = seen.route
    return WorkOrder(
        pk=matter_id,
        title=draft.title,
        description=draft.description,
        channel=draft.channel,
        category_id=seen.topic.id if seen.topic else None,
        category_line=tree().letters(seen.topic.id) if seen.topic else [],
        confidence=seen.confidence,
        suggestions=[[guess.category_id, round(guess.share, 4)] for guess in seen.guesses],
        answers=dict(draft.answers),
        lon=seen.spot.lon,
        lat=seen.spot.lat,
        place_text=draft.place_text,
        street_id=seen.spot.street_id,
        community_id=seen.spot.community_id,
        grid_id=seen.spot.grid_id,
        building_id=seen.spot.building_id,
        unit_id=route.unit.id if route else None,
        joint=list(route.joint) if route else [],
        signing=list(route.joint) if route and draft.opened_at is None else [],
        rule_id=route.rule_id if route else None,
        private=draft.private,
        source=draft.source,
        source_key=draft.source_key,
    )


def _facts(draft: Draft, seen: Understanding, near: Sequence[Neighbour]) -> dict[str, Any]:
    facts: dict[str, Any] = {"channel": draft.channel, "confidence": round(seen.confidence, 3)}
    if seen.topic:
        facts["category"] = seen.topic.code
    if seen.place_known_by:
        facts["place_by"] = seen.place_known_by
    if seen.why:
        facts["why"] = list(seen.why)
    if near:
        facts["near"] = [[n.number, round(n.score, 2)] for n in near]
    if draft.seen:
        facts["seen"] = said_of(draft.seen)
    if draft.outcome:
        facts["outcome"] = draft.outcome.detail
    if draft.origin:
        facts["origin"] = dict(draft.origin)
    if draft.source_key is not None and draft.channel != Channel.FILE:
        facts["content"] = content_of(draft)
    return facts


def said_of(seen: Seen) -> dict[str, Any]:
    """A moment told by a device, as the record keeps it: ISO moment, seconds the clock was ahead, whether to doubt it."""
    return {"at": seen.at.isoformat(), "ahead": round(seen.ahead.total_seconds()), "doubtful": seen.doubtful}


def _dispatch_facts(route: Route) -> dict[str, Any]:
    bodies = organisations()
    return {
        "unit": route.unit.label,
        "unit_id": route.unit.id,
        "rule": route.rule_code,
        "joint": [bodies[body].label for body in route.joint if body in bodies],
    }
