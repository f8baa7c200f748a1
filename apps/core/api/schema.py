# [DEF:core.api.schema:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the OpenAPI document says of every operation: who may call it, and how a refusal looks.

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from apps.core.api.authentication import SessionAuthentication

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "What every refused request is answered with.",
    "required": ["code", "message", "fields", "extra"],
    "properties": {
        "code": {"type": "string", "description": "a word for programs"},
        "message": {"type": "string", "description": "a sentence or two for people"},
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "description": "errors of what was sent, by its name, with dots for what is inside",
        },
        "extra": {"type": "object", "additionalProperties": True, "description": "facts, by the code"},
    },
}
REFUSED = {
    "description": "A problem, with the status that fits it.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class Schema(AutoSchema):
    """Filters and pages are for GET; drf-spectacular would also list them where a POST answers a list."""

    def get_filter_backends(self) -> list[Any]:
        return super().get_filter_backends() if self.method == "GET" else []

    def _get_pagination_parameters(self) -> list[Any]:
        return super()._get_pagination_parameters() if self.method == "GET" else []

    def _get_paginator(self) -> Any:
        return super()._get_paginator() if self.method == "GET" else None


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


def add_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: every operation may be answered with a problem."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = REFUSED
    return result
