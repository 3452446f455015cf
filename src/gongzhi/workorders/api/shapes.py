"""What goes in and comes out, as types: the document is made of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from gongzhi.workorders.api.speaking import Degrees, Said, Text

AppealCode = Literal["consult", "help", "complaint", "report_wrong", "suggestion", "praise"]
Crs = Literal["WGS84", "CGCS2000", "GCJ02", "BD09"]
Seen = Annotated[int | None, Field(default=None, ge=0, le=2_000_000_000)]


class ReportIn(Said):
    """A report. Only ``description`` is needed; give a position or an address where there is one."""

    description: Annotated[
        Text,
        Field(
            description="what is wrong, wanted or good, in the reporter's own words",
            examples=["海棠苑门口的下水道堵了，污水漫到路上。"],
            json_schema_extra={"minLength": 4, "maxLength": 5000},
        ),
    ]
    title: Annotated[Text, Field(json_schema_extra={"maxLength": 120})] = ""
    appeal: AppealCode | Literal[""] = Field("", description="what is asked for; left empty we decide")
    category: Text = Field("", description="code or name, see /categories; left empty we suggest one")
    lon: Degrees | None = Field(None, description="degrees east, with lat", examples=[113.5462])
    lat: Degrees | None = Field(None, description="degrees north, with lon", examples=[22.2201])
    crs: Text = Field("WGS84", description="WGS84, CGCS2000, GCJ02 or BD09")
    place_text: Annotated[
        Text,
        Field(description="where, in words", examples=["海棠苑南门"], json_schema_extra={"maxLength": 200}),
    ] = ""
    division: Text = Field("", description="code of an area, see /divisions, instead of a position")
    answers: dict[Text, Text | float | bool] = Field(
        default_factory=dict,
        description="answers to the questions of the category by their codes, see /categories",
    )
    cannot_ask: bool = Field(
        False,
        description="true for a feed that cannot ask its reporter: required questions may stay open, the order says so",
    )
    name: Text = Field("", description="of the reporter; only whoever handles it sees it")
    phone: Text = Field("", description="where the answer is announced; only whoever handles it sees it")
    email: Text = Field("", description="the same by e-mail")
    private: bool = Field(False, description="not on the public map, cannot be followed")
    emergency_acknowledged: bool = Field(
        False, description="true once the reporter has read that 110, 119 or 120 comes first"
    )


class NearOut(BaseModel):
    """Another open report that is probably about the same thing."""

    number: str
    score: float
    reason: str


#: What each state means to those who wait for an answer.
STATES_SAID = {
    "triage": "waits to be given to a unit", "verifying": "the grid is asked to look", "assigned": "a unit has it and has not taken it up",
    "in_hand": "being handled", "waiting": "the reporter is asked something: reply with the step `supply`",
    "suspended": "kept on the books until a day", "outside": "a body outside the platform has it",
    "with_police": "offered to the police", "answered": "answered, the answer is being checked",
    "released": "the answer is there and waits for the reporter's word", "closed": "over",
    "merged": "handled with another order, whose answer counts", "declined": "not taken up, with a reason",
    "withdrawn": "taken back by the reporter", "voided": "struck as a mistake", "handed": "taken over by the police",
}  # fmt: skip
StateCode = Annotated[
    str,
    Field(
        description="; ".join(f"`{code}` {said}" for code, said in STATES_SAID.items()),
        json_schema_extra={"enum": list(STATES_SAID)},
    ),
]
Named = Annotated[str, Field(description="in words, in the language asked for with `Accept-Language`")]


class ReceiptOut(BaseModel):
    """What the reporter takes home. ``query_code`` opens the order without an account; it is not shown again."""

    number: str
    query_code: str
    state: StateCode
    state_label: Named
    unit: str = Field(description="who has it, in words; empty while nobody has")
    next_due_at: datetime | None = Field(description="by when the next thing is promised")
    repeated: bool = Field(
        description="true when this `Idempotency-Key` was known: the order of the first time"
    )
    near: list[NearOut] = Field(
        description="open orders that are probably about the same thing; they may be followed"
    )
    unanswered: list[str] = Field(
        description="codes of questions that the category asks and nobody has answered"
    )


class PlaceOut(BaseModel):
    """Where: names from the street down, what was written, and the position (WGS-84)."""

    street: str
    community: str
    grid: str
    text: str
    lon: float | None
    lat: float | None


class RowOut(BaseModel):
    """An order in a list."""

    number: str
    title: str
    state: StateCode
    state_label: Named
    appeal: str
    channel: str
    category: str
    category_name: str
    unit: str
    place: PlaceOut
    urgent: bool
    private: bool
    history: bool
    archived: int | None
    open: bool
    opened_at: datetime
    closed_at: datetime | None
    next_due_at: datetime | None


class PageOut(BaseModel):
    """A page of a list. Ask for the next with ``cursor=`` and this ``next``; empty at the end. Counting stops at 1000."""

    scope: str
    items: list[RowOut]
    next: str
    total: int
    more_than_total: bool


class ActOut(BaseModel):
    """One act of the timeline."""

    verb: str = Field(
        description="what was done, as in `…/steps/{verb}`; also `report`, and what the platform does itself"
    )
    at: datetime
    sentence: str = Field(description="the same for people, in the language asked for with `Accept-Language`")
    text: str = Field(
        description="the words that belong to it: of `pass_check` the answer, of `decline` the reason"
    )


class AnswerOut(BaseModel):
    """An answer to a question of the category, as it was asked."""

    code: str
    question: str
    answer: str


class PhotoOut(BaseModel):
    """A photo; fetch it with the same rights at ``/workorders/{number}/photos/{id}``."""

    id: str
    name: str
    width: int | None
    height: int | None


class OrderOut(RowOut):
    """One order, as far as the asker may read it. ``seen`` goes with the next step; ``steps`` are those possible now."""

    standing: Literal["staff", "party", "public"] = Field(description="as whom you read it")
    description: str
    seen: int = Field(description="send it back with a step: 409 when somebody was quicker")
    answer_due_at: datetime | None = Field(description="by when the answer is promised")
    solved: bool | None = Field(description="what the reporter said of it; null: nothing yet")
    satisfied: int | None = Field(description="1 to 5, likewise")
    suggestions: list[str]
    answers: list[AnswerOut]
    steps: list[str] = Field(description="what you may do now: `…/steps/{verb}`")
    timeline: list[ActOut] = Field(description="what happened, oldest first")
    photos: list[PhotoOut]


class Nothing(Said):
    """A step that needs no words."""

    seen: Seen = None


class Dispatch(Nothing):
    """To which unit; ``note`` is needed when it is dispatched anew."""

    unit: Text = Field(description="code of a unit, see /units")
    joint: list[Text] = Field(default_factory=list, max_length=10)
    note: Text = ""


class Assign(Nothing):
    """Which colleague handles it."""

    handler_id: int = Field(ge=1, le=2_000_000_000)


class Reason(Nothing):
    """Why."""

    reason: Text = Field(json_schema_extra={"minLength": 2, "maxLength": 5000})


class Question(Nothing):
    """What the reporter is asked."""

    question: Text = Field(json_schema_extra={"minLength": 2, "maxLength": 5000})


class Words(Nothing):
    """What is said."""

    text: Text = Field("", json_schema_extra={"maxLength": 5000})


class Answer(Words):
    """What was done, for the reporter; ``why`` for colleagues, needed while a joint unit has not signed."""

    why: Text = Field("", json_schema_extra={"maxLength": 500})


class PartIn(Said):
    """What one of the units has to do."""

    text: Text = Field(json_schema_extra={"minLength": 4, "maxLength": 5000})
    category: Text = Field("", description="code or name; left empty its words decide")
    unit: Text = Field(
        "", description="code of a unit, only for the order centre; left empty the table decides"
    )


class Split(Nothing):
    """The parts of an order."""

    parts: list[PartIn] = Field(min_length=2, max_length=6)


class Visit(Nothing):
    """A call: reached or not, and what they said."""

    reached: bool
    solved: bool | None = None
    satisfied: int | None = Field(None, ge=1, le=5)
    text: Text = Field("", json_schema_extra={"maxLength": 1000})


class Note(Nothing):
    """A note for colleagues."""

    note: Text = Field("", json_schema_extra={"maxLength": 5000})


class Decision(Nothing):
    """What the one who decides says about it; a refusal needs it."""

    words: Text = Field("", json_schema_extra={"maxLength": 5000})


class Until(Reason):
    """Until which day, and why."""

    until: date


class Found(Words):
    """Is it so?"""

    found: bool


class Forward(Nothing):
    """To which body outside the platform, until which day, and what it reads: no names, no telephone numbers."""

    body: Text = Field(json_schema_extra={"minLength": 2, "maxLength": 60})
    until: date
    words: Text = Field(json_schema_extra={"minLength": 2, "maxLength": 5000})
    place: Annotated[Text, Field(json_schema_extra={"maxLength": 200})] = ""


class Renew(Nothing):
    """Until which day the body outside may answer."""

    until: date


class HandToPolice(Nothing):
    """What the police should know: no names, no numbers."""

    text: Text = Field(json_schema_extra={"minLength": 2, "maxLength": 5000})
    place: Annotated[Text, Field(json_schema_extra={"maxLength": 200})] = ""


class PoliceReceipt(Nothing):
    """Under which number the police have it."""

    receipt: Text = Field(json_schema_extra={"minLength": 2, "maxLength": 60})


class Urge(Nothing):
    """Words that go with it, if any."""

    text: Text = Field("", json_schema_extra={"maxLength": 500})


class Supervise(Words):
    """At which level."""

    level: Literal["yellow", "orange", "red"]


class Judge(Nothing):
    """Was it solved, and how satisfied is the reporter (1 to 5)."""

    solved: bool
    satisfied: int = Field(ge=1, le=5)
    words: Text = ""


class MergeInto(Nothing):
    """Into which order."""

    into: Text = Field(description="number of the order that stays")


class Category(Nothing):
    """Which category it really is."""

    category: Text = Field(description="code or name, see /categories")
    appeal: AppealCode | Literal[""] = ""
    answers: dict[Text, Text | float | bool] = Field(
        default_factory=dict,
        description="answers to the questions of the category, added to those that are there",
    )


class Position(Nothing):
    """Where it really is: a point, or an area."""

    lon: Degrees | None = None
    lat: Degrees | None = None
    crs: Text = "WGS84"
    division: Text = ""
    place_text: Text | None = None


class FollowOut(BaseModel):
    """The follower's code, empty for somebody with an account."""

    query_code: str
