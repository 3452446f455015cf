"""What is kept of a mediation, one file per topic. Every table is behind the second lock (``migrations/0002_locks``).

Rows with words carry ``sides`` (who may read them) and ``at`` (whoever left before sees them no more). What people say at
length is an entry of the journal, and is pointed to from here. ``Tally`` has no words: it is what is counted.
"""

from __future__ import annotations

from gongzhi.mediation.models.agreements import Agreement, Clause, Confirmation, Form, Signature, Vote, Way
from gongzhi.mediation.models.cases import Case, Level, Outcome, Series, Source, Subject, Tally
from gongzhi.mediation.models.figures import Campaign, KeyClass, Petition, Prevented, Publication, SelfHelp
from gongzhi.mediation.models.following import Visit
from gongzhi.mediation.models.handing import Handover
from gongzhi.mediation.models.offering import Check, Ground, Offered
from gongzhi.mediation.models.parties import (
    Consent,
    Document,
    Guest,
    GuestPart,
    Member,
    MemberPart,
    Opinion,
    Particulars,
    Party,
    Statement,
)
from gongzhi.mediation.models.register import (
    Basis,
    Committee,
    Duty,
    Interest,
    Jurisdiction,
    Mediator,
    Seat,
    Station,
    Tongue,
    Training,
)
from gongzhi.mediation.models.sittings import Sitting, SittingKind
from gongzhi.mediation.models.terms import Duration, NewDuration, Span

__all__ = [
    "Agreement", "Case", "Check", "Clause", "Confirmation", "Consent", "Document", "Duration", "Form", "Ground", "Guest", "GuestPart", "Handover", "Level",
    "Member", "MemberPart", "Offered", "Opinion", "Outcome", "Particulars", "Party", "Series", "Signature", "Sitting", "SittingKind", "Source",
    "Span", "Statement", "Subject", "Tally", "Visit", "Vote", "Way",
    "Basis", "Campaign", "Committee", "Duty", "Interest", "Jurisdiction", "KeyClass", "Mediator", "NewDuration", "Petition", "Prevented", "Publication", "Seat",
    "SelfHelp", "Station", "Tongue", "Training",
]  # fmt: skip
