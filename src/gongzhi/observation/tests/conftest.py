"""The street of this room, and noon in it."""

from __future__ import annotations

from typing import Any

import pytest

from gongzhi.kit.clock import StoppedClock, stopped
from gongzhi.observation.tests.scene import LOOKED, looked_at
from tests.cast import Cast


@pytest.fixture
def noon() -> Any:
    """The clock, stopped at the moment of looking."""
    with stopped(LOOKED) as handle:
        yield handle


@pytest.fixture
def cast(db: None, noon: StoppedClock) -> Cast:
    """The neighbourhood with seven orders, and overseers of the district and of a community."""
    return looked_at()
