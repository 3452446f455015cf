"""Fields that several forms share: words, days, people, pictures."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from gongzhi.kit.images import Picture, check_picture

MOST_PICTURES = 6


class _Photos(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class PhotosField(forms.FileField):
    """Some photos or scans, each checked by its content; the clean value is a tuple of pictures."""

    def __init__(self, *, label: Any = "", required: bool = False) -> None:
        widget = _Photos(attrs={"accept": "image/*", "multiple": True, "data-most": str(MOST_PICTURES)})
        super().__init__(label=label or _("照片或扫描件"), required=required, widget=widget)

    def clean(self, data: Any, initial: Any = None) -> tuple[Picture, ...]:
        sent: list[UploadedFile] = [one for one in (data or []) if one]
        if self.required and not sent:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(sent) > MOST_PICTURES:
            raise forms.ValidationError(_("最多 6 张。"), code="too_many")
        return tuple(check_picture(one.file, name=one.name or "", size=one.size) for one in sent)  # type: ignore[arg-type]


def words(
    label: Any, *, required: bool = True, most: int = 4000, rows: int = 4, help: Any = ""
) -> forms.CharField:
    """A field for some sentences."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=most,
        help_text=help,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def line(label: Any, *, required: bool = True, most: int = 80, help: Any = "") -> forms.CharField:
    """A field for some words."""
    return forms.CharField(label=label, required=required, max_length=most, help_text=help)


def day(label: Any, *, required: bool = True, help: Any = "") -> forms.DateField:
    """A field for a day."""
    return forms.DateField(
        label=label, required=required, help_text=help, widget=forms.DateInput(attrs={"type": "date"})
    )


def moment(label: Any) -> forms.DateTimeField:
    """A field for a day and an hour."""
    return forms.DateTimeField(
        label=label,
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )


def choice(label: Any, rows: Any, *, required: bool = True, many: bool = False) -> Any:
    """One of some values, or several."""
    if many:
        return forms.MultipleChoiceField(
            label=label, choices=rows, required=required, widget=forms.CheckboxSelectMultiple
        )
    return forms.ChoiceField(label=label, choices=rows, required=required)
