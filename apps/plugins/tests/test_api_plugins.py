from __future__ import annotations

import pytest

from apps.plugins.models import PluginRecord
from apps.plugins.tests.conftest import entry
from apps.plugins.tests.factories import SET_UP

LIST = "/api/v1/plugins"
ONE = f"{LIST}/greeter"

pytestmark = pytest.mark.usefixtures("installed")


def test_the_list_has_what_is_installed_with_its_actions(api):
    (row,) = api.get(LIST).json()["results"]
    assert (row["slug"], row["version"], row["state"], row["enabled"]) == ("greeter", "2.0", "ready", False)
    assert [action["slug"] for action in row["actions"]] == ["greet", "rest"]


def test_a_broken_plugin_is_listed_with_its_reason(api, installed):
    installed(entry("greeter", "gone"))
    (row,) = api.get(LIST, {"state": "broken"}).json()["results"]
    assert "AttributeError" in row["reason"]
    assert row["actions"] == []
    assert api.get(ONE).json()["settings_schema"] is None


def test_the_list_costs_the_same_for_many(api, installed, django_assert_num_queries):
    PluginRecord.objects.bulk_create(PluginRecord(slug=f"old{number}") for number in range(30))
    api.get(LIST)
    with django_assert_num_queries(5):
        assert api.get(LIST).json()["count"] == 31


def test_what_is_installed_is_read_once(api, monkeypatch):
    from apps.plugins import registry as module

    api.get(LIST)
    monkeypatch.setattr(module, "_installed", lambda: pytest.fail("read again"))
    assert api.get(LIST).status_code == api.get(ONE).status_code == 200


def test_the_details_of_a_plugin_say_how_its_actions_run(api):
    told = api.get(ONE).json()
    greet, _ = told["actions"]
    assert greet["params_schema"]["required"] == ["name"]
    assert greet["run"] == {
        "allowed": False,
        "reason": "The plugin “greeter” is not enabled. Enable it first.",
        "who": [],
    }
    assert told["allowed_actions"]["enable"]["allowed"]
    assert told["settings_schema"]["properties"]["token"]["writeOnly"] is True


def test_a_plugin_is_enabled_and_disabled_over_the_api(api):
    assert api.post(f"{ONE}/enable").json()["enabled"] is True
    assert api.post(f"{ONE}/enable").status_code == 200
    assert api.post(f"{ONE}/disable").json()["enabled"] is False


def test_settings_are_stored_and_secrets_not_answered(api):
    answer = api.post(f"{ONE}/settings", SET_UP)
    assert answer.json()["settings"] == {"url": SET_UP["url"], "token": True, "second": False, "retries": 3}
    assert "open-sesame" not in answer.content.decode() + api.get(ONE).content.decode()


def test_settings_that_do_not_fit_are_reported_by_their_names(api):
    refused = api.post(f"{ONE}/settings", {"url": 1})
    assert (refused.status_code, sorted(refused.json()["fields"])) == (400, ["token", "url"])
    assert api.post(f"{ONE}/settings", ["url"]).status_code == 400


def test_the_parameters_of_every_action_are_in_the_document(api):
    schemas = api.get("/api/v1/schema").json()["components"]["schemas"]
    assert schemas["Params.greeter.greet"]["properties"]["note"] == {
        "anyOf": [{"type": "string"}, {"type": "null"}],
        "default": None,
    }
    offered = schemas["RunRequest"]["properties"]["params"]["anyOf"]
    assert {"$ref": "#/components/schemas/Params.greeter.rest"} in offered
