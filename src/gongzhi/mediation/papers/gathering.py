"""What a case says on its papers, as far as the reader's side reads it: rows in, plain values out. One read, no sums."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from gongzhi.journal.models import Entry
from gongzhi.mediation import terms
from gongzhi.mediation.models import (
    Agreement,
    Case,
    Confirmation,
    Guest,
    Member,
    MemberPart,
    Particulars,
    Party,
    Sitting,
    Statement,
    Tally,
    Visit,
)
from gongzhi.mediation.queries.agreements import agreements_of


@dataclass(frozen=True)
class Side:
    """A party with what the reader may know of it."""

    party: Party
    particulars: Particulars | None
    facts: str
    requests: str


@dataclass(frozen=True)
class Told:
    """Everything that papers of a case are filled from."""

    case: Case
    committee: str
    sides: tuple[Side, ...]
    members: tuple[Member, ...]
    guests: tuple[Guest, ...]
    sittings: tuple[Sitting, ...]
    agreements: tuple[Agreement, ...]
    visits: tuple[Visit, ...]
    confirmation: Confirmation | None
    tally: Tally | None
    moments: dict[str, datetime]
    #: Who filed the docket.
    filed_by: str
    last_day: date | None

    @property
    def agreement(self) -> Agreement | None:
        """The newest version."""
        return next((one for one in self.agreements if one.replaced_at is None), None)

    @property
    def mediators(self) -> str:
        """Names of those who mediate."""
        parts = (MemberPart.MEDIATOR, MemberPart.CO_MEDIATOR)
        rows = [m for m in self.members if m.part in parts and not m.recused]
        return "、".join(dict.fromkeys(m.account.name for m in rows))

    def side(self, number: int) -> Side | None:
        """One party."""
        return next((side for side in self.sides if side.party.number == number), None)


def gather(case: Case) -> Told:
    """Read everything that the actor of this transaction may read: the database leaves out the rest."""
    parties = list(Party.objects.filter(case=case).order_by("number"))
    known = {row.party_id: row for row in Particulars.objects.filter(case=case)}
    said: dict[int, list[Statement]] = {}
    for row in Statement.objects.filter(case=case):
        said.setdefault(row.party_id, []).append(row)
    sides = tuple(
        Side(
            party=party,
            particulars=known.get(party.pk),
            facts="\n".join(row.facts for row in said.get(party.pk, []) if row.facts),
            requests="\n".join(row.requests for row in said.get(party.pk, []) if row.requests),
        )
        for party in parties
    )
    entries = (
        Entry.objects.filter(thread_id=case.pk).order_by("position").values_list("verb", "at", "by__name")
    )
    acts = {verb.partition(".")[2]: (at, name or "") for verb, at, name in entries}
    agreements = tuple(agreements_of(case))
    effective = next((a.effective_on for a in agreements if a.effective_on), None)
    return Told(
        case=case,
        committee=case.committee.name,
        sides=sides,
        members=tuple(Member.objects.filter(case=case).select_related("account")),
        guests=tuple(Guest.objects.filter(case=case, admitted_at__isnull=False)),
        sittings=tuple(
            Sitting.objects.filter(case=case, cancelled_at=None).select_related("record__by", "party")
        ),
        agreements=agreements,
        visits=tuple(Visit.objects.filter(case=case).select_related("visitor", "words")),
        confirmation=Confirmation.objects.filter(case=case).order_by("-applied_on", "-pk").first(),
        tally=Tally.objects.filter(pk=case.pk).first(),
        moments={verb: at for verb, (at, _name) in acts.items()},
        filed_by=acts.get("file", (None, ""))[1],
        last_day=terms.last_day("confirm", effective) if effective else None,
    )
