"""Rows of sealed threads say which sides may read them."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('journal', '0006_books'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='blob',
            name='one_blob_per_digest',
        ),
        migrations.AddField(
            model_name='attachment',
            name='at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='attachment',
            name='sides',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, null=True, size=None),
        ),
        migrations.AddField(
            model_name='blob',
            name='at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='blob',
            name='sides',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, null=True, size=None),
        ),
        migrations.AddField(
            model_name='blob',
            name='thread',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='journal.thread'),
        ),
        migrations.AddField(
            model_name='entry',
            name='sides',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, null=True, size=None),
        ),
        migrations.AddIndex(
            model_name='access',
            index=models.Index(fields=['thread', 'person'], name='access_by_thread'),
        ),
        migrations.AddIndex(
            model_name='access',
            index=models.Index(fields=['person', 'thread'], name='access_by_person'),
        ),
        migrations.AddIndex(
            model_name='blob',
            index=models.Index(condition=models.Q(('thread__isnull', False)), fields=['thread'], name='blob_of_sealed_thread'),
        ),
        migrations.AddConstraint(
            model_name='access',
            constraint=models.UniqueConstraint(condition=models.Q(('ends_at', None)), fields=('thread', 'person', 'side'), name='one_open_access'),
        ),
        migrations.AddConstraint(
            model_name='access',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('side', 'extraordinary'), _negated=True), models.Q(('ends_at__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='extraordinary_access_ends_and_says_why'),
        ),
        migrations.AddConstraint(
            model_name='blob',
            constraint=models.UniqueConstraint(condition=models.Q(('thread', None)), fields=('digest',), name='one_open_blob_per_digest'),
        ),
        migrations.AddConstraint(
            model_name='blob',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('at', None), ('sides', None), ('thread', None)), models.Q(('at__isnull', False), ('sides__isnull', False), ('thread__isnull', False)), _connector='OR'), name='a_sealed_blob_says_whose'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(('sides', None), models.Q(('sides__contains', ['service']), _negated=True), ('text', ''), _connector='OR'), name='services_read_no_words'),
        ),
    ]
