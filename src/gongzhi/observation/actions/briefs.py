"""What can be done with briefs: make, count again, write, publish, correct, discard; and the form they are printed by.

Every act is an entry of the brief's thread; publishing records the digests of what was published. Not here: numbers
and sentences (``queries.briefs``, ``sentences``) and paper.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gongzhi.journal import actions as journal
from gongzhi.journal.actions import Said
from gongzhi.kit import clock
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.observation import paper, sentences
from gongzhi.observation.models import Brief, BriefForm
from gongzhi.observation.periods import Period, period_of
from gongzhi.observation.policies import require
from gongzhi.observation.queries import briefs as queries
from gongzhi.observation.queries import rooms
from gongzhi.papers import word
from gongzhi.people.actor import Person
from gongzhi.territory.ground import ground

THREAD = "brief"
MOST_TEXT = 4000


def period(every: str, day: date, *, at: datetime) -> Period:
    """The period that a brief is asked for. Invalid before it has begun, or for a kind that does not exist."""
    try:
        found = period_of(every, day)
    except ValueError as fault:
        raise Invalid(_("没有这种简报。"), code="unknown_period") from fault
    if found.starts_on > clock.local(at).date():
        raise Invalid(_("这段时间还没有开始。"), code="not_begun")
    return found


@transaction.atomic
def make(division_id: int, every: str, day: date, *, kind_code: str = "", by: Person, at: datetime) -> Brief:
    """Count a period and write the first draft. Conflict when there is a brief of it already."""
    require(by, "write_brief", division_id)
    kind, area, when = rooms.kind_of(kind_code), ground().areas[division_id], period(every, day, at=at)
    figures = queries.count(kind, area, when, at=at)
    thread, _entries = journal.open_thread(
        THREAD, [Said("observation.make", detail={"area": area.name, "every": every, "day": str(when.starts_on)})],
        by=by, at=at,
    )  # fmt: skip
    brief = Brief(
        thread=thread, division_id=division_id, kind=kind.code, every=every, starts_on=when.starts_on,
        ends_on=when.ends_on, title=sentences.title_of(area.name, every), counted_at=at, figures=figures,
        sections=written(figures),
    )  # fmt: skip
    try:
        with transaction.atomic():
            brief.save(force_insert=True)
    except IntegrityError as fault:
        raise Conflict(
            _("这一期的简报已经有了。"), help=_("在列表里打开它；发布过的可以出更正版。"), code="brief_exists"
        ) from fault
    return brief


def written(figures: Mapping[str, Any]) -> list[dict[str, str]]:
    """The machine's sections, with its words kept beside them: what a person changed can be told from them."""
    return [section | {"made": section["text"]} for section in sentences.sections(figures)]


def _draft(brief_id: int, verb: str, by: Person, seen: int | None) -> Brief:
    """The brief, locked, for who may do this. Conflict when it is published or has changed since it was seen."""
    brief = Brief.objects.select_for_update(of=("self",)).filter(pk=brief_id).first()
    if brief is None:
        raise NotFound
    require(by, verb, brief)
    if brief.published_at is not None:
        raise Conflict(_("这份简报已经发布，不能再改。"), help=_("要改内容，请出更正版。"), code="published")
    if seen is not None and seen != brief.changes:
        raise Conflict(
            _("别人刚刚改过这份简报。"), help=_("请重新打开，看过新的内容再改。"), code="changed_meanwhile"
        )
    return brief


def _note(brief: Brief, verb: str, *, by: Person, at: datetime, **detail: Any) -> None:
    journal.write(journal.lock(brief.thread_id), [Said(f"observation.{verb}", detail=detail)], by=by, at=at)


@transaction.atomic
def recount(brief_id: int, *, seen: int | None = None, by: Person, at: datetime) -> Brief:
    """Count again. Sections that nobody has changed are written again; changed ones keep their words."""
    brief = _draft(brief_id, "write_brief", by, seen)
    when = Period(brief.every, brief.starts_on, brief.ends_on)
    brief.figures = queries.count(rooms.kind_of(brief.kind), ground().areas[brief.division_id], when, at=at)
    own = {s["code"]: s for s in brief.sections if s["text"] != s["made"]}
    brief.sections = [
        section | ({"text": own[section["code"]]["text"]} if section["code"] in own else {})
        for section in written(brief.figures)
    ]
    brief.counted_at, brief.changes = at, brief.changes + 1
    brief.save(update_fields=["figures", "sections", "counted_at", "changes"])
    _note(brief, "recount", by=by, at=at)
    return brief


