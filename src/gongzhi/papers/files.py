"""A finished file as an answer: with its own name, kept nowhere on the way."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpResponse

KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def handed(content: bytes, kind: str, name: str, *, inline: bool = False) -> HttpResponse:
    """The answer that carries a file."""
    response = HttpResponse(content, content_type=kind)
    way = "inline" if inline else "attachment"
    response.headers["Content-Disposition"] = f"{way}; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "no-store"
    return response
