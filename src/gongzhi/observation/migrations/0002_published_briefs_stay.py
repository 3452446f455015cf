"""A published brief is neither changed nor removed, whoever asks; its Word and PDF files are part of it."""

from django.db import migrations

_PUT_ON = """
CREATE FUNCTION observation_published_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'a published brief stays as it is' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER published_stays BEFORE UPDATE OR DELETE ON observation_brief
    FOR EACH ROW EXECUTE FUNCTION observation_published_stays();
"""
_TAKE_OFF = """
DROP TRIGGER published_stays ON observation_brief;
DROP FUNCTION observation_published_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("observation", "0001_initial")]

    operations = [migrations.RunSQL(_PUT_ON, _TAKE_OFF)]
