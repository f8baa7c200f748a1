# [DEF:superset.texts.sql_names:Module]
# @COMPLEXITY: 2
# @PURPOSE: Finds the schemas and tables in SQL, without a full parser.
"""The tables after FROM and JOIN. Jinja output is left out, and so is anything that may be an alias:
a warning must be worth reading, and what is missed here fails when the query runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

NAME = r'(?:"[^"]+"|`[^`]+`|\[[^\[\]]+\]|(?<![\w$])[^\W\d][\w$]*)'
PATH = re.compile(rf"{NAME}(?:\s*\.\s*{NAME})*")
START = re.compile(r"\b(?:from|join)\s+(?:lateral\s+|only\s+)?", re.IGNORECASE)
ALIAS = re.compile(rf"\s+(?:as\s+)?({NAME})", re.IGNORECASE)
COMMA = re.compile(r"\s*,\s*(?:lateral\s+)?", re.IGNORECASE)
CTE = re.compile(rf"({NAME})\s*(?:\([^()]*\)\s*)?as\s+(?:not\s+)?(?:materialized\s*)?\(", re.IGNORECASE)
MADE = "lockstep_made_by_jinja"
NOISE = (
    (re.compile(r"\{#.*?(?:#\}|\Z)|\{%.*?(?:%\}|\Z)", re.DOTALL), " "),
    (re.compile(r"\{\{.*?(?:\}\}|\Z)", re.DOTALL), MADE),
    (re.compile(r"--[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL), " "),
    (re.compile(r"'(?:[^']|'')*'"), "''"),
)
"""Jinja, comments and strings, in this order: a comment may contain an apostrophe. Anything unclosed extends to the
end: otherwise the rest would be searched again from each opening."""

INSIDE = re.compile(r"\b(?:extract|trim|substring|overlay|distinct)\s*\(?[^()]*$", re.IGNORECASE)
"""Words before a FROM that does not name a table: EXTRACT(year FROM t.day), IS DISTINCT FROM t.day."""

NEAR = 200
"""Number of characters before a FROM that are searched for them."""


def named_schemas(sql: str) -> frozenset[tuple[str, str]]:
    """(catalog, schema) of each, as written; the catalog is empty if only a schema is given."""
    sql = _without_noise(sql)
    local = {_plain(name).casefold() for name in CTE.findall(sql)}
    paths = []
    for path, alias in _tables(sql):
        paths.append(path)
        local |= {path[-1].casefold()} if len(path) == 1 else set()
        local |= {alias.casefold()} if alias else set()
    found = {("" if len(path) == 2 else path[-3], path[-2]) for path in paths if len(path) in (2, 3)}
    return frozenset(
        each for each in found if not any(MADE in part for part in each) and each[-1].casefold() not in local
    )


def named_tables(sql: str) -> frozenset[str]:
    """The names of the tables without schema, in the case in which they compare; not those that the SQL makes."""
    sql = _without_noise(sql)
    local = {_plain(name).casefold() for name in CTE.findall(sql)}
    return frozenset(path[-1].casefold() for path, _ in _tables(sql) if MADE not in path[-1]) - local


def _without_noise(sql: str) -> str:
    for noise, instead in NOISE:
        sql = noise.sub(instead, sql)
    return sql


def _tables(sql: str) -> Iterator[tuple[list[str], str]]:
    """For each: the parts of its name, and its alias."""
    for start in START.finditer(sql):
        if INSIDE.search(sql[max(0, start.start() - NEAR) : start.start()]):
            continue
        place: int | None = start.end()
        while place is not None and (path := PATH.match(sql, place)):
            if re.match(r"\s*\(", sql[path.end() :]):  # a function
                break
            alias = ALIAS.match(sql, path.end())
            yield _parts(path.group()), _plain(alias.group(1)) if alias else ""
            comma = COMMA.match(sql, alias.end() if alias else path.end())
            place = comma.end() if comma else None


def _parts(path: str) -> list[str]:
    """`a.b`, and BigQuery's way of quoting all of it at once."""
    names = [_plain(name) for name in re.findall(NAME, path)]
    return names[0].split(".") if len(names) == 1 and path.startswith("`") else names


def _plain(name: str) -> str:
    return name[1:-1] if name[0] in '"`[' else name
