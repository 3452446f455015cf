"""A branch of the category tree is found in the search index like a leaf: orders name the whole line of categories."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

FACETS = (
    "ARRAY[appeal::text, channel::text, state::text, CASE WHEN open THEN 'open' ELSE 'shut' END,"
    " CASE WHEN urgent THEN 'urgent' END, CASE WHEN community_id IS NULL THEN 'unplaced' END,"
    " 'm' || community_id::text, 'g' || grid_id::text, 'b' || building_id::text, 'u' || unit_id::text,"
    " 'h' || handler_id::text] || joint::text[] || category_line"
)

FILL = """
UPDATE workorders_workorder AS o SET category_line = l.line
FROM (SELECT c.id, array_agg('c' || a.id ORDER BY length(a.code)) AS line
      FROM workorders_category c JOIN workorders_category a ON starts_with(c.code, a.code) GROUP BY c.id) AS l
WHERE l.id = o.category_id
"""


class Migration(migrations.Migration):
    dependencies = [("workorders", "0002_word_statistics")]

    operations = [
        migrations.AddField(
            model_name="workorder",
            name="category_line",
            field=ArrayField(base_field=models.TextField(), default=list, size=None),
        ),
        # a generated column cannot be altered: it is taken away and made again, and its index with it
        migrations.RemoveIndex(model_name="workorder", name="order_words"),
        migrations.RemoveField(model_name="workorder", name="facets"),
        # in between, when there is nothing to keep up with every row
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddField(
            model_name="workorder",
            name="facets",
            field=models.GeneratedField(
                expression=models.Func(
                    template=FACETS, output_field=ArrayField(base_field=models.TextField(), size=None)
                ),
                output_field=ArrayField(base_field=models.TextField(), size=None),
                db_persist=True,
            ),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=GinIndex(fields=["words", "facets"], name="order_words", fastupdate=False),
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(
                fields=["-opened_at", "-matter"], condition=models.Q(open=False), name="shut_newest"
            ),
        ),
        # the planner knows nothing of a column that is new
        migrations.RunSQL("ANALYZE workorders_workorder", migrations.RunSQL.noop),
    ]
