"""Accounts of a town for show, offered at the staff's door so that a visitor can play every part. Development only.

The demo town, which stands above the counter, says which there are: ``offer(function)``, giving ``(login, part,
password)`` for each. Nothing is offered in production, whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.conf import settings

Accounts = Sequence[tuple[str, str, str]]
_offers: list[Callable[[], Accounts]] = []


def offer(accounts: Callable[[], Accounts]) -> None:
    """Show these accounts at the door; asked anew for every page."""
    if accounts not in _offers:
        _offers.append(accounts)


def accounts() -> list[dict[str, str]]:
    """The accounts on show, empty in production."""
    if not settings.DEVELOPMENT:
        return []
    return [
        {"login": login, "part": part, "password": password}
        for ask in _offers
        for login, part, password in ask()
    ]
