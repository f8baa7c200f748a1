from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from apps.core.errors import LockstepError, NotThere
from apps.plugins import checks
from apps.plugins.base import Secret
from apps.plugins.installation import refresh_records, runnable_action
from apps.plugins.models import PluginRecord, PluginState
from apps.plugins.registry import read, registry
from apps.plugins.services import set_enabled
from apps.plugins.tests.conftest import entry
from apps.plugins.tests.factories import GREET, GREETER


@dataclass(frozen=True)
class Unreadable:
    what: bytes


@dataclass(frozen=True)
class Misfit:
    count: int = "three"  # type: ignore[assignment]


@dataclass(frozen=True)
class Telling:
    token: Secret


@dataclass
class Changeable:
    count: int = 1


class Unspeakable(BaseException):
    def __str__(self):
        raise RuntimeError


def test_a_plugin_is_found_by_its_entry_point(module):
    module.plugin = GREETER
    found = read([entry("greeter")])
    assert found.plugins == {"greeter": GREETER}
    assert found.action("greeter", "greet") is GREET
    assert found.action("greeter", "shout") is None
    assert found.action("shouter", "greet") is None


def but(made: Any, **facts: Any) -> Any:
    """The same, with what no type checker would let pass."""
    return replace(made, **facts)


@pytest.mark.parametrize(
    ("plugin", "reason"),
    [
        (object(), "not an apps.plugins.base.Plugin"),
        (but(GREETER, api_version=2), "version 2 of the plugin contract"),
        (but(GREETER, slug="other"), "its entry point is called “greeter”"),
        (but(GREETER, actions=(GREET, GREET)), "the same slug"),
        (but(GREETER, actions=(but(GREET, slug="Greet me"),)), "“Greet me” is not a slug"),
        (but(GREETER, actions=(but(GREET, params=Unreadable),)), "cannot be the type of a parameter"),
        (but(GREETER, actions=(but(GREET, params=dict),)), "is no dataclass"),
        (but(GREETER, actions=(but(GREET, params=Changeable),)), "is not frozen"),
        (but(GREETER, actions=(but(GREET, params=Misfit),)), "default of “count” does not fit"),
        (but(GREETER, actions=(but(GREET, params=Telling),)), "Only settings may be secret"),
        (but(GREETER, actions=None), "no tuple of apps.plugins.base.Action"),
        (but(GREETER, actions=("greet",)), "no tuple of apps.plugins.base.Action"),
        (but(GREETER, actions=(but(GREET, run="greet"),)), "cannot be called"),
        (but(GREETER, actions=(but(GREET, time_limit=None),)), "The time limit of “greet” is None"),
        (but(GREETER, actions=(but(GREET, needs={"browser"}),)), "The `needs` of “greet” are no frozenset"),
        (but(GREETER, actions=(but(GREET, needs=frozenset({"A browser"})),)), "The `needs` of “greet”"),
        (but(GREETER, actions=(but(GREET, needs=frozenset("abcdefg")),)), "at most 6 words"),
        (but(GREETER, actions=(but(GREET, title=""),)), "title of “greet” is no text"),
        (but(GREETER, title="x" * 201), "title is no text of 1 to 200"),
        (but(GREETER, title="NUL\0"), "title is no text"),
        (but(GREETER, version=2), "version is no text of 1 to 50"),
        (but(GREETER, settings={}), "is no dataclass"),
    ],
)
def test_a_plugin_that_breaks_the_contract_is_kept_with_its_reason(module, plugin, reason):
    module.plugin = plugin
    found = read([entry("greeter")])
    assert found.plugins == {}
    assert [broken.slug for broken in found.broken] == ["greeter"]
    assert reason in found.broken[0].reason
    assert "“made_for_a_test:plugin”" in found.broken[0].reason


def test_a_plugin_that_cannot_be_imported_stops_no_other(module):
    found = read([entry("absent", "nothing"), entry("greeter")])
    assert set(found.plugins) == {"greeter"}
    assert "AttributeError" in found.broken[0].reason


