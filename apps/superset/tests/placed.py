"""Documents with one number in one place of the table, in every way of writing it; and texts that name something.

What a document holds in A and what it must hold in B are built by the same steps from the numbers of each. Whatever has
a number in A has another's in B, so a number that is not translated names something else there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from apps.superset.assets import Asset, Key, Kind
from apps.superset.inventory import Entry, Inventory
from apps.superset.references.places import JINJA, JSON_TEXTS, NOT_JINJA, PLACES, Means, Place
from apps.superset.references.reference import Numbers
from apps.superset.tests.builders import CHART, DASHBOARD, DATASET, uuid

OTHER = {Kind.CHART: uuid(13), Kind.DATASET: uuid(12), Kind.DASHBOARD: uuid(14)}
OWN = {Kind.CHART: CHART, Kind.DATASET: DATASET, Kind.DASHBOARD: DASHBOARD}
COLUMN = "amount"

Write = Callable[[int], Any]


class Environment:
    """Two assets of each kind under two numbers: `own` is what the documents are about, `other` what they name."""

    def __init__(self, own: int, other: int, column: int) -> None:
        entries = []
        for place, kind in enumerate(OWN):
            for name, number in ((OWN[kind], own), (OTHER[kind], other)):
                entries.append(Entry(Key(kind, name), 100 * place + number, name, {}))
        self.inventory = Inventory.of(entries)
        self.column = column
        self.numbers = Numbers(self.inventory.id_of, lambda dataset, name: column if name == COLUMN else None)

    def number(self, kind: Kind, *, own: bool = False) -> int:
        found = self.inventory.id_of(Key(kind, (OWN if own else OTHER)[kind]))
        assert found is not None
        return found

    def named(self, place: Place) -> int:
        """What this environment calls that which a place names in these documents."""
        match place.names:
            case Means.SELF:
                return self.number(Kind.CHART, own=True)
            case Means.DATASET_OF_CHART:
                return self.number(Kind.DATASET, own=True)
            case Means.COLUMN:
                return self.column
            case Means.KEY:
                return self.number(Kind.CHART)
        return self.number(Kind(place.names))


A, B = Environment(11, 12, column=501), Environment(12, 11, column=502)


def number(value: int) -> int:
    return value


def choice(value: int) -> dict[str, Any]:
    return {"value": value, "label": "as people see it"}


def text_choice(value: int) -> dict[str, Any]:
    return {"label": "as people see it", "value": str(value)}


def numbers(value: int) -> list[int]:
    return [value]


def texts(value: int) -> list[str]:
    return [str(value)]


def choices(value: int) -> list[dict[str, Any]]:
    return [choice(value)]


def of_table(value: int) -> str:
    return f"{value}__table"


def layer(value: int) -> str:
    return f"chart-{value}-layer-0"


def layers(value: int) -> list[str]:
    return [layer(value)]


def column(value: int) -> dict[str, Any]:
    return {"id": value, "column_name": COLUMN, "type": "BIGINT"}


SHAPES: tuple[Write, ...] = (number, str, choice, text_choice, numbers, texts, choices)


def shapes(place: Place) -> tuple[Write, ...]:
    """Every way in which a number may be written at a place."""
    match place.names:
        case Means.COLUMN:
            return (column,)
        case Means.KEY:
            return (number,)
        case Means.SELF:
            return (number, str)
        case Means.DATASET_OF_CHART | Kind.DATASET if not place.in_numbers:
            return (*SHAPES, of_table)
        case Kind.CHART if not place.path.endswith(("{}", "chartId")) and not place.in_numbers:
            return (*SHAPES, layer, layers)
    return (str,) if place.path.endswith("{}") else (number,) if place.path.startswith("position") else SHAPES


LISTS = ("native_filter_configuration", "chart_customization_config", "targets", "queries")
"""What holds its items in a list; everything else that `*` stands for is a key."""

DEEP = ("adhoc_filters", "0", "extra")
"""What `**` stands for, besides nothing at all."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One place in one shape. `packed`: what Superset may keep as JSON text on the way is text."""

    place: Place
    write: Write
    deep: tuple[str, ...] = ()
    packed: bool = False

    def __str__(self) -> str:
        deep = f" under {'.'.join(self.deep)}" if self.deep else ""
        return f"{self.path} as {self.write.__name__}{deep}{' in text' if self.packed else ''}"

    @property
    def path(self) -> str:
        return self.place.path

    def fragment(self, environment: Environment, *, sent: bool = False) -> dict[str, Any]:
        """As it is kept, or as it is sent to Superset."""
        number = environment.named(self.place)
        if self.place.document is Kind.DASHBOARD and self.path.startswith("position"):
            return laid_out(number)
        found: dict[str, Any] = self._nested(self.path.split("."), self._written(number, sent=sent), environment, ())
        return found

    def asset(self, environment: Environment, *, sent: bool = False) -> Asset:
        return asset(self.place.document, environment, self.fragment(environment, sent=sent))

    def _written(self, number: int, *, sent: bool) -> Any:
        """Where the importer looks numbers up, they are sent as numbers."""
        if not sent or not self.place.in_numbers or self.path.endswith("{}"):
            return self.write(number)
        return [number] if self.place.unordered or self.write in (numbers, texts, choices) else number

    def _nested(self, path: list[str], written: Any, environment: Environment, above: tuple[str, ...]) -> Any:
        if not path:
            return written
        name, *rest = path
        if name == "**":
            return self._nested([*self.deep, *rest], written, environment, above)
        if name == "{}":
            return {str(written): {"x": True}}
        inner = self._nested(rest, written, environment, (*above, name))
        if self.packed and (self.place.document, ".".join((*above, name))) in JSON_TEXTS:
            inner = json.dumps(inner)
        if name.isdigit() or (name == "*" and above[-1] in LISTS):
            return [inner]
        if name == "*":
            name = str(environment.number(Kind.CHART)) if above[-1] in KEYED else "x"
        return {name: inner}


