"""Extraordinary access to a sealed thread: leaders and auditors in office, for themselves, with a reason, for half an hour."""

from django.conf import settings
from django.db import migrations

from gongzhi.kit.locks import ACCOUNT

_TODAY = f"(now() AT TIME ZONE '{settings.TIME_ZONE}')::date"
_POLICY = f"""
CREATE POLICY looks_in ON journal_access FOR INSERT TO "{settings.APP_ROLE}" WITH CHECK (
    side = 'extraordinary' AND person_id = {ACCOUNT} AND reason <> '' AND ends_at <= starts_at + interval '30 minutes'
    AND EXISTS (
        SELECT 1 FROM people_post post
        WHERE post.account_id = {ACCOUNT} AND post.role IN ('leader', 'auditor')
          AND post.starts_on <= {_TODAY} AND (post.ends_on IS NULL OR post.ends_on > {_TODAY})
    )
)
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0005_keys_used"), ("journal", "0008_sealed_locks")]

    operations = [migrations.RunSQL(_POLICY, "DROP POLICY looks_in ON journal_access")]
