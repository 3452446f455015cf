"""The grid worker's pocket: the page that works without signal, what it carries, and what it sends when it can.

The page itself, its service worker and its manifest say nothing of anybody and are the same for all. Who is asking
stands in ``hello``, what they carry in ``today``; both are asked for by the page and never kept by the service worker.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django import forms
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.http import parse_etags
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from civics.devicetime import Seen, seen_at
from gongzhi.kit import clock
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.people.actor import Person
from gongzhi.people.addresses import keyed
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions import delivering
from gongzhi.workorders.actions.reporting import report as take_in
from gongzhi.workorders.cards import pocket as carried
from gongzhi.workorders.cards.rows import state_label, told, unit_label
from gongzhi.workorders.drafts import MOST_PICTURES, Draft
from gongzhi.workorders.forms.steps import Intake
from gongzhi.workorders.models import Channel, WorkOrder
from gongzhi.workorders.policies import RULES
from gongzhi.workorders.policies.desk import require
from gongzhi.workorders.queries import get_order
from gongzhi.workorders.staff_steps import STEPS
from gongzhi.workorders.staff_views.telling import photo_address
from gongzhi.workorders.workflow import possible

SOURCE = "pocket"
#: What the page is made of, beside itself: kept by the service worker so that it opens without signal.
FILES = (
    "gongzhi/gongzhi.css", "gongzhi/icons.svg", "gongzhi/mark.svg", "gongzhi/chevron.svg", "gongzhi/tick.svg",
    "gongzhi/live.js", "gongzhi/pocket.js", "vendor/htmx/htmx.min.js",
    "gongzhi/pocket-192.png", "gongzhi/pocket-512.png",
)  # fmt: skip
WORKER = "gongzhi/pocket-sw.js"
_SAME = (
    "description",
    "place_text",
    "lon",
    "lat",
    "appeal",
    "name",
    "phone",
    "private",
    "emergency_acknowledged",
)
_MOST_CHANGES = 10


# ---- the page and what belongs to it


@require_safe
def pocket(request: HttpRequest) -> HttpResponse:
    """The page, empty: its script fills it with what the device carries."""
    require(request.actor, "open_pocket")  # type: ignore[attr-defined]
    response = render(request, "workorders/pocket/page.html", _page())
    response.headers["Cache-Control"] = "no-cache"
    return response


def _page() -> dict[str, Any]:
    return {"most": MOST_PICTURES, "actor": None}


def _file(name: str) -> bytes:
    found = finders.find(name)
    return Path(found).read_bytes() if isinstance(found, str) else b""


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, with the list of files it keeps and their version in front. Another version of anything is
    another worker, and that one waits until nobody is writing."""
    shell = render_to_string("workorders/pocket/page.html", _page(), request)
    sums = [hashlib.sha256(_file(name)).hexdigest() for name in (*FILES, WORKER)]
    version = hashlib.sha256("\n".join([shell, *sums]).encode()).hexdigest()[:16]
    told_ = {"version": version, "page": reverse("workorders:pocket"), "files": [static(name) for name in FILES],
             "home": reverse("workorders:pocket")}  # fmt: skip
    body = f"self.GONGZHI={json.dumps(told_)};\n".encode() + _file(WORKER)
    response = HttpResponse(body, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What a telephone needs to install the page."""
    home = reverse("workorders:pocket")
    icons = [
        {"src": static(f"gongzhi/pocket-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": "any maskable"}
        for size in (192, 512)
    ]  # fmt: skip
    about = {
        "id": home,
        "name": _("共治随身办"),
        "short_name": _("随身办"),
        "description": _("没有信号也能上报、核实和答复。"),
        "lang": get_language(),
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "background_color": "#faf8f4",
        "theme_color": "#083940",
        "icons": icons,
        "shortcuts": [{"name": _("上报"), "url": f"{home}#report"}],
    }
    response = JsonResponse(
        about, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False}
    )
    response.headers["Cache-Control"] = "no-cache"
    return response


# ---- what the device asks


@require_GET
def hello(request: HttpRequest) -> HttpResponse:
    """Whose session this is (a digest), the key that opens what they keep on their device, what our clock shows, and the
    token for sending. 401 and 403 tell the device to lock up."""
    by = require(request.actor, "open_pocket")  # type: ignore[attr-defined]
    account = str(by.account_id)
    return _json(
        {
            "owner": keyed("pocket-owner", account).hex()[:24],
            "key": base64.b64encode(keyed("pocket-key", account)).decode(),
            "now": round(clock.now().timestamp() * 1000),
            "csrf": get_token(request),
        }
    )


@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """What this person carries today; 304 while nothing has changed."""
    by = require(request.actor, "open_pocket")  # type: ignore[attr-defined]
    body = json.dumps(carried.today(by), ensure_ascii=False, separators=(",", ":")).encode()
    etag = f'"{keyed("pocket-today", str(by.account_id), hashlib.sha256(body).hexdigest()).hex()[:24]}"'
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(body, content_type="application/json; charset=utf-8")
    response.headers["ETag"] = etag
    return response


def _json(body: dict[str, Any], status: int = 200) -> HttpResponse:
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


# ---- what the device sends


@require_POST
def report(request: HttpRequest) -> HttpResponse:
    """A report, once for each key; a repeated one gets the first answer."""
    by = require(request.actor, "take_in")  # type: ignore[attr-defined]
    now = clock.now()
    data = request.POST.copy()
    data["channel"] = Channel.FIELD
    form = Intake(data, request.FILES)
    said = _clean(form)
    if not 8 <= len(said["key"]) <= delivering.LONGEST_KEY:
        raise Invalid(_("请求编号不对。"), code="bad_key")
    draft = Draft(
        **{name: said[name] for name in _SAME if said[name] is not None},
        channel=Channel.FIELD,
        category_id=said["category"],
        area_id=said["area"],
        pictures=said["photos"],
        seen=_seen(request, now),
        source=SOURCE,
        source_key=f"{by.account_id}:{said['key']}",
    )
    receipt = take_in(draft, by=by, at=now)
    order = receipt.order
    return _json({**_told(order, by), "code": receipt.code, "repeated": receipt.repeated})


@require_POST
def step(request: HttpRequest) -> HttpResponse:
    """A step with an order, once for each key. 409 says what others have done since the device last looked."""
    by = require(request.actor, "open_pocket")  # type: ignore[attr-defined]
    now, verb, order_id = clock.now(), request.POST.get("verb", ""), _whole(request, "order") or 0
    if verb not in delivering.STEPS:
        raise NotFound(_("没有这一步。"), code="unknown_step")
    said = _clean(STEPS[verb].form(request.POST, request.FILES))
    pictures = said.pop("photos", ())
    version = _whole(request, "version")
    sent = delivering.Step(
        key=request.POST.get("key", ""),
        order_id=order_id,
        verb=verb,
        said=said,
        pictures=pictures,
        version=None if verb == "note" else version,
        seen=_seen(request, now),
    )
    try:
        done = delivering.deliver(sent, by=by, at=now)
    except Conflict as conflict:
        return _conflict(conflict, order_id, verb, by=by, version=version)
    return _json({**_told(done.order, by), "version": done.position, "repeated": done.repeated})


def _clean(form: forms.Form) -> dict[str, Any]:
    if not form.is_valid():
        raise Invalid(fields={name: [str(one) for one in errors] for name, errors in form.errors.items()})
    return dict(form.cleaned_data)


def _told(order: WorkOrder, by: Person) -> dict[str, Any]:
    """What became of it, as far as this person may know: the number always, the rest when it is theirs to see."""
    if not RULES.may(by, "see", order):
        return {"number": order.number, "order": order.pk}
    grid = order.grid_id or order.community_id
    return {
        "number": order.number,
        "order": order.pk,
        "state": state_label(order.state),
        "unit": unit_label(order.unit_id),
        "area": ground().name_of(grid, above=1 if order.grid_id else 0) if grid else "",
    }


def _conflict(
    conflict: Conflict, order_id: int, verb: str, *, by: Person, version: int | None
) -> HttpResponse:
    """409: what has happened, and whether the step can still be taken."""
    body: dict[str, Any] = conflict.as_json()
    try:
        order = get_order(order_id, by=by)
    except NotFound:
        return _json(body, 409)
    entries = delivering.others(order_id, version or 0, by=by).prefetch_related("attachments")
    changes = told(list(entries), photo_address)[-_MOST_CHANGES:]
    allowed = {one.verb for one in possible(order)}
    return _json(
        {
            **body,
            "changes": [{"head": str(e.head), "by": str(e.by), "at": e.at.isoformat(), "text": e.text} for e in changes],
            "state": state_label(order.state),
            "version": order.matter.thread.length,
            "possible": verb in allowed and RULES.may(by, verb, order),
            "may_note": RULES.may(by, "note", order) and "note" in allowed,
        },
        409,
    )  # fmt: skip


def _whole(request: HttpRequest, name: str) -> int | None:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def _moment(request: HttpRequest, name: str) -> datetime | None:
    """A device's moment, in milliseconds since 1970 by its own clock."""
    number = _whole(request, name)
    try:
        return None if number is None else datetime.fromtimestamp(number / 1000, tz=UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _seen(request: HttpRequest, now: datetime) -> Seen | None:
    """When the device saw it, put right; None when the device does not say."""
    said, sent = _moment(request, "seen"), _moment(request, "sent")
    if said is None or sent is None:
        return None
    text = request.POST.get("offset", "")
    number = text.removeprefix("-")
    known = number.isascii() and number.isdecimal() and len(number) < 15
    return seen_at(said, sent=sent, now=now, measured=timedelta(milliseconds=int(text)) if known else None)
