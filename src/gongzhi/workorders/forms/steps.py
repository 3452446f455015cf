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
from gongzhi.workorders.forms.questions import answers_sent
from gongzhi.workorders.models import Appeal, Channel
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


def words_field(label: Any, *, help_text: Any = "", required: bool = True, rows: int = 3) -> forms.CharField:
    """A field for some sentences."""
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

    reason = words_field(_("原因"))


class Decline(forms.Form):
    """Why it cannot be taken up; the resident reads it."""

    reason = words_field(_("原因"), help_text=_("居民会看到。请写清为什么，以及可以找谁。"))


class Ask(forms.Form):
    """What the resident should add."""

    question = words_field(_("想问什么"), help_text=_("居民会看到。等待期间答复期限暂停。"))


class Supply(forms.Form):
    """What the resident said on the telephone."""

    text = words_field(_("居民补充的情况"))
    photos = PhotosField()


class Answer(forms.Form):
    """What was done; ``why`` only while a joint unit has not signed."""

    text = words_field(_("做了什么、结果怎样"), help_text=_("核查通过后居民会看到。"), rows=5)
    why = forms.CharField(label=_("为什么先答复"), required=False, max_length=500)
    photos = PhotosField(label=_("处理后的照片"))


class SignOff(forms.Form):
    """A joint unit's word."""

    text = words_field(_("本单位的意见"), help_text=_("做了什么，或者没有意见。主办单位和受理员会看到。"))


class Split(forms.Form):
    """What each of the parts is about, and for the clerk: whose it is."""

    def __init__(self, *args: Any, with_units: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for n in range(1, MOST_PARTS + 1):
            label = _("第 {n} 件：做什么").format(n=n)
            self.fields[f"part_{n}"] = words_field(label, required=n <= FEWEST_PARTS, rows=2)
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
    text = words_field(_("居民说了什么"), required=False, help_text=_("居民也看得到。"))


class PassCheck(forms.Form):
    """A note among colleagues, if any."""

    note = forms.CharField(label=_("内部备注"), required=False, max_length=500)


class FailCheck(forms.Form):
    """What is not good enough."""

    reason = words_field(_("哪里不行"), help_text=_("单位会看到。"))


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

    text = words_field(_("备注"), help_text=_("只有工作人员看得到。"), required=False)
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
    description = words_field(_("什么事"), help_text=_("照居民的话记：哪里、什么时候、什么情况。"), rows=5)
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
