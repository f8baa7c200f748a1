# [DEF:contracts.map:Module]
# @COMPLEXITY: 3
# @PURPOSE: The map of the modules: what the anchors say, as Markdown and as JSON.
# @RELATION DEPENDS_ON -> contracts.model
# @RELATION DEPENDS_ON -> contracts.features

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from apps.contracts.errors import NoSuchContract
from apps.contracts.features import MODULES
from apps.contracts.model import Block, Source, Tree, covers

PATTERNS = re.compile(r"<!-- modules: (.+?) -->")

Row = tuple[Source, Block]


def rows(tree: Tree, patterns: Iterable[str] = ()) -> list[Row]:
    """The contracts whose ids match one of the patterns (`superset.*`), in the order of their ids; without any, all."""
    patterns = tuple(patterns) or ("*",)
    matching = [row for row in tree.blocks() if any(fnmatchcase(row[1].id, each) for each in patterns)]
    return sorted(matching, key=lambda row: row[1].id)


def matching(tree: Tree, patterns: Iterable[str]) -> list[Row]:
    """The same, but NoSuchContract for a pattern without a match."""
    for pattern in patterns:
        if not rows(tree, [pattern]):
            raise NoSuchContract(f"No anchor matches “{pattern}”. The map of the modules lists all of them.")
    return rows(tree, patterns)


def to_json(chosen: Iterable[Row]) -> list[dict[str, Any]]:
    return [contract(source, block) for source, block in chosen]


def contract(source: Source, block: Block) -> dict[str, Any]:
    return {
        "id": block.id,
        "type": block.type,
        "path": source.path,
        "line": block.line,
        "level": block.level,
        "purpose": block.purpose,
        "relations": [{"predicate": each.predicate, "target": each.target} for each in block.relations],
        "tags": [
            {"name": tag.name, "value": tag.value}
            for tag in block.tags
            if tag.name not in {"COMPLEXITY", "PURPOSE", "RELATION"}
        ],
    }


def to_markdown(chosen: Iterable[Row]) -> str:
    lines = ["| module | level | what it is for | relations |", "| --- | --- | --- | --- |"]
    for _, block in chosen:
        relations = ", ".join(f"{each.predicate} {each.target}" for each in block.relations)
        lines.append(f"| {block.id} | {block.level} | {_cell(block.purpose)} | {_cell(relations)} |")
    return "\n".join(lines)


def features_map(tree: Tree, text: str) -> str:
    """The map of a feature, generated again. Its heading and the patterns below it stay."""
    line = PATTERNS.search(text)
    head = text[: line.end()] if line else text.rstrip()
    return f"{head}\n\n{to_markdown(rows(tree, line[1].split() if line else ()))}\n"


def write_maps(checkout: Path, tree: Tree) -> list[str]:
    """Update the map of each feature; the paths of those that changed."""
    written = []
    for feature in tree.papers.features if tree.papers else ():
        document = feature.documents.get(MODULES)
        if document and document.text != (text := features_map(tree, document.text)):
            (checkout / document.path).write_text(text)
            written.append(document.path)
    return written


def found(tree: Tree, identity: str) -> Row:
    for source, block in tree.blocks():
        if block.id == identity:
            return source, block
    close = difflib.get_close_matches(identity, [block.id for _, block in tree.blocks()], 1)
    hint = f"Did you mean {close[0]}?" if close else "The map of the modules lists all of them."
    raise NoSuchContract(f"No anchor has the id “{identity}”. {hint}")


def pointing_at(tree: Tree, identity: str) -> Iterator[tuple[str, str]]:
    """The contracts that relate to one, or to something in it: predicate and id."""
    for _, block in tree.blocks():
        for relation in block.relations:
            if covers(identity, relation.target) and block.id != identity:
                yield relation.predicate, block.id


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
