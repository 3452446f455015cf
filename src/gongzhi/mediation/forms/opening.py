"""The form with which a dispute comes in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from gongzhi.mediation.actions.opening import Dispute, Who
from gongzhi.mediation.forms.fields import choice, line, words
from gongzhi.mediation.models import Basis, Committee, Subject
from gongzhi.people.models import OrganisationKind
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground

#: Who hands a dispute over that did not grow out of an order here.
REFERRERS = (
    ("court", _("法院委托")),
    ("petition", _("信访转来")),
    ("police", _("公安移交")),
    ("government", _("政府部门指定")),
)
#: Other parties a form has room for.
OTHERS = 3


def committees() -> list[tuple[str, str]]:
    """The mediation committees, by code; those of a trade say for what they are, so that a dispute can go to them instead."""
    bodies = sorted(organisations().values(), key=lambda body: body.code)
    trades = dict(Committee.objects.filter(basis=Basis.TRADE).exclude(trade="").values_list("pk", "trade"))
    return [
        (
            str(body.id),
            _t("{name}（行业：{trade}）").format(name=body.name, trade=trades[body.id])
            if body.id in trades
            else body.name,
        )
        for body in bodies
        if body.kind == OrganisationKind.MEDIATION
    ]


#: Words of a report that point to a type of dispute; the first that is found counts, the committee corrects it.
_HINTS = (
    ("物业", Subject.PROPERTY), ("工资", Subject.LABOUR), ("欠薪", Subject.LABOUR), ("赡养", Subject.FAMILY), ("离婚", Subject.FAMILY),
    ("医院", Subject.MEDICAL), ("撞", Subject.TRAFFIC), ("退款", Subject.CONSUMER), ("油烟", Subject.ENVIRONMENT),
)  # fmt: skip


def guessed(text: str) -> str:
    """The likely type of a dispute, of neighbours where nothing points elsewhere."""
    return next((subject for word, subject in _HINTS if word in text), Subject.NEIGHBOURS)


def committee_of(division_id: int | None) -> int | None:
    """The committee of an area, or of the nearest area around it that has one; not that of an estate or a trade in it."""
    narrow = set(Committee.objects.filter(basis__in=(Basis.ESTATE, Basis.TRADE)).values_list("pk", flat=True))
    bodies = {
        body.division_id: body.id
        for body in organisations().values()
        if body.kind == OrganisationKind.MEDIATION and body.id not in narrow
    }
    land = ground()
    area = land.areas.get(division_id or 0)
    while area is not None:
        if area.id in bodies:
            return bodies[area.id]
        area = land.areas.get(area.parent_id or 0)
    return None


class OpeningForm(forms.Form):
    """Who, with whom, about what. ``mine``: the one who fills it in is the first party."""

    committee = choice(_("请哪个调委会调解"), [])
    subject = choice(_("是哪一类"), Subject.choices)
    subject_line = line(_("用几个字说是什么事"), help=_("只有调解团队和当事人看得到。"))
    name = line(_("您怎么称呼"), most=60)
    phone = line(_("您的电话"), required=False, most=30, help=_("内地、香港、澳门号码都可以。"))
    facts = words(_("发生了什么"), rows=6)
    requests = words(_("您希望怎么解决"), required=False, rows=3)
    place = line(_("在哪里"), required=False, most=120)
    cross_boundary = forms.BooleanField(label=_("有一方是香港或澳门居民"), required=False)

    def __init__(self, *args: Any, mine: bool, committee_ids: list[int] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = committees()
        if committee_ids:
            rows = [row for row in rows if int(row[0]) in committee_ids]
        self.fields["committee"].choices = rows  # type: ignore[attr-defined]
        for number in range(1, OTHERS + 1):
            label = _("对方怎么称呼") if number == 1 else _("还有一方")
            self.fields[f"other_{number}"] = line(label, required=number == 1, most=60)
        if not mine:
            self.fields["name"].label = _("第一方怎么称呼")
            self.fields["phone"].label = _("第一方的电话")
            self.fields["facts"].required = False

    def others(self) -> list[Any]:
        """The bound fields of the other parties, for the template."""
        return [self[f"other_{number}"] for number in range(1, OTHERS + 1)]

    def dispute(self, *, account_id: int | None = None, language: str = "zh-hans") -> Dispute:
        """What was filled in."""
        told = self.cleaned_data
        first = Who(told["name"], account_id=account_id, particulars={"phone": told["phone"]})
        others = tuple(
            Who(told[f"other_{number}"]) for number in range(1, OTHERS + 1) if told[f"other_{number}"].strip()
        )
        return Dispute(
            committee_id=int(told["committee"]),
            subject=told["subject"],
            subject_line=told["subject_line"],
            parties=(first, *others),
            facts=told["facts"],
            requests=told["requests"],
            place=told["place"],
            language=language,
            cross_boundary=told["cross_boundary"],
        )
