"""News for other programs: which acts become events, what an event says, how a pushed one is signed. Nothing here writes.

An event names an order and says where it stands: no words, no names, no exact place. A pushed one carries the headers of
Standard Webhooks (https://www.standardwebhooks.com): ``webhook-id`` is the event's own id and the same at every try,
``webhook-timestamp`` the moment of this try in seconds since 1970, ``webhook-signature`` ``v1,`` and the base64
HMAC-SHA256, with the key, of id, timestamp and body joined by full stops.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

from django.utils.translation import gettext_lazy as _

from gongzhi.people.addresses import keyed
from gongzhi.territory.ground import ground
from gongzhi.workorders.models import Event, Hook
from gongzhi.workorders.tables import tree

#: kind → (what it is called, the acts that bring it about)
KINDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "reported": (_("收到反映"), ("report",)),
    "dispatched": (_("派单、改派"), ("dispatch", "redispatch")),
    "accepted": (_("签收"), ("accept",)),
    "waiting": (_("请居民补充"), ("ask_resident",)),
    "continued": (_("补充了、继续处理"), ("supply", "take_up", "resume_work")),
    "suspended": (_("挂账"), ("grant_suspension",)),
    "answered": (_("答复了居民"), ("pass_check",)),
    "disputed": (_("居民认为没有解决"), ("dispute",)),
    "closed": (_("办结"), ("confirm", "lapse")),
    "reopened": (_("重新打开"), ("reopen", "restore", "unmerge")),
    "merged": (_("并单"), ("merge",)),
    "declined": (_("不予受理"), ("decline",)),
    "withdrawn": (_("居民撤回"), ("withdraw",)),
    "voided": (_("作废"), ("grant_void",)),
    "moved": (_("改分类、改位置"), ("recategorise", "relocate")),
}
KIND_OF = {f"workorders.{verb}": kind for kind, (_label, verbs) in KINDS.items() for verb in verbs}


def id_of(event: Event) -> str:
    """The id under which other programs know an event. It never changes."""
    return f"evt_{event.pk}"


def told(event: Event) -> dict[str, Any]:
    """What an event says, as JSON: ids, number, state, category, area, moments."""
    order, land = event.order, ground()
    topic = tree().topics.get(order.category_id or 0)

    def code(area_id: int | None) -> str:
        area = land.areas.get(area_id or 0)
        return area.code if area else ""

    return {
        "id": id_of(event),
        "cursor": event.pk,
        "kind": event.kind,
        "at": event.at.isoformat(),
        "number": order.number,
        "state": event.state,
        "category": topic.code if topic else "",
        "community": code(order.community_id),
        "grid": code(order.grid_id),
        "opened_at": order.opened_at.isoformat(),
        "closed_at": order.closed_at.isoformat() if order.closed_at else None,
        "next_due_at": order.next_due_at.isoformat() if order.next_due_at else None,
    }


def key_of(hook: Hook) -> str:
    """The key that signs what this hook is sent. It is computed, never kept."""
    return "whsec_" + base64.b64encode(keyed("hook-key", str(hook.pk), str(hook.edition))).decode()


def signature(key: str, event_id: str, moment: int, body: bytes) -> str:
    """The header ``webhook-signature`` of a body."""
    secret = base64.b64decode(key.removeprefix("whsec_"))
    said = f"{event_id}.{moment}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, said, hashlib.sha256).digest()).decode()
