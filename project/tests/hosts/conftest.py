from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from apps.core.crypto.encryption import Secret
from apps.core.tests.buckets import S3Server, files_in
from apps.environments.models import Environment
from apps.plugins.models import PluginRecord
from apps.plugins.registry import registry
from apps.tasks.tests.redis_server import own_redis
from project.tests.hosts.host import Host, Web, Worker, refusal
from project.tests.hosts.site import Site
from rig.stress.__main__ import install
from rig.stress.journal import JOURNAL_VARIABLE

ENVIRONMENTS = ("alpha", "beta")
PROCESSES = 2

H = TypeVar("H", bound=Host)


@pytest.fixture
def able() -> None:
    """This machine can play several hosts."""
    if connection.vendor != "postgresql":
        pytest.skip("runs where DATABASE_URL names a PostgreSQL")
    if (why := refusal()) and os.environ.get("CI") != "true":
        pytest.skip(why)


@pytest.fixture(params=["database", "redis"])
def broker(request: pytest.FixtureRequest, able: None) -> Iterator[dict[str, str]]:
    if request.param == "database":
        yield {}
        return
    with own_redis() as address:
        yield {"LOCKSTEP_BROKER": address}


@pytest.fixture
def stress_plugin(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Installed and enabled."""
    plugins = install(tmp_path)
    monkeypatch.syspath_prepend(plugins)
    registry.cache_clear()
    PluginRecord.objects.create(slug="stress", enabled=True)
    yield plugins
    registry.cache_clear()


@pytest.fixture
def site(
    broker: dict[str, str], stress_plugin: Path, s3: S3Server, author: Any, tmp_path: Path, settings: Any
) -> Iterator[Site]:
    """Two webs and three workers: what they share is the database, a bucket and keys, and with Redis that."""
    for name in ENVIRONMENTS:
        Environment.objects.create(name=name, slug=name, url=f"https://{name}.example.com", secret=Secret.of(name))
    name_of_database = connection.settings_dict["NAME"]
    bucket, journal = s3.bucket(), tmp_path / "journal.jsonl"
    settings.STORAGES = files_in(s3.endpoint, bucket, "site")
    keys = {name: value for name, value in os.environ.items() if name.startswith("LOCKSTEP_") and "KEY" in name}
    variables = {
        **keys,
        **s3.settings(bucket, "site"),
        **broker,
        "DATABASE_URL": urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name_of_database}")),
        "PYTHONPATH": str(stress_plugin),
        "LOCKSTEP_WORKERS": str(PROCESSES),
        JOURNAL_VARIABLE: str(journal),
    }
    with ExitStack() as stack:

        def begun(host: H) -> H:
            stack.callback(host.close)
            return host

        webs = [begun(Web(f"web-{number}", tmp_path, variables)) for number in (1, 2)]
        workers = [begun(Worker(f"worker-{number}", tmp_path, variables)) for number in (1, 2, 3)]
        for host in (*webs, *workers):
            host.ready()
        yield Site(webs, workers, author, journal)
