"""The second lock on what was added, and where messages of before this version stand."""

from django.db import migrations

from gongzhi.kit import locks

_MINE = "account_id = {account} OR {service} = 'notices'"
_OWN_PAGE = "account_id = {account} AND channel = 'in_app'"


def _added(*policies: locks.Policy) -> migrations.RunSQL:
    return migrations.RunSQL(
        [policy.sql("notices_message") for policy in policies],
        [f'DROP POLICY "{policy.name}" ON "notices_message"' for policy in policies],
    )


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_channels")]

    operations = [
        migrations.RunSQL(
            [
                "SELECT set_config('gongzhi.service', 'notices', true)",
                "UPDATE notices_message SET state = CASE WHEN sent_at IS NULL THEN 'waiting' ELSE 'sent' END, "
                "next_at = CASE WHEN sent_at IS NULL THEN created_at END, "
                "expires_at = created_at + interval '2 days'",
                "SELECT set_config('gongzhi.service', '', true)",
            ],
            migrations.RunSQL.noop,
        ),
        _added(
            locks.Policy("own_page", using=_OWN_PAGE, command="SELECT"),
            locks.Policy("own_page_read", using=_OWN_PAGE, command="UPDATE"),
        ),
        locks.ProtectRows("notices_outlet", locks.Policy("own", using=_MINE)),
        locks.ProtectRows("notices_choice", locks.Policy("own", using=_MINE)),
        locks.ProtectRows("notices_hours", locks.Policy("own", using=_MINE)),
        locks.ProtectRows("notices_follow", locks.Policy("own", using=_MINE)),
        locks.ProtectRows("notices_stop", locks.Policy("sender", using="{service} = 'notices'")),
    ]
