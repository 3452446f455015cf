"""Grouping and nearest reports on 4,326 real messages, against five issues found by eye."""

from __future__ import annotations

import json
from typing import Any

import pytest

from civics.nearness import NearnessIndex, group
from civics.tests.test_language_real import read

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def messages(real_data) -> dict[str, Any]:
    rows = read(real_data, "tipdm8c_messages_4326")
    place = {int(row["msg_id"]): index for index, row in enumerate(rows)}
    truth = json.loads((real_data / "text" / "tipdm8c_hot_issue_truth_dev.json").read_text("utf-8"))
    return {
        "texts": [f"{row['title']}\n{row['body']}" for row in rows],
        "authors": [row["user"] for row in rows],
        "issues": [{place[number] for number in numbers} for numbers in truth.values()],
    }


def test_groups_are_the_issues_people_saw(messages):
    groups = [set(members) for members in group(messages["texts"], authors=messages["authors"])]
    best = [
        max(2 * len(issue & members) / (len(issue) + len(members)) for members in groups)
        for issue in messages["issues"]
    ]
    assert sum(best) / len(best) >= 0.88 and min(best) >= 0.7


def test_the_nearest_report_of_someone_else_is_about_the_same_issue(messages):
    index = NearnessIndex()
    for key, text in enumerate(messages["texts"]):
        index.add(key, text)
    right = []
    for issue in messages["issues"]:
        for one in issue:
            author = messages["authors"][one]
            found = [key for key, *_ in index.nearest(messages["texts"][one], 12)]
            right.append(next(key for key in found if messages["authors"][key] != author) in issue)
    assert sum(right) / len(right) >= 0.95
