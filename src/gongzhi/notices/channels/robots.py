"""Robots of group chats: WeCom (企业微信), DingTalk (钉钉), Feishu (飞书). One HTTPS request each.

Whoever is in the group reads it, so that a robot gets the same short sentence as an SMS. None of the three takes a
message's key, so ``once`` is False. Addresses are checked against the three hosts before anything is sent.

Sources: developer.work.weixin.qq.com/document/path/91770; open.dingtalk.com/document/robots/custom-robot-access;
open.feishu.cn/document/client-docs/bot-v3/add-custom-bot. All three answer 200 with a code of their own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import quote_plus

from gongzhi.kit import clock
from gongzhi.notices.channels import LATER, REFUSED, SENT, Letter, Outcome
from gongzhi.notices.channels.wire import Answer, allowed, post

#: Channel → the hosts its robots live at.
HOSTS: dict[str, tuple[str, ...]] = {
    "wecom": ("qyapi.weixin.qq.com",),
    "dingtalk": ("oapi.dingtalk.com",),
    "feishu": ("open.feishu.cn", "open.larksuite.com"),
}


class _Robot:
    """What the three have in common. ``busy`` and ``gone`` are the codes for "too often" and "there is no such robot"."""

    once = False
    code = ""
    told = "errcode"
    busy: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()

    def ready(self) -> bool:
        return True

    def body(self, letter: Letter, words: str) -> dict[str, Any]:
        raise NotImplementedError

    def address(self, letter: Letter) -> str:
        return letter.address

    def send(self, letter: Letter) -> Outcome:
        if not allowed(letter.address, HOSTS[self.code]):
            return Outcome(REFUSED, "address")
        words = f"{letter.body}\n{letter.url}" if letter.url else letter.body
        body = json.dumps(self.body(letter, words), ensure_ascii=False).encode()
        return self.outcome(
            post(self.address(letter), body, {"Content-Type": "application/json; charset=utf-8"})
        )

    def outcome(self, answer: Answer) -> Outcome:
        if answer.status == 0 or answer.status >= 500:
            return Outcome(LATER, "down", answer.wait)
        if answer.status == 429:
            return Outcome(LATER, "busy", answer.wait)
        code = answer.told.get(self.told)
        if answer.status == 200 and code == 0:
            return Outcome(SENT)
        if code in self.busy:
            return Outcome(LATER, "busy", 60)
        if code in self.gone or answer.status in (400, 404, 410):
            return Outcome(REFUSED, "gone")
        return (
            Outcome(REFUSED, "refused")
            if answer.status < 300 and code is not None
            else Outcome(LATER, "down")
        )


class WeCom(_Robot):
    """企业微信: ``{"msgtype": "text", …}``; the key stands in the address."""

    code, busy, gone = "wecom", frozenset({45009, 45033, -1}), frozenset({93000, 40035})

    def body(self, letter: Letter, words: str) -> dict[str, Any]:
        return {"msgtype": "text", "text": {"content": words[:2000]}}


class DingTalk(_Robot):
    """钉钉: signed by moment and secret in the address (milliseconds, base64 HMAC-SHA256)."""

    code, busy, gone = "dingtalk", frozenset({130101, 410100, -1}), frozenset({300001, 400101, 400102})

    def address(self, letter: Letter) -> str:
        secret = letter.keys.get("secret", "")
        if not secret:
            return letter.address
        moment = str(int(clock.now().timestamp() * 1000))
        sign = hmac.new(secret.encode(), f"{moment}\n{secret}".encode(), hashlib.sha256).digest()
        return f"{letter.address}&timestamp={moment}&sign={quote_plus(base64.b64encode(sign))}"

    def body(self, letter: Letter, words: str) -> dict[str, Any]:
        return {"msgtype": "text", "text": {"content": words[:2000]}}


class FeiShu(_Robot):
    """飞书: signed in the body; moment and secret are the key, what is signed is empty."""

    code, told = "feishu", "code"
    busy, gone = frozenset({9499, 11232}), frozenset({19001, 19002})

    def body(self, letter: Letter, words: str) -> dict[str, Any]:
        told: dict[str, Any] = {"msg_type": "text", "content": {"text": words[:2000]}}
        if secret := letter.keys.get("secret", ""):
            moment = str(int(clock.now().timestamp()))
            sign = hmac.new(f"{moment}\n{secret}".encode(), b"", hashlib.sha256).digest()
            told |= {"timestamp": moment, "sign": base64.b64encode(sign).decode()}
        return told
