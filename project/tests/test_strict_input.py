"""What nothing reads is refused by its name: a field, a parameter, a body. The document says what is read."""

from __future__ import annotations

from typing import Any

import pytest

from apps.core.api.strict import StrictInput
from apps.tasks.models import Task
from conftest import api_of
from project.tests.test_openapi import document, operation_of
from project.tests.test_permissions import BETWEEN, ENVIRONMENT, SIGN_IN, TABLE, address, routes
from project.tests.world import SOURCE_UUID, TARGET_UUID

__all__ = ["document"]

STRANGE = "colour_of_the_moon"
PAIR = {"source_uuid": str(SOURCE_UUID), "target_uuid": str(TARGET_UUID)}
FREE_FORM = {"plugin-settings"}
"""Its fields are those of the plugin, which refuses others itself."""


def called_with(*methods: str) -> list[str]:
    return [called for called in TABLE if called.split()[0] in methods]


def described(document: dict[str, Any], world: Any, called: str) -> dict[str, Any]:
    method, route = called.split()
    found: dict[str, Any] = operation_of(document, address(world, route))[method]
    return found


def test_every_view_of_the_api_is_strict():
    assert [name for name, view in routes().items() if not issubclass(view, StrictInput)] == []


@pytest.mark.parametrize("called", [each for each in called_with("get") if each != "get schema"])
def test_an_unknown_parameter_is_refused_and_known_ones_are_described(called, document, world, api):
    url = address(world, called.split()[1])
    answer = api.get(url, {**(TABLE[called].sent or {}), STRANGE: 1})
    assert answer.status_code == 400
    assert answer.json()["fields"] == {STRANGE: ["Unknown parameter."]}
    parameters = described(document, world, called).get("parameters", [])
    names = [each["name"] for each in parameters if each["in"] == "query"]
    read = {**dict.fromkeys(names, "zzz"), STRANGE: 1}
    refused = api.get(url, read).json()["fields"]
    assert [name for name, texts in refused.items() if "Unknown parameter." in texts] == [STRANGE]


@pytest.mark.parametrize("called", called_with("post", "put", "patch"))
def test_an_unknown_field_or_a_needless_body_is_refused(called, document, world, api):
    method, route = called.split()
    if route in FREE_FORM:
        pytest.skip("fields of the plugin")
    sentence = "Unknown field."
    if "requestBody" not in described(document, world, called):
        sentence = "This operation takes no body."
    answer = getattr(api, method)(address(world, route), {**(TABLE[called].sent or {}), STRANGE: 1})
    assert answer.status_code == 400, answer.content
    assert answer.json()["fields"][STRANGE] == [sentence]


@pytest.mark.parametrize("called", called_with("delete"))
def test_a_removal_takes_no_body(called, world, api):
    answer = api.delete(address(world, called.split()[1]), {STRANGE: 1})
    assert answer.status_code == 400
    assert answer.json()["fields"] == {STRANGE: ["This operation takes no body."]}


@pytest.mark.parametrize("called", called_with("post", "put", "patch", "delete"))
def test_no_operation_takes_parameters_beside_its_body(called, world, api):
    method, route = called.split()
    answer = getattr(api, method)(f"{address(world, route)}?{STRANGE}=1", TABLE[called].sent)
    assert (answer.status_code, answer.json()["fields"]) == (400, {STRANGE: ["Unknown parameter."]})


class TestSuggestions:
    def test_a_misspelt_field_is_named_with_the_one_that_was_meant(self, api):
        answer = api.post("/api/v1/environments", {**ENVIRONMENT, "protcted": True})
        assert answer.json()["fields"] == {"protcted": ["Unknown field. Did you mean “protected”?"]}
        assert "protcted" in answer.json()["detail"]

    def test_a_misspelt_filter_is_named_with_the_one_that_was_meant(self, api):
        answer = api.get("/api/v1/tasks", {"stat": "failed"})
        assert answer.json()["fields"] == {"stat": ["Unknown parameter. Did you mean “state”?"]}

    def test_a_missing_field_is_reported_beside_its_misspelling(self, api):
        fields = api.post("/api/v1/environments", {**ENVIRONMENT, "name": "", "ur": "x"}).json()["fields"]
        assert sorted(fields) == ["name", "ur"]

    def test_fields_inside_objects_and_lists_are_checked(self, world, api):
        sign_in = {**SIGN_IN, "usrname": "robot"}
        answer = api.post("/api/v1/environments", {**ENVIRONMENT, "sign_in": sign_in})
        assert answer.json()["fields"] == {"sign_in.usrname": ["Unknown field. Did you mean “username”?"]}
        pairs = [{**PAIR, "note": "x"}]
        answer = api.post("/api/v1/mappings", {**BETWEEN, "pairs": pairs})
        assert answer.json()["fields"] == {"pairs.0.note": ["Unknown field."]}

    def test_a_read_only_field_is_refused_as_such(self, world, api):
        answer = api.patch(f"/api/v1/freezes/{world.freeze.pk}", {"state": "past"})
        assert answer.json()["fields"] == {"state": ["This field is read-only."]}

    def test_thousands_of_unknown_fields_with_long_names_are_no_work(self, api):
        answer = api.post("/api/v1/environments", {f"{number}{'x' * 500}": 1 for number in range(2_000)})
        assert answer.status_code == 400
        assert sum("Unknown field." in texts for texts in answer.json()["fields"].values()) == 20


@pytest.mark.parametrize(
    ("body", "name"),
    [('{"name": "a", "name": "b"}', "name"), ('{"sign_in": {"secret": "a", "secret": "b"}}', "secret")],
)
def test_a_key_that_occurs_twice_is_refused(body, name, api):
    answer = api.post("/api/v1/environments", body, content_type="application/json")
    assert answer.json()["fields"] == {name: ["This key occurs more than once in its object."]}