def depths(path: str) -> tuple[tuple[str, ...], ...]:
    before, several, _ = path.partition("**")
    first = ("*",) if before.rstrip(".").endswith(LISTS) else ()
    return (first, (*first, *DEEP)) if several else ((),)


KEYED = ("chart_configuration", "filter_scopes")
"""What is keyed by numbers of charts."""


def placed() -> Iterator[Placed]:
    """Every place of the table in every shape, at every depth, as JSON and as text with JSON."""
    for place in PLACES:
        in_text = any(f"{place.path}.".startswith(f"{path}.") for kind, path in JSON_TEXTS if kind is place.document)
        for write in shapes(place):
            for deep in depths(place.path):
                for packed in (False, True) if in_text else (False,):
                    yield Placed(place, write, deep, packed)


def laid_out(number: int) -> dict[str, Any]:
    meta = {"chartId": number, "uuid": OTHER[Kind.CHART], "width": 4}
    return {"position": {"CHART-b": {"id": "CHART-b", "type": "CHART", "children": [], "meta": meta}}}


def asset(kind: Kind, environment: Environment, *fragments: Mapping[str, Any]) -> Asset:
    """A document of these fragments, with what every document of its kind has."""
    document = _BASES[kind](environment)
    for fragment in fragments:
        document = merged(document, fragment)
    if kind is Kind.CHART and document["query_context"] is not None:
        document["query_context"] = json.dumps(document["query_context"])
    return Asset(Key(kind, OWN[kind]), "Sales", document)


_BASES: Mapping[Kind, Callable[[Environment], dict[str, Any]]] = {
    Kind.DASHBOARD: lambda environment: {
        "uuid": DASHBOARD,
        "dashboard_title": "Sales",
        "metadata": {},
        **laid_out(environment.number(Kind.CHART)),
    },
    Kind.CHART: lambda _: {
        "uuid": CHART,
        "dataset_uuid": DATASET,
        "slice_name": "Revenue",
        "params": {"row_limit": 11},
        "query_context": None,
    },
    Kind.DATASET: lambda _: {"uuid": DATASET, "table_name": "sales", "columns": [], "metrics": []},
}


