"""`makemessages` reads the source, so each translated text stands literally in its call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2]
TEXTS = {"gettext": 1, "gettext_lazy": 1, "gettext_noop": 1, "ngettext": 2, "ngettext_lazy": 2}
"""How many texts each of these functions gets, first."""

WRAPPERS = {"apps/plugins/inputs.py"}
"""Modules with a `_` of their own, which makemessages finds by its name."""


def unmarked(source: str) -> Iterator[int]:
    """The lines of calls whose text is computed."""
    tree = ast.parse(source)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = {
        each.asname or each.name: TEXTS[each.name] for node in imports for each in node.names if each.name in TEXTS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and (count := names.get(node.func.id)):
            texts = node.args[:count]
            if len(texts) < count or not all(isinstance(text, ast.Constant) for text in texts):
                yield node.lineno


def test_every_translated_text_stands_literally_in_its_call():
    found = [
        f"{path.relative_to(HERE)}:{line}"
        for app in ("apps", "project")
        for path in sorted((HERE / app).rglob("*.py"))
        if str(path.relative_to(HERE)) not in WRAPPERS
        for line in unmarked(path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    ("call", "lines"),
    [("_('a text')", []), ("_(text)", [2]), ("_(f'{one} text')", [2])],
)
def test_a_computed_text_is_found(call, lines):
    assert list(unmarked(f"from django.utils.translation import gettext as _\n{call}")) == lines
