"""What a page must hold wherever it is looked at: nothing grave for axe, nothing that sticks out sideways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

AXE = (Path(__file__).parents[1] / "vendor" / "axe.min.js").read_text("utf-8")


def grave(page: Any) -> list[str]:
    """Serious and critical findings of axe on the page as it stands, WCAG 2.2 A and AA."""
    # half a page, or one whose letters still change their width, has targets that cover one another
    page.wait_for_load_state("load")
    page.evaluate("async () => { await document.fonts.ready; }")
    page.evaluate(AXE)
    return list(
        page.evaluate(
            "async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}))"
            ".violations.filter(v => ['serious', 'critical'].includes(v.impact))"
            ".map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(' | '))"
        )
    )


def fits(page: Any) -> bool:
    """Nothing sticks out sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"))
