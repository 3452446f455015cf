"""What can be asked of the knowledge base: likely answers, a search, one article, its history, what is stale.

What is published is kept in memory by every process and read again when its stamp moves, so that a likely answer costs
no statement of its own. A street has some hundred articles, a district some thousand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from civics.language import bigrams, lone_characters, query_bigrams
from civics.language.simpler import simpler
from civics.likely import WORTH_SHOWING, WORTH_TELLING, AnswerBook, Known, asks_something
from gongzhi.journal.models import Entry
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.kit.revision import cached
from gongzhi.knowledge import topics as topics_of
from gongzhi.knowledge.models import Article, Status, Version
from gongzhi.knowledge.policies import RULES, require_article
from gongzhi.territory.ground import ground

__all__ = [
    "WORTH_SHOWING", "WORTH_TELLING", "Answer", "Found", "Likely", "Wanted", "asks_something", "counts", "find",
    "freshness", "get_article", "history", "shelf", "suggest", "topic_counts", "versions",
]  # fmt: skip

#: Rows of one page of a list.
SIZE = 30


@dataclass(frozen=True)
class Answer:
    """A published article as it is kept in memory."""

    id: int
    code: str
    question: str
    ways: tuple[str, ...]
    answer: str
    category_code: str
    division_id: int | None
    jurisdiction: str
    source: str
    source_url: str
    reviewed_on: date
    stale_on: date
    valid_until: date | None
    changed_at: datetime
    helped: int


@dataclass(frozen=True)
class Shelf:
    """Everything that is published, and the book that finds likely answers in it."""

    answers: dict[int, Answer]
    book: AnswerBook


def _read_shelf() -> Shelf:
    rows: Any = Article.objects.filter(status=Status.PUBLISHED).order_by("pk").values_list(
        "pk", "code", "question", "ways", "answer", "category_code", "division_id", "jurisdiction", "source",
        "source_url", "reviewed_on", "stale_on", "valid_until", "changed_at", "helped",
    )  # fmt: skip
    answers: dict[int, Answer] = {}
    for row in rows:
        cells: Any = [tuple(cell) if isinstance(cell, list) else cell for cell in row]
        answers[row[0]] = Answer(*cells)
    known = (Known(a.id, (a.question, *a.ways), a.answer, a.category_code) for a in answers.values())
    return Shelf(answers, AnswerBook(known))


def shelf() -> Shelf:
    """What is published, as it stands."""
    return cached("knowledge", _read_shelf)


def freshness(article: Answer | Article, on: date) -> str:
    """``past`` (its last day is over), ``stale`` (nobody has looked for too long), or "" (fine)."""
    if article.valid_until is not None and article.valid_until < on:
        return "past"
    return "stale" if article.stale_on <= on else ""


@dataclass(frozen=True)
class Likely:
    """An answer that probably fits. ``mark``: see :func:`freshness`; ``where``: the area it holds for, or ""."""

    answer: Answer
    score: float
    reason: str
    mark: str
    where: str


def suggest(
    text: str,
    n: int = 3,
    *,
    at: datetime,
    division_id: int | None = None,
    topics: Mapping[str, float] | None = None,
    with_past: bool = True,
    least: float = WORTH_SHOWING,
    but: int | None = None,
) -> list[Likely]:
    """Up to ``n`` published answers that probably fit a question in anybody's own words, best first, each with a reason.

    ``division_id`` leaves out what holds for another area; ``topics`` are guesses of the category (code → share);
    ``with_past=False`` leaves out what is over; ``but`` is an article not to be named. No statement of its own.
    """
    kept, land, today = shelf(), ground(), clock.local(at).date()
    spot = land.areas.get(division_id or 0)

    def fits(answer: Answer) -> bool:
        if answer.id == but or (not with_past and freshness(answer, today) == "past"):
            return False
        area = land.areas.get(answer.division_id or 0)
        return spot is None or answer.division_id is None or (area is not None and spot.within(area.path))

    among = {answer.id for answer in kept.answers.values() if fits(answer)}
    found = kept.book.likely(text, n, topics=topics, among=among, least=least) if text.strip() else []
    out = []
    for hit in found:
        answer = kept.answers[hit.key]
        reasons = [_("都提到“{words}”").format(words=_("、").join(hit.words))]
        if hit.way != answer.question:
            reasons.append(_("像这样问过：{way}").format(way=hit.way))
        out.append(
            Likely(
                answer,
                hit.score,
                _("，").join(reasons),
                freshness(answer, today),
                land.name_of(answer.division_id),
            )
        )
    return out


def topic_counts() -> list[tuple[topics_of.Topic, int]]:
    """The topics on top with the number of published articles below each, in the order of their codes."""
    told = topics_of.known()
    count = Counter(topics_of.root_of(a.category_code, told) for a in shelf().answers.values())
    return [(told.get(code) or topics_of.Topic(code, "", topics_of.name_of(code, told)), count[code])
            for code in sorted(count, key=lambda code: (not code, code))]  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to. ``show``: stale, published, draft, retired, all; empty: published."""

    words: str = ""
    topic: str = ""
    show: str = "published"
    page: int = 1


