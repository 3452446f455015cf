"""Orders in the hands of a body outside the platform: forward by a link, its answer, and taking back (转外单位).

The link opens one order, until it is answered or taken back, or until some days after its deadline (``OUTSIDE_DAYS``); the
centre can give it a new deadline, and then the same link goes on. What it shows was written for the outside body by a
colleague: nothing of the reporter.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.kit.secrets import ALPHABET
from gongzhi.people.addresses import keyed
from gongzhi.workorders.actions.handling import words_of_step
from gongzhi.workorders.actions.requesting import LONGEST, end_of_work
from gongzhi.workorders.actions.steps import locked, take
from gongzhi.workorders.models import Outside, WorkOrder
from gongzhi.workorders.police_partners import nobody_in
from gongzhi.workorders.workflow import IN_HAND, TRIAGE

#: Letters of a link: 16 of 29 are 77 bits, which nobody guesses.
CODE_LENGTH = 16


def code_of(order_id: int, asked_at: datetime) -> str:
    """The code of a link. Made from the key of the installation, so that colleagues can copy the link again while
    nothing but its digest is kept."""
    digest = keyed("outside-code", str(order_id), asked_at.astimezone(UTC).isoformat())
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:CODE_LENGTH])


def code_digest(code: str) -> bytes:
    """What is kept of it."""
    return keyed("outside-key", "".join(letter for letter in code.upper() if letter in ALPHABET))


def outside_of(order: WorkOrder) -> Outside | None:
    """The outside body that has the order now, or had it last. One statement."""
    return order.outsides.order_by("-asked_at").first()


def opened_by(code: str) -> Outside:
    """What a link opens. NotFound for a code that never was."""
    row = (
        Outside.objects.filter(key_digest=code_digest(code)).select_related("order").first()
        if len(code) == CODE_LENGTH
        else None
    )
    if row is None:
        raise NotFound(_("没有这个链接，请核对一下，或联系发给您的人。"))
    return row


def link_ends_at(row: Outside) -> datetime:
    """When the link opens nothing any more, though nobody has answered: late answers are welcome, but not for ever."""
    return row.due_at + timedelta(days=settings.OUTSIDE_DAYS)


def is_open(row: Outside, *, at: datetime) -> bool:
    """Whether the link still shows the order and takes an answer."""
    return row.answered_at is None and row.recalled_at is None and at < link_ends_at(row)


def _due(until: date, at: datetime) -> datetime:
    due_at = end_of_work(until)
    if not at < due_at <= at + LONGEST:
        sentence = _("请选择今天以后、两年以内的日期。")
        raise Invalid(sentence, code="until", fields={"until": [sentence]})
    return due_at


@transaction.atomic
def forward(
    order_id: int,
    *,
    body: str,
    until: date,
    words: str,
    place: str = "",
    peer_id: int | None = None,
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> WorkOrder:
    """Ask a body outside to do something by a day. The promise to the resident keeps running.

    ``peer_id``: an Open311 partner, whose server gets it as well; its answer comes back by itself.
    """
    order = locked(order_id, by=by, seen=seen)
    name = body.strip()[:60]
    if len(name) < 2:
        sentence = _("请写明转给哪个单位。")
        raise Invalid(sentence, code="body", fields={"body": [sentence]})
    due_at = _due(until, at)
    # whoever has the link reads it, without signing in: no numbers of people, as towards the police
    text = nobody_in(words_of_step(words, _("请写明请对方做什么。"), "words"), "words")
    where = nobody_in(place.strip()[:200], "place")
    take(
        order,
        "forward",
        by=by,
        at=at,
        detail={"body": name, "until": due_at.isoformat()},
        until={"outside": due_at},
    )
    outside = Outside.objects.create(
        order=order,
        body=name,
        key_digest=code_digest(code_of(order.pk, at)),
        words=text,
        place=where,
        asked_by_id=by.account_id,
        asked_at=at,
        due_at=due_at,
    )
    if peer_id is not None:
        from gongzhi.workorders.actions import exchanging

        exchanging.queue(order, peer_id, outside, by=by, at=at)
    return order


def _back(order: WorkOrder, effect: str) -> dict[str, object]:
    """Where an order goes from outside: to its unit, or to the centre, whose clock starts again."""
    if order.unit_id is not None:
        return {"target": IN_HAND}
    return {"target": TRIAGE, "clock": {"outside": effect, "dispatch": "start"}}


@transaction.atomic
def respond(
    code: str, *, text: str, declined: bool = False, by: Actor, at: datetime, seen: int | None = None
) -> WorkOrder:
    """The outside body answers, or says that it will not do it. The link is used up with that."""
    found = opened_by(code)
    order = locked(found.order_id, by=by, seen=seen)
    found.refresh_from_db()
    if found.answered_at is not None or found.recalled_at is not None:
        raise Conflict(
            _("这个链接已经用过，不能再答复。"),
            help=_("如需更正，请联系发给您的人。"),
            code="answered_already",
        )
    if not is_open(found, at=at):
        raise Conflict(
            _("这个链接已经过期，不能再答复。"), help=_("请联系发给您的人，由他们延长。"), code="link_expired"
        )
    return answered(
        order,
        found,
        text=words_of_step(text, _("请写明办了什么，或者为什么不能办。")),
        declined=declined,
        by=by,
        at=at,
    )


@transaction.atomic
def answered(
    order: WorkOrder, found: Outside, *, text: str, declined: bool = False, by: Actor, at: datetime
) -> WorkOrder:
    """The answer of the outside body that has a (locked) order, however it came: by its link, or by its own system."""
    said = text.strip()[:5000]
    take(
        order, "respond", by=by, at=at, text=said,
        detail={"body": found.body, "declined": declined},
        **_back(order, "meet"),  # type: ignore[arg-type]
    )  # fmt: skip
    found.answered_at, found.declined, found.text = at, declined, said
    found.save(update_fields=["answered_at", "declined", "text"])
    return order


@transaction.atomic
def renew(order_id: int, *, until: date, by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """Give the body outside a new day, later than the one it has; the same link goes on, also when it had ended."""
    order = locked(order_id, by=by, seen=seen)
    row = outside_of(order)
    due_at = _due(until, at)
    if row is not None and due_at <= row.due_at:
        sentence = _("新的日期要比原来的晚。")
        raise Invalid(sentence, code="until", fields={"until": [sentence]})
    take(
        order, "renew", by=by, at=at,
        detail={"body": row.body if row else "", "until": due_at.isoformat()},
        until={"outside": due_at},
    )  # fmt: skip
    if row is not None:
        row.due_at = due_at
        row.save(update_fields=["due_at"])
    return order


@transaction.atomic
def recall(order_id: int, *, note: str = "", by: Actor, at: datetime, seen: int | None = None) -> WorkOrder:
    """No longer wait for the outside body; its link opens nothing any more."""
    order = locked(order_id, by=by, seen=seen)
    row = outside_of(order)
    take(
        order, "recall", by=by, at=at, text=note.strip(),
        detail={"body": row.body if row else ""},
        **_back(order, "cancel"),  # type: ignore[arg-type]
    )  # fmt: skip
    if row is not None:
        row.recalled_at = at
        row.save(update_fields=["recalled_at"])
    return order
