# [DEF:superset.diff.tree:Module]
# @COMPLEXITY: 2
# @PURPOSE: The layout of a dashboard as a tree: parents, order, and a readable name for each part.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Tree:
    """The nodes of a `position` and their places, from `children`; the first node that lists a child is its parent."""

    def __init__(self, position: Mapping[str, Any]) -> None:
        self.nodes: dict[str, Mapping[str, Any]] = {
            name: node
            for name, node in position.items()
            if isinstance(node, Mapping) and isinstance(node.get("type"), str)
        }
        self.rest = {name: value for name, value in position.items() if name not in self.nodes}
        """Everything that is not a node, such as the version key."""
        self._places: dict[str, tuple[str, int]] = {}
        self._clean: set[str] = set()
        for name in self.nodes:
            self._hold(name)

    def _hold(self, name: str) -> None:
        children = self.nodes[name].get("children")
        if not isinstance(children, list):
            return
        for index, child in enumerate(children):
            if isinstance(child, str) and child in self.nodes:
                self._places.setdefault(child, (name, index))
        held = [child for n, child in enumerate(children) if self._places.get(str(child)) == (name, n)]
        if held == children:
            self._clean.add(name)

    def parent(self, name: str) -> str:
        return self._places.get(name, ("", 0))[0]

    def index(self, name: str) -> int:
        return self._places.get(name, ("", 0))[1]

    def ancestors(self, name: str) -> list[str]:
        """From the root down to the parent, as in `parents`; stops at a cycle in a broken layout."""
        found: list[str] = []
        while (name := self.parent(name)) and name not in found:
            found.append(name)
        return found[::-1]

    def accounts_for_children(self, name: str) -> bool:
        """Whether every child is a node, listed once, with no other parent."""
        return name in self._clean

    def accounts_for_parents(self, name: str) -> bool:
        return self.nodes[name].get("parents") == self.ancestors(name)

    def place(self, name: str) -> dict[str, Any]:
        """The place of a node: described for a person, and exactly."""
        return {"place": self._in_words(name), "parent": self.parent(name), "index": self.index(name)}

    def name(self, name: str) -> str:
        """A readable name for the node: the title of the chart or tab, the start of the text, otherwise `row 2`."""
        meta = self.nodes[name].get("meta")
        meta = meta if isinstance(meta, Mapping) else {}
        for key in ("sliceNameOverride", "sliceName", "text", "code"):
            if isinstance(text := meta.get(key), str) and text.strip():
                line = text.strip().splitlines()[0].strip("# ")
                return line if len(line) <= 40 else line[:39] + "…"
        return self._kind_and_number(name)

    def _kind_and_number(self, name: str) -> str:
        kind = str(self.nodes[name].get("type")).lower()
        return f"{kind} {self.index(name) + 1}" if self.parent(name) else kind

    def _in_words(self, name: str) -> str:
        """`tab “Overview”, row 2, place 3`."""
        words = []
        for each in self.ancestors(name):
            kind = str(self.nodes[each].get("type"))
            if kind == "TAB":
                words.append(f"tab “{self.name(each)}”")
            elif kind in ("ROW", "COLUMN"):
                words.append(self._kind_and_number(each))
        return ", ".join([*words, f"place {self.index(name) + 1}"]) if self.parent(name) else "outside the layout"
