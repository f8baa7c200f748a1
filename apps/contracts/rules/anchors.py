# [DEF:contracts.rules.anchors:Module]
# @COMPLEXITY: 2
# @PURPOSE: Rules about the anchors themselves: there is one, it is named right, and no longer than it may be.

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from apps.contracts.model import Block, Definition, Finding, Language, Source, Tree

MARKS = {
    Language.PYTHON: ("# ", ""),
    Language.COMPONENT: ("<!-- ", " -->"),
    Language.SCRIPT: ("// ", ""),
}
TYPES = {
    Language.PYTHON: ("Module",),
    Language.COMPONENT: ("Component",),
    Language.SCRIPT: ("Module", "Store", "Action"),
}
INNER_TYPES = ("Class", "Function")
INNER_LEVEL = 4


def readable(tree: Tree) -> Iterator[Finding]:
    for source in tree.sources:
        if fault := source.facts.fault:
            yield Finding(source.path, fault.line, f"this file {fault.text}")
        for fault in source.faults:
            yield Finding(source.path, fault.line, f"this {fault.text}")


def anchored(tree: Tree) -> Iterator[Finding]:
    for source in tree.sources:
        if source.own is None:
            left, right = MARKS[source.language]
            anchor = f"{left}[DEF:{source.id}:{TYPES[source.language][0]}]{right}"
            yield Finding(source.path, source.top, f"begin the file with its anchor, {anchor}")


def named_by_place(tree: Tree) -> Iterator[Finding]:
    """The block of a file has the id of its path, an inner one that of the definition that follows it."""
    for source in tree.sources:
        if source.own and source.own.id != source.id:
            yield Finding(source.path, source.own.line, f"{source.own.id} is not where it stands: name it {source.id}")
        for block in source.inner:
            if (found := described(source, block)) and block.id != (wanted := f"{source.id}.{found.name}"):
                yield Finding(source.path, block.line, f"{block.id} is not what it describes: name it {wanted}")


def unique(tree: Tree) -> Iterator[Finding]:
    places: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for source, block in tree.blocks():
        places[block.id].append((source.path, block.line))
    for identity, (first, *others) in places.items():
        for path, line in others:
            yield Finding(path, line, f"{identity} is taken by {first[0]}:{first[1]}: give this one an id of its own")


def typed(tree: Tree) -> Iterator[Finding]:
    for source, block in tree.blocks():
        if block is source.own:
            wanted = TYPES[source.language]
        else:
            found = described(source, block)
            wanted = (found.type,) if found else INNER_TYPES
        if block.type not in wanted:
            yield Finding(source.path, block.line, f"{block.id} is no {block.type}: write {' or '.join(wanted)}")


def inner(tree: Tree) -> Iterator[Finding]:
    """An inner block is for a class or function with a contract of its own, and says where that ends."""
    for source in tree.sources:
        for block in source.inner:
            if block.closed is None:
                yield Finding(
                    source.path, block.line, f"close it after what it describes: [/DEF:{block.id}:{block.type}]"
                )
            elif described(source, block) is None:
                yield Finding(source.path, block.line, "nothing follows it: put it before a class or a function")
            if block.level is not None and block.level < INNER_LEVEL:
                yield Finding(
                    source.path, block.line, f"an inner block is for level 4 or 5, this is {block.level}: remove it"
                )
        if source.own and source.own.closed:
            yield Finding(source.path, source.own.closed, "the block of a whole file needs no closing anchor")


def shorter_than_code(tree: Tree) -> Iterator[Finding]:
    for source, block in tree.blocks():
        described_lines = _described_lines(source, block)
        if block.length > described_lines:
            text = f"{block.length} lines describe {described_lines}: say less, or lower the level"
            yield Finding(source.path, block.line, text)


def _described_lines(source: Source, block: Block) -> int:
    if block is source.own:
        return source.lines - block.length
    found = described(source, block)
    return found.last - found.first + 1 if found else block.length


def described(source: Source, block: Block) -> Definition | None:
    """The class or function that an inner block stands before."""
    end = block.closed or source.lines
    inside = [each for each in source.facts.definitions if block.line < each.first and each.last <= end]
    return min(inside, key=lambda each: (each.first, -each.last), default=None)
