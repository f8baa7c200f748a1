from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections

from project import storage


def test_the_data_directory_is_outside_of_the_checkout_by_default():
    assert storage.default_data_dir({"XDG_DATA_HOME": "/data"}) == Path("/data/lockstep")
    assert storage.default_data_dir({"XDG_DATA_HOME": "relative"}) == Path.home() / ".local/share/lockstep"


def test_an_embedded_database_exists_once_it_is_prepared(tmp_path):
    database = storage.embedded_database(tmp_path)
    assert not storage.database_exists(database)
    storage.prepare(database)
    assert storage.database_exists(database)


@pytest.mark.django_db
def test_a_postgresql_database_exists_once_it_has_our_tables():
    if connection.vendor != "postgresql":
        pytest.skip("runs where DATABASE_URL names a PostgreSQL")
    assert storage.database_exists(connection.settings_dict)
    assert not storage.database_exists(connection.settings_dict | {"NAME": "postgres"})
    storage.prepare(connection.settings_dict)


@pytest.mark.django_db
def test_the_embedded_database_is_set_up_for_several_processes():
    if connection.vendor != "sqlite":
        pytest.skip("runs on the embedded SQLite")
    with connection.cursor() as cursor:
        settings = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("busy_timeout", "synchronous")}
    assert settings == {"busy_timeout": 20000, "synchronous": 1}
    assert vars(connections["default"])["transaction_mode"] == "IMMEDIATE"


def test_a_bucket_needs_its_keys_and_its_package(monkeypatch):
    known: Any = {"bucket": ("b", ""), "endpoint": "", "region": "x", "access_key_id": "a"}
    with pytest.raises(ImproperlyConfigured, match="Set LOCKSTEP_S3_ACCESS_KEY_ID and LOCKSTEP_S3_SECRET_ACCESS_KEY"):
        storage.stores(**known, secret_access_key="")
    monkeypatch.setattr(storage, "find_spec", lambda name: None)
    with pytest.raises(ImproperlyConfigured, match=r"LOCKSTEP_STORAGE needs a package .* Install lockstep.s3."):
        storage.stores(**known, secret_access_key="b")
