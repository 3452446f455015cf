"""A record that was rewritten is found out; words may be erased without breaking it."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from civics.chain import Entry, canonical, commit_words, genesis, link, verify, words_match

SALT = bytes(range(16))
START = genesis(b"order/2041")


def chain(records, start=START) -> list[Entry]:
    entries, previous = [], start
    for record in records:
        digest = link(previous, record)
        entries.append(Entry(record, digest, previous))
        previous = digest
    return entries


def bare(entries) -> list[tuple]:
    return [(entry.record, entry.digest) for entry in entries]


RECORDS = [{"verb": "report", "by": 7}, {"verb": "dispatch", "by": 8}, {"verb": "answer", "by": 9}]

records_ = st.lists(
    st.dictionaries(
        st.text(max_size=4), st.none() | st.booleans() | st.integers() | st.text(max_size=5), max_size=4
    ),
    min_size=2,
    max_size=8,
)


def test_an_untouched_chain_holds():
    verdict = verify(START, chain(RECORDS))
    assert verdict and (verdict.length, verdict.broken_at, verdict.why) == (3, None, "")
    assert verdict.head == chain(RECORDS)[-1].digest


def test_an_empty_chain_holds():
    assert verify(START, []) and verify(START, []).head == START


def test_a_changed_entry_is_named():
    entries = chain(RECORDS)
    entries[1] = entries[1]._replace(record={"verb": "dispatch", "by": 10})
    verdict = verify(START, entries)
    assert not verdict and verdict.broken_at == verdict.length == 1
    assert verdict.why == "第 2 条的摘要不符：内容被改动。"


def test_a_missing_entry_is_told_apart_from_a_changed_one():
    entries = chain(RECORDS)
    assert "删除" in verify(START, [entries[0], entries[2]]).why


def test_a_missing_end_is_noticed_only_by_the_published_head():
    entries = chain(RECORDS)
    assert verify(START, entries[:2])
    verdict = verify(START, entries[:2], head=entries[-1].digest)
    assert not verdict and verdict.broken_at == 2 and "公布" in verdict.why


def test_another_chain_cannot_be_passed_off():
    assert not verify(genesis(b"order/2042"), bare(chain(RECORDS)))


def test_a_record_that_cannot_be_written_breaks_the_chain_instead_of_raising():
    assert verify(START, [({"x": object()}, b"0" * 32)]).broken_at == 0


def test_erasing_words_and_salt_keeps_the_chain():
    kept = {"text": "三栋楼下水管堵了", "salt": SALT}
    record = {"verb": "report", "words": commit_words(kept["text"], kept["salt"])}
    entries = chain([record, *RECORDS])
    assert words_match(kept["text"], kept["salt"], record["words"])
    assert not words_match("三栋楼下水管通了", kept["salt"], record["words"])
    assert not words_match(kept["text"], bytes(16), record["words"])
    kept.clear()
    assert verify(START, entries, head=entries[-1].digest)


def test_the_words_are_nowhere_in_the_record():
    assert "水管" not in canonical({"words": commit_words("水管", SALT)}).decode()


def test_a_short_salt_is_refused():
    with pytest.raises(ValueError, match="16"):
        commit_words("水管", b"salt")


@given(records_, st.data())
def test_any_single_change_is_detected(records, data):
    entries = chain(records)
    at = data.draw(st.integers(0, len(records) - 1))
    other = data.draw(st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=5), max_size=4))
    assume(canonical(other) != canonical(records[at]))
    changed = list(entries)
    changed[at] = changed[at]._replace(record=other)
    for told in (changed, bare(changed)):
        assert verify(START, told).broken_at == at


@given(records_, st.data())
def test_any_changed_digest_is_detected(records, data):
    entries = chain(records)
    at = data.draw(st.integers(0, len(records) - 1))
    bit = data.draw(st.integers(0, 255))
    number = int.from_bytes(entries[at].digest, "big") ^ (1 << bit)
    changed = list(entries)
    changed[at] = changed[at]._replace(digest=number.to_bytes(32, "big"))
    assert verify(START, changed).broken_at == verify(START, bare(changed)).broken_at == at


@given(records_, st.data())
def test_any_deletion_is_detected(records, data):
    entries = chain(records)
    at = data.draw(st.integers(0, len(records) - 1))
    for told in (entries[:at] + entries[at + 1 :], bare(entries[:at] + entries[at + 1 :])):
        assert verify(START, told, head=entries[-1].digest).broken_at == at


@given(records_, st.data())
def test_any_swap_and_any_repetition_is_detected(records, data):
    entries = chain(records)
    a, b = sorted(data.draw(st.tuples(*[st.integers(0, len(records) - 1)] * 2)))
    repeated = entries[: a + 1] + entries[a:]
    assert verify(START, bare(repeated)).broken_at == a + 1
    assume(a != b)
    swapped = list(entries)
    swapped[a], swapped[b] = swapped[b], swapped[a]
    assert verify(START, bare(swapped), head=entries[-1].digest).broken_at == a


class Colour(StrEnum):
    RED = "red"


def test_one_way_to_write_a_record_down():
    record = {
        "z": Decimal("1.50"),
        "a": datetime(2026, 7, 8, 15, 30, tzinfo=timezone(timedelta(hours=8))),
        "day": date(2026, 7, 8),
        "raw": b"\x00\xff",
        "id": UUID(int=1),
        "list": (1, 2.0, 2.5, None, True),
        "字": "水",
        "colour": Colour.RED,
    }
    assert canonical(record).decode() == (
        '{"a":"2026-07-08T07:30:00.000000Z","colour":"red","day":"2026-07-08",'
        '"id":"00000000-0000-0000-0000-000000000001","list":[1,2,2.5,null,true],"raw":"00ff","z":"1.50","字":"水"}'
    )


def test_the_order_of_keys_and_the_time_zone_do_not_matter():
    here, there = (
        datetime(2026, 7, 8, 8, tzinfo=timezone(timedelta(hours=8))),
        datetime(2026, 7, 8, tzinfo=UTC),
    )
    assert canonical({"a": here, "b": 1}) == canonical({"b": 1, "a": there})


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda s: st.lists(s, max_size=3)))
def test_a_record_kept_as_json_is_written_the_same(value):
    import json

    record = {"detail": value, "at": datetime(2026, 7, 8, tzinfo=UTC), "raw": b"\x01"}
    assert canonical(json.loads(canonical(record))) == canonical(record)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (float("nan"), ValueError),
        (float("inf"), ValueError),
        (datetime(2026, 7, 8), ValueError),
        ("\ud800", ValueError),
        ({1: 2}, TypeError),
        (object(), TypeError),
        ({1, 2}, TypeError),
    ],
)
def test_what_cannot_be_recorded_is_refused(value, error):
    with pytest.raises(error):
        link(START, {"x": value})


def test_the_previous_digest_has_its_full_length():
    with pytest.raises(ValueError, match="32"):
        link(b"short", {})
