"""Clerks read letters by the town's own day: `current_date` was the connection's, eight hours late in China."""

from django.db import migrations

from gongzhi.kit.locks import ACCOUNT, TODAY

_CLERKS = """
    EXISTS (
        SELECT 1 FROM people_post post JOIN territory_division area ON area.id = post.division_id
        JOIN territory_division street ON street.id = street_id
        WHERE post.account_id = {account} AND post.role = 'clerk' AND starts_with(street.path, area.path)
          AND post.starts_on <= {today} AND (post.ends_on IS NULL OR post.ends_on > {today})
    )
"""


def _policies(today: str) -> list[str]:
    using = _CLERKS.format(account=ACCOUNT, today=today)
    return [
        f'ALTER POLICY "{name}" ON "workorders_letterin" USING ({using})'
        for name in ("clerks_read", "clerks_decide")
    ]


class Migration(migrations.Migration):
    dependencies = [("workorders", "0019_hooks")]

    operations = [migrations.RunSQL(_policies(TODAY), _policies("current_date"))]
