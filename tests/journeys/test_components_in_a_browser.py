"""The components in a real browser: no serious finding of axe at any size or letter size, and the islands do their work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.seen import fits, grave

SHELLS = ("", "resident", "report", "matter", "staff", "workbench", "board", "signin", "refusal", "print")
Visit = Callable[..., Any]


def until(page: Any, expression: str, seconds: float = 20) -> None:
    """Wait for a JavaScript expression; playwright's own waiting needs eval, which the policy of the pages forbids."""
    for _ in range(int(seconds * 10)):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never became true: {expression}")


def open_kit(
    visit: Visit, live_server: Any, shell: str = "", size: str = "laptop", large: bool = False
) -> Any:
    page = visit(size)
    if large:
        page.context.add_cookies([{"name": "gz_type", "value": "large", "url": live_server.url}])
    page.goto(f"{live_server.url}/kit/" + (f"?shell={shell}" if shell else ""))
    return page


VIEWS = [
    *[(shell, "phone", True) for shell in SHELLS],
    *[(shell, "laptop", False) for shell in SHELLS],
    ("workbench", "phone", False),
    ("workbench", "laptop", True),
    ("board", "wall", False),
]


@pytest.mark.parametrize(("shell", "size", "large"), VIEWS)
def test_nothing_grave_and_nothing_sticks_out(
    visit: Visit, live_server: Any, shell: str, size: str, large: bool
) -> None:
    page = open_kit(visit, live_server, shell, size, large)
    page.wait_for_timeout(300)
    assert fits(page)
    assert grave(page) == []


def test_keys_walk_the_queue_press_steps_and_explain_themselves(visit: Visit, live_server: Any) -> None:
    page = open_kit(visit, live_server, "workbench")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator(".queue__item.is-cursor").count() == 1
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.press("j")
    assert page.input_value("#bar-search") == "j"
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    until(page, "document.activeElement.id === 'ask'")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    assert grave(page) == []
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0


def test_three_panes_become_three_swipes(visit: Visit, live_server: Any) -> None:
    page = open_kit(visit, live_server, "workbench", "phone")
    page.get_by_role("link", name="可做的事").click()
    until(page, "document.querySelector('[data-pane=steps]').hasAttribute('aria-current')")
    until(page, "Math.abs(document.getElementById('steps').getBoundingClientRect().x) <= 2")


def test_large_letters_are_remembered(visit: Visit, live_server: Any) -> None:
    page = open_kit(visit, live_server, "resident", "phone")
    page.get_by_role("button", name="大字").click()
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "21.6px"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.type") == "large"


def test_a_pin_is_put_by_moving_the_map(visit: Visit, live_server: Any) -> None:
    page = open_kit(visit, live_server, "report", "phone")
    page.locator("[data-map]").scroll_into_view_if_needed()
    page.wait_for_selector("[data-map][data-ready]", timeout=30_000)
    assert page.input_value("#id_lon") == ""
    page.locator("[data-map] canvas").focus()
    page.keyboard.press("ArrowLeft")
    until(page, "document.getElementById('id_lon').value !== ''")
    assert 113 < float(page.input_value("#id_lon")) < 114
    assert "图钉在" in page.locator("[data-map-says]").inner_text()


def test_my_place_moves_the_pin(visit: Visit, live_server: Any) -> None:
    page = visit("phone", geolocation={"longitude": 113.523, "latitude": 22.231}, permissions=["geolocation"])
    page.goto(f"{live_server.url}/kit/?shell=report")
    page.locator("[data-map]").scroll_into_view_if_needed()
    page.wait_for_selector("[data-map][data-ready]", timeout=30_000)
    page.get_by_role("button", name="用我的位置").click()
    until(page, "Math.abs(Number(document.getElementById('id_lon').value) - 113.523) < 0.0005")


def test_a_map_has_a_list_of_the_same_things(visit: Visit, live_server: Any) -> None:
    page = open_kit(visit, live_server)
    page.locator("[data-map-twin]").scroll_into_view_if_needed()
    until(page, "document.querySelector('[data-map-count]').textContent.includes('60')")
    page.locator("[data-map-twin] summary").click()
    until(page, "document.querySelectorAll('[data-map-twin] li').length === 60")


def test_words_stay_on_the_device_until_sent(visit: Visit, live_server: Any) -> None:
    page = open_kit(visit, live_server, "report", "phone")
    page.fill("#id_text", "楼下的路灯不亮")
    assert "还可以写 493 字" in page.inner_text("#id_text_count")
    page.wait_for_timeout(700)
    page.reload()
    assert page.input_value("#id_text") == "楼下的路灯不亮"


def test_photos_are_shown_made_smaller_and_removed(visit: Visit, live_server: Any, tmp_path: Path) -> None:
    from PIL import Image

    big = tmp_path / "big.jpg"
    Image.effect_noise((2600, 1900), 80).convert("RGB").save(big, quality=92)
    page = open_kit(visit, live_server, "report", "phone")
    page.set_input_files("#id_photos", str(big))
    page.wait_for_selector(".photos-in__one img")
    longest = page.evaluate(
        "async () => { const b = await createImageBitmap(document.getElementById('id_photos').files[0]);"
        " return Math.max(b.width, b.height) }"
    )
    assert longest == 1600
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff" + bytes(200))
    page.set_input_files("#id_photos", str(broken))
    page.get_by_text("“broken.jpg”不是可以识别的照片").wait_for()
    kept = page.evaluate("[...document.getElementById('id_photos').files].map((file) => file.name)")
    assert kept == ["big.jpg"]
    page.get_by_role("button", name="去掉这张照片 1").click()
    assert page.evaluate("document.getElementById('id_photos').files.length") == 0


def test_a_photo_opens_over_the_page_and_closes(visit: Visit, live_server: Any) -> None:
    page = open_kit(visit, live_server, "workbench")
    page.locator("[data-photo]").first.click()
    page.keyboard.press("ArrowRight")
    assert "处理后" in page.get_by_role("dialog").inner_text()
    assert grave(page) == []
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0


def test_charts_are_drawn_with_their_table_behind(visit: Visit, live_server: Any) -> None:
    page = open_kit(visit, live_server)
    page.locator("[data-chart=line-spec]").scroll_into_view_if_needed()
    page.wait_for_selector("[data-chart=line-spec] canvas")
    assert not page.locator("[data-chart=line-spec] table").is_visible()
    page.locator("[data-chart=line-spec] summary").click()
    assert page.locator("[data-chart=line-spec] tbody tr").count() == 14
