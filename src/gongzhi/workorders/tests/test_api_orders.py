"""The JSON door by whole requests: who × what, codes, repeats, limits, and the one shape of every refusal."""

from __future__ import annotations

import io
import json
import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.people import actions as people
from gongzhi.people.models import Token
from gongzhi.workorders.api.shapes import STATES_SAID
from gongzhi.workorders.api.steps import VERBS
from gongzhi.workorders.models import WorkOrder
from gongzhi.workorders.workflow import WORKFLOW
from tests.cast import IN_GRID_1, Cast, settle

pytestmark = pytest.mark.django_db

DRAIN = {"description": "海棠苑门口的下水道堵了，污水漫到路上。", "lon": IN_GRID_1[0], "lat": IN_GRID_1[1]}


@pytest.fixture
def cast() -> Cast:
    return settle()


class Api:
    """A client that speaks JSON, as somebody in the cast or as a visitor."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.client, self.tokens = cast, Client(), dict[str, str]()

    def token(self, name: str, *scopes: str, **lasts: int) -> str:
        return people.issue_token(
            self.cast.accounts[name],
            "test",
            scopes or ("read", "write"),
            expires_at=clock.now() + timedelta(**lasts or {"days": 1}),
            by=Actor.for_service("tests"),
            at=clock.now(),
        )

    def __call__(
        self, method: str, path: str, who: str = "", body: Any = None, code: str = "", **headers: str
    ) -> Any:
        if who:
            if who not in self.tokens:
                self.tokens[who] = self.token(who)
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        if code:
            headers["X-Query-Code"] = code
        content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return getattr(self.client, method)(f"/api{path}", headers=headers, **content)


@pytest.fixture
def api(cast: Cast) -> Api:
    return Api(cast)


def refused(response: Any, status: int, code: str = "") -> dict[str, Any]:
    """The body of a refusal, checked for the one shape."""
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"].startswith("application/json")
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "help", "fields"}
    assert body["error"]["message"]
    if code:
        assert body["error"]["code"] == code, body
    return body["error"]


def test_a_visitor_reports_and_reads_it_with_the_code(api: Api, cast: Cast) -> None:
    response = api("post", "/workorders", body=DRAIN | {"name": "王先生", "phone": "19900000101"})
    assert response.status_code == 201, response.content
    receipt = response.json()
    assert (receipt["state"], receipt["repeated"], len(receipt["query_code"])) == ("assigned", False, 12)
    path = f"/workorders/{receipt['number']}"
    refused(api("get", path), 404, "not_found")
    seen = api("get", path, code=receipt["query_code"]).json()
    assert (seen["standing"], seen["description"]) == ("party", DRAIN["description"])
    assert "withdraw" in seen["steps"]
    assert [act["verb"] for act in seen["timeline"]][:1] == ["report"]
    assert "19900000101" not in json.dumps(seen)
    refused(api("get", path, code="ABCDEFGHJKMN"), 404, "unknown_code")
    gone = api("post", f"{path}/steps/withdraw", code=receipt["query_code"])
    assert gone.json()["state"] == "withdrawn"


def test_intake_takes_no_more_statements_than_promised(api: Api, cast: Cast, statements: Any) -> None:
    api("post", "/workorders", body=DRAIN)
    statements.clear()
    key = {"Idempotency-Key": str(uuid.uuid4())}
    response = api("post", "/workorders", body=DRAIN | {"name": "王先生", "phone": "19900000101"}, **key)
    assert response.status_code == 201
    # the throttle counts on a connection of its own: one more; one defers the news for other programs
    assert len(statements) <= 11, "\n".join(statements)
    statements.clear()
    api("post", "/workorders", "resident", body=DRAIN)
    statements.clear()
    assert api("post", "/workorders", "resident", body=DRAIN).status_code == 201
    assert len(statements) <= 13, "\n".join(statements)


def test_a_repeated_key_gives_the_first_order_and_another_content_409(api: Api, cast: Cast) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = api("post", "/workorders", body=DRAIN, **key).json()
    again = api("post", "/workorders", body=DRAIN, **key)
    assert again.status_code == 200
    assert (again.json()["number"], again.json()["query_code"]) == (first["number"], first["query_code"])
    refused(api("post", "/workorders", body=DRAIN | {"phone": "19900000102"}, **key), 409, "key_reused")
    assert api("post", "/workorders", "resident", body=DRAIN, **key).json()["number"] != first["number"]
    refused(
        api("post", "/workorders", body=DRAIN, **{"Idempotency-Key": "short"}), 400, "bad_idempotency_key"
    )
    assert WorkOrder.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_request_at_the_same_instant_makes_one_order() -> None:
    api, key, answers = Api(settle()), {"Idempotency-Key": str(uuid.uuid4())}, []
    barrier = threading.Barrier(6)

    def send() -> None:
        from django.db import connection

        barrier.wait()
        answers.append(Client().post("/api/workorders", json.dumps(DRAIN), "application/json", headers=key))
        connection.close()

    threads = [threading.Thread(target=send) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({(one.json()["number"], one.json()["query_code"]) for one in answers}) == 1
    assert WorkOrder.objects.count() == 1
    assert api is not None


def test_photos_come_as_multipart_and_only_those_who_may_see_them_do(api: Api, cast: Cast) -> None:
    file = io.BytesIO()
    Image.new("RGB", (900, 600), "teal").save(file, "JPEG")
    photo = io.BytesIO(file.getvalue())
    photo.name = "a.jpg"
    response = api.client.post("/api/workorders", DRAIN | {"photos": [photo]})
    assert response.status_code == 201, response.content
    receipt = response.json()
    path = f"/workorders/{receipt['number']}"
    shown = api("get", path, code=receipt["query_code"]).json()["photos"]
    assert (len(shown), shown[0]["width"]) == (1, 900)
    picture = api("get", f"{path}/photos/{shown[0]['id']}?small=true", code=receipt["query_code"])
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/jpeg")
    refused(api("get", f"{path}/photos/{shown[0]['id']}"), 404)
    follower = api("post", f"{path}/steps/follow").json()["query_code"]
    refused(api("get", f"{path}/photos/{shown[0]['id']}", code=follower), 404)
    fake = io.BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    fake.name = "fake.jpg"
    refused(api.client.post("/api/workorders", DRAIN | {"photos": [fake]}), 422, "not_a_picture")


def test_a_follower_reads_no_words_of_the_reporter(api: Api, cast: Cast) -> None:
    receipt = api("post", "/workorders", body=DRAIN | {"place_text": "3栋201"}).json()
    path = f"/workorders/{receipt['number']}"
    code = api("post", f"{path}/steps/follow").json()["query_code"]
    seen = api("get", path, code=code)
    assert seen.json()["standing"] == "public"
    assert "下水道堵" not in seen.content.decode()
    assert "3栋201" not in seen.content.decode()
    assert (seen.json()["place"]["lon"], seen.json()["steps"]) == (None, [])
    private = api("post", "/workorders", body=DRAIN | {"private": True}).json()
    refused(api("post", f"/workorders/{private['number']}/steps/follow"), 404)


#: Who may read an order in grid 1 that the road crew has: status of GET /workorders/{number}.
READERS = {
    "": 404, "resident": 200, "neighbour": 404, "clerk": 200, "checker": 200, "leader": 200, "auditor": 200,
    "road_worker": 200, "road_head": 200, "gardener": 404, "grid_worker": 200, "far_grid_worker": 404,
}  # fmt: skip


def test_who_may_read_an_order(api: Api, cast: Cast) -> None:
    number = api("post", "/workorders", "resident", body=DRAIN).json()["number"]
    assert {who: api("get", f"/workorders/{number}", who).status_code for who in READERS} == READERS
    assert api("get", f"/workorders/{number}", "resident").json()["standing"] == "party"
    assert api("get", f"/workorders/{number}", "clerk").json()["standing"] == "staff"


BODIES: dict[str, dict[str, Any]] = {
    "dispatch": {"unit": "roads"}, "redispatch": {"unit": "roads", "note": "换一家"}, "assign": {"handler_id": 1},
    "ask_return": {"reason": "不归我们"}, "ask_resident": {"question": "在哪一栋？"}, "supply": {"text": "在三栋"},
    "answer": {"text": "已经疏通", "why": "已电话确认"}, "sign_off": {"text": "没有意见"},
    "split": {"parts": [{"text": "疏通下水道"}, {"text": "补种花坛里的花"}]}, "visit": {"reached": False},  "fail_check": {"reason": "没有照片"}, "confirm": {"solved": True, "satisfied": 5},
    "dispute": {"reason": "还是堵"}, "rate": {"solved": True, "satisfied": 4}, "reopen": {"reason": "又堵了"},
    "merge": {"into": "W260101-000001"}, "decline": {"reason": "不在范围"}, "recategorise": {"category": "城乡建设"},
    "relocate": {"lon": IN_GRID_1[0], "lat": IN_GRID_1[1]}, "note": {"text": "看过了"}, "add": {"text": "水更大了"},
    "ask_extension": {"until": "2027-03-01", "reason": "要等配件"}, "ask_suspension": {"until": "2027-03-01", "reason": "等改造"},
    "ask_void": {"reason": "这是演练"}, **{f"refuse_{w}": {"words": "再想办法"} for w in ("return", "extension", "suspension", "void")},
    "ask_verify": {"question": "看看还堵不堵"}, "verify": {"found": True, "text": "还堵"}, "remark": {"text": "抓紧"},
    "forward": {"body": "水务公司", "until": "2026-12-01", "words": "请检修"}, "report_back": {"text": "明天好"},
    "supervise": {"level": "red", "text": "今天办好"}, "hand_to_police": {"text": "有人在撬车"},
    "taken_by_police": {"receipt": "J1-7"}, "returned_by_police": {"reason": "不归公安"},
}  # fmt: skip

#: What each may do with an order that waits for the unit to accept it; everybody else and everything else: 403 or 409.
MAY_WHEN_ASSIGNED = {
    "resident": {"withdraw", "add", "urge"},
    "clerk": {
        "redispatch",
        "merge",
        "recategorise",
        "relocate",
        "note",
        "ask_void",
        "forward",
        "urge",
        "supervise",
        "split",
        "hand_to_police",
    },
    "checker": {"relocate", "note"},
    "road_worker": {
        "accept",
        "assign",
        "ask_return",
        "ask_void",
        "recategorise",
        "relocate",
        "note",
        "split",
        "hand_to_police",
    },
    "grid_worker": {"relocate", "note", "hand_to_police"},
    "gardener": set(),
    "neighbour": set(),
    "": set(),
}


@pytest.mark.parametrize("who", MAY_WHEN_ASSIGNED)
def test_each_step_is_open_to_those_who_may_and_closed_to_the_rest(api: Api, cast: Cast, who: str) -> None:
    from django.db import transaction

    number = api("post", "/workorders", "resident", body=DRAIN).json()["number"]
    shown = api("get", f"/workorders/{number}", who)
    told = set(shown.json()["steps"]) if shown.status_code == 200 else set()
    assert told == MAY_WHEN_ASSIGNED[who]
    worked = set()
    for verb in VERBS:
        if verb in ("follow", "unfollow"):
            continue
        point = transaction.savepoint()
        response = api("post", f"/workorders/{number}/steps/{verb}", who, body=BODIES.get(verb, {}))
        transaction.savepoint_rollback(point)
        if response.status_code == 200:
            worked.add(verb)
        elif verb in told:
            # a step that is open, with a body that points nowhere
            assert refused(response, 400)["code"] in ("unknown_unit", "unknown_target", "not_a_colleague"), (
                verb
            )
            worked.add(verb)
        else:
            assert response.status_code in (400, 403, 404, 409), (verb, response.content)
            refused(response, response.status_code)
    assert worked == MAY_WHEN_ASSIGNED[who]


def test_the_whole_loop_through_the_api(api: Api, cast: Cast) -> None:
    receipt = api("post", "/workorders", body=DRAIN).json()
    path, code = f"/workorders/{receipt['number']}/steps", receipt["query_code"]

    def step(verb: str, who: str = "", **body: Any) -> Any:
        answer = api("post", f"{path}/{verb}", who, body=body, code="" if who else code)
        assert answer.status_code == 200, answer.content
        return answer.json()

    step("accept", "road_worker")
    assert step("ask_resident", "road_worker", question="在大门里面还是外面？")["state"] == "waiting"
    assert step("supply", text="在外面")["state"] == "in_hand"
    assert step("answer", "road_worker", why="已电话确认", text="已经疏通并冲洗。")["state"] == "answered"
    refused(api("post", f"{path}/pass_check", "road_worker", body={}), 403)
    assert step("pass_check", "checker")["state"] == "released"
    assert step("dispute", reason="还在冒水")["state"] == "in_hand"
    step("answer", "road_worker", why="已电话确认", text="更换了管道。")
    step("pass_check", "checker")
    done = step("confirm", solved=True, satisfied=4, words="这次好了")
    assert (done["state"], done["solved"], done["satisfied"]) == ("closed", True, 4)
    refused(
        api("post", f"{path}/confirm", body={"solved": True, "satisfied": 4}, code=code),
        409,
        "step_not_allowed",
    )


def test_whoever_read_an_older_version_gets_409(api: Api, cast: Cast) -> None:
    number = api("post", "/workorders", body=DRAIN).json()["number"]
    seen = api("get", f"/workorders/{number}", "road_worker").json()["seen"]
    first = api("post", f"/workorders/{number}/steps/accept", "road_worker", body={"seen": seen})
    second = api(
        "post", f"/workorders/{number}/steps/note", "road_head", body={"text": "我来看看", "seen": seen}
    )
    assert first.status_code == 200
    refused(second, 409, "someone_was_quicker")


def test_lists_have_the_desks_scopes_filters_and_cursor(api: Api, cast: Cast) -> None:
    for number in range(5):
        api(
            "post", "/workorders", "resident", body=DRAIN | {"description": f"路灯第{number}盏不亮，请来修。"}
        )
    refused(api("get", "/workorders"), 401, "token_needed")
    first = api("get", "/workorders?size=3", "clerk").json()
    assert (first["scope"], first["total"], len(first["items"])) == (f"area-{cast.street.pk}", 5, 3)
    rest = api("get", f"/workorders?size=3&cursor={first['next']}", "clerk").json()
    assert len({row["number"] for row in first["items"] + rest["items"]}) == 5
    assert api("get", "/workorders?words=路灯&status=all&sort=new", "clerk").json()["total"] == 5
    assert api("get", "/workorders?words=水管", "clerk").json()["total"] == 0
    assert api("get", f"/workorders?community={cast.haitang.code}", "clerk").json()["total"] == 5
    assert len(api("get", "/workorders", "resident").json()["items"]) == 5
    refused(api("get", "/workorders?scope=area-1", "gardener"), 403, "unknown_scope")
    refused(api("get", "/workorders?status=strange", "clerk"), 400, "unknown_status")
    refused(api("get", "/workorders?cursor=xx", "clerk"), 400, "bad_cursor")
    refused(api("get", "/workorders?size=1000", "clerk"), 400)


def test_a_token_has_scopes_and_an_end_and_can_be_revoked(api: Api, cast: Cast) -> None:
    read = {"Authorization": f"Bearer {api.token('clerk', 'read')}"}
    write = {"Authorization": f"Bearer {api.token('clerk', 'write')}"}
    old = {"Authorization": f"Bearer {api.token('clerk', days=-1)}"}
    assert api("get", "/me", **read).json()["token_scopes"] == ["read"]
    refused(api("post", "/workorders", body=DRAIN, **read), 403, "scope")
    refused(api("get", "/workorders", **write), 403, "scope")
    number = api("post", "/workorders", body=DRAIN).json()["number"]
    assert (
        api("get", f"/workorders/{number}", **read).json()["steps"] == []
    )  # nothing that it would be refused
    assert "note" in api("get", f"/workorders/{number}", "clerk").json()["steps"]
    for bad in (old, {"Authorization": "Bearer gz_nonsense"}, {"Authorization": "Basic YTpi"}):
        answer = api("get", "/me", **bad)
        refused(answer, 401, "token_invalid")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert "我的账号" in answer.json()["error"]["help"]
    Token.objects.update(revoked_at=clock.now())
    refused(api("get", "/me", **read), 401, "token_invalid")


def test_a_session_is_no_token(api: Api, cast: Cast) -> None:
    api.client.force_login(cast.accounts["clerk"])
    number = api("post", "/workorders", body=DRAIN).json()["number"]
    refused(api("get", "/me"), 401)
    refused(api("get", f"/workorders/{number}"), 404)


def test_limits_are_told_and_kept(api: Api, cast: Cast) -> None:
    left = [api("post", "/workorders", body=DRAIN).headers["RateLimit-Remaining"] for _number in range(3)]
    assert left == ["29", "28", "27"]
    for _number in range(27):
        assert api("post", "/workorders", body={}).status_code == 400
    response = api("post", "/workorders", body=DRAIN)
    refused(response, 429, "too_many")
    assert int(response.headers["Retry-After"]) > 0
    assert response.headers["RateLimit-Remaining"] == "0"
    assert api("post", "/workorders", "resident", body=DRAIN).status_code == 201


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "description"),
        ({"description": "短"}, 400, "description"),
        ({"description": "长" * 20_000}, 400, "description"),
        (DRAIN | {"lat": None}, 400, "position"),
        (DRAIN | {"lon": 500}, 422, "position"),
        (DRAIN | {"crs": "XIAN80"}, 422, "crs"),
        (DRAIN | {"phone": "12"}, 400, "phone"),
        (DRAIN | {"category": "没有"}, 400, "category"),
        (DRAIN | {"colour": "red"}, 400, "colour"),
        (DRAIN | {"appeal": "shout"}, 400, "appeal"),
        ({"description": "有人打架流血了，快来人"}, 422, "emergency"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    api: Api, cast: Cast, body: dict[str, Any], status: int, field: str
) -> None:
    assert field in refused(api("post", "/workorders", body=body), status)["fields"]
    assert not WorkOrder.objects.exists()


@pytest.mark.parametrize(
    ("method", "path", "body", "field", "sentence"),
    [
        ("get", "/categories?size=2000", None, "size", "不能大于 1000。"),
        ("get", "/categories?size=0", None, "size", "不能小于 1。"),
        ("post", "/workorders", DRAIN | {"colour": "red"}, "colour", "没有这一项。"),
        ("get", "/categories?size=many", None, "size", "这一项的格式不对。"),
    ],
)
def test_a_bound_is_named_where_it_is_passed(
    api: Api, cast: Cast, method: str, path: str, body: Any, field: str, sentence: str
) -> None:
    assert refused(api(method, path, body=body), 400)["fields"][field] == [sentence]


def test_every_status_has_the_one_shape(api: Api, cast: Cast) -> None:
    refused(api("get", "/nothing/here"), 404)
    refused(api("delete", "/workorders"), 405, "method_not_allowed")
    refused(
        api.client.post("/api/workorders", "<x/>", content_type="application/xml"),
        415,
        "unsupported_media_type",
    )
    refused(api.client.post("/api/workorders", "{", content_type="application/json"), 400)
    refused(
        api.client.post("/api/workorders", b'{"description": "\xff"}', content_type="application/json"), 400
    )
    refused(api("get", "/workorders/%00"), 404)
    refused(api("post", "/workorders/W260101-000001/steps/fly"), 404)
    huge = api.client.post("/api/workorders", b" " * 3_000_000, content_type="application/json")
    refused(huge, 413)


def test_tables_and_template_are_open(api: Api, cast: Cast) -> None:
    assert any(row["name"] == "城乡建设" for row in api("get", "/categories").json())
    assert len(api("get", "/divisions?level=grid").json()) == 3
    assert len(api("get", f"/divisions?parent={cast.haitang.code}").json()) == 3
    refused(api("get", "/divisions?level=planet"), 400, "unknown_level")
    assert "roads" in {row["code"] for row in api("get", "/units").json()}
    assert "内容" in api("get", "/import-template.csv").content.decode("utf-8-sig")
    assert api("get", "/me", "clerk").json()["scopes"][0]["key"] == f"area-{cast.street.pk}"


def test_the_document_says_what_each_state_means() -> None:
    assert list(STATES_SAID) == list(WORKFLOW.states)


def test_the_document_is_whole_and_its_page_needs_no_other_network(api: Api, cast: Cast) -> None:
    document = api("get", "/openapi.json").json()
    verbs = {path.rsplit("/", 1)[1] for path in document["paths"] if "/steps/" in path}
    assert verbs == set(VERBS)
    assert set(WORKFLOW.verbs) - verbs == {
        "lapse",
        "respond",
        "fold",
        "hold",
    }  # by the platform, and by a link
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
    page = api("get", "/docs")
    assert page.status_code == 200
    assert "http://" not in page.content.decode().replace("http://www.w3.org", "")
    assert "https://" not in page.content.decode()
    assert "<script>" not in page.content.decode()
