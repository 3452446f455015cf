"""What is accepted for the register and for what is counted beside the cases."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongzhi.kit import clock
from gongzhi.mediation.models import (
    Basis,
    Duty,
    Jurisdiction,
    KeyClass,
    Mediator,
    Petition,
    Seat,
    SelfHelp,
    Subject,
    Tongue,
)
from gongzhi.mediation.queries.register import ESTATE, committees
from gongzhi.people.models import Account, Post
from gongzhi.people.roles import Role
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level

Choices = list[tuple[Any, str]]
_WEEK = [
    (n, day)
    for n, day in enumerate((_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")), 1)
]
_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def areas(*levels: str) -> Choices:
    """Areas of some levels by their names."""
    rows = [area for area in ground().areas.values() if area.level in levels]
    return [(area.id, area.name) for area in sorted(rows, key=lambda area: area.code)]


def estates() -> Choices:
    """Known places of homes, with their community."""
    land = ground()
    rows = [row for row in land.places if row[6] == ESTATE]
    return [
        (row[0], f"{row[1]}（{_community(row[5])}）")
        for row in sorted(rows, key=lambda row: (row[5], row[1]))
    ]


def _community(division: int) -> str:
    return next((a.name for a in ground().line(division) if a.level == Level.COMMUNITY), "")


def _many(label: Any, choices: Any = (), *, help: Any = "", number: bool = False) -> Any:
    tick = forms.CheckboxSelectMultiple
    if number:
        return forms.TypedMultipleChoiceField(
            label=label, choices=choices, coerce=int, required=False, widget=tick, help_text=help
        )
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=tick, help_text=help
    )


class CommitteeForm(forms.Form):
    """What stands of a committee besides its name."""

    basis = forms.ChoiceField(label=_("性质"), choices=Basis.choices)
    trade = forms.CharField(label=_("行业"), max_length=40, required=False)
    founded_on = forms.DateField(label=_("成立日期"), required=False, widget=_DAY)
    filed_on = forms.DateField(label=_("备案日期"), required=False, widget=_DAY)
    address = forms.CharField(label=_("地址"), max_length=120, required=False)
    hours = forms.CharField(label=_("时间"), max_length=120, required=False)
    divisions = _many(_("负责的社区"), number=True)
    estates = _many(_("负责的小区"), number=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["divisions"].choices = areas(Level.STREET, Level.COMMUNITY)  # type: ignore[attr-defined]
        self.fields["estates"].choices = estates()  # type: ignore[attr-defined]


class NewCommitteeForm(CommitteeForm):
    """A committee that is founded."""

    name = forms.CharField(label=_("名称"), max_length=80)
    code = forms.SlugField(label=_("编号"), max_length=40, help_text=_("字母、数字和下划线，定了不再改。"))
    division = forms.TypedChoiceField(label=_("所在区域"), coerce=int)
    phone = forms.CharField(label=_("公开电话"), max_length=40, required=False)
    field_order = ("name", "code", "division", "phone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["division"].choices = areas(Level.STREET, Level.COMMUNITY)  # type: ignore[attr-defined]


class SeatForm(forms.Form):
    """Somebody takes a seat."""

    name = forms.CharField(label=_("姓名"), max_length=60)
    part = forms.ChoiceField(label=_("职务"), choices=Seat.Part.choices, initial=Seat.Part.MEMBER)
    woman = forms.BooleanField(label=_("女"), required=False)
    since = forms.DateField(label=_("从哪天起"), widget=_DAY)


class MediatorForm(forms.Form):
    """A filing."""

    committee_id = forms.TypedChoiceField(label=_("调委会"), coerce=int)
    filing = forms.CharField(label=_("备案号"), max_length=40, required=False)
    filed_on = forms.DateField(label=_("备案日期"), required=False, widget=_DAY)
    valid_from = forms.DateField(label=_("有效期从"), widget=_DAY)
    valid_to = forms.DateField(label=_("有效期到"), required=False, widget=_DAY)
    origin = forms.ChoiceField(label=_("来自"), choices=Jurisdiction.choices)
    languages = _many(_("语言"), Tongue.choices)
    jurisdictions = _many(_("熟悉哪里的法律"), Jurisdiction.choices)
    subjects = _many(_("擅长"), Subject.choices, help=_("不选就是各类都可以。"))
    divisions = _many(_("服务的社区"), number=True)
    estates = _many(_("服务的小区"), number=True)
    studio = forms.CharField(label=_("调解工作室"), max_length=60, required=False)
    days = _many(_("星期几有空"), _WEEK, number=True)
    most = forms.IntegerField(label=_("最多同时几件"), min_value=0, max_value=50, initial=5)
    away_until = forms.DateField(label=_("请假到"), required=False, widget=_DAY)
    shown = forms.BooleanField(label=_("让居民看到姓名和语言"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(row.pk, row.organisation.name) for row in committees()]
        self.fields["committee_id"].choices = rows  # type: ignore[attr-defined]
        self.fields["divisions"].choices = areas(Level.STREET, Level.COMMUNITY)  # type: ignore[attr-defined]
        self.fields["estates"].choices = estates()  # type: ignore[attr-defined]


class NewMediatorForm(MediatorForm):
    """Somebody with the post of a mediator who is not on the register yet."""

    account = forms.TypedChoiceField(
        label=_("人员"), coerce=int, help_text=_("先由管理员给调解员岗位，这里才选得到。")
    )
    field_order = ("account",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = set(Mediator.objects.values_list("pk", flat=True))
        today = clock.today()
        posts = Post.objects.filter(role=Role.MEDIATOR, starts_on__lte=today).exclude(ends_on__lte=today)
        rows = (
            Account.objects.filter(pk__in=posts.values("account"), is_active=True)
            .exclude(pk__in=known)
            .order_by("name")
        )
        self.fields["account"].choices = [(row.pk, str(row)) for row in rows]  # type: ignore[attr-defined]


class TrainingForm(forms.Form):
    """Hours of training."""

    held_on = forms.DateField(label=_("日期"), widget=_DAY)
    hours = forms.DecimalField(label=_("学时"), min_value=0.5, max_value=99, decimal_places=1)
    topic = forms.CharField(label=_("内容"), max_length=80)


class InterestForm(forms.Form):
    """A mediator's own ties."""

    building = forms.CharField(
        label=_("住在哪栋楼"), max_length=80, required=False, help_text=_("例如：海棠苑3栋。")
    )
    firm = forms.CharField(label=_("在哪家单位"), max_length=80, required=False)


