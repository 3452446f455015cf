"""The mailbox of a development installation: every message that would have gone out. It does not exist elsewhere."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gongzhi.notices.queries import mailbox as newest

_CODE = re.compile(r"\b\d{6}\b")


@never_cache
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """The newest messages with their one-time codes set apart."""
    if not settings.DEVELOPMENT:
        raise Http404
    letters = []
    for message in newest():
        code = _CODE.search(message.body) if message.purpose == "sign_in" else None
        letters.append({"message": message, "code": code.group() if code else ""})
    return render(request, "notices/mailbox.html", {"letters": letters})
