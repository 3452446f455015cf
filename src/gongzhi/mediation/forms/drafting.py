"""The form of a draft: its clauses, the facts, and the language of the original."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from gongzhi.mediation.actions.agreeing import Draft, Term
from gongzhi.mediation.forms.base import StepForm
from gongzhi.mediation.forms.fields import choice, day, line, words
from gongzhi.mediation.models import Agreement, Clause, Confirmation
from gongzhi.mediation.queries.agreements import in_force

#: In what people here pay one another.
CURRENCIES = [("CNY", _("人民币（元）")), ("HKD", _("港元")), ("MOP", _("澳门元"))]
#: Clauses a form has room for; a longer agreement is attached as paper.
MOST_CLAUSES = 8


class DraftForm(StepForm):
    facts = words(
        _("主要事实和争议"),
        required=False,
        rows=4,
        help=_("人民调解法第二十九条：可以写明纠纷的主要事实、争议事项和各方责任。"),
    )
    liability = words(_("各方责任"), required=False, rows=2)
    language = choice(
        _("以哪种文字的文本为准"),
        [("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English"), ("pt", "Português")],
    )
    remarks = words(_("其他约定"), required=False, rows=2)

    def prepare(self) -> None:
        last = Agreement.objects.filter(case=self.case, replaced_at=None).order_by("-version").first()
        there = list(Clause.objects.filter(agreement=last).select_related("performer")) if last else []
        # the original is what was agreed on: in the writing of whoever puts it down, until they say otherwise
        self.fields["language"].initial = get_language() or self.case.language
        if last is not None:
            for name in ("facts", "liability", "language", "remarks"):
                self.fields[name].initial = getattr(last, name)
        for place in range(1, MOST_CLAUSES + 1):
            kept = there[place - 1] if place <= len(there) else None
            self.fields[f"text_{place}"] = words(_("约定什么"), required=place == 1, rows=2)
            self.fields[f"performer_{place}"] = forms.TypedChoiceField(
                label=_("谁来做"),
                coerce=int,
                empty_value=None,
                required=False,
                choices=[("", _("各方")), *self.parties()],
            )
            self.fields[f"amount_{place}"] = forms.DecimalField(
                label=_("金额"), required=False, min_value=Decimal(0), max_digits=14, decimal_places=2
            )
            self.fields[f"currency_{place}"] = choice(_("币种"), CURRENCIES, required=False)
            self.fields[f"due_on_{place}"] = day(_("哪天之前"), required=False)
            self.fields[f"way_{place}"] = line(_("怎么做"), required=False, most=120)
            if kept is not None:
                self.initial.update({
                    f"text_{place}": kept.text, f"performer_{place}": kept.performer.number if kept.performer else "",
                    f"amount_{place}": kept.amount, f"currency_{place}": kept.currency, f"due_on_{place}": kept.due_on, f"way_{place}": kept.way,
                })  # fmt: skip

    def rows(self) -> list[dict[str, Any]]:
        """The clauses as bound fields, for the template."""
        names = ("text", "performer", "amount", "currency", "due_on", "way")
        return [
            {"place": n, **{name: self[f"{name}_{n}"] for name in names}} for n in range(1, MOST_CLAUSES + 1)
        ]

    def values(self) -> dict[str, Any]:
        told = self.cleaned_data
        clauses = tuple(
            Term(
                told[f"text_{n}"], way=told[f"way_{n}"], performer=told[f"performer_{n}"], amount=told[f"amount_{n}"],
                currency=told[f"currency_{n}"] or "CNY", due_on=told[f"due_on_{n}"],
            )
            for n in range(1, MOST_CLAUSES + 1)
            if told[f"text_{n}"]
        )  # fmt: skip
        kept = {name: told[name] for name in ("facts", "liability", "language", "remarks")}
        return {"words": Draft(clauses=clauses, **kept)}


class Oral(DraftForm):
    on = day(_("哪天达成的"), required=False)

    def values(self) -> dict[str, Any]:
        return {**super().values(), "on": self.cleaned_data.get("on")}


class ReopenTerms(StepForm):
    text = words(_("为什么要变更"))
    agreed_by = forms.TypedMultipleChoiceField(
        label=_("同意变更的各方"), coerce=int, widget=forms.CheckboxSelectMultiple, required=False
    )

    def prepare(self) -> None:
        now = in_force(self.case)
        confirmed = Confirmation.objects.filter(
            case=self.case, agreement=now, result=Confirmation.Result.CONFIRMED
        )
        if not confirmed.exists():
            del self.fields["agreed_by"]
            self.fields["text"].help_text = _t("新协议生效以前，原协议照样有效，要照着履行。")
            return
        self.fields["agreed_by"].choices = self.parties()  # type: ignore[attr-defined]
        self.fields["agreed_by"].help_text = _t(
            "法院已裁定原协议有效：要各方都同意才能重谈；新协议生效以前，原协议照样可以申请强制执行。"
            "新协议不会自动得到确认，要自生效之日起三十日内重新共同申请。"
        )
