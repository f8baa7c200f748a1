"""The OpenAPI document is whole, without warnings, and tells the truth."""

from __future__ import annotations

import io
import re
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command
from django.urls import reverse
from drf_spectacular.validation import validate_schema

from project.tests.test_permissions import TABLE, address


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """As the API serves it; a single warning fails."""
    from drf_spectacular.drainage import GENERATOR_STATS
    from drf_spectacular.generators import SchemaGenerator

    with GENERATOR_STATS.silence():
        GENERATOR_STATS.reset()
        generated = SchemaGenerator().get_schema(request=None, public=True)
        assert not GENERATOR_STATS
    return generated


def test_the_openapi_document_is_generated_without_warnings():
    out = io.StringIO()
    call_command("spectacular", fail_on_warn=True, validate=True, stdout=out)
    assert "openapi: 3" in out.getvalue()


def test_the_openapi_document_is_served(api):
    answer = api.get(reverse("api:schema"))
    assert answer.json()["info"]["title"] == "Lockstep"


def test_every_operation_says_how_it_is_refused(document):
    validate_schema(document)
    for operations in document["paths"].values():
        for operation in operations.values():
            assert "default" in operation["responses"]


def test_a_list_says_what_it_can_be_asked_for(document):
    parameters = document["paths"]["/api/v1/mappings"]["get"]["parameters"]
    schemas = {each["name"]: each["schema"] for each in parameters}
    assert schemas["page"]["minimum"] == schemas["page_size"]["minimum"] == 1
    order = re.compile(schemas["ordering"]["pattern"])
    assert order.search("-confirmed_at,source_name")
    assert not order.search("confirmed_by")


@pytest.mark.parametrize("called", [called for called, row in TABLE.items() if row.of("superuser") in {200, 201, 202}])
def test_responses_match_the_schema(called, document, world, api):
    method, route = called.split()
    row = TABLE[called]
    if route in {"schema", "task-artifact", "task-lines-text", "audit-export"}:
        pytest.skip("no JSON of ours")
    assert route != "migrations" or world.migration
    sent = {"checksum": world.checksum} if route == "migration-apply" else row.sent
    answer = getattr(api, method)(address(world, route), sent)
    described = operation_of(document, answer.request["PATH_INFO"])[method]["responses"][str(answer.status_code)]
    schema = strict(described["content"]["application/json"]["schema"], document)
    jsonschema.validate(answer.json(), {**schema, "components": {"schemas": components(document)}})


def operation_of(document: dict[str, Any], path: str) -> dict[str, Any]:
    """The entry of the path; one without parameters goes first."""
    parts = path.split("/")
    for known, operations in sorted(document["paths"].items(), key=lambda item: item[0].count("{")):
        wanted = known.split("/")
        if len(wanted) == len(parts) and all(
            one.startswith("{") or one == other for one, other in zip(wanted, parts, strict=True)
        ):
            return operations
    raise AssertionError(path)


def components(document: dict[str, Any]) -> dict[str, Any]:
    return {name: strict(schema, document) for name, schema in document["components"]["schemas"].items()}


def strict(schema: Any, document: dict[str, Any]) -> Any:
    """As JSON Schema: OpenAPI's `nullable` in words, and no property that is not described."""
    if isinstance(schema, list):
        return [strict(each, document) for each in schema]
    if not isinstance(schema, dict):
        return schema
    told = {name: strict(value, document) for name, value in schema.items() if name != "nullable"}
    if "properties" in told and "type" in told:
        told.setdefault("additionalProperties", False)
    return {"anyOf": [told, {"type": "null"}]} if schema.get("nullable") is True else told
