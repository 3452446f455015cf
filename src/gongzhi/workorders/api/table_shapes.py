"""What comes out of the tables, as types: questions, categories, areas, units, and who is asking."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class QuestionOut(BaseModel):
    """Something more to ask about a category."""

    code: str
    text: str
    kind: Literal["choice", "number", "yes_no", "text"]
    choices: list[str]
    unit: str
    required: bool


class CategoryOut(BaseModel):
    """A category. The code of the one above is a prefix of its own; its questions hold for what is below it too."""

    code: str
    parent: str
    name: str
    default_appeal: str
    urgent: bool
    hint: str
    filing: str
    closing: str
    questions: list[QuestionOut]


class DivisionOut(BaseModel):
    """A division: district, street, community, grid or building, and a point in it."""

    code: str
    parent: str
    name: str
    level: str
    lon: float | None
    lat: float | None


class UnitOut(BaseModel):
    """A unit that orders can be dispatched to."""

    code: str
    name: str
    kind: str


class PostOut(BaseModel):
    """A post that the bearer holds today."""

    role: str
    division: str
    unit: str


class ScopeOut(BaseModel):
    """A queue that the bearer may list."""

    key: str
    label: str


class MeOut(BaseModel):
    """Who the token speaks for."""

    name: str
    token_scopes: list[str]
    posts: list[PostOut]
    scopes: list[ScopeOut]
