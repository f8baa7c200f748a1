# [DEF:contracts.model:Module]
# @COMPLEXITY: 2
# @PURPOSE: What is read from the tree: sources, the contracts that stand in them, and the facts of the code.
"""Every name in the facts is resolved: ours without `apps.` (`superset.plan.Plan`), others as `EXT:django.db`.
Lines count from 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

OUTSIDE = "EXT:"
"""How a name begins that is not ours."""


class Language(StrEnum):
    PYTHON = "python"
    COMPONENT = "svelte"
    SCRIPT = "script"


@dataclass(frozen=True, slots=True)
class Tag:
    """`@NAME: value`, or `@NAME value` without the colon."""

    name: str
    value: str
    line: int
    colon: bool = True


@dataclass(frozen=True, slots=True)
class Relation:
    predicate: str
    target: str
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """One anchor and its tags. `closed` is the line of its closing anchor; a block for a whole file has none."""

    id: str
    type: str
    line: int
    length: int
    tags: tuple[Tag, ...] = ()
    relations: tuple[Relation, ...] = ()
    closed: int | None = None

    def values(self, name: str) -> list[Tag]:
        return [tag for tag in self.tags if tag.name == name]

    @property
    def purpose(self) -> str:
        return next((tag.value for tag in self.values("PURPOSE")), "")

    @property
    def level(self) -> int | None:
        """1 to 5; None where the block names none, or something else."""
        tag = next(iter(self.values("COMPLEXITY")), None)
        return int(tag.value) if tag and tag.value in set("12345") else None


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that the parser could not make sense of."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A class or a function, by its name within the module, from its first decorator to its end."""

    name: str
    type: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Scope:
    """A `with belief_scope(anchor)` and what is called in it."""

    anchor: str
    line: int
    calls: frozenset[str]


@dataclass(frozen=True, slots=True)
class Docstring:
    """The docstring of a module: its first paragraph in one line, and the line where it begins."""

    first_paragraph: str
    line: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What the code of one file does, whatever its comments say.

    `imports` has the line of each name's first import. `bases` and `calls` are names with the lines where they stand.
    `states` are the values of `data-state` that a component can render.
    """

    imports: Mapping[str, int] = field(default_factory=dict)
    bases: tuple[tuple[str, int], ...] = ()
    calls: tuple[tuple[str, int], ...] = ()
    definitions: tuple[Definition, ...] = ()
    scopes: tuple[Scope, ...] = ()
    states: frozenset[str] = frozenset()
    has_functions: bool = False
    docstring: Docstring | None = None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One file. `path` is relative to the checkout; `checksum` is the SHA-256 of its bytes."""

    path: str
    id: str
    language: Language
    lines: int
    top: int
    """The first line that is neither empty nor the interpreter's."""

    blocks: tuple[Block, ...]
    faults: tuple[Fault, ...]
    facts: Facts
    checksum: str = ""

    @property
    def own(self) -> Block | None:
        """The block for the whole file."""
        first = next(iter(self.blocks), None)
        return first if first and first.line == self.top else None

    @property
    def inner(self) -> tuple[Block, ...]:
        return self.blocks[1:] if self.own else self.blocks

    def within(self, block: Block, line: int) -> bool:
        """Does the line belong to what the block describes?"""
        return block is self.own or block.line <= line <= (block.closed or self.lines)


@dataclass(frozen=True, slots=True)
class Document:
    """A text file of the feature documents."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Feature:
    """A folder of `specs/`."""

    path: str
    documents: Mapping[str, Document]


@dataclass(frozen=True, slots=True)
class Papers:
    """All that feature documents are held against: the template of a plan, and the constitution."""

    template: Document
    constitution: Document
    features: tuple[Feature, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """All that the rules look at. `rendered`: the states that the tests saw, by checksum of component."""

    sources: tuple[Source, ...]
    floors: Mapping[str, int]
    rendered: Mapping[str, frozenset[str]] = field(default_factory=dict)
    papers: Papers | None = None
    draft: bool = False

    def blocks(self) -> Iterator[tuple[Source, Block]]:
        for source in self.sources:
            for block in source.blocks:
                yield source, block

    def imports_of_ours(self, source: Source) -> Iterator[tuple[str, int]]:
        """The ids of other sources that one imports, by line."""
        ids = {each.id for each in self.sources}
        for name, line in sorted(source.facts.imports.items(), key=lambda each: each[1]):
            identity = name if name in ids else name.rpartition(".")[0]
            if identity in ids:
                yield identity, line


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule finds wrong, where, and what to do about it."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    path: str
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


def covers(target: str, name: str) -> bool:
    """Is the name the target itself, or something in it?"""
    return name == target or name.startswith((f"{target}.", f"{target}/"))


def area(identity: str) -> str:
    """The app of a Python module (`superset`); in the front end the folder that stands for one (`lib/api`)."""
    if "/" not in identity:
        return identity.partition(".")[0]
    folders = identity.split("/")[:-1]
    return "/".join(folders[: 2 if folders[0] == "lib" else 1])
