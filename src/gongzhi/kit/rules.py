"""Rights: one table per room, closed by default. One rule answers both "may they?" and "which ones?".

    steward = Rule("steward", _("本网格人员"), holds=lambda actor, order: …, where=lambda actor: Q(…))
    RULES = RuleTable({"see": EVERYBODY, "answer": handler & ~checker, "assign": clerk | unit_head})

`holds` looks at one object in memory, `where` builds the same condition for the database; `disagreements` is what
the tests of every room call to prove that the two agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from gongzhi.kit.errors import Forbidden, SignInFirst

M = TypeVar("M", bound=Model)
Holds = Callable[[Any, Any], bool]
Where = Callable[[Any], Q]

#: A condition that no row meets, and that Django recognises without asking the database.
NO_ROWS = Q(pk__in=[])


class Rule:
    """One readable right. Combine with `|`, `&` and `~`; `parts` are the named rules a combination is made of."""

    def __init__(
        self, name: str, label: Any, holds: Holds, where: Where, *, parts: tuple[Rule, ...] | None = None
    ) -> None:
        self.name = name
        self.label = label
        self.holds = holds
        self.where = where
        self.parts: tuple[Rule, ...] = (self,) if parts is None else parts

    def __or__(self, other: Rule) -> Rule:
        return Rule(
            f"{self.name} or {other.name}",
            _Joined(self.label, _("或"), other.label),
            lambda actor, thing: self.holds(actor, thing) or other.holds(actor, thing),
            lambda actor: _either(self.where(actor), other.where(actor)),
            parts=_each(self.parts + other.parts),
        )

    def __and__(self, other: Rule) -> Rule:
        return Rule(
            f"({self.name}) and ({other.name})",
            _Joined(self.label, _("且"), other.label),
            lambda actor, thing: self.holds(actor, thing) and other.holds(actor, thing),
            lambda actor: _both(self.where(actor), other.where(actor)),
            parts=_each(self.parts + other.parts),
        )

    def __invert__(self) -> Rule:
        return Rule(
            f"not ({self.name})",
            _Joined("", _("非"), self.label),
            lambda actor, thing: not self.holds(actor, thing),
            lambda actor: _not(self.where(actor)),
            parts=self.parts,
        )

    def __repr__(self) -> str:
        return f"<Rule {self.name}>"


class _Joined:
    """Two labels with a word between them, translated when shown."""

    def __init__(self, one: Any, word: Any, other: Any) -> None:
        self.pieces = (one, word, other)

    def __str__(self) -> str:
        return "".join(str(piece) for piece in self.pieces)


def _each(parts: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple({part.name: part for part in parts}.values())


# Empty conditions are folded away here: `Q() | x` would otherwise mean x, not everything.


def _either(one: Q, other: Q) -> Q:
    if not one or not other:
        return Q()
    if one == NO_ROWS:
        return other
    return one if other == NO_ROWS else one | other


def _both(one: Q, other: Q) -> Q:
    if NO_ROWS in (one, other):
        return NO_ROWS
    return one & other


def _not(one: Q) -> Q:
    if not one:
        return NO_ROWS
    return Q() if one == NO_ROWS else ~one


EVERYBODY = Rule("everybody", _("所有人"), lambda actor, thing: True, lambda actor: Q())
NOBODY = Rule("nobody", _("无人"), lambda actor, thing: False, lambda actor: NO_ROWS)


class RuleTable(Mapping[str, Rule]):
    """verb → rule. A verb that is not in the table is allowed to nobody."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self._rules = dict(rules)

    def __getitem__(self, verb: str) -> Rule:
        return self._rules[verb]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    @property
    def verbs(self) -> frozenset[str]:
        """Every verb the table speaks of."""
        return frozenset(self._rules)

    @property
    def names(self) -> frozenset[str]:
        """Every verb, and the name of every rule and part used."""
        return self.verbs | {part.name for rule in self._rules.values() for part in (rule, *rule.parts)}

    def may(self, actor: Any, verb: str, thing: Any) -> bool:
        """May this actor do this with this thing?"""
        return self._rules.get(verb, NOBODY).holds(actor, thing)

    def which(self, actor: Any, verb: str, queryset: QuerySet[M]) -> QuerySet[M]:
        """Those rows of `queryset` with which this actor may do this. Adds conditions, never statements."""
        condition = self._rules.get(verb, NOBODY).where(actor)
        if condition == NO_ROWS:
            return queryset.none()
        return queryset.filter(condition) if condition else queryset

    def require(self, actor: Any, verb: str, thing: Any) -> None:
        """Raise Forbidden unless allowed; SignInFirst when nobody is signed in and nobody may."""
        if self.may(actor, verb, thing):
            return
        if getattr(actor, "account_id", None) is None and getattr(actor, "service", None) is None:
            raise SignInFirst
        raise Forbidden


def disagreements(
    table: RuleTable, actors: Iterable[Any], queryset: QuerySet[Any], verbs: Iterable[str] | None = None
) -> list[str]:
    """Where `may` and `which` differ, as sentences; empty when the two agree. For tests.

    Asks for every actor, verb and row of `queryset`, so keep the queryset small.
    """
    found = []
    things = list(queryset)
    for actor in actors:
        for verb in sorted(table.verbs if verbs is None else verbs):
            by_rule = {thing.pk for thing in things if table.may(actor, verb, thing)}
            by_database = set(table.which(actor, verb, queryset).values_list("pk", flat=True))
            if by_rule != by_database:
                found.append(
                    f"{actor!r} {verb}: memory allows {sorted(by_rule - by_database)} more, "
                    f"the database {sorted(by_database - by_rule)} more"
                )
    return found
