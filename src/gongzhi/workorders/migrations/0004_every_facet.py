"""Every filter of a list beside its words, so that any combination is one scan of the search index."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matters", "0001_initial"),
        ("people", "0002_locks"),
        ("territory", "0001_initial"),
        ("workorders", "0003_narrow_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="workorder",
            name="newest_category",
        ),
        migrations.RemoveIndex(
            model_name="workorder",
            name="newest_state",
        ),
        migrations.RemoveIndex(
            model_name="workorder",
            name="order_words",
        ),
        migrations.RemoveIndex(
            model_name="workorder",
            name="newest_handler",
        ),
        migrations.RemoveField(model_name="workorder", name="facets"),
        migrations.AddField(
            model_name="workorder",
            name="facets",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    output_field=django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                    template="ARRAY[appeal::text, channel::text, state::text, CASE WHEN open THEN 'open' ELSE 'shut' END, CASE WHEN urgent THEN 'urgent' END, CASE WHEN community_id IS NULL THEN 'unplaced' END, 'c' || category_id::text, 'm' || community_id::text, 'g' || grid_id::text, 'b' || building_id::text, 'u' || unit_id::text, 'h' || handler_id::text] || joint::text[]",
                ),
                output_field=django.contrib.postgres.fields.ArrayField(
                    base_field=models.TextField(), size=None
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=django.contrib.postgres.indexes.GinIndex(
                fastupdate=False, fields=["words", "facets"], name="order_words"
            ),
        ),
    ]
