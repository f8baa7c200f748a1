# [DEF:core.api.documented:Module]
# @COMPLEXITY: 2
# @PURPOSE: How the operations of the API are described for people, and how that gets into the OpenAPI document.
# @RELATION DEPENDS_ON -> core.api.announced
"""Each app describes its operations in `api/operations.py`, which is read only when the document is made: a server that
nobody asks for it holds none of this. A docstring is for those who read the code, and never gets there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.core.api.announced import MEDIA_TYPE, Problem
from apps.core.row_actions import Text

Document = dict[str, Any]

PREFIX = "/api/v1"
REFUSAL = Problem(404, "not_found", "There is nothing at this address, or you may not see it.")
UNSIGNED = Problem(401, "not_authenticated", "Authentication credentials were not provided.")


@dataclass(frozen=True)
class Operation:
    """`id` is a name for programs, `summary` one for people; `request` and `response` are examples of the bodies."""

    id: str
    summary: Text
    description: Text = ""
    request: Any = None
    response: Any = None


@dataclass(frozen=True)
class Section:
    """Operations that belong together, by method and path: `GET /tasks/{id}`."""

    tag: str
    description: Text
    operations: Mapping[str, Operation]


def page(row: Mapping[str, Any]) -> dict[str, Any]:
    """A list with one row."""
    return {"count": 1, "next": None, "previous": None, "results": [row]}


def describe(document: Document, sections: Iterable[Section]) -> Document:
    """The document with these descriptions, and without any other."""
    sections = tuple(sections)
    known = {called: (each.tag, one) for each in sections for called, one in each.operations.items()}
    document["tags"] = [{"name": each.tag, "description": str(each.description)} for each in sections]
    for schema in document["components"]["schemas"].values():
        if "properties" in schema:
            schema.pop("description", None)
    for path, operations in document["paths"].items():
        for method, described in operations.items():
            described.pop("description", None)
            if found := known.get(f"{method.upper()} {path.removeprefix(PREFIX)}"):
                _describe(described, *found)
    return document


def _describe(described: Document, tag: str, operation: Operation) -> None:
    described |= {"tags": [tag], "operationId": operation.id, "summary": str(operation.summary)}
    described["description"] = str(operation.description) or f"{operation.summary}."
    if operation.request is not None:
        _exemplify(described["requestBody"], operation.request)
    if operation.response is not None:
        first = min(code for code in described["responses"] if code.startswith("2") and _has_body(described, code))
        _exemplify(described["responses"][first], operation.response)
    refusal = REFUSAL if _is_of_one(described) else UNSIGNED
    described["responses"]["default"] = _with_example(described["responses"]["default"], refusal.body())


def _has_body(described: Document, code: str) -> bool:
    return bool(described["responses"][code].get("content"))


def _is_of_one(described: Document) -> bool:
    return any(each["in"] == "path" for each in described.get("parameters", ()))


def _exemplify(body: Document, value: Any) -> None:
    for content in body["content"].values():
        content["examples"] = {"example": {"value": value}}


def _with_example(response: Document, value: Any) -> Document:
    content = response["content"][MEDIA_TYPE] | {"examples": {"example": {"value": value}}}
    return {**response, "content": {MEDIA_TYPE: content}}
