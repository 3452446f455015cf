"""Notes on which law and which institution is in question when a case crosses a boundary. Not legal advice.

Each note names its source and the day on which somebody compared the two; where nobody has, the page says so. Whoever needs to
rely on one asks a lawyer of that place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: After so long a note is shown as to be looked at again.
STALE_DAYS = 365


@dataclass(frozen=True)
class LawNote:
    """One note: of which places, about what, from where, compared on which day (None: by nobody yet)."""

    places: frozenset[str]
    topic: Promise
    text: Promise
    source: Promise
    checked_on: date | None


_CHECKED = date(2026, 11, 22)


def _note(
    places: str, topic: Promise, text: Promise, source: Promise, checked_on: date | None = None
) -> LawNote:
    return LawNote(frozenset(places.split()), topic, text, source, checked_on)


NOTES = (
    _note("CN HK MO", _("适用哪里的法律"),
          _("当事人一方在港澳、或者争议财产在港澳时，先弄清楚双方有没有约定适用的法律。合同可以约定；没有约定的，内地法院按最密切联系等规则判断。不动产的权属适用所在地法律。涉港澳的参照涉外的规定。协议里最好写明。（依据条文的通行理解写成，条号以现行文本为准。）"),
          _("涉外民事关系法律适用法第三条、第三十六条、第四十一条；最高人民法院关于适用该法的解释（一）中涉港澳参照适用的规定")),
    _note("CN", _("在内地确认和执行"),
          _("调解协议有法律约束力。自生效之日起三十日内，双方可以共同向人民法院申请司法确认；确认有效后，一方拒绝履行或者没有全部履行的，另一方可以申请强制执行。确认无效的，可以通过人民调解变更原协议、达成新的协议，也可以向法院起诉。"),
          _("人民调解法第三十一条、第三十三条"), _CHECKED),
    _note("HK", _("在香港执行"),
          _("人民调解协议本身不能在香港直接执行。内地法院的民商事判决符合条件的，可以在香港申请登记后执行；司法确认裁定是否属于其中，没有查到明确的规定，请先问香港律师。"),
          _("香港法例第 645 章《内地民商事判决（相互强制执行）条例》（2024-01-29 起施行）；香港法例第 620 章《调解条例》")),
    _note("MO", _("在澳门执行"),
          _("人民调解协议本身不能在澳门直接执行。内地法院的民商事判决和裁定须先由澳门中级法院审查和确认；司法确认裁定是否属于其中，没有查到明确的规定，请先问澳门律师。"),
          _("最高人民法院与澳门特别行政区《关于相互认可和执行民商事判决的安排》（2006-04-01 起生效）；澳门《民事诉讼法典》中审查外地裁判的规定")),
    _note("HK", _("个人信息：内地和香港之间"),
          _("可以订立“粤港澳大湾区（内地、香港）个人信息跨境流动标准合同”，自愿采用，须备案；只适用于大湾区内地九市和香港，不适用于澳门。合同里一般约定不再转到大湾区以外，以所订合同的文本为准。"),
          _("国家网信办与香港创新科技及工业局 2023-12 公布的实施指引；个人信息保护法第三十八条"), _CHECKED),
    _note("MO", _("个人信息：内地和澳门之间"),
          _("可以订立“粤港澳大湾区（内地、澳门）个人信息跨境流动标准合同”，自愿采用，向广东省网信办或澳门个人资料保护局备案；香港的那一份不适用于澳门。"),
          _("国家网信办与澳门方面 2024-09-10 公布的实施指引"), _CHECKED),
    _note("HK", _("个人资料：香港一方的规定"),
          _("从香港移出个人资料，仍按《个人资料（私隐）条例》的保障资料原则。条例里专管移出香港的第 33 条至今没有生效。"),
          _("香港法例第 486 章")),
    _note("MO", _("个人资料：澳门一方的规定"), _("从澳门移出个人资料，须符合《个人资料保护法》第十九条、第二十条：接收地有适当的保护，或者有当事人明确同意等例外；必要时先通知个人资料保护局或取得许可。"),
          _("澳门第 8/2005 号法律")),
    _note("CN", _("向境外提供个人信息"),
          _("要有法律规定的途径（安全评估、保护认证、标准合同，或者法规另有规定），并取得本人单独同意，告知境外接收方的名称、联系方式、目的、方式、种类和行使权利的办法。有些情形可以免去途径，不免告知和同意。"),
          _("个人信息保护法第三十八条、第三十九条；促进和规范数据跨境流动规定（2024-03-22）")),
    _note("CN HK MO", _("哪个机构可以帮忙"),
          _("内地：司法所、公共法律服务中心，拨打 12348；香港：当值律师服务的免费法律咨询；澳门：法务局、消费者委员会（消费争议）。（按各机构公开的介绍写成，去之前请先打电话问。）"),
          _("各机构公开的介绍")),
)  # fmt: skip


def notes_for(places: set[str]) -> list[LawNote]:
    """Notes about these places, those about all first."""
    return [note for note in NOTES if note.places & places]


def stale(note: LawNote, today: date) -> bool:
    """Whether somebody should compare it with its source, again or for the first time."""
    return note.checked_on is None or (today - note.checked_on).days > STALE_DAYS


def places_of(documents: list[str], phones: list[str]) -> set[str]:
    """Which places parties' documents and telephones speak of; the mainland always, where the committee sits."""
    found = {"CN"}
    for document in documents:
        found |= {
            "hk_id": {"HK"},
            "macao_id": {"MO"},
            "home_return": {"HK", "MO"},
            "hkm_residence": {"HK", "MO"},
        }.get(document, set())
    for phone in phones:
        found |= {"HK"} if phone.startswith("+852") else {"MO"} if phone.startswith("+853") else set()
    return found
