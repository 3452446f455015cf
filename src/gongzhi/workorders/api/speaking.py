"""Reading a request: who asks and with which scope, the order it names, its body as JSON or as a form with photos."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any, TypeVar

from django.http import HttpRequest
from django.utils.translation import gettext as _
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from gongzhi.kit.errors import Forbidden, Invalid, NotFound, Refusal, SignInFirst, wrong_with
from gongzhi.kit.images import Picture, check_picture
from gongzhi.kit.throttle import client_address, spent, throttle
from gongzhi.matters.queries import matter_by_key
from gongzhi.people.actor import Person
from gongzhi.people.scopes import allows
from gongzhi.workorders.actions.reporting import ALPHABET, CODE_LENGTH, code_digest
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.queries import get_order_by_number

NUMBER = re.compile(r"[A-Za-z]\d{6}-\d{6,12}")


def _plain(text: str) -> str:
    return "".join(sign for sign in text if sign in "\n\t" or not unicodedata.category(sign).startswith("C"))


#: Text without control characters.
Plain = AfterValidator(_plain)
Text = Annotated[str, Plain]
Degrees = Annotated[float, Field(allow_inf_nan=False)]


class Said(BaseModel):
    """A body. What it does not know is refused: a misspelt name must not be lost in silence."""

    model_config = ConfigDict(extra="forbid")


class ErrorBody(BaseModel):
    """What is wrong, and what would help."""

    code: str
    message: str
    help: str
    fields: dict[str, list[str]]


class Refused(BaseModel):
    """The one shape of every refusal."""

    error: ErrorBody


#: Statuses that any operation may answer with, for the document.
REFUSALS = frozenset({400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503})


def asking(request: HttpRequest, scope: str) -> Person:
    """Who asks, if their token has the scope; with the order whose code they show. A visitor needs no scope.

    An empty ``scope``: any key opens it.
    """
    by: Person = request.actor  # type: ignore[attr-defined]
    if by.account_id is not None and not allows(request.scopes, scope):  # type: ignore[attr-defined]
        raise Forbidden(_("这个令牌没有“{scope}”权限。").format(scope=scope), code="scope")
    code = request.headers.get("X-Query-Code", "")
    if not code:
        return by
    # Who has guessed too often is not told of a right guess either.
    asker = client_address(request)
    if spent("api.code", asker, 20, 600):
        throttle("api.code", asker, 20, 600)
    letters = "".join(sign for sign in code.upper() if sign in ALPHABET)
    found = matter_by_key(code_digest(letters)) if len(letters) == CODE_LENGTH else None
    if found is None:
        throttle("api.code", asker, 20, 600)
        raise NotFound(_("没有这个查询码。"), code="unknown_code")
    matter, part = found
    return by.bearing(reports=[matter]) if part == "reporter" else by.bearing(follows=[matter])


def signed_in(request: HttpRequest, scope: str) -> Person:
    """Who asks, with an account."""
    by = asking(request, scope)
    if by.account_id is None:
        raise SignInFirst(
            _("请带上令牌。"), help=_("请求头：Authorization: Bearer <令牌>"), code="token_needed"
        )
    return by


def order_of(number: str, by: Person) -> WorkOrder:
    """The order with this number, if this person may see it."""
    if not NUMBER.fullmatch(number):
        raise NotFound
    return get_order_by_number(number, by=by)


T = TypeVar("T", bound=BaseModel)


def body_of(request: HttpRequest, shape: type[T]) -> tuple[T, tuple[Picture, ...]]:
    """The body in this shape, and its photos (multipart only). Raises a refusal with a sentence per field."""
    kind = request.content_type or ""
    pictures: tuple[Picture, ...] = ()
    try:
        if kind == "application/json" or (not kind and request.body):
            said = shape.model_validate_json(request.body)
        elif kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
            values: dict[str, Any] = {name: text for name, text in request.POST.items() if text != ""}
            said = shape.model_validate(values)
            pictures = tuple(
                check_picture(file, name=file.name or "", size=file.size)  # type: ignore[arg-type]
                for file in request.FILES.getlist("photos")[:12]
            )
        elif not request.body:
            said = shape.model_validate({})
        else:
            raise Refusal(
                _("不支持这种内容类型。"),
                help=_("请用 application/json 或 multipart/form-data。"),
                code="unsupported_media_type",
                status=415,
            )
    except ValidationError as fault:
        fields: dict[str, list[str]] = {}
        for one in fault.errors(include_url=False, include_input=False):
            name = str(one["loc"][0])[:80] if one["loc"] else "body"
            name = "".join(sign for sign in name if sign.isprintable())
            fields.setdefault(name, [wrong_with(one)])
        raise Invalid(fields=fields) from None
    return said, pictures


def document(shape: type[BaseModel], *, photos: bool = False) -> dict[str, Any]:
    """The part of the OpenAPI document that describes a body read by :func:`body_of`."""
    schema = shape.model_json_schema()
    content: dict[str, Any] = {"application/json": {"schema": schema}}
    if photos:
        fields = {**schema.get("properties", {}), "photos": _PHOTOS}
        content["multipart/form-data"] = {"schema": {**schema, "properties": fields}}
    return {"requestBody": {"required": bool(schema.get("required")), "content": content}}


_PHOTOS = {"type": "array", "maxItems": 6, "items": {"type": "string", "format": "binary"}}


def header(name: str, about: str) -> dict[str, Any]:
    """A header parameter for the document."""
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": about,
        "schema": {"type": "string"},
    }
