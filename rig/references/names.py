"""Every name in an installed Superset that suggests the number of an asset, and its files.

The rule is that of the warnings of a plan (`apps.superset.checks.suspects`), applied to the program that writes the
documents.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from apps.superset.checks.suspects import is_reference_name
from rig.references.package import Package

Found = dict[str, set[str]]
"""The files of each name."""

PROPERTY = re.compile(r"(?:\.|[{,]\s*|[\"'])([A-Za-z_]\w{1,60})(?=[\"']?\s*[:,=)}\].;(&|!?<>+\-]|[\"'])")
"""A key, a quoted text or a member in a minified script, where variables have lost their names."""

CONTROL = re.compile(r"name:\"([A-Za-z_]\w*)\",config:")
CONFIG = 400
"""Characters of a control's settings among which its type is found."""

TYPE = re.compile(r"type:\"(\w+)\"")

READS = frozenset({"get", "pop", "setdefault"})
MIGRATIONS = "migrations/"
REWRITTEN = frozenset({"params", "json_metadata", "position_json", "query_context", "sql", "template_params", "css"})
"""Columns whose content an export carries as a document."""


def front_end(package: Package) -> Found:
    """Keys and members in the scripts."""
    return _suspicious((name, file) for file, text in package.scripts.items() for name in PROPERTY.findall(text))


def controls(package: Package) -> Found:
    """All controls of charts: a chart stores the value of each below its name."""
    return _by_name((name, file) for name, _, file in _controls(package))


def control_types(package: Package) -> Found:
    """The kinds of controls: one that offers assets to choose from stores a number under any name."""
    return _by_name((kind, file) for _, config, file in _controls(package) for kind in TYPE.findall(config)[:1])


def back_end(package: Package) -> Found:
    """Keys that the server reads, and fields of its schemas and tables."""
    return _suspicious((name, file) for file, name in _written(package) if not file.startswith(MIGRATIONS))


def migrations(package: Package) -> Found:
    """Keys in the migrations that rewrite documents."""
    rewriting = rewriters(package)
    return _suspicious((name, file) for file, name in _written(package) if file in rewriting)


def rewriters(package: Package) -> Found:
    """The migrations that read or write a column with a document: each may know a place."""
    files = (file for file in package.modules if file.startswith(MIGRATIONS))
    return {file: {file} for file in files if REWRITTEN.intersection(_attributes(package.modules[file]))}


def _suspicious(pairs: Iterable[tuple[str, str]]) -> Found:
    return _by_name((name, file) for name, file in pairs if name.isidentifier() and is_reference_name(name))


def _by_name(pairs: Iterable[tuple[str, str]]) -> Found:
    found: Found = defaultdict(set)
    for name, file in pairs:
        found[name].add(file)
    return dict(found)


def _controls(package: Package) -> Iterator[tuple[str, str, str]]:
    for file, text in package.scripts.items():
        for match in CONTROL.finditer(text):
            yield match[1], text[match.end() : match.end() + CONFIG].partition("name:")[0], file


def _attributes(module: ast.Module) -> Iterator[str]:
    return (node.attr for node in ast.walk(module) if isinstance(node, ast.Attribute))


def _written(package: Package) -> Iterator[tuple[str, str]]:
    for file, module in package.modules.items():
        yield from ((file, name) for node in ast.walk(module) for name in _names(node))


def _names(node: ast.AST) -> Iterator[str]:
    """What a node names: `x["name"]`, `x.get("name")`, `"name" in x`, `{"name": …}`, `name = fields.Integer()`."""
    match node:
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            yield name
        case ast.Call(func=ast.Attribute(attr=attribute), args=[ast.Constant(value=str(name)), *_]):
            if attribute in READS:
                yield name
        case ast.Compare(left=ast.Constant(value=str(name)), ops=[ast.In() | ast.NotIn(), *_]):
            yield name
        case ast.Dict(keys=keys):
            yield from (key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str))
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=made)):
            if _is_field(made):
                yield name


def _is_field(made: ast.expr) -> bool:
    """Whether a class attribute is a field of a schema or a column of a table."""
    match made:
        case ast.Attribute(value=ast.Name(id="fields")) | ast.Name(id="Column"):
            return True
    return False
