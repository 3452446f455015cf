"""The neighbours of a report from an index alone."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matters", "0001_initial"),
        ("people", "0003_hand_over"),
        ("territory", "0001_initial"),
        ("workorders", "0005_shut_street"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="workorder",
            name="near_grid",
        ),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(
                condition=models.Q(("open", True)),
                fields=["grid", "lon", "lat"],
                include=("opened_at", "state", "matter"),
                name="near_grid",
            ),
        ),
    ]
