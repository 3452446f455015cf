"""The page /kit/: every component in all its states, and one example page per shell. Development only.

Everything shown is invented and fixed in ``gallery_examples``; nothing is read from the database.
Addresses: ``/kit/`` all components, ``/kit/?shell=workbench`` an example page, ``/kit/?shape=areas`` example GeoJSON.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from gongzhi.kit import clock, errors, gallery_examples
from gongzhi.kit.components.toast import toast

SHELLS = ("resident", "report", "matter", "staff", "workbench", "board", "signin", "refusal", "print")


class Example(forms.Form):
    """One field of each kind."""

    kind = forms.ChoiceField(
        label=_("您想做什么？"),
        widget=forms.RadioSelect,
        choices=[
            ("help", _("求助")),
            ("complaint", _("投诉")),
            ("consult", _("咨询")),
            ("suggestion", _("建议")),
        ],
    )
    text = forms.CharField(
        label=_("请说说是什么事"),
        help_text=_("写清楚在哪里、什么时候、是什么情况就可以。不用写身份证号。"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    address = forms.CharField(label=_("地点"), help_text=_("例如：南屏大街 12 号门前"))
    area = forms.ChoiceField(
        label=_("社区"), required=False, choices=[("", _("不清楚")), ("1", "南屏社区"), ("2", "北山社区")]
    )
    photos = forms.FileField(
        label=_("照片"),
        required=False,
        help_text=_("最多 6 张。照片里的拍摄位置会被去掉。"),
        widget=forms.ClearableFileInput(attrs={"accept": "image/*", "data-most": 6}),
    )
    follow = forms.BooleanField(
        label=_("有进展时通知我"), required=False, help_text=_("只发给您一个人，随时可以关掉。")
    )
    lon = forms.FloatField(widget=forms.HiddenInput, required=False)
    lat = forms.FloatField(widget=forms.HiddenInput, required=False)


def gallery(request: HttpRequest) -> HttpResponse:
    """The page, an example of a shell (``?shell=``), or example shapes (``?shape=``)."""
    if not settings.DEVELOPMENT:
        raise Http404
    if shape := request.GET.get("shape"):
        return JsonResponse(gallery_examples.shapes(shape))
    if stage := request.GET.get("picture"):
        return HttpResponse(gallery_examples.picture(stage), content_type="image/svg+xml")
    now = clock.now()
    context: dict[str, Any] = {
        "now": now,
        "moments": {
            "soon": now + timedelta(hours=1, minutes=20),
            "later": now + timedelta(days=2, hours=3),
            "late": now - timedelta(days=1, hours=2),
            "hour_ago": now - timedelta(minutes=52),
            "yesterday": now - timedelta(days=1, hours=3),
            "week": now - timedelta(days=8),
        },
        "icons": gallery_examples.icon_names(),
        "shells": SHELLS,
        **gallery_examples.words(now),
    }
    shell = request.GET.get("shell", "")
    if shell == "refusal":
        refused = errors.Conflict(
            _("这件事刚刚被别人处理了，您的修改没有保存。"), help=_("请看最新的情况，再决定要不要继续。")
        )
        return render(
            request, "kit/refusal.html", {"refusal": refused, "status": 409, "request_id": "4f1c9a7be02d"}
        )
    wrong = Example({"kind": "help", "text": "", "address": "", "follow": "on"}, prefix="wrong")
    wrong.is_valid()
    context.update(form=Example(), wrong=wrong)
    if shell in SHELLS:
        return render(request, f"kit/gallery/{shell}.html", context)
    toast(request, _("已派给前山环卫所"), undo=request.path)
    return render(request, "kit/gallery/all.html", context)
