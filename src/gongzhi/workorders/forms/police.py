"""What is filled in for pairs, duty, police partners and the monthly number of calls."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gongzhi.kit import clock
from gongzhi.meetings.forms import day_field, time_field
from gongzhi.people.models import OrganisationKind, Post
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level


def people_of(kind: str) -> list[tuple[Any, Any]]:
    """Choices of those who hold a post in organisations of a kind today."""
    today = clock.today()
    rows = (
        Post.objects.filter(organisation__kind=kind, starts_on__lte=today, account__is_active=True)
        .filter(Q(ends_on=None) | Q(ends_on__gt=today))
        .order_by("organisation__code", "account__name")
        .values_list("account_id", F("account__name"), "organisation_id")
    )
    bodies = organisations()
    named = {key: f"{name}（{bodies[body].label}）" if body in bodies else name for key, name, body in rows}
    return [("", _("暂时空缺")), *named.items()]


class PairForm(forms.Form):
    """Who the two are, and from when."""

    constable = forms.TypedChoiceField(label=_("社区民警"), coerce=int, empty_value=None, required=False)
    secretary = forms.TypedChoiceField(label=_("社区书记"), coerce=int, empty_value=None, required=False)
    starts_on = day_field(_("从哪一天起"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["constable"].choices = people_of(OrganisationKind.POLICE)  # type: ignore[attr-defined]
        self.fields["secretary"].choices = people_of(OrganisationKind.COMMUNITY)  # type: ignore[attr-defined]


class DutyForm(forms.Form):
    """A day on which both are there."""

    on = day_field(_("哪一天"))
    begins = time_field(_("开始"))
    ends = time_field(_("结束"))
    place = forms.CharField(label=_("在哪里"), required=False, max_length=120)


class PartnerForm(forms.Form):
    """A station that may sign."""

    code = forms.SlugField(label=_("代码"), max_length=40, help_text=_("小写字母和数字，对方每次都要带上。"))
    organisation = forms.TypedChoiceField(label=_("公安机关"), coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(b.id, b.name) for b in organisations().values() if b.kind == OrganisationKind.POLICE]
        self.fields["organisation"].choices = rows  # type: ignore[attr-defined]


class CallsForm(forms.Form):
    """How many calls the police had in a month."""

    street = forms.TypedChoiceField(label=_("街道"), coerce=int)
    month = forms.DateField(
        label=_("月份"), input_formats=["%Y-%m", "%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
    )  # fmt: skip
    calls = forms.IntegerField(label=_("警情总数"), min_value=0, max_value=1_000_000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(a.id, a.name) for a in ground().areas.values() if a.level == Level.STREET]
        self.fields["street"].choices = rows  # type: ignore[attr-defined]
