# [DEF:superset.diff.layout:Module]
# @COMPLEXITY: 2
# @PURPOSE: Changes in the layout of a dashboard.
"""The tree is stored twice, in `children` and in `parents`, and a move changes both at several nodes; it is
reported once. What the tree does not explain (a child that is no node, stale parents) is reported as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from apps.superset.diff.difference import Difference, difference
from apps.superset.diff.fields import (
    Comparison,
    changed_parts,
    each_key,
    field,
    general,
    joined,
    leaf,
    mapping,
    same,
)
from apps.superset.diff.filters import reordered
from apps.superset.diff.tree import Tree

NOUNS = {"COLUMN": "layout_column"}
SIZE = ("width", "height")


def compare_layouts(path: str, before: Any, after: Any) -> Iterator[Difference]:
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        yield from general(path, before, after)
        return
    old, new = Tree(before), Tree(after)
    yield from each_key(path, old.rest, new.rest, {})
    moved = _reordered(old, new)
    moved |= {name for name in old.nodes if name in new.nodes and _moved(name, old, new, moved)}
    for name in dict.fromkeys([*old.nodes, *new.nodes]):
        yield from _node(joined(path, name), name, old, new, moved)


def _node(path: str, name: str, old: Tree, new: Tree, moved: set[str]) -> Iterator[Difference]:
    if name not in old.nodes or name not in new.nodes:
        tree, verb = (new, "added") if name in new.nodes else (old, "removed")
        value = {**tree.place(name), "node": tree.nodes[name]}
        values = (None, value) if verb == "added" else (value, None)
        yield difference(f"{_noun(tree, name)}_{verb}", tree.name(name), path, *values)
        return
    if name in moved:
        yield difference(f"{_noun(new, name)}_moved", new.name(name), path, old.place(name), new.place(name))
    if _lost_parents(name, old, new):
        yield difference("parents_stale", new.name(name), f"{path}.parents", old.ancestors(name), new.ancestors(name))
    if not same(old.nodes[name], new.nodes[name]):
        yield from each_key(path, old.nodes[name], new.nodes[name], _comparisons(name, old, new))


def _moved(name: str, old: Tree, new: Tree, reordered: set[str]) -> bool:
    """Whether another node contains it, unless that node only replaced the old one, which is reported there."""
    parents = old.parent(name), new.parent(name)
    if parents[0] == parents[1]:
        return False
    is_explained = any((each in old.nodes) != (each in new.nodes) or each in reordered for each in parents if each)
    return not is_explained or old.place(name)["place"] != new.place(name)["place"]


def _comparisons(name: str, old: Tree, new: Tree) -> Mapping[str, Comparison]:
    """`children` and `parents` are reported only if the tree on either side does not explain them."""
    result: dict[str, Comparison] = {"meta": _meta(name, new)}
    if old.accounts_for_children(name) and new.accounts_for_children(name):
        result["children"] = _accounted_for
    if old.accounts_for_parents(name) and new.accounts_for_parents(name):
        result["parents"] = _accounted_for
    return result


def _lost_parents(name: str, old: Tree, new: Tree) -> bool:
    """Whether `parents` is unchanged although something above the node moved."""
    stayed = same(old.nodes[name].get("parents"), new.nodes[name].get("parents"))
    return stayed and old.accounts_for_parents(name) != new.accounts_for_parents(name)


def _accounted_for(*_: Any) -> Iterator[Difference]:
    yield from ()


def _meta(name: str, new: Tree) -> Comparison:
    noun, subject = _noun(new, name), new.name(name)
    comparisons = _META.get(noun, {})

    def other(path: str, before: Any, after: Any) -> Iterator[Difference]:
        yield leaf("field", f"{noun.replace('_', ' ')} “{subject}” {path.rpartition('.')[2]}", path, before, after)

    def compare(path: str, before: Any, after: Any) -> Iterator[Difference]:
        if not isinstance(before, Mapping) or not isinstance(after, Mapping):
            yield from general(path, before, after)
            return
        if not same(_sizes(before), _sizes(after)):
            yield difference(f"{noun}_resized", subject, path, *changed_parts(_sizes(before), _sizes(after)))
        named = {key: field(kind, subject) for key, kind in comparisons.items()} | dict.fromkeys(SIZE, _accounted_for)
        yield from each_key(path, before, after, named, other)

    return compare


_META: Mapping[str, Mapping[str, str]] = {
    "chart": {"uuid": "chart_replaced", "sliceNameOverride": "chart_relabelled"},
    "markdown": {"code": "markdown_changed"},
    "tab": {"text": "tab_renamed"},
    "header": {"text": "header_changed"},
}


def _sizes(meta: Mapping[str, Any]) -> dict[str, Any]:
    return {name: meta[name] for name in SIZE if name in meta}


def _reordered(old: Tree, new: Tree) -> set[str]:
    """Nodes that kept their parent but not their order among the siblings that also did."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in old.nodes:
        parent = old.parent(name)
        if parent and name in new.nodes and new.parent(name) == parent:
            groups[parent].append(name)
    found: set[str] = set()
    for names in groups.values():
        before, after = ({name: tree.index(name) for name in names} for tree in (old, new))
        found.update(reordered(before, after))
    return found


def _noun(tree: Tree, name: str) -> str:
    kind = str(mapping(tree.nodes[name]).get("type"))
    return NOUNS.get(kind, kind.lower())
