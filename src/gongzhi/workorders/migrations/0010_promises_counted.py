"""What is counted of the promise to answer stands in the order's own row; rows that are there get it from the record."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FILL = """
UPDATE workorders_workorder SET promised_at = answer_due_at, owed_by_id = unit_id,
       kept_at = CASE WHEN answer_due_at IS NOT NULL THEN coalesce(answered_at, closed_at) END
WHERE history AND answer_due_at IS NOT NULL;
UPDATE workorders_workorder o SET promised_at = d.due_at, kept_at = d.met_at,
       stood_still = coalesce(d.paused_at <= d.due_at, false),
       owed_by_id = (SELECT (e.detail ->> 'unit_id')::bigint FROM journal_entry e
                     WHERE e.thread_id = o.matter_id AND e.at <= least(d.due_at, d.met_at) AND e.verb IN
                     ('workorders.dispatch', 'workorders.redispatch', 'workorders.grant_return', 'workorders.restore')
                     ORDER BY e.position DESC LIMIT 1)
FROM matters_deadline d
WHERE d.matter_id = o.matter_id AND d.promise = 'answer' AND d.cancelled_at IS NULL AND NOT o.history;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('matters', '0003_due_by_promise'),
        ('people', '0004_lines'),
        ('territory', '0001_initial'),
        ('workorders', '0009_taken_messages'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='workorder',
            name='past_by_due',
        ),
        migrations.AddField(
            model_name='workorder',
            name='kept_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='workorder',
            name='owed_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation'),
        ),
        migrations.AddField(
            model_name='workorder',
            name='promised_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='workorder',
            name='stood_still',
            field=models.BooleanField(default=False),
        ),
        # the foreign keys of the filled rows are checked at once: indexes are made behind them
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name='workorder',
            index=models.Index(condition=models.Q(('promised_at__isnull', False)), fields=['street', 'promised_at'], include=('kept_at', 'owed_by', 'state', 'stood_still', 'urgent'), name='promised_street'),
        ),
        migrations.AddIndex(
            model_name='workorder',
            index=models.Index(condition=models.Q(('promised_at__isnull', False)), fields=['community', 'promised_at'], include=('kept_at', 'owed_by', 'state', 'stood_still', 'urgent'), name='promised_community'),
        ),
        migrations.AddIndex(
            model_name='workorder',
            index=models.Index(condition=models.Q(('closed_at__isnull', False)), fields=['street', 'closed_at'], include=('state', 'solved', 'satisfied', 'matter'), name='closed_street'),
        ),
        migrations.AddIndex(
            model_name='workorder',
            index=models.Index(condition=models.Q(('closed_at__isnull', False)), fields=['community', 'closed_at'], include=('state', 'solved', 'satisfied', 'matter'), name='closed_community'),
        ),
    ]
