"""Papers of a case: what can be printed now, in which language, and the file itself."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from gongzhi.journal.models import PARTY, TEAM, Attachment
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import NotFound, SignInFirst
from gongzhi.mediation import queries
from gongzhi.mediation.models import Agreement, Case, Way
from gongzhi.mediation.papers import which
from gongzhi.mediation.papers.gathering import Told, gather
from gongzhi.mediation.papers.values import FILLS
from gongzhi.mediation.policies import current_sides
from gongzhi.mediation.views.showing import shell_of
from gongzhi.papers import actions as papers
from gongzhi.papers import queries as known_papers
from gongzhi.papers.files import KINDS, handed

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)


def standing(case: Case, by: Actor) -> tuple[bool, int | None]:
    """(on the team, number of the own party)."""
    sides = current_sides(by, case)
    numbers = sorted(int(side.removeprefix(PARTY)) for side in sides if side.startswith(PARTY))
    return TEAM in sides, numbers[0] if numbers else None


def _asked(request: HttpRequest, case_id: int) -> tuple[Case, Told, bool, int | None]:
    by: Actor = request.actor  # type: ignore[attr-defined]
    if by.account_id is None:
        raise SignInFirst
    case = queries.get_case(case_id, by=by)
    team, own = standing(case, by)
    if not team and own is None:
        raise NotFound
    return case, gather(case), team, own


def _drawn(told: Told, version: Agreement) -> dict[str, bytes]:
    """The names that were drawn on a screen under a version, by where they stand: ``name#row`` in a list of signers."""
    rows = {one.attachment_id: one for one in version.signatures.all() if one.way == Way.SCREEN}
    places = {side.party.pk: number for number, side in enumerate(told.sides)}
    found = {}
    for file in Attachment.objects.filter(pk__in=[key for key in rows if key]).select_related("blob"):
        signature = rows[file.pk]
        if file.blob is not None:
            name = f"当事人签名#{places[signature.party_id]}" if signature.party_id else "调解员签名"
            found[name] = bytes(file.blob.content)
    return found


def _usual(sheet: which.Sheet, given: Any) -> str:
    """The language of a paper nobody chose one for: of an agreement, and of what follows from it, the one that was signed."""
    original = sheet.arguments["version"].language if "version" in sheet.arguments else "zh-hans"
    return original if original in known_papers.languages_of(sheet.layout, LANGUAGES, given) else "zh-hans"


@require_GET
def papers_page(request: HttpRequest, case_id: int) -> HttpResponse:
    """Every paper that whoever asks may print now, with what art. 29 asks of the newest agreement."""
    case, told, team, own = _asked(request, case_id)
    names, given = dict(settings.LANGUAGES), known_papers.reviewed()
    rows: list[dict[str, Any]] = []
    for sheet in which.sheets(told, team=team, own=own):
        codes = known_papers.languages_of(sheet.layout, LANGUAGES, given)
        first = _usual(sheet, given)
        rows.append(
            {
                "sheet": sheet,
                "url": reverse("mediation:paper", args=[case.pk, sheet.code, sheet.of, "pdf"]),
                "word": reverse("mediation:paper", args=[case.pk, sheet.code, sheet.of, "docx"]),
                "language": names[first] if first != "zh-hans" else "",
                "languages": [(code, names[code]) for code in codes if code != first],
            }
        )
    agreement = told.agreement
    context = {
        "shell": shell_of(request.actor),  # type: ignore[attr-defined]
        "case": case,
        "rows": rows,
        "checklist": which.checklist(told, agreement) if agreement and team else [],
        "agreement": agreement,
        "lacking": which.lacking(told) if team else [],
    }  # fmt: skip
    return render(request, "mediation/papers.html", context)


@require_GET
def paper(request: HttpRequest, case_id: int, code: str, of: int, form: str) -> HttpResponse:
    """One paper as ``pdf`` or ``docx``; ``?language=`` for one that somebody has looked over."""
    case, told, team, own = _asked(request, case_id)
    by: Actor = request.actor  # type: ignore[attr-defined]
    sheet = which.find(told, code, of, team=team, own=own)
    if sheet is None or form not in KINDS:
        raise NotFound
    language = request.GET.get("language") or _usual(sheet, known_papers.reviewed())
    if language not in LANGUAGES:
        raise NotFound
    original = sheet.arguments["version"].language if "version" in sheet.arguments else case.language
    with translation.override(language):
        # the list of a docket is in the language of the paper
        arguments = {
            **sheet.arguments,
            **({"rows": which.contents(told)} if sheet.code == "contents" else {}),
        }
        values = FILLS[sheet.layout.code](told, **arguments)
        title = str(sheet.layout.title)
    said = papers.Said(
        sheet.layout,
        values,
        about=f"mediation:{case.pk}:{sheet.of}:{'team' if team else own}",
        language=language,
        original=original if original in LANGUAGES else "zh-hans",
        division_id=case.committee.division_id,
        draft=sheet.draft,
        pictures=_drawn(told, sheet.arguments["version"]) if sheet.code == "agreement" else {},
    )
    address = (settings.PUBLIC_ADDRESS or "").rstrip("/")
    code_leads = f"{address}/papers/check/" if address else ""
    content = papers.issue(said, form, address=code_leads, by=by, at=clock.now())
    name = f"{title}-{case.matter.number}{'-' + str(sheet.of) if sheet.of else ''}"
    return handed(
        content, KINDS[form], f"{name}{_('（草稿）') if sheet.draft else ''}.{form}", inline=form == "pdf"
    )
