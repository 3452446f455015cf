"""Requests and their ledgers, supervision, counter-signatures, outside bodies, return visits."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('matters', '0002_operations'),
        ('people', '0003_hand_over'),
        ('territory', '0001_initial'),
        ('workorders', '0003_category_line'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Cap',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('return', '退单'), ('extend', '延期'), ('suspend', '挂账'), ('void', '作废')], max_length=10)),
                ('percent', models.PositiveSmallIntegerField()),
                ('window_days', models.PositiveSmallIntegerField(default=30)),
            ],
        ),
        migrations.CreateModel(
            name='Outside',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('body', models.CharField(max_length=60)),
                ('key_digest', models.BinaryField(max_length=32, unique=True)),
                ('words', models.TextField()),
                ('place', models.CharField(blank=True, max_length=200)),
                ('asked_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('recalled_at', models.DateTimeField(null=True)),
                ('declined', models.BooleanField(default=False)),
                ('text', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='Request',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('return', '退单'), ('extend', '延期'), ('suspend', '挂账'), ('void', '作废')], max_length=10)),
                ('asked_at', models.DateTimeField()),
                ('reason', models.TextField()),
                ('until', models.DateTimeField(null=True)),
                ('state', models.CharField(choices=[('pending', '待审批'), ('granted', '已同意'), ('refused', '未同意'), ('withdrawn', '已撤回'), ('overtaken', '不再需要')], default='pending', max_length=10)),
                ('decided_at', models.DateTimeField(null=True)),
                ('words', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='SignOff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(null=True)),
                ('signed_at', models.DateTimeField(null=True)),
                ('text', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField()),
                ('at', models.DateTimeField()),
                ('reached', models.BooleanField()),
                ('solved', models.BooleanField(null=True)),
                ('satisfied', models.PositiveSmallIntegerField(null=True)),
                ('text', models.TextField(blank=True)),
            ],
        ),
        # a generated column cannot be altered: it is taken away and made again, and its index with it
        migrations.RemoveIndex(
            model_name='workorder',
            name='order_words',
        ),
        migrations.RemoveField(
            model_name='workorder',
            name='facets',
        ),
        migrations.RemoveIndex(
            model_name='workorder',
            name='queue_street',
        ),
        migrations.RemoveIndex(
            model_name='workorder',
            name='queue_community',
        ),
        migrations.RemoveIndex(
            model_name='workorder',
            name='queue_grid',
        ),
        migrations.RemoveIndex(
            model_name='workorder',
            name='queue_unit',
        ),
        migrations.AddField(
            model_name='rating',
            name='by_visit',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='workorder',
            name='asked',
            field=models.CharField(blank=True, choices=[('return', '退单'), ('extend', '延期'), ('suspend', '挂账'), ('void', '作废')], default='', max_length=10),
        ),
        migrations.AddField(
            model_name='workorder',
            name='supervised',
            field=models.CharField(blank=True, choices=[('yellow', '黄色督办'), ('orange', '橙色督办'), ('red', '红色督办')], default='', max_length=6),
        ),
        migrations.AddField(
            model_name='workorder',
            name='urged',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        # the one rewrite of the table: it brings back every index that does not name the column
        migrations.AddField(
            model_name='workorder',
            name='facets',
            field=models.GeneratedField(db_persist=True, expression=models.Func(output_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None), template="ARRAY[appeal::text, channel::text, state::text, CASE WHEN open THEN 'open' ELSE 'shut' END, CASE WHEN urgent THEN 'urgent' END, CASE WHEN community_id IS NULL THEN 'unplaced' END, 'm' || community_id::text, 'g' || grid_id::text, 'b' || building_id::text, 'u' || unit_id::text, 'h' || handler_id::text, CASE WHEN asked <> '' THEN 'asked' END, CASE WHEN asked <> '' THEN 'ask:' || asked END, CASE WHEN supervised <> '' THEN 'supervised' END, CASE WHEN supervised <> '' THEN 'sup:' || supervised END, CASE WHEN urged > 0 THEN 'urged' END] || joint::text[] || category_line"), output_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
        ),
        migrations.AddIndex(
            model_name='workorder',
            index=django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['words', 'facets'], name='order_words'),
        ),
        migrations.AddIndex(
            model_name='workorder',
            index=models.Index(condition=models.Q(('open', True)), fields=['street', 'next_due_at', 'matter'], include=('state', 'asked', 'supervised', 'community'), name='queue_street'),
        ),
        migrations.AddIndex(
            model_name='workorder',
            index=models.Index(condition=models.Q(('open', True)), fields=['community', 'next_due_at', 'matter'], include=('state', 'asked', 'supervised'), name='queue_community'),
        ),
        migrations.AddIndex(
            model_name='workorder',
            index=models.Index(condition=models.Q(('open', True)), fields=['grid', 'next_due_at', 'matter'], include=('state', 'asked', 'supervised', 'community'), name='queue_grid'),
        ),
        migrations.AddIndex(
            model_name='workorder',
            index=models.Index(condition=models.Q(('open', True)), fields=['unit', 'next_due_at', 'matter'], include=('state', 'asked', 'supervised', 'community'), name='queue_unit'),
        ),
        migrations.AddField(
            model_name='cap',
            name='unit',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.organisation'),
        ),
        migrations.AddField(
            model_name='outside',
            name='asked_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='outside',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='outsides', to='workorders.workorder'),
        ),
        migrations.AddField(
            model_name='request',
            name='asked_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='request',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='request',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='requests', to='workorders.workorder'),
        ),
        migrations.AddField(
            model_name='request',
            name='unit',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation'),
        ),
        migrations.AddField(
            model_name='signoff',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sign_offs', to='workorders.workorder'),
        ),
        migrations.AddField(
            model_name='signoff',
            name='signed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='signoff',
            name='unit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation'),
        ),
        migrations.AddField(
            model_name='visit',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='visit',
            name='order',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='visits', to='workorders.workorder'),
        ),
        migrations.AddConstraint(
            model_name='cap',
            constraint=models.UniqueConstraint(fields=('kind', 'unit'), name='one_cap_per_unit', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='cap',
            constraint=models.CheckConstraint(condition=models.Q(('percent__lte', 100), ('window_days__gte', 1)), name='a_cap_is_a_share_of_some_days'),
        ),
        migrations.AddConstraint(
            model_name='outside',
            constraint=models.UniqueConstraint(condition=models.Q(('answered_at', None), ('recalled_at', None)), fields=('order',), name='one_outside_body_at_a_time'),
        ),
        migrations.AddIndex(
            model_name='request',
            index=models.Index(fields=['kind', '-asked_at'], name='ledger_by_kind'),
        ),
        migrations.AddIndex(
            model_name='request',
            index=models.Index(fields=['unit', 'kind', '-asked_at'], name='ledger_of_unit'),
        ),
        migrations.AddConstraint(
            model_name='request',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'pending')), fields=('order',), name='one_pending_request'),
        ),
        migrations.AddConstraint(
            model_name='request',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('state', 'pending')), ('decided_at__isnull', False), _connector='OR'), name='a_decision_has_its_moment'),
        ),
        migrations.AddConstraint(
            model_name='signoff',
            constraint=models.UniqueConstraint(fields=('order', 'unit'), name='one_sign_off_per_unit'),
        ),
        migrations.AddIndex(
            model_name='visit',
            index=models.Index(fields=['order', '-at'], name='visits_of_order'),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.CheckConstraint(condition=models.Q(('satisfied', None), models.Q(('satisfied__gte', 1), ('satisfied__lte', 5)), _connector='OR'), name='visit_1_to_5'),
        ),
        # the planner knows nothing of a new column until somebody looks
        migrations.RunSQL('ANALYZE workorders_workorder', migrations.RunSQL.noop),
    ]
