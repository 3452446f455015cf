"""Refusals: the expected failures, each with a code, a sentence, a status and what would help.

Raise one anywhere below a door; `gongzhi.kit.middleware` turns it into a page or JSON of one tested shape.
Unexpected failures are not here: they stay ordinary exceptions and become a 500.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):
    """An expected failure.

    `sentence` says what is wrong, `help` what would help, both for the person who reads it.
    `fields` maps a field's name to its sentences. `code` and `status` default to those of the class.
    """

    code = "refused"
    status = 400
    default_sentence: Any = _("这一步不能这样做。")

    def __init__(
        self,
        sentence: Any = "",
        *,
        help: Any = "",
        code: str | None = None,
        status: int | None = None,
        fields: dict[str, list[str]] | None = None,
        wait_seconds: int | None = None,
    ) -> None:
        self.sentence = sentence or self.default_sentence
        self.help = help
        self.code = code or type(self).code
        self.status = status or type(self).status
        self.fields = fields or {}
        self.wait_seconds = wait_seconds
        super().__init__(str(self.sentence))

    def __str__(self) -> str:
        return str(self.sentence)

    def as_json(self) -> dict[str, Any]:
        """The one shape of a refusal in JSON."""
        return {
            "error": {
                "code": self.code,
                "message": str(self.sentence),
                "help": str(self.help),
                "fields": {name: [str(s) for s in said] for name, said in self.fields.items()},
            }
        }


class Invalid(Refusal):
    """What was sent cannot be understood or is not allowed as it stands (400)."""

    code, status, default_sentence = "invalid", 400, _("填写的内容有误，请检查后再提交。")


class SignInFirst(Refusal):
    """Nobody is signed in, and this needs somebody (401; a page leads to the sign-in page)."""

    code, status, default_sentence = "sign_in_first", 401, _("请先登录。")


class Forbidden(Refusal):
    """Signed in, but the table of rights does not allow it (403)."""

    code, status, default_sentence = "forbidden", 403, _("您没有权限这样做。")


class NotFound(Refusal):
    """There is no such thing, or none that this person may see (404)."""

    code, status, default_sentence = "not_found", 404, _("没有找到您要的内容。")


class Conflict(Refusal):
    """Someone was quicker, or the state has moved on (409)."""

    code, status, default_sentence = "conflict", 409, _("内容已被他人更新，请刷新后再试。")


class TooLarge(Refusal):
    """More than we accept at once (413)."""

    code, status, default_sentence = "too_large", 413, _("提交的内容太大。")


class Unprocessable(Refusal):
    """Well-formed, but it makes no sense to us: a corrupt picture, an impossible date (422)."""

    code, status, default_sentence = "unprocessable", 422, _("内容无法识别，请更换后再试。")


class TooMany(Refusal):
    """Too often from this account or address (429); `wait_seconds` says how long to wait."""

    code, status, default_sentence = "too_many", 429, _("操作太频繁，请稍后再试。")


class Unavailable(Refusal):
    """We cannot serve right now (503)."""

    code, status, default_sentence = "unavailable", 503, _("系统暂时无法使用，请稍后再试。")


FAMILY: tuple[type[Refusal], ...] = (
    Invalid,
    SignInFirst,
    Forbidden,
    NotFound,
    Conflict,
    TooLarge,
    Unprocessable,
    TooMany,
    Unavailable,
)


def for_status(status: int, sentence: Any = "", *, help: Any = "") -> Refusal:
    """The refusal that carries this HTTP status; anything unknown becomes a plain Refusal with the status."""
    for kind in FAMILY:
        if kind.status == status:
            return kind(sentence, help=help)
    return Refusal(sentence, help=help, status=status)


#: What is wrong with a value, by the types of pydantic, with the bound that it was measured against.
_WRONG = {
    "missing": gettext_noop("这一项必须填写。"),
    "extra_forbidden": gettext_noop("没有这一项。"),
    "string_too_long": gettext_noop("太长了：最多 {max_length} 个字。"),
    "string_too_short": gettext_noop("太短了：至少 {min_length} 个字。"),
    "too_long": gettext_noop("太多了：最多 {max_length} 项。"),
    "too_short": gettext_noop("太少了：至少 {min_length} 项。"),
    "greater_than_equal": gettext_noop("不能小于 {ge}。"),
    "less_than_equal": gettext_noop("不能大于 {le}。"),
    "literal_error": gettext_noop("不能这样选：可以是 {expected}。"),
    "json_invalid": gettext_noop("不是有效的 JSON。"),
}


def wrong_with(one: Mapping[str, Any]) -> str:
    """A sentence for one of the errors that pydantic found, never with what was sent."""
    told = dict(one.get("ctx") or {})
    if "expected" in told:
        told["expected"] = str(told["expected"]).replace(" or ", ", ")
    sentence = _WRONG.get(one["type"], "这一项的格式不对。")
    return gettext(sentence).format_map(told)
