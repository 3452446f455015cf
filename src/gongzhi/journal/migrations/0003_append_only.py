"""What happened cannot be rewritten: only words may be erased, and only files may change their audience."""

from django.db import migrations

from gongzhi.kit import locks


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_initial")]

    operations = [
        locks.AppendOnly("journal_entry", updatable_columns=("text", "salt", "erased_at")),
        locks.AppendOnly(
            "journal_attachment", updatable_columns=("audience", "blob_id", "thumbnail_id", "name", "erased_at")
        ),
        locks.AppendOnly("journal_heard"),
    ]
