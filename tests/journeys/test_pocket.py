"""The grid worker's pocket in a real browser: without signal, closed and opened again, sent once, and left behind empty."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from PIL import Image
from playwright.sync_api import Error

from civics.emergency import emergency_in
from gongzhi.kit import clock
from gongzhi.kit.acting import acting
from gongzhi.workorders.actions import handling, reporting, verifying
from gongzhi.workorders.drafts import Draft
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.staff_views import pocket
from gongzhi.workorders.tables import emergencies
from tests.cast import IN_GRID_1, LONG_BEFORE, Cast, settle
from tests.journeys.seen import fits, grave

Visit = Callable[..., Any]
pytestmark = [pytest.mark.django_db(transaction=True)]

REPORT = "海棠苑 3 栋门口的井盖破了，晚上会绊倒人。"
#: What sounds like an emergency, what only sounds like one, and what is split over two clauses.
SAID = (
    "消防通道被电动车堵住了。", "有人困在电梯里，按铃没有人应。", "怕会着火，请来检查线路。", "去年这里失火过。",
    "阿伯晕倒了，叫不醒。", "煤气，味道很大，好像漏了。", "隔壁吵架动刀了！", "路灯不亮。", "火车站旁边的井盖破了。",
    "有小孩掉进水里了", "仓库，有浓烟冒出来", "车被偷了。",
)  # fmt: skip


@pytest.fixture
def town() -> Cast:
    return settle(LONG_BEFORE)


def session(context: Any, server: Any, cast: Cast, name: str) -> None:
    """Sign somebody in on this device."""
    client = Client()
    client.force_login(cast.accounts[name])
    value = client.cookies["gongzhi_session"].value
    context.add_cookies([{"name": "gongzhi_session", "value": value, "url": server.url}])


def opened(visit: Visit, server: Any, cast: Cast, name: str = "grid_worker", **options: Any) -> Any:
    """The pocket of somebody, with its service worker in charge: from now on it opens without signal."""
    page = visit("phone", geolocation=None, **options)
    session(page.context, server, cast, name)
    page.goto(f"{server.url}/pocket/")
    page.wait_for_selector("#signal :text('有信号')")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => 0)")
    until(page, "() => Boolean(navigator.serviceWorker.controller)")
    return page


def until(page: Any, question: str, seconds: float = 12.0) -> Any:
    """The answer of the page to a question, once it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if found := page.evaluate(question):
                return found
        except Error as fault:  # the page is just being opened anew
            if "context was destroyed" not in fault.message:
                raise
        page.wait_for_timeout(60)
    raise AssertionError(f"never true: {question}")


def photo() -> dict[str, Any]:
    raw = BytesIO()
    Image.effect_noise((2400, 1800), 60).convert("RGB").save(raw, "JPEG", quality=92)
    return {"name": "井盖.jpg", "mimeType": "image/jpeg", "buffer": raw.getvalue()}


def write_report(page: Any, text: str = REPORT, *, with_photo: bool = True) -> None:
    page.goto(f"{page.url.split('#')[0]}#report")
    page.fill("#r-description", text)
    if with_photo:
        page.set_input_files("#photos-report", [photo()])
        page.wait_for_selector(".photos-in__one img")


HAS_TASKS = """async () => {
  const db = await new Promise((done) => { const asked = indexedDB.open('gongzhi-pocket'); asked.onsuccess = () => done(asked.result); });
  if (!db.objectStoreNames.contains('meta')) { db.close(); return false; }
  const keys = await new Promise((done) => { const asked = db.transaction('meta').objectStore('meta').getAllKeys(); asked.onsuccess = () => done(asked.result); });
  db.close();
  return keys.includes('owner') && keys.includes('today');
}"""


def settled(page: Any) -> None:
    """The device has somebody's tasks, and the page has opened anew if it was another's before."""
    until(page, HAS_TASKS)
    page.wait_for_load_state()
    page.wait_for_selector("#signal :text-is('有信号')")


