"""Ties that a mediator declares are their own; the check for conflicts of interest gives back people and no reason.

``mediation_interested`` looks into other cases, which nobody who asks may see. So it is narrow: it takes a case and
nothing else, answers only its team, looks only at the parties who stand there, and returns numbers of accounts in the
register. Same building, same firm, party themselves, earlier case with a party: the answer is the same.
``mediation_loads`` counts the open cases of each mediator.
"""

from django.db import migrations

from gongzhi.kit import locks
from gongzhi.kit.locks import APP

_FUNCTIONS = """
CREATE FUNCTION mediation_interested(of_case bigint) RETURNS SETOF bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE before text := coalesce(current_setting('gongzhi.service', true), '');
BEGIN
    IF NOT journal_in_team(of_case) THEN
        RAISE EXCEPTION 'only its team asks who has an interest in a case' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM set_config('gongzhi.service', 'keeper', true);
    RETURN QUERY
    WITH mine AS (
        SELECT p.account_id, replace(p.name, ' ', '') AS name, replace(coalesce(d.address, ''), ' ', '') AS address,
               replace(coalesce(d.occupation, ''), ' ', '') AS occupation, coalesce(d.document_number, '') AS document
        FROM mediation_party p LEFT JOIN mediation_particulars d ON d.party_id = p.id
        WHERE p.case_id = of_case
    ), elsewhere AS (
        SELECT p.case_id FROM mediation_party p LEFT JOIN mediation_particulars d ON d.party_id = p.id
        WHERE p.case_id <> of_case AND (
            p.account_id IN (SELECT account_id FROM mine)
            OR d.document_number IN (SELECT document FROM mine WHERE document <> '')
        )
    )
    SELECT r.account_id FROM mediation_mediator r LEFT JOIN mediation_interest i ON i.account_id = r.account_id
    WHERE r.account_id IN (SELECT account_id FROM mine)
       OR EXISTS (SELECT 1 FROM mediation_member m JOIN elsewhere e ON e.case_id = m.case_id WHERE m.account_id = r.account_id)
       OR EXISTS (
            SELECT 1 FROM mine WHERE i.building <> '' AND strpos(mine.address, i.building) > 0
                OR i.firm <> '' AND (mine.name = i.firm OR strpos(mine.occupation, i.firm) > 0)
       );
    PERFORM set_config('gongzhi.service', before, true);
END $$;

CREATE FUNCTION mediation_loads() RETURNS TABLE (account_id bigint, load bigint, last timestamptz)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE before text := coalesce(current_setting('gongzhi.service', true), '');
BEGIN
    PERFORM set_config('gongzhi.service', 'keeper', true);
    RETURN QUERY
    SELECT m.account_id, count(*) FILTER (WHERE m.until IS NULL AND c.open), max(m.since)
    FROM mediation_member m JOIN mediation_case c ON c.matter_id = m.case_id
    WHERE m.account_id IN (SELECT r.account_id FROM mediation_mediator r) AND m.part IN ('mediator', 'co_mediator')
    GROUP BY m.account_id;
    PERFORM set_config('gongzhi.service', before, true);
END $$;
"""
_GONE = """
DROP FUNCTION mediation_loads();
DROP FUNCTION mediation_interested(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("mediation", "0005_register"), ("journal", "0008_sealed_locks")]

    operations = [
        migrations.RunSQL(_FUNCTIONS, _GONE),
        locks.ProtectRows(
            "mediation_interest",
            locks.Policy("their_own", using="account_id = {account}", to=APP),
            locks.Policy("keeper", using="current_setting('gongzhi.service', true) = 'keeper'", to=locks.OWNER),
        ),
    ]
