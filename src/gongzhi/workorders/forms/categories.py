"""What clerks fill in about a category: its values, its questions, its wordings, and files of any of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongzhi.workorders.actions.questioning import STEPS, Wanted
from gongzhi.workorders.editions import COLUMNS, Planned
from gongzhi.workorders.forms.rules import UNITS
from gongzhi.workorders.models import AnswerKind, Appeal, What
from gongzhi.workorders.tables import Topic, tree
from gongzhi.workorders.wordings import PLACES, unknown_places

STEP_LABELS = {
    "answer": gettext_lazy("答复"),
    "ask_resident": gettext_lazy("请居民补充"),
    "decline": gettext_lazy("不予受理"),
}


def above_choices(topic: Topic | None) -> list[tuple[str, str]]:
    """Where a category may stand: at the top, or below any but itself and what is under it."""
    topics = tree()
    rows: list[tuple[str, str]] = [("", _("最上级"))]

    def add(under: list[Topic], deep: int) -> None:
        for one in under:
            if topic is not None and one.id == topic.id:
                continue
            rows.append((one.code, "　" * deep + f"{one.said} {one.code}"))
            add(topics.children(one.id), deep + 1)

    add(topics.roots, 0)
    return rows


class CategoryForm(forms.Form):
    """What a category says; the names are those of the spreadsheet."""

    name = forms.CharField(label=COLUMNS["name"], max_length=40)
    parent_code = forms.ChoiceField(
        label=COLUMNS["parent_code"],
        required=False,
        help_text=gettext_lazy("换了上级，下面的分类和以前的工单一起跟过去；编码不变。"),
    )
    default_type = forms.ChoiceField(label=COLUMNS["default_type"], choices=Appeal.choices)
    limit = forms.IntegerField(
        label=COLUMNS["limit"],
        required=False,
        min_value=1,
        max_value=1000,
        help_text=gettext_lazy("多久之内答复。不填就用上级分类的，再没有就用承诺时间表。"),
    )
    limit_unit = forms.ChoiceField(
        label=COLUMNS["limit_unit"], required=False, choices=[("", "—"), *UNITS.items()]
    )
    urgent = forms.BooleanField(
        label=COLUMNS["urgent"],
        required=False,
        help_text=gettext_lazy("按钟点计时，夜里和节假日也算。"),
    )
    filing = forms.CharField(
        label=COLUMNS["filing"],
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("受理员决定派单或不予受理时看得到。"),
    )
    closing = forms.CharField(
        label=COLUMNS["closing"],
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("单位答复和核查员核查时看得到。"),
    )
    near_radius_m = forms.IntegerField(label=COLUMNS["near_radius_m"], min_value=0, max_value=100_000)
    near_days = forms.IntegerField(label=COLUMNS["near_days"], min_value=0, max_value=3650)
    counts_satisfaction = forms.BooleanField(
        label=COLUMNS["counts_satisfaction"],
        required=False,
        help_text=gettext_lazy("执法和调解类的事不计，免得为了满意而不敢管。"),
    )
    board = forms.CharField(label=COLUMNS["board"], required=False, max_length=20)
    hint = forms.CharField(label=COLUMNS["hint"], required=False, max_length=120)

    def __init__(
        self, *args: Any, topic: Topic | None = None, coming: Sequence[Planned] = (), **kwargs: Any
    ) -> None:
        """``coming`` is what the open draft does: what it adds may stand above something, too."""
        super().__init__(*args, **kwargs)
        added = [(p.code, f"{p.values.get('name', '')} {p.code}") for p in coming if p.what == What.ADD]
        self.fields["parent_code"].choices = above_choices(topic) + added  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A limit has a unit."""
        said = super().clean() or {}
        if said.get("limit") and not said.get("limit_unit"):
            self.add_error("limit_unit", _("请选择时限单位。"))
        if not said.get("limit"):
            said["limit_unit"] = ""
        return said


class NewCategoryForm(CategoryForm):
    """The same for a category that does not exist yet."""

    code = forms.RegexField(
        r"^[0-9A-Za-z]{1,24}$",
        label=COLUMNS["code"],
        help_text=gettext_lazy("以上级分类的编码开头，后面加几位数字。以后不能改。"),
        error_messages={"invalid": gettext_lazy("编码是 1 到 24 位数字或字母。")},
    )

    field_order = ("code",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["parent_code"]  # the code says where it belongs


class RetireForm(forms.Form):
    """What takes its place, if anything."""

    replaced_by = forms.CharField(
        label=COLUMNS["replaced_by"],
        required=False,
        max_length=24,
        help_text=gettext_lazy("接替它的分类的编码，可以不填。"),
    )


class QuestionForm(forms.Form):
    """A question to ask about a category."""

    code = forms.CharField(
        label=gettext_lazy("编号"),
        max_length=30,
        help_text=gettext_lazy("小写字母、数字和下划线，派单规则用它，例如 lamp_count。"),
    )
    text = forms.CharField(label=gettext_lazy("问什么"), max_length=120)
    kind = forms.ChoiceField(label=gettext_lazy("怎么答"), choices=AnswerKind.choices)
    choices = forms.CharField(
        label=gettext_lazy("选项"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("选一项时填写，每行一个。"),
    )
    unit = forms.CharField(label=gettext_lazy("数量单位"), required=False, max_length=12)
    least = forms.FloatField(label=gettext_lazy("最小"), required=False)
    most = forms.FloatField(label=gettext_lazy("最大"), required=False)
    required = forms.BooleanField(label=gettext_lazy("必须回答"), required=False)
    personal = forms.BooleanField(
        label=gettext_lazy("可能写到个人情况"),
        required=False,
        help_text=gettext_lazy("只有受理员和主办单位看得到；反映人要求删除时一起删除。"),
    )
    place = forms.IntegerField(label=gettext_lazy("顺序"), min_value=1, max_value=999, initial=100)

    def wanted(self) -> Wanted:
        """The question as the action takes it."""
        said = self.cleaned_data
        choices = [line.strip() for line in said["choices"].splitlines() if line.strip()]
        return Wanted(**{**said, "choices": choices})


class WordingForm(forms.Form):
    """A text to start from."""

    step = forms.ChoiceField(
        label=gettext_lazy("用在哪一步"), choices=[(step, STEP_LABELS[step]) for step in STEPS]
    )
    name = forms.CharField(label=gettext_lazy("名称"), max_length=40)
    text = forms.CharField(
        label=gettext_lazy("内容"), max_length=3000, widget=forms.Textarea(attrs={"rows": 5})
    )

    def clean_text(self) -> str:
        """Only places that can be filled in."""
        text: str = self.cleaned_data["text"]
        if strange := unknown_places(text):
            raise forms.ValidationError(
                _("填不出“{names}”。可以用：{known}。").format(
                    names="、".join(strange), known="、".join(f"{{{place}}}" for place in PLACES)
                )
            )
        return text


class FileForm(forms.Form):
    """A spreadsheet."""

    file = forms.FileField(label=gettext_lazy("表格（XLSX 或 CSV）"))


def code_known(code: str) -> bool:
    """Is there a category in use with this code?"""
    topic = tree().by_code.get(code)
    return topic is not None and topic.live
