"""System checks of the kit. `manage.py check --database default` also asks the database about our role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from gongzhi.kit import roles


@register(Tags.database)
def the_application_role_is_harmless(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The application's role owns nothing and cannot step around row-level security."""
    from django.db import connections

    if not databases or "default" not in databases:
        return []
    return [
        Error(sentence, hint="See `python -m gongzhi.kit.roles`.", id="kit.E001")
        for sentence in roles.faults(connections["default"])
    ]
