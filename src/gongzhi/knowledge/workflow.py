"""Which states an article can be in, and which steps lead from one to the next. Who may: ``policies.py``."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from civics.workflow import SAME, State, Step, Workflow

DRAFT, PUBLISHED, RETIRED = "draft", "published", "retired"

STATES = (
    State(DRAFT, _("草稿"), True, "editor"),
    State(PUBLISHED, _("已发布"), True, "editor"),
    State(RETIRED, _("已停用"), False),
)
_LIVE = frozenset({DRAFT, PUBLISHED})

STEPS = (
    Step("still_true", _("仍然正确"), {PUBLISHED}, SAME, "editor"),
    Step("publish", _("发布"), {DRAFT, RETIRED}, PUBLISHED, "editor"),
    Step("change", _("修改"), _LIVE, SAME, "editor"),
    Step("restore", _("恢复这个版本"), _LIVE, SAME, "editor", ("number",)),
    Step("retire", _("停用"), _LIVE, RETIRED, "editor", ("reason",), undo_of="publish"),
)

WORKFLOW = Workflow("knowledge", DRAFT, STATES, STEPS)
