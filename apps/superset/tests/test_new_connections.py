"""A connection that the target lacks, created because somebody chose so."""

from __future__ import annotations

import json

import pytest

from apps.superset.assets import Key, Kind
from apps.superset.connections.document import MASK, Secret, open_secrets, planned_connection, request_of, secrets_of
from apps.superset.errors import BundleRefused, NotConfigured, PlanStale, PlanUnsafe, ServerFault, UndoBlocked
from apps.superset.plan.plan import Action, Plan
from apps.superset.tests.builders import a_database, a_dataset
from apps.superset.tests.world import SALES, World, database_of

PASSWORD = "pa/ss@w:ord %1"
POSTGRES = "postgresql://ada:XXXXXXXXXX@db.example:5432/sales"
GIVEN = {Secret.PASSWORD: PASSWORD}


@pytest.fixture
def world():
    """The connection of the source is PostgreSQL, and the target lacks it."""
    world = World(SALES)
    world.mapping = {}
    number = world.dev.id_of(key_of(world))
    world.dev.documents[Kind.DATABASE][number] |= {"sqlalchemy_uri": POSTGRES, "allow_file_upload": True}
    return world


def key_of(world: World) -> Key:
    return Key(Kind.DATABASE, database_of(world.dev))


def planned(world, **request):
    return world.plan(connections=frozenset({key_of(world).uuid}), **request)


def down(*_: object) -> None:
    raise ServerFault("down", environment="prod")


def refusals(refused) -> list[str]:
    return [each.kind for each in refused.value.refusals]


def test_an_unmapped_connection_is_refused_unless_chosen(world):
    with pytest.raises(PlanUnsafe) as refused:
        world.plan()
    assert refusals(refused) == ["database_unmapped"]


def test_a_chosen_connection_is_created_by_the_plan(world):
    plan = planned(world).plan
    change = plan.changes[0]
    assert (change.key, change.action, change.before) == (key_of(world), Action.CREATE, None)
    assert [(each.name, each.secrets) for each in plan.connections] == [(change.name, (Secret.PASSWORD,))]
    assert "connections_created" in [note.kind for note in plan.warnings]
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_the_run_tests_creates_and_uses_it(world):
    made = planned(world)
    result = world.apply(made, secrets={key_of(world).uuid: GIVEN})
    assert world.prod.writes[:2] == ["POST database/test_connection", "POST database"]
    there = world.prod.document(key_of(world))
    assert there["sqlalchemy_uri"] == POSTGRES
    assert there["allow_file_upload"] is True
    assert world.prod.passwords[key_of(world).uuid] == PASSWORD
    assert any("database" in name for name in result.written)
    assert all(each["database_uuid"] == key_of(world).uuid for each in world.prod.documents[Kind.DATASET].values())
    assert world.plan().plan.pending is False


def test_a_wrong_password_writes_nothing_and_repeats_no_secret(world):
    world.prod.accepts = "another"
    with pytest.raises(NotConfigured) as refused:
        world.apply(planned(world), secrets={key_of(world).uuid: GIVEN})
    assert "authentication failed" in refused.value.detail
    assert PASSWORD not in f"{refused.value} {refused.value.context} {refused.value.detail}"
    assert world.prod.id_of(key_of(world)) is None
    assert not world.prod.documents[Kind.DATASET]


def test_without_its_secrets_nothing_is_sent(world):
    with pytest.raises(NotConfigured, match="password"):
        world.apply(planned(world))
    assert world.prod.writes == []


def test_a_rollback_removes_what_the_run_created(world):
    made = planned(world)
    world.apply(made, secrets={key_of(world).uuid: GIVEN})
    world.roll_back(made)
    assert world.prod.id_of(key_of(world)) is None
    assert len(world.prod.documents[Kind.DATABASE]) == 1


def test_a_rollback_does_not_remove_a_connection_that_others_use(world):
    made = planned(world)
    world.apply(made, secrets={key_of(world).uuid: GIVEN})
    world.prod.add(a_dataset("theirs", 77, database_uuid=key_of(world).uuid))
    with pytest.raises(PlanUnsafe) as refused:
        world.roll_back(made)
    assert refusals(refused) == ["still_used"]
    assert world.prod.id_of(key_of(world)) is not None


