# [DEF:superset.texts.bindings:Module]
# @COMPLEXITY: 2
# @PURPOSE: Which literal values a variable of a Jinja template certainly has.
"""A variable is trusted if it is bound once in the whole template, is used only as a dataset's number, and every use is
within the scope of the binding. Anything else is uncertain and stays unresolved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jinja2 import nodes


@dataclass(frozen=True, slots=True)
class Binding:
    """`name` is bound to `value`, or (`many`) to each of its items, in the nodes of `scope` that begin after
    `start`."""

    name: str
    value: nodes.Node
    many: bool
    scope: tuple[nodes.Node, ...]
    start: int


Literals = list[nodes.Const] | None
"""None: uncertain."""


class Bindings:
    def __init__(self, template: nodes.Template, numbers: Iterable[nodes.Expr]) -> None:
        """`numbers`: the expressions that are used as a dataset's number."""
        self._written: Counter[str] = Counter()
        self._read: dict[str, list[nodes.Name]] = {}
        self._numbers = {id(branch) for each in numbers for branch in _branches(each)}
        self._variables: dict[tuple[str, bool], Literals] = {}
        self._reaches: dict[tuple[int, ...], frozenset[int]] = {}
        """The names in each scope; all variables of a scope have the same extent."""
        for node in every(template):
            if isinstance(node, nodes.Name) and node.ctx == "load":
                self._read.setdefault(node.name, []).append(node)
            self._written.update(_names_written(node))
        self._bound = {each.name: each for each in _bindings(template) if self._written[each.name] == 1}
        self._values = {id(each.value): each for each in self._bound.values()}
        """The binding whose whole value a name is: `{% set t = s %}`, `{% for d in ids %}`."""

    def written(self, name: str) -> bool:
        return name in self._written

    def literals(self, expression: nodes.Expr) -> Literals:
        """The possible literal values of an expression, one at a time."""
        return self._literals(expression, many=False)

    def _literals(self, expression: nodes.Node, *, many: bool) -> Literals:
        match expression:
            case nodes.CondExpr(expr2=nodes.Expr()) if not many:
                return self._all(_branches(expression))
            case nodes.List(items=items) | nodes.Tuple(items=items) if many:
                return self._all(items)
            case nodes.Name() if self.holds(expression):
                return self._variable(expression.name, many=many)
            case nodes.Const() if not many:
                return [expression]
        return None

    def _all(self, items: Iterable[nodes.Node]) -> Literals:
        parts = [self._literals(item, many=False) for item in items]
        return None if None in parts else [literal for part in parts for literal in part or ()]

    def _variable(self, name: str, *, many: bool) -> Literals:
        if (name, many) not in self._variables:
            self._variables[name, many] = None  # for a variable that is bound to itself
            binding = self._bound[name]
            if not (many and binding.many) and all(self._is_number(each) for each in self._read[name]):
                self._variables[name, many] = self._literals(binding.value, many=many or binding.many)
        return self._variables[name, many]

    def _is_number(self, read: nodes.Name) -> bool:
        """Is the name used as a dataset's number, directly or through other variables?"""
        waiting, seen = [read], set[str]()
        while waiting:
            read = waiting.pop()
            if id(read) in self._numbers:
                continue
            binding = self._values.get(id(read))
            if binding is None or binding.name in seen:
                return False
            seen.add(binding.name)
            waiting += self._read.get(binding.name, ())
        return True

    def holds(self, read: nodes.Name) -> bool:
        """Is this place within the scope of the only binding of the name?"""
        binding = self._bound.get(read.name)
        if binding is None or read.lineno <= binding.start:
            return False
        scope = tuple(map(id, binding.scope))
        if scope not in self._reaches:
            reach = (id(each) for part in binding.scope for each in every(part) if isinstance(each, nodes.Name))
            self._reaches[scope] = frozenset(reach)
        return id(read) in self._reaches[scope]


def _branches(expression: nodes.Node) -> list[nodes.Node]:
    """The expression, or its possible values: `5 if x else 6`. Without an `else` it may have no value."""
    match expression:
        case nodes.CondExpr(expr1=first, expr2=nodes.Expr() as second):
            return [*_branches(first), *_branches(second)]
    return [expression]


def _bindings(template: nodes.Template) -> Iterator[Binding]:
    for node in template.body:
        match node:
            case nodes.Assign(target=nodes.Name(name=name), node=value):
                yield Binding(name, value, many=False, scope=(template,), start=_end(value))
    for node in every(template):
        match node:
            case nodes.For(target=nodes.Name(name=name), iter=value, body=body, recursive=False):
                yield Binding(name, value, many=True, scope=tuple(body), start=node.lineno)
            case nodes.For(target=target, body=body):
                yield from (_unknown(each, node, body) for each in every(target))
            case nodes.With(targets=targets, values=values, body=body):
                for target, value in zip(targets, values, strict=True):
                    if isinstance(target, nodes.Name):
                        yield Binding(target.name, value, many=False, scope=tuple(body), start=node.lineno)
            case nodes.Macro(args=arguments, body=body):
                yield from (_unknown(each, node, body) for each in arguments)


def _unknown(name: nodes.Node, node: nodes.Node, body: list[nodes.Node]) -> Binding:
    """A name with an unknown value: a macro's parameter, or one part of each item."""
    return Binding(getattr(name, "name", ""), node, many=False, scope=tuple(body), start=node.lineno)


def _end(value: nodes.Node) -> int:
    return max(each.lineno for each in every(value))


def _names_written(node: nodes.Node) -> list[str]:
    match node:
        case nodes.Name(name=name, ctx=use):
            return [] if use == "load" else [name]
        case nodes.NSRef(name=name):
            return [name]
        case nodes.Macro(name=name) | nodes.Import(target=name):
            return [name]
        case nodes.FromImport(names=names):
            return [each if isinstance(each, str) else each[1] for each in names]
    return []


def every(node: nodes.Node) -> Iterator[nodes.Node]:
    """The node and all nodes in it, however deep, in the order of the text."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack += reversed(list(node.iter_child_nodes()))
