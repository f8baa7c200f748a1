"""The modules of the checkout and their imports, read from the syntax trees."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
ROOTS = ("apps", "project", "rig")
SCHEMA_MIGRATION = re.compile(r"\d{4}_.*\.py")


@dataclass(frozen=True)
class Module:
    path: Path

    @property
    def name(self) -> str:
        return ".".join(self.path.relative_to(CHECKOUT).with_suffix("").parts)

    @cached_property
    def lines(self) -> list[str]:
        return self.path.read_text().splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text())

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        return (node for node in ast.walk(self.tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))

    def imported_names(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules() -> list[Module]:
    """All but tests, schema migrations and `__init__.py`."""
    paths = (path for root in ROOTS for path in sorted((CHECKOUT / root).rglob("*.py")))
    return [Module(path) for path in paths if not _is_left_out(path)]


def _is_left_out(path: Path) -> bool:
    return path.name == "__init__.py" or "tests" in path.parts or bool(SCHEMA_MIGRATION.fullmatch(path.name))


def imports(chosen: list[Module]) -> Mapping[str, frozenset[str]]:
    """By module, the modules among them that it imports."""
    names = {module.name for module in chosen}
    return {module.name: frozenset(_targets(module, names)) for module in chosen}


def _targets(module: Module, names: set[str]) -> Iterator[str]:
    for name in module.imported_names():
        for candidate in (name, name.rpartition(".")[0]):
            if candidate in names:
                yield candidate
                break


def cycles(graph: Mapping[str, frozenset[str]]) -> list[str]:
    """The modules that cannot be put into an order in which each comes after all that it imports."""
    left = dict(graph)
    while done := [name for name, targets in left.items() if not targets & left.keys()]:
        for name in done:
            del left[name]
    return sorted(left)


def percentile_95(numbers: list[int]) -> int:
    return sorted(numbers)[int(len(numbers) * 0.95)]
