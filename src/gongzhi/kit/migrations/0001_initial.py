"""The kit's two small tables; the throttle is unlogged because losing it in a crash harms nobody."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Revision",
            fields=[
                ("name", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("stamp", models.BigIntegerField()),
            ],
            options={"db_table": "kit_revision"},
        ),
        migrations.CreateModel(
            name="Throttle",
            fields=[
                ("key", models.BinaryField(primary_key=True, serialize=False)),
                ("free_at", models.DateTimeField(db_index=True)),
            ],
            options={"db_table": "kit_throttle"},
        ),
        migrations.RunSQL("ALTER TABLE kit_throttle SET UNLOGGED", "ALTER TABLE kit_throttle SET LOGGED"),
    ]
