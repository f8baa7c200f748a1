# [DEF:contracts.rules.states:Module]
# @COMPLEXITY: 2
# @PURPOSE: Rules about the states of a component: what a contract names is rendered, and was seen by a test.

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.contracts.model import Finding, Language, Source, Tag, Tree

STATE = re.compile(r"[a-z][a-z0-9_-]*")


def rendered(tree: Tree) -> Iterator[Finding]:
    """It stands in the markup, or, where that computes it, a test has seen it."""
    for source, tag, state in _states(tree):
        if state not in source.facts.states and state not in tree.rendered.get(source.checksum, ()):
            found = ", ".join(sorted(source.facts.states)) or "none"
            text = f"“{state}” is no data-state that it renders (they are: {found}): render it, or remove it"
            yield Finding(source.path, tag.line, text)


def tested(tree: Tree) -> Iterator[Finding]:
    """The record names components by their checksum, so that what was seen of another version does not count."""
    for source, tag, state in _states(tree):
        if state in source.facts.states and state not in tree.rendered.get(source.checksum, ()):
            text = f"no component test has rendered “{state}” of this version: write one, and run the component tests"
            yield Finding(source.path, tag.line, text)


def _states(tree: Tree) -> Iterator[tuple[Source, Tag, str]]:
    for source in tree.sources:
        if source.language is Language.COMPONENT and source.own:
            for tag in source.own.values("UX_STATE"):
                found = STATE.match(tag.value)
                yield source, tag, found[0] if found else tag.value
