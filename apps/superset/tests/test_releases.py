import pytest

from apps.superset.errors import NotConfigured
from apps.superset.releases.profiles import known_fault, release_of, version_in_json, version_in_page
from apps.superset.tests.superset_server import LOGIN_PAGE, recorded


@pytest.mark.parametrize("version", ["6.1.0", "6.1.3", "6.1.0rc1", "6.1"])
def test_a_supported_release_keeps_its_full_version(version):
    release = release_of(version)
    assert release.version == version
    assert release.sparse_assets_import


@pytest.mark.parametrize("version", ["6.10.0", "6.0.0", "61.0", "0.0.0-dev", "", "latest"])
def test_any_other_release_is_refused_with_the_supported_ones_named(version):
    with pytest.raises(NotConfigured, match=r"prod: Superset .* is not supported \(supported: 6\.1\)"):
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
    assert known_fault("database is locked") is None
    assert known_fault("") is None
