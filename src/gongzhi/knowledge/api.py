"""The JSON door of the knowledge base: search what is published, read one answer, ask for likely ones. Read only."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import BaseModel, Field

from gongzhi.kit import clock
from gongzhi.kit.errors import Invalid, NotFound
from gongzhi.kit.throttle import Declared
from gongzhi.knowledge import queries, topics
from gongzhi.people.actor import Person
from gongzhi.territory.ground import ground

router = Router(tags=["knowledge"])
_READ = Declared("api.read", 300, 60, "account", frozenset({"GET"}), account_limit=1200)
THROTTLES = {"/knowledge": (_READ,), "/knowledge/likely": (_READ,), "/knowledge/<article_id>": (_READ,)}
#: A program that reads lists may ask for so many rows at once.
MOST = 100


Text = Annotated[str, Field(max_length=2000)]
Page = Annotated[int, Field(ge=1, le=10_000)]
Size = Annotated[int, Field(ge=1, le=MOST)]


class KnowledgeOut(BaseModel):
    """An answer that is published. ``freshness``: fine, stale (not looked at for long) or past (its last day is over)."""

    id: int
    code: str
    question: str
    ways: list[str]
    answer: str
    category: str
    division: str
    jurisdiction: str
    source: str
    source_url: str
    reviewed_on: date
    valid_until: date | None
    freshness: str


class KnowledgePage(BaseModel):
    """A page of answers."""

    total: int
    pages: int
    next: str = Field(description="ask for the next page with ``cursor=`` and this; empty at the end")
    items: list[KnowledgeOut]


class LikelyOut(BaseModel):
    """An answer that probably fits, how well (0 to 1), and why in words."""

    score: float
    reason: str
    item: KnowledgeOut


class Refused(BaseModel):
    """The one shape of every refusal."""

    error: dict[str, Any]


_ANSWERS: Any = {frozenset({400, 401, 403, 404, 405, 429, 500, 503}): Refused}


def _asking(request: HttpRequest) -> Person:
    """Who asks. What is published is for everybody: any key opens it."""
    by: Person = request.actor  # type: ignore[attr-defined]
    return by


def _out(article: Any, today: date) -> KnowledgeOut:
    area = ground().areas.get(article.division_id or 0)
    return KnowledgeOut(
        id=article.pk if hasattr(article, "pk") else article.id,
        division=area.code if area else "",
        category=article.category_code,
        ways=list(article.ways),
        freshness=queries.freshness(article, today) or "fine",
        **{name: getattr(article, name) for name in ("code", "question", "answer", "jurisdiction", "source",
                                                     "source_url", "reviewed_on", "valid_until")},
    )  # fmt: skip


@router.get("/knowledge", response={200: KnowledgePage, **_ANSWERS}, summary="Search what is published")
def search(
    request: HttpRequest,
    q: Text = "",
    category: Text = "",
    page: Page = 1,
    size: Size = 30,
    cursor: Text = "",
) -> KnowledgePage:
    """All words of ``q`` must be there; ``category`` is a code with everything below it. ``cursor`` is ``next`` of the page
    before; it goes before ``page``."""
    if cursor:
        page = int(cursor) if cursor.isascii() and cursor.isdecimal() and len(cursor) < 6 else 1
    by, now = _asking(request), clock.now()
    known = topics.known()
    if category and known and category not in known:
        raise Invalid(
            _("没有这个分类。"), code="unknown_category", fields={"category": [_("没有这个分类。")]}
        )
    wanted = queries.Wanted(q.replace("\0", ""), category, page=max(1, min(page, 10_000)))
    found = queries.find(wanted, by=by, at=now, size=size)
    today = clock.local(now).date()
    return KnowledgePage(
        total=found.total,
        pages=found.pages,
        next=str(page + 1) if page < found.pages else "",
        items=[_out(a, today) for a in found.articles],
    )


@router.get(
    "/knowledge/likely", response={200: list[LikelyOut], **_ANSWERS}, summary="Answers that probably fit"
)
def likely(request: HttpRequest, text: str, n: int = 3, division: str = "") -> list[LikelyOut]:
    """For a question in anybody's own words; ``division`` (a code) leaves out what holds elsewhere."""
    _asking(request)
    now = clock.now()
    area = ground().by_code.get(division)
    if division and area is None:
        raise Invalid(
            _("没有这个区域。"), code="unknown_division", fields={"division": [_("没有这个区域。")]}
        )
    found = queries.suggest(text[:2000], max(1, min(n, 10)), at=now, division_id=area.id if area else None)
    today = clock.local(now).date()
    return [LikelyOut(score=hit.score, reason=hit.reason, item=_out(hit.answer, today)) for hit in found]


@router.get("/knowledge/{article_id}", response={200: KnowledgeOut, **_ANSWERS}, summary="One answer")
def one(request: HttpRequest, article_id: str) -> KnowledgeOut:
    """Published ones for everybody; drafts and retired ones for staff."""
    by = _asking(request)
    if not article_id.isdecimal() or len(article_id) > 15:
        raise NotFound
    return _out(queries.get_article(int(article_id), by=by), clock.today())