@pytest.mark.parametrize("path", ["environments?tier=dev&tier=prod", "tasks?page=1&page=2", "tasks?search=a&search=b"])
def test_a_parameter_of_which_one_value_would_be_ignored_is_refused(path, world, api):
    answer = api.get(f"/api/v1/{path}")
    assert answer.status_code == 400
    assert list(answer.json()["fields"].values()) == [["This parameter occurs more than once."]]


def test_a_filter_that_takes_several_values_may_occur_several_times(world, api):
    assert api.get("/api/v1/tasks?state=failed&state=succeeded").status_code == 200


@pytest.mark.parametrize("name", ["environment", "state", "created_after", "page"])
def test_an_empty_parameter_does_not_return_everything(name, world, api):
    """As a script sends it whose variable is not set."""
    answer = api.get("/api/v1/tasks", {name: ""})
    fields = {name: ["This parameter has no value. Give it one, or leave it out."]}
    assert (answer.status_code, answer.json()["fields"]) == (400, fields)


def test_an_empty_search_finds_everything_as_in_any_search_box(world, api):
    assert api.get("/api/v1/environments", {"search": "", "ordering": ""}).json()["count"] == 2


@pytest.mark.parametrize("page", ["0", "-1", "two", "last", "9" * 30])
def test_what_is_no_number_of_a_page_is_refused_by_name(page, world, api):
    answer = api.get("/api/v1/environments", {"page": page})
    assert (answer.status_code, answer.json()["fields"]) == (400, {"page": ["Use a whole number from 1 on."]})


def test_a_page_past_the_last_names_that(world, api):
    answer = api.get("/api/v1/environments", {"page": 7})
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no page 7. The last one is 1.")


def test_a_head_takes_the_parameters_of_a_get(world, api):
    assert api.head("/api/v1/environments?page=1&tier=dev").status_code == 200
    assert api.head("/api/v1/environments?teir=dev").status_code == 400


@pytest.mark.parametrize("method", ["options", "delete", "put"])
def test_a_method_that_is_not_there_is_refused_as_such_and_not_named_as_allowed(method, world, api):
    answer = getattr(api, method)("/api/v1/environments?colour=1", {STRANGE: 1})
    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST, HEAD")


def test_a_body_of_another_shape_is_named_in_words_of_json(world, api):
    answer = api.post("/api/v1/environments", ["dev"])
    assert (answer.status_code, answer.json()["detail"]) == (400, "This has to be a JSON object.")
    answer = api.post("/api/v1/environments", {**ENVIRONMENT, "sign_in": "dev"})
    assert answer.json()["fields"] == {"sign_in": ["This has to be a JSON object."]}


def test_an_empty_object_counts_as_no_body(world, api):
    assert api.post("/api/v1/environments/dev/enable", {}).status_code == 200


def test_who_may_not_learns_nothing_of_the_fields(viewer):
    answer = api_of(viewer).post("/api/v1/environments", {STRANGE: 1})
    assert (answer.status_code, answer.json()["fields"]) == (403, {})


def test_unknown_settings_and_parameters_of_a_plugin_are_refused(world, api):
    sent = {"environment": "dev", "params": {STRANGE: 1}}
    answer = api.post("/api/v1/plugins/catalogue/actions/sync/run", sent)
    sentence = "There is no such parameter. Known parameters: everything, pause."
    assert (answer.status_code, answer.json()["fields"]) == (400, {f"params.{STRANGE}": [sentence]})


@pytest.mark.parametrize("again", [False, True])
def test_a_selection_of_which_a_part_would_be_ignored_is_refused(again, world, api):
    more = {"migration": world.migration.pk} if again else {"everything": True}
    params = {**BETWEEN, "dashboards": ["births"], **more}
    answer = api.post("/api/v1/plugins/migrations/actions/plan/run", {"environment": "prod", "params": params})
    assert (answer.status_code, Task.objects.filter(action="plan").exists()) == (422, False)


def test_a_plan_is_for_some_dashboards_or_for_all_of_them(world, api):
    answer = api.post("/api/v1/migrations/plan", {**BETWEEN, "dashboards": ["births"], "everything": True})
    assert (answer.status_code, answer.json()["detail"]) == (422, "Select some dashboards or all of them, not both.")


@pytest.mark.parametrize("name", ["state", "tier", "enabled", "protected", "release"])
def test_environments_are_filtered(name, world, api):
    some = {"state": "ok", "tier": "dev", "enabled": "true", "protected": "false", "release": "6.1"}
    assert api.get("/api/v1/environments", {name: some[name]}).status_code == 200


def test_environments_and_tokens_are_found_by_their_state(world, api):
    world.prod.enabled = False
    world.prod.save()
    (found,) = api.get("/api/v1/environments", {"state": "disabled"}).json()["results"]
    assert found["slug"] == "prod"
    others = ("ok", "failed", "not checked")
    assert sum(api.get("/api/v1/environments", {"state": each}).json()["count"] for each in others) == 1
    assert api.get("/api/v1/tokens", {"state": "valid"}).json()["count"] == 1
    assert api.get("/api/v1/tokens", {"state": "expired"}).json()["count"] == 0


@pytest.mark.parametrize("name", ["owner", "tag"])
def test_more_names_than_the_database_takes_are_refused(api, world, name):
    def ask(number):
        return api.get("/api/v1/environments/dev/assets", {name: [f"a{each}" for each in range(number)]})

    assert ask(100).status_code == 200
    refused = ask(1500)
    assert (refused.status_code, refused.json()["fields"]) == (400, {name: ["Use at most 100 names."]})
