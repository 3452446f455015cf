"""Two installations that speak Open311 to each other, each with a database and a key of its own, over real HTTP; and a
client from the package index against ours.

The other one is a process of its own (``tests/open311_instance.py``); this one is the test.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gongzhi.kit import clock, reaching
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Invalid
from gongzhi.people import actions as people
from gongzhi.people.actor import Person, person_for
from gongzhi.workorders.actions import exchanging, forwarding, partnering, visiting_peers
from gongzhi.workorders.actions.steps import say
from gongzhi.workorders.models import Counterpart, Outside, Peer, WorkOrder
from gongzhi.workorders.open311 import client
from gongzhi.workorders.open311.partners import installation, peers, secret_of
from gongzhi.workorders.tables import tree
from tests.cast import IN_GRID_1, START, Cast, settle
from tests.open311_rows import differences, form_of, requests
from tests.stage import DRAIN, report_drain

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[4]
OPEN311 = Actor.for_service("open311")
TESTS = Actor.for_service("tests")
#: Rows of each file in the suite; ``./gongzhi bench open311`` does all of them.
EACH = 25


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one begins slowly on a busy machine, and its slowness is not what is tested."""
    monkeypatch.setattr(reaching, "STEP", 60.0)
    monkeypatch.setattr(reaching, "WHOLE", 120.0)


