"""Who may do what, one table per topic; that of orders, which every door asks, is in ``orders``."""

from __future__ import annotations

from gongzhi.workorders.policies.orders import (
    CHECKS,
    CLERK,
    CLERK_OR_UNIT,
    CONTACT,
    HANDS_TO_POLICE,
    NOT_ANSWERER,
    OPEN311_SERVICE,
    OUTSIDE_SERVICE,
    POLICE_SERVICE,
    RULES,
    STAFF,
    SUPERVISES,
    in_area,
    standing,
)

__all__ = ["CHECKS", "CLERK", "CLERK_OR_UNIT", "CONTACT", "HANDS_TO_POLICE", "NOT_ANSWERER", "OPEN311_SERVICE", "OUTSIDE_SERVICE", "POLICE_SERVICE", "RULES", "STAFF", "SUPERVISES", "in_area", "standing"]  # fmt: skip
