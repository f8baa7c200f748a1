"""Next steps are worded for who reads them: commands for a terminal, pages and buttons for everybody else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

APPS = Path(__file__).parents[2] / "apps"
NAMES = sorted(path.parent.name for path in APPS.glob("*/apps.py") if path.parent.name != "core")
SPEAKS_COMMAND_LINE = re.compile(r"manage\.py|`(?:lockstep|\{program\}) [a-z]|(?<![\w-])--[a-z]")
TABLES = ("advice", "management.advice")

EXCEPTIONS = {
    "plugins/skeleton.py": "the files of a new plugin, which its author reads beside a terminal",
    "tasks/web/server.py": "what `lockstep run` and the web server say at the terminal where they start",
}
"""Modules outside `management/` whose texts are read at a terminal, with the reason."""


COMMANDS_ONLY = {
    *("users.check_actor", "users.choose_actor", "users.create_admin", "users.other_actor"),
    *("instance.audit_keys", "instance.encryption_keys", "instance.move_away", "instance.newer"),
    *("instance.other_archive", "instance.passphrase", "instance.replace", "instance.stop"),
}
"""Keys that only commands reach: elsewhere the actor is whoever is signed in, and nobody restores an instance."""


def modules(app: str) -> Iterator[Path]:
    """What may speak to everybody: without commands, tests and schema migrations."""
    for path in sorted((APPS / app).rglob("*.py")):
        inside = path.relative_to(APPS / app).parts
        if not {"management", "tests", "migrations"} & {*inside[:-1]}:
            yield path


def not_shown(tree: ast.AST) -> Iterator[ast.AST]:
    """Docstrings and log lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_logger(node.func.value):
            yield from ast.walk(node)


def _is_logger(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "logger"


def shown(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text())
    hidden = {id(node) for node in not_shown(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in hidden:
            yield node.value


def table(app: str, surface: str) -> dict[str, Any]:
    name = f"apps.{app}.{surface}"
    try:
        found = find_spec(name)
    except ModuleNotFoundError:  # an app without commands
        found = None
    return dict(import_module(name).ADVICE) if found else {}


def keys_in_code() -> set[str]:
    """What `advise` is called with, and keys that stand in a list from which one is chosen."""
    keys = {key for app in NAMES for surface in TABLES for key in table(app, surface)}
    advised = re.compile(r'advise\(\s*"([a-z_]+\.[a-z_]+)"')
    found = set()
    for path in APPS.rglob("*.py"):
        inside = path.relative_to(APPS).parts
        if "tests" in inside or (path.name == "advice.py" and "plugin" not in inside):
            continue
        text = path.read_text()
        found |= {*advised.findall(text)}
        found |= {key for key in keys if f'"{key}"' in text}
    return found


@pytest.mark.parametrize("surface", TABLES)
def test_every_advised_key_has_words_on_each_surface(surface):
    words = {key for app in NAMES for key in table(app, surface)}
    silent = COMMANDS_ONLY if surface == "advice" else set()
    assert sorted(keys_in_code() - words - silent) == []


@pytest.mark.parametrize("surface", TABLES)
def test_no_table_has_words_for_a_key_that_nobody_advises(surface):
    words = {key for app in NAMES for key in table(app, surface)}
    assert sorted(words - keys_in_code()) == []


@pytest.mark.parametrize("app", NAMES)
def test_the_keys_of_a_table_begin_with_its_app(app):
    for surface in TABLES:
        assert [key for key in table(app, surface) if not key.startswith(f"{app}.")] == []


@pytest.mark.parametrize("app", NAMES)
def test_no_text_outside_management_speaks_command_line(app):
    found = {
        f"{path.relative_to(APPS)}: {text[:80]}"
        for path in modules(app)
        if str(path.relative_to(APPS)) not in EXCEPTIONS
        for text in shown(path)
        if SPEAKS_COMMAND_LINE.search(text)
    }
    assert sorted(found) == []
