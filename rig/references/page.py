"""The generated part of docs/references.md, from the tables of the engine, between two markers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from apps.superset.assets import Kind
from apps.superset.checks.suspects import NOT_REFERENCES
from apps.superset.references.places import JINJA, JSON_TEXTS, PLACES, Place

PAGE = Path(__file__).parents[2] / "docs" / "references.md"
BEGIN = "<!-- made by `make references WRITE=1` from apps/superset/references/places.py and suspects.py -->"
END = "<!-- end of what is made -->"


def write() -> None:
    PAGE.write_text(with_tables(PAGE.read_text()))


def with_tables(page: str) -> str:
    """The page with a new part between its markers."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return "\n".join((before + BEGIN, "", *_tables(), END + after))


def _tables() -> Iterator[str]:
    for kind in (Kind.DASHBOARD, Kind.CHART, Kind.DATASET):
        if places := [place for place in PLACES if place.document is kind]:
            yield f"### In the document of a {kind}"
            yield ""
            yield from _rows(
                ("place", "names", "Superset's import", "a number that names nothing"), map(_place, places)
            )
    yield "### Texts that are read"
    yield ""
    texts = [(kind, path, "JSON: its places are those of the document that it holds") for kind, path in JSON_TEXTS]
    texts += [(kind, path, f"a Jinja template ({source})") for kind, path, source in JINJA]
    yield from _rows(
        ("document", "place", "what it holds"), ((str(kind), f"`{path}`", what) for kind, path, what in texts)
    )
    yield "### Names that are none"
    yield ""
    yield from _rows(("name", "what it is"), ((f"`{name}`", why) for name, why in sorted(NOT_REFERENCES.items())))


def _place(place: Place) -> tuple[str, ...]:
    """A row; references of a chart to itself always resolve."""
    travels = f"; travels along ({place.follows})" if place.follows else ""
    among = " of the dashboard" if place.among else ""
    unknown = place.unknown if isinstance(place.names, Kind) else ""
    return f"`{place.path}`", f"{place.names}{among}{travels}", place.imported, unknown


def _rows(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for row in (heads, ("---",) * len(heads), *rows):
        yield f"| {' | '.join(_cell(cell) for cell in row)} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", r"\|")
