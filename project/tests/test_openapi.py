"""The OpenAPI document is whole, without warnings, and tells the truth."""

from __future__ import annotations

import inspect
import io
import json
import re
from typing import Any

import jsonschema
import pytest
from django.contrib.auth.models import AbstractUser
from django.core.management import call_command
from django.urls import reverse
from drf_spectacular.validation import validate_schema
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from project.tests.test_permissions import METHODS, TABLE, address
from project.web.operations import sections


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


def test_the_document_says_in_json_schema_what_may_be_null(document):
    """`nullable` of OpenAPI 3.0 does not reach through a reference: strict clients refused null there."""
    assert document["openapi"].startswith("3.1")
    assert '"nullable"' not in json.dumps(document, default=str)
    task = document["components"]["schemas"]["TaskDetail"]["properties"]
    assert task["pause"]["oneOf"] == [{"$ref": "#/components/schemas/Pause"}, {"type": "null"}]
    page = document["components"]["schemas"]["PaginatedTaskList"]["properties"]
    assert page["next"] == {"type": ["string", "null"], "format": "uri"}


def test_a_list_says_what_it_can_be_asked_for(document):
    parameters = document["paths"]["/api/v1/mappings"]["get"]["parameters"]
    schemas = {each["name"]: each["schema"] for each in parameters}
    assert schemas["page"]["minimum"] == schemas["page_size"]["minimum"] == 1
    order = re.compile(schemas["ordering"]["pattern"])
    assert order.search("-confirmed_at,source_name")
    assert not order.search("confirmed_by")


class TestOperations:
    def test_each_operation_is_described_and_none_that_is_not_there(self, document):
        there = {f"{method.upper()} {path.removeprefix('/api/v1')}" for path, method, _ in operations(document)}
        assert there == {called for section in sections() for called in section.operations}

    def test_summaries_are_short_unique_and_imperative(self, document):
        summaries = [operation["summary"] for *_, operation in operations(document)]
        assert len(set(summaries)) == len(summaries)
        assert [each for each in summaries if len(each) > 60 or each.endswith(".") or not each[:1].isupper()] == []

    def test_names_of_operations_are_words_and_unique(self, document):
        names = [operation["operationId"] for *_, operation in operations(document)]
        assert len(set(names)) == len(names)
        assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)] == []

    def test_every_parameter_is_described(self, document):
        parameters = [
            (path, each) for path, _, operation in operations(document) for each in operation.get("parameters", ())
        ]
        assert {(path, each["name"]) for path, each in parameters if not each.get("description")} == set()

    def test_every_tag_is_described_and_used(self, document):
        used = {tag for *_, operation in operations(document) for tag in operation["tags"]}
        assert used == {each["name"] for each in document["tags"] if each["description"]}

    def test_no_docstring_gets_into_the_document(self, document):
        shown = {text for text in descriptions(document) if text}
        inside = {doc for each in subclasses(APIView, Serializer) if (doc := inspect.getdoc(each))}
        inside |= {doc for view in subclasses(APIView) for method in METHODS if (doc := method_doc(view, method))}
        assert {text for text in shown if " ".join(text.split()) in {" ".join(doc.split()) for doc in inside}} == set()

    def test_no_help_of_a_form_of_django_gets_into_the_document(self, document):
        foreign = {str(field.help_text) for field in AbstractUser._meta.get_fields() if getattr(field, "help_text", "")}
        assert len(foreign) > 3
        assert foreign & set(descriptions(document)) == set()

    def test_no_text_speaks_command_line(self, document):
        assert [
            text for text in descriptions(document) if re.search(r"manage\.py|\blockstep [a-z]|(^|\s)--[a-z]", text)
        ] == []

    def test_every_operation_has_an_example_that_its_schema_allows(self, document):
        for path, method, operation in operations(document):
            examples = list(examples_of(operation))
            assert examples, (method, path)
            for schema, value in examples:
                whole = {**strict(schema, document), "components": {"schemas": components(document)}}
                jsonschema.validate(value, whole)

    def test_no_example_holds_a_secret(self, document):
        texts = json.dumps([value for *_, operation in operations(document) for _, value in examples_of(operation)])
        assert re.findall(r"lockstep_[A-Za-z0-9_-]{4,}", texts) == []
        secrets = re.findall(r'"(?:password|secret|old|new|csrf_token)": "([^"]*)"', texts)
        assert set(secrets) == {"\\u2026"}


def operations(document):
    for path, by_method in document["paths"].items():
        for method, operation in by_method.items():
            yield path, method, operation


def examples_of(operation):
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    for body in bodies:
        for content in body.get("content", {}).values():
            for example in content.get("examples", {}).values():
                yield content["schema"], example["value"]


def descriptions(part):
    if isinstance(part, list):
        for each in part:
            yield from descriptions(each)
    elif isinstance(part, dict):
        yield from (
            value for name, value in part.items() if name in {"description", "summary"} and isinstance(value, str)
        )
        for each in part.values():
            yield from descriptions(each)


def subclasses(*bases):
    for base in bases:
        for each in base.__subclasses__():
            if each.__module__.startswith(("apps.", "project.")):
                yield each
            yield from subclasses(each)


def method_doc(view, method):
    return inspect.getdoc(getattr(view, method, None)) if hasattr(view, method) else None


@pytest.mark.parametrize("called", [called for called, row in TABLE.items() if row.of("superuser") in {200, 201, 202}])
def test_responses_match_the_schema(called, document, world, api):
    method, route = called.split()
    row = TABLE[called]
    if route in {"schema", "task-artifact", "task-lines-text", "audit-export"} or route.endswith("-markdown"):
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
    """OpenAPI 3.1 is JSON Schema. No property that is not described."""
    if isinstance(schema, list):
        return [strict(each, document) for each in schema]
    if not isinstance(schema, dict):
        return schema
    told = {name: strict(value, document) for name, value in schema.items()}
    if "properties" in told and "type" in told:
        told.setdefault("additionalProperties", False)
    return told