@transaction.atomic
def write(
    brief_id: int, texts: Mapping[str, str], *, title: str = "", seen: int, by: Person, at: datetime
) -> Brief:
    """Put other words into sections (code → text; an empty text leaves a section out)."""
    brief = _draft(brief_id, "write_brief", by, seen)
    if any(len(text) > MOST_TEXT for text in texts.values()):
        raise Invalid(_("每一段最多 {n} 个字。").format(n=MOST_TEXT), code="too_long")
    changed = []
    for section in brief.sections:
        text = texts.get(section["code"], section["text"]).replace("\r\n", "\n").strip()
        if text != section["text"]:
            section["text"] = text
            changed.append(section["code"])
    if title.strip() and title.strip() != brief.title:
        brief.title = title.strip()[:120]
        changed.append("title")
    if changed:
        brief.changes += 1
        brief.save(update_fields=["sections", "title", "changes"])
        _note(brief, "write", by=by, at=at, changed=changed)
    return brief


def digest_of(brief: Brief) -> str:
    """SHA-256 over everything the brief says, as canonical JSON: anybody with the file can compute it again."""
    whole = {
        "title": brief.title, "division": brief.division_id, "every": brief.every, "edition": brief.edition,
        "starts_on": str(brief.starts_on), "ends_on": str(brief.ends_on), "figures": brief.figures,
        "sections": [[s["heading"], s["text"]] for s in brief.sections],
    }  # fmt: skip
    return hashlib.sha256(
        json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()


@transaction.atomic
def publish(brief_id: int, *, seen: int, by: Person, at: datetime) -> Brief:
    """Publish: both files are made now and kept, and the database refuses every later change."""
    brief = _draft(brief_id, "publish_brief", by, seen)
    when = Period(brief.every, brief.starts_on, brief.ends_on)
    if when.ends_on > clock.local(at).date():
        raise Invalid(_("这段时间还没有过完，现在只能是草稿。"), code="not_over")
    if not brief.figures["whole"]:
        raise Invalid(
            _("数字是这段时间过完以前数的。"), help=_("请先“重新统计”，再发布。"), code="counted_too_early"
        )
    brief.digest, brief.published_at, brief.published_by_id = digest_of(brief), at, by.account_id
    said = queries.paper_of(brief)
    brief.pdf, brief.word = paper.pdf(said), paper.word(said, form_of(brief.division_id))
    brief.save(update_fields=["digest", "published_at", "published_by", "pdf", "word"])
    _note(
        brief, "publish", by=by, at=at, digest=brief.digest,
        pdf=hashlib.sha256(brief.pdf).hexdigest(), word=hashlib.sha256(brief.word).hexdigest(),
    )  # fmt: skip
    return brief


@transaction.atomic
def correct(brief_id: int, *, by: Person, at: datetime) -> Brief:
    """Begin the next edition of a published brief: counted again, with the words as they were."""
    old = Brief.objects.filter(pk=brief_id).first()
    if old is None:
        raise NotFound
    require(by, "write_brief", old)
    if old.published_at is None:
        raise Conflict(_("这份简报还没有发布，直接改就行。"), code="still_draft")
    when = Period(old.every, old.starts_on, old.ends_on)
    figures = queries.count(rooms.kind_of(old.kind), ground().areas[old.division_id], when, at=at)
    own = {s["code"]: s["text"] for s in old.sections if s["text"] != s["made"]}
    thread, _entries = journal.open_thread(
        THREAD,
        [Said("observation.correct", detail={"of": old.digest, "edition": old.edition + 1})],
        by=by,
        at=at,
    )
    brief = Brief(
        thread=thread, division_id=old.division_id, kind=old.kind, every=old.every, starts_on=old.starts_on,
        ends_on=old.ends_on, edition=old.edition + 1, title=old.title, counted_at=at, figures=figures,
        sections=[s | ({"text": own[s["code"]]} if s["code"] in own else {}) for s in written(figures)],
    )  # fmt: skip
    try:
        with transaction.atomic():
            brief.save(force_insert=True)
    except IntegrityError as fault:
        raise Conflict(_("更正版已经有了。"), help=_("在列表里打开它。"), code="brief_exists") from fault
    return brief


@transaction.atomic
def discard(brief_id: int, *, by: Person, at: datetime) -> None:
    """Throw a draft away; that it was there stays in the record."""
    brief = _draft(brief_id, "write_brief", by, None)
    _note(brief, "discard", by=by, at=at)
    brief.delete()


# ---- the form


def form_of(division_id: int) -> bytes:
    """The Word form of a division: its own newest, else that of the area above, else the platform's."""
    line = [area.id for area in reversed(ground().line(division_id))]
    rows = {
        row.division_id: bytes(row.content)
        for row in BriefForm.objects.filter(division_id__in=line).order_by("at", "pk")
    }
    return next((rows[key] for key in line if key in rows), paper.first_form())


@transaction.atomic
def change_form(division_id: int, *, name: str, content: bytes, by: Person, at: datetime) -> BriefForm:
    """Use another Word form from now on. Invalid with its fault when it cannot be filled with a sample."""
    require(by, "change_form", division_id)
    word.check(content)
    paper.word(queries.sample(ground().areas[division_id], at=at), content)
    return BriefForm.objects.create(
        division_id=division_id, name=name[:120], content=content, digest=hashlib.sha256(content).hexdigest(),
        by_id=by.account_id, at=at,
    )  # fmt: skip
