"""The people: addresses in one form, codes that work once, posts with days, keys that are shown once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from gongzhi.kit.acting import Actor
from gongzhi.kit.clock import stopped
from gongzhi.kit.errors import Invalid, TooMany
from gongzhi.people import actions, queries
from gongzhi.people.accounts import AccountBackend
from gongzhi.people.actor import person_for
from gongzhi.people.addresses import address_digest, keyed, normal_address, normal_phone
from gongzhi.people.models import Account, OneTimeCode, Token
from tests.cast import START, WEDNESDAY, Cast
from tests.stage import cast, neighbourhood, undone

__all__ = ["cast", "neighbourhood"]

TESTS = Actor.for_service("tests")
PHONE = "+8613800000001"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("13800000001", PHONE), ("138 0000 0001", PHONE), ("138-0000-0001", PHONE), ("＋８６ 13800000001", PHONE),
        ("008613800000001", PHONE), ("+852 9123 4567", "+85291234567"), ("91234567", "+85291234567"),
        ("+853 6300 0001", "+85363000001"), ("63000001", "+85363000001"), ("28700001", "+85328700001"),
        ("0756-2120000", "+867562120000"), ("+1 415 555 2671", "+14155552671"),
    ],
)  # fmt: skip
def test_a_phone_number_has_one_form(written: str, kept: str) -> None:
    assert normal_phone(written) == kept
    assert normal_phone(kept) == kept


@pytest.mark.parametrize(
    "written",
    [
        "",
        "110",
        "12345",
        "1380000000",
        "+8612345678901",
        "phone",
        "１２３",
        "+853 1234567",
        "+86 1234567890",
        "01234567890",
        "1\x0038",
    ],
)
def test_what_is_no_number_is_refused_with_its_field(written: str) -> None:
    with pytest.raises(Invalid) as refused:
        normal_phone(written)
    assert refused.value.fields.keys() == {"phone"}


def test_addresses_are_told_apart_and_kept_small() -> None:
    assert normal_address(" Wang@Example.COM ") == ("email", "wang@example.com")
    assert normal_address("13800000001") == ("phone", PHONE)
    for bad in ("@", "a@b", "a b@c.de", "a@b.c\x00d", "x" * 120 + "@example.com"):
        with pytest.raises(Invalid):
            normal_address(bad)


def test_a_digest_gives_nothing_away() -> None:
    assert address_digest(PHONE) != address_digest("+8613800000002")
    assert len(address_digest(PHONE)) == 32
    assert keyed("a", "bc") != keyed("ab", "c")


def code(at: object = WEDNESDAY) -> str:
    """A code sent to PHONE."""
    return actions.send_code("sign_in", PHONE, by=Actor.nobody(), at=at)  # type: ignore[arg-type]


def sign_in(said: str, at: object = WEDNESDAY, address: str = PHONE) -> Account | None:
    """Sign in with a code."""
    return actions.sign_in_by_code(address, said, by=Actor.nobody(), at=at)  # type: ignore[arg-type]


def test_a_code_opens_one_account_once(cast: Cast) -> None:
    sent = code()
    account = sign_in(sent)
    assert account is not None and account.address_digest is not None
    assert sign_in(sent) is None, "a code works once"
    again = sign_in(code(WEDNESDAY + timedelta(minutes=2)), WEDNESDAY + timedelta(minutes=2))
    assert again == account, "the same address is the same person"
    assert sent not in str(OneTimeCode.objects.values_list("code_digest", flat=True))


def test_a_code_ends_after_ten_minutes(cast: Cast) -> None:
    sent = code()
    assert sign_in(sent, WEDNESDAY + timedelta(minutes=10)) is None
    assert sign_in(sent, WEDNESDAY + timedelta(minutes=9, seconds=59)) is not None


def test_five_wrong_tries_and_the_code_is_dead(cast: Cast) -> None:
    sent = code()
    wrong = f"{(int(sent) + 1) % 1_000_000:06d}"
    for _try in range(5):
        assert sign_in(wrong) is None
    assert sign_in(sent) is None


def test_the_newest_code_counts_and_only_for_its_address(cast: Cast) -> None:
    first, later = code(), WEDNESDAY + timedelta(minutes=2)
    second = code(later)
    assert first == second or sign_in(first, later) is None
    assert sign_in(second, later, "+8613800000002") is None
    assert sign_in(f" {second} ", later) is not None


def test_codes_are_not_sent_without_end(cast: Cast) -> None:
    code()
    with undone(), pytest.raises(TooMany):
        code(WEDNESDAY + timedelta(seconds=59))
    for minute in (1, 2, 3, 4):
        code(WEDNESDAY + timedelta(minutes=minute))
    with undone(), pytest.raises(TooMany):
        code(WEDNESDAY + timedelta(minutes=30))
    assert code(WEDNESDAY + timedelta(minutes=61))


def test_a_closed_account_is_not_opened_by_a_code(cast: Cast) -> None:
    account = sign_in(code())
    assert account is not None
    Account.objects.filter(pk=account.pk).update(is_active=False)
    later = WEDNESDAY + timedelta(minutes=2)
    assert sign_in(code(later), later) is None


def test_a_key_for_a_program_is_shown_once_and_ends(cast: Cast) -> None:
    clerk = cast.accounts["clerk"]
    secret = actions.issue_token(
        clerk, "热线", ["report"], expires_at=WEDNESDAY + timedelta(days=1), by=TESTS, at=WEDNESDAY
    )
    token = queries.token_by_digest(keyed("token", secret), at=WEDNESDAY)
    assert token is not None and (token.account, token.scopes) == (clerk, ["report"])
    assert queries.token_by_digest(keyed("token", secret), at=WEDNESDAY + timedelta(days=1)) is None
    assert queries.token_by_digest(keyed("token", secret + "x"), at=WEDNESDAY) is None
    assert secret not in str(list(Token.objects.values()))
    Token.objects.update(revoked_at=WEDNESDAY)
    assert queries.token_by_digest(keyed("token", secret), at=WEDNESDAY) is None


def test_a_post_cannot_end_before_it_began(cast: Cast) -> None:
    post = cast.accounts["clerk"].posts.get()
    with pytest.raises(Invalid):
        actions.end_post(post, on=START - timedelta(days=1), by=TESTS, at=WEDNESDAY)
    actions.end_post(post, on=date(2026, 11, 18), by=TESTS, at=WEDNESDAY)
    with stopped(WEDNESDAY):
        assert cast.clerk.posts == () and not cast.clerk.is_staff


def test_a_session_brings_the_posts_of_today_along(cast: Cast, statements: list[str]) -> None:
    account = cast.accounts["clerk"]
    statements.clear()
    with stopped(WEDNESDAY):
        found = AccountBackend().get_user(account.pk)
        assert found is not None and (found.name, found.since) == (account.name, account.since)
        assert person_for(found).posts and len(statements) == 1
        assert person_for(found) == person_for(Account.objects.get(pk=account.pk))
        actions.end_post(account.posts.get(), on=date(2026, 11, 19), by=TESTS, at=WEDNESDAY)
        assert person_for(AccountBackend().get_user(account.pk)).posts  # type: ignore[arg-type]
    with stopped(WEDNESDAY + timedelta(days=1)):
        assert not person_for(AccountBackend().get_user(account.pk)).posts  # type: ignore[arg-type]
    Account.objects.filter(pk=account.pk).update(is_active=False)
    assert AccountBackend().get_user(account.pk) is None
    assert AccountBackend().get_user(0) is None


def test_vacancies_are_shown(cast: Cast) -> None:
    from gongzhi.people.models import Staffing

    Staffing.objects.all().delete()
    Staffing.objects.create(level="grid", role="grid_leader", posts=1)
    Staffing.objects.create(level="grid", role="grid_member", posts=3)
    missing = {(v.division_id, v.role): v.missing for v in queries.vacancies(WEDNESDAY.date())}
    assert missing == {
        (cast.grid_2.pk, "grid_leader"): 1, (cast.grid_3.pk, "grid_leader"): 1,
        (cast.grid_1.pk, "grid_member"): 2, (cast.grid_2.pk, "grid_member"): 3, (cast.grid_3.pk, "grid_member"): 2,
    }  # fmt: skip
    assert {v.division_id for v in queries.vacancies(WEDNESDAY.date(), cast.tingtao.path)} == {cast.grid_3.pk}


def test_committees_and_centres_are_found_by_place(cast: Cast) -> None:
    found = queries.organisation_of_area(cast.haitang.pk)
    assert found is not None and found.id == cast.haitang_committee.pk
    centre = queries.order_centre_of(cast.street.pk)
    assert centre is not None and centre.id == cast.centre.pk
    assert {name for _pk, name, _role in queries.colleagues(cast.roads.pk, WEDNESDAY.date())} == {
        "road_worker",
        "road_head",
    }
