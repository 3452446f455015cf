"""Case → values of a paper. Pure: rows that were read in, texts out, in the language that is active.

Words that people wrote stay in the language in which they wrote them. What the reader's side may not read is empty, to be
written by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from gongzhi.kit import clock
from gongzhi.mediation.models import Agreement, Signature, Sitting, SittingKind, Source, Subject, Visit, Way
from gongzhi.mediation.papers.gathering import Side, Told
from gongzhi.papers.digests import short

Values = dict[str, Any]


def day(value: date | None) -> str:
    """2026 年 11 月 18 日 in Chinese, 2026-11-18 in other languages; "" for none."""
    if value is None:
        return ""
    if (get_language() or "zh").startswith("zh"):
        return f"{value.year} 年 {value.month} 月 {value.day} 日"
    return value.isoformat()


def moment(value: datetime | None) -> str:
    """A day with hour and minute, by the town's clock."""
    if value is None:
        return ""
    local = clock.local(value)
    return f"{day(local.date())} {local:%H:%M}"


def ticks(choices: Iterable[tuple[str, Any]], *chosen: str) -> list[dict[str, str]]:
    """Things to tick; those that hold are ticked."""
    return [{"名称": str(label), "选中": "是" if code in chosen else ""} for code, label in choices]


def person(side: Side, *, whole: bool, year: int) -> dict[str, str]:
    """The fields of a party; only its name unless the paper may say more and the reader knows more."""
    known = side.particulars if whole else None
    said = {"姓名": side.party.name, "题目": "", "性别": "", "民族": "", "年龄": "", "职业": "", "联系方式": "", "证件": "",
            "地址": "", "代理人": ""}  # fmt: skip
    if known is None:
        return said
    document = known.get_document_display() if known.document else ""
    return said | {
        "性别": known.sex,
        "民族": known.ethnicity,
        "年龄": str(year - known.born_year) if known.born_year else "",
        "职业": known.occupation,
        "联系方式": known.phone,
        "证件": f"{document} {known.document_number}".strip(),
        "地址": known.address,
        "代理人": "　".join(part for part in (known.agent_name, known.agent_basis) if part),
    }


def _everybody(told: Told, year: int) -> list[dict[str, str]]:
    return [person(side, whole=True, year=year) for side in told.sides]


def _head(told: Told, number: str = "", on: date | None = None) -> Values:
    return {"单位": told.committee, "编号": number, "落款日期": day(on)}


def _number(told: Told) -> str:
    return told.case.docket_number or told.case.matter.number


def _moment_of(told: Told, *verbs: str) -> datetime | None:
    return next((told.moments[verb] for verb in verbs if verb in told.moments), None)


def _local(value: datetime | None) -> date | None:
    return clock.local(value).date() if value else None


def application(told: Told, number: int, **_more: Any) -> Values:
    """The application of one party. Of the other parties only the name: their particulars are theirs."""
    own = told.side(number)
    opened = told.case.opened_at
    year = clock.local(opened).year
    others = [side for side in told.sides if side.party.number != number]
    return {
        **_head(told, _number(told), _local(opened)),
        "申请人": [person(own, whole=True, year=year)] if own else [],
        "被申请人": [person(side, whole=False, year=year) for side in others],
        "事实": own.facts if own else "",
        "请求": own.requests if own else "",
        "申请人签名": "",
    }


def acceptance(told: Told, **_more: Any) -> Values:
    """The register entry: how the case came, what it is about, what was decided."""
    case = told.case
    accepted = _moment_of(told, "accept", "take_up")
    refused = _moment_of(told, "refuse")
    decided = _("已受理") if accepted else _("不予受理") if refused else ""
    return {
        **_head(told, "", _local(case.opened_at)),
        "案号": _number(told),
        "登记时间": moment(case.opened_at),
        "来源": ticks(Source.choices, case.source),
        "移送单位": case.referred_by,
        "类型": ticks(Subject.choices, case.subject),
        "跨境": ticks([("yes", _("是")), ("no", _("否"))], "yes" if case.cross_boundary else "no"),
        "当事人": _everybody(told, clock.local(case.opened_at).year),
        "事实": "\n".join(f"{side.party.name}：{side.facts}" for side in told.sides if side.facts),
        "受理时间": moment(accepted),
        "调解员": told.mediators,
        "处理": decided,
        "登记人签名": "",
    }


