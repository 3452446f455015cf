"""What can be asked of cases, one file per topic; ``cases`` fetches or refuses."""

from __future__ import annotations

from gongzhi.mediation.queries.cases import cases_for, file_of, get_case, get_left, left_by, timeline

__all__ = ["cases_for", "file_of", "get_case", "get_left", "left_by", "timeline"]
