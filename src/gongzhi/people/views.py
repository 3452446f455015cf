"""House-keeping of posts: who holds what, what is vacant; the administrator gives and ends posts."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gongzhi.kit import clock
from gongzhi.kit.components.toast import toast
from gongzhi.kit.errors import Conflict, Invalid, NotFound
from gongzhi.people import actions
from gongzhi.people.actor import Person
from gongzhi.people.forms import EndPost, GivePost
from gongzhi.people.models import Account, Organisation, Post
from gongzhi.people.policies import PEOPLE, require
from gongzhi.people.register import by_grid, by_unit

#: Letters of a first password: none that are mistaken for one another when read aloud.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def _path(by: Person) -> str:
    """The area whose register this person reads: of their widest post; everything when it is for no area."""
    paths = [post.division_path for post in by.posts if post.division_path]
    return min(paths, key=len) if paths else "/"


@require_GET
def posts(request: HttpRequest) -> HttpResponse:
    """The register: posts per grid, or per unit."""
    by = require(request.actor, "see_posts")  # type: ignore[attr-defined]
    today, units = clock.today(), request.GET.get("by") == "unit"
    here = reverse("people:posts")
    context: dict[str, Any] = {
        "tabs": [
            {"label": _("按网格"), "url": here, "current": not units},
            {"label": _("按单位"), "url": f"{here}?by=unit", "current": units},
        ],
        "may_change": PEOPLE.may(by, "change_posts", None),
        "today": today,
        "end_form": EndPost(initial={"on": today}),
    }
    if units:
        rows = by_unit(today, path=_path(by))
        context |= {"units": rows, "empty_units": sum(not row.held for row in rows)}
        return render(request, "people/units.html", context)
    communities = by_grid(today, path=_path(by))
    grids = [grid for community in communities for grid in community.grids]
    context |= {
        "communities": communities,
        "grids": len(grids),
        "held": sum(len(grid.held) for grid in grids),
        "missing": sum(community.missing for community in communities),
        "short": sum(bool(grid.missing) for grid in grids),
        "heads": sum(grid.building_heads for grid in grids),
    }
    return render(request, "people/posts.html", context)


@require_http_methods(["GET", "POST"])
def give(request: HttpRequest) -> HttpResponse:
    """Give somebody a post; a new account gets a first password, shown once."""
    by = require(request.actor, "change_posts")  # type: ignore[attr-defined]
    first = {name: request.GET.get(name) for name in ("role", "division", "organisation")}
    form = GivePost(request.POST or None, initial={**first, "starts_on": clock.today()})
    if request.method == "GET" or not form.is_valid():
        status = 400 if request.method == "POST" else 200
        return render(request, "people/give.html", {"form": form}, status=status)
    said, now = form.cleaned_data, clock.now()
    account = Account.objects.filter(login=said["login"]).first()
    if account is None and not said["name"]:
        form.add_error("name", _("没有这个登录名。要新建账号，请填姓名。"))
        return render(request, "people/give.html", {"form": form}, status=400)
    password = ""
    try:
        with transaction.atomic():
            if account is None:
                password = "-".join("".join(secrets.choice(_LETTERS) for _n in range(4)) for _g in range(4))
                account = actions.open_account(
                    login=said["login"], name=said["name"], password=password, by=by, at=now
                )
            body = Organisation.objects.filter(pk=said["organisation"]).first()
            post = actions.give_post(
                account,
                said["role"],
                division_id=said["division"],
                organisation=body,
                starts_on=said["starts_on"],
                ends_on=said["ends_on"],
                by=by,
                at=now,
            )
    except (IntegrityError, Conflict):
        form.add_error(None, _("这个人已经在这个岗位上。"))
        return render(request, "people/give.html", {"form": form}, status=409)
    if password:
        context = {"account": account, "post": post, "password": password}
        response = render(request, "people/given.html", context)
        response.headers["Cache-Control"] = "no-store"
        return response
    toast(request, _("{name} 已到岗：{role}").format(name=account, role=post.said))
    return HttpResponseRedirect(reverse("people:posts") + ("?by=unit" if post.division_id is None else ""))


@require_POST
def end(request: HttpRequest, post_id: int) -> HttpResponse:
    """End a post on a day; it stays in the history."""
    by = require(request.actor, "change_posts")  # type: ignore[attr-defined]
    post = Post.objects.select_related("account").filter(pk=post_id).first()
    if post is None:
        raise NotFound(_("没有这个岗位。"))
    if post.ends_on is not None and post.ends_on <= clock.today():
        raise Conflict(_("这个岗位已经结束。"), code="ended_already")
    if post.account_id == by.account_id and post.role == "admin":
        raise Invalid(_("不能结束自己的管理员岗位。"), help=_("请另一位管理员来做。"), code="own_post")
    form = EndPost(request.POST)
    if not form.is_valid():
        raise Invalid(_("请选择日期。"), code="on")
    actions.end_post(post, on=form.cleaned_data["on"], by=by, at=clock.now())
    said = _("{name} 的岗位“{role}”到 {day} 为止")
    toast(request, said.format(name=post.account, role=post.said, day=post.ends_on))
    return HttpResponseRedirect(reverse("people:posts") + ("?by=unit" if post.division_id is None else ""))
