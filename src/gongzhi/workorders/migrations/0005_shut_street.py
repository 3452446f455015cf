"""What is closed in a street, newest first, without reading through what is open."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matters", "0001_initial"),
        ("people", "0003_hand_over"),
        ("territory", "0001_initial"),
        ("workorders", "0004_every_facet"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(
                condition=models.Q(("open", False)),
                fields=["street", "-opened_at", "-matter"],
                name="shut_street",
            ),
        ),
    ]