def merged(one: Any, other: Any) -> Any:
    """Both: mappings key by key, lists one after the other, else the second."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return {name: merged(one.get(name), other.get(name, one.get(name))) for name in {**one, **other}}
    if isinstance(one, list) and isinstance(other, list) and one is not other:
        return [*one, *other]
    return other


# --- texts

MACROS = (
    "select * from {{ dataset(%d) }} -- as it was",
    "select * from {{ dataset(dataset_id=%d) }}",
    "select * from {{ dataset('%d') }}",
    "select *\r\nfrom {{- dataset( %d ) -}}\r\n",
    "{%% set s = %d %%}select * from {{ dataset(s) }}",
    "{{ metric('count', %d) }}",
    "{{ metric('count', dataset_id=%d) }}",
)
LINKS: tuple[tuple[Kind, str], ...] = (
    (Kind.DASHBOARD, "see [all](/superset/dashboard/%d/?standalone=1#top)"),
    (Kind.CHART, 'see <a href="/explore/?slice_id=%d&amp;x=1">all</a>'),
    (Kind.CHART, "see /superset/slice/%d/ for 11, 12"),
    (Kind.CHART, "/explore/?form_data=%%7B%%22slice_id%%22%%3A%d%%7D"),
    (Kind.DATASET, "see /explore/?datasource=%d__table"),
    (Kind.CHART, ".dashboard-chart-id-%d { color: red }"),
    (Kind.CHART, "#chart-id-%d, .x-11 { width: 12px }"),
)
FREE: tuple[tuple[Kind, str], ...] = (
    (Kind.DASHBOARD, "css"),
    (Kind.DASHBOARD, "description"),
    (Kind.DASHBOARD, "position.MARKDOWN-a.meta.code"),
    (Kind.DASHBOARD, "metadata.native_filter_configuration.*.description"),
    (Kind.CHART, "description"),
    (Kind.CHART, "params.any_text"),
    (Kind.CHART, "params.selected_chart"),
    (Kind.DATASET, "description"),
    (Kind.DATASET, "default_endpoint"),
    (Kind.DATASET, "sql"),
    (Kind.DATASET, "columns.*.description"),
    (Kind.DATASET, "metrics.*.warning_text"),
    *((kind, path) for kind, path, _ in NOT_JINJA),
)
"""Some places of free text: links and styles are read in every text."""


@dataclass(frozen=True, slots=True)
class Written:
    """A text that names something, in one place."""

    document: Kind
    path: str
    names: Kind
    text: str
    deep: tuple[str, ...] = ("any_text",)

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"

    def fragment(self, environment: Environment) -> dict[str, Any]:
        found: Any = self.text % environment.number(self.names)
        path = [name for part in self.path.split(".") for name in (self.deep if part == "**" else (part,))]
        for place in range(len(path) - 1, -1, -1):
            in_list = path[place] == "*" and path[place - 1] in (*LISTS, "columns", "metrics")
            found = [found] if in_list or path[place].isdigit() else {path[place]: found}
        assert isinstance(found, dict)
        return found

    def asset(self, environment: Environment, *, sent: bool = False) -> Asset:
        """As it is kept, which is as it is sent."""
        return asset(self.document, environment, self.fragment(environment))


def written() -> Iterator[Written]:
    """Every spelling of a macro at every place that Superset renders, of a link at some places of free text."""
    for kind, path, _ in JINJA:
        deep = (*depths(path)[-1], "sqlExpression")
        yield from (Written(kind, path, Kind.DATASET, text, deep) for text in MACROS)
    for kind, path in FREE:
        yield from (Written(kind, path, names, text) for names, text in LINKS)


NO_REFERENCES = (
    f"@chart/{CHART}",
    f"@dataset/{DATASET}",
    "@self",
    "@column/amount",
    "@@",
    "@text",
    "dataset(11)",
    "11__tables",
    "chart-11-layer-0",
    "select 1 {# dataset(112) #}",
    "https://elsewhere.example/superset/dashboard/211/",
    "/superset/dashboards/211/",
    ".dashboard-chart-id-x11",
    "11",
    "{{ current_username() }}",
    '{"value": 11}',
    "\x07\u202e11",
    "",
)
"""What only looks like a reference, or like one of ours, in a text that is none."""
