"""The staff's entries in the navigation. No counts here: every page would pay a statement for them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from gongzhi.kit.navigation import NavItem, register
from gongzhi.people.policies import PEOPLE
from gongzhi.people.roles import Role
from gongzhi.workorders.policies.desk import DESK
from gongzhi.workorders.policies.doors import DOORS
from gongzhi.workorders.policies.open311 import PARTNERS
from gongzhi.workorders.policies.police import POLICE

#: Posts without a queue of orders.
MEDIATING = frozenset({Role.MEDIATOR, Role.CASE_CLERK})


def _may(verb: str) -> Any:
    return lambda actor: DESK.may(actor, verb, None)


def _has_a_queue(actor: Any) -> bool:
    """May this person open the desk, and is there anything on it? Those who only mediate have no orders."""
    return DESK.may(actor, "open_desk", None) and bool(getattr(actor, "roles", frozenset()) - MEDIATING)


def register_all() -> None:
    """Enter the room's staff pages in the rail."""
    at_desk = _has_a_queue
    register(
        NavItem(
            "desk", _("工作台"), "workorders:desk", "inbox", order=10, who=at_desk,
            within=("workorders:desk_order", "workorders:desk_step", "workorders:desk_contact"),
        )
    )  # fmt: skip
    register(
        NavItem(
            "desk_new", _("登记"), "workorders:desk_new", "headset", order=20, who=_may("take_in"),
            within=("workorders:desk_taken", "workorders:desk_paste", "workorders:pasted", "workorders:desk_paper", "workorders:paper_done", "workorders:paper_batches"),
        )
    )  # fmt: skip
    register(
        NavItem(
            "letters",
            _("来信"),
            "workorders:letters",
            "mail",
            order=25,
            who=lambda actor: DOORS.may(actor, "see_letters", None),
        )
    )
    # clerks find it in the menu behind their name: their rail is full
    register(
        NavItem(
            "pocket",
            _("随身办"),
            "workorders:pocket",
            "device-mobile",
            order=26,
            who=lambda actor: DESK.may(actor, "open_pocket", None) and not actor.holding(Role.CLERK),
        )
    )
    register(NavItem("desk_map", _("地图"), "workorders:desk_map", "map-2", order=30, who=at_desk))
    register(
        NavItem(
            "callouts", _("吹哨"), "workorders:callouts", "speakerphone", order=35, group="together", who=at_desk,
            within=("workorders:callout", "workorders:callout_new", "workorders:callout_limits"),
        )
    )  # fmt: skip
    register(
        NavItem(
            "handovers", _("公安"), "workorders:handovers", "shield", order=36, group="together", who=at_desk,
            within=("workorders:partners", "workorders:police_calls"),
        )
    )  # fmt: skip
    register(
        NavItem(
            "pairs",
            _("一居一警"),
            "workorders:pairs",
            "heart-handshake",
            order=37,
            group="together",
            who=at_desk,
            within=("workorders:pair",),
        )
    )
    register(
        NavItem(
            "tips", _("线索"), "workorders:tips", "eye", order=38, group="together", within=("workorders:tip_desk",),
            who=lambda actor: POLICE.may(actor, "count_tips", None),
        )
    )  # fmt: skip
    register(
        NavItem(
            "emergency", _("应急"), "workorders:emergencies", "alert-triangle", order=39, group="together", who=at_desk,
            within=(
                "workorders:emergency", "workorders:emergency_new", "workorders:emergency_record",
                "workorders:emergency_list", "workorders:bulletin",
            ),
        )
    )  # fmt: skip
    register(
        NavItem(
            "devices", _("设备"), "workorders:devices", "bell-ringing", order=48, group="overview", who=at_desk,
            within=("workorders:device", "workorders:device_new", "workorders:device_change", "workorders:device_test"),
        )
    )  # fmt: skip
    register(
        NavItem(
            "open311", _("系统对接"), "workorders:open311_peers", "git-branch", order=60, group="tables",
            within=("workorders:open311_peer", "workorders:open311_key"),
            who=lambda actor: PARTNERS.may(actor, "see", None),
        )
    )  # fmt: skip
    register(
        NavItem(
            "hooks", _("推送"), "workorders:house_hooks", "send", order=77, group="tables",
            who=lambda actor: PEOPLE.may(actor, "see_keys", None),
        )
    )  # fmt: skip
    register(NavItem("police", _("警民共治"), "workorders:police", "shield", place="footer", order=60))
    register(
        NavItem(
            "open311_about", "Open311", "workorders:open311_about", "git-branch", place="footer", order=70
        )
    )
    register(NavItem("tip", _("我有线索"), "workorders:tip", "eye", place="footer", order=61))
    register(
        NavItem(
            "desk_units",
            _("单位"),
            "workorders:desk_units",
            "building",
            order=40,
            group="overview",
            who=at_desk,
        )
    )
    register(
        NavItem(
            "desk_ledger",
            _("台账"),
            "workorders:desk_ledger",
            "clipboard-list",
            order=45,
            group="overview",
            who=at_desk,
        )
    )
    register(
        NavItem(
            "desk_rules", _("规则"), "workorders:desk_rules", "book", order=50, group="tables", who=_may("read_tables"),
            within=("workorders:desk_rule", "workorders:desk_rules_try", "workorders:desk_promise", "workorders:desk_rule_new"),
        )
    )  # fmt: skip
    register(
        NavItem(
            "desk_categories", _("分类"), "workorders:desk_categories", "list", order=52, group="tables", who=_may("read_tables"),
            within=(
                "workorders:desk_category", "workorders:desk_category_new", "workorders:desk_categories_import",
                "workorders:desk_edition", "workorders:desk_question", "workorders:desk_question_new",
                "workorders:desk_wording", "workorders:desk_wording_new", "workorders:desk_codes",
                "workorders:desk_code_list", "workorders:desk_codes_import", "workorders:desk_keywords",
                "workorders:desk_keyword", "workorders:desk_keyword_new", "workorders:desk_keywords_import",
            ),
        )
    )  # fmt: skip
    # Staff come from the residents' pages to their desk by the menu behind their name.
    register(NavItem("desk", _("工作台"), "workorders:desk", "inbox", place="account", order=5, who=at_desk))
    register(
        NavItem(
            "pocket", _("随身办"), "workorders:pocket", "device-mobile", place="account", order=6,
            who=_may("open_pocket"),
        )
    )  # fmt: skip
