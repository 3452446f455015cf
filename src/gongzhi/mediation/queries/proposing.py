"""Which mediators suit a case, and why; who must not be offered is left out, and nobody is told for what.

Whoever asks is in the team of the case. Left out without a word of difference are those whose filing does not hold
today, who are away or full, and who have an interest in it (``mediation_interested``: numbers, no reason). The number of
those left out is not told either: it would move when a party is named, and so tell of cases elsewhere. What a party's
name could be tried for leaves a trace anyway: naming a party is an act in the journal of a numbered case, and whoever is
named with an account sees that case from then on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from civics import suitability
from civics.suitability import Suited, Wanted, suited
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Forbidden
from gongzhi.mediation.models import Case, Jurisdiction, Mediator, Particulars, Party, Subject, Tally, Tongue
from gongzhi.mediation.models.parties import Document
from gongzhi.mediation.policies import TEAM_NOW
from gongzhi.territory.ground import ground

#: How many are offered.
MOST = 8
#: Papers that say whose law may be in question.
_PAPERS = {
    Document.HK_ID: Jurisdiction.HONG_KONG, Document.MACAO_ID: Jurisdiction.MACAO,
}  # fmt: skip


@dataclass(frozen=True)
class Offered:
    """One mediator with the points, the reasons in words, and what is lacking."""

    mediator: Mediator
    points: int
    reasons: list[str]
    lacks: list[str]


def loads() -> dict[int, tuple[int, date | None]]:
    """Open cases of every mediator on file, and when they last began one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id, load, last FROM mediation_loads()")
        return {
            key: (load, clock.local(last).date() if last else None) for key, load, last in cursor.fetchall()
        }


def interested(case_id: int) -> frozenset[int]:
    """Accounts of mediators who must not mediate this case. The database refuses whoever is not in its team."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM mediation_interested(%s)", [case_id])
        return frozenset(row[0] for row in cursor.fetchall())


def on_file(today: date) -> Any:
    """Mediators whose filing holds today."""
    return (
        Mediator.objects.filter(valid_from__lte=today, account__is_active=True)
        .filter(Q(valid_to=None) | Q(valid_to__gte=today))
        .select_related("account", "committee__organisation")
    )


def wanted_for(case: Case) -> Wanted:
    """What this case asks of a mediator: the parties' languages, the subject, the law, the place."""
    parties = list(Party.objects.filter(case=case))
    languages = {party.language or case.language for party in parties} | {case.language}
    laws: set[str] = set()
    if case.cross_boundary:
        papers = Particulars.objects.filter(case=case).exclude(document="").values_list("document", flat=True)
        laws = {str(_PAPERS[Document(one)]) for one in papers if one in _PAPERS} | {
            str(Jurisdiction.MAINLAND)
        }
    division = Tally.objects.filter(pk=case.pk).values_list("division_id", flat=True).first()
    return Wanted(
        subject=case.subject,
        languages=frozenset(languages),
        jurisdictions=frozenset(laws),
        area=tuple(area.id for area in ground().line(division)[::-1]),
    )


def proposed(case: Case, *, by: Actor) -> list[Offered]:
    """Those who may be offered for a case, the fittest first, with the reasons. Forbidden outside its team."""
    if not TEAM_NOW.holds(by, case):
        raise Forbidden
    today = clock.today()
    rows = {row.pk: row for row in on_file(today) if row.away_until is None or row.away_until < today}
    carried = loads()
    # a party's own team already knows who is in it
    barred = interested(case.pk)
    found = suited(
        wanted_for(case),
        [
            suitability.Mediator(
                id=row.pk,
                languages=frozenset(row.languages),
                subjects=frozenset(row.subjects),
                jurisdictions=frozenset(row.jurisdictions),
                areas=frozenset(row.divisions) | frozenset(row.committee.divisions),
                load=carried.get(row.pk, (0, None))[0],
                most=max(1, row.most),
                last=carried.get(row.pk, (0, None))[1],
            )
            for row in rows.values()
        ],
        barred=barred,
    )
    return [_said(rows[one.id], one) for one in found[:MOST]]


def _said(row: Mediator, one: Suited) -> Offered:
    """The grounds as sentences."""
    tongues, laws = dict(Tongue.choices), dict(Jurisdiction.choices)
    grounds = {ground.code: ground for ground in one.grounds}
    reasons, lacks = [], []

    def names(known: dict[Any, Any], codes: tuple[str, ...]) -> str:
        return _("、").join(str(known.get(code, code)) for code in codes)

    spoken = grounds[suitability.LANGUAGE]
    if spoken.has:
        reasons.append(_("会{languages}").format(languages=names(tongues, spoken.has)))
    if spoken.lacks:
        lacks.append(_("不会{languages}，需要翻译").format(languages=names(tongues, spoken.lacks)))
    subject = grounds[suitability.SUBJECT]
    if subject.has:
        reasons.append(_("擅长{subject}").format(subject=names(dict(Subject.choices), subject.has)))
    elif subject.points == 0:
        lacks.append(_("擅长的是别的类型"))
    law = grounds[suitability.JURISDICTION]
    if law.has:
        reasons.append(_("熟悉{places}法律").format(places=names(laws, law.has)))
    if law.lacks:
        lacks.append(_("不熟悉{places}法律").format(places=names(laws, law.lacks)))
    near = grounds[suitability.NEAR]
    if near.has:
        reasons.append(_("服务{area}").format(area=ground().name_of(int(near.has[0]))))
    load = grounds[suitability.LOAD].has
    reasons.append(_("手上 {n} 件，最多 {most} 件").format(n=load[0], most=load[1]))
    if row.days:
        reasons.append(
            _("星期{days}有空").format(days="".join("一二三四五六日"[day - 1] for day in row.days))
        )
    return Offered(row, one.points, reasons, lacks)