def test_a_rollback_does_not_remove_a_connection_that_was_changed(world):
    made = planned(world)
    world.apply(made, secrets={key_of(world).uuid: GIVEN})
    world.prod.document(key_of(world))["allow_dml"] = True
    with pytest.raises(UndoBlocked):
        world.roll_back(made)
    assert world.prod.id_of(key_of(world)) is not None


def test_a_connection_of_the_target_is_never_overwritten(world):
    name = world.dev.document(key_of(world))["database_name"]
    world.prod.add(a_database(name, 9))
    with pytest.raises(PlanUnsafe) as refused:
        planned(world)
    assert refusals(refused) == ["connection_exists"]


def test_one_with_its_uuid_is_refused_too(world):
    world.prod.add(a_database("other", 9, uuid=key_of(world).uuid))
    with pytest.raises(PlanUnsafe) as refused:
        planned(world)
    assert refusals(refused) == ["connection_exists"]


def test_a_connection_of_its_name_that_came_since_the_plan_stops_the_run(world):
    made = planned(world)
    world.prod.add(a_database(world.dev.document(key_of(world))["database_name"], 9))
    with pytest.raises(PlanStale):
        world.apply(made, secrets={key_of(world).uuid: GIVEN})
    assert world.prod.writes == []


def test_a_connection_that_no_dashboard_needs_is_refused(world):
    with pytest.raises(PlanUnsafe) as refused:
        world.plan(connections=frozenset({key_of(world).uuid, "0" * 8}))
    assert refusals(refused) == ["connection_unneeded"]


def test_secrets_in_the_open_are_refused(world):
    world.dev.document(key_of(world))["extra"] = {"engine_params": {"connect_args": {"password": "open"}}}
    with pytest.raises(PlanUnsafe) as refused:
        planned(world)
    assert refusals(refused) == ["connection_open_secrets"]


def test_a_tunnel_needs_the_feature_on_the_target(world):
    world.dev.document(key_of(world))["ssh_tunnel"] = {"server_address": "jump", "password": MASK}
    with pytest.raises(PlanUnsafe) as refused:
        planned(world)
    assert refusals(refused) == ["connection_tunnel"]


def test_an_interrupted_run_is_completed_without_creating_it_again(world, monkeypatch):
    made = planned(world)
    with monkeypatch.context() as patch:
        patch.setattr(world.prod, "import_bundle", down)
        with pytest.raises(ServerFault):
            world.apply(made, secrets={key_of(world).uuid: GIVEN})
    assert world.prod.id_of(key_of(world)) is not None
    world.apply(made)
    assert world.prod.writes.count("POST database") == 1


def test_a_clear_password_of_an_export_is_masked():
    plain = planned_connection(a_database(sqlalchemy_uri="mysql://bob:p:w@host/db"))
    assert plain.document["sqlalchemy_uri"] == f"mysql://bob:{MASK}@host/db"
    assert secrets_of(plain) == (Secret.PASSWORD,)


@pytest.mark.parametrize("uri", ["sqlite:////tmp/a.db", "mysql://host/db", "mysql://bob@host/db", "bigquery://project"])
def test_an_address_without_a_password_asks_for_none(uri):
    asset = planned_connection(a_database(sqlalchemy_uri=uri))
    assert (asset.document["sqlalchemy_uri"], secrets_of(asset)) == (uri, ())


def test_a_request_has_the_names_of_the_api_and_the_secrets_of_the_tunnel():
    tunnel = {"server_address": "jump", "server_port": 22, "username": "u", "private_key": MASK, "password": None}
    extra = {"schemas_allowed_for_csv_upload": ["a"]}
    asset = planned_connection(a_database(sqlalchemy_uri=POSTGRES, ssh_tunnel=tunnel, extra=extra))
    assert secrets_of(asset) == (Secret.PASSWORD, Secret.TUNNEL_KEY)
    body = request_of(asset, {Secret.PASSWORD: PASSWORD, Secret.TUNNEL_KEY: "KEY"})
    assert body["sqlalchemy_uri"] == "postgresql://ada:pa%2Fss%40w%3Aord%20%251@db.example:5432/sales"
    assert json.loads(body["extra"]) == {"schemas_allowed_for_file_upload": ["a"]}
    assert body["ssh_tunnel"] == {"server_address": "jump", "server_port": 22, "username": "u", "private_key": "KEY"}


