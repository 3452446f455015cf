"""Enters the first version of the formula."""

from datetime import UTC, date, datetime

from django.db import migrations

from gongzhi.evaluation.seeds import FIRST, NAME, NOTE


def enter(apps, schema_editor):
    apps.get_model("evaluation", "Formula").objects.using(schema_editor.connection.alias).create(
        version=1, name=NAME, note=NOTE, told=_whole(), made_at=datetime(2000, 1, 1, tzinfo=UTC), starts_on=date(2000, 1, 1)
    )


def _whole():
    from civics.standing import Formula

    return Formula.read(FIRST).told()


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0001_initial")]
    operations = [migrations.RunPython(enter, migrations.RunPython.noop)]
