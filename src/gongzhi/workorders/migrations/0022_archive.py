"""Closed years can be archived: they leave the indexes that every list and search reads, for indexes of their own.

Nothing is archived here. Finding what somebody reported gets an index, too: their data and its erasure read all orders.
"""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models
from django.db.models import Q

HOT, COLD = Q(archived=None), Q(archived__isnull=False)
AREAS = ("street", "community", "grid", "unit")


def index(name: str, fields: list[str], condition: Q) -> migrations.AddIndex:
    """An index of orders."""
    return migrations.AddIndex("workorder", models.Index(fields=fields, condition=condition, name=name))


class Migration(migrations.Migration):
    dependencies = [("workorders", "0021_gathered")]

    operations = [
        migrations.AddField("workorder", "archived", models.PositiveSmallIntegerField(null=True)),
        migrations.AddConstraint(
            "workorder",
            models.CheckConstraint(
                condition=Q(archived=None) | Q(open=False), name="open_orders_are_not_archived"
            ),
        ),
        *(migrations.RemoveIndex("workorder", name) for name in ("order_words", "shut_street", "shut_newest")),
        migrations.AddIndex(
            "workorder",
            GinIndex(fields=["words", "facets"], name="order_words", fastupdate=False, condition=HOT),
        ),
        migrations.AddIndex("workorder", GinIndex(fields=["words", "facets"], name="archived_words", condition=COLD)),
        index("shut_street", ["street", "-opened_at", "-matter"], Q(open=False, archived=None)),
        index("shut_newest", ["-opened_at", "-matter"], Q(open=False, archived=None)),
        *(index(f"listed_{area}", [area, "-opened_at", "-matter"], HOT) for area in AREAS),
        index("listed", ["-opened_at", "-matter"], HOT),
        index("archived_newest", ["archived", "-opened_at", "-matter"], COLD),
        *(index(f"archived_{area}", [area, "archived", "-opened_at", "-matter"], COLD) for area in AREAS),
        index("to_archive", ["closed_at", "matter"], Q(open=False, archived=None)),
        index("order_of_reporter", ["reporter"], Q(reporter__isnull=False)),
        migrations.RunSQL("ANALYZE workorders_workorder", migrations.RunSQL.noop),
    ]
