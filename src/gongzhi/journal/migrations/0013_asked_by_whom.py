"""Functions of the lock that run as the owner ask themselves who calls them; nobody gets round the ones that asked before.

``journal_chain_of_sealed`` told anybody the acts of a sealed thread (who did what, when, with which codes): it answers the
service that verifies, and the thread's team. ``journal_forget_sealed`` did what whoever called it said.
"""

from django.db import migrations

_CHAIN = """
CREATE OR REPLACE FUNCTION journal_chain_of_sealed(threads bigint[])
RETURNS TABLE (
    id bigint, thread_id bigint, "position" integer, verb varchar, by_id bigint, at timestamptz, words bytea,
    detail jsonb, audience varchar, sides varchar[], erased_at timestamptz, previous bytea, digest bytea
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE before text := coalesce(current_setting('gongzhi.service', true), '');
BEGIN
    PERFORM set_config('gongzhi.service', 'keeper', true);
    RETURN QUERY SELECT e.id, e.thread_id, e.position, e.verb, e.by_id, e.at, e.words, e.detail, e.audience, e.sides, e.erased_at,
           e.previous, e.digest
    FROM journal_entry e WHERE e.thread_id = ANY (threads) AND e.sides IS NOT NULL%s;
    PERFORM set_config('gongzhi.service', before, true);
END $$;
"""
_FORGET = """
CREATE OR REPLACE FUNCTION journal_forget_sealed(of_thread bigint, moment timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    counted integer;
    before text := coalesce(current_setting('gongzhi.service', true), '');
BEGIN%s
    PERFORM set_config('gongzhi.service', 'keeper', true);
    UPDATE journal_entry SET text = '', salt = '', erased_at = moment
    WHERE thread_id = of_thread AND sides IS NOT NULL AND erased_at IS NULL AND text <> '';
    GET DIAGNOSTICS counted = ROW_COUNT;
    UPDATE journal_attachment SET blob_id = NULL, thumbnail_id = NULL, name = '', erased_at = moment
    WHERE thread_id = of_thread AND sides IS NOT NULL AND erased_at IS NULL;
    DELETE FROM journal_blob WHERE thread_id = of_thread;
    PERFORM set_config('gongzhi.service', before, true);
    RETURN counted;
END $$;
"""
_WHO = """
    IF NOT (journal_in_team(of_thread) OR before = 'erasure') THEN
        RAISE EXCEPTION 'only its team forgets a sealed thread' USING ERRCODE = 'insufficient_privilege';
    END IF;"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0012_who_left")]

    operations = [
        migrations.RunSQL(
            [_CHAIN % " AND (before = 'verify' OR journal_in_team(e.thread_id))", _FORGET % _WHO],
            [_CHAIN % "", _FORGET % ""],
        )
    ]
