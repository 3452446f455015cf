"""Reading the stream of events, each as far as its reader may see the order; and the hooks of an account."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Max, Min, Q, QuerySet
from django.utils.translation import gettext as _

from gongzhi.kit.errors import NotFound, Refusal
from gongzhi.people.actor import Person
from gongzhi.workorders.models import Event, Hook, HookState, Miss, WorkOrder
from gongzhi.workorders.policies import RULES, in_area

#: So many events are looked through for one page at most, however few of them the reader may see.
LOOKED_THROUGH = 5000


@dataclass(frozen=True)
class Stretch:
    """Some events, and from where to go on. ``more``: there are later ones that have not been looked at."""

    events: list[Event]
    cursor: int
    more: bool


def newest() -> int:
    """The place of the last event; 0 while there is none."""
    return Event.objects.aggregate(last=Max("pk"))["last"] or 0


def _oldest() -> int:
    return Event.objects.aggregate(first=Min("pk"))["first"] or 0


def stretch(
    after: int, *, by: Person, kinds: tuple[str, ...] = (), division_id: int | None = None, size: int = 100
) -> Stretch:
    """The events after a place that this person may see.

    Raises Refusal (410) when events after that place have been forgotten already: nobody must think they had them all.
    """
    oldest, last = _oldest(), newest()
    if 0 < after < oldest - 1:
        raise Refusal(
            _("这个位置之后的事件有一部分已经清理。"),
            help=_("请从 after={first} 开始，并用工单列表核对之前的。").format(first=oldest - 1),
            code="cursor_too_old",
            status=410,
        )
    end = min(last, max(after, oldest - 1) + LOOKED_THROUGH)
    rows = Event.objects.filter(pk__gt=after, pk__lte=end)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    orders = RULES.which(by, "see", WorkOrder.objects.all())
    if division_id is not None:
        orders = orders.filter(in_area(division_id))
    rows = rows.filter(order__in=orders.values("pk")).select_related("order").order_by("pk")
    found = list(rows[: size + 1])
    if len(found) > size:
        return Stretch(found[:size], found[size - 1].pk, True)
    return Stretch(found, max(end, after) if last else after, end < last)


def hooks_of(by: Person) -> QuerySet[Hook]:
    """The hooks of the account, with their areas and keys."""
    return Hook.objects.filter(account_id=by.account_id or 0).select_related("division", "token")


def all_hooks() -> QuerySet[Hook]:
    """Every hook of the installation, what does not work first. For administrators: ``people.policies`` says who."""
    rows = Hook.objects.select_related("account", "division", "token")
    return rows.annotate(fine=Q(state=HookState.ON, tries=0)).order_by("fine", "-pk")


def get_hook(hook_id: int, *, by: Person) -> Hook:
    """One of the account's own hooks. NotFound otherwise."""
    found = hooks_of(by).filter(pk=hook_id).first()
    if found is None:
        raise NotFound(_("没有这个推送。"))
    return found


def misses_of(hook: Hook, most: int = 20) -> list[Miss]:
    """What was given up, newest first."""
    return list(hook.misses.select_related("event__order")[:most])


def wanting(event_kind: str) -> Q:
    """Hooks that want a kind: those that name it, and those that name none."""
    return Q(kinds__contains=[event_kind]) | Q(kinds=[])
