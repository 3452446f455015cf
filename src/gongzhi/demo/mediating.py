"""Sixty invented disputes at every stage, and the committees that mediate them: played through the actions of the room.

Committees in the street and each community; a clerk and two mediators each, one of them from Macao. Nothing is written past
an action, so every case has its journal, its promises and its lock.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import cycle
from random import Random

from django.db import transaction

from gongzhi.demo.committees import committees
from gongzhi.demo.disputes import JOINT, QUARRELS, SAID, SEPARATE, Quarrel
from gongzhi.demo.laying import BY, RESIDENT_PHONE
from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.mediation.actions import (
    accepting,
    agreeing,
    ending,
    following,
    opening,
    publishing,
    signing,
    sitting,
    speaking,
    team,
)
from gongzhi.mediation.actions.agreeing import Draft, Term
from gongzhi.mediation.actions.codes import bound
from gongzhi.mediation.actions.opening import Dispute, Who
from gongzhi.mediation.models import Agreement, Case, Clause, Level
from gongzhi.mediation.queries.agreements import digest_of
from gongzhi.people import actions as people
from gongzhi.people.actor import Person, person_for
from gongzhi.people.addresses import address_digest, normal_phone
from gongzhi.people.models import Account, Organisation

#: stage → how many cases stop there.
STAGES = {
    "applied": 5, "offered": 4, "refused": 2, "declined": 2, "withdrawn": 1, "accepted": 6, "mediating": 10, "drafted": 4,
    "unsettled": 3, "in_force": 7, "confirmed": 3, "oral": 3, "performed": 3, "filed": 7,
}  # fmt: skip
CASES = sum(STAGES.values())


def _parties(rng: Random, count: int) -> list[Account]:
    residents = list(
        Account.objects.filter(login=None, is_active=True, posts=None)
        .exclude(name="")
        .order_by("pk")[: count * 4]
    )
    rng.shuffle(residents)
    return residents[: count * 2]


def _phone(who: Person) -> str:
    """A telephone that nobody has."""
    return f"+861990{(who.account_id or 0) % 10_000_000:07d}"


def _scribble(rng: Random) -> str:
    """Something like a name."""
    strokes = []
    for left in (120, 420, 700):
        for _each in range(3):
            x, y = left + rng.randrange(60), 60 + rng.randrange(200)
            strokes.append(
                [
                    [x, y],
                    [x + 50 + rng.randrange(90), y + rng.randrange(-50, 50)],
                    [x + rng.randrange(120), min(y + 110, 360)],
                ]
            )
    return json.dumps(strokes)


class _Story:
    """One dispute, from its first day to the stage at which it stands."""

    def __init__(
        self, quarrel: Quarrel, stage: str, one: Person, other: Person, body: Organisation, held: dict[str, Person],
        start: datetime, now: datetime, rng: Random,
    ) -> None:  # fmt: skip
        self.quarrel, self.stage, self.one, self.other = quarrel, stage, one, other
        self.body, self.clerk, self.mediator = body, held["clerk"], held["mediator"]
        self.at, self.now, self.rng = start, now, rng
        # what is not taken was applied for; of the rest some were offered, and a few handed over
        ways = (
            ("apply", "offer", "refer")
            if stage not in ("applied", "refused", "declined", "withdrawn")
            else ("apply",)
        )
        self.way = "offer" if stage == "offered" else rng.choices(ways, (12, 9, 2)[: len(ways)])[0]
        self.past = now - start > timedelta(days=150)

    def later(self, hours: float) -> datetime:
        """A while later, and never in the future."""
        self.at = min(self.at + timedelta(hours=hours), self.now)
        return self.at

    def play(self) -> None:
        """Take every step up to the stage."""
        case = self._opened()
        if self.stage in ("applied", "offered"):
            return
        if self.stage in ("refused", "declined", "withdrawn"):
            self._not_taken(case)
            return
        if self.way != "apply":
            for who in (self.one, self.other):
                with acting(who):
                    accepting.consent(case.pk, by=who, at=self.later(8))
        with acting(self.clerk):
            (accepting.accept if self.way == "apply" else accepting.take_up)(
                case.pk, by=self.clerk, at=self.later(5)
            )
            for number in (1, 2):
                accepting.tell_rights(case.pk, party=number, how="paper", by=self.clerk, at=self.later(1))
            if self.stage == "accepted" and self.rng.random() < 0.5:
                return
            team.propose_mediator(
                case.pk, account_id=self.mediator.account_id or 0, by=self.clerk, at=self.later(2)
            )
        if self.stage == "accepted":
            return
        for who in (self.one, self.other):
            with acting(who):
                team.say_of_mediator(case.pk, agrees=True, by=who, at=self.later(6))
        self._talked(case)
        if self.stage == "mediating":
            return
        if self.stage == "unsettled":
            with acting(self.mediator):
                ending.terminate(
                    case.pk, ground="no_agreement", advice=["suit", "legal_aid"], text="谈了三次，数额差得太远。", by=self.mediator,
                    at=self.later(60),
                )  # fmt: skip
            if self.past:
                with acting(self.clerk):
                    following.visit(
                        case.pk, kept="no_agreement", content="yes", by=self.clerk, at=self.later(90)
                    )
                    ending.file(case.pk, by=self.clerk, at=self.later(20))
            return
        self._agreed(case)
        if self.stage not in ("drafted", "in_force"):
            self._kept(case)

    def _opened(self) -> Case:
        by = self.one if self.way == "apply" else self.clerk
        cross = self.rng.random() < 0.12
        dispute = Dispute(
            committee_id=self.body.pk, subject=self.quarrel.subject, subject_line=self.quarrel.line,
            parties=(
                Who(self.one.name, account_id=self.one.account_id, particulars={"phone": _phone(self.one)}),
                Who(self.quarrel.company or self.other.name, account_id=self.other.account_id, is_body=bool(self.quarrel.company),
                    particulars={"phone": _phone(self.other)}),
            ),
            facts=self.quarrel.facts, requests=self.quarrel.wish, cross_boundary=cross,
            level=self.rng.choice((Level.ESTATE, Level.GRID, Level.COMMUNITY, Level.COMMUNITY)),
        )  # fmt: skip
        with acting(by):
            if self.way == "refer":
                return opening.refer(dispute, "澜屿区人民法院", referred_by="court", by=by, at=self.at)
            return (opening.offer if self.way == "offer" else opening.apply)(dispute, by=by, at=self.at)

    def _not_taken(self, case: Case) -> None:
        if self.stage == "refused":
            with acting(self.clerk):
                accepting.refuse(
                    case.pk,
                    ground="court",
                    text="这件事法院已经立案。可以问承办法官能否委托调解。",
                    by=self.clerk,
                    at=self.later(20),
                )
        elif self.stage == "declined":
            with acting(self.clerk):
                accepting.ask_consent(case.pk, by=self.clerk, at=self.later(4))
            with acting(self.other):
                accepting.decline(case.pk, text="想直接走法院。", by=self.other, at=self.later(30))
        else:
            with acting(self.one):
                accepting.withdraw(case.pk, by=self.one, at=self.later(12))

    def _talked(self, case: Case) -> None:
        with acting(self.mediator):
            sitting.begin(case.pk, by=self.mediator, at=self.later(4))
        with acting(self.one):
            speaking.say(case.pk, text=self.rng.choice(SAID), by=self.one, at=self.later(3))
        with acting(self.mediator):
            for number in (1, 2):
                sitting.record_sitting(
                    case.pk,
                    kind="separate",
                    party=number,
                    text=self.rng.choice(SEPARATE),
                    by=self.mediator,
                    at=self.later(20),
                )
            if self.stage != "mediating" or self.rng.random() < 0.6:
                sitting.record_sitting(
                    case.pk, kind="joint", text=self.rng.choice(JOINT), by=self.mediator, at=self.later(24)
                )
            else:
                sitting.plan_sitting(
                    case.pk, kind="joint", starts_at=self.now + timedelta(days=2), place="社区调解室", video=True,
                    by=self.mediator, at=self.later(4),
                )  # fmt: skip

    def _agreed(self, case: Case) -> None:
        day = clock.local(self.at).date()
        words = Draft(
            clauses=tuple(
                Term(
                    text,
                    performer=2,
                    amount=Decimal(amount) if amount else None,
                    due_on=day + timedelta(days=30),
                )
                for text, amount in self.quarrel.clauses
            ),
            facts=self.quarrel.facts,
        )
        if self.stage in ("oral", "past"):
            with acting(self.mediator):
                agreeing.agree_orally(case.pk, words, by=self.mediator, at=self.later(3))
            return
        with acting(self.mediator):
            row = agreeing.draft(case.pk, words, by=self.mediator, at=self.later(6))
        for who in (self.one, self.other):
            if self.stage == "drafted" and who is self.other:
                return
            self._signs(case, row, who, self.later(5))
        self._signs(case, row, self.mediator, self.later(1))
        with acting(self.clerk):
            agreeing.take_effect(case.pk, agreement_id=row.pk, by=self.clerk, at=self.later(2))

    def _signs(self, case: Case, row: Agreement, who: Person, at: datetime) -> None:
        """With a drawn name, and a party with the code for this very text."""
        with acting(who):
            digest, phone, code = digest_of(row), "", ""
            if who is not self.mediator:
                phone = _phone(who)
                code = people.send_code("sign", bound(row, digest, phone), by=who, at=at)
            made = signing.sign_here(
                case.pk, agreement_id=row.pk, phone=phone, code=code, shown=digest.hex(), strokes=_scribble(self.rng), by=who,
                at=at,
            )  # fmt: skip
            assert made is not None

    def _kept(self, case: Case) -> None:
        if self.stage == "oral":
            return
        with acting(self.clerk):
            if self.stage == "confirmed":
                following.ask_confirmation(case.pk, court="澜屿区人民法院", by=self.clerk, at=self.later(48))
                following.hear_court(
                    case.pk, result="confirmed", ruling="（演示）民特1号", by=self.clerk, at=self.later(70)
                )
                return
            for clause in Clause.objects.filter(case=case):
                following.perform(case.pk, clause_id=clause.pk, by=self.clerk, at=self.later(30))
            ending.finish(case.pk, by=self.clerk, at=self.later(2))
            following.visit(
                case.pk,
                kept="wholly",
                content=self.rng.choice(("very", "yes")),
                by=self.clerk,
                at=self.later(100),
            )
            if self.stage in ("filed", "past"):
                ending.file(case.pk, by=self.clerk, at=self.later(20))


_SHORT, _LONG = {"applied", "offered"}, {"filed", "performed"}


def _start(stage: str, at: datetime, rng: Random) -> datetime:
    days = (
        rng.randint(0, 2)
        if stage in _SHORT
        else rng.randint(28, 85)
        if stage in _LONG
        else rng.randint(11, 26)
    )
    return at - timedelta(days=days, hours=rng.randint(1, 8))


#: Cases of the year before, all filed: so that something of a whole year can be published.
LAST_YEAR = 72
#: What they were about: mostly what neighbours quarrel about.
_COMMON = (
    "neighbours",
    "neighbours",
    "property",
    "neighbours",
    "housing",
    "family",
    "neighbours",
    "property",
    "labour",
)


def last_year(
    rng: Random, held: dict[int, dict[str, Person]], bodies: list[Organisation], at: datetime
) -> None:
    """Cases of last year, begun and filed within it."""
    residents = _parties(rng, LAST_YEAR)
    by_subject: dict[str, list[Quarrel]] = {}
    for quarrel in QUARRELS:
        by_subject.setdefault(quarrel.subject, []).append(quarrel)
    first = datetime(clock.local(at).year - 1, 1, 8, 2, tzinfo=UTC)
    for n in range(min(LAST_YEAR, len(residents) // 2)):
        quarrel = rng.choice(by_subject[_COMMON[n % len(_COMMON)]] if n % 7 else QUARRELS)
        body = bodies[(1 + n % 5) % len(bodies)]
        one, other = (person_for(residents[2 * n + k]) for k in (0, 1))
        stage = "unsettled" if rng.random() < 0.12 else "past"
        story = _Story(
            quarrel,
            stage,
            one,
            other,
            body,
            held[body.pk],
            first + timedelta(days=n * 270 // LAST_YEAR, hours=n % 7),
            at,
            rng,
        )
        with transaction.atomic():
            story.play()


def mediate(seed: int, at: datetime) -> int:
    """Found the committees and play the cases. How many cases."""
    rng = Random(f"mediating {seed}")
    with acting(BY):
        held = committees(at)
    bodies = list(Organisation.objects.filter(pk__in=held).order_by("code"))
    haitang = bodies[1]
    residents = _parties(rng, CASES)
    stages = [stage for stage, count in STAGES.items() for _n in range(count)]
    rng.shuffle(stages)
    # the resident who can be played is in a case that is being talked about
    shown = Account.objects.filter(address_digest=address_digest(normal_phone(RESIDENT_PHONE))).first()
    talking = next((n for n, stage in enumerate(stages) if stage == "mediating" and n % 3 == 0), None)
    if shown is not None and talking is not None and shown not in residents:
        residents[2 * talking] = shown
    quarrels = cycle(QUARRELS)
    for place, stage in enumerate(stages):
        # every third case is at the committee whose people can be played
        body = haitang if place % 3 == 0 else rng.choice(bodies)
        one, other = (person_for(residents[2 * place + n]) for n in (0, 1))
        story = _Story(
            next(quarrels), stage, one, other, body, held[body.pk], _start(stage, at, rng), at, rng
        )
        with transaction.atomic():
            story.play()
    last_year(Random(f"last year {seed}"), held, bodies, at)
    publishing.publish(on=clock.local(at).date(), at=at)
    return len(stages)
