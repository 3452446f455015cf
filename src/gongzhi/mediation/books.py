"""Which tables of the register have their changes kept, and how those are said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongzhi.journal.books import Noted, Say, Table, plainly, register
from gongzhi.mediation.models import (
    Basis,
    Campaign,
    Committee,
    Jurisdiction,
    KeyClass,
    Mediator,
    SelfHelp,
    Span,
    Station,
    Subject,
    Tongue,
)
from gongzhi.mediation.register_policies import REGISTER
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground

COMMITTEES, MEDIATORS, DUTIES = "mediation_committees", "mediators", "mediation_duties"
TERMS = "mediation_terms"
CAMPAIGNS, SELF_HELP, PETITIONS = "mediation_campaigns", "self_help", "petitions"

COMMITTEE_FIELDS = ("basis", "trade", "divisions", "estates", "founded_on", "filed_on", "address", "hours")
MEDIATOR_FIELDS = (
    "committee_id", "filing", "filed_on", "valid_from", "valid_to", "origin", "jurisdictions", "languages", "subjects",
    "divisions", "estates", "studio", "days", "most", "away_until", "shown",
)  # fmt: skip
CAMPAIGN_FIELDS = ("name", "classes", "starts_on", "ends_on", "goal")
_LISTS = {"divisions", "estates", "jurisdictions", "languages", "subjects", "days", "classes"}
_WEEK = "一二三四五六日"


def _values(row: Any, fields: Sequence[str]) -> dict[str, Any]:
    return {
        name: sorted(getattr(row, name)) if name in _LISTS else _day(getattr(row, name)) for name in fields
    }


def _day(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def committee_values(row: Committee) -> dict[str, Any]:
    """What a committee's row says, with the seats by name."""
    seats = [f"{seat.part}:{seat.name}" for seat in row.seats.all() if seat.until is None]
    return {**_values(row, COMMITTEE_FIELDS), "seats": seats}


def mediator_values(row: Mediator) -> dict[str, Any]:
    """What a filing says."""
    return _values(row, MEDIATOR_FIELDS)


def campaign_values(row: Campaign) -> dict[str, Any]:
    """What a campaign says."""
    return _values(row, CAMPAIGN_FIELDS)


def station_values(row: Station) -> dict[str, Any]:
    """What a station says, as its form has it."""
    return {
        "name": row.name,
        "division": row.division_id,
        "address": row.address,
        "phone": row.phone,
        "grids": sorted(row.grids),
    }


def duration_values(row: Any) -> dict[str, Any]:
    """What a length says."""
    return {"amount": row.amount, "span": row.span, "marks": list(row.marks), "source": row.source}


def promise_name(promise: str) -> str:
    """What a promise is called; ``keep`` is of the docket, which is no promise to anybody."""
    from gongzhi.mediation.kind import PROMISES

    return _(PROMISES[promise].label) if promise in PROMISES else _("案卷保管")


def _sayer(noted: Sequence[Noted]) -> Say:
    labels = {
        "basis": dict(Basis.choices), "origin": dict(Jurisdiction.choices), "jurisdictions": dict(Jurisdiction.choices),
        "languages": dict(Tongue.choices), "subjects": dict(Subject.choices), "classes": dict(KeyClass.choices),
        "kind": dict(SelfHelp.Kind.choices), "span": dict(Span.choices),
    }  # fmt: skip
    land, bodies = ground(), organisations()

    def say(name: str, value: Any) -> str:
        if name == "committee_id" and value:
            return bodies[value].name if value in bodies else f"#{value}"
        if name == "division" and value:
            return land.name_of(value)
        if name == "grids":
            return _("、").join(land.name_of(one, above=1) for one in value or ()) or "—"
        if name == "divisions":
            return _("、").join(land.name_of(one) for one in value or ()) or "—"
        if name == "estates":
            return (
                _("、").join(
                    land.place_by_key[k][1] if k in land.place_by_key else f"#{k}" for k in value or ()
                )
                or "—"
            )
        if name == "days":
            return _("、").join(_WEEK[one - 1] for one in value or ()) or "—"
        if name in labels and isinstance(value, list):
            return _("、").join(str(labels[name].get(one, one)) for one in value) or "—"
        if name in labels:
            return str(labels[name].get(value, value))
        return plainly(name, value)

    return say


