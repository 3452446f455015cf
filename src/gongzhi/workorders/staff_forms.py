"""What staff may fill in: the small form of each step, the filters of a list, and a report taken in for somebody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from gongzhi.kit.images import Picture, check_picture
from gongzhi.people.queries import organisations
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level
from gongzhi.workorders.drafts import MOST_PICTURES
from gongzhi.workorders.models import Appeal, Channel, Supervision
from gongzhi.workorders.question_forms import answers_sent
from gongzhi.workorders.tables import Topic, Tree, tree
from gongzhi.workorders.workflow import FEWEST_PARTS, MOST_PARTS

Choices = list[Any]

#: Kinds of organisations that never get an order.
_NOT_UNITS = frozenset({"government", "owners", "association", "company", "party_branch"})


def unit_choices(first: Iterable[int] = ()) -> Choices:
    """Units that may be given an order, those named first on top, then by kind."""
    from gongzhi.people.models import OrganisationKind

    bodies = organisations()
    groups: dict[str, Choices] = {}
    for body in sorted(bodies.values(), key=lambda b: b.code):
        if body.kind not in _NOT_UNITS:
            groups.setdefault(str(OrganisationKind(body.kind).label), []).append((body.id, body.name))
    top = [(key, bodies[key].name) for key in first if key in bodies]
    return [("", _("请选择单位")), *([(_("按规则"), top)] if top else []), *groups.items()]


def category_choices() -> Choices:
    """The category tree as groups: the first level as the group, below it every category, indented."""
    topics = tree()
    out: Choices = [("", _("请选择分类"))]
    for root in topics.roots:
        out.append((root.said, list(_branch(topics, root, 0))))
    return out


def _branch(topics: Tree, topic: Topic, depth: int) -> Iterator[tuple[int, str]]:
    """A category and everything below it, indented by depth."""
    yield topic.id, "　" * depth + topic.said
    for child in topics.children(topic.id):
        yield from _branch(topics, child, depth + 1)


def area_choices(empty: Any = "") -> Choices:
    """Communities as groups of their grids; a community itself may be chosen too."""
    land = ground()
    out: Choices = [("", empty or _("不改"))]
    for street in land.streets:
        for community in land.children(street.id):
            rows: Choices = [(community.id, community.name)]
            rows += [(a.id, f"　{a.name}") for a in land.children(community.id) if a.level == Level.GRID]
            out.append((community.name, rows))
    return out


def community_choices() -> Choices:
    """Every community."""
    land = ground()
    return [("", _("全部社区"))] + [
        (area.id, area.name) for street in land.streets for area in land.children(street.id)
    ]


class Photos(forms.FileInput):
    """A picker of several photos."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Every file under this name."""
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class PhotosField(forms.FileField):
    """Several photos, each checked by its content. Cleans to a tuple of :class:`Picture`."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("照片"))
        widget = Photos(attrs={"accept": "image/*", "multiple": True, "data-most": str(MOST_PICTURES)})
        super().__init__(required=False, widget=widget, **kwargs)

    def clean(self, value: Any, initial: Any = None) -> tuple[Picture, ...]:  # type: ignore[override]
        """Refusals of :func:`check_picture` pass through: their sentences say what would help."""
        files = value if isinstance(value, list | tuple) else [value] if value else []
        if len(files) > MOST_PICTURES:
            raise forms.ValidationError(_("最多可以上传 %(most)s 张照片。"), params={"most": MOST_PICTURES})
        return tuple(
            check_picture(cast(BinaryIO, file.file), name=file.name or "", size=file.size)
            for file in files
            if isinstance(file, UploadedFile) and file.file is not None
        )

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Nothing beyond what the picker carries itself."""
        return {}


