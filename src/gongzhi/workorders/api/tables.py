"""What a program needs to fill in a request: categories, divisions, units, who the token is, and the import template."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import Field

from gongzhi.kit import clock
from gongzhi.kit.errors import Invalid
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level
from gongzhi.workorders import queries
from gongzhi.workorders.api.speaking import REFUSALS, Refused, Text, asking, signed_in
from gongzhi.workorders.api.table_shapes import (
    CategoryOut,
    DivisionOut,
    MeOut,
    PostOut,
    QuestionOut,
    ScopeOut,
    UnitOut,
)
from gongzhi.workorders.importing.maps import preset
from gongzhi.workorders.questions import Asked, questions
from gongzhi.workorders.tables import tree


def offer(router: Router) -> None:
    """Hang the operations into the router."""
    answers: Any = {REFUSALS: Refused}
    router.get("/categories", response={200: list[CategoryOut], **answers}, summary="Categories")(categories)
    router.get("/divisions", response={200: list[DivisionOut], **answers}, summary="Divisions")(divisions)
    router.get("/units", response={200: list[UnitOut], **answers}, summary="Units")(units)
    router.get("/me", response={200: MeOut, **answers}, summary="Who the token speaks for")(me)
    router.get(
        "/import-template.csv",
        response=answers,
        summary="An empty file for the importer",
        openapi_extra={
            "responses": {
                200: {"description": "The file", "content": {"text/csv": {"schema": {"type": "string"}}}}
            }
        },
    )(template)


#: Rows of a table at once, and the place in it: the code of the last row of the page before.
Rows = Annotated[int, Field(ge=1, le=1000)]
After = Annotated[str, Field(max_length=80)]
R = TypeVar("R", CategoryOut, DivisionOut, UnitOut)


def _part(rows: list[R], after: str, size: int, request: HttpRequest, response: HttpResponse) -> list[R]:
    """The rows after a code; the header ``Link`` leads to the next ones, if there are any."""
    rest = [row for row in rows if row.code > after]
    if len(rest) > size:
        asked = request.GET.copy()
        asked["after"] = rest[size - 1].code
        response.headers["Link"] = f'<{request.path}?{asked.urlencode()}>; rel="next"'
    return rest[:size]


def categories(
    request: HttpRequest, response: HttpResponse, after: After = "", size: Rows = 1000
) -> list[CategoryOut]:
    """The tree, by code. When there are more, the header ``Link`` (rel="next") leads to them."""
    asking(request, "")
    topics, today = tree().live, clock.today()
    asked: dict[int, list[Asked]] = {}
    for one in questions().values():
        if one.asked_on(today):
            asked.setdefault(one.category_id, []).append(one)
    rows = [
        CategoryOut(
            code=topic.code,
            parent=topics[topic.parent_id].code if topic.parent_id in topics else "",
            name=topic.name,
            default_appeal=topic.default_appeal,
            urgent=topic.urgent,
            hint=topic.hint,
            filing=topic.filing,
            closing=topic.closing,
            questions=[
                QuestionOut(
                    code=one.code,
                    text=one.text,
                    kind=one.kind,  # type: ignore[arg-type]
                    choices=list(one.choices),
                    unit=one.unit,
                    required=one.required,
                )
                for one in asked.get(topic.id, [])
            ],
        )
        for topic in sorted(topics.values(), key=lambda topic: topic.code)
    ]
    return _part(rows, after, size, request, response)


def divisions(
    request: HttpRequest,
    response: HttpResponse,
    level: Text = "",
    parent: Text = "",
    after: After = "",
    size: Rows = 1000,
) -> list[DivisionOut]:
    """Divisions by code, of one level or below one parent if asked so. ``Link`` (rel="next") leads to more."""
    asking(request, "")
    if level and level not in Level.values:
        raise Invalid(_("没有这个层级。"), code="unknown_level", fields={"level": ["、".join(Level.values)]})
    land = ground()
    above = land.by_code.get(parent)
    if parent and above is None:
        raise Invalid(_("没有这个区域。"), code="unknown_division", fields={"parent": [_("没有这个区域。")]})
    rows = [
        DivisionOut(
            code=area.code,
            parent=land.areas[area.parent_id].code if area.parent_id in land.areas else "",
            name=area.name,
            level=area.level,
            lon=area.lon,
            lat=area.lat,
        )
        for area in sorted(land.areas.values(), key=lambda area: area.code)
        if (not level or area.level == level) and (above is None or area.within(above.path))
    ]
    return _part(rows, after, size, request, response)


def units(
    request: HttpRequest, response: HttpResponse, after: After = "", size: Rows = 1000
) -> list[UnitOut]:
    """Units by code. ``Link`` (rel="next") leads to more."""
    asking(request, "")
    bodies = sorted(organisations().values(), key=lambda body: body.code)
    rows = [UnitOut(code=body.code, name=body.label, kind=body.kind) for body in bodies]
    return _part(rows, after, size, request, response)


def me(request: HttpRequest) -> MeOut:
    """Posts held today, and the queues that may be listed."""
    by = signed_in(request, "")
    return MeOut(
        name=by.name,
        token_scopes=sorted(request.scopes),  # type: ignore[attr-defined]
        posts=[
            PostOut(role=post.role, division=post.division_name, unit=post.organisation_name)
            for post in by.posts
        ],
        scopes=[ScopeOut(key=scope.key, label=scope.label) for scope in queries.scopes(by)],
    )


def template(request: HttpRequest) -> HttpResponse:
    """The columns of the preset ``gongzhi``, with a byte order mark for office programs."""
    header = ",".join(cell.columns[0] for cell in preset("gongzhi").columns.values())
    response = HttpResponse(f"\ufeff{header}\r\n", content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="gongzhi-import.csv"'
    return response
