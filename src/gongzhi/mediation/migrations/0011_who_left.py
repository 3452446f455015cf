"""Whoever left a case sees what it was then: no later state, no row that changed since, and they change nothing.

The row of the case always stands as it is now, so it is for those who are in it now. Of all other rows ``at`` says until when
they were as they stand: one that is changed after somebody left moves behind that moment, for whoever changes it.
"""

from django.db import migrations

from gongzhi.kit.locks import APP, Policy

SEALED = (
    "agreement", "clause", "confirmation", "consent", "guest", "handover", "member", "offered", "opinion", "particulars",
    "party", "signature", "sitting", "statement", "visit", "vote",
)  # fmt: skip
#: Rows of these are never changed: see 0007 and 0008.
_FIXED = ("handover", "signature")
_READS = "journal_reads(case_id, sides, at)"


def _writes(inside: str) -> list[str]:
    return [
        sql
        for table in SEALED
        for sql in (
            f"DROP POLICY from_inside ON mediation_{table}",
            f"DROP POLICY theirs_to_change ON mediation_{table}",
            Policy("from_inside", check=inside, command="INSERT", to=APP).sql(f"mediation_{table}"),
            Policy("theirs_to_change", using=f"{_READS} AND {inside}", check=inside, command="UPDATE", to=APP).sql(
                f"mediation_{table}"
            ),
        )
    ]


_CASE = [
    "DROP POLICY those_in_it ON mediation_case",
    *(
        policy.sql("mediation_case")
        for policy in (
            Policy("those_in_it_now", using="journal_in_now(matter_id)", command="SELECT", to=APP),
            Policy("from_inside", check="journal_writes(matter_id)", command="INSERT", to=APP),
            # whoever looks in waits for the row like anybody, and may not change it
            Policy(
                "theirs_to_change", using="journal_in_now(matter_id)", check="journal_writes(matter_id)",
                command="UPDATE", to=APP,
            ),
        )
    ),
]
_CASE_BEFORE = [
    "DROP POLICY those_in_it_now ON mediation_case",
    "DROP POLICY from_inside ON mediation_case",
    "DROP POLICY theirs_to_change ON mediation_case",
    Policy("those_in_it", using="journal_reads(matter_id, NULL, NULL)", to=APP).sql("mediation_case"),
]
_LATER = """
CREATE FUNCTION mediation_changed_later() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE gone timestamptz;
BEGIN
    IF NEW IS DISTINCT FROM OLD THEN
        SELECT max(ends_at) INTO gone FROM journal_access
            WHERE thread_id = NEW.case_id AND ends_at >= starts_at AND (side = 'team' OR side LIKE 'party:%');
        IF NEW.at <= gone THEN NEW.at := gone + interval '1 microsecond'; END IF;
    END IF;
    RETURN NEW;
END $$;
"""
_CHANGING = [table for table in SEALED if table not in _FIXED]
#: After those that keep signed versions as they are: triggers go by their names.
_TRIGGERS = [
    f"CREATE TRIGGER who_left_reads_the_old BEFORE UPDATE ON mediation_{table} "
    "FOR EACH ROW EXECUTE FUNCTION mediation_changed_later()"
    for table in _CHANGING
]
_NO_TRIGGERS = [f"DROP TRIGGER who_left_reads_the_old ON mediation_{table}" for table in _CHANGING]


class Migration(migrations.Migration):
    dependencies = [("mediation", "0010_durations"), ("journal", "0012_who_left")]

    operations = [
        migrations.RunSQL(_CASE, _CASE_BEFORE),
        migrations.RunSQL(_writes("journal_writes(case_id)"), _writes("journal_reads(case_id, NULL, NULL)")),
        migrations.RunSQL([_LATER, *_TRIGGERS], [*_NO_TRIGGERS, "DROP FUNCTION mediation_changed_later()"]),
    ]
