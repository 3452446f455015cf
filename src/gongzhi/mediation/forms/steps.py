"""The small form of each step: its fields are named as the action's arguments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from civics.documents import fits
from gongzhi.kit import clock
from gongzhi.kit.components.words import moment_words
from gongzhi.mediation.forms.base import OfParty, StepForm
from gongzhi.mediation.forms.drafting import DraftForm, Oral, ReopenTerms
from gongzhi.mediation.forms.fields import PhotosField, choice, day, line, moment, words
from gongzhi.mediation.models import (
    Guest,
    GuestPart,
    Level,
    Member,
    MemberPart,
    Sitting,
    SittingKind,
    Subject,
    Visit,
    Way,
)
from gongzhi.mediation.models.agreements import Confirmation
from gongzhi.mediation.models.parties import Document
from gongzhi.mediation.queries.joining import may_join
from gongzhi.mediation.workflow import ADVICE, ENDINGS, REFUSALS
from gongzhi.people.queries import holders


def _translated(rows: dict[str, str]) -> Any:
    return [(code, _(label)) for code, label in rows.items()]


class Accept(StepForm):
    subject = choice(_("纠纷类型"), Subject.choices)

    def prepare(self) -> None:
        self.fields["subject"].initial = self.case.subject


class Refuse(StepForm):
    ground = choice(_("理由"), _translated(REFUSALS))
    text = words(_("告诉当事人什么"), help=_("写明理由，并告诉对方还可以找哪里。"))


class Decline(OfParty):
    text = words(_("原因（可以不写，只有团队看得到）"), required=False)


class TellRights(StepForm):
    party = forms.TypedChoiceField(label=_("哪一方"), coerce=int)
    how = choice(_("怎么告知的"), [("paper", _("书面")), ("aloud", _("口头")), ("page", _("网页"))])

    def prepare(self) -> None:
        self.fields["party"].choices = self.parties()  # type: ignore[attr-defined]


class NameParty(StepForm):
    name = line(_("怎么称呼"))
    is_body = forms.BooleanField(label=_("是单位"), required=False)


class InviteParty(StepForm):
    party = forms.TypedChoiceField(label=_("哪一方"), coerce=int)
    phone = line(
        _("手机号"), required=False, most=30,
        help=_("不填就用案卷里的电话。对方用这个号码登录后，只看得到自己那一面。"),
    )  # fmt: skip

    def prepare(self) -> None:
        self.fields["party"].choices = self.parties()  # type: ignore[attr-defined]


class MendParty(OfParty):
    field_order = ("party", "name")
    name = line(_("怎么称呼"), required=False, most=80, help=_("不改就不填。协议开始签名以后不能再改。"))
    phone = line(_("电话"), required=False, most=30, help=_("内地、香港、澳门号码都可以，带区号，如 +853。"))
    address = line(_("住址"), required=False, most=200)
    document = choice(_("证件"), [("", _("不填")), *Document.choices], required=False)
    document_number = line(_("证件号码"), required=False, most=40)
    occupation = line(_("职业"), required=False, most=40)
    agent_name = line(_("代理人"), required=False, most=60)

    def prepare(self) -> None:
        super().prepare()
        if not self.on_team:
            del self.fields["name"]

    def clean_document_number(self) -> str:
        """A number that cannot be is a slip of the pen."""
        number = str(self.cleaned_data["document_number"]).strip()
        if number and not fits(self.cleaned_data.get("document", ""), number):
            raise forms.ValidationError(_t("这个号码和所选的证件对不上，请再看一遍。"))
        return number

    def values(self) -> dict[str, Any]:
        told = dict(self.cleaned_data)
        party, name = told.pop("party", None), told.pop("name", "")
        return {
            "party": party,
            "name": name,
            "fields": {name: value for name, value in told.items() if value},
        }


class _Person(StepForm):
    account_id = forms.TypedChoiceField(label=_("谁"), coerce=int)

    def people(self) -> list[tuple[str, str]]:
        """Colleagues of the committee."""
        found = {
            str(post.account_id): f"{post.account} · {post.said}"
            for post in holders(clock.today(), organisation_id=self.case.committee_id)
        }
        return list(found.items())


class JoinTeam(_Person):
    part = choice(_("做什么"), MemberPart.choices)

    def prepare(self) -> None:
        there = set(Member.objects.filter(case=self.case, until=None).values_list("account_id", flat=True))
        self.fields["account_id"].choices = may_join(self.case, there)  # type: ignore[attr-defined]


class LeaveTeam(_Person):
    recused = forms.BooleanField(
        label=_("因为回避"), required=False, help_text=_("回避的人连以前写的也看不到了。")
    )

    def prepare(self) -> None:
        rows = Member.objects.filter(case=self.case, until=None).select_related("account")
        self.fields["account_id"].choices = [(str(row.account_id), str(row.account)) for row in rows]  # type: ignore[attr-defined]


class ProposeMediator(_Person):
    def prepare(self) -> None:
        self.fields["account_id"].choices = self.people()  # type: ignore[attr-defined]


def _yes(told: str) -> bool:
    return told == "yes"


class SayOfMediator(OfParty):
    agrees = forms.TypedChoiceField(
        label=_("同意这位调解员吗"), choices=[("yes", _("同意")), ("no", _("不同意，请另选"))],
        coerce=_yes, widget=forms.RadioSelect, initial="yes",
    )  # fmt: skip
    text = words(_("想说的（只有团队看得到）"), required=False, rows=2)

    def prepare(self) -> None:
        super().prepare()
        if self.case.mediator is not None:
            self.fields["agrees"].help_text = self.case.mediator.name


class AskRecusal(StepForm):
    account_id = forms.TypedChoiceField(label=_("请谁回避"), coerce=int)
    text = words(_("理由（只有团队看得到）"))

    def prepare(self) -> None:
        rows = Member.objects.filter(case=self.case, until=None).select_related("account")
        self.fields["account_id"].choices = [(str(row.account_id), str(row.account)) for row in rows]  # type: ignore[attr-defined]


class _WithParty(StepForm):
    kind = choice(_("怎么谈"), SittingKind.choices)
    party = forms.TypedChoiceField(label=_("背对背：和哪一方"), coerce=int, empty_value=None, required=False)

    def prepare(self) -> None:
        self.fields["party"].choices = [("", _("不限")), *self.parties()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if (told.get("kind") == SittingKind.SEPARATE) != (told.get("party") is not None):
            self.add_error("party", _t("背对背要写明和哪一方谈，别的不用选。"))
        return told


class PlanSitting(_WithParty):
    starts_at = moment(_("什么时候"))
    place = line(_("在哪里"), required=False, most=120)
    video = forms.BooleanField(label=_("视频也可以参加"), required=False)
    open_to_guests = forms.BooleanField(label=_("旁听人和翻译在场"), required=False)
    interpreter_id = forms.TypedChoiceField(label=_("翻译"), coerce=int, empty_value=None, required=False)

    def prepare(self) -> None:
        super().prepare()
        rows = Guest.objects.filter(case=self.case, part=GuestPart.INTERPRETER, ended_at=None).exclude(
            admitted_at=None
        )
        self.fields["interpreter_id"].choices = [("", _("不用"))] + [(str(g.pk), g.name) for g in rows]  # type: ignore[attr-defined]


class RecordSitting(_WithParty):
    field_order = ("sitting_id",)
    sitting_id = forms.TypedChoiceField(label=_("哪一次"), coerce=int, empty_value=None, required=False)
    text = words(_("谈了什么"), rows=8)
    for_the_team = forms.BooleanField(label=_("只给团队看"), required=False)
    pictures = PhotosField()

    def prepare(self) -> None:
        super().prepare()
        planned = Sitting.objects.filter(case=self.case, held_at=None, cancelled_at=None)
        rows = [(str(one.pk), _told_of(one)) for one in planned.select_related("party")]
        if not rows:
            del self.fields["sitting_id"]
            return
        self.fields["sitting_id"].choices = [*rows, ("", _("没有事先安排的一次"))]  # type: ignore[attr-defined]
        self.fields["kind"].required = False
        self.fields["kind"].help_text = _("选了上面安排好的一次，就不用再选。")

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        if told.get("sitting_id"):
            return told | {"kind": SittingKind.JOINT, "party": None}
        if "kind" in told and not told["kind"]:
            self.add_error("kind", _t("请选怎么谈的。"))
        return super().clean()


def _told_of(sitting: Sitting) -> str:
    with_whom = f" · {sitting.party.name}" if sitting.party else ""
    return f"{sitting.get_kind_display()} · {moment_words(sitting.starts_at)}{with_whom}"


class Note(StepForm):
    text = words(_("备注（只有团队看得到）"))
    pictures = PhotosField()


class Say(StepForm):
    text = words(_("想说什么"), required=False)
    private = forms.BooleanField(label=_("只给调解团队看"), required=False)
    only = forms.TypedChoiceField(label=_("说给谁"), coerce=int, empty_value=None, required=False)
    pictures = PhotosField()

    def prepare(self) -> None:
        if self.on_team:
            del self.fields["private"]
            self.fields["only"].choices = [("", _("各方"))] + self.parties()  # type: ignore[attr-defined]
        else:
            del self.fields["only"]


class GiveEvidence(StepForm):
    pictures = PhotosField(required=True)
    text = words(_("说明"), required=False, rows=2)
    shared = forms.BooleanField(label=_("对方也可以看"), required=False)


class InviteGuest(StepForm):
    part = choice(_("来做什么"), GuestPart.choices)
    name = line(_("姓名"))
    phone = line(
        _("手机号"),
        required=False,
        most=30,
        help=_("填了，各方都同意以后，对方登录就能看到旁听人在场时说的话。"),
    )
    languages = line(_("会的语言"), required=False, most=60)


class Extend(StepForm):
    until = day(_("延长到哪一天"))
    agreed_by = forms.TypedMultipleChoiceField(
        label=_("已同意的各方"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    text = words(_("原因"), required=False, rows=2)

    def prepare(self) -> None:
        self.fields["agreed_by"].choices = self.parties()  # type: ignore[attr-defined]


class Sign(StepForm):
    agreement_id = forms.IntegerField(widget=forms.HiddenInput)
    shown = forms.CharField(widget=forms.HiddenInput, required=False)
    signer = choice(_("谁的签名"), [])
    way = choice(_("怎么签"), [(Way.PAPER, Way.PAPER.label)])
    on = day(_("签名日期"), required=False)
    pictures = PhotosField(label=_("签名页的扫描件或照片"))

    def prepare(self) -> None:
        if self.on_team:
            # on a screen everybody signs for themselves, with a code: views.signing
            self.fields["signer"].choices = [("mediator", _("调解员")), *self.parties()]  # type: ignore[attr-defined]
        else:
            for name in ("signer", "way", "on", "pictures"):
                del self.fields[name]

    def values(self) -> dict[str, Any]:
        told = dict(self.cleaned_data)
        signer = told.pop("signer", "")
        told.setdefault("way", Way.SCREEN)
        return {
            **told,
            "as_mediator": signer == "mediator",
            "party": int(signer) if signer.isdecimal() else None,
        }


class TakeEffect(StepForm):
    agreement_id = forms.IntegerField(widget=forms.HiddenInput)
    on = day(_("盖章日期"), required=False)


class Terminate(StepForm):
    ground = choice(_("原因"), _translated(ENDINGS))
    advice = choice(_("告诉当事人还可以走"), _translated(ADVICE), many=True)
    text = words(_("说明（各方看得到）"), required=False)


class Perform(StepForm):
    clause_id = forms.IntegerField(widget=forms.HiddenInput)
    on = day(_("哪天履行的"), required=False)
    text = words(_("说明"), required=False, rows=2)
    pictures = PhotosField(label=_("凭证照片"))


class Words(StepForm):
    text = words(_("内容"))


class AskConfirmation(StepForm):
    court = line(_("向哪个人民法院"))
    on = day(_("哪天共同申请的"), required=False)


class HearCourt(StepForm):
    result = choice(_("法院的决定"), [row for row in Confirmation.Result.choices if row[0]])
    ruling = line(_("裁定书编号"), required=False, most=60)
    on = day(_("哪天"), required=False)


class VisitForm(StepForm):
    kept = choice(_("履行得怎样"), Visit.Kept.choices)
    content = choice(_("满意吗"), [("", _("没有问到")), *Visit.Content.choices], required=False)
    flares = forms.BooleanField(label=_("有激化的苗头"), required=False)
    on = day(_("哪天回访的"), required=False)
    text = words(_("回访记录（只有团队看得到）"), required=False)


class RaiseLevel(StepForm):
    level = choice(_("在哪一级解决"), Level.choices)


class GuestId(OfParty):
    guest_id = forms.IntegerField(widget=forms.HiddenInput)


class JustGuest(StepForm):
    guest_id = forms.IntegerField(widget=forms.HiddenInput)


class SittingId(StepForm):
    sitting_id = forms.IntegerField(widget=forms.HiddenInput)
    text = line(_("原因"), required=False)


class VoteForm(StepForm):
    clause_id = forms.IntegerField(widget=forms.HiddenInput)
    agrees = forms.TypedChoiceField(choices=[("yes", ""), ("no", "")], coerce=_yes)


class Forget(StepForm):
    reason = choice(_("为什么"), [("request", _("当事人要求")), ("retention", _("保管期满"))])


#: verb → its form; a verb that is not here asks for nothing.
FORMS: dict[str, type[StepForm]] = {
    "accept": Accept, "refuse": Refuse, "consent": OfParty, "decline": Decline, "tell_rights": TellRights,
    "name_party": NameParty, "invite_party": InviteParty, "mend_party": MendParty, "join_team": JoinTeam, "leave_team": LeaveTeam,
    "propose_mediator": ProposeMediator, "say_of_mediator": SayOfMediator, "ask_recusal": AskRecusal,
    "plan_sitting": PlanSitting, "cancel_sitting": SittingId, "record_sitting": RecordSitting, "note": Note, "say": Say,
    "give_evidence": GiveEvidence, "invite_guest": InviteGuest, "consent_to_guest": GuestId, "admit_guest": JustGuest,
    "withdraw_consent": GuestId, "extend": Extend, "draft": DraftForm, "vote": VoteForm, "sign": Sign,
    "take_effect": TakeEffect, "agree_orally": Oral, "terminate": Terminate, "perform": Perform, "urge": Words,
    "ask_confirmation": AskConfirmation, "hear_court": HearCourt, "reopen_terms": ReopenTerms, "visit": VisitForm,
    "raise_level": RaiseLevel, "forget": Forget,
}  # fmt: skip

__all__ = ["FORMS", "StepForm"]
