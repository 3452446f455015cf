"""Guests of a sealed thread (any side but the team's and the parties') are seen by the parties, who may end their access."""

from django.db import migrations

from gongzhi.kit.locks import APP, Policy

_ME = "nullif(current_setting('gongzhi.account', true), '')::bigint"
_GUEST = "side NOT IN ('team', 'extraordinary') AND side NOT LIKE 'party:%' AND journal_reads(thread_id, ARRAY['all'], now())"
_SEEN = f"person_id = {_ME} OR journal_in_team(thread_id) OR {_GUEST}"
_ENDS = f"side <> 'extraordinary' AND (person_id = {_ME} OR journal_in_team(thread_id) OR {_GUEST})"


class Migration(migrations.Migration):
    dependencies = [("journal", "0009_one_index_each")]

    operations = [
        migrations.RunSQL(
            [
                "DROP POLICY own_and_teams ON journal_access",
                "DROP POLICY team_and_oneself_end ON journal_access",
                Policy("own_teams_and_guests", using=_SEEN, command="SELECT", to=APP).sql("journal_access"),
                Policy(
                    "team_oneself_and_guests_end",
                    using=_ENDS,
                    check=f"ends_at IS NOT NULL AND {_ENDS}",
                    command="UPDATE",
                    to=APP,
                ).sql("journal_access"),
            ],
            migrations.RunSQL.noop,
        )
    ]
