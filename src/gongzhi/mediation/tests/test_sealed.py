"""Nothing of a sealed case gets out: marker words in its subject, names, texts, file names and file contents are looked for
in logs, jobs, the outbox, every shared table, and the pages of everybody who is not in it. Each look has a control that finds.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.images import Picture, check_picture
from gongzhi.matters import actions as matters
from gongzhi.mediation.actions import agreeing, guests, parties, sitting, speaking, team
from gongzhi.mediation.actions.agreeing import Draft, Term
from gongzhi.mediation.actions.opening import Who
from gongzhi.mediation.models import Case
from gongzhi.mediation.tests.scene import Room
from gongzhi.mediation.tests.test_way import mediating

pytestmark = pytest.mark.django_db(transaction=True)

#: One word for each place; none of them occurs anywhere else.
MARKS = {
    "subject": "紫檀木纠葛", "name": "欧阳记号甲", "other": "司徒记号乙", "facts": "蓝鲸事实", "wish": "白鹭请求",
    "note": "赤松备注", "separate": "玄武背对", "joint": "青鸾面对", "said": "朱雀发言", "clause": "麒麟条款",
    "file": "貔貅文件名", "phone": "+8619900099901", "guest": "客人记号丙", "reason": "回避记号丁",
}  # fmt: skip
SWEEP = Actor.for_service("sweep")
CONTENT = b"GZMARKERBYTES0123456789"


def picture() -> Picture:
    """A picture whose bytes carry a mark."""
    out = io.BytesIO()
    Image.new("RGB", (40, 40), (10, 120, 120)).save(out, "JPEG")
    checked = check_picture(io.BytesIO(out.getvalue()), name=MARKS["file"] + ".jpg")
    return Picture(
        checked.name, checked.media_type, checked.content + CONTENT, checked.thumbnail + CONTENT, 40, 40
    )


def planted(room: Room) -> Case:
    """A case with a mark in every place where words can stand."""
    room_parties = (
        Who(MARKS["name"], particulars={"phone": MARKS["phone"]}),
        Who(MARKS["other"], account_id=room.neighbour.account_id),
    )
    case = mediating(
        room,
        subject_line=MARKS["subject"],
        parties=room_parties,
        facts=MARKS["facts"],
        requests=MARKS["wish"],
    )
    now = clock.now()
    with acting(room.clerk):
        sitting.note(case.pk, text=MARKS["note"], pictures=[picture()], by=room.clerk, at=now)
        guests.invite_guest(case.pk, name=MARKS["guest"], part="observer", by=room.clerk, at=now)
    with acting(room.macao_mediator):
        mediator = room.macao_mediator
        sitting.record_sitting(case.pk, kind="separate", party=1, text=MARKS["separate"], by=mediator, at=now)
        sitting.record_sitting(case.pk, kind="joint", text=MARKS["joint"], by=mediator, at=now)
        agreeing.draft(case.pk, Draft(clauses=(Term(MARKS["clause"]),)), by=mediator, at=now)
    with acting(room.resident):
        speaking.say(case.pk, text=MARKS["said"], by=room.resident, at=now)
        team.ask_recusal(
            case.pk, account_id=room.clerk.account_id or 0, text=MARKS["reason"], by=room.resident, at=now
        )
        parties.mend_party(case.pk, fields={"address": MARKS["phone"]}, by=room.resident, at=now)
    return case


def marks_in(text: str) -> set[str]:
    """Which marks occur in a text."""
    return {place for place, mark in MARKS.items() if mark in text}


def client_of(room: Room, name: str) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(room.accounts[name])
    return client


#: Pages on which matters, people, searches and numbers are shown.
PAGES = (
    "/", "/mine/", "/cases/", "/cases/?closed", "/desk/", "/desk/?q={q}", "/desk/?status=all&q={q}", "/map/", "/board/", "/changes/",
    "/notices/", "/evaluation/", "/briefs/", "/desk/ledger/", "/meetings/", "/desk/export.csv?status=all", "/mailbox/",
)  # fmt: skip
INSIDE = ("/cases/{pk}/", "/cases/{pk}/files/{file}/", "/cases/{pk}/files/{file}/small/")
#: Who is not in the case.
OUTSIDERS = (
    "macao_resident",
    "leader",
    "auditor",
    "grid_worker",
    "centre_clerk",
    "mediator",
    "other_mediator",
)


def _file_of(administrator: Any, case: Case) -> str:
    row = administrator.execute(
        "SELECT id FROM journal_attachment WHERE thread_id = %s", [case.pk]
    ).fetchone()
    return str(row[0])


def _read(client: Client, address: str) -> tuple[int, str]:
    answer = client.get(address, follow=True)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return answer.status_code, body.decode("utf-8", "replace")


def test_pages_of_outsiders_have_no_mark(room: Room, administrator_connection: Any) -> None:
    case = planted(room)
    key = _file_of(administrator_connection, case)
    addresses = [
        page.format(q=mark) for page in PAGES for mark in (("x",) if "{q}" not in page else MARKS.values())
    ]
    for name in OUTSIDERS:
        client = client_of(room, name)
        for address in addresses:
            status, body = _read(client, address)
            assert status < 500, (name, address)
            if "q=" not in address:
                assert marks_in(body) == set(), (name, address)
            else:  # the search repeats what was asked, and finds nothing
                assert f"/cases/{case.pk}/" not in body and case.matter.number not in body, (name, address)
        for inside in INSIDE:
            status, body = _read(client, inside.format(pk=case.pk, file=key))
            assert status == 404 and marks_in(body) == set() and CONTENT.decode() not in body, (name, inside)
    visitor = Client(raise_request_exception=False)
    for inside in INSIDE:
        status, body = _read(visitor, inside.format(pk=case.pk, file=key))
        assert marks_in(body) == set() and CONTENT.decode() not in body


def test_pages_of_those_inside_have_theirs(room: Room, administrator_connection: Any) -> None:
    """The control: each side finds what it may, and not what is for another."""
    case = planted(room)
    key = _file_of(administrator_connection, case)
    found = {
        name: marks_in(_read(client_of(room, name), f"/cases/{case.pk}/")[1])
        for name in ("clerk", "macao_mediator", "resident", "neighbour")
    }
    everything = set(MARKS) - {"file"}  # the name a file came with is kept, and shown to nobody
    assert found["clerk"] == found["macao_mediator"] == everything
    assert found["resident"] == everything - {"note"}
    assert found["neighbour"] == {"subject", "name", "other", "joint", "said", "clause", "guest"}
    assert CONTENT.decode() in _read(client_of(room, "clerk"), f"/cases/{case.pk}/files/{key}/")[1]
    for name in ("resident", "neighbour"):
        assert _read(client_of(room, name), f"/cases/{case.pk}/files/{key}/")[0] == 404, "a note of the team"


#: Tables in which the words of a case may stand, all of them behind the lock.
LOCKED = {"journal_entry", "journal_attachment", "journal_blob", "journal_access"}


def _tables_with_marks(administrator: Any) -> dict[str, set[str]]:
    """table → marks, over every table of the database, as its superuser sees them."""
    names = [
        row[0]
        for row in administrator.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        ).fetchall()
    ]
    found = {}
    for name in names:
        rows = administrator.execute(f'SELECT t::text FROM "{name}" t').fetchall()
        marks = marks_in("\n".join(row[0] for row in rows))
        if CONTENT.hex() in "\n".join(row[0] for row in rows):
            marks.add("bytes")
        if marks:
            found[name] = marks
    return found


def test_no_table_without_a_lock_has_a_mark(
    room: Room, administrator_connection: Any, raw_as: Callable[..., Any]
) -> None:
    """Jobs, messages, drafts of pages, sessions, search index: every table there is, looked through by a superuser."""
    planted(room)
    found = _tables_with_marks(administrator_connection)
    assert set().union(*found.values()) >= {*MARKS, "bytes"}, "the control: as superuser every mark is found"
    outside = {
        name: marks
        for name, marks in found.items()
        if not name.startswith("mediation_") and name not in LOCKED
    }
    assert outside == {}
    for name in OUTSIDERS:
        who = raw_as(getattr(room, name).account_id)
        for table in found:
            rows = who.execute(f'SELECT t::text FROM "{table}" t').fetchall()
            assert marks_in("\n".join(row[0] for row in rows)) == set(), (name, table)


def test_jobs_and_messages_carry_numbers_only(room: Room, administrator_connection: Any) -> None:
    case = planted(room)
    room.accepted(at=clock.now() - timedelta(days=40), subject_line=MARKS["subject"])
    with acting(SWEEP):
        matters.remind(by=SWEEP, at=clock.now())
    jobs = administrator_connection.execute("SELECT args::text FROM procrastinate_jobs").fetchall()
    assert jobs, "the control: a promise that ran out has left jobs"
    assert marks_in("".join(row[0] for row in jobs)) == set()
    told = administrator_connection.execute(
        "SELECT subject || body FROM notices_message WHERE body LIKE %s", [f"%{case.matter.number}%"]
    ).fetchall()
    assert told, "the control: messages were written"
    assert marks_in("".join(row[0] for row in told)) == set()


def test_logs_and_error_pages_carry_no_word(
    room: Room,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    administrator_connection: Any,
) -> None:
    """An unexpected failure in the middle of a case leaves no word in the page and none in the log."""
    case = planted(room)
    from gongzhi.mediation.views import steps as doors

    def breaks(*given: Any, **named: Any) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setitem(doors.ACTIONS, "note", breaks)
    caplog.set_level(logging.DEBUG)
    client = client_of(room, "clerk")
    answer = client.post(f"/cases/{case.pk}/note/", {"text": MARKS["note"]})
    assert answer.status_code == 500 and marks_in(answer.content.decode()) == set()
    logged = "\n".join(
        f"{record.getMessage()} {record.exc_text or ''} {record.__dict__}" for record in caplog.records
    )
    assert "broken on purpose" in logged, "the control: the failure is in the log"
    assert marks_in(logged) == set()


def test_refusals_repeat_no_word(room: Room) -> None:
    case = planted(room)
    client = client_of(room, "mediator")
    for verb in ("accept", "note", "say", "sign", "draft", "forget", "look_in"):
        answer = client.post(f"/cases/{case.pk}/{verb}/", {"text": MARKS["note"]})
        assert answer.status_code == 404 and marks_in(answer.content.decode()) == set(), verb
