"""What staff may fill in: an article, the reason it goes out of use, a file of articles."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongzhi.knowledge import topics
from gongzhi.knowledge.actions import LONGEST_DAYS, Wording
from gongzhi.knowledge.models import Jurisdiction
from gongzhi.knowledge.policies import keeps, keeps_everywhere
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level

#: How often somebody should look again.
TERMS = (
    (30, _("每个月")),
    (60, _("每两个月")),
    (90, _("每季度")),
    (120, _("每四个月")),
    (180, _("每半年")),
    (365, _("每年")),
)


def topic_choices() -> list[Any]:
    """Every category, the first level as the group; with its code alone when no room tells names."""
    told = topics.known()
    groups: dict[str, list[tuple[str, str]]] = {}
    for code in sorted(told):
        above = topics.line(code, told)
        groups.setdefault(above[0].name, []).append((code, "　" * (len(above) - 1) + told[code].name))
    return [("", _("还没有分类")), *groups.items()]


def area_choices(by: Any) -> list[Any]:
    """Everywhere, and the streets and communities whose answers this person keeps."""
    out: list[Any] = [("", _("所有地方"))] if keeps_everywhere(by) else []
    land = ground()
    for street in land.streets:
        rows = [
            (area.id, ("" if area.level == Level.STREET else "　") + area.name)
            for area in (street, *land.children(street.id))
            if keeps(by, area.id)
        ]
        if rows:
            out.append((street.name, rows))
    return out


class ArticleForm(forms.Form):
    """A question, further ways to ask it, the answer, and what keeps it true."""

    question = forms.CharField(
        label=_("问题"), max_length=200, help_text=_("像居民会问的那样写，例如：居住证到期了怎么续？")
    )
    ways = forms.CharField(
        label=_("别的问法"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("一行一种。居民怎么说就怎么写，写得越多越容易找到。"),
    )
    answer = forms.CharField(
        label=_("答案"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("先说结论，再说带什么、去哪里、多久、多少钱。不写套话。"),
    )
    category_code = forms.ChoiceField(label=_("分类"), required=False)
    division_id = forms.TypedChoiceField(label=_("适用区域"), required=False, coerce=int, empty_value=None)
    jurisdiction = forms.ChoiceField(label=_("按哪里的规定"), choices=Jurisdiction.choices, initial="CN")
    source = forms.CharField(
        label=_("出处"), max_length=120, required=False, help_text=_("单位或文件的名称。发布之前要写。")
    )
    source_url = forms.CharField(
        label=_("出处网址"),
        max_length=400,
        required=False,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    stale_after_days = forms.TypedChoiceField(label=_("多久核对一次"), coerce=int, choices=TERMS, initial=180)
    valid_until = forms.DateField(
        label=_("有效到哪天"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("不填表示一直有效。"),
    )

    def __init__(self, *args: Any, by: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category_code"].choices = topic_choices()  # type: ignore[attr-defined]
        self.fields["division_id"].choices = area_choices(by)  # type: ignore[attr-defined]
        days = self.initial.get("stale_after_days")
        if isinstance(days, int) and 0 < days <= LONGEST_DAYS and days not in dict(TERMS):
            own = (days, _("每 {n} 天").format(n=days))  # type: ignore[str-format]
            self.fields["stale_after_days"].choices = (*TERMS, own)  # type: ignore[attr-defined]
        known = self.initial.get("category_code")
        if known and not topics.known():
            self.fields["category_code"].choices = [("", _("还没有分类")), (known, known)]  # type: ignore[attr-defined]

    def wording(self) -> Wording:
        """What was filled in, for the actions."""
        said = dict(self.cleaned_data)
        return Wording(**said | {"ways": tuple(said["ways"].splitlines())})


class RetireForm(forms.Form):
    """Why it goes out of use."""

    reason = forms.CharField(
        label=_("为什么停用"),
        max_length=500,
        help_text=_("只有工作人员看得到，例如：政策已经改了，见新的一条。"),
    )


class FileForm(forms.Form):
    """A workbook of articles; the page before may have carried it along, so the view says when it is missing."""

    file = forms.FileField(label=_("Excel 文件（.xlsx）"))
