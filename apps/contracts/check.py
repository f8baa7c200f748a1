# [DEF:contracts.check:Module]
# @COMPLEXITY: 2
# @PURPOSE: The check: every rule over the whole tree.

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from apps.contracts.model import Finding, Tree, Violation
from apps.contracts.rules import anchors, beliefs, features, relations, states, tags

Rule = Callable[[Tree], Iterator[Finding]]

UNREADABLE = "unreadable"

RULES: Mapping[str, Rule] = {
    UNREADABLE: anchors.readable,
    "anchor": anchors.anchored,
    "id": anchors.named_by_place,
    "duplicate": anchors.unique,
    "type": anchors.typed,
    "inner": anchors.inner,
    "length": anchors.shorter_than_code,
    "level": tags.levelled,
    "missing-tag": tags.complete,
    "other-tag": tags.no_others,
    "tag-form": tags.well_formed,
    "docstring": tags.says_more,
    "floor": tags.above_floor,
    "listed": tags.listed_exist,
    "need-context": tags.context_known,
    "relation-form": relations.in_form,
    "target": relations.to_something,
    "depends-on": relations.imported,
    "undeclared": relations.declared,
    "bases": relations.borne_out_by_bases,
    "calls": relations.called,
    "external": relations.outside_imported,
    "belief": beliefs.recorded,
    "state-rendered": states.rendered,
    "state-tested": states.tested,
    "document": features.whole,
    "heading": features.headed,
    "bracket": features.filled,
    "article": features.constitutional,
    "map": features.up_to_date,
}


def check(tree: Tree) -> list[Violation]:
    """All violations, in the order of the files. An unreadable file has no other violations."""
    unreadable = {source.path for source in tree.sources if source.facts.fault}
    return sorted(
        Violation(found.path, found.line, name, found.text)
        for name, rule in RULES.items()
        for found in rule(tree)
        if found.path not in unreadable or name == UNREADABLE
    )