#: How a party was told its rights.
_HOW = {"paper": noop("书面"), "aloud": noop("口头"), "page": noop("网页")}


def rights(told: Told, number: int, **_more: Any) -> Values:
    """What one party was told, how and when."""
    side = told.side(number)
    party = side.party if side else None
    return {
        **_head(told, _number(told), _local(party.told_at if party else None)),
        "当事人": party.name if party else "",
        "告知方式": _(_HOW.get(party.told_how, party.told_how)) if party and party.told_how else "",
        "告知时间": moment(party.told_at) if party else "",
        "当事人签名": "",
        "告知人签名": "",
    }


def session(told: Told, sitting: Sitting, **_more: Any) -> Values:
    """What was said at one sitting, and who was there. Of a separate one only its own party."""
    names = [side.party.name for side in told.sides]
    present = (
        [sitting.party.name]
        if sitting.party is not None
        else names
        if sitting.kind == SittingKind.JOINT
        else []
    )
    record = sitting.record
    held = sitting.held_at or sitting.starts_at
    return {
        **_head(told, _number(told), _local(held)),
        "时间": moment(held),
        "地点": sitting.place,
        "调解员": told.mediators,
        "记录人": record.by.name if record is not None and record.by is not None else "",
        "方式": ticks(SittingKind.choices, sitting.kind),
        "参加人": "、".join(present),
        "旁听": "、".join(guest.name for guest in told.guests) if sitting.open_to_guests else "",
        "记录": record.text if record is not None else "",
        "当事人签名": "",
        "调解员签名": "",
        "记录人签名": "",
    }


def inquiry(told: Told, sitting: Sitting, **_more: Any) -> Values:
    """What was looked into, where, with whom."""
    values = session(told, sitting)
    return {name: values[name] for name in (
        "单位", "编号", "落款日期", "时间", "地点", "调解员", "记录人", "参加人", "记录", "当事人签名", "调解员签名")}  # fmt: skip


CURRENCY = {"CNY": noop("元"), "HKD": noop("港元"), "MOP": noop("澳门元")}


def clauses(agreement: Agreement) -> list[dict[str, str]]:
    """The clauses of a version, in order."""
    rows = []
    for clause in agreement.clauses.all():
        money = ""
        if clause.amount is not None:
            money = f"{clause.amount:,.2f} {_(CURRENCY.get(clause.currency, clause.currency))}"
        rows.append(
            {
                "序号": str(clause.position),
                "内容": clause.text,
                "履行人": clause.performer.name if clause.performer else "",
                "方式": clause.way,
                "期限": day(clause.due_on),
                "金额": money,
                "履行日期": day(clause.performed_on),
            }
        )
    return rows


def signed(signature: Signature | None) -> str:
    """What stands where somebody has signed: how and on which day; "" leaves room for a pen."""
    if signature is None:
        return ""
    ways = {
        Way.PAPER: _("已在纸上签名"),
        Way.SCREEN: _("已在屏幕上手写签名"),
        Way.CODE: _("已用验证码签名"),
        Way.SEAL: _("已盖章"),
    }
    return f"{ways[Way(signature.way)]}　{day(signature.signed_on)}"


def _signatures(told: Told, agreement: Agreement | None) -> dict[int | str, Signature]:
    found: dict[int | str, Signature] = {}
    for one in agreement.signatures.all() if agreement else ():
        key: int | str = one.party.number if one.party else "seal" if one.seal else "mediator"
        found[key] = one
    return found


def agreement(told: Told, version: Agreement, digest: bytes, **_more: Any) -> Values:
    """One version as it is signed, with what has been signed so far."""
    found = _signatures(told, version)
    year = clock.local(version.at).year
    return {
        **_head(told, _number(told), version.effective_on),
        "当事人": _everybody(told, year),
        "事实": version.facts,
        "责任": version.liability,
        "条款": clauses(version),
        "其他约定": version.remarks,
        "版本": str(version.version),
        "份数": str(version.copies),
        "协议摘要": short(digest),
        "生效日期": day(version.effective_on),
        "确认期限": day(told.last_day) if version.effective_on else "",
        "签名人": [
            {"题目": "", "当事人签名": "　".join(part for part in (side.party.name, signed(found.get(side.party.number))) if part)}
            for side in told.sides
        ],
        "调解员签名": "　".join(part for part in (told.mediators, signed(found.get("mediator"))) if part) if "mediator" in found else "",
        "印章": signed(found.get("seal")),
    }  # fmt: skip


