"""Signing on a screen: read, draw or not, ask for a code, enter it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Invalid, NotFound, SignInFirst, TooMany
from gongzhi.kit.throttle import throttled
from gongzhi.mediation import queries
from gongzhi.mediation.actions import signing
from gongzhi.mediation.forms.signing import SignHere
from gongzhi.mediation.models import Agreement, Case, Form, Signature
from gongzhi.mediation.papers.gathering import gather
from gongzhi.mediation.papers.values import clauses
from gongzhi.mediation.policies import RULES
from gongzhi.mediation.queries.agreements import digest_of
from gongzhi.mediation.views.showing import shell_of
from gongzhi.papers.digests import short


def _shown(
    request: HttpRequest,
    case: Case,
    agreement: Agreement,
    form: SignHere,
    *,
    status: int = 200,
    sent: str = "",
) -> HttpResponse:
    by: Actor = request.actor  # type: ignore[attr-defined]
    party = signing.signer(case, by)
    form.fields["code"].required = True  # to sign, one needs it; only asking for one does without
    digest = digest_of(agreement)
    told = gather(case)
    context: dict[str, Any] = {
        "shell": shell_of(by),
        "case": case,
        "agreement": agreement,
        "clauses": clauses(agreement),
        "names": [side.party.name for side in told.sides],
        "signer": party.name if party else _("调解员"),
        "digest": digest.hex(),
        "short": short(digest),
        "form": form,
        "sent": sent,
        "coded": party is not None,
        "done": Signature.objects.filter(agreement=agreement, seal=False, party=party).exists(),
    }
    return render(request, "mediation/signing.html", context, status=status)


@never_cache
@sensitive_post_parameters("code", "strokes")
@throttled("sign", 30, 900)
@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, case_id: int, version: int) -> HttpResponse:
    """One version, to read and to sign."""
    by: Actor = request.actor  # type: ignore[attr-defined]
    if by.account_id is None:
        raise SignInFirst
    case = queries.get_case(case_id, by=by)
    agreement = Agreement.objects.filter(case=case, version=version, form=Form.WRITTEN).first()
    if agreement is None or not RULES.may(by, "sign", case):
        raise NotFound
    coded = signing.signer(case, by) is not None
    here, at = reverse("mediation:case", args=[case.pk]), clock.now()
    if request.method != "POST":
        known = signing.known_phones(case, by)
        return _shown(
            request, case, agreement, SignHere(initial={"phone": known[0] if known else ""}, coded=coded)
        )
    form = SignHere(request.POST, asks=request.POST.get("act") == "code", coded=coded)
    if not form.is_valid():
        return _shown(request, case, agreement, form, status=400)
    told = form.cleaned_data
    given = {"agreement_id": agreement.pk, "phone": told["phone"], "shown": told["shown"], "by": by, "at": at}
    try:
        # a refusal is shown on this page; a wrong code is none: that it was tried is kept
        with transaction.atomic():
            if request.POST.get("act") == "code":
                signing.send_code(case.pk, **given)
                signed = None
            else:
                signed = signing.sign_here(case.pk, code=told["code"], strokes=told["strokes"], **given)
    except (Invalid, TooMany) as refusal:
        words = [str(refusal), str(refusal.help)]
        words += [str(one) for many in (getattr(refusal, "fields", None) or {}).values() for one in many]
        form.add_error(None, " ".join(dict.fromkeys(word for word in words if word)))
        return _shown(request, case, agreement, form, status=int(refusal.status))
    if request.POST.get("act") == "code":
        return _shown(request, case, agreement, form, sent=told["phone"])
    if signed is None:
        form.add_error("code", _("这个六位数不对，或者已经过期。请看最新的一条；输错五次后要重新发。"))
        return _shown(request, case, agreement, form, status=400)
    toast(request, _("已签名"))
    return HttpResponseRedirect(here)