def register_all() -> None:
    """Declare them."""
    from gongzhi.mediation.actions.register import undo_mediator

    def may(verb: str) -> Any:
        return lambda actor: REGISTER.may(actor, verb, None)

    area, starts, ends = gettext_lazy("区域"), gettext_lazy("从哪天起"), gettext_lazy("到哪天")
    register(
        Table(
            COMMITTEES, gettext_lazy("调委会名册"), "mediation:committees", may("see_register"),
            {"basis": gettext_lazy("性质"), "trade": gettext_lazy("行业"), "divisions": area, "estates": gettext_lazy("小区"),
             "founded_on": gettext_lazy("成立日期"), "filed_on": gettext_lazy("备案日期"), "address": gettext_lazy("地址"),
             "hours": gettext_lazy("时间"), "seats": gettext_lazy("委员")},
            _sayer,
        ),
        Table(
            MEDIATORS, gettext_lazy("调解员名册"), "mediation:mediators", may("see_register"),
            {"committee_id": gettext_lazy("调委会"), "filing": gettext_lazy("备案号"), "filed_on": gettext_lazy("备案日期"),
             "valid_from": starts, "valid_to": ends, "origin": gettext_lazy("来自"), "jurisdictions": gettext_lazy("熟悉的法律"),
             "languages": gettext_lazy("语言"), "subjects": gettext_lazy("擅长"), "divisions": area,
             "estates": gettext_lazy("小区"), "studio": gettext_lazy("调解工作室"), "days": gettext_lazy("星期几有空"),
             "most": gettext_lazy("最多同时几件"), "away_until": gettext_lazy("请假到"), "shown": gettext_lazy("对居民公开")},
            _sayer, undo_mediator, may("keep_register"),
        ),
        Table(
            DUTIES, gettext_lazy("驿站排班"), "mediation:duty", may("see_register"),
            {"station": gettext_lazy("驿站"), "name": gettext_lazy("姓名"), "grids": gettext_lazy("服务的网格"),
             "address": gettext_lazy("地址"), "phone": gettext_lazy("公开电话"), "division": area, "day": gettext_lazy("日期"), "half": gettext_lazy("时段")},
            _sayer,
        ),
        Table(
            TERMS, gettext_lazy("调解期限"), "mediation:terms", may("see_register"),
            {"amount": gettext_lazy("多久"), "span": gettext_lazy("单位"), "starts_on": starts, "marks": gettext_lazy("提醒"),
             "source": gettext_lazy("依据")},
            _sayer,
        ),
        Table(
            CAMPAIGNS, gettext_lazy("专项行动"), "mediation:ledger", may("see_figures"),
            {"name": gettext_lazy("名称"), "classes": gettext_lazy("类别"), "starts_on": starts, "ends_on": ends,
             "goal": gettext_lazy("目标（%）")},
            _sayer,
        ),
        Table(
            SELF_HELP, gettext_lazy("居民自治四个数"), "mediation:self_help", may("see_figures"),
            {"where": area, "month": gettext_lazy("月份"), "kind": gettext_lazy("类别"), "count": gettext_lazy("件数")}, _sayer,
        ),
        Table(
            PETITIONS, gettext_lazy("信访登记"), "mediation:petitions", may("see_figures"),
            {"matter": gettext_lazy("事项"), "received_on": gettext_lazy("日期"), "way": gettext_lazy("方式"),
             "office": gettext_lazy("接访单位"), "reference": gettext_lazy("对方编号")}, _sayer,
        ),
    )  # fmt: skip