def test_secure_extra_is_asked_for_and_never_planned():
    asset = planned_connection(a_database(encrypted_extra='{"credentials_info": {"private_key": "x"}}'))
    assert secrets_of(asset) == (Secret.SECURE_EXTRA,)
    assert "private_key" not in str(asset.document)
    assert request_of(asset, {Secret.SECURE_EXTRA: "{}"})["masked_encrypted_extra"] == "{}"


@pytest.mark.parametrize(
    ("uri", "extra"),
    [
        ("mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BUID%3Dsa%3BPWD%3DS3cr3t", {}),
        ("snowflake://ada@host/db?private_key_passphrase=S3cr3t", {}),
        ("mysql://ada@host/db?pwd=S3cr3t", {}),
        *(
            ("postgresql://ada@host/db", {"engine_params": {"connect_args": {name: value}}})
            for name, value in [
                ("private_key", "S3cr3t"),
                ("auth", ["ada", "S3cr3t"]),
                ("pwd", "S3cr3t"),
                ("passphrase", "S3cr3t"),
                ("access_key", "S3cr3t"),
            ]
        ),
    ],
)
def test_secrets_in_the_open_are_found_by_other_names_too(uri, extra):
    asset = a_database(sqlalchemy_uri=uri, extra=extra)
    assert open_secrets(asset)


def test_what_is_no_secret_is_none():
    asset = a_database(sqlalchemy_uri=f"{POSTGRES}?sslmode=require", extra={"metadata_params": {}, "author": "ada"})
    assert open_secrets(asset) == []


KEY = "-----BEGIN KEY-----\nabc\n-----END KEY-----\n"


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        (KEY, json.dumps({"message": f"bad key {KEY}"})),
        (KEY, repr(KEY)),
        ("pa ss+word", "pa+ss%2Bword"),
        ('{"credentials_info": {"private_key": "S3cr3tS3cr3t"}}', "Invalid: {'private_key': 'S3cr3tS3cr3t'}"),
    ],
)
def test_a_secret_that_a_server_repeats_in_another_form_is_hidden(world, secret, said):
    def refuse(*_: object) -> None:
        raise BundleRefused(said, environment="prod")

    world.prod.create_row = refuse
    with pytest.raises(NotConfigured) as refused:
        world.apply(planned(world), secrets={key_of(world).uuid: {**GIVEN, Secret.SECURE_EXTRA: secret}})
    assert not [part for part in ("abc", "pa+ss", "S3cr3t") if part in str(refused.value)]


def test_a_connection_that_an_alert_queries_is_not_taken_back_by_half(world):
    """commands/database/delete.py refuses it when all else is gone."""
    made = planned(world)
    world.apply(made, secrets={key_of(world).uuid: GIVEN})
    number = world.prod.id_of(key_of(world))
    row = {"id": 1, "name": "Theirs", "type": "Alert", "active": True, "chart_id": None, "dashboard_id": None}
    world.prod.reports.append({**row, "database_id": number})
    before = {kind: len(found) for kind, found in world.prod.documents.items()}
    with pytest.raises(PlanUnsafe, match="Theirs"):
        world.roll_back(made)
    assert {kind: len(found) for kind, found in world.prod.documents.items()} == before


def test_a_connection_with_saved_queries_is_not_taken_back_with_them(world):
    """models/sql_lab.py: SavedQuery.database deletes them with it."""
    made = planned(world)
    world.apply(made, secrets={key_of(world).uuid: GIVEN})
    number = world.prod.id_of(key_of(world))
    world.prod.shelve("saved_query", 44, label="By hand", db_id=number, sql="SELECT 1", schema=None)
    with pytest.raises(PlanUnsafe, match="By hand"):
        world.roll_back(made)
    assert world.prod.id_of(key_of(world)) is not None
