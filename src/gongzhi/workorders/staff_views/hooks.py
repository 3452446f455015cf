"""Programs that are told what happens, as the administrator sees them: whose, where to, how it goes; stopping one."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.people.policies import PEOPLE, require
from gongzhi.workorders.actions import hooks as actions
from gongzhi.workorders.events import KINDS
from gongzhi.workorders.models import HookState
from gongzhi.workorders.queries import events as queries

#: Rows of a page.
PAGE = 50
_TONES = {HookState.ON: "done", HookState.OFF: "paused"}


@never_cache
@require_GET
def hooks(request: HttpRequest) -> HttpResponse:
    """Every hook of the installation. Of an address only the host: what follows may be a secret of the other side."""
    by = require(request.actor, "see_keys")  # type: ignore[attr-defined]
    page = Paginator(queries.all_hooks(), PAGE).get_page(request.GET.get("page"))
    here, last = reverse("workorders:house_hooks"), queries.newest()
    context = {
        "rows": [
            {
                "hook": hook,
                "host": urlsplit(hook.address).hostname or "",
                "kinds": [KINDS[code][0] for code in hook.kinds if code in KINDS],
                "tone": "late" if hook.tries else _TONES.get(HookState(hook.state), "late"),
                "behind": max(0, last - hook.done),
            }
            for hook in page
        ],
        "all": page.paginator.count,
        "may_stop": PEOPLE.may(by, "change_keys", None),
        "newer": f"{here}?page={page.previous_page_number()}" if page.has_previous() else "",
        "older": f"{here}?page={page.next_page_number()}" if page.has_next() else "",
        "shown": f"{page.start_index()}–{page.end_index()}",
    }
    return render(request, "workorders/staff/hooks.html", context)


@require_POST
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop one, or give it back to its owner."""
    by = require(request.actor, "change_keys")  # type: ignore[attr-defined]
    held = request.POST.get("held") == "1"
    actions.hold(pk, held=held, by=by, at=clock.now())
    toast(request, _("已停止推送。") if held else _("已交还本人，由本人决定要不要接着推送。"))
    return HttpResponseRedirect(reverse("workorders:house_hooks"))
