from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from apps.core.errors import NotThere
from apps.plugins import checks, services
from apps.plugins.base import Action, Plugin
from apps.plugins.models import PluginRecord, PluginState
from apps.plugins.registry import GROUP, read, registry
from apps.plugins.services import refresh_records, runnable_action, set_enabled


@dataclass(frozen=True)
class Nothing:
    pass


@dataclass(frozen=True)
class Unreadable:
    what: bytes


GREET = Action(slug="greet", title="Greet", params=Nothing, run=lambda context, params: None)
GREETER = Plugin(slug="greeter", title="Greeter", version="2.0", actions=(GREET,))


@pytest.fixture
def module(monkeypatch):
    """Whatever is set here can be named by an entry point."""
    made = ModuleType("made_for_a_test")
    monkeypatch.setitem(sys.modules, made.__name__, made)
    return made


def entry(name, attribute="plugin"):
    return EntryPoint(name, f"made_for_a_test:{attribute}", GROUP)


@pytest.fixture
def installed(module, monkeypatch, db):
    """Only these plugins are installed."""

    def install(*entries):
        found = read(entries)
        monkeypatch.setattr(services, "registry", lambda: found)
        monkeypatch.setattr(checks, "registry", lambda: found)

    module.plugin = GREETER
    install(entry("greeter"))
    return install


def test_a_plugin_is_found_by_its_entry_point(module):
    module.plugin = GREETER
    found = read([entry("greeter")])
    assert found.plugins == {"greeter": GREETER}
    assert found.action("greeter", "greet") is GREET
    assert found.action("greeter", "shout") is None
    assert found.action("shouter", "greet") is None


@pytest.mark.parametrize(
    ("plugin", "reason"),
    [
        (object(), "not an apps.plugins.base.Plugin"),
        (replace(GREETER, api_version=2), "version 2 of the plugin contract"),
        (replace(GREETER, slug="other"), "its entry point is called “greeter”"),
        (replace(GREETER, actions=(GREET, GREET)), "the same slug"),
        (replace(GREETER, actions=(replace(GREET, slug="Greet me"),)), "“Greet me” is no slug"),
        (replace(GREETER, actions=(replace(GREET, params=Unreadable),)), "cannot be the type of a parameter"),
        (replace(GREETER, actions=(replace(GREET, params=dict),)), "is no dataclass"),
    ],
)
def test_a_plugin_that_breaks_the_contract_is_kept_with_its_reason(module, plugin, reason):
    module.plugin = plugin
    found = read([entry("greeter")])
    assert found.plugins == {}
    assert [broken.slug for broken in found.broken] == ["greeter"]
    assert reason in found.broken[0].reason


def test_a_plugin_that_cannot_be_imported_stops_no_other(module):
    module.plugin = GREETER
    found = read([entry("absent", "nothing"), entry("greeter")])
    assert set(found.plugins) == {"greeter"}
    assert "AttributeError" in found.broken[0].reason


def test_of_two_plugins_with_one_name_the_second_is_broken(module):
    module.plugin = GREETER
    found = read([entry("greeter"), entry("greeter")])
    assert set(found.plugins) == {"greeter"}
    assert "called “greeter” already" in found.broken[0].reason


def test_a_broken_plugin_is_a_warning_of_the_system_check(installed):
    installed(entry("absent", "nothing"))
    assert [(warning.id, "“absent”" in warning.msg) for warning in checks.check_plugins()] == [("plugins.W001", True)]


def test_a_found_plugin_waits_to_be_enabled(installed):
    assert [(row.slug, row.version, row.enabled, row.state) for row in refresh_records()] == [
        ("greeter", "2.0", False, PluginState.READY)
    ]


def test_the_shipped_plugins_are_enabled(db):
    registry.cache_clear()
    rows = {row.slug: row for row in refresh_records()}
    assert {"catalogue", "migrations"} <= registry().shipped
    assert all(rows[slug].enabled for slug in ("catalogue", "migrations"))


def test_a_decision_survives_a_new_version(installed, module, author):
    (row,) = refresh_records()
    assert set_enabled(actor=author, plugin=row, enabled=True)
    assert not set_enabled(actor=author, plugin=row, enabled=True)
    module.plugin = replace(GREETER, version="3.0")
    installed(entry("greeter"))
    (row,) = refresh_records()
    assert (row.version, row.enabled) == ("3.0", True)


def test_what_breaks_or_goes_is_told(installed, module):
    refresh_records()
    installed(entry("greeter", "nothing"))
    (row,) = refresh_records()
    assert row.state == PluginState.BROKEN
    assert "AttributeError" in row.reason
    installed()
    (row,) = refresh_records()
    assert (row.state, row.reason) == (PluginState.MISSING, "")


def test_why_an_action_cannot_run_is_told(installed):
    installed(entry("greeter"), entry("absent", "nothing"))
    with pytest.raises(NotThere, match="installed are greeter. AttributeError"):
        runnable_action("absent", "greet")
    with pytest.raises(NotThere, match="it has greet"):
        runnable_action("greeter", "shout")


def test_an_enabled_action_can_run(installed):
    PluginRecord.objects.create(slug="greeter", enabled=True)
    assert runnable_action("greeter", "greet") is GREET
