"""A Superset in memory, for quick tests: behaves towards a client as 6.1.0 does.

Its importer remaps what `update_id_refs` of 6.1.0 does; test_fake_superset.py compares it with recordings.
"""

from __future__ import annotations

import copy
import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.superset.account import Account
from apps.superset.assets import NAME_FIELDS, Asset, Bundle, Key, Kind
from apps.superset.bundle.bundle import read_bundle
from apps.superset.errors import BundleRefused, NotFound, ServerFault, SupersetError
from apps.superset.protocol import EVERYTHING
from apps.superset.references.graph import dependencies
from apps.superset.releases.base import Access, Endpoint, Release
from apps.superset.releases.supported import release_of
from apps.superset.releases.v6_1 import RELEASE
from apps.superset.tests.fake_annotations import FakeAnnotations, is_of_layers
from apps.superset.tests.fake_connections import FakeConnections
from apps.superset.tests.fake_importer import (
    append_charts,
    export_stored,
    import_chart,
    import_dashboard,
    is_written,
    merged,
    placed,
    same_asset,
    targets,
    to_yaml,
    written,
)
from apps.superset.tests.fake_people import OTHERS
from apps.superset.tests.fake_probe import FakeProbe
from apps.superset.validation.schema_check import schema_problems

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class FakeSuperset(FakeConnections):
    """Assets by kind and id, as wire documents with this server's own numbers."""

    def __init__(self, environment: str, *, first_id: int = 1) -> None:
        super().__init__()
        self.environment = environment
        self.annotations = FakeAnnotations(environment)
        self.url = f"https://{environment}.example"
        self.documents: dict[Kind, dict[int, dict[str, Any]]] = {kind: {} for kind in Kind}
        self.members: dict[int, list[int]] = {}
        self.columns: dict[tuple[int, str], int] = {}
        self.rows: dict[Key, dict[str, Any]] = {}
        self.rules: list[dict[str, Any]] = []
        self.tables_of: dict[str, dict[str, list[str]]] | SupersetError = {"main": {}}
        """Columns by schema (“main” is the default) and table, behind every connection."""
        self.asked: list[str] = []  # of its databases
        self.query_errors: dict[str, str | SupersetError] = {}
        """By UUID of a chart, what its queries fail with, or the question itself."""
        self.unshown: dict[str, SupersetError] = {}  # by resource, for lists that the account may not see
        self.writes: list[str] = []
        self.requests: Counter[str] = Counter()
        self.changed: dict[tuple[Kind, int], int] = {}
        """When an asset was last written, counted in writes; `touch` is a person's save."""
        self.next_id = first_id
        self.admin = self.sees_all_data = True
        self.admin_role = RELEASE.permissions.admin_role  # AUTH_ROLE_ADMIN, which no API tells
        self.account_id = 1
        self.rights: frozenset[tuple[str, str]] = frozenset()  # of the account's roles; empty where none are shown
        self.reports: list[dict[str, Any]] = []  # with `id`, `name`, `type`, `active`, and `chart_id` or `dashboard_id`
        self.unexportable: set[Key] = set()  # 500 to an export, as dashboards without a title
        self.hidden: set[Key] = set()  # drafts of others, for an account that is no administrator
        self.stored: dict[Key, dict[str, str]] = {}  # dashboards: `json_metadata` and `position_json` if no JSON
        self.fetched: list[Key] = []  # the dashboards that were read one by one
        self.leaving: Callable[[], None] | None = None
        self.linkable: set[str] | None = None
        """The charts in the bundle of the last dashboard/import; None: assets/import finds all that exist."""
        self.given: dict[Key, int] = {}
        """Numbers that new assets get whatever is next, for comparing with a recording."""

    def release(self) -> Release:
        return release_of("6.1.0")

    @property
    def profile(self) -> Release:
        return self.release()

    def access(self) -> Access:
        return Access.OWNERS

    def archived(self, kind: Kind) -> frozenset[str]:
        return frozenset()

    uninterrupted = nullcontext

    def account(self) -> Account:
        is_admin = self.admin and self.admin_role == RELEASE.permissions.admin_role
        return Account(self.account_id, is_admin, self.sees_all_data, "robot", self.rights)

    def report(self, report_id: int) -> dict[str, Any] | None:
        return self.whole_report(report_id)

    def dashboard_owners(self, uuid: str) -> list[int] | None:
        key = Key(Kind.DASHBOARD, uuid)
        return None if self.id_of(key) is None else self.owners[key]

    def _key(self, kind: Kind, asset_id: int) -> Key:
        return Key(kind, self.documents[kind][asset_id]["uuid"])

    @contextmanager
    def fenced(self, leaving: Callable[[], None]) -> Iterator[None]:
        self.leaving = leaving
        try:
            yield
        finally:
            self.leaving = None

    @contextmanager
    def probe(self) -> Iterator[FakeProbe]:
        yield FakeProbe(self)

    # --- setting up --------------------------------------------------------------------------------------------------

    def add(self, asset: Asset) -> int:
        """Put one asset there as if a person had made it; its document must already use this server's numbers."""
        self.documents[asset.kind][self.next_id] = copy.deepcopy(dict(asset.document))
        asset_id = self.next_id
        self.next_id += 1
        self._number_columns(asset.kind, asset_id)
        if asset.kind is Kind.DASHBOARD:
            self._link(asset_id)
        self._touch(asset.kind, asset_id)
        return asset_id

    def touch(self, key: Key) -> None:
        """Whoever changes a document says so, as Superset does with every save."""
        asset_id = self.id_of(key)
        assert asset_id is not None, f"{key} is not on {self.environment}"
        self._touch(key.kind, asset_id)

    def id_of(self, key: Key) -> int | None:
        return next((i for i, doc in self.documents[key.kind].items() if doc["uuid"] == key.uuid), None)

    def document(self, key: Key) -> dict[str, Any]:
        asset_id = self.id_of(key)
        assert asset_id is not None, f"{key} is not on {self.environment}"
        return self.documents[key.kind][asset_id]

    # --- the client's reads ------------------------------------------------------------------------------------------

    def list_newest(self, resource: str, columns: Sequence[str], *, page: int) -> tuple[list[dict[str, Any]], int]:
        self.requests["GET"] += 1
        kind = Kind(resource)
        newest = sorted(self.documents[kind], key=lambda i: (self.changed.get((kind, i), 0), i), reverse=True)
        chosen = newest[page * RELEASE.page_size : (page + 1) * RELEASE.page_size]
        return [self._row(kind, each, self.documents[kind][each]) for each in chosen], len(newest)

    def list_rows(
        self, resource: str, columns: Sequence[str], *, where: Mapping[str, int] = EVERYTHING
    ) -> list[dict[str, Any]]:
        self.requests["GET"] += 1
        if resource in self.unshown:
            raise self.unshown[resource]
        if resource in OTHERS:
            return self.other_rows(resource)
        if is_of_layers(resource):
            return self.annotations.rows(resource)
        if resource == "report" and "extra" in columns:
            raise ServerFault(environment=self.environment, detail="Fatal error")
        if resource == "rowlevelsecurity":
            return self.rules
        if resource == "report":
            return [{**row, "extra": None} for row in self.reports]
        kind = Kind(resource)
        rows = self.documents[kind].items()
        shown = (self._row(kind, number, document) for number, document in rows if not self._is_hidden(kind, document))
        return [row for row in shown if all(row[name] == value for name, value in where.items())]

    def _is_hidden(self, kind: Kind, document: dict[str, Any]) -> bool:
        return Key(kind, document["uuid"]) in self.hidden

    def _row(self, kind: Kind, asset_id: int, document: dict[str, Any]) -> dict[str, Any]:
        name = NAME_FIELDS[kind]
        row = {"id": asset_id, "uuid": document["uuid"], name: document[name], "slug": document.get("slug")}
        changed = EPOCH + timedelta(seconds=self.changed.get((kind, asset_id), 0))
        if kind is Kind.DATABASE:
            row["changed_on"] = changed.replace(tzinfo=None).isoformat()
        else:
            row["changed_on_utc"] = changed.strftime("%Y-%m-%dT%H:%M:%S.%f%z")
        if kind is Kind.DASHBOARD:
            row["published"] = document.get("published", False)
        if kind is Kind.DATASET:
            row |= {"schema": document.get("schema"), "catalog": document.get("catalog")}
            database = self.id_of(Key(Kind.DATABASE, document["database_uuid"]))
            row["database"] = {"id": database, "uuid": document["database_uuid"]}
        if kind is Kind.CHART:
            row["params"] = json.dumps(document.get("params"))
            row["datasource_id"] = self.id_of(Key(Kind.DATASET, document.get("dataset_uuid", "")))
            row["dashboards"] = [{"id": each} for each, charts in self.members.items() if asset_id in charts]
        if kind is Kind.DATABASE:
            row["backend"] = document.get("backend", "sqlite")
        return row | self.people_of(kind, Key(kind, document["uuid"])) | self.rows.get(Key(kind, document["uuid"]), {})

    def export(self, kind: Kind, ids: Sequence[int]) -> bytes:
        self.requests["GET"] += 1
        if missing := [each for each in ids if each not in self.documents[kind]]:
            raise NotFound(f"no {kind} {missing}", environment=self.environment)
        found: dict[tuple[Kind, int], None] = {}
        for asset_id in ids:
            self._collect(kind, asset_id, found)
        if any(self._is_unexportable(*each) for each in found):
            raise ServerFault("Superset failed with 500: Fatal error", environment=self.environment)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("export/metadata.yaml", "version: 1.0.0\ntype: Dashboard\n")
            for each, asset_id in found:
                name = f"export/{each.folder}/{'db/' if each is Kind.DATASET else ''}x_{asset_id}.yaml"
                archive.writestr(name, to_yaml(self.as_exported(kind, self._exported(each, asset_id))))
        return buffer.getvalue()

    def _is_unexportable(self, kind: Kind, asset_id: int) -> bool:
        """utils/file.py: get_filename takes no NULL (seen: dashboards and charts without a name)."""
        document = self.documents[kind][asset_id]
        return document[NAME_FIELDS[kind]] is None or Key(kind, document["uuid"]) in self.unexportable

    def _collect(self, kind: Kind, asset_id: int, found: dict[tuple[Kind, int], None]) -> None:
        """Superset follows links it keeps in tables: a dashboard's charts are those linked, not those in its layout."""
        found[kind, asset_id] = None
        document = self._exported(kind, asset_id)
        keys = [] if kind is Kind.DATABASE else dependencies(Asset(Key(kind, document["uuid"]), "", document))
        if kind is Kind.DASHBOARD:
            for chart_id in self.members[asset_id]:
                self._collect(Kind.CHART, chart_id, found)
        for key in keys:
            other = self.id_of(key)
            if other is not None and key.kind is not Kind.CHART:
                self._collect(key.kind, other, found)

    def _exported(self, kind: Kind, asset_id: int) -> dict[str, Any]:
        document = copy.deepcopy(self.documents[kind][asset_id])
        if kind is Kind.DASHBOARD:
            theme = self.theme_of.get(Key(kind, document["uuid"]))  # commands/dashboard/export.py: null for none
            document["theme_uuid"] = self.library["theme"][theme]["uuid"] if theme else document.get("theme_uuid")
            export_stored(document, self.stored.get(Key(kind, document["uuid"]), {}))
            charts = self.documents[Kind.CHART]
            append_charts(document, {charts[each]["uuid"]: each for each in self.members[asset_id] if each in charts})
        for target in targets(document.get("metadata", {}), "native_filter_configuration"):
            dataset = self.documents[Kind.DATASET].get(target.pop("datasetId", None))
            if dataset:
                target["datasetUuid"] = dataset["uuid"]
        return document

    def get(self, kind: Kind, asset_id: int) -> dict[str, Any]:
        columns = [
            {"id": number, "column_name": name}
            for (dataset, name), number in self.columns.items()
            if dataset == asset_id
        ]
        document = self.documents[kind][asset_id]
        found = {"id": asset_id, "columns": columns, **self.people_of(kind, Key(kind, document["uuid"]))}
        if kind is Kind.CHART:
            found["dashboards"] = [{"id": each} for each, charts in self.members.items() if asset_id in charts]
            found |= {"params": json.dumps(document["params"]), "query_context": document.get("query_context")}
        if kind is Kind.DASHBOARD:
            found["theme"] = self.theme_row(Key(kind, document["uuid"]))
            found["position_json"] = json.dumps(document.get("position"))
            found["json_metadata"] = json.dumps(document.get("metadata"))
            found |= self.stored.get(Key(kind, document["uuid"]), {})
            self.fetched.append(Key(kind, document["uuid"]))
        return found

    # --- the client's writes -----------------------------------------------------------------------------------------

    def arrived(self, write: str) -> None:
        """A request that writes, once whoever sends it has let it leave."""
        if self.leaving:
            self.leaving()
        self.writes.append(write)

    def import_bundle(self, endpoint: Endpoint, bundle: bytes) -> None:
        self.arrived(endpoint)
        content = read_bundle(bundle)
        self._validate(content)
        if lost := [each for each in content if not is_written(each, endpoint) and self.id_of(each.key) is None]:
            raise ServerFault(f"{endpoint} cannot create {lost}", environment=self.environment)
        self.linkable = None if endpoint is Endpoint.ASSETS else placed(content, Kind.CHART)
        self._import(Bundle.of(written(content, endpoint)))

    def _import(self, bundle: Bundle) -> None:
        self._validate(bundle)
        for kind in Kind:
            for asset in bundle.of_kind(kind):
                document = copy.deepcopy(dict(asset.document))
                if kind is Kind.CHART:
                    self._import_chart(document)
                if kind is Kind.DASHBOARD:
                    self._import_dashboard(document)
                self._store(kind, document)

    def _validate(self, bundle: Bundle) -> None:
        """Everything, before anything is written (commands/importers/v1/utils.py: load_configs)."""
        line, sent = self.profile.line, (asset for asset in bundle if asset.kind is not Kind.DATABASE)
        if refused := [
            f"{asset}: {each}" for asset in sent for each in schema_problems(asset.kind, asset.document, line)
        ]:
            raise BundleRefused("; ".join(refused), environment=self.environment)

    def _store(self, kind: Kind, document: dict[str, Any]) -> None:
        found = same_asset(kind, document, self.documents[kind])
        if len(found) > 1:  # MultipleResultsFound: import_dataset then leaves it as it is
            return
        asset_id = found[0] if found else self.given.get(Key(kind, document["uuid"]), self.next_id)
        self.next_id += not found
        kept = self.documents[kind].get(asset_id, {})
        self.documents[kind][asset_id] = merged(kind, kept, document)
        self._own(Key(kind, document["uuid"]))
        self._number_columns(kind, asset_id)
        self._touch(kind, asset_id)
        if kind is Kind.DASHBOARD:
            self._link(asset_id, as_import=True)
        if document.get("viz_type") in RELEASE.removed_on_import:
            del self.documents[kind][asset_id]

    def _own(self, key: Key) -> None:
        """`owners.append(user)`: every importer makes the account an owner of what it creates and overwrites."""
        if self.account_id not in self.owners[key]:
            self.owners[key].append(self.account_id)

    def _import_chart(self, document: dict[str, Any]) -> None:
        dataset = self.id_of(Key(Kind.DATASET, document["dataset_uuid"]))
        import_chart(document, dataset, self.profile.converted_on_import)

    def _import_dashboard(self, document: dict[str, Any]) -> None:
        charts = {doc["uuid"]: number for number, doc in self.documents[Kind.CHART].items()}
        import_dashboard(document, charts, self.id_of, cross_filters=Endpoint.ASSETS in self.profile.importers)

    def update(self, kind: Kind, asset_id: int, fields: dict[str, Any]) -> None:
        self.arrived(f"PUT {kind}/{asset_id}")
        fields = dict(fields)
        if kind is Kind.CHART and (shown := fields.pop("dashboards", None)) is not None:
            for dashboard, charts in self.members.items():
                others = [each for each in charts if each != asset_id]
                self.members[dashboard] = [*others, asset_id] if dashboard in shown else others
        if (owners := fields.pop("owners", None)) is not None:  # commands/utils.py: populate_owner_list
            kept = [] if self.admin or self.account_id in owners else [self.account_id]
            self.owners[self._key(kind, asset_id)] = [*kept, *owners]
        fields = self.without_held(self._key(kind, asset_id), fields)
        for name, value in fields.items():
            self.documents[kind][asset_id][name] = json.loads(value) if name == "params" else value
        self._touch(kind, asset_id)

    def delete(self, kind: Kind, ids: Sequence[int]) -> None:
        self.arrived(f"DELETE {kind} {list(ids)}")
        if names := [row["name"] for row in self.reports if row.get(f"{kind}_id") in ids]:
            said = f"There are associated alerts or reports: {','.join(names)}"
            raise BundleRefused(f"the change was refused: {said}", environment=self.environment)
        for asset_id in ids:
            if kind is Kind.DATABASE:
                self.require_unused(asset_id)
            self.forget(self._key(kind, asset_id))
            del self.documents[kind][asset_id]
            if kind is Kind.DASHBOARD:
                self.members.pop(asset_id)
            self.members = {
                each: [i for i in charts if i in self.documents[Kind.CHART]] for each, charts in self.members.items()
            }

    # --- inside ------------------------------------------------------------------------------------------------------

    def _touch(self, kind: Kind, asset_id: int) -> None:
        self.changed[kind, asset_id] = max(self.changed.values(), default=0) + 1

    def _link(self, dashboard_id: int, *, as_import: bool = False) -> None:
        """An import stops at the first UUID that it does not know (commands/importers/v1/assets.py)."""
        position = self.documents[Kind.DASHBOARD][dashboard_id]["position"]
        nodes = (node for node in position.values() if isinstance(node, dict) and node.get("type") == "CHART")
        uuids = [node["meta"].get("uuid") for node in nodes]
        found = [self._linkable(uuid, as_import) for uuid in uuids if uuid]
        if as_import and None in found:
            found = found[: found.index(None)]
        old = self.members.get(dashboard_id, []) if as_import and self.linkable is not None else []
        kept = old if self.profile.keeps_old_charts else []
        self.members[dashboard_id] = list(dict.fromkeys([*kept, *(each for each in found if each is not None)]))

    def _linkable(self, uuid: str, as_import: bool) -> int | None:  # noqa: FBT001
        is_known = not as_import or self.linkable is None or uuid in self.linkable
        return self.id_of(Key(Kind.CHART, uuid)) if is_known else None

    def _number_columns(self, kind: Kind, asset_id: int) -> None:
        if kind is Kind.DATASET:
            for column in self.documents[kind][asset_id].get("columns", ()):
                self.columns.setdefault((asset_id, column["column_name"]), 1000 * asset_id + len(self.columns))
