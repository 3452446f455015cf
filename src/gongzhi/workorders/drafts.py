"""What a report is before it becomes an order: the values every door fills in, and the checks they all share."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from civics.devicetime import Seen
from civics.emergency import emergency_in
from civics.territory import UnknownSystem, to_wgs84
from gongzhi.kit.errors import Invalid, Unprocessable
from gongzhi.kit.images import Picture
from gongzhi.people.addresses import normal_address, normal_phone
from gongzhi.workorders.models import Appeal, Channel, WorkOrder
from gongzhi.workorders.questions import read_answers
from gongzhi.workorders.tables import emergencies, tree

SHORTEST, LONGEST, LONGEST_TITLE = 4, 5000, 120
#: Other systems let people write more than ours does; what they took in is not cut off.
LONGEST_IN_FILE = 10_000
MOST_PICTURES = 6
#: No report is older: a year like 0202 is a slip of the finger.
EARLIEST_YEAR = 1980
#: Marks that override or isolate the direction of writing: they make a text read as something else.
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


@dataclass(frozen=True)
class Draft:
    """A report as it came in by a door. ``opened_at`` and ``outcome`` are for history only.

    ``answers`` are what was answered to the questions of the category (question id → value), ``asked`` the questions
    that the door has shown. A door that ``insists`` could have asked: what leaves a required question of its category
    open is refused there. Doors that cannot ask (a file, the police, a feed) do not insist, and the order says what is
    missing.

    ``unit_id`` is who answers for the thing itself, as the owner of a device does; it goes before the table.

    ``seen`` is when somebody saw it, where a device without signal kept the report until it arrived.

    ``origin`` are facts about where a row of a file comes from, without personal words; they go into the record.
    """

    description: str
    channel: str = Channel.WEB
    title: str = ""
    appeal: str = ""
    category_id: int | None = None
    lon: float | None = None
    lat: float | None = None
    crs: str = "WGS84"
    place_text: str = ""
    area_id: int | None = None
    unit_id: int | None = None
    answers: Mapping[int, Any] = field(default_factory=dict)
    asked: tuple[int, ...] = ()
    insists: bool = False
    name: str = ""
    phone: str = ""
    email: str = ""
    private: bool = False
    pictures: tuple[Picture, ...] = ()
    emergency_acknowledged: bool = False
    source: str = ""
    source_key: str | None = None
    seen: Seen | None = None
    opened_at: datetime | None = None
    outcome: Outcome | None = None
    origin: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Outcome:
    """How a historical report ended, as its file says."""

    closed_at: datetime | None = None
    due_at: datetime | None = None
    unit_name: str = ""
    answer: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


def _plain(text: str) -> str:
    """Text without control characters, marks that turn the reading direction, and outer blanks.

    NUL and lone surrogates cannot be stored at all; what Unicode calls no character at all (U+FFFF) spoils every XML
    file it gets into, such as an Excel export. Characters that this Python does not know yet stay: rare
    family names stand in the newest blocks of Unicode.
    """
    text = text.replace("\r\n", "\n").replace("\t", " ")
    kept = (c for c in text if c == "\n" or not _spoils(c))
    return "".join(kept).strip()


def _spoils(sign: str) -> bool:
    code = ord(sign)
    no_character = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return no_character or sign in _TURNS or unicodedata.category(sign) in ("Cc", "Cs")


def title_of(description: str) -> str:
    """A title made from the first sentence, for doors that do not ask for one. At most 30 characters."""
    first = description.split("\n", 1)[0]
    for mark in "。！？!?；;":
        first = first.split(mark, 1)[0]
    return first[:29] + "…" if len(first) > 30 else first


def checked(draft: Draft, *, at: datetime) -> Draft:
    """The draft in normal form. Raises Invalid (400) or Unprocessable (422) with a sentence for each slip.

    Coordinates come out as WGS-84, contact data in normal form, texts without control characters.
    """
    description, title = _plain(draft.description), _plain(draft.title)
    place = _plain(draft.place_text)
    if len(description) < SHORTEST:
        raise _field("description", _("请再写几个字，说明发生了什么。"), "too_short")
    most = LONGEST_IN_FILE if draft.channel == Channel.FILE else LONGEST
    if len(description) > most:
        raise _field(
            "description",
            _("内容太长了：最多 {most} 个字，现在有 {count} 个字。").format(
                most=most, count=len(description)
            ),
            "too_long",
        )
    if len(title) > LONGEST_TITLE:
        raise _field(
            "title", _("标题太长了：最多 {most} 个字。").format(most=LONGEST_TITLE), "title_too_long"
        )
    if len(place) > 200:
        raise _field("place_text", _("地址太长了：最多 200 个字。"), "place_too_long")
    if draft.appeal and draft.appeal not in Appeal.values:
        raise _field("appeal", _("没有这种诉求类型。"), "unknown_appeal")
    choosable = tree().live if draft.opened_at is None else tree().topics
    if draft.category_id is not None and draft.category_id not in choosable:
        raise _field("category", _("没有这个分类。"), "unknown_category")
    if len(draft.pictures) > MOST_PICTURES:
        raise _field(
            "photos", _("最多可以上传 {most} 张照片。").format(most=MOST_PICTURES), "too_many_photos"
        )
    if draft.source_key is not None and (
        len(draft.source_key) > 120 or _plain(draft.source_key) != draft.source_key
    ):
        raise _field("source_key", _("请求编号最多 120 个字符，不能有控制字符。"), "bad_source_key")
    lon, lat = _position(draft)
    _moment(draft.opened_at, at)
    return Draft(
        **{
            **draft.__dict__,
            "description": description,
            "title": title or title_of(description),
            "place_text": place,
            "lon": lon,
            "lat": lat,
            "crs": "WGS84",
            "answers": read_answers(draft.answers, needed=draft.asked)
            if draft.answers or draft.asked
            else {},
            "name": _plain(draft.name)[:60],
            "phone": normal_phone(draft.phone) if draft.phone.strip() else "",
            "email": normal_address(draft.email)[1] if draft.email.strip() else "",
        }
    )


def _field(name: str, sentence: str, code: str) -> Invalid:
    return Invalid(sentence, code=code, fields={name: [sentence]})


def _position(draft: Draft) -> tuple[float | None, float | None]:
    if draft.lon is None and draft.lat is None:
        return None, None
    if draft.lon is None or draft.lat is None:
        raise _field("position", _("位置要同时有经度和纬度。"), "half_a_position")
    try:
        return to_wgs84(draft.lon, draft.lat, draft.crs)
    except UnknownSystem as error:
        raise Unprocessable(
            _("不认识坐标系“{name}”。").format(name=draft.crs[:40]),
            help=_("可以使用 WGS84、CGCS2000、GCJ02 或 BD09。"),
            code="unknown_coordinate_system",
            fields={"crs": [_("不认识这个坐标系。")]},
        ) from error
    except ValueError as error:
        raise Unprocessable(
            _("这个位置不是有效的经纬度。"),
            help=_("经度在 −180 到 180 之间，纬度在 −90 到 90 之间。"),
            code="impossible_position",
            fields={"position": [_("请检查经纬度。")]},
        ) from error


def _moment(opened_at: datetime | None, at: datetime) -> None:
    if opened_at is None:
        return
    if opened_at.year < EARLIEST_YEAR or opened_at > at + timedelta(days=1):
        raise Unprocessable(
            _("日期 {day} 不可能：请检查年份。").format(day=f"{opened_at:%Y-%m-%d}"),
            code="impossible_date",
            fields={"opened_at": [_("请检查日期。")]},
        )


def emergency(draft: Draft) -> tuple[str, str, str] | None:
    """(number to call, sentence, phrase found) when the text is about an emergency or police business."""
    return emergency_in(f"{draft.title}\n{draft.description}", emergencies())


def alarm_of(order: WorkOrder) -> tuple[str, str, str] | None:
    """(number, sentence, phrase) where the words of an open report sound like the police, fire or rescue.

    Police business has a hand-over, which then comes first. Fire and rescue have none: what burns is called in by
    telephone, and a page that offered a form instead would cost the minutes that count.
    """
    if order.channel == Channel.POLICE or not order.open or order.history:
        return None
    return emergency_in(f"{order.title}\n{order.description}", emergencies())
