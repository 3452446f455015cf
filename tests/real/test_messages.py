"""All 4,326 messages: the hot issues of the board against the file that says which messages belong together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gongzhi.kit.clock import stopped
from gongzhi.observation.queries import board, rooms
from gongzhi.observation.tests.test_board import as_, listed
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions import grouping
from gongzhi.workorders.models import WorkOrder
from tests.cast import Cast
from tests.real.files import BY, bring, rows_of, settled

pytestmark = [pytest.mark.real, pytest.mark.django_db]


@pytest.fixture(scope="module")
def cast(
    django_db_setup: None, django_db_blocker: Any, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cast]:
    rows = rows_of(real_data / "text" / "tipdm8c_messages_4326.csv.gz")
    with settled(django_db_blocker) as cast:
        bring(rows, tmp_path_factory.mktemp("real") / "messages.csv")
        assert WorkOrder.objects.count() > 0.99 * len(rows)
        yield cast


def test_hot_issues_of_all_messages_on_the_board(cast: Cast, real_data: Path) -> None:
    truth = json.loads((real_data / "text" / "tipdm8c_hot_issue_truth_dev.json").read_text("utf-8"))
    whole = [{str(key) for key in keys} for keys in truth.values()]
    at = datetime.now(UTC) + timedelta(minutes=1)
    with stopped(at):
        assert grouping.group_all(by=BY, at=at) == 1
        hot, when = board.hot(rooms.kind_of(""), ground().areas[cast.street.pk], by=cast.leader, at=at)
        assert when == at and len(hot) > 3
        assert [h["heat"] for h in hot] == sorted((h["heat"] for h in hot), reverse=True)
        client = as_(cast, "leader")
        found = []
        for issue in hot:
            assert listed(client, issue["url"]) == issue["n"]
            keys = WorkOrder.objects.filter(pk__in=issue["matters"]).values_list("source_key", flat=True)
            found.append(set(keys))
    best = {number: max(len(keys & one) / len(one) for keys in found) for number, one in enumerate(whole)}
    assert max(best.values()) >= 0.8, best
    assert sum(share >= 0.5 for share in best.values()) >= len(whole) / 2, best
