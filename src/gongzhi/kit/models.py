"""What the kit keeps: revision stamps of small tables, and throttle counters."""

from django.db import models


class Revision(models.Model):
    """A stamp per small table; a new stamp tells every process that its copy is old (see `kit.revision`)."""

    name = models.CharField(max_length=80, primary_key=True)
    stamp = models.BigIntegerField()

    class Meta:
        db_table = "kit_revision"


class Throttle(models.Model):
    """When a key is free again. An unlogged table: after a crash every key is simply free."""

    key = models.BinaryField(primary_key=True)
    free_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "kit_throttle"
