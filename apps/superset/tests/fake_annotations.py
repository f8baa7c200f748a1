"""The annotation layers of a Superset in memory, as in 4.1 to 6.1: no UUIDs, unique names, 422 if not empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apps.superset.errors import BundleRefused

RESOURCE = "annotation_layer"


def is_of_layers(resource: str) -> bool:
    return resource.partition("/")[0] == RESOURCE


class FakeAnnotations:
    """`inside` are the annotations by number of their layer."""

    def __init__(self, environment: str) -> None:
        self.environment = environment
        self.layers: dict[int, dict[str, Any]] = {}
        self.inside: dict[int, dict[int, dict[str, Any]]] = {}
        self.next = 70 if environment == "prod" else 30

    def add(self, name: str, *annotations: str, descr: str | None = None) -> int:
        """Each annotation takes one day of its own."""
        number = self.create(RESOURCE, {"name": name, "descr": descr})
        for day, short in enumerate(annotations, 1):
            moment = f"2026-02-{day:02}T00:00:00"
            fields = {"short_descr": short, "start_dttm": moment, "end_dttm": moment}
            self.create(f"{RESOURCE}/{number}/annotation", {"long_descr": None, "json_metadata": None, **fields})
        return number

    def shorts(self, name: str) -> list[str]:
        """The short descriptions in the layer of this name."""
        [number] = [each for each, row in self.layers.items() if row["name"] == name]
        return sorted(row["short_descr"] for row in self.inside[number].values())

    def rows(self, resource: str) -> list[dict[str, Any]]:
        """No list shows `json_metadata`."""
        return [
            {"id": number, **{name: value for name, value in row.items() if name != "json_metadata"}}
            for number, row in self._table(resource).items()
        ]

    def row(self, resource: str, number: int) -> dict[str, Any]:
        return {"id": number, **self._table(resource)[number]}

    def create(self, resource: str, fields: Mapping[str, Any]) -> int:
        table, unique = self._table(resource), "name" if resource == RESOURCE else "short_descr"
        if any(row[unique] == fields[unique] for row in table.values()):
            raise BundleRefused("Name must be unique", environment=self.environment)
        self.next += 1
        table[self.next] = dict(fields)
        if resource == RESOURCE:
            self.inside[self.next] = {}
        return self.next

    def update(self, resource: str, number: int, fields: Mapping[str, Any]) -> None:
        self._table(resource)[number].update(fields)

    def delete(self, resource: str, numbers: Sequence[int | str]) -> None:
        for number in map(int, numbers):
            if resource == RESOURCE and self.inside[number]:
                raise BundleRefused("Annotation layer has associated annotations.", environment=self.environment)
            del self._table(resource)[number]

    def _table(self, resource: str) -> dict[int, dict[str, Any]]:
        return self.layers if resource == RESOURCE else self.inside[int(resource.split("/")[1])]
