"""Several reports in one pasted group chat: who said what when, what belongs together, what is only noise.

Text in, cards out; a person confirms them. Formats: a line with name and time and the words below it, as desktop programs copy
it; ``[time] name: words``, as exports write it; ``name: words``; or plain lines without names. Nothing here decides
what a report is about: whoever knows categories gives ``topic_of``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

#: The longest text read, in characters; the most cards made of it.
LONGEST, MOST_CARDS = 30_000, 60
#: One person goes on with one thing for so many minutes.
TOGETHER = 15

_TIME = r"(?:(?:\d{4}[-/.年])?\d{1,2}[-/.月]\d{1,2}日?\s*)?(?:星期.\s*|周.\s*|昨天\s*|上午\s*|下午\s*|晚上\s*|凌晨\s*)?(\d{1,2}):(\d{2})(?::\d{2})?(?:\s*[AP]M)?"
_NAME = r"[^\s:：\[\]][^\n:：\[\]]{0,29}?"
#: name and time on a line of their own; time and name; [time] name: words; name (time): words
_HEADS = (
    re.compile(rf"^(?P<name>{_NAME})\s+{_TIME}\s*[:：]?$"),
    re.compile(rf"^{_TIME}\s+(?P<name>{_NAME})\s*[:：]?$"),
    re.compile(rf"^\[{_TIME}\]\s*(?P<name>{_NAME})\s*[:：]\s*(?P<words>.*)$"),
    re.compile(rf"^{_TIME}\s*[-–,，]?\s*(?P<name>{_NAME})\s*[:：]\s*(?P<words>.*)$"),
    re.compile(rf"^(?P<name>{_NAME})\s*[（(]{_TIME}[)）]\s*[:：]?\s*(?P<words>.*)$"),
)
_SAID = re.compile(r"^(?P<name>[^\s:：,，。！？!?、；;]{1,20})\s*[:：]\s*(?P<words>\S.*)$")
#: What looks like a name before a colon, and is the beginning of a sentence.
_NO_NAME = frozenset(
    [
        "地址",
        "地点",
        "位置",
        "时间",
        "电话",
        "联系电话",
        "问题",
        "建议",
        "请问",
        "通知",
        "注意",
        "内容",
        "情况",
        "原因",
        "事项",
        "姓名",
        "反映",
        "投诉",
        "求助",
        "https",
        "http",
        "补充",
        "另外",
        "备注",
    ]
)
_DAY = re.compile(r"^[-—\s]*(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|昨天|今天|星期.)[-—\s]*(?:星期.)?$")
_SYSTEM = re.compile(
    r"撤回了一条消息|加入了?群聊|加入群聊|拍了拍|修改群名|群公告|以下为新消息|退出了?群聊|移出了?群聊|发起了群收款|领取了.*红包"
)
_THINGS = re.compile(
    r"\[(?:图片|照片|视频|语音|表情|动画表情|链接|文件|位置|红包|强|玫瑰|抱拳|OK|捂脸|微笑|呲牙|流泪|合十|鼓掌|赞|爱心|偷笑|破涕为笑|[^\[\]]{1,6})\]"
)
_CALLED = re.compile(r"@\S{1,20}[\s\u2005]*")
_NOISE = re.compile(
    r"^(?:(?:大家|各位|邻居们?|书记|主任|群主)?(?:早上?好?|早安|上午好|下午好|晚上好|晚安|中午好|你好|您好|大家好)|收到|好的?|好滴|嗯+|哦+|啊+|ok|okk?|1|赞|厉害|支持|顶"
    r"|谢谢.{0,10}|多谢.{0,8}|感谢.{0,10}|辛苦.{0,8}|知道了|明白了?|了解|可以|行|哈+|呵+|是的?|对的?|没错|不客气|在吗|有人吗|转发|祝.{0,14}|节日快乐.{0,6})$",
    re.I,
)  # fmt: skip
_ECHO = re.compile(
    r"^(?:我(?:们|家)?(?:这边|这里|楼下|那边)?也(?:是|一样|有|听到了?|闻到了?|遇到了?).{0,6}|同(?:问|样|感|上)?|一样(?:的)?|\+1|加一|确实(?:是)?|对啊.{0,4}|就是.{0,4}|俺也一样)$"
)
_NEXT = re.compile(
    r"^(?:另外|还有(?:一[个件]|就是)?|再(?:反映|说)一[个件]|第[二三四五]|其次|顺便(?:问|说)?|还想问)"
)
_NUMBERED = re.compile(r"^\s*(?:[（(]?\d{1,2}[）)]|\d{1,2}[、.．](?!\d)|[①-⑨]|[一二三四五六七八九][、.])\s*")


@dataclass(frozen=True)
class Said:
    """One message: who (empty when nobody says), minutes since midnight (None when not told), the words."""

    name: str
    minute: int | None
    words: str


@dataclass
class Card:
    """One thing that somebody tells: the words of their messages about it, and how many others said "here too"."""

    name: str
    minute: int | None
    words: list[str] = field(default_factory=list)
    echoes: int = 0

    @property
    def text(self) -> str:
        """All its words."""
        return "\n".join(self.words)

    @property
    def clock(self) -> str:
        """When, as people write it; empty when not told."""
        return "" if self.minute is None else f"{self.minute // 60:02d}:{self.minute % 60:02d}"


def read_chat(text: str) -> list[Said]:
    """The messages of a pasted chat, in their order. Without names, each line is a message."""
    lines = [
        line.strip().strip("\u200b\u200e\ufeff") for line in text[:LONGEST].replace("\r\n", "\n").split("\n")
    ]
    said: list[Said] = []
    headed = False
    for line in lines:
        if not line or _DAY.match(line) or _SYSTEM.search(line):
            continue
        head = _head(line)
        if head is not None:
            said.append(head)
            headed = True
        elif headed and said:
            last = said[-1]
            said[-1] = Said(last.name, last.minute, f"{last.words}\n{line}".strip())
        else:
            said.append(Said("", None, line))
    return said


def _head(line: str) -> Said | None:
    for form in _HEADS:
        found = form.match(line)
        if found is None:
            continue
        hour, minute = (
            int(part) for part in [part for part in found.groups() if part and part.isdigit()][:2]
        )
        if hour > 23 or minute > 59:
            continue
        later = hour + 12 if re.search(r"下午|晚上", line) and hour < 12 else hour
        return Said(
            found.group("name").strip(), later * 60 + minute, (found.groupdict().get("words") or "").strip()
        )
    found = _SAID.match(line)
    if found is not None and found.group("name") not in _NO_NAME and not found.group("name").isdigit():
        return Said(found.group("name"), None, found.group("words").strip())
    return None


def _bare(words: str) -> str:
    return _CALLED.sub("", _THINGS.sub("", words)).strip(" ，,。.!！~～\u3000")


def _pieces(words: str) -> list[str]:
    """A message as its numbered points; itself when it has fewer than two."""
    points: list[str] = []
    for line in words.split("\n"):
        if _NUMBERED.match(line) or not points:
            points.append(_NUMBERED.sub("", line))
        else:
            points[-1] += f"\n{line}"
    numbered = sum(1 for line in words.split("\n") if _NUMBERED.match(line))
    if numbered < 2:
        return [words]
    if not _NUMBERED.match(words.split("\n")[0]):
        points = points[1:] if len(_bare(points[0])) < 12 else points
    return points


def cards_of(text: str, *, topic_of: Callable[[str], object] = lambda words: None) -> list[Card]:
    """What a pasted chat tells, one card per thing. ``topic_of`` says what some words are about, None when unsure.

    Greetings, thanks, stickers and what the program itself wrote are dropped. One person's words are joined while they
    are about one thing; "here too" is counted with the thing before it.
    """
    cards: list[Card] = []
    for said in read_chat(text):
        for piece in _pieces(said.words):
            words = "\n".join(
                line
                for line in (_CALLED.sub("", _THINGS.sub("", part)).strip() for part in piece.split("\n"))
                if line and not (_NOISE.match(_bare(line)) and "\n" in piece)
            )
            bare = _bare(words)
            if not bare or _NOISE.match(bare):
                continue
            if len(bare) <= 14 and _ECHO.match(bare):
                other = next(
                    (card for card in reversed(cards) if card.name != said.name or not said.name), None
                )
                if other is not None:
                    other.echoes += 1
                continue
            parts = len(_pieces(said.words)) > 1
            mine = None if parts else _goes_on(cards, said, words, topic_of)
            if mine is None:
                if len(cards) == MOST_CARDS:
                    cards[-1].words.append(words)
                    continue
                cards.append(Card(said.name, said.minute, [_begun(words)]))
            else:
                mine.words.append(words)
    return cards


def _begun(words: str) -> str:
    """The words without the "also" that tells them from the thing before: on a card of their own they stand alone."""
    rest = _NEXT.sub("", words, count=1).lstrip("，,：:、 ")
    return rest if len(rest) >= 4 else words


def _goes_on(cards: list[Card], said: Said, words: str, topic_of: Callable[[str], object]) -> Card | None:
    """The card that these words go on with: the speaker's last one, lately, unless another thing begins."""
    if not said.name or _NEXT.match(words):
        return None
    mine = next((card for card in reversed(cards) if card.name == said.name), None)
    if mine is None:
        return None
    if said.minute is not None and mine.minute is not None and not 0 <= said.minute - mine.minute <= TOGETHER:
        return None
    before, now = topic_of(mine.text), topic_of(words)
    return None if before is not None and now is not None and before != now else mine
