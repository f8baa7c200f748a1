from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.plugins.models import PluginRecord
from apps.plugins.registry import registry
from apps.tasks.tests.sockets import Site


@pytest.fixture
def plugins_path(tmp_path: Path) -> Path:
    return install_probe(tmp_path)


def install_probe(folder: Path) -> Path:
    """A folder with what an installer leaves there of a distribution that has our probe."""
    distribution = folder / "site" / "probe-1.dist-info"
    distribution.mkdir(parents=True)
    (distribution / "METADATA").write_text("Metadata-Version: 2.1\nName: probe\nVersion: 1\n")
    (distribution / "entry_points.txt").write_text("[lockstep.plugins]\nprobe = apps.tasks.tests.probe:plugin\n")
    return distribution.parent


@pytest.fixture
def probe(request: pytest.FixtureRequest, plugins_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The probe is installed and enabled."""
    monkeypatch.syspath_prepend(plugins_path)
    registry.cache_clear()
    request.getfixturevalue("transactional_db" if "transactional_db" in request.fixturenames else "db")
    PluginRecord.objects.update_or_create(slug="probe", defaults={"enabled": True})
    yield
    registry.cache_clear()


@pytest.fixture
def site(transactional_db: None) -> Iterator[Site]:
    opened = Site()
    yield opened
    opened.close()
