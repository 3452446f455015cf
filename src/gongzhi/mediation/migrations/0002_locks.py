"""The second lock on every table of this room, and the usual durations.

A case is seen by everybody who is or was in it; what is counted of it by its team and by the service that counts.
"""

from django.db import migrations

from gongzhi.kit import locks
from gongzhi.kit.locks import APP, Policy
from gongzhi.mediation.locks import KEEPER, seal
from gongzhi.mediation.terms import USUAL

_IN_CASE = "journal_reads(matter_id, NULL, NULL)"
_COUNTS = "{service} = 'figures' OR journal_in_team(case_id)"
SEALED = (
    "agreement", "clause", "confirmation", "consent", "guest", "member", "opinion", "particulars", "party", "signature",
    "sitting", "statement", "visit", "vote",
)  # fmt: skip


def _durations(apps, schema_editor):
    model = apps.get_model("mediation", "Duration")
    model.objects.using(schema_editor.connection.alias).bulk_create(
        [
            model(promise=promise, amount=amount, span=str(span), marks=list(marks), source=source)
            for promise, (amount, span, marks, source) in USUAL.items()
        ]
    )


class Migration(migrations.Migration):
    dependencies = [("mediation", "0001_initial"), ("people", "0006_looking_in"), ("matters", "0004_sealed")]

    operations = [
        *(seal(f"mediation_{table}") for table in SEALED),
        locks.ProtectRows(
            "mediation_case",
            Policy("those_in_it", using=_IN_CASE, to=APP),
            KEEPER,
        ),
        locks.ProtectRows("mediation_tally", Policy("team_and_figures", using=_COUNTS, to=APP), KEEPER),
        migrations.RunPython(_durations, migrations.RunPython.noop),
    ]
