"""The words that the glossary in CONTRIBUTING.md replaced do not come back as names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
SOURCES = [
    path
    for folder in ("apps", "project", "rig")
    for path in sorted((CHECKOUT / folder).rglob("*.py"))
    if "tests" not in path.parts and not re.match(r"\d{4}_", path.name)
]

NO_MODULE = frozenset(
    [
        "aftermath",
        "answers",
        "areas",
        "at_it",
        "broken",
        "channel",
        "claiming",
        "comparing",
        "deciding",
        "deeds",
        "gathering",
        "going",
        "granting",
        "guards",
        "insisting",
        "launching",
        "managing",
        "moves",
        "networks",
        "pauses",
        "permitted",
        "queued",
        "shipped",
        "signing_in",
        "staged",
        "stopping",
        "told",
        "volatile",
        "words",
    ]
)
"""Module names of the old dialect; the field has a noun for each."""

NO_NAME = frozenset(
    [
        "aftermath",
        "anew",
        "beat",
        "beating",
        "bury",
        "chatter",
        "crew",
        "deed",
        "deeds",
        "door",
        "insist",
        "insisting",
        "storm",
        "tell",
        "telling",
        "told",
        "wind",
    ]
)
"""Words that no function or class has in its name."""


def words_of(name: str) -> set[str]:
    """`tellOther`, `tell_other` and `TellOther` are two words each."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)}


def named(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name


def test_no_module_has_a_replaced_name():
    found = {path.relative_to(CHECKOUT).as_posix() for path in SOURCES if path.stem in NO_MODULE}
    assert found == set()


def test_no_function_or_class_has_a_replaced_word_in_its_name():
    found = {name for path in SOURCES for name in named(path.read_text()) if words_of(name) & NO_NAME}
    assert found == set()


@pytest.mark.parametrize("name", ["tell_other", "_tell", "TellOther", "tellOther"])
def test_a_replaced_word_is_found_however_the_name_is_written(name):
    assert words_of(name) & NO_NAME
