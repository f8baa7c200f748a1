# [DEF:superset.references.walk:Module]
# @COMPLEXITY: 2
# @PURPOSE: The table of places as a tree for walking a document.

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from apps.superset.assets import Kind
from apps.superset.references.places import JINJA, JSON_TEXTS, NOT_JINJA, PLACES, Place

JSON, RENDERED, NOT_RENDERED = "JSON", "rendered", "not rendered"
Mark = Place | str
Path = tuple[str, ...]


class Spot:
    """The entries of the table for one spot of a document, and below it.

    Computed once per kind of spot and cached, since a document needs the same few again and again.
    """

    __slots__ = ("_names", "_rest", "_spots", "is_json", "is_rendered", "keys", "place")

    def __init__(self, marks: Iterable[tuple[Path, Mark]]) -> None:
        marks = list(marks)
        here = [mark for path, mark in marks if path in ((), ("**",))]
        places = [mark for path, mark in marks if not path and isinstance(mark, Place)]
        self.place: Place | None = places[0] if places else None
        self.keys: Place | None = next(
            (mark for path, mark in marks if path == ("{}",) and isinstance(mark, Place)), None
        )
        self.is_json = JSON in here
        self.is_rendered = RENDERED in here and NOT_RENDERED not in here
        self._rest = [(path, mark) for path, mark in marks if path]
        self._names = {name for path, _ in self._rest for name in path[:2]}
        self._spots: dict[str, Spot] = {}

    def __bool__(self) -> bool:
        """Whether the table has entries for this spot or below it."""
        return bool(self._rest or self.place or self.is_rendered)

    def below(self, name: str) -> Spot:
        """One level down, under that key; all keys that are not in the table share one spot."""
        name = name if name in self._names else "*"
        if name not in self._spots:
            self._spots[name] = Spot(found for path, mark in self._rest for found in _one_level_down(path, mark, name))
        return self._spots[name]


def _one_level_down(path: Path, mark: Mark, name: str) -> Iterator[tuple[Path, Mark]]:
    if path[0] == "**":
        yield path, mark
        path = path[1:]
    if path and path[0] in ("*", name):
        yield path[1:], mark


def _marks(kind: Kind) -> Iterator[tuple[Path, Mark]]:
    for place in PLACES:
        if place.document is kind:
            yield tuple(place.path.split(".")), place
    for mark, rows in ((JSON, JSON_TEXTS), (RENDERED, JINJA), (NOT_RENDERED, NOT_JINJA)):
        for document, path, *_ in rows:
            if document is kind:
                yield tuple(path.split(".")), mark


TABLE = {kind: Spot(_marks(kind)) for kind in Kind}


def found_at(value: Any, path: str) -> Iterator[Any]:
    """The values at a path below a value; `*` is any item of a list here, and an empty path is the value itself."""
    name, _, rest = path.partition(".")
    if not path:
        yield value
    elif name == "*":
        for item in value if isinstance(value, list) else ():
            yield from found_at(item, rest)
    elif isinstance(value, Mapping) and name in value:
        yield from found_at(value[name], rest)


def changed_at(value: Any, path: str, change: Callable[[Any], Any]) -> Any:
    """The value with all that `found_at` finds put through `change`."""
    name, _, rest = path.partition(".")
    if not path:
        return change(value)
    if name == "*":
        return [changed_at(item, rest, change) for item in value] if isinstance(value, list) else value
    if isinstance(value, Mapping) and name in value:
        return {**value, name: changed_at(value[name], rest, change)}
    return value
