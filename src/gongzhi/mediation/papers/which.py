"""Which papers there are of a case now, who may print them, what lies in the docket, and what art. 29 asks of an agreement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from gongzhi.mediation.models import Agreement, Form, SittingKind, Way
from gongzhi.mediation.papers import layouts
from gongzhi.mediation.papers.gathering import Told
from gongzhi.mediation.queries.agreements import digest_of
from gongzhi.papers.layouts import Layout


@dataclass(frozen=True)
class Sheet:
    """One paper that can be printed now. ``of`` tells several of one kind apart: a party's number, a version, a row."""

    layout: Layout
    of: int = 0
    about: str = ""
    arguments: dict[str, Any] = field(default_factory=dict, compare=False)
    draft: bool = False

    @property
    def code(self) -> str:
        """Its short name in addresses."""
        return self.layout.code.partition(".")[2]


def sheets(told: Told, *, team: bool, own: int | None) -> Iterator[Sheet]:
    """Every paper of the case for whoever asks: the team all of them; a party those of its own side and of everybody.

    Guests, and whoever looks in, print nothing.
    """
    if not team and own is None:
        return
    for side in told.sides:
        number = side.party.number
        if team or number == own:
            if side.facts or side.requests or side.party.applied:
                yield Sheet(layouts.APPLICATION, number, side.party.name, {"number": number})
            yield Sheet(layouts.RIGHTS, number, side.party.name, {"number": number})
    if team:
        yield Sheet(layouts.ACCEPTANCE)
    for sitting in told.sittings:
        if sitting.record is None:  # none yet, or not for this side
            continue
        if team or sitting.kind == SittingKind.JOINT or (sitting.party and sitting.party.number == own):
            layout = layouts.INQUIRY if sitting.kind == SittingKind.INQUIRY else layouts.SESSION
            label = sitting.party.name if sitting.party else str(sitting.get_kind_display())
            yield Sheet(layout, sitting.pk, label, {"sitting": sitting})
    yield from _of_agreements(told)
    if team:
        for row in told.visits:
            yield Sheet(layouts.VISIT, row.pk, row.visited_on.isoformat(), {"row": row})
        yield Sheet(layouts.COVER)
        yield Sheet(layouts.CONTENTS, arguments={"rows": contents(told)})


def _of_agreements(told: Told) -> Iterator[Sheet]:
    for version in told.agreements:
        label = _("第 {n} 版").format(n=version.version)
        given = {"version": version, "digest": bytes(version.digest or digest_of(version))}
        if version.form == Form.ORAL:
            yield Sheet(layouts.ORAL, version.version, label, given)
        else:
            yield Sheet(layouts.AGREEMENT, version.version, label, given, draft=version.frozen_at is None)
    force = next((a for a in told.agreements if a.effective_on and a.replaced_at is None), None)
    if force is not None:
        yield Sheet(layouts.PERFORMANCE, force.version, "", {"version": force})
        yield Sheet(layouts.CONFIRMATION, force.version, "", {"version": force})


def find(told: Told, code: str, of: int, *, team: bool, own: int | None) -> Sheet | None:
    """One of them by its address."""
    return next((s for s in sheets(told, team=team, own=own) if s.code == code and s.of == of), None)


# ---- the docket

_MUST, _WHEN = noop("必须"), noop("按需")


def contents(told: Told) -> list[dict[str, str]]:
    """What must lie in a docket and what lies there when there is any, and whether the case holds it."""
    force = next((a for a in told.agreements if a.effective_on), None)
    recorded = [s for s in told.sittings if s.record is not None]
    kinds = {s.kind for s in recorded}
    signed = [one for a in told.agreements for one in a.signatures.all() if one.way == Way.PAPER]
    rows = (
        (_("人民调解申请书或者受理登记表"), _MUST, True, ""),
        (_("权利义务告知书"), _MUST, all(side.party.told_at for side in told.sides), ""),
        (_("当事人身份证明"), _MUST, all(side.particulars and side.particulars.document for side in told.sides), _("附复印件")),
        (_("人民调解记录"), _MUST, bool(kinds - {SittingKind.INQUIRY}), ""),
        (_("人民调解协议书或者口头协议登记表"), _MUST, force is not None, _("达成协议的")),
        (_("授权委托书"), _WHEN, any(side.particulars and side.particulars.agent_name for side in told.sides), ""),
        (_("调查记录"), _WHEN, SittingKind.INQUIRY in kinds, ""),
        (_("签名页扫描件"), _WHEN, bool(signed), ""),
        (_("履行凭证"), _WHEN, any(c.performed_on for c in force.clauses.all()) if force else False, ""),
        (_("回访记录"), _WHEN, bool(told.visits), ""),
        (_("司法确认材料"), _WHEN, told.confirmation is not None, ""),
    )  # fmt: skip
    return [
        {"名称": name, "要求": _(need), "有无": _("有") if there else _("无"), "备注": note}
        for name, need, there, note in rows
    ]


def lacking(told: Told) -> list[str]:
    """Papers that a docket must hold and this one does not. A reminder: it stops nothing."""
    must = [row for row in contents(told) if row["要求"] == _(_MUST)]
    return [row["名称"] for row in must if row["有无"] != _("有")]


# ---- art. 29


@dataclass(frozen=True)
class Item:
    """One thing that an agreement may state, whether it does, and why it helps to."""

    label: str
    fine: bool
    why: str


def checklist(told: Told, version: Agreement) -> list[Item]:
    """What art. 29 of the law says an agreement *may* state (可以载明), and what is needed for its effect.

    It warns and explains; nothing is stopped: the law leaves it to the parties. (The ministry's rule of 2002, art. 35, said
    应当载明 for much the same items; the law of 2010 is later and of higher rank.)
    """
    rows = list(version.clauses.all())
    money = [row for row in rows if row.amount is not None]
    known = [side.particulars for side in told.sides]
    return [
        Item(_("当事人的基本情况"), all(p and p.phone and (p.address or p.document_number) for p in known),
             _("写明姓名、证件、地址和电话，送达、确认和执行时才找得到人。")),
        Item(_("纠纷的主要事实、争议事项"), bool(version.facts.strip()), _("以后有争议时，法院要看协议解决的是什么事。")),
        Item(_("各方当事人的责任"), bool(version.liability.strip()), _("各方都不愿写时可以不写，但要想清楚会不会再争。")),
        Item(_("协议的内容"), bool(rows), _("一条写一件事，说清谁做什么。")),
        Item(_("每一条由谁履行"), bool(rows) and all(row.performer_id for row in rows), _("没有写明谁做的条款，难以督促，也难以执行。")),
        Item(_("履行的方式"), bool(rows) and all(row.way.strip() for row in rows), _("例如转账、当面交付、停止某个行为。")),
        Item(_("履行的期限"), bool(rows) and all(row.due_on for row in rows), _("没有期限，平台不能提醒，另一方也不知道什么时候算没有履行。")),
        Item(_("金额和币种"), all(row.currency for row in money), _("涉港澳的款项写明人民币、港元还是澳门元。")),
    ]  # fmt: skip
