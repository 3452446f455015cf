"""What a list of requests is narrowed to: the parameters of GET requests, and the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from gongzhi.kit.cursors import place_of
from gongzhi.kit.errors import Invalid, NotFound
from gongzhi.territory.ground import ground
from gongzhi.workorders.open311.speaking import moment_of
from gongzhi.workorders.tables import tree

#: The span that is asked for when none is named, and the longest; requests of one answer at most.
SPAN = timedelta(days=90)
MOST = 1000
#: Pages are counted through; whoever wants more follows the cursor.
MOST_PAGES = 1000


@dataclass(frozen=True)
class Asked:
    """A list as it was asked for. ``ids`` overrides everything else."""

    ids: tuple[str, ...] = ()
    where: Q = field(default_factory=Q)
    since: datetime | None = None
    until: datetime | None = None
    size: int = MOST
    skip: int = 0
    after: tuple[datetime, int] | None = None


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))


def _moment(said: Mapping[str, str], name: str) -> datetime | None:
    try:
        return moment_of(said.get(name))
    except (ValueError, OverflowError) as fault:
        raise Invalid(
            _("{name} 要写成 2026-01-01T00:00:00Z 的样子。").format(name=name), code="datetime"
        ) from fault


def _number(said: Mapping[str, str], name: str, most: int, default: int) -> int:
    told = said.get(name, "").strip()
    if not told:
        return default
    if not (told.isascii() and told.isdecimal()) or not 1 <= int(told[:9]) <= most:
        raise Invalid(_("{name} 应是 1 到 {most} 的整数。").format(name=name, most=most), code="number")
    return int(told)


def _span(said: Mapping[str, str], at: datetime) -> tuple[datetime, datetime]:
    since, until = _moment(said, "start_date"), _moment(said, "end_date")
    try:
        if since and until is None:
            until = min(since + SPAN, max(at, since))
        until = until or at
        since = since or until - SPAN
    except OverflowError as fault:
        raise Invalid(_("请检查 start_date 和 end_date。"), code="span") from fault
    if since > until:
        raise Invalid(_("start_date 不能晚于 end_date。"), code="span")
    if until - since > SPAN:
        raise Invalid(_("start_date 到 end_date 最多 90 天。"), help=_("请分成几段来取。"), code="span")
    return since, until


def _services(text: str) -> Q:
    """Orders of these services, and of what lies below them. An unknown code is no service: 404."""
    topics, found = tree(), set()
    for code in _listed(text)[:100]:
        if code not in topics.by_code:
            raise NotFound(_("没有 service_code “{code}”。").format(code=code[:40]), code="service_code")
        found |= {one.id for one in topics.topics.values() if one.code.startswith(code)}
    return Q(category_id__in=sorted(found))


def _statuses(text: str) -> Q:
    told = set(_listed(text.lower()))
    if strange := told - {"open", "closed"}:
        raise Invalid(_("status 只能是 open 或 closed，不能是“{status}”。").format(status=min(strange)[:40]))
    if len(told) == 2:
        return Q()
    if "open" in told:
        return Q(open=True) | Q(history=True, closed_at=None)
    return Q(open=False) & ~Q(history=True, closed_at=None)


def _cursor(text: str) -> tuple[datetime, int] | None:
    if not text:
        return None
    try:
        at, key = place_of(text)
        if at is None:
            raise ValueError
        return at, key
    except ValueError as fault:
        raise Invalid(_("cursor 无效，请从第一页重新取。"), code="cursor") from fault


def read(said: Mapping[str, str], *, at: datetime) -> Asked:
    """The list that these parameters ask for. Raises Invalid (400) and NotFound (404)."""
    if ids := _listed(said.get("service_request_id", "")):
        if len(ids) > MOST:
            raise Invalid(_("一次最多取 {most} 件。").format(most=MOST), code="ids")
        return Asked(ids=ids)
    where = Q()
    if codes := said.get("service_code", "").strip():
        where &= _services(codes)
    if status := said.get("status", "").strip():
        where &= _statuses(status)
    since, until = _span(said, at)
    size = _number(said, "page_size", MOST, MOST)
    page = _number(said, "page", MOST_PAGES, 1)
    return Asked((), where, since, until, size, (page - 1) * size, _cursor(said.get("cursor", "").strip()))


def jurisdictions(own: str, host: str) -> dict[str, int | None]:
    """What ``jurisdiction_id`` may be: the name of the whole (set up, or the host), or the code of one street."""
    return {
        **{street.code: street.id for street in ground().streets},
        host: None,
        **({own: None} if own else {}),
    }
