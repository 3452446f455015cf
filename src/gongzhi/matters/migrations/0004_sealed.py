"""Links to sealed matters say which sides may read them; a sealed matter has no parties on the shared table."""

import django.contrib.postgres.fields
from django.db import migrations, models

from gongzhi.kit import locks
from gongzhi.kit.locks import APP, OWNER, Policy

_ANY = "journal_reads(origin_id, sides, since) OR journal_reads(target_id, sides, since)"
_OPEN = "NOT EXISTS (SELECT 1 FROM journal_thread t WHERE t.id IN (origin_id, target_id) AND t.sealed)"
_IS_KEEPER = "current_setting('gongzhi.service', true) = 'keeper'"


class Migration(migrations.Migration):

    dependencies = [
        ('matters', '0003_due_by_promise'),
        ('journal', '0008_sealed_locks'),
    ]

    operations = [
        migrations.AddField(
            model_name='link',
            name='sides',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, null=True, size=None),
        ),
        locks.ProtectRows(
            "matters_link",
            Policy(
                "open_or_theirs",
                using=f"sides IS NULL OR {_ANY}",
                check=f"(sides IS NULL AND {_OPEN}) OR sides IS NOT NULL AND ({_ANY})",
                to=APP,
            ),
            Policy("owner", using=f"sides IS NULL OR {_IS_KEEPER}", to=OWNER),
        ),
        locks.ProtectRows(
            "matters_party",
            Policy("anybody", using="true", command="SELECT", to=APP),
            Policy("changes", using="true", command="UPDATE", to=APP),
            Policy("goes", using="true", command="DELETE", to=APP),
            Policy(
                "of_open_matters_only",
                check="NOT EXISTS (SELECT 1 FROM journal_thread t WHERE t.id = matter_id AND t.sealed)",
                command="INSERT",
                to=APP,
            ),
            Policy("owner", using="true", to=OWNER),
        ),
    ]
