"""docs/traps.md: each trap has tests, and they exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
PAGE = CHECKOUT / "docs/traps.md"
NODE = re.compile(r"`([\w/]+\.py)::(\w+)`")
ROW = re.compile(r"^\| (?!---|trap )([^|]+) \|.*\| ([^|]*) \|$", re.MULTILINE)


def traps() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each trap, with the file and the name of its tests."""
    yield from ((name, NODE.findall(shown)) for name, shown in ROW.findall(PAGE.read_text()))


@cache
def functions_in(path: str) -> frozenset[str]:
    tree = ast.parse((CHECKOUT / path).read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize(("name", "shown"), list(traps()), ids=[name for name, _ in traps()])
def test_a_trap_is_shown_by_tests_that_exist(name: str, shown: list[tuple[str, str]]) -> None:
    assert shown, f"{name}: no test"
    assert [f"{path}::{test}" for path, test in shown if test not in functions_in(path)] == []


def test_every_test_that_the_page_names_is_read() -> None:
    text = PAGE.read_text()
    assert text.count("::") == len(NODE.findall(text))
    assert len(list(traps())) == sum(line.startswith("| ") for line in text.splitlines()) - 2 * text.count("| trap |")
    for path, test in NODE.findall(text):
        assert test in functions_in(path)
