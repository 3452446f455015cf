"""Which queue and which filters an address asks for, and the addresses of its neighbours. No statements."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from gongzhi.kit.errors import Invalid
from gongzhi.people.actor import Person
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground
from gongzhi.workorders.cards.rows import state_label, unit_label
from gongzhi.workorders.models import Appeal, Asking, Channel, Supervision, WorkOrder
from gongzhi.workorders.queries import SORTS, Filters, Scope, archived_years, scopes
from gongzhi.workorders.tables import tree
from gongzhi.workorders.workflow import WORKFLOW

#: Parameters that make up a filter; ``after`` is a place in a list and not part of it.
NAMES = ("scope", "q", "status", "category", "appeal", "channel", "community", "grid", "unit", "urgent", "mine",
         "unplaced", "asked", "supervised", "visit", "archived", "sort")  # fmt: skip
COOKIE = "gz_filters"
MOST_KEPT = 8
STATUSES = ("open", "late", "soon", "closed", "all")


def status_label(code: str) -> str:
    """A status or a state in words."""
    named = {
        "open": _("在办"),
        "late": _("已超时"),
        "soon": _("24 小时内到期"),
        "closed": _("已结束"),
        "all": _("全部"),
    }
    return named.get(code) or state_label(code)


@dataclass(frozen=True)
class Asked:
    """A queue with its filters, as the address says. ``params`` are the filters that differ from the default."""

    scope: Scope | None
    scopes: tuple[Scope, ...]
    filters: Filters
    params: dict[str, str]

    def query(self, **change: Any) -> str:
        """``?…`` with these filters, some changed; an empty value drops one."""
        params = {**self.params, **{k: str(v) for k, v in change.items()}}
        kept = {key: value for key, value in params.items() if value and key in (*NAMES, "after")}
        return f"?{urlencode(kept)}" if kept else ""

    def desk(self, **change: Any) -> str:
        """The address of the list with some filters changed."""
        return reverse("workorders:desk") + (self.query(**change) or "")

    def order(self, order_id: int) -> str:
        """The address of an order beside this list."""
        after = {"after": self.filters.after} if self.filters.after else {}
        return reverse("workorders:desk_order", args=[order_id]) + self.query(**after)

    def orders(self, orders: Iterable[WorkOrder]) -> list[str]:
        """The same for many orders at once: the address is made once and filled in."""
        begin, end = self.order(0).split("/0/", 1)
        return [f"{begin}/{order.pk}/{end}" for order in orders]


def asked(source: HttpRequest | QueryDict | str, by: Person) -> Asked:
    """Read an address. Raises Invalid for an id that is not a number; unknown values are told by the query."""
    get: QueryDict
    if isinstance(source, str):
        get = QueryDict(source.lstrip("?"))
    else:
        get = source.GET if isinstance(source, HttpRequest) else source
    params = {name: get.get(name, "").strip() for name in NAMES}
    params["q"] = unicodedata.normalize("NFKC", params["q"])[:80]
    params = {name: value for name, value in params.items() if value}
    mine = tuple(scopes(by))
    scope = next((s for s in mine if s.key == params.get("scope")), mine[0] if mine else None)
    if params.get("scope") and (scope is None or scope.key != params["scope"] or scope == mine[0]):
        params.pop("scope")
    words = params.get("q", "")
    filters = Filters(
        status=params.get("status") or ("all" if words else "open"),
        category_id=_number(params, "category"),
        appeal=params.get("appeal", ""),
        channel=params.get("channel", ""),
        community_id=_number(params, "community"),
        grid_id=_number(params, "grid"),
        unit_id=_number(params, "unit"),
        urgent="urgent" in params,
        mine="mine" in params,
        unplaced="unplaced" in params,
        asked=params.get("asked", ""),
        supervised=params.get("supervised", ""),
        visit="visit" in params,
        archived=_number(params, "archived"),
        words=words,
        sort=params["sort"] if params.get("sort") in SORTS else "due",
        after=get.get("after", "")[:200],
    )  # fmt: skip
    return Asked(scope, mine, filters, params)


def _number(params: dict[str, str], name: str) -> int | None:
    value = params.get(name)
    if not value:
        return None
    if not value.isdecimal() or len(value) > 12:
        raise Invalid(
            _("筛选条件“{name}”无效。").format(name=name),
            help=_("请从工作台重新打开。"),
            code="bad_filter",
        )
    return int(value)


def applied(ask: Asked) -> list[dict[str, str]]:
    """The filters in force as words, each with the address of the list without it."""
    f, found = ask.filters, []

    def add(name: str, words: str) -> None:
        found.append({"label": words, "url": ask.desk(**{name: ""})})

    if ask.params.get("q"):
        add("q", _("“{words}”").format(words=f.words))
    if "status" in ask.params and f.status != "open":
        add("status", status_label(f.status))
    topic = tree().topics.get(f.category_id or 0)
    if f.category_id:
        add("category", topic.said if topic else "?")
    if f.archived is not None:
        add("archived", _("{year} 年归档").format(year=f.archived))
    if f.appeal:
        add("appeal", str(Appeal(f.appeal).label) if f.appeal in Appeal.values else f.appeal)
    if f.channel:
        add("channel", str(Channel(f.channel).label) if f.channel in Channel.values else f.channel)
    if f.community_id:
        add("community", ground().name_of(f.community_id))
    if f.grid_id:
        add("grid", ground().name_of(f.grid_id, above=1))
    if f.unit_id:
        add("unit", unit_label(f.unit_id))
    for name, words in (
        ("urgent", _("紧急")), ("mine", _("我经办的")), ("unplaced", _("位置不明")), ("visit", _("待回访")),
    ):  # fmt: skip
        if name in ask.params:
            add(name, words)
    for name, value, choices, whole in (
        ("asked", f.asked, Asking, _("待审批")),
        ("supervised", f.supervised, Supervision, _("督办")),
    ):
        if value:
            add(name, str(choices(value).label) if value in choices.values else whole)
    return found


def choices_for(ask: Asked) -> dict[str, Any]:
    """What the filter form offers, with the present choice marked by the template."""
    land, topics = ground(), tree()
    communities = [c for s in land.streets for c in land.children(s.id)]
    statuses = (*STATUSES, *WORKFLOW.states) if ask.params.get("q") else (*STATUSES[1:], *WORKFLOW.states)
    return {
        "statuses": [(code, status_label(code)) for code in statuses],
        "categories": [
            (root.said, [(root.id, _("{name}（全部）").format(name=root.said))]
             + [(child.id, child.said) for child in topics.children(root.id)])
            for root in topics.roots
        ],
        "appeals": Appeal.choices,
        "channels": Channel.choices,
        "askings": [("any", _("任何申请")), *Asking.choices],
        "levels": [("any", _("任何级别")), *Supervision.choices],
        "communities": [(c.id, c.name) for c in communities],
        "grids": [(c.name, [(g.id, g.name) for g in land.children(c.id)]) for c in communities],
        "units": sorted(((b.id, b.label) for b in organisations().values()), key=lambda row: row[1]),
        "years": [(year, _("{year} 年").format(year=year)) for year in archived_years()],
        "sorts": [("" if key == "due" else key, _(label)) for key, (label, _fields) in SORTS.items()],
    }  # fmt: skip


def kept_filters(request: HttpRequest, ask: Asked) -> list[dict[str, Any]]:
    """Filters this person has kept on this device: label, url, current, number."""
    try:
        rows = json.loads(request.COOKIES.get(COOKIE, "[]"))
    except (ValueError, RecursionError):
        return []
    found = []
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, list) and len(row) == 2 and all(isinstance(part, str) for part in row):
            query = QueryDict(row[1])
            plain = urlencode({k: query[k] for k in NAMES if query.get(k)})
            found.append(
                {
                    "label": row[0][:20],
                    "url": f"{reverse('workorders:desk')}?{plain}",
                    "current": f"?{plain}" == ask.query(),
                    "query": plain,
                }
            )
    return found[:MOST_KEPT]
