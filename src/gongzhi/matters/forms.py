"""What we accept of those who take a topic up."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class Answer(forms.Form):
    """Some words with an act."""

    text = forms.CharField(label=_("说几句"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))
