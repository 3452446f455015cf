"""Docket numbers, days of signatures, and until when a case is kept."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mediation', '0002_locks'),
        ('people', '0007_mediators'),
        ('territory', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Series',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('last', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.RemoveIndex(
            model_name='case',
            name='case_to_forget',
        ),
        migrations.AddField(
            model_name='signature',
            name='signed_on',
            field=models.DateField(default='2026-11-22'), preserve_default=False,
        ),
        migrations.AddField(
            model_name='tally',
            name='forgotten_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='tally',
            name='keep_until',
            field=models.DateField(null=True),
        ),
        migrations.AddIndex(
            model_name='tally',
            index=models.Index(condition=models.Q(('forgotten_at', None), ('keep_until__isnull', False)), fields=['keep_until'], name='tally_to_forget'),
        ),
        migrations.AddField(
            model_name='series',
            name='committee',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation'),
        ),
        migrations.AddConstraint(
            model_name='series',
            constraint=models.UniqueConstraint(fields=('committee', 'year'), name='one_series_a_year'),
        ),
    ]
