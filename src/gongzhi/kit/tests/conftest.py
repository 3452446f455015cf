"""The kit's tests see a few addresses of their own instead of the house's."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client


@pytest.fixture
def door(settings: Any) -> Client:
    """A client of the kit's own little site; failures come back as answers."""
    settings.ROOT_URLCONF = "gongzhi.kit.tests.urls"
    settings.ACTOR_OF_REQUEST = "gongzhi.kit.tests.urls.actor_of"
    return Client(raise_request_exception=False)
