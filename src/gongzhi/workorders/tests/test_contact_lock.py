"""The second lock on a reporter's contact data follows the order: in the database, not only in our tables of rights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import Client
from django.urls import path

from gongzhi.journal.models import Entry
from gongzhi.kit.acting import Actor, acting
from gongzhi.kit.middleware import bad_request, forbidden, not_found, server_error
from gongzhi.people.models import Contact
from gongzhi.people.queries import contact_of
from gongzhi.workorders.models import WorkOrder
from tests.cast import WEDNESDAY, Cast, settle
from tests.stage import NEWS, act, report_drain

pytestmark = pytest.mark.django_db(transaction=True)

ALL = "SELECT count(*) FROM people_contact"
handler400, handler403, handler404, handler500 = bad_request, forbidden, not_found, server_error


def contact_page(request: HttpRequest, order_id: int) -> HttpResponse:
    """A careless page: it asks for every contact there is, and the template reads them while it is rendered."""
    page = Template(
        "{% for c in contacts %}<li>{{ c.name }} {{ c.phone }}</li>{% empty %}nothing{% endfor %}"
    )
    return HttpResponse(page.render(Context({"contacts": Contact.objects.filter(thread_id=order_id)})))


urlpatterns = [path("contact/<int:order_id>/", contact_page)]


@pytest.fixture
def played() -> tuple[Cast, WorkOrder]:
    """A settled neighbourhood with one drain at the road unit and one at the gardens, committed."""
    cast = settle()
    report_drain(cast, by=cast.neighbour, name="李女士", phone="19900000102")
    order = report_drain(cast).order
    other = WorkOrder.objects.exclude(pk=order.pk).get()
    act_as(cast, "redispatch", other.pk)
    return cast, order


def act_as(cast: Cast, verb: str, order_id: int, **said: Any) -> None:
    """A step taken in the name of the person who takes it, as a request would."""
    from tests.stage import RIGHT_PERSON

    by = cast.person(RIGHT_PERSON[verb])
    with acting(by):
        act(cast, verb, order_id, by=by, at=WEDNESDAY, **said)


def test_raw_connections_see_what_the_posts_allow(
    played: tuple[Cast, WorkOrder], raw_as: Callable[..., Any]
) -> None:
    cast, order = played

    def sees(name: str) -> set[str]:
        rows = raw_as(cast.accounts[name].pk).execute("SELECT name FROM people_contact").fetchall()
        return {row[0] for row in rows}

    assert sees("resident") == {"王先生"}, "one's own"
    assert sees("neighbour") == {"李女士"}
    assert sees("road_worker") == sees("road_head") == {"王先生"}, "what one's unit was given"
    assert sees("gardener") == {"李女士"}
    assert sees("clerk") == sees("other_clerk") == {"王先生", "李女士"}, "what the centre takes in"
    for stranger in ("macao_resident", "grid_worker", "far_grid_worker", "checker", "leader", "auditor"):
        assert sees(stranger) == set(), stranger
    assert raw_as().execute(ALL).fetchone() == (0,)
    for service, count in {
        "news": 2,
        "notices": 2,
        "erasure": 2,
        "import": 0,
        "train": 0,
        "sweep": 0,
        "web": 0,
    }.items():
        assert raw_as(service=service).execute(ALL).fetchone() == (count,), service
    assert order.pk


def test_the_lock_moves_with_the_order(played: tuple[Cast, WorkOrder], raw_as: Callable[..., Any]) -> None:
    cast, order = played
    query = "SELECT count(*) FROM people_contact WHERE thread_id = %s"

    def sees(name: str) -> int:
        return raw_as(cast.accounts[name].pk).execute(query, [order.pk]).fetchone()[0]

    assert (sees("road_worker"), sees("gardener")) == (1, 0)
    act_as(cast, "redispatch", order.pk)
    assert (sees("road_worker"), sees("gardener"), sees("clerk")) == (0, 1, 1)


def test_a_rendered_page_shows_only_what_its_reader_may_see(
    played: tuple[Cast, WorkOrder], settings: Any
) -> None:
    cast, order = played
    settings.ROOT_URLCONF = "gongzhi.workorders.tests.test_contact_lock"

    def page(name: str = "") -> str:
        client = Client()
        if name:
            client.force_login(cast.accounts[name])
        return client.get(f"/contact/{order.pk}/").content.decode()

    assert "王先生 +8619900000101" in page("resident")
    assert "王先生" in page("road_worker")
    for stranger in ("", "neighbour", "gardener", "leader"):
        assert page(stranger) == "nothing", stranger


def test_a_background_job_sees_it_only_in_the_name_of_its_service(
    played: tuple[Cast, WorkOrder], monkeypatch: Any
) -> None:
    from gongzhi.journal import news
    from gongzhi.journal.jobs import hear_news

    _cast, order = played
    entry = Entry.objects.filter(thread_id=order.pk).first()
    assert entry is not None
    seen: list[Any] = []
    monkeypatch.setitem(news._readers, "test", {"looks": lambda e: seen.append(contact_of(e.thread_id))})
    hear_news(reader="looks", entry_id=entry.pk)
    assert [contact.name for contact in seen] == ["王先生"]
    assert contact_of(order.pk) is None, "and after it, nobody is anybody again"


def test_import_and_train_write_contacts_and_read_none(
    played: tuple[Cast, WorkOrder], raw_as: Callable[..., Any]
) -> None:
    from django.db import transaction

    cast, _order = played
    for service in ("import", "train"):
        who = Actor.for_service(service)
        with acting(who):
            before = Contact.objects.count()
            with transaction.atomic():
                row = report_drain(cast, by=who, name="导入者", phone="19900000109", channel="file").order
                assert contact_of(row.pk) is None
                assert Contact.objects.count() == 0
            assert before == 0
        assert raw_as(service="news").execute(
            "SELECT count(*) FROM people_contact WHERE thread_id = %s", [row.pk]
        ).fetchone() == (1,)


def test_the_rule_in_memory_is_the_lock_in_the_database(
    played: tuple[Cast, WorkOrder], raw_as: Callable[..., Any]
) -> None:
    from gongzhi.workorders.policies import CONTACT

    cast, _order = played
    for name, account in cast.accounts.items():
        person = cast.person(name)
        wanted = {
            o.pk for o in WorkOrder.objects.all() if CONTACT.holds(person, o) or o.reporter_id == account.pk
        }
        found = {
            row[0] for row in raw_as(account.pk).execute("SELECT thread_id FROM people_contact").fetchall()
        }
        assert found == wanted, name
    assert NEWS.service == "news"


def test_a_unit_that_sends_an_order_back_no_longer_sees_whom_to_call(played: tuple[Cast, WorkOrder]) -> None:
    from django.db import transaction

    cast, order = played

    def seen_by(name: str) -> bool:
        with acting(cast.person(name)), transaction.atomic():
            return contact_of(order.pk) is not None

    assert (seen_by("road_worker"), seen_by("clerk")) == (True, True)
    act_as(cast, "ask_return", order.pk)
    act_as(cast, "grant_return", order.pk)
    assert (seen_by("road_worker"), seen_by("clerk")) == (False, True)
