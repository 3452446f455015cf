"""How a form field becomes markup: which kind of control it is, what describes it, which choices it offers.

The templates ``kit/parts/field.html`` and ``kit/parts/choices.html`` draw what is worked out here.
Validation and wording of errors belong to the forms themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _


def control_kind(bound: BoundField) -> str:
    """``choices``, ``tick``, ``photos``, ``file``, ``hidden`` or ``line``."""
    widget = bound.field.widget
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return "tick"
    if isinstance(widget, forms.FileInput):
        takes = str(widget.attrs.get("accept", ""))
        is_picture = "image" in takes or isinstance(bound.field, forms.ImageField)
        return "photos" if is_picture else "file"
    return "line"


def described_by(bound: BoundField) -> str:
    """The ids of help and error text, for ``aria-describedby``."""
    ids = []
    if bound.help_text:
        ids.append(f"{bound.auto_id}_help")
    if bound.errors:
        ids.append(f"{bound.auto_id}_error")
    return " ".join(ids)


def control_attributes(bound: BoundField, extra: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes for the control: our class beside its own, description, invalid mark, and the caller's extras."""
    own = str(bound.field.widget.attrs.get("class", ""))
    attributes: dict[str, Any] = {"class": f"input {own}".strip()}
    if ids := described_by(bound):
        attributes["aria-describedby"] = ids
    if bound.errors:
        attributes["aria-invalid"] = "true"
    attributes.update(
        {name.replace("_", "-"): value for name, value in extra.items() if value not in ("", None, False)}
    )
    return attributes


def choices_of(
    bound: BoundField, notes: Mapping[Any, Any] | None, icons: Mapping[Any, str] | None
) -> list[dict[str, Any]]:
    """The options of a radio or checkbox group: markup of the input, name, note, icon. An empty choice is left out."""
    options = []
    for option in bound.subwidgets:
        value = option.data["value"]
        if value in ("", None):
            continue
        options.append(
            {
                "tag": option.tag(),
                "id": option.id_for_label,
                "name": option.choice_label,
                "note": (notes or {}).get(str(value), (notes or {}).get(value, "")),
                "icon": (icons or {}).get(str(value), (icons or {}).get(value, "")),
            }
        )
    return options


def sentence_of(bound: BoundField, sentence: Any) -> str:
    """An error as a sentence: Django's bare "this field is required" names the field instead."""
    if str(sentence) == str(forms.Field.default_error_messages["required"]):
        choosing = control_kind(bound) == "choices" or isinstance(bound.field.widget, forms.Select)
        return (_("请选择“%(label)s”") if choosing else _("请填写“%(label)s”")) % {"label": bound.label}
    return str(sentence)


def field_context(
    bound: BoundField,
    *,
    layout: str = "",
    notes: Mapping[Any, Any] | None = None,
    icons: Mapping[Any, str] | None = None,
    count: int | str = "",
    hide_label: bool = False,
    **extra: Any,
) -> dict[str, Any]:
    """What ``kit/parts/field.html`` needs. ``count`` shows how many characters are left of that many."""
    kind = control_kind(bound)
    context: dict[str, Any] = {
        "bound": bound,
        "kind": kind,
        "layout": layout,
        "count": count,
        "hide_label": hide_label,
        "help_id": f"{bound.auto_id}_help",
        "error_id": f"{bound.auto_id}_error",
        "described_by": described_by(bound),
        "errors": [sentence_of(bound, sentence) for sentence in bound.errors],
        "optional": not bound.field.required,
        "multiple": bool(getattr(bound.field.widget, "allow_multiple_selected", False)),
    }
    if count:
        extra["data-count"] = f"{bound.auto_id}_count"
        extra.setdefault("maxlength", None)
    if kind == "choices":
        context["options"] = choices_of(bound, notes, icons)
    elif kind in ("line", "file"):
        context["control"] = bound.as_widget(attrs=control_attributes(bound, extra))
    elif kind == "hidden":
        context["control"] = str(bound)
    else:
        attributes = control_attributes(bound, extra)
        attributes.pop("class")
        context["control"] = bound.as_widget(attrs=attributes)
    return context
