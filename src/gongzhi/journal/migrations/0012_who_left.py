"""Whoever is no longer in a sealed thread writes nothing there, not even a row dated back to when they were.

``journal_in_now``: has whoever acts any access at this moment; ``journal_writes``: one that lets them add and change rows of
the thread, which looking in does not.
"""

from django.db import migrations

from gongzhi.kit.locks import APP, Policy

_FUNCTIONS = """
CREATE FUNCTION journal_in_now(of_thread bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE who bigint := nullif(current_setting('gongzhi.account', true), '')::bigint;
BEGIN
    RETURN who IS NOT NULL AND EXISTS (
        SELECT 1 FROM journal_access a
        WHERE a.thread_id = of_thread AND a.person_id = who AND (a.ends_at IS NULL OR clock_timestamp() < a.ends_at)
    );
END $$;

CREATE FUNCTION journal_writes(of_thread bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE who bigint := nullif(current_setting('gongzhi.account', true), '')::bigint;
BEGIN
    RETURN who IS NOT NULL AND EXISTS (
        SELECT 1 FROM journal_access a
        WHERE a.thread_id = of_thread AND a.person_id = who AND a.side <> 'extraordinary'
          AND (a.ends_at IS NULL OR clock_timestamp() < a.ends_at)
    );
END $$;
"""
_GONE = "DROP FUNCTION journal_writes(bigint); DROP FUNCTION journal_in_now(bigint);"

_OPEN_THREAD = "NOT EXISTS (SELECT 1 FROM journal_thread t WHERE t.id = thread_id AND t.sealed)"
_READS = "journal_reads(thread_id, sides, at)"
_FOR_SERVICES = "'service' = ANY (sides) AND {service} IS NOT NULL"
_ENTRY = f"sides IS NULL OR {_FOR_SERVICES} OR {_READS}"
_FILE = f"sides IS NULL OR {_READS}"


def _policy(using: str, or_service: str, now: str) -> Policy:
    inside = f"{or_service}{_READS}{now}"
    check = f"(sides IS NULL AND {_OPEN_THREAD}) OR sides IS NOT NULL AND ({inside})"
    return Policy("open_or_theirs", using=using, check=check, to=APP)


def _replaced(now: str) -> list[str]:
    return [
        "DROP POLICY open_or_theirs ON journal_entry",
        _policy(_ENTRY, f"{_FOR_SERVICES} OR ", now).sql("journal_entry"),
        "DROP POLICY open_or_theirs ON journal_attachment",
        _policy(_FILE, "", now).sql("journal_attachment"),
    ]


class Migration(migrations.Migration):
    dependencies = [("journal", "0011_ended_stays_ended")]

    operations = [
        migrations.RunSQL(_FUNCTIONS, _GONE),
        migrations.RunSQL(_replaced(" AND journal_in_now(thread_id)"), _replaced("")),
    ]
