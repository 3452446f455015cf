"""Agreements: what a version says, in a form that can be proven, and which one is in force."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any

from gongzhi.mediation.models import Agreement, Case, Clause, Party

_CENT = Decimal("0.01")


def content_of(agreement: Agreement) -> dict[str, Any]:
    """Everything that is signed: the parties' names, the facts, the clauses. Plain values, in a fixed order."""
    parties = Party.objects.filter(case_id=agreement.case_id).order_by("number")
    clauses = Clause.objects.filter(agreement=agreement).select_related("performer").order_by("position")
    return {
        "case": agreement.case.matter.number,
        "version": agreement.version,
        "form": agreement.form,
        "language": agreement.language,
        "parties": [[party.number, party.name] for party in parties],
        "facts": agreement.facts,
        "liability": agreement.liability,
        "clauses": [
            [
                clause.position,
                clause.text,
                clause.way,
                clause.performer.number if clause.performer else None,
                str(clause.amount.quantize(_CENT)) if clause.amount is not None else None,
                clause.currency,
                clause.due_on.isoformat() if clause.due_on else None,
            ]
            for clause in clauses
        ],
        "remarks": agreement.remarks,
        "copies": agreement.copies,
    }


def digest_of(agreement: Agreement) -> bytes:
    """SHA-256 of the content, written as JSON with sorted keys and no blanks: what is printed and what is signed."""
    told = json.dumps(content_of(agreement), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).digest()


def agreements_of(case: Case) -> list[Agreement]:
    """Every version that the reader's side may read, newest first, with clauses, votes and signatures."""
    return list(
        Agreement.objects.filter(case=case)
        .prefetch_related(
            "clauses__votes__party", "clauses__performer", "signatures__party", "signatures__account"
        )
        .order_by("-version")
    )


def in_force(case: Case) -> Agreement | None:
    """The version in force, if there is one."""
    return Agreement.objects.filter(case=case, effective_on__isnull=False, replaced_at=None).first()
