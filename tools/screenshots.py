#!/usr/bin/env python3
"""Take the pictures of the README from the running system: a demo town of its own, Debian's chromium, two widths.

    .venv/bin/python tools/screenshots.py            every picture into docs/pictures/
    .venv/bin/python tools/screenshots.py order map  only these

Starts `./gongzhi up` in a folder of its own (or uses the town at GONGZHI_PICTURES_URL, with its demo-accounts.txt
named by GONGZHI_PICTURES_ACCOUNTS), signs in as the demo accounts, and writes WebP files below 250 KB. The town comes
from a fixed seed; only moments, which count back from now, differ between two runs.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
SIZES = {"phone": (390, 844), "laptop": (1280, 800)}
MOST_BYTES = 250_000
PORT = 8197
READY_SECONDS = 900
Steps = Callable[[Any], None]


def _report(page: Any) -> None:
    """The resident's form, filled in as a resident would."""
    page.fill(
        "textarea[name=description]", "海棠苑 3 栋楼下的下水道堵了，污水漫到路上，从昨晚开始，味道很大。"
    )
    page.fill("input[name=place_text]", "海棠苑 3 栋")
    page.wait_for_timeout(2500)


def _first_order(page: Any) -> None:
    """The most urgent order of the queue, with everything about it."""
    link = page.locator(".queue a[href^='/desk/']").first
    page.goto(page.url.split("/desk/")[0] + link.get_attribute("href"), wait_until="networkidle")


def _receipt(page: Any) -> None:
    """The page after reporting: who has it, and until when."""
    _report(page)
    page.locator("form[data-draft=report] button[type=submit]").last.click()
    page.wait_for_load_state("networkidle")


@dataclass(frozen=True)
class Shot:
    """A picture: file name, size, address, who is signed in, what is done before, in which language."""

    name: str
    size: str
    path: str
    account: str = ""
    steps: Steps | None = None
    language: str = "zh-hans"
    settle_ms: int = 600


SHOTS = (
    Shot("home", "phone", "/"),
    Shot("report", "phone", "/report/", steps=_report),
    Shot("receipt", "phone", "/report/", steps=_receipt),
    Shot("report-hant", "phone", "/report/", language="zh-hant"),
    Shot("report-en", "phone", "/report/", language="en"),
    Shot("report-pt", "phone", "/report/", language="pt"),
    Shot("map", "laptop", "/map/", settle_ms=4000),
    Shot("order", "laptop", "/desk/", "clerk", _first_order, settle_ms=3000),
    Shot("rules", "laptop", "/desk/rules/", "clerk"),
)
#: Sheets of pictures side by side; the single ones are not kept.
SHEETS = {"three": ("home", "report", "receipt"), "languages": ("report-hant", "report-en", "report-pt")}


@contextmanager
def town() -> Iterator[tuple[str, Path]]:
    """The address of a running town and the file with its accounts."""
    if there := os.environ.get("GONGZHI_PICTURES_URL"):
        yield there.rstrip("/"), Path(os.environ["GONGZHI_PICTURES_ACCOUNTS"])
        return
    home = Path(os.environ.get("GONGZHI_PICTURES_HOME") or tempfile.mkdtemp(prefix="gongzhi-pictures-"))
    home.mkdir(parents=True, exist_ok=True)
    url = f"http://127.0.0.1:{PORT}"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_", "DJANGO_"))}
    environment |= {"GONGZHI_HOME": str(home), "GONGZHI_BIND": f"127.0.0.1:{PORT}"}
    running = subprocess.Popen([str(ROOT / "gongzhi"), "up"], env=environment, cwd=ROOT)
    try:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if running.poll() is not None:
                raise SystemExit("./gongzhi up ended early; see what it said above.")
            try:
                urllib.request.urlopen(url + "/", timeout=5).close()
                break
            except OSError:
                time.sleep(1)
        yield url, home / "demo-accounts.txt"
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(60)
        if "GONGZHI_PICTURES_HOME" not in os.environ:
            shutil.rmtree(home, ignore_errors=True)


def password_in(accounts: Path) -> str:
    """The password that the demo accounts share."""
    found = re.search(r"gongzhi-\d{6}", accounts.read_text("utf-8"))
    if found is None:
        raise SystemExit(f"{accounts} names no password of demo accounts.")
    return found.group()


def sign_in(page: Any, url: str, account: str, password: str) -> None:
    """Sign in at the staff door."""
    page.goto(f"{url}/sign-in/staff/")
    # the page also offers the demo accounts as buttons, with hidden fields of the same names
    page.locator("input[name=login]:visible").fill(account)
    page.locator("input[type=password]:visible").fill(password)
    page.locator("input[type=password]:visible").press("Enter")
    page.wait_for_load_state("networkidle")


def write(shot: Shot, picture: bytes) -> int:
    """Write a picture as WebP, with as much quality as fits; its size in bytes."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    content = b""
    for quality in (88, 80, 70, 60, 45):
        out = io.BytesIO()
        image.save(out, "WEBP", quality=quality, method=6)
        content = out.getvalue()
        if len(content) < MOST_BYTES:
            break
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"{shot.name}.webp").write_bytes(content)
    return len(content)


def sheet(name: str) -> None:
    """Pictures side by side."""
    images = [Image.open(PICTURES / f"{one}.webp").convert("RGB") for one in SHEETS[name]]
    gap = 32
    width = sum(image.width for image in images) + gap * (len(images) - 1)
    whole = Image.new("RGB", (width, max(image.height for image in images)), (226, 232, 233))
    left = 0
    for image in images:
        whole.paste(image, (left, 0))
        left += image.width + gap
    out = io.BytesIO()
    whole.save(out, "WEBP", quality=78, method=6)
    (PICTURES / f"{name}.webp").write_bytes(out.getvalue())
    for one in SHEETS[name]:
        (PICTURES / f"{one}.webp").unlink()
    print(f"{name}.webp  {len(out.getvalue()) // 1000} KB")


def main(wanted: list[str]) -> int:
    """Take the pictures named, or all of them; the exit code."""
    from playwright.sync_api import sync_playwright

    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        raise SystemExit("Install the Debian packages chromium and fonts-noto-cjk.")
    flags = ["--disable-gpu", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")
    failed = 0
    with town() as (url, accounts), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=flags)
        for shot in SHOTS:
            if wanted and shot.name not in wanted:
                continue
            width, height = SIZES[shot.size]
            context = browser.new_context(
                viewport={"width": width, "height": height},
                device_scale_factor=2 if shot.size == "phone" else 1,
                is_mobile=shot.size == "phone",
                has_touch=shot.size == "phone",
                locale=shot.language,
                timezone_id="Asia/Shanghai",
                reduced_motion="reduce",
            )
            page = context.new_page()
            try:
                if shot.account:
                    sign_in(page, url, shot.account, password_in(accounts))
                page.goto(url + shot.path, wait_until="networkidle")
                if shot.steps is not None:
                    shot.steps(page)
                page.wait_for_timeout(shot.settle_ms)
                wide = page.evaluate("document.documentElement.scrollWidth")
                size = write(shot, page.screenshot())
                print(f"{shot.name}.webp  {size // 1000} KB{'' if wide <= width else f'  {wide} px wide!'}")
            except Exception as fault:  # the other pictures are still worth taking
                print(f"{shot.name}: {str(fault).splitlines()[0]}", file=sys.stderr)
                failed += 1
            context.close()
        browser.close()
    for name, parts in SHEETS.items():
        if all((PICTURES / f"{part}.webp").exists() for part in parts):
            sheet(name)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
