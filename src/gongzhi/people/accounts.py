"""Who a session belongs to: the account with the posts it holds today, in one prepared statement.

Passwords are checked by Django's own backend, of which this is one.
"""

from __future__ import annotations

from functools import lru_cache

from django.contrib.auth.backends import ModelBackend
from django.db import DEFAULT_DB_ALIAS

from gongzhi.kit import clock
from gongzhi.kit.db.prepared import fetch
from gongzhi.people.models import Account


@lru_cache(maxsize=1)
def _statement() -> tuple[str, list[str]]:
    """(SQL, the account's fields in its order); behind them stand the posts as lists in the order of ``PostHeld``."""
    fields = Account._meta.concrete_fields
    columns = ", ".join(f'a."{field.column}"' for field in fields)
    sql = f"""
        SELECT {columns}, (
            SELECT coalesce(json_agg(json_build_array(p.role, p.division_id, coalesce(d.path, ''), p.organisation_id,
                                                      coalesce(o.name, ''), coalesce(d.name, '')) ORDER BY p.id), '[]')
            FROM people_post p LEFT JOIN territory_division d ON d.id = p.division_id
            LEFT JOIN people_organisation o ON o.id = p.organisation_id
            WHERE p.account_id = a.id AND p.starts_on <= $2 AND (p.ends_on IS NULL OR p.ends_on > $2))
        FROM people_account a WHERE a.id = $1"""
    return sql, [field.attname for field in fields]


class AccountBackend(ModelBackend):
    """Sign-in by login and password; ``get_user`` brings the posts along in ``posts_today``."""

    def get_user(self, user_id: int) -> Account | None:
        """The account of a session, None when it is gone or may no longer sign in."""
        sql, names = _statement()
        rows = fetch(sql, [user_id, clock.today()])
        if not rows:
            return None
        account = Account.from_db(DEFAULT_DB_ALIAS, names, rows[0][:-1])
        account.__dict__["posts_today"] = rows[0][-1]
        return account if self.user_can_authenticate(account) else None
