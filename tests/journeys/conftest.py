"""Journeys through a real browser, at phone, laptop and wall size. Offline: only 127.0.0.1 can be reached.

    def test_a_resident_reports(visit, live_server):
        page = visit("phone")
        page.goto(live_server.url)

`visit(size, **options)` opens a page in a browser context of its own (another person at another device). A journey
fails when a page asked for anything beyond this machine, raised an error in its script, or broke the content policy.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

#: Width and height in CSS pixels.
SIZES = {"phone": (390, 844), "laptop": (1280, 800), "wall": (1920, 1080)}
HERE = ("127.0.0.1", "localhost", "")

# playwright's synchronous interface runs an event loop in this thread, and Django would refuse the database beside it
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def _executable() -> str | None:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    return None


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One headless Chromium for the whole run; absent, journeys are skipped, and with CI=true they fail."""
    executable = _executable()
    if executable is None:
        sentence = "NO BROWSER: install the Debian packages chromium and fonts-noto-cjk"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    from playwright.sync_api import sync_playwright

    arguments = [
        "--disable-gpu",
        "--disable-background-networking",
        "--use-gl=angle",
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
    ]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """`visit("phone" | "laptop" | "wall", **context options)` → a playwright page."""
    contexts: list[Any] = []
    trouble: list[str] = []

    def gate(route: Any) -> None:
        if urlsplit(route.request.url).hostname in HERE:
            route.continue_()
        else:
            trouble.append(f"asked for {route.request.url}")
            route.abort()

    def heard(message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            trouble.append(message.text)

    def open_page(size: str = "phone", **options: Any) -> Any:
        width, height = SIZES[size]
        given = {
            "viewport": {"width": width, "height": height},
            "locale": "zh-CN",
            "timezone_id": "Asia/Shanghai",
            "has_touch": size == "phone",
            **options,
        }
        context = browser.new_context(**given)
        context.set_default_timeout(15_000)
        context.route("http*://**/*", gate)
        page = context.new_page()
        page.on("pageerror", lambda fault: trouble.append(f"script error: {fault}"))
        page.on("console", heard)
        contexts.append(context)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert trouble == []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever opens a browser carries the mark `browser`."""
    for item in items:
        if "visit" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
