"""What was published is neither changed nor removed, whoever asks: a later decision makes a new version beside it."""

from django.db import migrations

_PUT_ON = """
CREATE FUNCTION evaluation_published_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published evaluation stays as it is' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER published_stays BEFORE UPDATE OR DELETE ON evaluation_publication
    FOR EACH ROW EXECUTE FUNCTION evaluation_published_stays();
CREATE TRIGGER published_stays BEFORE UPDATE OR DELETE ON evaluation_result
    FOR EACH ROW EXECUTE FUNCTION evaluation_published_stays();
"""
_TAKE_OFF = """
DROP TRIGGER published_stays ON evaluation_result;
DROP TRIGGER published_stays ON evaluation_publication;
DROP FUNCTION evaluation_published_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0002_first_formula")]

    operations = [migrations.RunSQL(_PUT_ON, _TAKE_OFF)]
