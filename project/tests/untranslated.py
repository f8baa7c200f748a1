"""Finds texts for people that no catalogue of translations can reach, by the syntax tree alone."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator

PROSE = re.compile(r"[A-Za-z’']{2,},? [a-z’']{2,}")
"""Two words in a row, the second in lowercase: what a person would read."""

SQL = re.compile(r"\s*\(?(SELECT|UPDATE|INSERT|DELETE|CREATE|BEFORE|DROP|PRAGMA|SHOW|SET)\b")

MARKS = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext_lazy"})
COMMAND = re.compile(r"`?(manage\.py|lockstep|\{program\}) [a-z]")
"""What is typed, not read."""

LOG = frozenset({"log", "debug", "info", "warning", "error", "exception", "stage", "progress", "write_line"})
BELIEFS = frozenset({"reason", "reflect", "explore", "belief_scope", "retry_on_database_error"})
API_DOCUMENT = frozenset({"extend_schema", "extend_schema_view", "OpenApiParameter", "OpenApiResponse"})
INTERNAL = frozenset({"ContextVar", "Thread", "write_if_possible"})
PATTERNS = frozenset({"compile", "match", "search", "sub", "fullmatch", "startswith", "endswith", "execute"})
NEVER_SHOWN = MARKS | LOG | BELIEFS | API_DOCUMENT | PATTERNS | INTERNAL
"""Calls whose texts are marked; or go to the log, to the API's document or to a machine, which stay English."""

BUGS = frozenset(name for name, each in vars(builtins).items() if isinstance(each, type)) | {
    "AppendOnlyError", "InsideTransaction", "InvalidTransition", "InvalidMessage", "ImproperlyConfigured",
}  # fmt: skip
"""Exceptions that report a mistake of the code that called, to a programmer; or a wrong setting while the settings are
read, when no language is known yet."""

ENGLISH_ARGUMENTS = frozenset({"help_text", "why", "source"})
"""`help_text` is the API's document; the other two say where in Superset's code something is seen."""


def untranslated(source: str) -> Iterator[tuple[int, str]]:
    """The line and the words of each text that a person may read and that is not marked."""
    yield from _found(ast.parse(source))


def _found(node: ast.AST) -> Iterator[tuple[int, str]]:
    for child in ast.iter_child_nodes(node):
        if _is_silent(child):
            continue
        words = _words(child)
        if words is None:
            yield from _found(child)
        elif PROSE.search(words) and not SQL.match(words) and not COMMAND.match(words):
            yield child.lineno, words  # type: ignore[attr-defined]


def _is_silent(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()):  # a docstring
            return True
        case ast.FunctionDef(name="__str__" | "__repr__"):  # names of rows, as the audit keeps them
            return True
        case ast.keyword(arg=str(name)):
            return name in ENGLISH_ARGUMENTS
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in NEVER_SHOWN or name in BUGS
    return False


def _words(node: ast.AST) -> str | None:
    """What a literal says, with a digit for what is computed, or the program's name; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_part, node.values))
    return None


def _part(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=value):
            return str(value)
        case ast.FormattedValue(value=ast.Call(func=ast.Name(id="program"))):
            return "lockstep"
    return "0"
