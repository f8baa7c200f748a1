from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

import pytest

from apps.plugins import registry as module_of_registry
from apps.plugins.registry import GROUP, registry
from apps.plugins.tests.factories import GREETER


@pytest.fixture
def module(monkeypatch):
    """Whatever is set here can be named by an entry point."""
    made: Any = ModuleType("made_for_a_test")
    monkeypatch.setitem(sys.modules, made.__name__, made)
    made.plugin = GREETER
    return made


def entry(name, attribute="plugin"):
    return EntryPoint(name, f"made_for_a_test:{attribute}", GROUP)


@pytest.fixture
def installed(module, monkeypatch, db):
    """Only these plugins are installed; at first the greeter."""

    def install(*entries):
        monkeypatch.setattr(module_of_registry, "_installed", lambda: entries)
        registry.cache_clear()

    install(entry("greeter"))
    yield install
    registry.cache_clear()
