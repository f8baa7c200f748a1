# [DEF:contracts.rules.relations:Module]
# @COMPLEXITY: 2
# @PURPOSE: Rules about relations: their targets exist, and the code proves them.

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from apps.contracts.model import OUTSIDE, Block, Finding, Relation, Source, Tree, area, covers
from apps.contracts.rules.tags import NEED_CONTEXT

PREDICATES = (
    *("DEPENDS_ON", "CALLS", "IMPLEMENTS", "INHERITS_FROM", "READS_STATE", "WRITES_STATE"),
    *("DISPATCHES", "HANDLES", "BINDS_TO", "VERIFIES"),
)
PROVEN = ("DEPENDS_ON", "CALLS", "IMPLEMENTS", "INHERITS_FROM")
"""The predicates that the code can prove, and that therefore declare a dependency."""

LEVEL_OF_COVERAGE = 3

Names = Iterable[tuple[str, int]]


def in_form(tree: Tree) -> Iterator[Finding]:
    for source, block in tree.blocks():
        lines = {relation.line for relation in block.relations}
        for tag in block.values("RELATION"):
            if tag.value and not tag.colon and tag.line not in lines:
                yield Finding(source.path, tag.line, "write @RELATION PREDICATE -> TARGET")
        for relation in block.relations:
            if relation.predicate not in PREDICATES:
                text = f"{relation.predicate} is not known: use one of {', '.join(PREDICATES)}"
                yield Finding(source.path, relation.line, text)


def to_something(tree: Tree) -> Iterator[Finding]:
    known = {block.id for _, block in tree.blocks()}
    for source, _, relation in _relations(tree):
        if not _is_ours(relation) or relation.target in known:
            continue
        close = difflib.get_close_matches(relation.target, known, 1)
        hint = f": is {close[0]} meant?" if close else ": write the id of an anchor, or EXT:package"
        yield Finding(source.path, relation.line, f"no anchor has the id {relation.target}{hint}")


def imported(tree: Tree) -> Iterator[Finding]:
    for source, _, relation in _relations(tree, "DEPENDS_ON"):
        if _is_ours(relation) and not _covered(relation.target, source.facts.imports):
            text = f"{relation.target} is not imported here: remove the relation, or correct the target"
            yield Finding(source.path, relation.line, text)


def outside_imported(tree: Tree) -> Iterator[Finding]:
    for source, _, relation in _relations(tree):
        if relation.target.startswith(OUTSIDE) and not _covered(relation.target, source.facts.imports):
            package = relation.target.removeprefix(OUTSIDE)
            yield Finding(source.path, relation.line, f"{package} is not imported here: remove the relation")


def declared(tree: Tree) -> Iterator[Finding]:
    """From level 3 on, at least one relation names each other app that a file imports from."""
    for source in tree.sources:
        if source.own is None or (source.own.level or 0) < LEVEL_OF_COVERAGE:
            continue
        related = {area(each.target) for block in source.blocks for each in block.relations if each.predicate in PROVEN}
        for identity, line in tree.imports_of_ours(source):
            if (app := area(identity)) not in related | {area(source.id)}:
                related.add(app)
                text = f"this imports {identity}, but no relation names {app}: add @RELATION DEPENDS_ON -> {identity}"
                yield Finding(source.path, line, text)


def borne_out_by_bases(tree: Tree) -> Iterator[Finding]:
    for source, block, relation in _relations(tree, "INHERITS_FROM", "IMPLEMENTS"):
        if not _covered(relation.target, _within(source, block, source.facts.bases)):
            text = f"no class here has {relation.target} as a base: remove the relation, or correct the target"
            yield Finding(source.path, relation.line, text)


def called(tree: Tree) -> Iterator[Finding]:
    for source, block, relation in _relations(tree, "CALLS"):
        if not _covered(relation.target, _within(source, block, source.facts.calls)):
            text = f"nothing of {relation.target} is called here: remove the relation"
            yield Finding(source.path, relation.line, text)


def _relations(tree: Tree, *predicates: str) -> Iterator[tuple[Source, Block, Relation]]:
    """All relations, or those of some predicates. One with an unknown target has a rule of its own."""
    for source, block in tree.blocks():
        for relation in block.relations:
            if (not predicates or relation.predicate in predicates) and NEED_CONTEXT not in relation.target:
                yield source, block, relation


def _is_ours(relation: Relation) -> bool:
    return not relation.target.startswith(OUTSIDE)


def _covered(target: str, names: Iterable[str]) -> bool:
    return any(covers(target, name) for name in names)


def _within(source: Source, block: Block, names: Names) -> list[str]:
    return [name for name, line in names if source.within(block, line)]
