"""A visitor with an old address gets a page in our own voice, at every size, and a way home."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize("size", ["phone", "laptop", "wall"])
def test_a_lost_visitor_finds_the_way_home(size: str, visit: Callable[..., Any], live_server: Any) -> None:
    page = visit(size)
    answer = page.goto(f"{live_server.url}/nowhere/")
    assert answer.status == 404
    assert page.get_by_text("没有找到您要的内容").first.is_visible()
    assert page.locator('a[href="/"]').first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
