"""What we accept from residents: a report, an answer to a question, a rating, a reason; with photos.

A form only reads and says what is wrong beside the field. The checks that every door shares are in ``drafts.py``;
a refusal from there is put back beside its field by :meth:`Kept.take_refusal`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from gongzhi.kit.errors import Refusal
from gongzhi.kit.images import Picture, check_picture
from gongzhi.people.addresses import normal_phone
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Level
from gongzhi.workorders.drafts import LONGEST, MOST_PICTURES, SHORTEST, Draft
from gongzhi.workorders.forms.questions import answers_sent
from gongzhi.workorders.models import Channel
from gongzhi.workorders.tables import tree

#: Above this many grids the list offers communities only; a pin or an address says the rest.
MOST_GRIDS_LISTED = 400


class Kept(forms.Form):
    """A form that can take back a refusal and knows the status of its answer."""

    #: names in a refusal → names of fields
    renames: ClassVar[dict[str, str]] = {}
    status = 200

    def take_refusal(self, refusal: Refusal) -> None:
        """Show a refusal beside the fields it names, or above the form."""
        self.status = max(self.status, refusal.status)
        placed = False
        for name, sentences in refusal.fields.items():
            field = self.renames.get(name, name)
            if field in self.fields and not self.fields[field].widget.is_hidden:
                for sentence in sentences:
                    self.add_error(field, sentence)
                placed = True
        if not placed:
            self.add_error(None, " ".join(part for part in (str(refusal), str(refusal.help)) if part))

    def answer_status(self) -> int:
        """The status of a page that shows this form again."""
        for errors in self.errors.as_data().values():
            for error in errors:
                self.status = max(self.status, int((error.params or {}).get("status", 400)))
        return self.status


class PhotoInput(forms.FileInput):
    """A picker for several photos."""

    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__(
            attrs={"accept": "image/jpeg,image/png,image/webp,image/gif,image/*", "data-most": MOST_PICTURES}
        )

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        return list(files.getlist(name)) if hasattr(files, "getlist") else []


class PhotosField(forms.FileField):
    """Up to six photos, each checked by its content; the clean value is a tuple of pictures."""

    widget = PhotoInput

    def clean(self, data: Iterable[Any], initial: Any = None) -> tuple[Picture, ...]:  # type: ignore[override]
        files = [file for file in data or () if file]
        if len(files) > MOST_PICTURES:
            raise ValidationError(
                _("最多可以上传 {most} 张照片。").format(most=MOST_PICTURES), params={"status": 400}
            )
        return tuple(self._checked(file) for file in files)

    @staticmethod
    def _checked(file: Any) -> Picture:
        try:
            return check_picture(file, name=file.name, size=file.size)
        except Refusal as refusal:
            said = " ".join(part for part in (str(refusal), str(refusal.help)) if part)
            raise ValidationError(
                f"{file.name[:40]}：{said}", code=refusal.code, params={"status": refusal.status}
            ) from refusal


def _photos() -> PhotosField:
    return PhotosField(
        label=_l("照片"),
        required=False,
        help_text=format_lazy(
            _l("最多 {most} 张。照片里的拍摄位置会自动去掉。"),
            most=MOST_PICTURES,
        ),
    )


def _words(label: Any, *, help_text: Any = "", rows: int = 4, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        strip=True,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def area_choices() -> list[Any]:
    """Communities with their grids, for a list that works without a script."""
    land = ground()
    choices: list[Any] = [("", _("不清楚，或者不在列表里"))]
    shown = len(land.grid_shapes) <= MOST_GRIDS_LISTED
    for street in land.streets:
        for community in land.children(street.id):
            grids = [a for a in land.children(community.id) if a.level == Level.GRID] if shown else []
            whole = (str(community.id), _("{community}（不清楚哪个网格）").format(community=community.name))
            if grids:
                each = [(str(grid.id), f"{community.name} · {grid.name}") for grid in grids]
                choices.append((community.name, [whole, *each]))
            else:
                choices.append((str(community.id), community.name))
    return choices


class WantedField(forms.CharField):
    """Words that we ask for: not marked as optional, and not refused here when empty (the action says what is missing)."""

    def validate(self, value: Any) -> None:
        """Anything will do."""


class ReportForm(Kept):
    """The two-minute report."""

    use_required_attribute = False
    renames: ClassVar[dict[str, str]] = {"address": "email", "position": "place_text", "crs": "place_text"}

    key = forms.UUIDField(widget=forms.HiddenInput)
    topic = forms.IntegerField(required=False, widget=forms.HiddenInput)
    description = _words(
        _l("发生了什么？"),
        help_text=_l("像说话一样写就行：在哪里、什么时候、怎么样了。也可以点手机键盘上的话筒，用说的。"),
        rows=5,
    )
    photos = _photos()
    place_text = WantedField(
        label=_l("在哪里？"),
        help_text=_l("写小区、路口、店名或门牌，例如：海棠苑 3 栋门口。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    area = forms.ChoiceField(label=_l("社区和网格"), required=False, choices=area_choices)
    lon = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_l("怎么称呼您？"), required=False, max_length=60)
    phone = forms.CharField(
        label=_l("电话"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
    )
    private = forms.BooleanField(
        label=_l("不公开这件事"),
        required=False,
        help_text=_l("不放上公开地图，别人也不能关注。"),
    )
    emergency_acknowledged = forms.BooleanField(required=False)
    another = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["description"].error_messages["required"] = _("请写几个字，说说发生了什么。")
        if not self.is_bound:
            self.initial.setdefault("key", uuid.uuid4())

    def clean_topic(self) -> int | None:
        """A category that exists, or none."""
        topic = self.cleaned_data.get("topic")
        return topic if topic in tree().live else None

    def clean_description(self) -> str:
        """Enough words, and not too many; said together with what else is wrong."""
        words: str = self.cleaned_data["description"]
        if len(words) < SHORTEST:
            raise ValidationError(_("请再写几个字，说明发生了什么。"))
        if len(words) > LONGEST:
            raise ValidationError(
                _("内容太长了：最多 {most} 个字，现在有 {count} 个字。").format(
                    most=LONGEST, count=len(words)
                )
            )
        return words

    def clean_phone(self) -> str:
        """A number that can be called."""
        phone: str = self.cleaned_data["phone"].strip()
        try:
            return normal_phone(phone) if phone else ""
        except Refusal as refusal:
            raise ValidationError(" ".join((str(refusal), str(refusal.help)))) from refusal

    @property
    def answers(self) -> tuple[dict[int, str], tuple[int, ...]]:
        """Answers to the questions of the category, and the questions that were shown."""
        return answers_sent(self.data) if self.is_bound else ({}, ())

    def with_fresh_key(self) -> None:
        """The next sending of this form is a new report."""
        self.data = MultiValueDict({**dict(self.data.lists()), "key": [str(uuid.uuid4())]})  # type: ignore[attr-defined]

    def draft(self) -> Draft:
        """The report as every door gives it."""
        told = self.cleaned_data
        pinned = told["lon"] is not None and told["lat"] is not None
        return Draft(
            description=told["description"],
            channel=Channel.WEB,
            category_id=told["topic"],
            lon=told["lon"] if pinned else None,
            lat=told["lat"] if pinned else None,
            place_text=told["place_text"],
            area_id=int(told["area"]) if told["area"] else None,
            name=told["name"],
            phone=told["phone"],
            private=told["private"],
            answers=self.answers[0],
            asked=self.answers[1],
            pictures=told["photos"],
            emergency_acknowledged=told["emergency_acknowledged"],
            source="web",
            source_key=str(told["key"]),
        )


class _WithSeen(Kept):
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


class WordsForm(_WithSeen):
    """Words and photos: what was asked for, or something more."""

    text = _words(_l("想补充什么？"), required=False)
    photos = _photos()


class AnswerForm(WordsForm):
    """What the unit asked for: here words are needed."""

    text = WantedField(label=_l("想补充什么？"), widget=forms.Textarea(attrs={"rows": 4}))


class ReasonForm(_WithSeen):
    """Why: for a dispute and for opening again."""

    renames: ClassVar[dict[str, str]] = {"text": "reason"}
    reason = WantedField(label=_l("哪里还没有解决？"), widget=forms.Textarea(attrs={"rows": 4}))
    photos = _photos()


class RatingForm(_WithSeen):
    """Solved and satisfied are two questions."""

    solved = forms.ChoiceField(
        label=_l("问题解决了吗？"),
        choices=[("yes", _l("解决了")), ("no", _l("没有全部解决，但不用再办了"))],
        widget=forms.RadioSelect,
        error_messages={"required": _l("请选一下问题解决了没有。")},
    )
    satisfied = forms.TypedChoiceField(
        label=_l("对这次办理满意吗？"),
        coerce=int,
        choices=[
            (5, _l("很满意")),
            (4, _l("满意")),
            (3, _l("一般")),
            (2, _l("不满意")),
            (1, _l("很不满意")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _l("请选一下满意程度。")},
    )
    words = _words(_l("还想说什么？"), rows=3, required=False)


class SeenForm(_WithSeen):
    """Nothing but the version that was looked at."""


class CodeForm(Kept):
    """A query code as it was written down."""

    code = forms.CharField(
        label=_l("查询码"),
        max_length=40,
        help_text=_l("12 位字母和数字，在您反映后的页面或回执上。中间的横线可以不写。"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": _l("请输入查询码。")},
    )
