"""Phone numbers and e-mail addresses: their normal form, and the keyed digest that finds an account."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata

from django.conf import settings
from django.utils.translation import gettext as _

from gongzhi.kit.errors import Invalid

_MAINLAND = re.compile(r"1[3-9]\d{9}")
#: A mainland land line: its area code without the leading 0, then seven or eight digits.
_LAND_LINE = re.compile(r"(?:10|2\d|[3-9]\d{2})\d{7,8}")
_HONG_KONG = re.compile(r"[235-9]\d{7}")
_MACAO = re.compile(r"(?:6\d{7}|28\d{6}|8\d{7})")
#: With its code said, a number of eight digits is taken as it is: ranges are opened faster than programs change.
_EIGHT = re.compile(r"\d{8}")
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]+\.[^@\s\x00-\x1f\x7f]{2,}")


def normal_phone(text: str) -> str:
    """E.164 form of a mainland, Hong Kong or Macao number, or of one written with its country code.

    Eight digits without a code are read as Macao when they begin with 6 or 28, else as Hong Kong. Raises Invalid.
    """
    digits = unicodedata.normalize("NFKC", text)
    digits = re.sub(r"[\s().-]", "", digits)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.startswith("+"):
        number = digits[1:]
        if number.startswith("86") and (_MAINLAND.fullmatch(number[2:]) or _LAND_LINE.fullmatch(number[2:])):
            return digits
        if number.startswith(("852", "853")) and _EIGHT.fullmatch(number[3:]):
            return digits
        if number.isdecimal() and 8 <= len(number) <= 15 and not number.startswith(("86", "852", "853")):
            return digits
    elif _MAINLAND.fullmatch(digits):
        return "+86" + digits
    elif _MACAO.fullmatch(digits) and digits[0] in "62":
        return "+853" + digits
    elif _HONG_KONG.fullmatch(digits):
        return "+852" + digits
    elif digits.startswith("0") and _LAND_LINE.fullmatch(digits[1:]):
        return "+86" + digits[1:]
    raise Invalid(
        _("这个电话号码看起来不完整。"),
        help=_("请填写 11 位手机号；香港号码前加 +852，澳门号码前加 +853。"),
        code="phone",
        fields={"phone": [_("请检查电话号码。")]},
    )


def normal_address(text: str) -> tuple[str, str]:
    """``("email", …)`` or ``("phone", …)`` in normal form. Raises Invalid."""
    text = unicodedata.normalize("NFKC", text).strip()
    if "@" in text:
        if not _EMAIL.fullmatch(text) or len(text) > 120:
            raise Invalid(
                _("这个邮箱地址看起来不完整。"), code="email", fields={"address": [_("请检查邮箱地址。")]}
            )
        return "email", text.lower()
    return "phone", normal_phone(text)


def keyed(*parts: str) -> bytes:
    """A digest that only this installation can compute: 32 bytes."""
    return hmac.new(settings.SECRET_KEY.encode(), "\x1f".join(parts).encode(), hashlib.sha256).digest()


def address_digest(address: str) -> bytes:
    """The digest under which an account with this (normal) address is found."""
    return keyed("address", address)
