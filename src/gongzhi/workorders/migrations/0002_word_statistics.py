"""Search: the planner must know the common bigrams, or it walks the wrong index."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("workorders", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE workorders_workorder ALTER COLUMN words SET STATISTICS 1000",
            "ALTER TABLE workorders_workorder ALTER COLUMN words SET STATISTICS -1",
        ),
    ]
