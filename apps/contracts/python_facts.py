# [DEF:contracts.python_facts:Module]
# @COMPLEXITY: 2
# @PURPOSE: What a Python module does, read from its syntax tree. Nothing is imported or run.

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from apps.contracts.model import OUTSIDE, Definition, Docstring, Facts, Fault, Scope

BELIEF = "contracts.belief"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def read_facts(text: str, identity: str) -> Facts:
    """`identity` is the module's own id, under which its own names are listed."""
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        return Facts(fault=Fault(error.lineno or 1, f"is not Python: {error.msg}"))
    names = _Names(tree, identity)
    return Facts(
        imports=names.imports,
        bases=tuple(_bases(tree, names)),
        calls=tuple(_calls(tree, names)),
        definitions=tuple(_definitions(tree.body)),
        scopes=tuple(_scopes(tree, names)),
        has_functions=any(isinstance(node, FUNCTIONS) for node in ast.walk(tree)),
        docstring=_docstring(tree),
    )


def resolved(dotted: str) -> str:
    """A dotted name as the contracts write it."""
    first, _, rest = dotted.partition(".")
    if first == "apps":
        return rest
    return dotted if first == "project" else OUTSIDE + dotted


class _Names:
    """What each name of a module stands for."""

    def __init__(self, tree: ast.Module, identity: str) -> None:
        self.imports: dict[str, int] = {}
        here = identity if resolved(identity) == identity else f"apps.{identity}"
        self._meanings = {
            node.name: f"{here}.{node.name}" for node in tree.body if isinstance(node, (ast.ClassDef, *FUNCTIONS))
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self.imports.setdefault(resolved(alias.name), node.lineno)
                    top = alias.name.partition(".")[0]
                    self._meanings[alias.asname or top] = alias.name if alias.asname else top
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    dotted = f"{node.module}.{alias.name}"
                    self.imports.setdefault(resolved(dotted), node.lineno)
                    self._meanings[alias.asname or alias.name] = dotted

    def meaning(self, node: ast.expr) -> str | None:
        """What a name or a chain of attributes stands for; None for a local value."""
        parts: list[str] = []
        while isinstance(node, (ast.Attribute, ast.Subscript)):
            if isinstance(node, ast.Attribute):
                parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self._meanings:
            return None
        return resolved(".".join([self._meanings[node.id], *reversed(parts)]))


def _docstring(tree: ast.Module) -> Docstring | None:
    if not (text := ast.get_docstring(tree)):
        return None
    return Docstring(" ".join(text.partition("\n\n")[0].split()), tree.body[0].lineno)


def _bases(tree: ast.Module, names: _Names) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                if meaning := names.meaning(base):
                    yield meaning, node.lineno


def _calls(tree: ast.AST, names: _Names) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (meaning := names.meaning(node.func)):
            yield meaning, node.lineno


def _definitions(body: Iterable[ast.stmt], within: str = "") -> Iterator[Definition]:
    for node in body:
        if isinstance(node, (ast.ClassDef, *FUNCTIONS)):
            name = f"{within}{node.name}"
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            type_ = "Class" if isinstance(node, ast.ClassDef) else "Function"
            yield Definition(name, type_, first, node.end_lineno or node.lineno)
            if isinstance(node, ast.ClassDef):
                yield from _definitions(node.body, f"{name}.")


def _scopes(tree: ast.Module, names: _Names) -> Iterator[Scope]:
    constants = _constants(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.With):
            for item in node.items:
                if anchor := _anchor(item.context_expr, names, constants):
                    calls = {call for each in node.body for call, _ in _calls(each, names)}
                    yield Scope(anchor, node.lineno, frozenset(calls))


def _anchor(node: ast.expr, names: _Names, constants: Mapping[str, str]) -> str | None:
    """The id that is given to `belief_scope`, in place or as a constant of the module."""
    if not isinstance(node, ast.Call) or names.meaning(node.func) != f"{BELIEF}.belief_scope" or not node.args:
        return None
    first = node.args[0]
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value
    return constants.get(first.id) if isinstance(first, ast.Name) else None


def _constants(tree: ast.Module) -> dict[str, str]:
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
