# [DEF:superset.view.layout:Module]
# @COMPLEXITY: 2
# @PURPOSE: The layout of a dashboard as boxes on its grid of twelve columns, before and after a change.
"""`y` and `height` are in the grid's own units of eight pixels. Each tab has rows and heights of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from apps.superset.diff.difference import Difference
from apps.superset.diff.fields import joined, mapping
from apps.superset.diff.layout import compare_layouts
from apps.superset.diff.tree import Tree

COLUMNS = 12
USUAL = {"width": 4, "height": 50}
"""Of a chart without a size of its own (superset-frontend: dashboard/util/constants)."""

ROOT = "ROOT_ID"
FRAMES = ("GRID", "TABS")

FLAT = {"HEADER": ("header", 6), "DIVIDER": ("divider", 2)}
SIZED = {"CHART": "chart", "MARKDOWN": "markdown"}
TAB_SEPARATOR = " / "
DEEPEST = 60


@dataclass(frozen=True, slots=True)
class Box:
    """`tab` is the path of titles to its tab, empty where there is none; `row` counts from 1 within the tab."""

    id: str
    kind: str
    name: str
    chart: str | None
    tab: str
    row: int
    x: int
    y: int
    width: int
    height: int
    state: str = "same"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Picture:
    """Both layouts as boxes. `pictured` are the paths of the differences that the boxes show."""

    before: tuple[Box, ...]
    after: tuple[Box, ...]
    pictured: frozenset[str] = frozenset()

    def count(self, state: str) -> int:
        return sum(box.state == state for box in (self.before if state == "removed" else self.after))

    @property
    def differs(self) -> bool:
        return any(box.state != "same" for box in (*self.before, *self.after))


def picture(before: Any, after: Any) -> Picture:
    """Of two positions in normal form."""
    old, new = Tree(mapping(before)), Tree(mapping(after))
    there, here = tuple(boxes(old)), tuple(boxes(new))
    found = list(compare_layouts("position", mapping(before), mapping(after)))
    names = {joined("position", name): name for name in (*old.nodes, *new.nodes)}
    moved = {names[each.path] for each in found if each.kind.endswith("_moved") and each.path in names}
    resized = {_node(each.path, ".meta", names) for each in found if each.kind.endswith("_resized")}
    replaced = {_node(each.path, ".meta.uuid", names) for each in found if each.kind == "chart_replaced"}
    both = {box.id for box in there} & {box.id for box in here} - replaced

    def state(box: Box, tree: Tree, otherwise: str) -> str:
        if box.id not in both:
            return otherwise
        if box.id in moved or moved.intersection(tree.ancestors(box.id)):
            return "moved"
        return "resized" if box.id in resized else "same"

    shown = {joined("position", box.id) for box in (*there, *here)}
    pictured = {each.path for each in found if each.path.removesuffix(".meta") in shown and is_pictured(each)}
    return Picture(
        tuple(replace(box, state=state(box, old, "removed")) for box in there),
        tuple(replace(box, state=state(box, new, "added")) for box in here),
        frozenset(pictured),
    )


def is_pictured(difference: Difference) -> bool:
    """Whether boxes can show it: not a change of content."""
    kind = difference.kind
    return kind.endswith(("_moved", "_resized", "_added", "_removed")) and not kind.startswith("field_")


def _node(path: str, ending: str, names: Mapping[str, str]) -> str:
    return names.get(path.removesuffix(ending), "")


def boxes(tree: Tree) -> Iterator[Box]:
    """The visible parts, each before what stands below or beside it."""
    if ROOT in tree.nodes:
        walk = _Walk(tree)
        walk.stack(ROOT, _Frame("", 0, 0, COLUMNS))
        yield from walk.found


@dataclass(frozen=True, slots=True)
class _Frame:
    """The room that a node has, and how deep it is in the tree."""

    tab: str
    x: int
    y: int
    width: int
    depth: int = 0

    def inside(self, *, x: int = 0, y: int = 0, width: int = 0) -> _Frame:
        """A part of it, this far from its corner."""
        return replace(self, x=self.x + x, y=self.y + y, width=width or self.width, depth=self.depth + 1)


def _path(tab: str, title: str) -> str:
    return f"{tab}{TAB_SEPARATOR}{title}" if tab else title


class _Walk:
    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.found: list[Box] = []
        self.rows: dict[str, int] = {}
        self.seen = {ROOT}

    def children(self, name: str, frame: _Frame) -> list[str]:
        """Each node once, in a broken layout too."""
        listed = self.tree.nodes[name].get("children")
        found = []
        for child in listed if isinstance(listed, list) and frame.depth < DEEPEST else ():
            if isinstance(child, str) and child in self.tree.nodes and child not in self.seen:
                self.seen.add(child)
                found.append(child)
        return found

    def place(self, name: str, frame: _Frame) -> int:
        """Puts a node and all below it; its height."""
        match self.kind(name):
            case "ROOT" | "GRID" | "COLUMN":
                return self.stack(name, frame)
            case "TABS":
                return self.tabs(name, frame)
            case "ROW":
                return self.side_by_side(name, frame)
        return self.leaf(name, frame)

    def stack(self, name: str, frame: _Frame) -> int:
        """The children one below the other."""
        height = 0
        for child in self.children(name, frame):
            if self.kind(name) != "COLUMN" and self.kind(child) not in FRAMES:
                self.rows[frame.tab] = self.rows.get(frame.tab, 0) + 1
            height += self.place(child, frame.inside(y=height))
        return height

    def side_by_side(self, name: str, frame: _Frame) -> int:
        height, taken = 0, 0
        for child in self.children(name, frame):
            width = self.width(child, frame.width)
            height = max(height, self.place(child, frame.inside(x=taken, width=width)))
            taken += width
        return height

    def tabs(self, name: str, frame: _Frame) -> int:
        """Tabs inside of a row or tab are a box there; what they contain has a tab of its own."""
        tabs = self.children(name, frame)
        titles = [self.tree.name(each) for each in tabs]
        place = len(self.found)
        heights = [
            self.stack(
                each, _Frame(TAB_SEPARATOR.join(filter(None, (frame.tab, title))), 0, 0, COLUMNS, frame.depth + 1)
            )
            for each, title in zip(tabs, titles, strict=True)
        ]
        height = max(heights, default=0)
        if frame.tab or self.tree.parent(name) not in (ROOT, "GRID_ID"):
            self.found.insert(place, self.box(name, "tabs", TAB_SEPARATOR.join(titles), frame, height))
        return height

    def leaf(self, name: str, frame: _Frame) -> int:
        kind, height = FLAT.get(self.kind(name)) or (SIZED.get(self.kind(name), "other"), self.size(name, "height"))
        width = self.width(name, frame.width)
        self.found.append(self.box(name, kind, self.tree.name(name), replace(frame, width=width), height))
        return height

    def box(self, name: str, kind: str, title: str, frame: _Frame, height: int) -> Box:
        uuid = mapping(self.tree.nodes[name].get("meta")).get("uuid")
        chart = str(uuid) if kind == "chart" and uuid else None
        row, x = self.rows.get(frame.tab, 1), min(frame.x, COLUMNS)
        return Box(name, kind, title, chart, frame.tab, row, x, frame.y, frame.width, height)

    def kind(self, name: str) -> str:
        return str(self.tree.nodes[name].get("type"))

    def width(self, name: str, room: int) -> int:
        """Charts and texts have a width of their own; others take the room there is, unless they say otherwise."""
        usual = USUAL["width"] if self.kind(name) in SIZED else room
        return max(1, min(room, self.size(name, "width", usual)))

    def size(self, name: str, side: str, usual: int = 0) -> int:
        value: Any = mapping(self.tree.nodes[name].get("meta")).get(side)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return int(value) if is_number and 0 < value < 100_000 else usual or USUAL[side]
