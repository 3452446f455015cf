"""A form that knows its case: what all the small forms of steps are made of."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongzhi.kit.acting import Actor
from gongzhi.mediation.models import Case, Party


class StepForm(forms.Form):
    """A form that knows the case it is about and who fills it in."""

    case: Case
    by: Actor

    def __init__(
        self, *args: Any, case: Case, by: Actor, on_team: bool = False, verb: str = "", **kwargs: Any
    ) -> None:
        self.case, self.by, self.on_team = case, by, on_team
        kwargs["auto_id"] = f"{verb}_%s"
        super().__init__(*args, **kwargs)
        self.prepare()

    def prepare(self) -> None:
        """Fill choices that depend on the case."""

    def values(self) -> dict[str, Any]:
        """The arguments of the action."""
        return dict(self.cleaned_data)

    def parties(self) -> list[tuple[str, str]]:
        """The parties as choices."""
        return [(str(party.number), party.name) for party in Party.objects.filter(case=self.case)]


class OfParty(StepForm):
    """A step that a party takes for itself, and the team in the name of one that told it so."""

    party = forms.TypedChoiceField(label=_("哪一方"), coerce=int, empty_value=None, required=False)

    def prepare(self) -> None:
        if self.on_team:
            self.fields["party"].choices = self.parties()  # type: ignore[attr-defined]
            self.fields["party"].required = True
        else:
            del self.fields["party"]
