"""The second lock of this room, for its migrations: a table whose rows are read by the sides they name.

operations = [seal("mediation_handover")]              # columns case_id, sides, at
"""

from __future__ import annotations

from gongzhi.kit import locks
from gongzhi.kit.locks import APP, OWNER, Policy

KEEPER = Policy("keeper", using="current_setting('gongzhi.service', true) = 'keeper'", to=OWNER)


def seal(table: str) -> locks.ProtectRows:
    """Rows are read and changed by the sides they name; anybody in the case may add one, the team may take one away."""
    reads = "journal_reads(case_id, sides, at)"
    inside = "journal_reads(case_id, NULL, NULL)"
    return locks.ProtectRows(
        table,
        Policy("theirs", using=reads, command="SELECT", to=APP),
        Policy("from_inside", check=inside, command="INSERT", to=APP),
        Policy("theirs_to_change", using=reads, check=inside, command="UPDATE", to=APP),
        Policy("teams_to_take_away", using="journal_in_team(case_id)", command="DELETE", to=APP),
        KEEPER,
    )
