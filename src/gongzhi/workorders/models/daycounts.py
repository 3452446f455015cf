"""The orders of each local day, counted: what boards, maps, briefs and reports add up instead of reading the orders.

Not here: how they are kept (migration 0026, ``actions.folding``) and read (``figures.days``).
"""

from __future__ import annotations

from django.db import models


class DayCount(models.Model):
    """So many orders (``n``) that count alike: of one local day, in one street.

    ``base`` is the moment that put them on this day: ``opened``, ``due`` (the promise to answer) or ``closed``; ``day`` is its
    local midnight. ``book`` says which columns tell them apart (``figures.days.BOOKS``); what another book tells is empty
    here. A row without a book is news: what one change has added (1) or taken away (-1), with all columns. A book and the
    news together are what the orders are, at every moment; the database writes the news with the change itself.

    The columns are named as those of the order and hold the same, rounded so far that no figure changes: ``unit_id`` of what
    was promised is the unit that had the order then, ``kept_at`` is exact where it was late, else the day; ``satisfied``
    is 5 from 4 on, else 1; ``state`` stands only where a figure asks for it.
    """

    book = models.CharField(max_length=8, blank=True)
    base = models.CharField(max_length=6)
    day = models.DateTimeField()
    street_id = models.BigIntegerField()
    community_id = models.BigIntegerField(null=True)
    grid_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField(null=True)
    category_id = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=8, blank=True)
    appeal = models.CharField(max_length=12, blank=True)
    urgent = models.BooleanField(default=False)
    reopened = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=20, blank=True)
    stood_still = models.BooleanField(default=False)
    kept_at = models.DateTimeField(null=True)
    solved = models.BooleanField(null=True)
    satisfied = models.PositiveSmallIntegerField(null=True)
    n = models.IntegerField()

    class Meta:
        indexes = [
            # The days of a street in one book, beside the news of them.
            models.Index(fields=["base", "book", "street_id", "day"], name="counts_of_days"),
        ]
