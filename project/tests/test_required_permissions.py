"""No permission that can be granted is without effect, and nothing requires one that cannot be granted."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.users.permissions import AREAS, known

HERE = Path(__file__).parents[2]

CHECKS = frozenset({"require", "may", "may_somewhere", "condition", "Also"})
"""Functions of policies, models and pages that are given a permission and refuse, or leave out, whoever lacks it."""

DECLARATIONS = frozenset(
    {"required_permission", "permission_to_change", "view_permission", "VISIBLE_BY", "BY_BOTH_SIDES"}
)
"""Attributes by which views, pages and tables declare what they require."""

Constants = dict[str, dict[str, str]]


def sources() -> dict[str, ast.Module]:
    """Modules by dotted name, without those that only list permissions."""
    paths = [path.relative_to(HERE) for top in ("apps", "project") for path in sorted((HERE / top).rglob("*.py"))]
    lists = {"permissions.py", "default_roles.py"}
    return {
        ".".join(path.with_suffix("").parts): ast.parse((HERE / path).read_text())
        for path in paths
        if "tests" not in path.parts and path.name not in lists and not path.name[:4].isdecimal()
    }


def constants(module: ast.Module) -> dict[str, str]:
    """`EDIT = "users.edit"`, also several at once."""
    found: dict[str, str] = {}
    for node in module.body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                pairs = [(target, node.value)]
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = list(zip(target.elts, node.value.elts, strict=True))
                found |= {
                    name.id: value.value
                    for name, value in pairs
                    if isinstance(name, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str)
                }
    return found


def names(module: ast.Module, own: dict[str, str], others: Constants) -> dict[str, str]:
    imported = {
        each.asname or each.name: others[node.module][each.name]
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.module in others
        for each in node.names
        if each.name in others[node.module]
    }
    return imported | own


def required_in(module: ast.Module, known_names: dict[str, str]) -> Iterator[str]:
    for node in ast.walk(module):
        for part in _checked(node):
            for each in ast.walk(part):
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield each.value
                elif isinstance(each, ast.Name) and each.id in known_names:
                    yield known_names[each.id]


def _checked(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if name in CHECKS:
            return args
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in DECLARATIONS:
            return [value]
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if name in DECLARATIONS:
            return [value]
    return []


@pytest.fixture(scope="module")
def required() -> set[str]:
    modules = sources()
    own = {name: constants(module) for name, module in modules.items()}
    return {
        each
        for name, module in modules.items()
        for each in required_in(module, names(module, own[name], own))
        if each.partition(".")[0] in {area.partition(".")[0] for area in AREAS} and each.count(".") == 1
    }


@pytest.mark.parametrize("permission", AREAS)
def test_each_permission_that_can_be_granted_is_required_somewhere(permission, required):
    assert permission in required


def test_nothing_requires_a_permission_that_cannot_be_granted(required):
    assert required - known().keys() == set()


def test_a_constant_that_nobody_checks_does_not_count():
    module = ast.parse("EDIT, VIEW = 'users.edit', 'users.view'\nrequire(user, EDIT)")
    assert list(required_in(module, constants(module))) == ["users.edit"]
