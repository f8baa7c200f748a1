"""`lockstep mapping`, from the words typed to what is stored and printed."""

from __future__ import annotations

import json

import pytest

from apps.audit.models import AuditEntry
from apps.catalogue.models import AssetPairing, DatabaseMapping
from apps.catalogue.services.mappings import confirmed_mapping
from apps.catalogue.services.pairings import confirmed_pairing
from apps.environments.tests.factories import Servers, make_environment
from apps.superset.assets import Asset, Key, Kind
from apps.superset.tests.fake_superset import FakeSuperset

EXAMPLES = "aaaaaaaa-0000-4000-8000-000000000001"
WAREHOUSE = "bbbbbbbb-0000-4000-8000-000000000001"
LAKE = "bbbbbbbb-0000-4000-8000-000000000002"
OURS = "aaaaaaaa-0000-4000-8000-000000000009"
THEIRS = "bbbbbbbb-0000-4000-8000-000000000009"


def server(name, databases, dashboard):
    fake = FakeSuperset(name)
    for uuid, title in databases.items():
        document = {"uuid": uuid, "database_name": title, "backend": "postgresql"}
        fake.documents[Kind.DATABASE][len(fake.documents[Kind.DATABASE]) + 1] = document
    document = {"uuid": dashboard, "dashboard_title": "Sales", "position": {}, "metadata": {}}
    fake.add(Asset(Key(Kind.DASHBOARD, dashboard), "Sales", document))
    return fake


@pytest.fixture(autouse=True)
def sides(author, monkeypatch):
    Servers(
        dev=server("dev", {EXAMPLES: "Warehouse Dev"}, OURS),
        prod=server("prod", {WAREHOUSE: "Warehouse Prod", LAKE: "Lake = big"}, THEIRS),
    ).install(monkeypatch)
    return make_environment("dev"), make_environment("prod")


def test_a_suggestion_has_a_score_and_a_reason_and_stores_nothing(manage):
    code, said, _ = manage("mapping", "suggest", "dev", "prod", "--format", "json")
    (suggestion,) = json.loads(said)
    assert code == 0
    assert (suggestion["source"]["name"], suggestion["target"]["name"]) == ("Warehouse Dev", "Warehouse Prod")
    assert suggestion["score"] > 50
    assert suggestion["reason"]
    assert "Warehouse Prod" in manage("mapping", "suggest", "dev", "prod")[1]
    assert not DatabaseMapping.objects.exists()


def test_a_mapping_is_stored_listed_replaced_and_removed(manage, sides, author):
    dev, prod = sides
    assert manage("mapping", "list", "dev", "prod")[1].startswith("Nothing is mapped from “dev” to “prod” yet")
    code, said, _ = manage("mapping", "set", "dev", "prod", "Warehouse Dev=Warehouse Prod")
    assert (code, said) == (0, "Stored dev “Warehouse Dev” → prod “Warehouse Prod”.\n")
    assert confirmed_mapping(source=dev, target=prod) == {EXAMPLES: WAREHOUSE}
    assert DatabaseMapping.objects.get().confirmed_by == author

    assert manage("mapping", "set", "dev", "prod", f"{EXAMPLES}=Lake = big")[0] == 0
    assert confirmed_mapping(source=dev, target=prod) == {EXAMPLES: LAKE}
    assert confirmed_mapping(source=prod, target=dev) == {}
    assert "Warehouse Dev  Lake = big" in manage("mapping", "list", "dev", "prod")[1]
    entry = AuditEntry.objects.first()
    assert (entry.before["target_uuid"], entry.after["target_uuid"]) == (WAREHOUSE, LAKE)

    assert manage("mapping", "remove", "dev", "prod", "warehouse dev", "--yes")[0] == 0
    assert not DatabaseMapping.objects.exists()
    assert AuditEntry.objects.first().action == "mapping.remove"


def test_no_mapping_is_stored_if_one_of_several_is_invalid(manage):
    code, _, told = manage("mapping", "set", "dev", "prod", "Warehouse Dev=Warehouse Prod", "Warehouse Dev=Nothing")
    assert code == 1
    assert told.startswith("There is no database “Nothing” in prod. prod has “Lake = big”, “Warehouse Prod”.")
    assert not DatabaseMapping.objects.exists()


def test_removing_what_is_not_stored_is_refused(manage):
    assert manage("mapping", "remove", "dev", "prod", "x")[2].startswith(
        "There is no mapping of a database “x” from dev to prod"
    )


def test_source_and_target_are_two_environments(manage):
    for words in (("suggest", "dev", "dev"), ("set", "dev", "dev", "a=b"), ("pair", "dev", "dev", "chart", "a=b")):
        assert manage("mapping", *words)[2].startswith("Source and target are both “dev”")


def test_assets_are_paired_and_unpaired(manage, sides):
    dev, prod = sides
    assert manage("mapping", "pair", "dev", "prod", "dashboard", "Sales=Sales", "--reason", "same slug")[0] == 0
    assert confirmed_pairing(source=dev, target=prod) == {Key(Kind.DASHBOARD, OURS): Key(Kind.DASHBOARD, THEIRS)}
    assert AssetPairing.objects.get().reason == "same slug"
    assert "dashboard  Sales  Sales" in manage("mapping", "list", "dev", "prod")[1]
    assert manage("mapping", "unpair", "dev", "prod", "dashboard", OURS, "--yes")[0] == 0
    assert confirmed_pairing(source=dev, target=prod) == {}


def test_a_pairing_that_is_replaced_is_audited_with_what_it_was(manage, sides):
    manage("mapping", "pair", "dev", "prod", "dashboard", "Sales=Sales", "--reason", "same slug")
    manage("mapping", "pair", "dev", "prod", "dashboard", "Sales=Sales", "--reason", "the same people")
    entry = AuditEntry.objects.first()
    assert (entry.before["reason"], entry.after["reason"]) == ("same slug", "the same people")
    assert entry.before["target_uuid"] == entry.after["target_uuid"] == THEIRS


def test_an_ambiguous_name_removes_no_pairing(manage, sides, author):
    dev, prod = sides
    for here, there in ((OURS, THEIRS), (LAKE, WAREHOUSE)):
        values = {"source_name": "Sales", "target_name": "Sales", "confirmed_by": author}
        AssetPairing.objects.create(
            source=dev, target=prod, kind="chart", source_uuid=here, target_uuid=there, **values
        )
    code, _, told = manage("mapping", "unpair", "dev", "prod", "chart", "sales")
    assert (code, AssetPairing.objects.count()) == (1, 2)
    assert told.startswith("“sales” matches 2 stored rows. Use the UUID of the source")
    assert manage("mapping", "unpair", "dev", "prod", "chart", OURS.upper(), "--yes")[0] == 0
    assert str(AssetPairing.objects.get().source_uuid) == LAKE


def test_two_assets_are_not_paired_with_the_same_one(manage, sides, author):
    dev, prod = sides
    AssetPairing.objects.create(
        source=dev, target=prod, kind="dashboard", source_uuid=LAKE, target_uuid=THEIRS, confirmed_by=author
    )
    code, _, told = manage("mapping", "pair", "dev", "prod", "dashboard", "Sales=Sales")
    assert code == 1
    assert told.startswith("Another dashboard of dev is already paired with one of these")
