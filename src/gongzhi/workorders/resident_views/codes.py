"""Query codes: entered by hand or scanned, they open one matter for their bearer."""

from __future__ import annotations

from contextlib import suppress

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.kit.errors import NotFound
from gongzhi.kit.throttle import throttled
from gongzhi.matters.queries import matter_by_key
from gongzhi.workorders import queries
from gongzhi.workorders.actions.reporting import ALPHABET, CODE_LENGTH, code_digest
from gongzhi.workorders.forms.resident import CodeForm
from gongzhi.workorders.resident_views import shown

#: What people write instead of letters that no code has.
_MEANT = str.maketrans({"０": "0", "—": "-", "－": "-", "‐": "-", "–": "-"})


def _letters(text: str) -> str:
    return "".join(c for c in text.translate(_MEANT).upper() if c in ALPHABET)


def _open(request: HttpRequest, text: str) -> HttpResponse:
    """Open the matter behind a code, or show the form again with what might be wrong."""
    form = CodeForm({"code": text})
    if form.is_valid():
        letters = _letters(text)
        found = matter_by_key(code_digest(letters)) if len(letters) == CODE_LENGTH else None
        if found is not None:
            shown.remember(request, found[0], "reporter" if found[1] == "reporter" else "follower")
            return HttpResponseRedirect(reverse("workorders:order", args=[found[0]]))
        form.status = 404
        form.add_error(
            "code",
            _("没有这个查询码。请对照回执再看一遍：一共 12 位，没有字母 I、L、O，也没有数字 0 和 1。")
            if len(letters) == CODE_LENGTH
            else _("查询码是 12 位，您输入了 {n} 位。").format(n=len(letters)),
        )
    return render(request, "workorders/resident/code.html", {"form": form}, status=form.answer_status())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@throttled("code", 20, 600)
def enter(request: HttpRequest) -> HttpResponse:
    """The field for a code. Messages lead here with ``of``: whoever may see that matter already is shown it at once."""
    if request.method == "POST":
        return _open(request, request.POST.get("code", "")[:60])
    of = request.GET.get("of", "")
    if of.isascii() and of.isdecimal() and len(of) < 19:
        with suppress(NotFound):
            order = queries.get_order(int(of), by=request.actor)  # type: ignore[attr-defined]
            return HttpResponseRedirect(reverse("workorders:order", args=[order.pk]))
    return render(request, "workorders/resident/code.html", {"form": CodeForm()})


@never_cache
@require_safe
@throttled("code", 20, 600, methods=("GET", "HEAD"))
def scanned(request: HttpRequest, code: str) -> HttpResponse:
    """A code from a QR picture or a link."""
    return _open(request, code[:60])
