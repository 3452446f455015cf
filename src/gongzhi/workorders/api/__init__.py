"""The JSON door of work orders: report, list, read, take steps. Addresses, tokens and limits: docs/how-to/api.md.

``reports`` takes reports in, ``orders`` lists and shows, ``steps`` takes steps, ``tables`` gives what programs need to
fill in (categories, divisions, units), ``police`` is the police's own side, ``devices`` that of
devices, ``events`` news for other programs, ``shapes`` are the bodies, ``speaking`` reads requests.
"""

from ninja import Router

from gongzhi.kit.throttle import Declared
from gongzhi.workorders.api import devices, events, orders, police, reports, steps, tables

router = Router(tags=["work orders"])
for _part in (reports, orders, steps, tables, police, devices, events):
    _part.offer(router)

_READ = Declared("api.read", 300, 60, "account", frozenset({"GET"}), account_limit=1200)
_STEP = Declared("api.step", 60, 60, "account", frozenset({"POST"}), account_limit=600)
_REPORT = Declared("api.report", 30, 600, "account", frozenset({"POST"}), account_limit=6000)
_POLICE = Declared("api.police", 600, 60, "address", frozenset({"POST"}))
_HOOK = Declared("api.hook", 30, 600, "account", frozenset({"POST", "DELETE"}))
THROTTLES = {
    "/workorders": (_READ, _REPORT),
    "/workorders/<number>": (_READ,),
    "/events": (_READ,),
    "/webhooks": (_READ, _HOOK),
    **dict.fromkeys(
        ("/webhooks/<hook_id>", "/webhooks/<hook_id>/replay", "/webhooks/<hook_id>/switch"), (_HOOK,)
    ),
    **dict.fromkeys(
        ("/police/handovers", "/police/disputes", "/police/outcomes", "/police/counts"), (_POLICE,)
    ),
    "/workorders/<number>/photos/<uuidstr:key>": (_READ,),
    **{f"/workorders/<number>/steps/{verb}": (_STEP,) for verb in steps.VERBS},
}
