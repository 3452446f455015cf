"""The cast of the neighbourhood."""

from __future__ import annotations

import pytest

from tests.cast import Cast, settle


@pytest.fixture
def cast(db: None) -> Cast:
    """The neighbourhood, settled."""
    return settle()
