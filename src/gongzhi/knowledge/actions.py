"""What can be done with the knowledge base. Every act is an entry in the article's thread; every wording is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from civics.workflow import StepNotAllowed
from gongzhi.journal.actions import Said, open_thread
from gongzhi.journal.actions import write as write_entries
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.kit.revision import bump
from gongzhi.knowledge import topics
from gongzhi.knowledge.models import Article, Jurisdiction, Status, Version
from gongzhi.knowledge.policies import require_area
from gongzhi.knowledge.queries import get_article, grams_of, same_version
from gongzhi.knowledge.workflow import WORKFLOW

SHORTEST, MOST_WAYS, LONGEST_DAYS = 4, 20, 3650


@dataclass(frozen=True)
class Wording:
    """What an article says. ``ways`` are further ways to ask; ``division_id`` None holds everywhere."""

    question: str
    answer: str
    ways: tuple[str, ...] = ()
    category_code: str = ""
    division_id: int | None = None
    jurisdiction: str = "CN"
    source: str = ""
    source_url: str = ""
    valid_until: date | None = None
    stale_after_days: int = 180


def wording_of(row: Article | Version) -> Wording:
    """What an article or one of its versions says."""
    values = {part.name: getattr(row, part.name) for part in fields(Wording)}
    return Wording(**values | {"ways": tuple(row.ways)})


def checked(wording: Wording) -> Wording:
    """The wording, tidied; Invalid with a sentence per field that is not right."""
    question = " ".join(wording.question.split())
    ways = tuple(dict.fromkeys(w for way in wording.ways if (w := " ".join(way.split())) and w != question))
    tidy = replace(
        wording, question=question, ways=ways, answer=wording.answer.replace("\r\n", "\n").strip(),
        category_code=wording.category_code.strip(), source=wording.source.strip(), source_url=wording.source_url.strip(),
    )  # fmt: skip
    faults: dict[str, list[str]] = {}

    def fault(name: str, wrong: bool, sentence: str) -> None:
        if wrong:
            faults.setdefault(name, []).append(sentence)

    fault("question", len(question) < SHORTEST, _("问题至少写四个字。"))
    fault("question", len(question) > 200, _("问题最多 200 个字。"))
    fault("answer", len(tidy.answer) < SHORTEST, _("请写上答案。"))
    fault("answer", len(tidy.answer) > 5000, _("答案最多 5000 个字。"))
    fault("ways", len(ways) > MOST_WAYS, _("别的问法最多 20 条。"))
    fault("ways", any(len(way) > 200 for way in ways), _("每种问法最多 200 个字。"))
    told = topics.known()
    unknown = tidy.category_code not in told if told else len(tidy.category_code) > 12
    fault("category_code", bool(tidy.category_code) and unknown, _("没有这个分类。"))
    fault("jurisdiction", tidy.jurisdiction not in Jurisdiction.values, _("地区只能是 CN、HK 或 MO。"))
    fault("source", len(tidy.source) > 120, _("出处最多 120 个字。"))
    address = tidy.source_url
    fault("source_url", bool(address) and not address.lower().startswith(("https://", "http://")),
          _("网址要以 https:// 或 http:// 开头。"))  # fmt: skip
    fault(
        "source_url",
        len(address) > 400 or any(sign.isspace() for sign in address),
        _("网址太长，或者里面有空格。"),
    )
    fault("stale_after_days", not 1 <= tidy.stale_after_days <= LONGEST_DAYS, _("核对间隔是 1 到 3650 天。"))
    if any("\0" in text for text in (question, tidy.answer, tidy.source, address, *ways)):
        raise Invalid
    if faults:
        raise Invalid(fields=faults)
    return tidy


def _stale_on(wording: Wording, reviewed_on: date) -> date:
    due = reviewed_on + timedelta(days=wording.stale_after_days)
    return min(due, wording.valid_until + timedelta(days=1)) if wording.valid_until else due


def _put(article: Article, wording: Wording, at: datetime) -> None:
    for part in fields(Wording):
        setattr(article, part.name, getattr(wording, part.name))
    article.ways = list(wording.ways)
    article.stale_on = _stale_on(wording, article.reviewed_on)
    article.changed_at = at
    article.words = grams_of(article)


def _keep(article: Article, entry: Any, at: datetime) -> None:
    told = wording_of(article)
    values = {part.name: getattr(told, part.name) for part in fields(Wording)} | {"ways": list(told.ways)}
    Version.objects.create(article=article, number=article.version, entry=entry, at=at, **values)


def _ready(wording: Wording) -> None:
    if not wording.source:
        raise Invalid(
            _("发布之前要写明出处。"),
            code="no_source",
            fields={"source": [_("这个答案从哪里来？写单位或文件名。")]},
        )


def _take(article: Article, verb: str) -> str:
    try:
        return WORKFLOW.take(article.status, verb)
    except StepNotAllowed as fault:
        state = Status(article.status).label
        raise Conflict(
            _("这条问答现在是“{state}”，不能这样做。").format(state=state), code="not_now"
        ) from fault


@transaction.atomic(savepoint=False)
def write(
    wording: Wording,
    *,
    publish: bool = False,
    code: str = "",
    reviewed_on: date | None = None,
    by: Actor,
    at: datetime,
) -> Article:
    """A new article, as a draft or published at once. ``reviewed_on`` is today unless told."""
    tidy = checked(wording)
    require_area(by, tidy.division_id)
    if publish:
        _ready(tidy)
    verb = "knowledge.publish" if publish else "knowledge.write"
    thread, entries = open_thread("knowledge", [Said(verb, detail={"version": 1})], by=by, at=at)
    article = Article(
        thread=thread, code=code or f"K{thread.pk}", status=Status.PUBLISHED if publish else Status.DRAFT,
        reviewed_on=reviewed_on or clock.local(at).date(),
    )  # fmt: skip
    _put(article, tidy, at)
    article.save(force_insert=True)
    _keep(article, entries[0], at)
    bump("knowledge")
    return article


@transaction.atomic(savepoint=False)
def change(
    article_id: int,
    wording: Wording,
    *,
    seen: int | None = None,
    number: int | None = None,
    by: Actor,
    at: datetime,
) -> Article:
    """Say it in other words. Who writes it has read it, so it counts as looked at today; nothing changed, nothing kept.

    ``number`` says that this brings back an older version.
    """
    verb = "change" if number is None else "restore"
    article = get_article(article_id, by=by, verb=verb, lock=True)
    same_version(article, seen)
    _take(article, verb)
    tidy, before = checked(wording), wording_of(article)
    require_area(by, tidy.division_id)
    changed = [
        part.name for part in fields(Wording) if getattr(tidy, part.name) != getattr(before, part.name)
    ]
    if not changed:
        return article
    if article.status == Status.PUBLISHED:
        _ready(tidy)
    article.version += 1
    article.reviewed_on = clock.local(at).date()
    _put(article, tidy, at)
    detail: dict[str, Any] = {"version": article.version, "fields": changed}
    if number is not None:
        detail["from"] = number
    (entry,) = write_entries(article.thread, [Said(f"knowledge.{verb}", detail=detail)], by=by, at=at)
    article.save()
    _keep(article, entry, at)
    bump("knowledge")
    return article


def restore(article_id: int, number: int, *, seen: int | None = None, by: Actor, at: datetime) -> Article:
    """Bring an older version back, as a new one."""
    old = Version.objects.filter(article_id=article_id, number=number).first()
    if old is None:
        raise NotFound(_("没有这个版本。"))
    return change(article_id, wording_of(old), seen=seen, number=number, by=by, at=at)


def _step(article_id: int, verb: str, seen: int | None, by: Actor) -> Article:
    article = get_article(article_id, by=by, verb=verb, lock=True)
    same_version(article, seen)
    article.status = _take(article, verb)
    return article


@transaction.atomic(savepoint=False)
def publish(article_id: int, *, seen: int | None = None, by: Actor, at: datetime) -> Article:
    """Let everybody read it, also again after it was retired; whoever publishes has looked at it today."""
    article = _step(article_id, "publish", seen, by)
    _ready(wording_of(article))
    return _looked_at(article, "knowledge.publish", by, at)


@transaction.atomic(savepoint=False)
def still_true(article_id: int, *, seen: int | None = None, by: Actor, at: datetime) -> Article:
    """Somebody has looked: the answer is still right. One whose last day is over needs another day first."""
    article = _step(article_id, "still_true", seen, by)
    return _looked_at(article, "knowledge.still_true", by, at)


def _looked_at(article: Article, verb: str, by: Actor, at: datetime) -> Article:
    today = clock.local(at).date()
    if article.valid_until is not None and article.valid_until < today:
        raise Conflict(
            _("这条问答的有效期到 {day} 为止。").format(day=article.valid_until.isoformat()),
            help=_("请先修改有效期和答案，或者停用它。"),
            code="past",
        )
    article.reviewed_on = today
    article.stale_on = _stale_on(wording_of(article), today)
    write_entries(article.thread, [Said(verb, detail={"version": article.version})], by=by, at=at)
    article.save(update_fields=["status", "reviewed_on", "stale_on"])
    bump("knowledge")
    return article


@transaction.atomic(savepoint=False)
def retire(article_id: int, reason: str, *, seen: int | None = None, by: Actor, at: datetime) -> Article:
    """Take it out of use, with a reason. It stays readable for staff, and can be published again."""
    reason = reason.strip()[:500]
    if not reason:
        raise Invalid(_("请写为什么停用。"), code="no_reason", fields={"reason": [_("请写为什么停用。")]})
    article = _step(article_id, "retire", seen, by)
    write_entries(article.thread, [Said("knowledge.retire", text=reason)], by=by, at=at)
    article.save(update_fields=["status"])
    bump("knowledge")
    return article


@transaction.atomic(savepoint=False)
def say_helped(article_id: int, yes: bool, *, by: Actor, at: datetime) -> None:
    """Count one reader whom the answer helped, or not. Who it was is kept nowhere."""
    get_article(article_id, by=by)
    column = "helped" if yes else "helped_not"
    Article.objects.filter(pk=article_id).update(**{column: F(column) + 1})


@transaction.atomic(savepoint=False)
def take_in(
    rows: Iterable[tuple[Article | None, str, Wording, bool, date | None]], *, by: Actor, at: datetime
) -> tuple[int, int]:
    """Rows of a file: (the article it is known as, its code, wording, publish, reviewed on) → (new, changed)."""
    new = changed = 0
    for known, code, wording, publishes, reviewed_on in rows:
        if known is None:
            write(wording, publish=publishes, code=code, reviewed_on=reviewed_on, by=by, at=at)
            new += 1
            continue
        article = change(known.pk, wording, seen=known.thread.length, by=by, at=at)
        if publishes and article.status == Status.DRAFT:
            publish(known.pk, by=by, at=at)
        changed += 1
    return new, changed
