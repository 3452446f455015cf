"""The second lock on the outbox: only the service that sends may see addresses and bodies."""

from django.db import migrations

from gongzhi.kit import locks


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]

    operations = [
        locks.ProtectRows(
            "notices_message",
            locks.Policy("sender", using="{service} = 'notices'", command="SELECT"),
            locks.Policy("sender_marks", using="{service} = 'notices'", command="UPDATE"),
            locks.Policy("sender_forgets", using="{service} = 'notices'", command="DELETE"),
            locks.Policy("anybody_writes", check="true", command="INSERT"),
        ),
    ]