@dataclass
class Other:
    """The other installation: its address, its keys, and steps taken there."""

    process: subprocess.Popen[str]
    address: str
    keys: dict[str, str]

    def play(self, number: str, *verbs: str, text: str = "") -> str:
        """Take steps with an order there; the state it is in afterwards."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"do": verbs, "number": number, "text": text}) + "\n")
        self.process.stdin.flush()
        return str(json.loads(self.process.stdout.readline())["state"])


@pytest.fixture
def start_other(second_database: dict[str, str]) -> Iterator[Any]:
    """Starts the other installation; stopped at the end."""
    started: list[subprocess.Popen[str]] = []

    def start(services: dict[str, str]) -> Other:
        environment = {
            **os.environ, **second_database, "SECRET_KEY": "another-key-of-another-house-for-tests",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.open311_instance", json.dumps(services)],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        assert process.stdout
        told = json.loads(process.stdout.readline())
        return Other(process, f"http://127.0.0.1:{told['port']}/open311/v2", told)

    yield start
    for process in started:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)


def partner(cast: Cast, other: Other, key: str, **said: Any) -> Peer:
    """The other installation as a partner of ours, with its services matched by name."""
    account, now = cast.accounts["leader"], clock.now()
    people.give_post(account, "admin", division_id=cast.street.pk, starts_on=START, by=TESTS, at=now)
    by = person_for(account)
    row = partnering.add_peer("other", name="邻街", by=by, at=now)
    partnering.change_peer(row.pk, address=other.address, secret=other.keys[key], by=by, at=now, **said)
    count, matched = partnering.fetch_services(row.pk, by=by, at=now)
    assert count >= matched > 20
    return Peer.objects.get(pk=row.pk)


def visit(peer: Peer) -> visiting_peers.Round:
    """A round at the other side, now."""
    done = visiting_peers.visit(peer.pk, by=OPEN311, at=clock.now() + timedelta(seconds=1))
    assert done.fault == ""
    return done


def test_an_order_goes_to_another_house_and_its_answer_comes_back(start_other: Any) -> None:
    cast, other = settle(at=clock.now()), start_other({})
    peer = partner(cast, other, "key")
    order = report_drain(cast, at=clock.now()).order
    until = (clock.now() + timedelta(days=20)).date()
    forwarding.forward(
        order.pk, body="邻街", until=until, words="请疏通这段主管道。", place="海棠苑门口", peer_id=peer.pk,
        by=cast.clerk, at=clock.now(),
    )  # fmt: skip
    twin = Counterpart.objects.get()
    assert (twin.state, twin.via) == ("queued", [f"{installation()}:{order.number}"])
    assert exchanging.deliver(twin.pk, by=OPEN311, at=clock.now())
    twin.refresh_from_db()
    first = twin.their_id
    assert twin.state == "sent" and first

    # the acknowledgement is lost on the way: sent again under the same key, it is the same request
    Counterpart.objects.update(state="queued", their_id=None, next_try_at=clock.now())
    assert exchanging.deliver(twin.pk, by=OPEN311, at=clock.now())
    twin.refresh_from_db()
    assert twin.their_id == first

    (raw,) = client.requests_by_id(peers()[peer.pk], secret_of(peer.pk), [first]).values()
    assert (raw["description"], raw["address"], raw["lat"], raw["long"]) == (
        "请疏通这段主管道。", "海棠苑门口", IN_GRID_1[1], IN_GRID_1[0],
    )  # fmt: skip
    assert raw["service_code"] == order.category.code
    assert DRAIN not in json.dumps(raw, ensure_ascii=False), "the reporter's words stay at home"

    assert visit(peer).changed == 1
    twin.refresh_from_db()
    assert {name: twin.told[name] for name in raw if name != "via"} == {
        n: v for n, v in raw.items() if n != "via"
    }
    assert visit(peer).changed == 0, "nothing new is no news"
    assert (
        other.play(first, "accept", "answer", "pass_check", text="主管道已经疏通，路面冲洗过。") == "released"
    )
    visit(peer)
    entry = order.matter.thread.entries.order_by("-position").first()
    assert (entry.verb, entry.text) == (say("hear").verb, "主管道已经疏通，路面冲洗过。")
    assert other.play(first, "lapse") == "closed"
    visit(peer)
    order.refresh_from_db()
    outside = Outside.objects.get()
    assert (order.state, outside.text) == (
        "in_hand" if order.unit_id else "triage",
        "主管道已经疏通，路面冲洗过。",
    )
    twin.refresh_from_db()
    assert (twin.status, twin.told["status"]) == ("closed", "closed")
    assert twin.told["updated_datetime"] >= twin.told["requested_datetime"]
    assert visit(peer).changed == 0


def test_nothing_goes_round_in_circles(start_other: Any) -> None:
    cast, other = settle(at=clock.now()), start_other({})
    peer = partner(cast, other, "full", takes="all", gives="mapped")
    row, now = peers()[peer.pk], clock.now()
    # something of theirs, filed there by somebody
    form = {
        "service_code": "010108",
        "lat": "22.205",
        "long": "113.505",
        "description": "路口的井盖松了，很响。",
    }
    theirs = client.file(row, other.keys["key"], form, key="0001-somebody").their_id
    Peer.objects.update(since=now - timedelta(days=1))
    assert visit(peer).new == 1
    order = WorkOrder.objects.get()
    twin = Counterpart.objects.get()
    assert (twin.their_id, twin.way, order.channel, order.category.code) == (
        theirs,
        "in",
        "open311",
        "010108",
    )
    assert twin.via and twin.via[0].endswith(theirs)
    assert visit(peer).new == 0
    # what came from them is neither forwarded to them by itself nor by hand
    assert exchanging.forward_mapped(by=OPEN311, at=clock.now()) == 0
    until = (clock.now() + timedelta(days=9)).date()
    with pytest.raises(Invalid, match="不能再转回去"):
        forwarding.forward(
            order.pk,
            body="邻街",
            until=until,
            words="请看看。",
            peer_id=peer.pk,
            by=cast.clerk,
            at=clock.now(),
        )
    # over a third house: it would carry where it has been, and they know their own name
    via = ",".join(exchanging.via_of(order.pk, order.number))
    with pytest.raises(client.NotReached) as refused:
        client.file(row, other.keys["key"], form | {"via": via}, key="0002-third-house")
    assert theirs in client.refusal_in(refused.value)
    # ours that is found there is ours, however it got there: the acknowledgement that was lost is made good
    own = report_drain(cast, at=clock.now()).order
    assert exchanging.forward_mapped(by=OPEN311, at=clock.now()) == 1
    lost = Counterpart.objects.get(order=own)
    peer = Peer.objects.get(pk=peer.pk)
    partnering.change_peer(peer.pk, secret=other.keys["key"], by=_admin(cast), at=clock.now())
    assert exchanging.deliver(lost.pk, by=OPEN311, at=clock.now())
    lost.refresh_from_db()
    number = lost.their_id
    Counterpart.objects.filter(pk=lost.pk).update(their_id=None, state="queued", next_try_at=clock.now())
    partnering.change_peer(peer.pk, secret=other.keys["full"], by=_admin(cast), at=clock.now())
    assert visit(peer).new == 0
    lost.refresh_from_db()
    assert (lost.their_id, lost.state) == (number, "sent")
    assert WorkOrder.objects.count() == 2


def _admin(cast: Cast) -> Person:
    return person_for(cast.accounts["leader"])


@pytest.mark.real
def test_rows_of_two_cities_come_back_equal(start_other: Any, real_data: Path) -> None:
    rows, services = requests(real_data, each=EACH)
    cast, other = settle(at=clock.now()), start_other(services)
    peer = partner(cast, other, "full", takes="all")
    row = peers()[peer.pk]
    theirs = {
        client.file(row, other.keys["past"], form_of(one), key=f"row-{key}").their_id: key
        for key, one in rows.items()
    }
    assert len(theirs) == len(rows), "every row is a request of its own"
    again = next(iter(rows))
    assert (
        theirs[client.file(row, other.keys["past"], form_of(rows[again]), key=f"row-{again}").their_id]
        == again
    )
    since = min(one["requested_datetime"] for one in rows.values())
    Peer.objects.update(since=f"{since[:4]}-01-01T00:00:00Z")
    partnering.ask_again(peer.pk, since=Peer.objects.get().since, by=_admin(cast), at=clock.now())
    assert visit(peer).new == len(rows)
    twins = {theirs[one.their_id]: one for one in Counterpart.objects.select_related("order")}
    wrong = {key: found for key, one in twins.items() if (found := differences(rows[key], one.told))}
    assert len(twins) == len(rows) and wrong == {}, dict(itertools.islice(wrong.items(), 3))
    for key, twin in twins.items():
        order, told = twin.order, twin.told
        assert (order.description, order.place_text, order.lat, order.lon) == (
            told["description"], told["address"] or "", told["lat"], told["long"],
        ), key  # fmt: skip
        assert order.history == (told["status"] == "closed")
    assert visit(peer).new == 0


# ---- clients of others


def test_clients_from_the_package_index_work_unmodified(
    live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``georeport`` lists and reads; ``three`` files as well. The latter was written for Python 2: it is given the one
    name that has gone since, and nothing in it is changed."""
    monkeypatch.setattr(itertools, "ifilter", filter, raising=False)
    import three
    from georeport import GeoReport

    cast, now = settle(at=clock.now()), clock.now()
    account = cast.accounts["leader"]
    people.give_post(account, "admin", division_id=cast.street.pk, starts_on=START, by=TESTS, at=now)
    by = person_for(account)
    peer = partnering.add_peer("app", name="随手报", by=by, at=now)
    _row, key = partnering.issue_key(
        peer.pk, "x", ["post", "own"], expires_at=now + timedelta(days=1), by=by, at=now
    )
    endpoint = f"{live_server.url}/open311/v2"
    theirs = three.Three(endpoint, api_key=key)
    assert theirs.discovery()["endpoints"][0]["url"] == endpoint
    services = theirs.services()
    assert {one["service_code"] for one in services} == {
        t.code for t in tree().live.values() if not tree().children(t.id)
    }
    assert theirs.services("010108")["service_code"] == "010108"
    words = "A large sinkhole is destroying the street"
    (made,) = theirs.post(
        "010108", address="海棠苑门口", name="John Smith", email="smit333@example.org", lat="22.205", long="113.505",
        description=words,
    )  # fmt: skip
    number = made["service_request_id"]
    assert WorkOrder.objects.get().number == number
    (told,) = theirs.request(number, api_key=key)
    assert (told["description"], told["status"]) == (words, "open")
    today = clock.now().strftime("%m-%d-%Y")
    assert theirs.requests("010108", start=today, end=(clock.now() + timedelta(days=1)).strftime("%m-%d-%Y"))
    for form in ("json", "xml"):
        reader = GeoReport(endpoint, output_format=form)
        assert len(reader.get_service_list()) == len(services)
        assert reader.get_service_definition("010108")["service_code"] == "010108"
        found = reader.get_service_request(number)
        found = found[0] if isinstance(found, list) else found
        assert (found["service_request_id"], found["status"]) == (number, "open")
        assert words not in str(found), "without a key nobody's words are told"


# ---- the network


@pytest.mark.parametrize(
    "address",
    ["http://city.example/x", "ftp://city.example", "https://user:word@city.example/", "https://", "file:///etc/passwd",
     "https://city.example:99999/", "https://a b.example/", "//city.example"],
)  # fmt: skip
def test_addresses_that_are_never_asked(address: str) -> None:
    assert reaching.fault_of(address)
    with pytest.raises(reaching.NotReached):
        reaching.ask(address)


@pytest.mark.parametrize(
    ("number", "public"),
    [("169.254.169.254", False), ("127.0.0.1", True), ("10.0.0.7", True), ("192.168.1.1", True), ("::1", True),
     ("0.0.0.0", False), ("::ffff:169.254.169.254", False), ("224.0.0.1", False)],
)  # fmt: skip
def test_machines_that_are_never_asked(number: str, public: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a name means when it is looked up."""
    family = 10 if ":" in number else 2
    monkeypatch.setattr("socket.getaddrinfo", lambda *a, **k: [(family, 1, 6, "", (number, 443))])
    with pytest.raises(reaching.NotReached, match="address"):
        reaching.ask("https://city.example/open311", public=public)
