"""The JSON door: one document for all rooms. Each room brings its operations in ``api.py`` as ``router``.

Lives here: what all rooms share: one shape for every refusal, limits told in headers, the document and its page.
A room that limits how often something may be done says so in ``THROTTLES``: path → declarations of
:mod:`gongzhi.kit.throttle`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from importlib.util import find_spec
from typing import Any, cast

from django.conf import settings
from django.db import DataError
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.renderers import JSONRenderer

from gongzhi.kit import answers, errors
from gongzhi.kit.throttle import Declared

_ABOUT = """\
Report something, see what becomes of it, and read the answer: with the number and the code of a report, or as an account
with a key. The pages do the same things with the same rights.

**A report in, its answer out**

1. `POST /api/workorders` with `{"description": "海棠苑门口的下水道堵了，污水漫到路上。"}` and, if you like, an
   `Idempotency-Key` of your own. Keep `number` and `query_code` of the answer. Of some matters something is asked first: 422 names
   it in `fields`, as `answers.lamp_area`, with its choices; all questions stand at their category in `GET /api/categories`. Send
   `{"description": "路口的路灯不亮了。", "answers": {"lamp_area": "一盏"}}`, or `"cannot_ask": true` where you cannot ask. 422 with the
   code `emergency` has the number to call in `fields.emergency`: say so to the reporter, then send it with
   `"emergency_acknowledged": true`.
2. `GET /api/workorders/{number}` with the header `X-Query-Code: <query_code>`. `state` says where it is, `timeline` what
   happened, `steps` what you may do now.
3. When `state` is `released`, the answer stands in the `timeline` under the verb `pass_check`. Say whether it is solved:
   `POST /api/workorders/{number}/steps/confirm` with `{"solved": true, "satisfied": 5}`, or `…/steps/dispute` with
   `{"reason": "…"}`. A `state` of `declined` has its reason in the `timeline` too. All states: `OrderOut`, below.

Sentences for people come in the language of `Accept-Language`: `zh-Hans`, `zh-Hant`, `en`, `pt`.

**Who asks.** `Authorization: Bearer <key>` acts as an account; keys are issued on its page “我的账号”, with scopes
(`orders.read`, `orders.report`, `orders.steps`, `events.read`, `events.push`, `notices.read`, `notices.write`, `topics.read`; `read` and `write` cover them) and an end.
`X-Query-Code: <code>` acts as the reporter or follower whose code it is. Neither: a visitor, who may report, follow and read
the tables. Cookies do not count.

**Refusals** have one shape, whatever the status: `{"error": {"code", "message", "help", "fields"}}`. `code` is for programs
and does not change, `message` and `help` are sentences for people, `fields` says what is wrong with which field.

**Repeats.** A `POST /api/workorders` with the same `Idempotency-Key` gives the first order again (200 instead of 201).

**Limits.** `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` (seconds) tell how much is left; 429 and 503 bring
`Retry-After`.

**Lists.** Ask for the next page with `cursor` (or `after`) and the `next` of the answer; tables have the header `Link` with
`rel="next"`.

**News.** `GET /api/events?after=0` reads what happened, in order; `POST /api/webhooks` has it pushed, signed as
[Standard Webhooks](https://www.standardwebhooks.com) says, at least once, with the same id at every try.

Times are ISO 8601 with an offset; positions WGS-84, longitude first, unless `crs` says otherwise.
"""


class Readable(JSONRenderer):
    """JSON in which Chinese stays Chinese."""

    json_dumps_params = {"ensure_ascii": False}


class Door(NinjaAPI):
    """NinjaAPI whose document names the ways to say who one is."""

    _document: Any = None

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        # made once: it takes more than a second and never changes while the program runs
        if self._document is None:
            self._document = self._make_document(**kwargs)
        return self._document

    def _make_document(self, **kwargs: Any) -> Any:
        schema = super().get_openapi_schema(**kwargs)
        schema["components"]["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer"},
            "code": {"type": "apiKey", "in": "header", "name": "X-Query-Code"},
        }
        schema["security"] = [{}, {"token": []}, {"code": []}]
        return schema

    @property
    def urls(self) -> Any:
        patterns, *names = super().urls
        for pattern in patterns:
            view: Any = _shaped(cast(Any, pattern.callback))
            view.throttles = _throttles.get("/" + str(pattern.pattern), ())
            pattern.callback = view
        return (patterns, *names)


_throttles: dict[str, tuple[Declared, ...]] = {}


api = Door(
    title="Gongzhi 共治",
    version="1.0.0",
    description=_ABOUT,
    openapi_url="/openapi.json",
    docs_url="/docs",
    renderer=Readable(),
)

# A refusal is raised on, not answered here: the middleware tells it after the transaction has been rolled back.


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, fault: ValidationError) -> Any:
    fields = {str(one["loc"][-1]): [errors.wrong_with(one)] for one in fault.errors}
    raise errors.Invalid(fields=fields) from None


@api.exception_handler(HttpError)
def _http(request: HttpRequest, fault: HttpError) -> Any:
    raise errors.for_status(fault.status_code) from fault


@api.exception_handler(DataError)
def _data(request: HttpRequest, fault: DataError) -> Any:
    """A value no column can hold: a number too large, a character that cannot be stored."""
    raise errors.Invalid() from fault


@api.exception_handler(Exception)
def _other(request: HttpRequest, fault: Exception) -> Any:
    raise fault


def _shaped(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view, with a method that is not allowed told in the one shape."""

    @wraps(view)
    def shaped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if response.status_code != 405:
            response.headers.setdefault("Cache-Control", "no-store")
            return response
        sentence = _("这个地址不接受 {method}。").format(method=str(request.method)[:10])
        told = answers.to(request, errors.Refusal(sentence, code="method_not_allowed", status=405))
        told.headers["Allow"] = response.headers.get("Allow", "")
        return told

    return shaped


for _app in settings.INSTALLED_APPS:
    if _app.startswith("gongzhi.") and find_spec(f"{_app}.api") is not None:
        _room = import_module(f"{_app}.api")
        api.add_router("", _room.router)
        _throttles.update(getattr(_room, "THROTTLES", {}))
