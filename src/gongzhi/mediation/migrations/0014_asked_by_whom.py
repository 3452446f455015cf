"""The function that forgets the words of a case asks itself who calls it: nobody gets round the one that asked before."""

from django.db import migrations

_FORGET = """
CREATE OR REPLACE FUNCTION mediation_forget_rows(of_case bigint, moment timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE before text := coalesce(current_setting('gongzhi.service', true), '');
BEGIN%s
    PERFORM set_config('gongzhi.service', 'keeper', true);
    UPDATE mediation_case SET subject_line = '', place = '', erased_at = moment WHERE matter_id = of_case;
    UPDATE mediation_party SET name = number::text WHERE case_id = of_case;
    UPDATE mediation_particulars SET sex = '', ethnicity = '', born_year = NULL, occupation = '', phone = '', address = '',
        document = '', document_number = '', agent_name = '', agent_basis = '' WHERE case_id = of_case;
    UPDATE mediation_statement SET facts = '', requests = '' WHERE case_id = of_case;
    UPDATE mediation_guest SET name = '' WHERE case_id = of_case;
    UPDATE mediation_sitting SET place = '' WHERE case_id = of_case;
    UPDATE mediation_agreement SET facts = '', liability = '', remarks = '' WHERE case_id = of_case;
    UPDATE mediation_clause SET text = '', way = '' WHERE case_id = of_case;
    PERFORM set_config('gongzhi.service', before, true);
END $$;
"""
_WHO = """
    IF NOT (journal_in_team(of_case) OR before = 'erasure') THEN
        RAISE EXCEPTION 'only its team forgets a case' USING ERRCODE = 'insufficient_privilege';
    END IF;"""


class Migration(migrations.Migration):
    dependencies = [("mediation", "0013_publication"), ("journal", "0013_asked_by_whom")]

    operations = [migrations.RunSQL([_FORGET % _WHO], [_FORGET % ""])]
