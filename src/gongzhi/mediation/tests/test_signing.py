"""Signing on a screen with a code, on paper with a scan; and that what was signed stays, in the database too."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from gongzhi.journal.models import Attachment
from gongzhi.kit.acting import acting
from gongzhi.kit.errors import Conflict, Invalid
from gongzhi.kit.typesetting import faces
from gongzhi.mediation.actions import agreeing, signing
from gongzhi.mediation.actions.agreeing import Draft, Term
from gongzhi.mediation.actions.codes import bound
from gongzhi.mediation.models import Agreement, Case, Clause, Signature
from gongzhi.mediation.queries.agreements import digest_of
from gongzhi.mediation.tests.scene import NAME, Room
from gongzhi.mediation.tests.test_way import TERMS, later, mediating, signed
from gongzhi.notices.queries import mailbox
from gongzhi.papers.strokes import drawn
from gongzhi.people import actions as people
from tests.cast import RESIDENTS

pytestmark = pytest.mark.django_db(transaction=True)


def drafted(room: Room) -> tuple[Case, Agreement]:
    case = mediating(room)
    with acting(room.macao_mediator):
        return case, agreeing.draft(case.pk, TERMS, by=room.macao_mediator, at=later(days=1))


def as_(room: Room, name: str) -> Client:
    client = Client()
    client.force_login(room.accounts[name])
    return client


def codes() -> list[str]:
    return [found[1] for row in mailbox() if (found := re.search(r"验证码 (\d{6})", row.body))]


def test_reading_drawing_and_the_code(room: Room) -> None:
    case, row = drafted(room)
    phone = RESIDENTS["resident"]
    client, page = as_(room, "resident"), f"/cases/{case.pk}/signing/1/"
    shown = client.get(page).content.decode()
    assert "补偿隔音垫费用。" in shown and "data-sign" in shown
    digest = re.search(r'name="shown" value="([0-9a-f]{64})"', shown)
    assert digest is not None
    given = {"shown": digest[1], "strokes": NAME, "phone": phone}
    assert client.post(page, given | {"act": "code", "phone": "19900009999"}).status_code == 400, "not theirs"
    sent = client.post(page, given | {"act": "code"})
    assert sent.status_code == 200 and "验证码已发出" in sent.content.decode()
    assert json.loads(NAME) and "[[100, 100]" in sent.content.decode(), "the drawing is still there"
    right = codes()[0]
    wrong = "000000" if right != "000000" else "000001"
    assert client.post(page, given | {"act": "sign", "code": wrong}).status_code == 400
    assert client.post(page, given | {"act": "sign", "code": right, "strokes": "[]"}).status_code == 400
    with acting(room.clerk), transaction.atomic():
        assert Signature.objects.filter(agreement=row).count() == 0
    assert client.post(page, given | {"act": "sign", "code": right}).status_code == 302
    with acting(room.clerk), transaction.atomic():
        one = Signature.objects.get(agreement=row)
        assert (one.way, one.party.number, bytes(one.digest).hex()) == ("screen", 1, digest[1])  # type: ignore[union-attr]
        file = Attachment.objects.get(pk=one.attachment_id)
        assert file.sides and file.media_type == "image/jpeg", "kept sealed with the case"
    if faces():
        paper = client.get(f"/cases/{case.pk}/papers/agreement-1.pdf")
        assert b"/Subtype/Image" in paper.content.replace(b" ", b""), "the drawn name stands on the paper"
    assert "您已经签过名" in client.get(page).content.decode()
    assert client.post(page, given | {"act": "sign", "code": right}).status_code == 409
    # the old door leads here: nobody signs with one press
    assert (
        as_(room, "neighbour").post(f"/cases/{case.pk}/sign/", {"agreement_id": row.pk})["Location"] == page
    )
    for name, status in (("clerk", 404), ("leader", 404), ("macao_resident", 404), ("macao_mediator", 200), ("neighbour", 200)):  # fmt: skip
        assert as_(room, name).get(page).status_code == status, name


def test_a_code_signs_one_text_and_nothing_else(room: Room) -> None:
    case, row = drafted(room)
    phone, at = RESIDENTS["resident"], later(days=1)
    with acting(room.resident):
        given = {"agreement_id": row.pk, "phone": phone, "by": room.resident}
        with transaction.atomic():
            digest = digest_of(row).hex()
            signing.send_code(case.pk, shown=digest, at=at, **given)  # type: ignore[arg-type]
        right = codes()[0]
        with pytest.raises(Conflict, match="刚刚改过"), transaction.atomic():
            signing.sign_here(case.pk, shown="00" * 32, code=right, at=at, **given)  # type: ignore[arg-type]
    with acting(room.macao_mediator):
        changed = agreeing.draft(
            case.pk, Draft(clauses=(Term("另一种约定。"),)), by=room.macao_mediator, at=later(days=1)
        )
    assert changed.pk == row.pk, "nobody had signed: the same version, other words"
    with acting(room.resident), transaction.atomic():
        now = digest_of(Agreement.objects.get(pk=row.pk)).hex()
        assert now != digest
        assert signing.sign_here(case.pk, shown=now, code=right, at=at, **given) is None  # type: ignore[arg-type]


def test_nobody_signs_on_a_screen_without_the_code_of_their_own_telephone(room: Room) -> None:
    """Asked of the action itself, below every door."""
    case, row = drafted(room)
    at, phone = later(days=1), RESIDENTS["resident"]

    def sign(**given: Any) -> Signature | None:
        with acting(room.resident), transaction.atomic():
            said = {"agreement_id": row.pk, "way": "screen", "by": room.resident, "at": at} | given
            return agreeing.sign(case.pk, **said)

    for way in ("screen", "code"):
        with pytest.raises(Conflict) as none:
            sign(way=way)
        assert none.value.code == "code_needed", way
    with pytest.raises(Conflict, match="由调委会登记"):
        sign(way="paper")
    with pytest.raises(Invalid):
        sign(phone=RESIDENTS["neighbour"], code="123456")
    with acting(room.neighbour), transaction.atomic():  # a good code, of the other party
        digest = digest_of(row)
        theirs = people.send_code(
            "sign", bound(row, digest, RESIDENTS["neighbour"]), by=room.neighbour, at=at
        )
    assert sign(phone=phone, code=theirs) is None
    with acting(room.resident), transaction.atomic():
        other = people.send_code("sign", bound(row, b"another text", phone), by=room.resident, at=at)
    assert sign(phone=phone, code=other) is None, "a code for another text"
    with acting(room.macao_mediator), transaction.atomic(), pytest.raises(Conflict):
        agreeing.sign(
            case.pk, agreement_id=row.pk, way="screen", as_mediator=True, by=room.macao_mediator, at=at
        )
    with acting(room.clerk), transaction.atomic():
        assert not Signature.objects.filter(case=case).exists()
        assert Agreement.objects.get(pk=row.pk).frozen_at is None, "nothing was frozen by trying"
    assert room.signs(case.pk, row.pk, "resident", at=at).party_id, (
        "the control: with the right code it is signed"
    )


def test_what_was_signed_stays_in_the_database(room: Room, raw_as: Callable[..., Any]) -> None:
    case = mediating(room)
    row = signed(room, case)
    for who in (room.clerk, room.resident):
        for sql in (
            "UPDATE mediation_agreement SET facts = '别的' WHERE id = %s",
            "UPDATE mediation_agreement SET digest = 'x' WHERE id = %s",
            "UPDATE mediation_agreement SET effective_on = '2026-01-01' WHERE id = %s",
            "UPDATE mediation_agreement SET frozen_at = NULL WHERE id = %s",
            "DELETE FROM mediation_clause WHERE agreement_id = %s",
            "UPDATE mediation_clause SET amount = 1 WHERE agreement_id = %s",
            "UPDATE mediation_clause SET text = '别的' WHERE agreement_id = %s",
            "UPDATE mediation_signature SET way = 'paper' WHERE agreement_id = %s",
        ):
            try:  # refused, or (what only the team may take away) not even seen
                assert (
                    raw_as(who.account_id).execute(sql, [row.pk]).rowcount == 0
                    and who.account_id == room.resident.account_id
                )
            except psycopg.errors.InsufficientPrivilege as fault:
                assert "stay" in str(fault)
    for sql in ("DELETE FROM mediation_signature WHERE agreement_id = %s", "DELETE FROM mediation_agreement WHERE id = %s"):  # fmt: skip
        with pytest.raises(psycopg.errors.Error):
            raw_as(room.clerk.account_id).execute(sql, [row.pk])
    with acting(room.clerk), transaction.atomic(), pytest.raises(DatabaseError):
        Clause.objects.create(
            case=case, agreement=row, position=9, text="后加的", sides=["all"], at=later(days=2)
        )
    with acting(room.clerk), transaction.atomic():
        assert digest_of(Agreement.objects.get(pk=row.pk)) == bytes(row.digest or b"")
        assert Clause.objects.filter(agreement=row).update(performed_on=later(days=2).date()) == 2, (
            "what was done is still noted"
        )


def test_the_mediator_draws_and_needs_no_code(room: Room) -> None:
    case, row = drafted(room)
    client, page = as_(room, "macao_mediator"), f"/cases/{case.pk}/signing/1/"
    shown = client.get(page).content.decode()
    assert 'name="code"' not in shown
    given = {"shown": digest_of_row(room, row), "act": "sign"}
    assert client.post(page, given).status_code == 400, "without a name nothing is signed"
    assert client.post(page, given | {"strokes": NAME}).status_code == 302
    with acting(room.clerk), transaction.atomic():
        assert Signature.objects.get(agreement=row).account_id == room.macao_mediator.account_id


def digest_of_row(room: Room, row: Agreement) -> str:
    with acting(room.clerk), transaction.atomic():
        return digest_of(Agreement.objects.get(pk=row.pk)).hex()


@pytest.mark.parametrize(
    "strokes",
    ["", "x", "{}", "[1]", "[[[1,2,3]]]", "[[[0,0],[1,1]]]", "[[[-1,0],[900,300]]]", json.dumps([[[0, 0]] * 7000]), "[" * 5000,
     '[[["nan",0],[900,300]]]'],
)  # fmt: skip
def test_what_is_no_drawing(strokes: str) -> None:
    with pytest.raises(Invalid):
        drawn(strokes, name="x")


def test_a_drawing_is_a_picture() -> None:
    picture = drawn(NAME, name="signature")
    assert (picture.width, picture.height, picture.media_type) == (1000, 370, "image/jpeg")
