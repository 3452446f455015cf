"""The second lock on contact data: the account itself, and who holds a post in a unit that needs them."""

from django.db import migrations

from gongzhi.kit import locks

# The same people as the rule "contact" in the rooms: those who handle what their organisation was given.
_HOLDS = """
    account_id = {account}
    OR {service} IN ('news', 'notices', 'erasure')
    OR EXISTS (
        SELECT 1 FROM people_post post
        WHERE post.account_id = {account}
          AND post.organisation_id = ANY (held_by)
          AND post.role IN ('clerk', 'handler', 'unit_head', 'grid_leader', 'grid_member')
          AND post.starts_on <= current_date
          AND (post.ends_on IS NULL OR post.ends_on > current_date)
    )
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        locks.ProtectRows(
            "people_contact",
            locks.Policy("who_needs_it", using=_HOLDS, command="SELECT"),
            locks.Policy("who_needs_it_hands_on", using=_HOLDS, check="true", command="UPDATE"),
            locks.Policy("who_needs_it_forgets", using=_HOLDS, command="DELETE"),
            locks.Policy("anybody_leaves_theirs", check="true", command="INSERT"),
        ),
    ]
