"""The search index knows on which day a report came: what is new is found without reading the matches of all years."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

FACETS = (
    "ARRAY[appeal::text, channel::text, state::text, CASE WHEN open THEN 'open' ELSE 'shut' END,"
    " CASE WHEN urgent THEN 'urgent' END, CASE WHEN community_id IS NULL THEN 'unplaced' END,"
    " 'm' || community_id::text, 'g' || grid_id::text, 'b' || building_id::text, 'u' || unit_id::text,"
    " 'h' || handler_id::text, CASE WHEN asked <> '' THEN 'asked' END,"
    " CASE WHEN asked <> '' THEN 'ask:' || asked END, CASE WHEN supervised <> '' THEN 'supervised' END,"
    " CASE WHEN supervised <> '' THEN 'sup:' || supervised END, CASE WHEN urged > 0 THEN 'urged' END,"
    " 'd' || floor(extract(epoch FROM opened_at AT TIME ZONE 'UTC') / 86400)::int::text,"
    " 'p' || floor(extract(epoch FROM opened_at AT TIME ZONE 'UTC') / 2592000)::int::text]"
    " || joint::text[] || category_line"
)
TEXTS = ArrayField(base_field=models.TextField(), size=None)


class Migration(migrations.Migration):
    dependencies = [("workorders", "0012_letters")]

    operations = [
        # a generated column cannot be altered: it is taken away and made again, and its index with it
        migrations.RemoveIndex(model_name="workorder", name="order_words"),
        migrations.RemoveField(model_name="workorder", name="facets"),
        migrations.AddField(
            model_name="workorder",
            name="facets",
            field=models.GeneratedField(
                expression=models.Func(template=FACETS, output_field=TEXTS),
                output_field=TEXTS,
                db_persist=True,
            ),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=GinIndex(fields=["words", "facets"], name="order_words", fastupdate=False),
        ),
        migrations.RunSQL("ANALYZE workorders_workorder", migrations.RunSQL.noop),
    ]
