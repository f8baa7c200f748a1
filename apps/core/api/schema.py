# [DEF:core.api.schema:Module]
# @COMPLEXITY: 2
# @PURPOSE: Adds to every operation of the OpenAPI document who may call it, and the shape of errors.

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from apps.core.api.announced import MEDIA_TYPE
from apps.core.api.authentication import SessionAuthentication

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": _("The body of every error response, by RFC 9457."),
    "required": ["type", "title", "status", "detail", "code", "fields", "extra"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "description": _("address of an explanation of the code"),
        },
        "title": {"type": "string", "description": _("what the code means, in a few words")},
        "status": {"type": "integer", "description": _("the HTTP status")},
        "detail": {"type": "string", "description": _("a sentence or two for people")},
        "code": {"type": "string", "description": _("stable identifier for programs")},
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "description": _("errors by field, with dots for nested fields"),
        },
        "extra": {"type": "object", "additionalProperties": True, "description": _("details that depend on the code")},
    },
}
REFUSED = {
    "description": _("An error, with the appropriate status."),
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class Schema(AutoSchema):
    """Filters and pages are for GET; drf-spectacular would also list them for a POST that returns a list."""

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
    """A hook of drf-spectacular: every operation may return an error."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = REFUSED
    return result
