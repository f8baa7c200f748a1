"""What a sync brings, what it costs, and what it leaves when it fails."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.catalogue.models import CatalogueAsset, CatalogueSync
from apps.catalogue.services import sync
from apps.catalogue.services.sync import READ_WHOLE_EVERY, count_assets, refresh_ids
from apps.environments.tests.factories import make_environment
from apps.superset.assets import Key, Kind
from apps.superset.content.comparable import hash_of
from apps.superset.content.portable import portable
from apps.superset.errors import Cancelled, ServerFault, Unreachable
from apps.superset.inventory import read_inventory
from apps.superset.protocol import Silent
from apps.superset.references.graph import dependencies
from apps.superset.releases.v6_1 import RELEASE
from apps.superset.remote.exports import read_readable
from apps.superset.tests.builders import a_chart, a_dashboard, uuid
from apps.superset.tests.world import BIRTHS, REVENUE, SALES, SALES_DATA

LISTS = len(Kind)


def age(mirror, **ages):
    CatalogueSync.objects.filter(environment=mirror.environment).update(**ages)


def test_the_first_sync_brings_every_asset_with_its_hash(mirror):
    synced = mirror.sync()
    assert synced.counts == {"dashboard": 9, "chart": 102, "dataset": 20, "database": 1}
    assert (synced.created, synced.changed, synced.removed, synced.hashed) == (132, 0, 0, 132)
    assert count_assets(mirror.environment) == synced.counts
    assert not CatalogueAsset.objects.filter(content_hash="").exists()
    births = mirror.row(BIRTHS)
    assert (births.name, births.slug, births.status) == ("USA Births Names", "births", "published")
    assert births.asset_id == mirror.server.id_of(BIRTHS)
    assert births.changed_on
    assert mirror.row(SALES_DATA).database_uuid


def test_the_hash_is_the_one_under_which_a_plan_knows_the_asset(mirror):
    mirror.sync()
    inventory = read_inventory(mirror.server)
    symbolic = read_readable(mirror.server, inventory, [SALES], Silent()).symbolic
    assert {key: mirror.row(key).content_hash for key in symbolic.assets} == {
        asset.key: hash_of(asset) for asset in symbolic
    }


def test_with_the_hash_comes_what_the_asset_is_made_of(mirror):
    mirror.sync()
    inventory = read_inventory(mirror.server)
    symbolic = read_readable(mirror.server, inventory, [SALES], Silent()).symbolic
    for asset in symbolic:
        row, found = mirror.row(asset.key), portable(asset)
        assert row.depends_on == [str(key) for key in dependencies(asset)]
        assert (row.portable_hash, row.names) == (found.hash, [str(key) for key in found.names])
    assert mirror.row(SALES_DATA).depends_on == [f"database/{mirror.row(SALES_DATA).database_uuid}"]


def test_an_asset_whose_dependencies_were_never_read_is_read_although_its_hash_is_current(mirror):
    mirror.sync()
    depends_on = mirror.row(BIRTHS).depends_on
    CatalogueAsset.objects.filter(uuid=BIRTHS.uuid).update(depends_on=None, names=None, portable_hash="")
    assert mirror.sync().hashed == 1
    assert mirror.row(BIRTHS).depends_on == depends_on != []
    assert mirror.sync().hashed == 0


def test_an_unchanged_environment_costs_one_request_for_each_kind(mirror):
    mirror.sync()
    synced = mirror.sync()
    assert (synced.created, synced.changed, synced.removed, synced.hashed) == (0, 0, 0, 0)
    assert synced.requests <= LISTS + 1  # the 102 charts of the recording are two pages to read whole, one to look at


def test_a_sync_learns_the_release_and_how_one_signs_in(mirror):
    mirror.sync()
    mirror.environment.refresh_from_db()
    assert (mirror.environment.release, mirror.environment.sign_in_kinds) == ("6.1.0", ["db"])


def test_what_changed_is_read_and_hashed_and_nothing_else(mirror):
    mirror.sync()
    before = {row.pk: row.content_hash for row in CatalogueAsset.objects.all()}
    mirror.server.document(BIRTHS)["dashboard_title"] = "Names"
    mirror.server.touch(BIRTHS)
    synced = mirror.sync()
    assert (synced.created, synced.changed, synced.removed, synced.hashed) == (0, 1, 0, 1)
    assert mirror.row(BIRTHS).name == "Names"
    changed = [row.pk for row in CatalogueAsset.objects.all() if before[row.pk] != row.content_hash]
    assert changed == [mirror.row(BIRTHS).pk]


def test_a_new_asset_is_found(mirror):
    mirror.sync()
    mirror.server.add(a_chart("New", 77, dataset_uuid=SALES_DATA.uuid))
    synced = mirror.sync()
    assert (synced.created, synced.removed, synced.hashed) == (1, 0, 1)
    assert mirror.row(Key(Kind.CHART, uuid(77))).content_hash


def test_a_deleted_asset_goes(mirror):
    mirror.sync()
    mirror.server.delete(Kind.DASHBOARD, [mirror.server.id_of(BIRTHS)])
    synced = mirror.sync()
    assert (synced.created, synced.changed, synced.removed) == (0, 0, 1)
    assert not mirror.has(BIRTHS)


def test_the_last_asset_of_a_kind_is_removed(mirror):
    mirror.sync()
    mirror.server.delete(Kind.DASHBOARD, list(mirror.server.documents[Kind.DASHBOARD]))
    assert mirror.sync().counts["dashboard"] == 0


def test_a_deletion_and_a_creation_between_two_syncs_are_both_seen(mirror):
    mirror.sync()
    mirror.server.delete(Kind.DASHBOARD, [mirror.server.id_of(BIRTHS)])
    mirror.server.add(a_dashboard("New", 78))
    synced = mirror.sync()
    assert (synced.created, synced.removed) == (1, 1)
    assert not mirror.has(BIRTHS)


def test_an_asset_that_took_another_uuid_is_one_asset(mirror):
    mirror.sync()
    mirror.server.document(BIRTHS)["uuid"] = uuid(79)
    mirror.server.touch(Key(Kind.DASHBOARD, uuid(79)))
    mirror.sync()
    assert not mirror.has(BIRTHS)
    assert mirror.sync().counts["dashboard"] == 9


def test_a_change_that_was_committed_late_is_seen_among_newer_ones(mirror):
    mirror.sync()
    mirror.server.touch(REVENUE)
    mirror.sync()
    late = Key(Kind.CHART, next(iter(mirror.server.documents[Kind.CHART].values()))["uuid"])
    number = mirror.server.changed[Kind.CHART, mirror.server.id_of(REVENUE)]
    mirror.server.changed[Kind.CHART, mirror.server.id_of(late)] = number - 1  # a long import, dated before its end
    assert mirror.sync().changed == 1


def test_what_changed_on_several_pages_is_seen_although_a_sync_stopped_between_them(mirror, monkeypatch):
    mirror.sync()
    charts = [Key(Kind.CHART, document["uuid"]) for document in mirror.server.documents[Kind.CHART].values()]
    for key in charts:
        mirror.server.touch(key)
    list_newest = mirror.server.list_newest

    def breaks_after_the_first_page(resource, columns, *, page):
        if page:
            raise Unreachable("no response within 10 s", environment="dev")
        return list_newest(resource, columns, page=page)

    monkeypatch.setattr(mirror.server, "list_newest", breaks_after_the_first_page)
    with pytest.raises(Unreachable):
        mirror.sync()
    monkeypatch.setattr(mirror.server, "list_newest", list_newest)
    assert mirror.sync().changed == len(charts) > RELEASE.page_size


def test_a_row_that_moves_to_the_next_page_meanwhile_is_stored_once(mirror, monkeypatch):
    mirror.sync()
    charts = [Key(Kind.CHART, document["uuid"]) for document in mirror.server.documents[Kind.CHART].values()]
    for key in charts:
        mirror.server.touch(key)
    list_newest = mirror.server.list_newest

    def somebody_saves_the_last(resource, columns, *, page):
        if page == 1:
            mirror.server.touch(charts[0])
        return list_newest(resource, columns, page=page)

    monkeypatch.setattr(mirror.server, "list_newest", somebody_saves_the_last)
    mirror.sync()
    monkeypatch.setattr(mirror.server, "list_newest", list_newest)
    assert mirror.sync().changed == 1
    assert mirror.sync().changed == 0


def test_a_superset_that_was_restored_from_a_backup_is_read_whole(mirror):
    charts = [Key(Kind.CHART, document["uuid"]) for document in mirror.server.documents[Kind.CHART].values()]
    before = mirror.server.changed.copy()
    old = mirror.server.document(charts[0])["slice_name"]
    mirror.server.document(charts[0])["slice_name"] = "Edited"
    mirror.server.touch(charts[0])
    mirror.sync()
    mirror.server.changed = before
    mirror.server.document(charts[0])["slice_name"] = old
    for key in charts[1:]:
        assert mirror.server.changed[Kind.CHART, mirror.server.id_of(key)] > 0
    assert mirror.sync().changed == 1
    assert mirror.row(charts[0]).name == old


def test_what_moves_no_date_is_seen_once_a_day(mirror):
    mirror.server.touch(BIRTHS)
    for key in [Key(Kind.CHART, doc["uuid"]) for doc in mirror.server.documents[Kind.CHART].values()][:101]:
        mirror.server.touch(key)
    last = Key(Kind.CHART, list(mirror.server.documents[Kind.CHART].values())[101]["uuid"])
    mirror.sync()
    mirror.server.rows[last] = {"owners": [{"id": 1, "first_name": "Ada", "last_name": "Lovelace"}]}
    assert mirror.sync().changed == 0
    age(mirror, listed_whole=timezone.now() - READ_WHOLE_EVERY - timedelta(minutes=1))
    synced = mirror.sync()
    assert (synced.changed, synced.hashed) == (1, 0)
    assert mirror.row(last).owners == ["Ada Lovelace"]


def test_a_full_sync_reads_and_hashes_everything(mirror):
    mirror.sync()
    mirror.server.document(BIRTHS)["dashboard_title"] = "Names"  # without a new date
    synced = mirror.sync(everything=True)
    assert (synced.changed, synced.hashed) == (1, 132)


def test_an_asset_that_cannot_be_exported_has_no_hash_and_waits_for_its_next_change(mirror, monkeypatch):
    bad, export = mirror.server.id_of(BIRTHS), mirror.server.export

    def spoilt(kind, ids):
        if kind is Kind.DASHBOARD and bad in ids:
            raise ServerFault("it broke", environment="dev")
        return export(kind, ids)

    monkeypatch.setattr(mirror.server, "export", spoilt)
    reporter = Told()
    assert mirror.sync(reporter=reporter).hashed == 131
    assert reporter.warnings == [
        "no hash of dashboard “USA Births Names”: dev: it broke. See Superset's own log for the cause."
    ]
    assert (mirror.row(BIRTHS).content_hash, mirror.row(SALES).content_hash != "") == ("", True)
    assert (mirror.row(BIRTHS).depends_on, mirror.row(BIRTHS).portable_hash) == (None, "")
    assert mirror.sync().hashed == 0
    mirror.server.touch(BIRTHS)
    monkeypatch.setattr(mirror.server, "export", export)
    assert mirror.sync().hashed == 1


def test_an_asset_that_its_own_export_lacks_has_no_hash_and_is_not_asked_for_again(mirror, monkeypatch):
    export = mirror.server.export

    def without_the_dashboards(kind, ids):
        return (
            export(Kind.CHART, list(mirror.server.documents[Kind.CHART]))
            if kind is Kind.DASHBOARD
            else export(kind, ids)
        )

    monkeypatch.setattr(mirror.server, "export", without_the_dashboards)
    reporter = Told()
    assert mirror.sync(reporter=reporter).hashed == 132 - 9
    assert len(reporter.warnings) == 9
    assert "its own export does not contain it" in reporter.warnings[0]
    again = mirror.sync()
    assert (again.hashed, again.requests) == (0, LISTS)


def test_a_connection_is_hashed_by_way_of_one_of_its_datasets(mirror, monkeypatch):
    mirror.sync()
    (database,) = mirror.server.documents[Kind.DATABASE].values()
    database["expose_in_sqllab"] = False
    mirror.server.touch(Key(Kind.DATABASE, database["uuid"]))
    asked, export = [], mirror.server.export

    def watched(kind, ids):
        asked.append((kind, len(ids)))
        return export(kind, ids)

    monkeypatch.setattr(mirror.server, "export", watched)
    assert mirror.sync().hashed == 1
    assert asked == [(Kind.DATASET, 1)]


def test_a_superset_that_is_down_leaves_the_catalogue_as_it_was(mirror):
    mirror.sync()
    finished = CatalogueSync.objects.get().finished
    mirror.servers.servers["dev"] = Unreachable("no response within 10 s", environment="dev")
    with pytest.raises(Unreachable):
        mirror.sync()
    state = CatalogueSync.objects.get()
    assert count_assets(mirror.environment)["dashboard"] == 9
    assert (state.finished, state.error["kind"]) == (finished, "unreachable")
    assert state.error["sentence"].startswith("dev: no response within 10 s.")
    assert state.error["at"]
    mirror.servers.servers["dev"] = mirror.server
    mirror.sync()
    assert CatalogueSync.objects.get().error is None


def test_a_stopped_sync_keeps_its_progress_and_the_next_continues(mirror, monkeypatch):
    monkeypatch.setitem(RELEASE.export_batch, Kind.DASHBOARD, 2)
    with pytest.raises(Cancelled):
        mirror.sync(reporter=StopsAfter(3))
    taken = CatalogueAsset.objects.exclude(hashed_version=None).count()
    assert 0 < taken < 132
    assert CatalogueSync.objects.get().error["kind"] == "cancelled"
    assert mirror.sync().hashed == 132 - taken


def test_ids_are_refreshed_without_an_export(mirror, monkeypatch):
    mirror.sync()
    monkeypatch.setattr(mirror.server, "export", None)
    charts = mirror.server.documents[Kind.CHART]
    number = mirror.server.id_of(REVENUE)
    charts[9_000] = charts.pop(number)  # without a new date
    synced = refresh_ids(environment=mirror.environment, reporter=Silent(), pause=0)
    assert synced.changed >= 1
    assert mirror.row(REVENUE).asset_id == 9_000


def test_two_environments_keep_to_themselves(mirror):
    other = make_environment("prod")
    mirror.servers.servers["prod"] = mirror.server
    mirror.sync()
    sync.sync_catalogue(environment=other, reporter=Silent(), pause=0)
    assert count_assets(other) == count_assets(mirror.environment)
    mirror.server.delete(Kind.DASHBOARD, [mirror.server.id_of(BIRTHS)])
    mirror.sync()
    assert (count_assets(other)["dashboard"], count_assets(mirror.environment)["dashboard"]) == (9, 8)


def test_the_client_of_a_sync_pauses_before_each_request(mirror):
    mirror.sync(pause=0.5)
    assert mirror.servers.rests == {"dev": 0.5}


class Told(Silent):
    def __init__(self):
        self.warnings = []

    def log(self, text, *, level="info", **facts):
        if level == "warning":
            self.warnings.append(text)


class StopsAfter(Silent):
    """Lets so many requests pass that the engine asks about; lists of a server in memory do not ask."""

    def __init__(self, requests):
        self.left = requests

    def check_cancelled(self):
        self.left -= 1
        if self.left < 0:
            raise Cancelled("Stopped on request")
