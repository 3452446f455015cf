"""Words can be erased and nothing else: a trigger refuses to put other words in their place, whoever asks."""

from django.db import migrations

_PUT_ON = """
CREATE FUNCTION journal_words_only_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.text <> OLD.text AND (NEW.text <> '' OR NEW.erased_at IS NULL) THEN
        RAISE EXCEPTION 'words of the record can be erased, not rewritten' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF OLD.erased_at IS NOT NULL AND NEW.erased_at IS DISTINCT FROM OLD.erased_at THEN
        RAISE EXCEPTION 'the moment of erasing stays' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER words_only_erased BEFORE UPDATE ON journal_entry
    FOR EACH ROW EXECUTE FUNCTION journal_words_only_erased();
"""
_TAKE_OFF = """
DROP TRIGGER words_only_erased ON journal_entry;
DROP FUNCTION journal_words_only_erased();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_append_only")]

    operations = [migrations.RunSQL(_PUT_ON, _TAKE_OFF)]
