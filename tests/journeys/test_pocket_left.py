"""Who has left the pocket has left it: an answer that comes late, to whichever page, writes nothing on the device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.workorders.actions import reporting, verifying
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import WorkOrder
from tests.cast import IN_GRID_1, LONG_BEFORE, Cast, settle
from tests.journeys.test_pocket import kept, opened, session, until, write_report

Visit = Callable[..., Any]
pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def town() -> Cast:
    return settle(LONG_BEFORE)


def marks(page: Any) -> set[str]:
    """The names of what the device has noted about whose it is."""
    return set(
        page.evaluate(
            """async () => {
              if (!(await indexedDB.databases()).some((one) => one.name === 'gongzhi-pocket')) return [];
              const db = await new Promise((done) => { const asked = indexedDB.open('gongzhi-pocket'); asked.onsuccess = () => done(asked.result); });
              if (!db.objectStoreNames.length) { db.close(); return []; }
              const names = await new Promise((done) => { const asked = db.transaction('meta').objectStore('meta').getAllKeys(); asked.onsuccess = () => done(asked.result); });
              db.close();
              return names;
            }"""
        )
    )


#: The second page hears nothing of what the first one tells it, nor that the service worker is gone, and asks nothing by
#: itself while it waits; and its questions can be told from those of the first.
DEAF = """
delete window.BroadcastChannel;
ServiceWorkerContainer.prototype.addEventListener = () => {};
window.setInterval = () => 0;
const ask = window.fetch;
window.fetch = (address, options = {}) => ask(address, { ...options, headers: { ...options.headers, "X-Second-Page": "yes" } });
"""


class Slow:
    """The next answer for the second page is fetched at once and held back until it is let go."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address, self.held = page, address, []
        page.context.route(address, self.hold)  # not the page's own: its service worker stands between

    def hold(self, route: Any) -> None:
        if self.held or "x-second-page" not in route.request.headers:
            route.continue_()
        else:
            self.held.append((route, route.fetch()))

    def wait(self) -> None:
        for _ in range(60):
            self.page.evaluate(
                "() => { dispatchEvent(new Event('online')); }"
            )  # it asks, unless it is asking
            self.page.wait_for_timeout(200)
            if self.held:
                return
        raise AssertionError(f"never asked for: {self.address}")

    def let_go(self) -> None:
        for route, answer in self.held:
            route.fulfill(response=answer)


def deaf_page(context: Any, server: Any) -> Any:
    page = context.new_page()
    page.add_init_script(DEAF)
    page.goto(f"{server.url}/pocket/")
    page.wait_for_selector("#in-tasks :text('今天没有待办')")
    page.wait_for_load_state("networkidle")  # what it asked when it opened has been answered
    return page


def sign_out(page: Any, server: Any) -> None:
    page.goto(f"{server.url}/pocket/#device")
    page.click("#in-device button:has-text('退出登录')")
    page.wait_for_url("**/sign-in/staff/**")


@pytest.mark.parametrize("address", ["**/pocket/hello.json", "**/pocket/today.json"])
def test_an_answer_that_comes_after_signing_out_writes_nothing(
    visit: Visit, live_server: Any, town: Cast, address: str
) -> None:
    page = opened(visit, live_server, town)
    other = deaf_page(page.context, live_server)
    assert {"owner", "key", "today"} <= marks(page)
    slow = Slow(other, address)
    slow.wait()
    sign_out(page, live_server)
    slow.let_go()
    other.wait_for_url("**/sign-in/**")  # it notices by itself that its turn is over, and opens anew
    assert kept(page) == {}


def test_an_answer_for_the_one_before_is_not_kept_for_the_one_after(
    visit: Visit, live_server: Any, town: Cast
) -> None:
    now = clock.now()
    with acting(town.resident):
        said = Draft("第一网格的健身路径扶手松了。", lon=IN_GRID_1[0], lat=IN_GRID_1[1])
        order = reporting.report(said, by=town.resident, at=now).order
    WorkOrder.objects.filter(pk=order.pk).update(state="triage")
    type(order.matter).objects.filter(pk=order.pk).update(state="triage")
    page = opened(visit, live_server, town)
    other = deaf_page(page.context, live_server)
    with acting(town.clerk):
        verifying.ask_verify(order.pk, question="是哪一根扶手？", by=town.clerk, at=now)
    slow = Slow(other, "**/pocket/today.json")
    slow.wait()
    sign_out(page, live_server)
    session(page.context, live_server, town, "far_grid_worker")
    page.goto(f"{live_server.url}/pocket/#today")
    page.wait_for_selector("#in-tasks :text('今天没有待办')")
    slow.let_go()
    other.wait_for_selector("#in-tasks :text('今天没有待办')")
    page.context.set_offline(True)
    for one in (page, other):  # what the device has, and nothing else
        one.goto(f"{live_server.url}/pocket/#today")
        one.reload()
        one.wait_for_selector("#in-tasks :text('今天没有待办')")
        assert order.title not in one.inner_text("body")


def test_words_that_are_still_on_another_page_are_not_kept_either(
    visit: Visit, live_server: Any, town: Cast
) -> None:
    page = opened(visit, live_server, town)
    other = deaf_page(page.context, live_server)
    sign_out(page, live_server)
    session(page.context, live_server, town, "far_grid_worker")
    page.goto(f"{live_server.url}/pocket/#today")
    page.wait_for_selector("#signal :text('有信号')")
    until(page, "() => !document.querySelector('#in-tasks .empty')?.textContent.includes('正在取')")
    other.evaluate("() => { location.hash = '#report'; }")
    # It was the first one's page; the first thing it wants to keep tells it that it no longer is.
    other.fill("#r-description", "第一个人还没写完的话。")
    until(other, "() => document.querySelector('#r-description')?.value === ''")
    assert kept(page)["drafts"] == 0


def test_leaving_without_signal_empties_the_device_and_says_so(
    visit: Visit, live_server: Any, town: Cast
) -> None:
    page = opened(visit, live_server, town)
    page.context.set_offline(True)
    write_report(page)
    page.wait_for_selector("[data-kept]:has-text('关掉也不会丢')")
    page.goto(f"{live_server.url}/pocket/#device")
    page.click("#in-device summary:has-text('退出登录')")
    page.click("#in-device button:has-text('不要了，退出')")
    page.wait_for_selector(".toasts :text('手机已清空')")
    assert marks(page) == {"turn"}
    assert not any(kept(page)[name] for name in ("items", "drafts", "photos"))
    page.context.set_offline(False)  # and now the server is told
    page.wait_for_url("**/sign-in/staff/**")
    page.goto(f"{live_server.url}/desk/")
    assert "/sign-in" in page.url
