"""What was signed stays: the words of a frozen version, its clauses and its signatures, whoever asks.

Erasing is the only change: words become empty (and the digest says that they were others). A version takes effect once, a
newer one takes its place once, and a clause is noted as kept once.
"""

from django.db import migrations

_PUT_ON = """
CREATE FUNCTION mediation_signed_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.frozen_at IS NULL THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'a signed version stays as it is' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF OLD.frozen_at IS NOT NULL AND (
        (NEW.case_id, NEW.version, NEW.form, NEW.language, NEW.copies, NEW.frozen_at, NEW.digest, NEW.sides, NEW.at)
            IS DISTINCT FROM
        (OLD.case_id, OLD.version, OLD.form, OLD.language, OLD.copies, OLD.frozen_at, OLD.digest, OLD.sides, OLD.at)
        OR (NEW.facts <> OLD.facts AND NEW.facts <> '')
        OR (NEW.liability <> OLD.liability AND NEW.liability <> '')
        OR (NEW.remarks <> OLD.remarks AND NEW.remarks <> '')
        OR (OLD.effective_on IS NOT NULL AND NEW.effective_on IS DISTINCT FROM OLD.effective_on)
        OR (OLD.effective_at IS NOT NULL AND NEW.effective_at IS DISTINCT FROM OLD.effective_at)
        OR (OLD.replaced_at IS NOT NULL AND NEW.replaced_at IS DISTINCT FROM OLD.replaced_at)
    ) THEN
        RAISE EXCEPTION 'a signed version stays as it is' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signed_stays BEFORE UPDATE OR DELETE ON mediation_agreement
    FOR EACH ROW EXECUTE FUNCTION mediation_signed_stays();

CREATE FUNCTION mediation_clauses_stay() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    before text := coalesce(current_setting('gongzhi.service', true), '');
    frozen timestamptz;
BEGIN
    -- the trigger asks as the keeper, who sees every row, and is itself again at once
    PERFORM set_config('gongzhi.service', 'keeper', true);
    SELECT frozen_at INTO frozen FROM mediation_agreement
        WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.agreement_id ELSE OLD.agreement_id END;
    PERFORM set_config('gongzhi.service', before, true);
    IF frozen IS NOT NULL AND (
        TG_OP IN ('INSERT', 'DELETE')
        OR (NEW.case_id, NEW.agreement_id, NEW.position, NEW.performer_id, NEW.amount, NEW.currency, NEW.due_on, NEW.sides)
            IS DISTINCT FROM
           (OLD.case_id, OLD.agreement_id, OLD.position, OLD.performer_id, OLD.amount, OLD.currency, OLD.due_on, OLD.sides)
        OR (NEW.text <> OLD.text AND NEW.text <> '')
        OR (NEW.way <> OLD.way AND NEW.way <> '')
        OR (OLD.performed_on IS NOT NULL AND NEW.performed_on IS DISTINCT FROM OLD.performed_on)
    ) THEN
        RAISE EXCEPTION 'the clauses of a signed version stay as they are' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER clauses_stay BEFORE INSERT OR UPDATE OR DELETE ON mediation_clause
    FOR EACH ROW EXECUTE FUNCTION mediation_clauses_stay();

CREATE FUNCTION mediation_signatures_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a signature stays as it is' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER signatures_stay BEFORE UPDATE OR DELETE ON mediation_signature
    FOR EACH ROW EXECUTE FUNCTION mediation_signatures_stay();
"""
_TAKE_OFF = """
DROP TRIGGER signatures_stay ON mediation_signature;
DROP FUNCTION mediation_signatures_stay();
DROP TRIGGER clauses_stay ON mediation_clause;
DROP FUNCTION mediation_clauses_stay();
DROP TRIGGER signed_stays ON mediation_agreement;
DROP FUNCTION mediation_signed_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("mediation", "0006_interests")]

    operations = [migrations.RunSQL(_PUT_ON, _TAKE_OFF)]
