"""Lists that stay quick at a million orders: facets beside the words, queues by age, neighbours by place."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matters", "0001_initial"),
        ("people", "0002_locks"),
        ("territory", "0001_initial"),
        ("workorders", "0002_word_statistics"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="workorder",
            name="order_words",
        ),
        migrations.RemoveIndex(
            model_name="workorder",
            name="queue_street",
        ),
        migrations.RemoveIndex(
            model_name="workorder",
            name="queue_unit",
        ),
        migrations.RemoveIndex(
            model_name="workorder",
            name="queue_community",
        ),
        migrations.RemoveIndex(
            model_name="workorder",
            name="queue_grid",
        ),
        migrations.AddField(
            model_name="workorder",
            name="facets",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    output_field=django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                    template="ARRAY[appeal::text, channel::text, CASE WHEN urgent THEN 'urgent' ELSE 'usual' END, CASE WHEN open THEN 'open' ELSE 'shut' END]",
                ),
                output_field=django.contrib.postgres.fields.ArrayField(
                    base_field=models.TextField(), size=None
                ),
            ),
        ),
        migrations.AlterField(
            model_name="workorder",
            name="category",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="workorders.category",
            ),
        ),
        migrations.AlterField(
            model_name="workorder",
            name="number",
            field=models.CharField(max_length=20),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=django.contrib.postgres.indexes.GinIndex(
                fastupdate=False, fields=["words", "facets", "joint"], name="order_words"
            ),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(
                condition=models.Q(("open", True)),
                fields=["street", "next_due_at", "matter"],
                include=("state", "community"),
                name="queue_street",
            ),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(
                condition=models.Q(("open", True)),
                fields=["community", "next_due_at", "matter"],
                include=("state",),
                name="queue_community",
            ),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(
                condition=models.Q(("open", True)),
                fields=["grid", "next_due_at", "matter"],
                include=("state", "community"),
                name="queue_grid",
            ),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(
                condition=models.Q(("open", True)),
                fields=["unit", "next_due_at", "matter"],
                include=("state", "community"),
                name="queue_unit",
            ),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(
                condition=models.Q(("open", True)),
                fields=["street", "-opened_at", "-matter"],
                name="aged_street",
            ),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(
                condition=models.Q(("open", True)),
                fields=["community", "-opened_at", "-matter"],
                name="aged_community",
            ),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(
                condition=models.Q(("open", True)), fields=["grid", "-opened_at", "-matter"], name="aged_grid"
            ),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(
                condition=models.Q(("open", True)), fields=["unit", "-opened_at", "-matter"], name="aged_unit"
            ),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(
                condition=models.Q(("open", True)), fields=["grid", "lon", "lat"], name="near_grid"
            ),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(
                condition=models.Q(("handler__isnull", False)),
                fields=["handler", "-opened_at"],
                name="newest_handler",
            ),
        ),
        migrations.AddConstraint(
            model_name="workorder",
            constraint=models.UniqueConstraint(fields=("number",), name="one_order_per_number"),
        ),
    ]
