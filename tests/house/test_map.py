"""The map of the house shows the workflow as it is."""

from __future__ import annotations

from pathlib import Path

from gongzhi.workorders.workflow import WORKFLOW

ROOT = Path(__file__).resolve().parents[2]


def test_the_map_draws_the_workflow_of_work_orders() -> None:
    assert WORKFLOW.to_mermaid().strip() in (ROOT / "docs" / "map.md").read_text("utf-8")
