"""Verification finds what is changed on its way to the target."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

from project.tests.real.world import BIRTHS, SALES, World
from rig.check.checker import snapshot
from rig.servers.tamper import editing, tampering

OTHER_DATASET = "14f48794-ebfa-4f60-a26a-582c49132f1b"


def drop_metric(files: dict[str, bytes]) -> None:
    """Remove the first metric of every dataset."""
    for name, raw in files.items():
        if "/datasets/" in name:
            dataset = yaml.safe_load(raw)
            dataset["metrics"] = dataset["metrics"][1:]
            files[name] = yaml.safe_dump(dataset).encode()


def swap_filter_dataset(files: dict[str, bytes]) -> None:
    """Point the first filter with a dataset at another one."""
    for name, raw in files.items():
        if "/dashboards/" in name:
            dashboard = yaml.safe_load(raw)
            for entry in dashboard["metadata"].get("native_filter_configuration", []):
                for target in entry.get("targets", []):
                    if "datasetUuid" in target:
                        target["datasetUuid"] = OTHER_DATASET
                        files[name] = yaml.safe_dump(dashboard).encode()
                        return


@pytest.mark.parametrize(
    ("edit", "named"), [(drop_metric, "cleaned_sales_data"), (swap_filter_dataset, "Sales Dashboard")]
)
def test_an_upload_that_was_changed_on_its_way_makes_the_migration_fail(
    world: World, edit: Callable[[dict[str, bytes]], None], named: str
):
    world.migrate(BIRTHS)  # creates the other dataset
    with tampering(world.pair.prod.url, upload=editing(edit)) as proxy:
        assert world.register("tampered", proxy.url).code == 0
        planned = world.plan(SALES, target="tampered")
        applied = world.run("migration", "apply", str(planned.migration), "--yes")
        assert proxy.spoiled > 0
    assert applied.code == 1
    assert named in applied.stderr
    shown = world.run("migration", "show", str(planned.migration), "--format", "json")
    assert shown.document["migration"]["status"] in ("failed", "interrupted")


def test_a_proxy_that_changes_nothing_is_not_noticed(world: World):
    with tampering(world.pair.prod.url, upload=editing(lambda _: None)) as proxy:
        assert world.register("behind a proxy", proxy.url).code == 0
        planned = world.plan(SALES, target="behind a proxy")
        assert world.apply(planned.migration).code == 0
        assert proxy.spoiled == 0
    assert world.check(SALES).differences == []


def test_what_a_failed_migration_left_otherwise_than_sent_is_undone_when_a_person_says_so(world: World):
    """The difference may be the work of others, so a person has to decide."""
    before = snapshot(world.prod)
    with tampering(world.pair.prod.url, upload=editing(drop_metric)) as proxy:
        assert world.register("tampered", proxy.url).code == 0
        migration = world.plan(SALES, target="tampered").migration
        assert world.apply(migration).code == 1
        assert before.changed(snapshot(world.prod)) != set()
        refused = world.roll_back(migration)
        assert (refused.code, refused.document["error"]["kind"]) == (1, "undo_blocked")
        undone = world.roll_back(migration, "--force", "it was tampered with")
    assert undone.code == 0, undone
    assert before.changed(snapshot(world.prod)) == set()


def test_what_a_failed_migration_left_half_done_is_mended_by_the_next(world: World):
    """The second upload (numbers that Superset did not translate) fails; the first must not count as done."""
    uploads: list[bytes] = []

    def lose_the_second(bundle: bytes) -> bytes:
        uploads.append(bundle)
        return bundle if len(uploads) == 1 else b"PK lost on its way"

    with tampering(world.pair.prod.url, upload=lose_the_second) as proxy:
        assert world.register("tampered", proxy.url).code == 0
        assert world.apply(world.plan(SALES, target="tampered").migration).code == 1
    assert len(uploads) == 2
    assert world.check(SALES).differences != []
    world.migrate(SALES)
    assert world.check(SALES).differences == []
