"""The same bytes are kept once. Files that were kept several times share the oldest copy from now on."""

from django.db import migrations, models

_SHARE = """
CREATE TEMPORARY TABLE same_bytes ON COMMIT DROP AS
SELECT id, keep FROM (SELECT id, min(id) OVER (PARTITION BY digest) AS keep FROM journal_blob) AS copies WHERE id <> keep;
UPDATE journal_attachment SET blob_id = keep FROM same_bytes WHERE blob_id = same_bytes.id;
UPDATE journal_attachment SET thumbnail_id = keep FROM same_bytes WHERE thumbnail_id = same_bytes.id;
DELETE FROM journal_blob USING same_bytes WHERE journal_blob.id = same_bytes.id;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0004_words_only_erased")]

    operations = [
        migrations.RunSQL(_SHARE, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="blob",
            constraint=models.UniqueConstraint(fields=("digest",), name="one_blob_per_digest"),
        ),
    ]
