"""The room, furnished."""

from __future__ import annotations

import pytest

from gongzhi.mediation.tests.scene import Room, furnished


@pytest.fixture
def room(transactional_db: None) -> Room:
    """A committee, its people, two neighbours. Committed, so that raw connections see it."""
    return furnished()