def kept(page: Any) -> dict[str, int]:
    """How many rows each store of the device holds; empty when there is no store at all."""
    return dict(
        page.evaluate(
            """async () => {
              if (!(await indexedDB.databases()).some((one) => one.name === 'gongzhi-pocket')) return {};
              const db = await new Promise((done) => { const asked = indexedDB.open('gongzhi-pocket'); asked.onsuccess = () => done(asked.result); });
              const names = [...db.objectStoreNames];
              if (!names.length) { db.close(); return {}; }
              const counted = {};
              for (const name of names) counted[name] = await new Promise((done) => { const asked = db.transaction(name).objectStore(name).count(); asked.onsuccess = () => done(asked.result); });
              db.close();
              return counted;
            }"""
        )
    )


def test_written_without_signal_it_arrives_once_with_its_photo_and_both_times(
    visit: Visit, live_server: Any, town: Cast
) -> None:
    page = opened(visit, live_server, town)
    context = page.context
    context.set_offline(True)
    write_report(page)
    page.wait_for_selector("[data-kept]:has-text('关掉也不会丢')")
    page.close()

    # Still without signal: the page opens, what was written is there, and a press keeps it for later.
    page = context.new_page()
    page.goto(f"{live_server.url}/pocket/#report")
    until(page, f"() => document.querySelector('#r-description')?.value === {REPORT!r}")
    page.wait_for_selector(".photos-in__one img")
    assert fits(page) and grave(page) == []
    began = clock.now()
    page.click("form[data-form=report] button[type=submit]")
    page.wait_for_selector("#out-said:has-text('还有 1 件没送到')")
    page.wait_for_selector("#signal :text('1 件待送')")
    assert fits(page) and grave(page) == []
    page.close()
    assert WorkOrder.objects.count() == 0
    # Nothing that somebody wrote lies readable on the device, and no cache holds anything but the page and its files.
    page = context.new_page()
    page.goto(f"{live_server.url}/pocket/")
    listed = page.evaluate(
        "async () => (await Promise.all((await caches.keys()).map(async (n) => (await (await caches.open(n)).keys()).map((r) => new URL(r.url).pathname)))).flat()"
    )
    assert all(one == "/pocket/" or one.startswith("/static/") for one in listed) and listed
    readable = page.evaluate(
        """async () => { const db = await new Promise((done) => { const a = indexedDB.open('gongzhi-pocket'); a.onsuccess = () => done(a.result); });
          const rows = await new Promise((done) => { const a = db.transaction('items').objectStore('items').getAll(); a.onsuccess = () => done(a.result); });
          db.close(); return JSON.stringify(rows); }"""
    )
    assert "井盖" not in readable

    context.set_offline(False)
    page.wait_for_selector("#signal :text('有信号')")
    until(page, "() => document.querySelector('[data-count-of=out]').hidden")
    page.goto(f"{live_server.url}/pocket/#out")
    page.wait_for_selector("#in-out :text('今天送到的')")
    order = WorkOrder.objects.get()
    assert order.grid_id == town.grid_1.pk and order.description == REPORT
    assert order.seen_at is not None and order.seen_at <= began <= order.opened_at
    assert order.matter.thread.attachments.count() == 1
    assert page.inner_text("#in-out .mono") == order.number
    assert kept(page)["items"] == kept(page)["drafts"] == kept(page)["photos"] == 0


