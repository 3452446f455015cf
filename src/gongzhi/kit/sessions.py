"""Where sessions are kept: Django's table, by statements that PostgreSQL has prepared.

A view that has written into its session may call :func:`keep` as its last act: the session is then written in the
view's own transaction, with what the view has done, and the middleware finds nothing more to write. What is never
changed is never written.
"""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, CreateError, UpdateError
from django.http import HttpRequest
from django.utils.crypto import get_random_string

from gongzhi.kit.db.prepared import change, fetch


class SessionStore(db.SessionStore):
    """Django's session in the database. A session that has gone raises UpdateError when it is written, as there."""

    _written: bytes | None = None

    def load(self) -> dict[str, Any]:
        """What is kept under this key; of an unknown or expired one nothing, and the key is given up."""
        rows = fetch(
            "SELECT session_data FROM django_session WHERE session_key = $1 AND expire_date > now()",
            [self.session_key],
        )
        if not rows:
            self._session_key = None  # type: ignore[attr-defined]
            return {}
        return self.decode(rows[0][0])

    def save(self, must_create: bool = False) -> None:
        """Write it, unless this very content has just been written."""
        content = self.serializer().dumps(self._get_session(no_load=must_create))  # type: ignore[attr-defined]
        if self.session_key is None:
            self.create()
        elif must_create:
            row = self.create_model_instance(self._get_session(no_load=True))  # type: ignore[attr-defined]
            if not change(
                "INSERT INTO django_session (session_key, session_data, expire_date) VALUES ($1, $2, $3) "
                "ON CONFLICT (session_key) DO NOTHING",
                [row.session_key, row.session_data, row.expire_date],
            ):
                raise CreateError
        elif content != self._written:
            row = self.create_model_instance(self._get_session())  # type: ignore[attr-defined]
            if not change(
                "UPDATE django_session SET session_data = $1, expire_date = $2 WHERE session_key = $3",
                [row.session_data, row.expire_date, row.session_key],
            ):
                raise UpdateError
        self._written = content

    def _get_new_session_key(self) -> str:
        """A key that nobody has: 165 random bits. Django asks the table first; here the insert itself would tell."""
        return get_random_string(32, VALID_KEY_CHARS)


def keep(request: HttpRequest) -> None:
    """Write the session now, in the caller's transaction. A session that has gone is left to the middleware to tell."""
    try:
        request.session.save()
    except UpdateError:
        request.session.modified = True