class DutyForm(forms.Form):
    """Somebody on a day."""

    mediator = forms.TypedChoiceField(label=_("调解员"), coerce=int)
    day = forms.DateField(label=_("日期"), widget=_DAY)
    half = forms.ChoiceField(label=_("时段"), choices=Duty.Half.choices)

    def __init__(self, *args: Any, rows: Choices = (), **kwargs: Any) -> None:  # type: ignore[assignment]
        super().__init__(*args, **kwargs)
        self.fields["mediator"].choices = rows  # type: ignore[attr-defined]


class MediatorsFile(forms.Form):
    """A workbook of mediators."""

    file = forms.FileField(label=_("Excel 文件（.xlsx）"), required=False)


class SpanForm(forms.Form):
    """Whole months of a year."""

    year = forms.IntegerField(label=_("年"), min_value=2010, max_value=2100)
    first = forms.IntegerField(label=_("从几月"), min_value=1, max_value=12)
    last = forms.IntegerField(label=_("到几月"), min_value=1, max_value=12)


class CampaignForm(forms.Form):
    """A campaign on key disputes."""

    name = forms.CharField(label=_("名称"), max_length=60)
    classes = forms.MultipleChoiceField(
        label=_("类别"), choices=KeyClass.choices, widget=forms.CheckboxSelectMultiple
    )
    starts_on = forms.DateField(label=_("从哪天起"), widget=_DAY)
    ends_on = forms.DateField(label=_("到哪天"), widget=_DAY)
    goal = forms.IntegerField(label=_("目标：一百件化解几件"), min_value=1, max_value=100, initial=96)


class SelfHelpForm(forms.Form):
    """A month of a community."""

    division = forms.TypedChoiceField(label=_("社区"), coerce=int)
    month = forms.DateField(
        label=_("月份"),
        input_formats=["%Y-%m", "%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
    )

    def __init__(self, *args: Any, rows: Choices = (), **kwargs: Any) -> None:  # type: ignore[assignment]
        super().__init__(*args, **kwargs)
        self.fields["division"].choices = rows  # type: ignore[attr-defined]
        for kind, label in SelfHelp.Kind.choices:
            self.fields[kind] = forms.IntegerField(label=label, min_value=0, max_value=1_000_000, initial=0)

    def counts(self) -> dict[str, int]:
        """What was filled in."""
        return {kind: self.cleaned_data[kind] for kind in SelfHelp.Kind.values}


class PetitionForm(forms.Form):
    """A petition about a matter. There is no field for a person, and there will be none."""

    number = forms.CharField(label=_("事项编号"), max_length=40)
    received_on = forms.DateField(label=_("日期"), widget=_DAY)
    way = forms.ChoiceField(label=_("怎样来的"), choices=Petition.Way.choices)
    office = forms.CharField(label=_("接访单位"), max_length=60, required=False)
    reference = forms.CharField(label=_("对方编号"), max_length=40, required=False)
