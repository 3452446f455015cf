"""The second lock on sealed threads: their entries, files and bytes are read through ``journal_access`` alone.

Open rows (``sides`` is NULL) are never asked about. The functions run as the owner, who sees who has access (numbers
only). Words open to the owner's role under the service name ``keeper`` alone, which two functions take for a moment: the
application cannot take it to any effect, and the owner without it sees no word.
"""

from django.db import migrations

from gongzhi.kit import locks
from gongzhi.kit.locks import APP, OWNER, Policy

_FUNCTIONS = """
-- May whoever acts read a row of a sealed thread that these sides may read and that was written then?
-- The team and the parties keep what was written while they were there; every other side has to be there now.
CREATE FUNCTION journal_reads(of_thread bigint, of_sides text[], written timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE who bigint := nullif(current_setting('gongzhi.account', true), '')::bigint;
BEGIN
    IF who IS NULL THEN RETURN false; END IF;
    RETURN EXISTS (
        SELECT 1 FROM journal_access a
        WHERE a.thread_id = of_thread AND a.person_id = who AND (
            a.side = 'extraordinary' AND clock_timestamp() < a.ends_at
            OR (a.side = 'team' OR a.side LIKE 'party:%')
                AND (of_sides IS NULL OR a.side = ANY (of_sides) OR 'all' = ANY (of_sides))
                AND (a.ends_at IS NULL OR a.ends_at >= a.starts_at AND coalesce(written, a.starts_at) <= a.ends_at)
            OR (of_sides IS NULL OR a.side = ANY (of_sides)) AND a.side <> 'extraordinary'
                AND (a.ends_at IS NULL OR clock_timestamp() < a.ends_at)
        )
    );
END $$;

-- Does whoever acts belong to the team of a sealed thread now?
CREATE FUNCTION journal_in_team(of_thread bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE who bigint := nullif(current_setting('gongzhi.account', true), '')::bigint;
BEGIN
    RETURN who IS NOT NULL AND EXISTS (
        SELECT 1 FROM journal_access a
        WHERE a.thread_id = of_thread AND a.person_id = who AND a.side = 'team'
          AND (a.ends_at IS NULL OR clock_timestamp() < a.ends_at)
    );
END $$;

-- May whoever acts let others in? The team, and whoever opens the thread, in the one statement that comes first.
CREATE FUNCTION journal_may_grant(of_thread bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN journal_in_team(of_thread) OR NOT EXISTS (SELECT 1 FROM journal_access a WHERE a.thread_id = of_thread);
END $$;

-- What proves the entries of sealed threads, without a word of them.
CREATE FUNCTION journal_chain_of_sealed(threads bigint[])
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
    FROM journal_entry e WHERE e.thread_id = ANY (threads) AND e.sides IS NOT NULL;
    PERFORM set_config('gongzhi.service', before, true);
END $$;

-- Forget the words and files of a sealed thread without reading one: its team may, and the platform after retention.
CREATE FUNCTION journal_forget_sealed(of_thread bigint, moment timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    counted integer;
    before text := coalesce(current_setting('gongzhi.service', true), '');
BEGIN
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
CREATE FUNCTION journal_erase_sealed(of_thread bigint, moment timestamptz) RETURNS integer
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (journal_in_team(of_thread) OR current_setting('gongzhi.service', true) = 'erasure') THEN
        RAISE EXCEPTION 'only its team forgets a sealed thread' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN journal_forget_sealed(of_thread, moment);
END $$;
"""
_GONE = """
DROP FUNCTION journal_erase_sealed(bigint, timestamptz);
DROP FUNCTION journal_forget_sealed(bigint, timestamptz);
DROP FUNCTION journal_chain_of_sealed(bigint[]);
DROP FUNCTION journal_may_grant(bigint);
DROP FUNCTION journal_in_team(bigint);
DROP FUNCTION journal_reads(bigint, text[], timestamptz);
"""

#: Without a sub-select: a policy on this table that looked into it by one would never end.
_ME = "nullif(current_setting('gongzhi.account', true), '')::bigint"
_IS_KEEPER = "current_setting('gongzhi.service', true) = 'keeper'"
#: Migrations read open rows as before.
_OWNER = Policy("owner", using=f"sides IS NULL OR {_IS_KEEPER}", to=OWNER)
_OPEN_THREAD = "NOT EXISTS (SELECT 1 FROM journal_thread t WHERE t.id = thread_id AND t.sealed)"
_READS = "journal_reads(thread_id, sides, at)"
_FOR_SERVICES = "'service' = ANY (sides) AND {service} IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [("journal", "0007_sealed")]

    operations = [
        migrations.RunSQL(_FUNCTIONS, _GONE),
        locks.ProtectRows(
            "journal_entry",
            Policy(
                "open_or_theirs",
                using=f"sides IS NULL OR {_FOR_SERVICES} OR {_READS}",
                check=f"(sides IS NULL AND {_OPEN_THREAD}) OR sides IS NOT NULL AND ({_FOR_SERVICES} OR {_READS})",
                to=APP,
            ),
            _OWNER,
        ),
        locks.ProtectRows(
            "journal_attachment",
            Policy(
                "open_or_theirs",
                using=f"sides IS NULL OR {_READS}",
                check=f"(sides IS NULL AND {_OPEN_THREAD}) OR sides IS NOT NULL AND {_READS}",
                to=APP,
            ),
            _OWNER,
        ),
        locks.ProtectRows(
            "journal_blob",
            Policy("open_or_theirs", using=f"thread_id IS NULL OR {_READS}", to=APP),
            Policy("owner", using=f"thread_id IS NULL OR {_IS_KEEPER}", to=OWNER),
        ),
        locks.ProtectRows(
            "journal_access",
            Policy("own_and_teams", using=f"person_id = {_ME} OR journal_in_team(thread_id)", command="SELECT", to=APP),
            Policy("team_lets_in", check="journal_may_grant(thread_id) AND side <> 'extraordinary'", command="INSERT", to=APP),
            Policy(
                "team_and_oneself_end",
                using=f"side <> 'extraordinary' AND (person_id = {_ME} OR journal_in_team(thread_id))",
                check=f"ends_at IS NOT NULL AND side <> 'extraordinary' AND (person_id = {_ME} OR journal_in_team(thread_id))",
                command="UPDATE",
                to=APP,
            ),
            Policy("owner", using="true", to=OWNER),
        ),
        locks.AppendOnly("journal_access", updatable_columns=("ends_at",)),
    ]
