"""Forgetting the words of a closed case without reading one: names become their numbers, texts become empty."""

from django.db import migrations

_PUT_ON = """
CREATE FUNCTION mediation_forget_rows(of_case bigint, moment timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE before text := coalesce(current_setting('gongzhi.service', true), '');
BEGIN
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
CREATE FUNCTION mediation_forget(of_case bigint, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (journal_in_team(of_case) OR current_setting('gongzhi.service', true) = 'erasure') THEN
        RAISE EXCEPTION 'only its team forgets a case' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM mediation_forget_rows(of_case, moment);
END $$;
"""
_TAKE_OFF = """
DROP FUNCTION mediation_forget(bigint, timestamptz);
DROP FUNCTION mediation_forget_rows(bigint, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("mediation", "0003_numbering"), ("journal", "0010_guests_go")]

    operations = [migrations.RunSQL(_PUT_ON, _TAKE_OFF)]
