"""Contact data: a unit hands them back and loses sight of them; posts count by the town's own days."""

from django.db import migrations

from gongzhi.kit.locks import ACCOUNT, SERVICE, TODAY

_HOLDS = """
    account_id = {account}
    OR {service} IN ({services})
    OR EXISTS (
        SELECT 1 FROM people_post post
        WHERE post.account_id = {account}
          AND post.organisation_id = ANY (held_by)
          AND post.role IN ('clerk', 'handler', 'unit_head', 'grid_leader', 'grid_member')
          AND post.starts_on <= {today}
          AND (post.ends_on IS NULL OR post.ends_on > {today})
    )
"""


def _holds(services: str, today: str) -> str:
    return _HOLDS.format(account=ACCOUNT, service=SERVICE, services=services, today=today)


def _policies(using: str) -> list[str]:
    return [
        f'ALTER POLICY "{name}" ON "people_contact" USING ({using})'
        for name in ("who_needs_it", "who_needs_it_hands_on", "who_needs_it_forgets")
    ]


class Migration(migrations.Migration):
    dependencies = [("people", "0002_locks")]

    operations = [
        migrations.RunSQL(
            _policies(_holds("'news', 'notices', 'erasure', 'hand_over'", TODAY)),
            _policies(_holds("'news', 'notices', 'erasure'", "current_date")),
        ),
    ]
