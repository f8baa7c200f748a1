# [DEF:contracts.rules.beliefs:Module]
# @COMPLEXITY: 2
# @PURPOSE: The rule about the belief log: a module that changes state records its reasons and the outcome.

from __future__ import annotations

from collections.abc import Iterator

from apps.contracts.model import Block, Finding, Language, Source, Tree
from apps.contracts.python_facts import BELIEF

LEVEL = 4
MARKERS = ("reason", "reflect")


def recorded(tree: Tree) -> Iterator[Finding]:
    for source, block in tree.blocks():
        if source.language is Language.PYTHON and (block.level or 0) >= LEVEL:
            yield from _recorded(source, block)


def _recorded(source: Source, block: Block) -> Iterator[Finding]:
    scopes = [each for each in source.facts.scopes if each.anchor == block.id and source.within(block, each.line)]
    if not scopes:
        text = f'{block.id} is of level {block.level}: open `with belief_scope("{block.id}")` where it acts'
        yield Finding(source.path, block.line, text)
        return
    calls = frozenset[str]().union(*(scope.calls for scope in scopes))
    if missing := [marker for marker in MARKERS if f"{BELIEF}.{marker}" not in calls]:
        yield Finding(source.path, scopes[0].line, f"call {' and '.join(missing)} in the scope of {block.id}")