@dataclass
class Found:
    """A page of a list. ``lone``: single characters of the search that nothing can be found by."""

    articles: list[Article]
    total: int = 0
    pages: int = 1
    lone: list[str] = field(default_factory=list)


def _shown(show: str, today: date) -> Q:
    known = {
        "stale": Q(status=Status.PUBLISHED, stale_on__lte=today),
        "published": Q(status=Status.PUBLISHED),
        "draft": Q(status=Status.DRAFT),
        "retired": Q(status=Status.RETIRED),
        "all": Q(),
    }
    if show not in known:
        raise Invalid(_("没有这种状态。"), code="unknown_status")
    return known[show]


def find(wanted: Wanted, *, by: Actor, at: datetime, size: int = SIZE) -> Found:
    """Articles that this person may see. A search puts those first that have it in the question; otherwise the stalest."""
    if len(wanted.topic) > 12 or not (wanted.topic == "" or wanted.topic.isalnum()):
        raise Invalid(_("没有这个分类。"), code="unknown_topic")
    rows = RULES.which(by, "see", Article.objects.all()).filter(_shown(wanted.show, clock.local(at).date()))
    if wanted.topic:
        rows = rows.filter(category_code__in=topics_of.below(wanted.topic))
    words = simpler(wanted.words.strip()[:100])
    lone = lone_characters(words)
    if words:
        grams = query_bigrams(words)
        if not grams:
            return Found([], lone=lone)
        first = Case(
            When(question__icontains=words, then=Value(0)), default=Value(1), output_field=IntegerField()
        )
        rows = rows.filter(words__contains=grams).order_by(first, "-helped", "pk")
    else:
        rows = rows.order_by("stale_on", "pk")
    total = rows.count()
    pages = max(1, -(-total // size))
    page = min(max(1, wanted.page), pages)
    chosen = list(rows.defer("words")[(page - 1) * size : page * size])
    return Found(chosen, total, pages, lone)


def counts(*, by: Actor, at: datetime) -> dict[str, int]:
    """How many articles this person sees: stale, published, draft, retired. One statement."""
    today = clock.local(at).date()
    seen: QuerySet[Article] = RULES.which(by, "see", Article.objects.all())
    return seen.aggregate(
        **{
            show: Count("pk", filter=_shown(show, today))
            for show in ("stale", "published", "draft", "retired")
        }
    )


def get_article(article_id: int, *, by: Actor, verb: str = "see", lock: bool = False) -> Article:
    """One article, or NotFound; Forbidden when it may be seen but ``verb`` is not allowed."""
    rows = Article.objects.select_related("thread").defer("words")
    if lock:
        # the rows of a change are read whole, and wait for whoever changes them now
        rows = Article.objects.select_related("thread").select_for_update(of=("self", "thread"))
    article = rows.filter(pk=article_id).first()
    service = getattr(by, "service", None) is not None
    if article is None or not (service or RULES.may(by, "see", article)):
        raise NotFound(_("没有这条问答，可能已经停用。"), help=_("请搜索别的说法，或者直接问我们。"))
    if verb != "see":
        require_article(by, verb, article)
    return article


def same_version(article: Article, seen: int | None) -> None:
    """Raise Conflict when somebody has written to the article since it was read."""
    if seen is not None and seen != article.thread.length:
        raise Conflict(_("有人刚刚改过这条问答，请看过新的内容再改。"), code="changed_meanwhile")


def history(article_id: int, *, by: Actor) -> list[dict[str, Any]]:
    """Who did what with an article, newest first: verb, at, name, text, version."""
    get_article(article_id, by=by, verb="see_versions")
    rows = Entry.objects.filter(thread_id=article_id).order_by("-position")
    return [
        {"verb": row["verb"], "at": row["at"], "by": row["name"] or "", "text": row["text"],
         "version": row["detail"].get("version"), "fields": row["detail"].get("fields", [])}
        for row in rows.values("verb", "at", "text", "detail", name=F("by__name"))
    ]  # fmt: skip


def versions(article_id: int, *, by: Actor) -> list[Version]:
    """Every version, newest first, each with the name of who wrote it in ``entry.by``."""
    get_article(article_id, by=by, verb="see_versions")
    return list(Version.objects.filter(article_id=article_id).select_related("entry__by", "division"))


def grams_of(article: Article) -> list[str]:
    """What an article is found by."""
    return bigrams(simpler("\n".join((article.question, *article.ways, article.answer, article.source))))
