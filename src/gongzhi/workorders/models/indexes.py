"""The indexes of work orders, each with the query it serves.

What is archived (``archived`` names its year) has indexes of its own: those of every day's lists and searches hold what is
not, so that they do not grow with the years. What counts past months reads indexes that hold both.
"""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

INDEXES = [
    # Search: all bigrams of the query must be there, and all facets of the filters.
    # Archived years have one of their own, so that this one does not grow with the years.
    GinIndex(fields=["words", "facets"], name="order_words", fastupdate=False, condition=Q(archived=None)),
    GinIndex(fields=["words", "facets"], name="archived_words", condition=Q(archived__isnull=False)),
    # Queues sorted by the nearest promise, and what a workbench counts of them without opening the rows.
    *(
        models.Index(
            fields=[area, "next_due_at", "matter"],
            include=["state", "asked", "supervised"] + (["community"] if area != "community" else []),
            condition=Q(open=True),
            name=f"queue_{area}",
        )
        for area in ("street", "community", "grid", "unit")
    ),
    # The same by age: the oldest open order would otherwise be looked for among all that are closed. What is late is told
    # from the index, without opening the rows of a street that is late with half of them.
    *(
        models.Index(
            fields=[area, "-opened_at", "-matter"],
            include=["next_due_at"],
            condition=Q(open=True),
            name=f"aged_{area}",
        )
        for area in ("street", "community", "grid", "unit")
    ),
    # The list of return visits, which is short.
    models.Index(fields=["street", "-opened_at"], condition=Q(to_visit=True), name="visits_to_pay"),
    # What is closed, newest first: the newest of a street are open, and would all be read through.
    models.Index(
        fields=["street", "-opened_at", "-matter"],
        condition=Q(open=False, archived=None),
        name="shut_street",
    ),
    # The same for what a unit shares with others: no index has that in order, but much of the newest is theirs.
    models.Index(
        fields=["-opened_at", "-matter"], condition=Q(open=False, archived=None), name="shut_newest"
    ),
    # What is urgent among all that a unit ever had: a twentieth of it, of all years.
    models.Index(
        fields=["unit", "-opened_at", "-matter"], condition=Q(urgent=True, archived=None), name="urgent_unit"
    ),
    # What was promised for a span, and what was closed in one: boards, briefs and evaluations count these
    # without opening a row.
    *(
        models.Index(
            fields=[area, "promised_at"],
            include=["kept_at", "owed_by", "state", "stood_still", "urgent"],
            condition=Q(promised_at__isnull=False),
            name=f"promised_{area}",
        )
        for area in ("street", "community")
    ),
    *(
        models.Index(
            fields=[area, "closed_at"],
            include=["state", "solved", "satisfied", "matter"],
            condition=Q(closed_at__isnull=False),
            name=f"closed_{area}",
        )
        for area in ("street", "community")
    ),
    # Open orders around a point: the neighbours of a new report.
    models.Index(
        fields=["grid", "lon", "lat"],
        include=["opened_at", "state", "matter"],
        condition=Q(open=True),
        name="near_grid",
    ),
    # What one partner has filed by Open311, newest first.
    models.Index(
        fields=["source", "-opened_at", "-matter"],
        condition=Q(channel="open311"),
        name="newest_open311",
    ),
    # What came in during a span, of any age: numbers of past months stay what they were.
    models.Index(fields=["-opened_at", "-matter"], name="newest"),
    *(
        models.Index(fields=[area, "-opened_at", "-matter"], name=f"newest_{area}")
        for area in ("street", "community", "grid", "unit")
    ),
    # Lists newest or oldest first, for each kind of queue, without the archived years; and each archived year.
    *(
        models.Index(
            fields=[area, "-opened_at", "-matter"], condition=Q(archived=None), name=f"listed_{area}"
        )
        for area in ("street", "community", "grid", "unit")
    ),
    models.Index(fields=["-opened_at", "-matter"], condition=Q(archived=None), name="listed"),
    models.Index(
        fields=["archived", "-opened_at", "-matter"],
        condition=Q(archived__isnull=False),
        name="archived_newest",
    ),
    *(
        models.Index(
            fields=[area, "archived", "-opened_at", "-matter"],
            condition=Q(archived__isnull=False),
            name=f"archived_{area}",
        )
        for area in ("street", "community", "grid", "unit")
    ),
    # What can be archived: closed, and not archived yet.
    models.Index(fields=["closed_at", "matter"], condition=Q(open=False, archived=None), name="to_archive"),
    # What somebody reported: their data, and its erasure.
    models.Index(fields=["reporter"], condition=Q(reporter__isnull=False), name="order_of_reporter"),
]