def test_an_answer_lost_on_the_way_makes_no_second_order(visit: Visit, live_server: Any, town: Cast) -> None:
    page = opened(visit, live_server, town)
    lost: list[int] = []

    def lose(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.context.route("**/pocket/report/", lose)
    write_report(page, with_photo=False)
    page.click("form[data-form=report] button[type=submit]")
    until(page, "() => document.querySelector('#in-out .chip')?.textContent.includes('会再送')")
    assert lost == [200] and WorkOrder.objects.count() == 1
    page.click("#in-out button:has-text('现在送')")
    page.wait_for_selector("#in-out :text('今天送到的')")
    assert WorkOrder.objects.count() == 1
    assert kept(page)["items"] == 0


def test_what_others_did_meanwhile_is_shown_and_the_worker_decides(
    visit: Visit, live_server: Any, town: Cast
) -> None:
    now = clock.now()
    with acting(town.resident):
        said = Draft("第一网格的健身路径扶手松了。", lon=IN_GRID_1[0], lat=IN_GRID_1[1])
        order = reporting.report(said, by=town.resident, at=now).order
    WorkOrder.objects.filter(pk=order.pk).update(state="triage")
    type(order.matter).objects.filter(pk=order.pk).update(state="triage")
    with acting(town.clerk):
        verifying.ask_verify(order.pk, question="是哪一根扶手？", by=town.clerk, at=now)
    page = opened(visit, live_server, town)
    page.wait_for_selector(f"#in-tasks a:has-text('{order.title}')")
    assert fits(page) and grave(page) == []
    page.context.set_offline(True)
    page.click(f"#in-tasks a:has-text('{order.title}')")
    page.wait_for_selector("#in-task :text('是哪一根扶手？')")
    page.check("input[name=found][value=yes]", force=True)
    page.fill("#v-text", "靠门口第二根，螺丝掉了。")
    assert fits(page) and grave(page) == []
    page.click("form[data-form=verify] button[type=submit]")
    page.wait_for_selector("#signal :text('1 件待送')")
    with acting(town.clerk):
        handling.note(order.pk, text="居民又来电，说已经有人受伤。", by=town.clerk, at=clock.now())
    page.context.set_offline(False)
    page.wait_for_selector("#bands :text('要您看一看')")
    page.click("#bands a")
    page.wait_for_selector("#in-out :text('居民又来电')")
    assert fits(page) and grave(page) == []
    assert WorkOrder.objects.get().state == "verifying"
    page.click("#in-out button:has-text('照样送出')")
    page.wait_for_selector("#in-out :text('今天送到的')")
    assert WorkOrder.objects.get().state == "triage"


def test_leaving_clears_the_device_and_a_second_worker_sees_nothing(
    visit: Visit, live_server: Any, town: Cast
) -> None:
    page = opened(visit, live_server, town)
    context = page.context
    context.set_offline(True)
    write_report(page)
    page.click("form[data-form=report] button[type=submit]")
    page.wait_for_selector("#out-said:has-text('还有 1 件没送到')")

    # The session ends: what can be read goes, what was not sent stays shut; another worker signs in and it is gone.
    context.clear_cookies()
    session(context, live_server, town, "far_grid_worker")
    context.set_offline(False)
    page.wait_for_selector("#signal :text-is('有信号')")
    page.wait_for_selector("#out-said:has-text('都送到了')")
    assert kept(page)["items"] == kept(page)["photos"] == 0
    assert WorkOrder.objects.count() == 0

    # They write something too. Signing out at the desk shows it first; leaving for good clears everything.
    settled(page)
    context.set_offline(True)
    write_report(page, "第三网格的路灯不亮了。", with_photo=False)
    page.wait_for_selector("[data-kept]:has-text('关掉也不会丢')")
    context.set_offline(False)
    page.goto(f"{live_server.url}/account/")
    page.click("form.section[action='/sign-out/'] button")
    page.wait_for_url("**/pocket/#device")
    page.click("#in-device summary:has-text('退出登录')")
    page.click("#in-device button:has-text('不要了，退出')")
    page.wait_for_url("**/sign-in/staff/**")
    # the browser clears what the answer to signing out tells it to clear, some moments after the page has gone
    deadline = time.monotonic() + 10
    while kept(page) and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert kept(page) == {}
    page.goto(f"{live_server.url}/desk/")
    assert "/sign-in" in page.url


def test_a_session_that_ends_locks_what_was_not_sent_until_the_same_person_is_back(
    visit: Visit, live_server: Any, town: Cast
) -> None:
    page = opened(visit, live_server, town)
    context = page.context
    context.set_offline(True)
    write_report(page, with_photo=False)
    page.click("form[data-form=report] button[type=submit]")
    page.wait_for_selector("#out-said:has-text('还有 1 件没送到')")
    context.clear_cookies()
    context.set_offline(False)
    page.wait_for_selector("#in-locked :text('登录到期了')")
    assert fits(page) and grave(page) == []
    assert kept(page) == {
        "meta": 3,
        "items": 1,
        "drafts": 0,
        "photos": 0,
    }  # owner, turn, locked: no key, no tasks
    session(context, live_server, town, "grid_worker")
    page.goto(f"{live_server.url}/pocket/#today")
    page.reload()
    until(
        page,
        "() => document.querySelector('[data-count-of=out]').hidden && document.querySelector('#signal').textContent.includes('有信号')",
    )
    assert WorkOrder.objects.get().description == REPORT


def test_a_new_version_keeps_what_is_being_written(
    visit: Visit, live_server: Any, town: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(visit, live_server, town)
    write_report(page)
    before = page.evaluate("() => caches.keys()")
    monkeypatch.setattr(pocket, "_page", lambda: {"most": 5, "actor": None})
    page.evaluate("() => navigator.serviceWorker.getRegistration().then((one) => one.update()).then(() => 0)")
    page.wait_for_selector("#bands :text('有新版本')")
    assert page.input_value("#r-description") == REPORT  # nothing happens under the finger
    page.fill("#r-description", REPORT + "靠近东门。")
    page.click("#bands button:has-text('更新')")
    until(page, f"async () => !(await caches.keys()).includes({before[0]!r})")
    until(page, f"() => document.querySelector('#r-description')?.value === {REPORT + '靠近东门。'!r}")
    page.wait_for_selector(".photos-in__one img")
    assert page.get_attribute("[data-photos]", "data-most") == "5"


def test_a_newer_store_waits_for_what_is_being_written(visit: Visit, live_server: Any, town: Cast) -> None:
    """Another page brings a later version of the store: this one keeps the last letter, lets go, and nothing is lost."""
    page = opened(visit, live_server, town)
    write_report(page, with_photo=False)
    page.fill("#r-description", REPORT + "最后一个字。")
    other = page.context.new_page()
    other.goto(f"{live_server.url}/static/gongzhi/mark.svg")
    drafts = other.evaluate(
        """() => new Promise((done) => { const asked = indexedDB.open('gongzhi-pocket', 2);
          asked.onupgradeneeded = () => asked.transaction.objectStore('drafts').count().onsuccess = (e) => { asked.result.later = e.target.result; };
          asked.onsuccess = () => { const n = asked.result.later; asked.result.close(); done(n); }; })"""
    )
    assert drafts == 1
    page.wait_for_selector("#bands :text('存着的都在')")  # the older page says so, and leaves it alone


def test_a_clock_two_days_wrong_is_said(visit: Visit, live_server: Any, town: Cast) -> None:
    page = opened(visit, live_server, town)
    page.add_init_script("const real = Date.now; Date.now = () => real() - 2 * 864e5 - 36e5;")
    page.reload()
    page.wait_for_selector("#bands :text('这台手机的时钟慢了 2 天')")
    write_report(page, with_photo=False)
    page.click("form[data-form=report] button[type=submit]")
    page.wait_for_selector("#in-out :text('今天送到的')")
    order = WorkOrder.objects.get()
    assert order.seen_at is not None and abs(order.seen_at - order.opened_at) < timedelta(minutes=1)
    said = order.matter.thread.entries.get(position=1).detail["seen"]
    assert -178_000 < said["ahead"] < -176_000


def test_an_emergency_is_said_without_signal_and_large_letters_fit(
    visit: Visit, live_server: Any, town: Cast
) -> None:
    page = opened(visit, live_server, town)
    page.context.set_offline(True)
    page.click("[data-type-switch]")
    write_report(page, "3 栋厨房着火了，有浓烟。", with_photo=False)
    page.wait_for_selector(".alarm a[href='tel:119']")
    for words in SAID:  # the device says the same as the platform would
        page.fill("#r-description", words)
        found = emergency_in(words, emergencies())
        number = page.evaluate("() => document.querySelector('.alarm__call')?.getAttribute('href') ?? ''")
        assert number == (f"tel:{found[0]}" if found else ""), words
    page.fill("#r-description", "3 栋厨房着火了，有浓烟。")
    dock, send = (
        page.locator(".dock").bounding_box(),
        page.locator("form[data-form=report] .thumb").bounding_box(),
    )
    assert dock["y"] <= send["y"] + send["height"]  # no strip of the page shows between
    page.click("form[data-form=report] button[type=submit]")
    page.wait_for_selector(".summary:has-text('请先拨打 119')")
    assert fits(page) and grave(page) == []
    for name in ("today", "map", "out", "device"):
        page.goto(f"{live_server.url}/pocket/#{name}")
        page.wait_for_selector(f"[data-view={name}]:not([hidden])")
        page.wait_for_timeout(150)
        assert fits(page) and grave(page) == [], name
    assert re.fullmatch(r"没有信号.*", page.inner_text("#signal"))