def oral(told: Told, version: Agreement, **_more: Any) -> Values:
    """An agreement that was said, as the mediator wrote it down."""
    return {
        **_head(told, _number(told), version.effective_on),
        "当事人": _everybody(told, clock.local(version.at).year),
        "事实": version.facts,
        "条款": clauses(version),
        "生效日期": day(version.effective_on),
        "调解员": told.mediators,
        "登记人签名": "",
    }


def performance(told: Told, version: Agreement, **_more: Any) -> Values:
    """Which clauses have been kept, and when."""
    return {
        **_head(told, _number(told)),
        "卷名": told.case.subject_line,
        "生效日期": day(version.effective_on),
        "版本": str(version.version),
        "履行": clauses(version),
        "履行方签名": "",
        "收受方签名": "",
        "见证人签名": "",
    }


def visit(told: Told, row: Visit, **_more: Any) -> Values:
    """One return visit."""
    return {
        **_head(told, _number(told), row.visited_on),
        "各方": "、".join(side.party.name for side in told.sides),
        "回访时间": day(row.visited_on),
        "回访人": row.visitor.name,
        "履行": ticks(Visit.Kept.choices, row.kept),
        "满意": ticks(Visit.Content.choices, row.content),
        "激化": ticks([("no", _("没有")), ("yes", _("有，已跟进"))], "yes" if row.flares else "no"),
        "记录": row.words.text if row.words is not None else "",
        "回访人签名": "",
    }


def confirmation(told: Told, version: Agreement, **_more: Any) -> Values:
    """The parties' joint application to a court."""
    asked = told.confirmation if told.confirmation and told.confirmation.agreement_id == version.pk else None
    court, applied = (asked.court, asked.applied_on) if asked else ("", None)
    return {
        **_head(told, _number(told), applied),
        "当事人": _everybody(told, clock.local(version.at).year),
        "请求": _("请求确认申请人于 {day} 经{committee}调解达成的调解协议有效。").format(
            day=day(version.effective_on), committee=told.committee
        ),
        "事实": version.facts,
        "条款": clauses(version),
        "生效日期": day(version.effective_on),
        "确认期限": day(told.last_day),
        "法院": court,
        "签名人": [{"题目": "", "当事人签名": side.party.name} for side in told.sides],
    }


def cover(told: Told, **_more: Any) -> Values:
    """The cover of the docket."""
    case, tally = told.case, told.tally
    begun = _local(_moment_of(told, "accept", "take_up"))
    ended = next(
        (a.effective_on for a in told.agreements if a.effective_on), tally.ended_on if tally else None
    )
    keep = tally.keep_until if tally else None
    return {
        **_head(told),
        "卷名": case.subject_line,
        "卷号": case.docket_number,
        "调解员": told.mediators,
        "调解日期": " — ".join(part for part in (day(begun), day(ended)) if part),
        "结果": str(tally.get_outcome_display()) if tally else "",
        "立卷人": told.filed_by,
        "立卷日期": day(case.filed_on),
        "保管期限": _("至 {day}").format(day=day(keep)) if keep else "",
        "备注": "",
    }


def contents(told: Told, rows: Iterable[Mapping[str, str]] = (), **_more: Any) -> Values:
    """What lies in the docket: what must, and what does when there is any."""
    return {
        **_head(told),
        "卷名": told.case.subject_line,
        "卷号": _number(told),
        "目录": [{"序号": str(number), **row} for number, row in enumerate(rows, 1)],
    }


#: paper → what fills it.
FILLS: dict[str, Callable[..., Values]] = {
    "mediation.application": application,
    "mediation.acceptance": acceptance,
    "mediation.rights": rights,
    "mediation.session": session,
    "mediation.inquiry": inquiry,
    "mediation.agreement": agreement,
    "mediation.oral": oral,
    "mediation.performance": performance,
    "mediation.visit": visit,
    "mediation.confirmation": confirmation,
    "mediation.cover": cover,
    "mediation.contents": contents,
}