@pytest.mark.parametrize(
    "raised", [SystemExit(3), GeneratorExit(), MemoryError(), Unspeakable(), RuntimeError("two\nlines\0"), "x" * 5000]
)
def test_whatever_an_import_raises_stops_nothing(module, monkeypatch, raised):
    def fail(name):
        raise raised if isinstance(raised, BaseException) else ImportError(raised)

    monkeypatch.setattr(module, "__getattr__", fail, raising=False)
    found = read([entry("greeter", "absent"), entry("greeter")])
    assert set(found.plugins) == {"greeter"}
    reason = found.broken[0].reason
    assert reason.isprintable()
    assert len(reason) < 1200


def test_ctrl_c_while_plugins_are_loaded_ends_the_start(module, monkeypatch):
    def interrupt(name):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "__getattr__", interrupt, raising=False)
    with pytest.raises(KeyboardInterrupt):
        read([entry("greeter", "absent")])


@pytest.mark.parametrize(
    ("metadata", "entries"),
    [
        ("Name: bad\nVersion: 1\n", b"[lockstep.plugins]\nnonsense\n"),
        ("Name: bad\nVersion: 1\n", b"[lockstep.plugins]\n= x\nfoo =\n"),
        ("Name: bad\nVersion: 1\n", b"\xff\xfe"),
        ("", b"[lockstep.plugins]\nbad = nowhere:plugin\n"),
    ],
)
def test_a_package_whose_metadata_is_damaged_hides_no_other_plugin(tmp_path, monkeypatch, metadata, entries):
    folder = tmp_path / "bad-1.dist-info"
    folder.mkdir()
    if metadata:
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\n{metadata}")
    (folder / "entry_points.txt").write_bytes(entries)
    monkeypatch.syspath_prepend(tmp_path)
    registry.cache_clear()
    try:
        assert {"catalogue", "migrations"} <= registry().shipped
        assert {"catalogue", "migrations"} <= set(registry().plugins)
    finally:
        registry.cache_clear()


def test_of_two_plugins_with_one_name_the_second_is_broken(module):
    module.plugin = GREETER
    found = read([entry("greeter"), entry("greeter")])
    assert set(found.plugins) == {"greeter"}
    assert "called “greeter” already" in found.broken[0].reason


def test_a_broken_plugin_is_a_warning_of_the_system_check(installed):
    installed(entry("absent", "nothing"))
    assert [(warning.id, "“absent”" in warning.msg) for warning in checks.check_plugins()] == [("plugins.W001", True)]


def test_a_second_plugin_of_a_name_is_reported_at_the_first(installed):
    installed(entry("greeter"), entry("greeter"))
    (row,) = refresh_records()
    assert (row.state, "called “greeter” already" in row.reason) == (PluginState.READY, True)


def test_what_is_stored_already_costs_one_query(installed, django_assert_num_queries):
    refresh_records()
    with django_assert_num_queries(1):
        refresh_records()


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


def test_broken_and_missing_plugins_are_reported(installed, author):
    refresh_records()
    installed(entry("greeter", "nothing"))
    (row,) = refresh_records()
    assert row.state == PluginState.BROKEN
    assert "AttributeError" in row.reason
    installed()
    (row,) = refresh_records()
    assert (row.state, row.version) == (PluginState.MISSING, "2.0")
    with pytest.raises(LockstepError, match="is missing and cannot be enabled: It is no longer installed"):
        set_enabled(actor=author, plugin=row, enabled=True)
    assert row.reason == "It is no longer installed. The last version was 2.0."


def test_why_an_action_cannot_run_is_reported(installed):
    installed(entry("greeter"), entry("absent", "nothing"))
    with pytest.raises(NotThere, match="Installed plugins: greeter. AttributeError"):
        runnable_action("absent", "greet")
    with pytest.raises(NotThere, match="Its actions: greet, rest"):
        runnable_action("greeter", "shout")


def test_an_enabled_action_can_run(installed):
    PluginRecord.objects.create(
        slug="greeter", enabled=True, settings={"url": "x"}, secrets=Secret.of('{"token": "y"}')
    )
    assert runnable_action("greeter", "greet") is GREET
