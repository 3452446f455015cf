"""The after-action record of an emergency (复盘): made from what happened, edited, and made final."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict
from gongzhi.workorders.actions.emergency import locked, text_of, told
from gongzhi.workorders.emergencies import record as emergency_record
from gongzhi.workorders.models.emergencies import Emergency
from gongzhi.workorders.police_partners import nobody_in


@transaction.atomic
def draft_record(emergency_id: int, *, by: Actor, at: datetime, seen: int | None = None) -> Emergency:
    """Make the after-action record from what happened: figures with their lists, and sentences to be edited."""
    row = locked(emergency_id, "write_record", by=by, seen=seen, over=True)
    _unfinished(row)
    row.figures = emergency_record.figures(row, at=at)
    row.record, row.record_at = emergency_record.sentences(row), at
    told(row, "draft_record", by=by, at=at)
    return row


@transaction.atomic
def write_record(
    emergency_id: int, text: str, *, by: Actor, at: datetime, seen: int | None = None
) -> Emergency:
    """Edit the words of the record; its figures stay as they were counted."""
    row = locked(emergency_id, "write_record", by=by, seen=seen, over=True)
    _unfinished(row)
    if row.record_at is None:
        raise Conflict(_("请先生成复盘。"), code="no_record")
    row.record = nobody_in(text_of(text, "text", 20_000, least=10), "text")
    told(row, "write_record", by=by, at=at)
    return row


@transaction.atomic
def finish_record(emergency_id: int, *, by: Actor, at: datetime, seen: int | None = None) -> Emergency:
    """The record is final: nobody changes it any more."""
    row = locked(emergency_id, "finish_record", by=by, seen=seen, over=True)
    _unfinished(row)
    if row.ended_at is None:
        raise Conflict(_("应急还没有结束。"), code="not_ended")
    if row.record_at is None:
        raise Conflict(_("请先生成复盘。"), code="no_record")
    row.finished_at, row.finished_by_id = at, by.account_id
    told(row, "finish_record", by=by, at=at)
    return row


def _unfinished(row: Emergency) -> None:
    if row.finished_at is not None:
        raise Conflict(_("复盘已经定稿。"), code="finished")
