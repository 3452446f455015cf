"""Every change of a table that decides about orders is in its book: who, when, from what to what; and can be put back."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gongzhi.journal import books
from gongzhi.journal.models import Book
from gongzhi.journal.queries import holds
from gongzhi.kit.errors import Conflict, Forbidden
from gongzhi.people import actions as people
from gongzhi.territory.ground import ground
from gongzhi.territory.models import Place
from gongzhi.workorders.actions import calling_out, keywording, questioning, ruling
from gongzhi.workorders.actions.capping import set_cap
from gongzhi.workorders.actions.questioning import Wanted
from gongzhi.workorders.models import Cap, Keyword, PromiseRule, Question, Wording
from gongzhi.workorders.tables import tree
from gongzhi.workorders.understanding import classify
from tests.cast import IN_GRID_1, OUTSIDE, WEDNESDAY, Cast, settle

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 18)


@pytest.fixture
def cast(clock: Any) -> Cast:
    clock.set(WEDNESDAY)
    return settle()


@pytest.fixture
def clerk(client: Client, cast: Cast) -> Client:
    client.force_login(cast.accounts["clerk"])
    return client


def newest(table: str) -> books.Noted:
    return books.changes_of(table)[0]


def test_every_table_notes_who_changed_what(cast: Cast) -> None:
    ruling.change_promise("P01", amount=3, unit="hours", marks=[80], by=cast.clerk, at=WEDNESDAY)
    one = newest("promises")
    assert (one.by, one.change.key, one.at) == (cast.accounts["clerk"], "P01", WEDNESDAY)
    assert one.change.after == {"amount": 3, "unit": "hours", "marks": [80]} != one.change.before
    set_cap("return", percent=7, by=cast.leader, at=WEDNESDAY)
    assert newest("caps").by == cast.accounts["leader"] and newest("caps").change.after["percent"] == 7  # type: ignore[index]
    calling_out.set_limit("whistle", 1, "hours", by=cast.clerk, at=WEDNESDAY)
    assert newest("callout-limits").differs == ["amount", "unit"] or newest("callout-limits").differs == [
        "amount"
    ]
    ruling.end_line("R001", on=TODAY + timedelta(days=1), by=cast.clerk, at=WEDNESDAY)
    assert (
        newest("responsibilities").differs in (["ends_on"], [])
        or newest("responsibilities").change.key == "*"
    )
    post = people.give_post(
        cast.accounts["gardener"],
        "handler",
        organisation=cast.roads,
        starts_on=TODAY,
        by=cast.clerk,
        at=WEDNESDAY,
    )
    people.end_post(post, on=TODAY + timedelta(days=3), by=cast.clerk, at=WEDNESDAY)
    given = books.changes_of("posts", key=str(post.pk))
    assert [one.change.before is None for one in given] == [False, True]
    assert "gardener" not in str([one.change for one in given]), "people by number, never by name"
    for book in Book.objects.all():
        assert holds(book.thread_id).ok, book.table


def test_what_changes_nothing_is_no_change(cast: Cast) -> None:
    row = PromiseRule.objects.get(code="P01")
    before = books.length("promises")
    ruling.change_promise(
        "P01", amount=row.amount, unit=row.unit, marks=row.marks, by=cast.clerk, at=WEDNESDAY
    )
    assert books.length("promises") == before


def test_the_page_shows_a_change_and_puts_it_back(clerk: Client, cast: Cast) -> None:
    row = PromiseRule.objects.get(code="P01")
    was = (row.amount, row.unit, row.marks)
    ruling.change_promise("P01", amount=9, unit="hours", marks=[80], by=cast.other_clerk, at=WEDNESDAY)
    page = clerk.get("/house/changes/promises/").content.decode()
    assert "other_clerk" in page and "<ins>9</ins>" in page and f"<del>{was[0]}</del>" in page
    entry = newest("promises").id
    assert clerk.post(f"/house/changes/promises/{entry}/undo/").status_code == 302
    row.refresh_from_db()
    assert (row.amount, row.unit, row.marks) == was
    assert newest("promises").by == cast.accounts["clerk"], "putting back is a change, too"
    assert clerk.post(f"/house/changes/promises/{entry}/undo/").status_code == 409, (
        "it is no longer what it was"
    )


def test_questions_and_wordings_are_put_back_as_they_were(clerk: Client, cast: Cast) -> None:
    lamp = tree().by_code["010105"].id
    at: dict[str, Any] = {"by": cast.clerk, "at": WEDNESDAY}
    first = questioning.change_question(lamp, Wanted("lamps", "几盏不亮？", "number", least=1), **at)
    questioning.change_question(
        lamp, Wanted("lamps", "多少盏？", "number", required=True), **at, seen=first.pk
    )
    questioning.change_wording(lamp, step="answer", name="修好了", text="路灯已经修好。", **at)
    questioning.change_wording(lamp, step="answer", name="修好了", text="路灯修好了，谢谢。", **at)
    for table in ("questions", "wordings"):
        assert clerk.post(f"/house/changes/{table}/{newest(table).id}/undo/").status_code == 302
    now = Question.objects.get(code="lamps", ends_on=None)
    assert (now.text, now.least, now.required) == ("几盏不亮？", 1, False)
    assert Wording.objects.get(name="修好了", ends_on=None).text == "路灯已经修好。"
    for table in ("questions", "wordings"):
        made = books.changes_of(table)[-1]
        assert clerk.post(f"/house/changes/{table}/{made.id}/undo/").status_code == 302, (
            "made: taken away again"
        )
    assert (
        not Question.objects.filter(ends_on=None).exists()
        and not Wording.objects.filter(ends_on=None).exists()
    )


def test_who_may_read_and_put_back(client: Client, cast: Cast) -> None:
    set_cap("return", percent=7, by=cast.leader, at=WEDNESDAY)
    entry = newest("caps").id
    assert client.get("/house/changes/").status_code in (302, 401)
    for name, reads, undoes in [
        ("resident", 403, 403),
        ("road_worker", 200, 403),
        ("clerk", 200, 403),
        ("leader", 200, 302),
    ]:
        client.force_login(cast.accounts[name])
        assert client.get("/house/changes/").status_code == reads, name
        assert client.get("/house/changes/caps/").status_code == reads, name
        assert client.post(f"/house/changes/caps/{entry}/undo/").status_code == undoes, name
    assert client.get("/house/changes/nothing/").status_code == 404
    client.force_login(cast.accounts["road_worker"])
    assert client.get("/house/changes/posts/").status_code == 404, "the register is not theirs"
    client.force_login(cast.accounts["auditor"])
    assert "岗位" in client.get("/house/changes/posts/").content.decode()


def test_somebody_who_saw_another_version_is_told_so(cast: Cast) -> None:
    seen = books.fingerprint(ruling.promise_values(PromiseRule.objects.get(code="P01")))
    ruling.change_promise("P01", amount=9, unit="hours", marks=[80], by=cast.clerk, at=WEDNESDAY, seen=seen)
    with pytest.raises(Conflict):
        ruling.change_promise(
            "P01", amount=8, unit="hours", marks=[80], by=cast.other_clerk, at=WEDNESDAY, seen=seen
        )


def test_a_version_shows_the_questions_and_wordings_that_changed_beside_it(clerk: Client, cast: Cast) -> None:
    from gongzhi.workorders.actions import taxonomy

    lamp = tree().by_code["010105"].id
    edition = taxonomy.draft_edition(by=cast.clerk, at=WEDNESDAY)
    questioning.change_question(lamp, Wanted("lamps", "几盏不亮？", "number"), by=cast.clerk, at=WEDNESDAY)
    questioning.change_wording(
        lamp, step="answer", name="修好了", text="已修好。", by=cast.clerk, at=WEDNESDAY
    )
    page = clerk.get(f"/desk/categories/editions/{edition.number}/")
    assert {entry["table"] for entry in page.context["beside"]} == {"questions", "wordings"}
    assert "几盏不亮？" in page.content.decode()


# ---- keywords


def test_a_word_is_added_corrected_taken_away_and_put_back(clerk: Client, cast: Cast) -> None:
    lamp, drain = tree().by_code["010105"].id, tree().by_code["010106"].id
    text = "楼下的明月灯又黑了"
    assert (
        clerk.post("/desk/keywords/new/", {"word": "明月灯", "category": lamp, "weight": "9"}).status_code
        == 302
    )
    assert classify(text)[0].category_id == lamp
    row = Keyword.objects.get(word="明月灯")
    again = clerk.post("/desk/keywords/new/", {"word": "明月灯", "category": lamp, "weight": "2"})
    assert again.status_code == 409, "the category has it already"
    form = clerk.get(f"/desk/keywords/{row.pk}/")
    seen = form.context["seen"]
    moved = {"word": "明月灯", "category": drain, "weight": "9", "seen_as": seen}
    assert clerk.post(f"/desk/keywords/{row.pk}/", moved).status_code == 302
    assert classify(text)[0].category_id == drain
    assert clerk.post(f"/desk/keywords/{row.pk}/", moved | {"weight": "1", "seen_as": "x"}).status_code == 409
    assert clerk.post(f"/desk/keywords/{row.pk}/", {"act": "drop", "seen_as": seen}).status_code == 302
    assert not Keyword.objects.filter(word="明月灯").exists()
    assert clerk.post(f"/house/changes/keywords/{newest('keywords').id}/undo/").status_code == 302
    assert Keyword.objects.get(word="明月灯").category_id == drain
    for wrong in ({"word": "", "category": lamp, "weight": "1"}, {"word": "好", "category": lamp, "weight": "99"},
                  {"word": "好", "category": "0", "weight": "1"}):  # fmt: skip
        assert clerk.post("/desk/keywords/new/", wrong).status_code == 400


def test_keywords_are_listed_searched_and_tried(clerk: Client, cast: Cast) -> None:
    page = clerk.get("/desk/keywords/")
    assert page.context["total"] > 1000 and page.context["older"]
    assert clerk.get("/desk/keywords/?q=路灯").context["groups"][0]["words"]
    found = clerk.get("/desk/keywords/?q=010105").context["groups"]
    assert {g["topic"].code for g in found} == {"010105"}
    tried = clerk.get("/desk/keywords/?text=楼下路灯晚上不亮").context["taken"]
    assert tried.guesses[0][0].code == "010105" and any("路灯" in word for word, _t, _w in tried.words)
    assert clerk.get("/desk/keywords/?text=%00%F0%9F%98%80&page=99999999").status_code == 200


def test_keywords_go_out_and_come_in(clerk: Client, cast: Cast) -> None:
    raw = clerk.get("/desk/keywords/table.csv").content
    same = clerk.post("/desk/keywords/import/", {"file": SimpleUploadedFile("k.csv", raw)})
    assert same.context["faults"] == [] and same.context["new_count"] == same.context["changed_count"] == 0
    assert same.context["missing"] == 0
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    dropped = rows.pop(1)
    rows[1][2] = "7.5"
    rows.append(["010105", "明月灯", "4"])
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    tried = clerk.post(
        "/desk/keywords/import/", {"file": SimpleUploadedFile("k.csv", out.getvalue().encode())}
    )
    assert (tried.context["new_count"], tried.context["changed_count"], tried.context["missing"]) == (1, 1, 1)
    before = Keyword.objects.count()
    sent = {
        "act": "force",
        "content": tried.context["content"],
        "name": "k.csv",
        "seen": tried.context["seen"],
    }
    assert clerk.post("/desk/keywords/import/", sent | {"drop_others": "1"}).status_code == 302
    assert (
        Keyword.objects.count() == before
        and not Keyword.objects.filter(category__code=dropped[0], word=dropped[1]).exists()
    )
    assert (
        len(books.changes_of("keywords", since=WEDNESDAY)) == 4
    )  # three words, and the table as it was loaded
    assert clerk.post("/desk/keywords/import/", sent).status_code == 409, (
        "somebody has changed the table since"
    )
    wrong = "category_code,keyword,weight\nnowhere,好,1\n010105,,1\n010105,好,heavy\n010105,好灯,1\n010105,好灯,2\n"
    faults = clerk.post("/desk/keywords/import/", {"file": SimpleUploadedFile("k.csv", wrong.encode())})
    assert [f.split("：")[0] for f in faults.context["faults"]] == [
        "第 2 行",
        "第 3 行",
        "第 4 行",
        "第 6 行",
    ]


def test_who_may_change_keywords_and_places(client: Client, cast: Cast) -> None:
    for name, reads, writes in [("clerk", 200, 200), ("auditor", 200, 403), ("resident", 403, 403)]:
        client.force_login(cast.accounts[name])
        for page in (
            "/desk/keywords/",
            "/desk/keywords/table.csv",
            "/house/places/",
            "/house/places/table.csv",
        ):
            assert client.get(page).status_code == reads, (name, page)
        for page in (
            "/desk/keywords/new/",
            "/desk/keywords/import/",
            "/house/places/new/",
            "/house/places/import/",
        ):
            assert client.get(page).status_code == writes, (name, page)
    with pytest.raises(Forbidden):
        keywording.set_keyword(tree().by_code["010105"].id, "灯灯", 1, by=cast.leader, at=WEDNESDAY)


# ---- places


def test_a_place_is_added_corrected_removed_and_put_back(clerk: Client, cast: Cast) -> None:
    lon, lat = IN_GRID_1[0] + 0.002, IN_GRID_1[1]
    sent = {"name": "望海长廊", "aliases": "长廊、海边长廊", "kind": "公园", "lon": lon, "lat": lat}
    assert clerk.post("/house/places/new/", sent).status_code == 302
    place = Place.objects.get(name="望海长廊")
    assert place.division_id == cast.grid_1.pk and place.aliases == ["长廊", "海边长廊"]
    assert ground().place_book.find("海边长廊的灯坏了")
    assert clerk.post("/house/places/new/", sent).status_code == 409
    assert clerk.post("/house/places/new/", sent | {"lon": OUTSIDE[0], "lat": OUTSIDE[1]}).status_code == 400
    here = f"/house/places/{place.pk}/"
    seen = clerk.get(here).context["seen"]
    assert clerk.post(here, sent | {"aliases": "海廊", "seen_as": seen}).status_code == 302
    assert clerk.post(here, sent | {"aliases": "海", "seen_as": seen}).status_code == 409
    seen = clerk.get(here).context["seen"]
    assert clerk.post(here, {"act": "remove", "seen_as": seen}).status_code == 302
    assert not ground().place_book.find("望海长廊的灯坏了")
    assert clerk.post(f"/house/changes/places/{newest('places').id}/undo/").status_code == 302
    back = Place.objects.get(name="望海长廊")
    assert (back.pk, back.aliases) == (place.pk, ["海廊"])
    assert clerk.get("/house/places/?q=海廊").context["total"] == 1


def test_places_go_out_and_come_in(clerk: Client, cast: Cast) -> None:
    raw = clerk.get("/house/places/table.csv").content
    same = clerk.post("/house/places/import/", {"file": SimpleUploadedFile("p.csv", raw)}).context["run"]
    assert (len(same.found), same.known, same.rejected) == (0, 2, [])
    more = raw.decode("utf-8-sig") + f"望海亭,,亭,{IN_GRID_1[0]},{IN_GRID_1[1]},WGS84\n无处,,,1,1,WGS84\n"
    tried = clerk.post("/house/places/import/", {"file": SimpleUploadedFile("p.csv", more.encode())})
    assert (len(tried.context["run"].found), len(tried.context["run"].rejected)) == (1, 1)
    assert not Place.objects.filter(name="望海亭").exists()
    sent = {"act": "force", "content": tried.context["content"], "seen": tried.context["seen"]}
    assert clerk.post("/house/places/import/", sent).status_code == 302
    assert Place.objects.filter(name="望海亭").exists()
    assert (
        clerk.post(
            "/house/places/import/", {"file": SimpleUploadedFile("p.csv", b"\xff\xfe\x00")}
        ).status_code
        == 400
    )


def test_caps_are_changed_by_one_of_two(client: Client, cast: Cast) -> None:
    client.force_login(cast.accounts["leader"])
    seen = client.get("/desk/ledger/").context["seen_caps"]
    sent = {"kind": "return", "unit": "", "percent": "12", "window_days": "30", "seen_as": seen}
    assert client.post("/desk/ledger/cap/", sent).status_code == 302
    assert client.post("/desk/ledger/cap/", sent | {"percent": "13"}).status_code == 409
    assert Cap.objects.get(kind="return", unit=None).percent == 12
