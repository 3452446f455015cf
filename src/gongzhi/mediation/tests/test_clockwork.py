"""Promises of a case run by themselves: reminders stand in the sealed record, and those who receive are told a number."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from gongzhi.journal import news
from gongzhi.journal.models import Entry
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.matters import actions as matters
from gongzhi.matters.models import Deadline
from gongzhi.mediation.models import Duration
from gongzhi.mediation.terms import USUAL, last_day
from gongzhi.mediation.tests.scene import Room

pytestmark = pytest.mark.django_db(transaction=True)
SWEEP = Actor.for_service("sweep")


def test_a_month_is_a_month_and_thirty_days_are_thirty(room: Room) -> None:
    end = last_day("conclude", date(2026, 1, 31))
    assert end >= date(2026, 2, 28), "the last of the month, or the working day after it"
    assert last_day("confirm", date(2026, 11, 19)) == date(2026, 12, 21), (
        "Saturday the 19th gives way to Monday"
    )
    assert {row.promise for row in Duration.objects.all()} == set(USUAL)


def test_a_promise_that_runs_out_is_told_by_number(room: Room, administrator_connection: Any) -> None:
    case = room.accepted(at=clock.now() - timedelta(days=40))
    with acting(SWEEP):
        assert matters.remind(by=SWEEP, at=clock.now()) >= 1
        assert Deadline.objects.filter(
            matter_id=case.pk, promise="conclude", missed_at__isnull=False
        ).exists()
    with acting(room.clerk), transaction.atomic():
        told = list(Entry.objects.filter(thread_id=case.pk, verb="mediation.missed"))
    assert told and all(entry.text == "" for entry in told)
    for entry in told:
        news.hear("gongzhi.mediation.readers.tell_committee", entry.pk)
    sent = administrator_connection.execute(
        "SELECT account_id, body FROM notices_message WHERE purpose = 'mediation.reminded'"
    ).fetchall()
    assert {row[0] for row in sent} >= {room.clerk.account_id}
    assert all(case.matter.number in row[1] and case.subject_line not in row[1] for row in sent)


def test_a_party_reads_no_reminder(room: Room) -> None:
    case = room.accepted(at=clock.now() - timedelta(days=40))
    with acting(SWEEP):
        matters.remind(by=SWEEP, at=clock.now())
    with acting(room.resident), transaction.atomic():
        assert not Entry.objects.filter(thread_id=case.pk, verb="mediation.missed").exists()