def _words(label: Any, *, help_text: Any = "", required: bool = True, rows: int = 3) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class Dispatch(forms.Form):
    """To whom."""

    unit = forms.TypedChoiceField(label=_("主办单位"), coerce=int, choices=lazy(unit_choices, list)())
    joint = forms.TypedChoiceField(
        label=_("协办单位"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=lazy(unit_choices, list)(),
    )
    note = forms.CharField(label=_("给单位的话"), required=False, max_length=500)


class Redispatch(Dispatch):
    """To whom instead, and why."""

    note = forms.CharField(label=_("改派的原因"), max_length=500)


class Assign(forms.Form):
    """Who of the unit handles it."""

    handler = forms.TypedChoiceField(label=_("经办人"), coerce=int)


class Reason(forms.Form):
    """Why."""

    reason = _words(_("原因"))


class AskReturn(forms.Form):
    """Why it is not this unit's."""

    reason = _words(_("为什么不归本单位办"), help_text=_("受理员会看到，并决定是否重新派单。"))


class AskVoid(forms.Form):
    """Why it should not be an order at all."""

    reason = _words(_("为什么作废"), help_text=_("要由另一个人同意。同意后居民会看到原因。"))


class AskExtension(forms.Form):
    """Until when, and why; the resident reads it once it is granted."""

    until = forms.DateField(
        label=_("延到哪一天"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = _words(_("原因"), help_text=_("同意后居民会看到。请写清为什么需要更多时间。"))


class AskSuspension(forms.Form):
    """When to look at it again, and why it cannot be done now."""

    until = forms.DateField(
        label=_("哪一天复查"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = _words(_("为什么现在办不了"), help_text=_("同意后居民会看到，答复期限暂停。"))


class Grant(forms.Form):
    """Words that go with a yes, if any."""

    words = forms.CharField(label=_("想补充的话"), required=False, max_length=500)


class Refuse(forms.Form):
    """Why not."""

    words = _words(_("为什么不同意"), help_text=_("提出申请的人会看到。"))


class AskVerify(forms.Form):
    """What the grid should look at."""

    question = _words(_("请网格员看什么"), help_text=_("派单期限暂停，答复居民的期限照常计时。"))


class Verify(forms.Form):
    """Is it so, and what does it look like."""

    found = forms.TypedChoiceField(
        label=_("现场情况"), coerce=lambda value: value == "yes", widget=forms.RadioSelect,
        choices=[("yes", _("属实")), ("no", _("不属实，或已经没有了"))],
    )  # fmt: skip
    text = _words(_("看到了什么"))
    photos = PhotosField()


class Forward(forms.Form):
    """To which body, until when, and what it reads."""

    body = forms.CharField(
        label=_("转给哪个单位"), help_text=_("平台以外的单位，例如电信公司、铁路部门。"), max_length=60
    )
    until = forms.DateField(
        label=_("请对方在哪一天前答复"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    words = _words(_("请对方做什么"), help_text=_("对方只看得到这些话和下面的地点。不要写居民的姓名、电话。"))
    place = forms.CharField(label=_("地点"), help_text=_("对方会看到。"), required=False, max_length=200)


class HandToPolice(forms.Form):
    """What the police should know; never the report itself, and no names."""

    text = _words(
        _("是什么情况"), help_text=_("公安机关只看得到这些话、地点和分类。不要写姓名、电话和证件号码。")
    )
    place = forms.CharField(label=_("地点"), required=False, max_length=200)


class TakenByPolice(forms.Form):
    """Under which number the police have it."""

    receipt = forms.CharField(label=_("公安机关的受理编号"), max_length=60)


class ReturnedByPolice(forms.Form):
    """Why it is not theirs."""

    reason = _words(_("公安机关为什么退回"))


class Urge(forms.Form):
    """Words that go with it, if any."""

    text = forms.CharField(label=_("想说的话"), required=False, max_length=500)


class Supervise(forms.Form):
    """At which level, and what is expected."""

    level = forms.ChoiceField(label=_("督办级别"), widget=forms.RadioSelect, choices=Supervision.choices)
    text = _words(_("要求"), help_text=_("主办单位会看到，并要按期反馈。"))


class Remark(forms.Form):
    """A leader's words."""

    text = _words(_("批示"), help_text=_("只有工作人员看得到。"))


class ReportBack(forms.Form):
    """How far it is."""

    text = _words(_("办到哪一步了"))
    photos = PhotosField()


class Aside(forms.Form):
    """A few words, if any."""

    note = forms.CharField(label=_("说明"), required=False, max_length=500)


class Decline(forms.Form):
    """Why it cannot be taken up; the resident reads it."""

    reason = _words(_("原因"), help_text=_("居民会看到。请写清为什么，以及可以找谁。"))


class Ask(forms.Form):
    """What the resident should add."""

    question = _words(_("想问什么"), help_text=_("居民会看到。等待期间答复期限暂停。"))


class Supply(forms.Form):
    """What the resident said on the telephone."""

    text = _words(_("居民补充的情况"))
    photos = PhotosField()


class Answer(forms.Form):
    """What was done; ``why`` only while a joint unit has not signed."""

    text = _words(_("做了什么、结果怎样"), help_text=_("核查通过后居民会看到。"), rows=5)
    why = forms.CharField(label=_("为什么先答复"), required=False, max_length=500)
    photos = PhotosField(label=_("处理后的照片"))


class SignOff(forms.Form):
    """A joint unit's word."""

    text = _words(_("本单位的意见"), help_text=_("做了什么，或者没有意见。主办单位和受理员会看到。"))


class Split(forms.Form):
    """What each of the parts is about, and for the clerk: whose it is."""

    def __init__(self, *args: Any, with_units: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for n in range(1, MOST_PARTS + 1):
            label = _("第 {n} 件：做什么").format(n=n)
            self.fields[f"part_{n}"] = _words(label, required=n <= FEWEST_PARTS, rows=2)
            if with_units:
                self.fields[f"unit_{n}"] = forms.TypedChoiceField(
                    label=_("交给"), coerce=int, empty_value=None, required=False,
                    choices=lazy(lambda: [("", _("按权责清单")), *unit_choices()[1:]], list)(),
                )  # fmt: skip

    def rows(self) -> list[list[Any]]:
        """The fields of each part, for the template."""
        return [
            [self[f"{name}_{n}"] for name in ("part", "unit") if f"{name}_{n}" in self.fields]
            for n in range(1, MOST_PARTS + 1)
        ]


class Visit(forms.Form):
    """A call to the reporter: reached or not, and what they said."""

    reached = forms.TypedChoiceField(
        label=_("联系上了吗"), coerce=lambda value: value == "yes", widget=forms.RadioSelect,
        choices=[("yes", _("联系上了")), ("no", _("没有联系上，下次再打"))],
    )  # fmt: skip
    solved = forms.TypedChoiceField(
        label=_("居民说解决了吗"), coerce=lambda value: value == "yes", empty_value=None, required=False,
        widget=forms.RadioSelect, choices=[("yes", _("解决了")), ("no", _("没有解决"))],
        help_text=_("没有联系上的不用填。居民自己评价过的，以居民的为准。"),
    )  # fmt: skip
    satisfied = forms.TypedChoiceField(
        label=_("居民满意吗"), coerce=int, empty_value=None, required=False,
        choices=[("", _("请选择")), (5, _("很满意")), (4, _("满意")), (3, _("一般")), (2, _("不满意")), (1, _("很不满意"))],
    )  # fmt: skip
    text = _words(_("居民说了什么"), required=False, help_text=_("居民也看得到。"))


class PassCheck(forms.Form):
    """A note among colleagues, if any."""

    note = forms.CharField(label=_("内部备注"), required=False, max_length=500)


class FailCheck(forms.Form):
    """What is not good enough."""

    reason = _words(_("哪里不行"), help_text=_("单位会看到。"))


class Merge(forms.Form):
    """Into which order."""

    target = forms.CharField(label=_("并入哪一件"), help_text=_("填工单编号。"), max_length=20)


class Recategorise(forms.Form):
    """Which category, and which kind of appeal."""

    category = forms.TypedChoiceField(label=_("分类"), coerce=int, choices=lazy(category_choices, list)())
    appeal = forms.ChoiceField(
        label=_("诉求类型"), required=False, choices=[("", _("不改")), *Appeal.choices]
    )

    def clean(self) -> dict[str, Any]:
        """With the answers to the questions of the category, which stand beside the fields."""
        said = super().clean() or {}
        said["answers"] = answers_sent(self.data)[0]
        return said


class Relocate(forms.Form):
    """Where it really is: a grid or community, in words, or a point."""

    area = forms.TypedChoiceField(
        label=_("社区或网格"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=lazy(area_choices, list)(),
    )
    place_text = forms.CharField(label=_("地点"), required=False, max_length=200)
    lon = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)


class Note(forms.Form):
    """Words among colleagues, with photos."""

    text = _words(_("备注"), help_text=_("只有工作人员看得到。"), required=False)
    photos = PhotosField()


class Nothing(forms.Form):
    """A step that asks for nothing."""


class Intake(forms.Form):
    """A report taken in for somebody: by telephone, at the counter, or seen on the way."""

    channel = forms.ChoiceField(
        label=_("来源"),
        widget=forms.RadioSelect,
        choices=[(c.value, c.label) for c in (Channel.PHONE, Channel.COUNTER, Channel.FIELD)],
    )
    description = _words(_("什么事"), help_text=_("照居民的话记：哪里、什么时候、什么情况。"), rows=5)
    place_text = forms.CharField(label=_("地点"), required=False, max_length=200)
    area = forms.TypedChoiceField(
        label=_("社区或网格"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=lazy(area_choices, list)(_("按地点判断")),
    )
    lon = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)
    category = forms.TypedChoiceField(
        label=_("分类"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=lazy(lambda: [("", _("让系统判断")), *category_choices()[1:]], list)(),
    )
    appeal = forms.ChoiceField(
        label=_("诉求类型"), required=False, choices=[("", _("按分类")), *Appeal.choices]
    )
    name = forms.CharField(label=_("怎么称呼"), required=False, max_length=60)
    phone = forms.CharField(label=_("联系电话"), required=False, max_length=30)
    private = forms.BooleanField(label=_("不公开：公众地图和关注里都看不到"), required=False)
    photos = PhotosField()
    emergency_acknowledged = forms.BooleanField(label=_("已经请来电人拨打，仍要登记后续的事"), required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=60)
