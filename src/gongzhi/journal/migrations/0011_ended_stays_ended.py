"""Access that has ended stays ended: nobody moves the end of their own later, not even by a statement of their own."""

from django.db import migrations

_PUT_ON = """
CREATE FUNCTION journal_access_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ends_at IS NOT NULL AND NEW.ends_at IS DISTINCT FROM OLD.ends_at THEN
        RAISE EXCEPTION 'access that has ended stays ended' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ends_once BEFORE UPDATE ON journal_access
    FOR EACH ROW EXECUTE FUNCTION journal_access_ends_once();
"""
_TAKE_OFF = """
DROP TRIGGER ends_once ON journal_access;
DROP FUNCTION journal_access_ends_once();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0010_guests_go")]

    operations = [migrations.RunSQL(_PUT_ON, _TAKE_OFF)]
