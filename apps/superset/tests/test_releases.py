from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from apps.superset.errors import NotConfigured
from apps.superset.releases.base import Access, Endpoint, Fault, Importer, ListColumns, Permissions, Release
from apps.superset.releases.supported import SUPPORTED, release_of, version_in_json, version_in_page
from apps.superset.releases.v6_1 import RELEASE
from apps.superset.tests.superset_server import LOGIN_PAGE, recorded


@pytest.mark.parametrize("version", ["6.1.0", "6.1.3", "6.1.0rc1", "6.1"])
def test_a_supported_release_keeps_its_full_version(version):
    release = release_of(version)
    assert release.version == version
    assert release.importers[Endpoint.ASSETS].form == {"sparse": "true"}


@pytest.mark.parametrize("version", ["4.1.4", "5.0.0", "6.0.0"])
def test_an_older_supported_release_has_its_own_facts(version):
    release = release_of(version)
    assert (release.line, release.is_known, release.access) == (version[:3], True, Access.OWNERS)
    assert not release.account_by_token


@pytest.mark.parametrize("version", ["6.2.0", "6.10.0", "7.0.0rc1", "61.0"])
def test_a_newer_release_is_treated_like_the_newest_and_its_access_is_to_be_probed(version):
    release = release_of(version)
    assert replace(release, version="6.1", is_known=True, access=Access.OWNERS) == RELEASE
    assert (release.version, release.is_known, release.access) == (version, False, None)


@pytest.mark.parametrize("version", ["4.0.2", "3.1.0", "0.0.0-dev", "", "latest"])
def test_any_other_release_is_refused_with_the_supported_ones_named(version):
    supported = r"\(supported: 4\.1, 5\.0, 6\.0, 6\.1\)"
    with pytest.raises(NotConfigured, match=rf"prod: Superset .* is not supported {supported}"):
        release_of(version, environment="prod")


def test_the_version_is_read_from_the_version_resource():
    assert version_in_json(recorded("version.json")) == "6.1.0"


@pytest.mark.parametrize("answer", [None, [], {}, {"version_string": None}, "6.1.0"])
def test_other_answers_hold_no_version(answer):
    assert version_in_json(answer) == ""


def test_the_version_is_read_from_the_login_page():
    assert version_in_page(LOGIN_PAGE) == "6.1.0"
    assert version_in_page('<script>{"version_string":"5.0.0"}</script>') == "5.0.0"
    assert version_in_page("<html>version 6.1.0</html>") == ""


def test_a_message_that_is_not_known_is_not_explained():
    assert RELEASE.known_fault("database is locked") is None
    assert RELEASE.known_fault("") is None


@pytest.mark.parametrize("profile", [Release, ListColumns, Permissions, Importer, Fault])
def test_every_fact_of_a_profile_is_read_by_the_engine(profile):
    engine = Path(__file__).parent.parent
    modules = [
        path for path in engine.rglob("*.py") if "tests" not in path.parts and not re.fullmatch(r"v\d+_\d+", path.stem)
    ]
    code = "\n".join(path.read_text() for path in modules)
    assert [each.name for each in fields(profile) if not re.search(rf"\.{each.name}\b", code)] == []


@pytest.mark.parametrize("release", SUPPORTED.values(), ids=SUPPORTED)
def test_every_supported_release_has_the_schemas_of_its_importer(release):
    name = f"v{release.line.replace('.', '_')}.json"
    assert (Path(__file__).parent.parent / "releases" / "importer_schemas" / name).is_file()
