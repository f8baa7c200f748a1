# [DEF:superset.references.reference:Module]
# @COMPLEXITY: 2
# @PURPOSE: References that replace ids in a symbolic document: values of their own types, so that no text can be
#   mistaken for one.
"""Superset's documents refer to other assets by integer ids that are valid in one environment only. `symbolise`
replaces each by the asset's UUID, `localise` by the number in a given environment. In between, a document is the same
in every environment and can be compared.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from apps.superset.assets import Key

PROVISIONAL = 2_000_000_000
"""Numbers from here on are provisional: above any id in use, within a 32-bit column. A successful run leaves none
behind, so one on a target is the trace of a run that failed."""


class Form(StrEnum):
    """How a number is written."""

    NUMBER = "number"
    TEXT = "text"
    TABLE = "table"
    """`5__table`: `more` is the part after the number."""
    LAYER = "layer"
    """`chart-5-layer-0`: `more` is the position of the layer."""


@dataclass(frozen=True, slots=True)
class Ref:
    """Another asset, referred to by number. `written` is the number as read; `follows` says briefly how the asset is
    used if it has to travel along. Neither counts in a comparison."""

    key: Key
    form: Form = Form.NUMBER
    more: str = ""
    written: str = field(default="", compare=False)
    follows: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"@{self.key}{f' ({self.more})' if self.form is Form.LAYER else self.more}"

    def spelled(self, number: int | str) -> int | str:
        """The number in this form."""
        match self.form:
            case Form.NUMBER:
                return number
            case Form.LAYER:
                return f"chart-{number}-layer-{self.more}"
        return f"{number}{self.more}"


@dataclass(frozen=True, slots=True)
class Own:
    """The number of the chart itself, and as it was read, which does not count in a comparison."""

    form: Form = Form.NUMBER
    written: str = field(default="", compare=False)

    def __str__(self) -> str:
        return "@self"


@dataclass(frozen=True, slots=True)
class Column:
    """The number of a column of the chart's dataset, and as it was read, which does not count in a comparison."""

    name: str
    written: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"@column/{self.name}"


@dataclass(frozen=True, slots=True)
class Template:
    """A text with references in it; the rest is as it was written."""

    parts: tuple[str | Ref, ...]

    def __str__(self) -> str:
        return "".join(map(str, self.parts))

    @property
    def written(self) -> str:
        """As it was read."""
        return "".join(part if isinstance(part, str) else part.written for part in self.parts)

    @property
    def refs(self) -> Iterator[Ref]:
        return (part for part in self.parts if isinstance(part, Ref))


@dataclass(frozen=True, slots=True)
class Packed:
    """JSON stored as text in a document, with references in it."""

    value: Any

    def __str__(self) -> str:
        return str(shown(self.value))


SYMBOLS = (Ref, Own, Column, Template, Packed)

IdOf = Callable[[Key], int | None]
ColumnIdOf = Callable[[str, str], int | None]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Where the numbers of one environment come from: `id_of(key)`, and `column_id_of(dataset uuid, column name)`."""

    id_of: IdOf
    column_id_of: ColumnIdOf = field(default=lambda dataset, column: None)


def symbols(value: Any) -> Iterator[Ref | Own | Column]:
    """Every reference of a symbolic value, keys of mappings and parts of texts included."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from symbols(name)
            yield from symbols(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from symbols(item)
    elif isinstance(value, Template):
        yield from value.refs
    elif isinstance(value, Packed):
        yield from symbols(value.value)
    elif isinstance(value, Ref | Own | Column):
        yield value


def packed(value: Any) -> str | Packed:
    """The packed form of a JSON text with this value; a plain text if it contains no reference."""
    return Packed(value) if any(symbols(value)) else json.dumps(value)


def each_ref(value: Any, change: Callable[[Ref], Ref | str | None]) -> Any:
    """The value with every Ref put through `change`. Within a text it may become a text; None leaves it as it is."""
    if isinstance(value, Mapping):
        return {each_ref(name, change): each_ref(item, change) for name, item in value.items()}
    if isinstance(value, list):
        return [each_ref(item, change) for item in value]
    if isinstance(value, Ref):
        found = change(value)
        return found if isinstance(found, Ref) else value
    if isinstance(value, Template):
        return joined(change(part) or part if isinstance(part, Ref) else part for part in value.parts)
    if isinstance(value, Packed):
        return replace(value, value=each_ref(value.value, change))
    return value


def joined(parts: Iterable[str | Ref]) -> str | Template:
    """A text of these parts; a plain text if none of them is a reference."""
    found: list[str | Ref] = []
    for part in parts:
        if part == "":
            continue
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        else:
            found.append(part)
    if all(isinstance(part, str) for part in found):
        return "".join(map(str, found))
    return Template(tuple(found))


def plain_texts(value: Any) -> Any:
    """The value with texts for its references, of about the same length as on a server."""
    if isinstance(value, Mapping):
        return {str(name) if isinstance(name, SYMBOLS) else name: plain_texts(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_texts(item) for item in value]
    if isinstance(value, Template):
        return value.written
    if isinstance(value, Packed):
        return json.dumps(plain_texts(value.value))
    return str(value) if isinstance(value, SYMBOLS) else value


def shown(value: Any) -> Any:
    """The value as people see it: every reference as text with its UUID."""
    if isinstance(value, Mapping):
        return {str(name) if isinstance(name, SYMBOLS) else name: shown(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]
    return str(value) if isinstance(value, SYMBOLS) else value


def is_chart(node: Any) -> bool:
    return isinstance(node, Mapping) and node.get("type") == "CHART" and isinstance(node.get("meta"), Mapping)


def number_in(value: Any) -> int | None:
    """The integer that a value is or spells; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= LONGEST_NUMBER:
        return int(value)
    return None


LONGEST_NUMBER = 18
"""Digits: no database has longer ids."""


def is_provisional(value: Any) -> bool:
    """Whether a number is a provisional one that a run did not get to replace."""
    number = number_in(value)
    return number is not None and number >= PROVISIONAL
