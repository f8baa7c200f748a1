"""`lockstep environment`, from the words typed to what is printed."""

from __future__ import annotations

import io
import json

import pytest

from apps.audit.models import AuditEntry
from apps.core.crypto import keys
from apps.environments.models import Environment
from apps.environments.tests.factories import PASSWORD, Servers, make_environment
from apps.superset.errors import AuthRejected, Unreachable
from apps.superset.tests.fake_superset import FakeSuperset


@pytest.fixture(autouse=True)
def servers(monkeypatch):
    return Servers(dev=FakeSuperset("dev"), prod=FakeSuperset("prod")).install(monkeypatch)


@pytest.fixture
def password_file(tmp_path):
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    return tmp_path / "password"


def test_an_environment_is_added_and_listed(author, manage, password_file):
    code, said, told = manage(
        *("environment", "add", "dev", "https://dev.example.com/api/v1/", "--username", "robot", "--tier", "dev"),
        *("--password-file", password_file),
    )
    assert (code, told) == (0, "")
    assert said == "Added the environment “dev” (https://dev.example.com, Superset 6.1.0).\n"
    code, said, _ = manage("environment", "list")
    assert code == 0
    assert said.splitlines()[1].startswith("dev   dev   https://dev.example.com  robot        6.1.0     ok")


def test_the_secret_is_in_no_output_and_not_readable_in_the_database(author, manage, password_file):
    words = (
        "environment",
        "add",
        "dev",
        "https://dev.example.com",
        "--username",
        "robot",
        "--password-file",
        password_file,
    )
    shown = [*manage(*words, "--format", "json"), *manage("environment", "list", "--format", "json")]
    assert PASSWORD not in str(shown)
    assert PASSWORD not in str(Environment.objects.values())


def test_a_token_or_a_password_on_standard_input_are_taken(author, manage, monkeypatch, tmp_path):
    monkeypatch.setattr("sys.stdin", io.StringIO("from-stdin\n"))
    words = ("https://dev.example.com", "--username", "robot", "--password-stdin", "--provider", "ldap")
    assert manage("environment", "add", "dev", *words)[0] == 0
    (tmp_path / "token").write_text("a-token\n")
    assert manage("environment", "add", "prod", "https://prod.example.com", "--token-file", tmp_path / "token")[0] == 0
    stored = {each.name: (each.provider, each.secret.reveal()) for each in Environment.objects.all()}
    assert stored == {"dev": ("ldap", "from-stdin"), "prod": ("token", "a-token")}


def test_refused_credentials_store_nothing_and_say_how_to_store_anyway(author, manage, servers, password_file):
    servers.servers["dev"] = AuthRejected("the user name or the password was refused", environment="dev")
    words = (
        "environment",
        "add",
        "dev",
        "https://dev.example.com",
        "--username",
        "robot",
        "--password-file",
        password_file,
    )
    code, said, told = manage(*words)
    assert (code, said) == (1, "")
    assert told.startswith("dev: the user name or the password was refused. Check the user name")
    assert told.endswith("Nothing was stored. To store it anyway, add --no-check.\n")
    assert not Environment.objects.exists()
    assert manage(*words, "--no-check")[:2] == (
        0,
        "Added the environment “dev” (https://dev.example.com, not checked).\n",
    )


@pytest.mark.parametrize(
    ("options", "hinted"),
    [
        (("--tier", "prod"), True),
        (("--approvals", "2"), True),
        (("--tier", "prod", "--protected"), False),
        (("--tier", "dev"), False),
    ],
)
def test_who_expects_approvals_is_told_that_none_is_needed(author, manage, password_file, options, hinted):
    words = ("prod", "https://prod.example.com", "--username", "robot", "--password-file", password_file, "--no-check")
    said = manage("environment", "add", *words, *options)[1]
    hint = "Its changes need no approval. To protect it: `lockstep environment edit prod --protected`.\n"
    assert said.endswith(hint) is hinted


def test_a_wrong_address_is_refused_without_that_advice(author, manage, password_file):
    words = ("environment", "add", "dev", "dev.example.com", "--username", "robot", "--password-file", password_file)
    code, _, told = manage(*words)
    assert code == 1
    assert told.startswith("dev: an address starts with http:// or https://.")
    assert "--no-check" not in told


def test_an_unreachable_environment_is_a_structured_error(author, manage, servers):
    servers.servers["dev"] = Unreachable("no response within 30 s", environment="dev")
    make_environment("dev")
    code, said, told = manage("environment", "check", "dev", "--format", "json")
    assert code == 1
    error = json.loads(said)["error"]
    assert (error["kind"], error["environment"], error["detail"]) == ("unreachable", "dev", "no response within 30 s")
    assert told == "dev: no response within 30 s. Check the address and that the server is up, then try again.\n"
    assert " unreachable " in manage("environment", "list")[1]


def test_a_check_prints_the_release(author, manage):
    make_environment("dev")
    said = manage("environment", "check", "DEV")
    sentence = "Connected to “dev”: Superset 6.1.0 at https://dev.example.com."
    assert said == (0, f"{sentence} Sign-in offered there: user name and password.\n", "")


def test_an_environment_is_disabled_enabled_edited_and_removed(author, manage):
    make_environment("dev")
    assert manage("environment", "disable", "dev") == (0, "“dev” is now disabled.\n", "")
    assert manage("environment", "disable", "dev") == (0, "“dev” is already disabled.\n", "")
    assert manage("environment", "check", "dev")[0] == 1
    assert manage("environment", "enable", "dev") == (0, "“dev” is now enabled.\n", "")
    assert manage("environment", "edit", "dev", "--protected", "--tier", "prod")[1] == "“dev”: tier prod, protected.\n"
    assert manage("environment", "edit", "dev", "--no-protected")[1] == "“dev”: no longer protected.\n"
    assert manage("environment", "edit", "dev", "--approvals", "2")[1] == "“dev”: approvals needed 2.\n"
    assert manage("environment", "edit", "dev", "--approvals", "0")[0] == 1
    assert manage("environment", "edit", "dev", "--check-queries")[1] == "“dev”: checks queries after an apply.\n"
    assert manage("environment", "remove", "dev", "--yes") == (0, "Removed the environment “dev”.\n", "")
    assert not Environment.objects.exists()
    assert AuditEntry.objects.count() == 7


def test_new_credentials_replace_the_old(author, manage, tmp_path):
    make_environment("dev")
    (tmp_path / "new").write_text("new-password")
    words = ("environment", "credentials", "dev", "--username", "other", "--password-file", tmp_path / "new")
    assert manage(*words) == (0, "Stored the new credentials of “dev”.\n", "")
    assert Environment.objects.get().secret.reveal() == "new-password"


def test_an_address_on_another_server_takes_new_credentials(author, manage, tmp_path):
    make_environment("dev")
    (tmp_path / "new").write_text("new-password")
    edit = ("environment", "edit", "dev", "--url", "https://new.example.com")
    code, out, told = manage(*edit)
    assert (code, out, "Provide the account and its password or token" in told) == (1, "", True)
    assert manage(*edit, "--password-file", tmp_path / "new") == (
        0,
        "“dev”: url https://new.example.com, signs in as robot.\n",
        "",
    )
    assert Environment.objects.get().secret.reveal() == "new-password"
    words = ("--url", "https://old.example.com", "--token-file", tmp_path / "new", "--username", "")
    assert manage("environment", "edit", "dev", *words)[0] == 0
    assert Environment.objects.get().provider == "token"


def test_who_acts_must_be_clear(manage, db, password_file):
    words = (
        "environment",
        "add",
        "dev",
        "https://dev.example.com",
        "--username",
        "robot",
        "--password-file",
        password_file,
    )
    assert manage(*words)[2].startswith("There is no administrator yet")
    assert manage(*words, "--as", "nobody")[2].startswith("There is no user “nobody”")


@pytest.mark.parametrize(
    "words",
    [
        ("add", "dev"),
        ("add", "dev", "https://dev.example.com", "--password", "x"),
        ("add", "dev", "https://dev.example.com", "--password-file", "x", "--password-stdin"),
        ("add", "dev", "https://dev.example.com", "--tier", "moon"),
        ("frob",),
    ],
)
def test_wrong_usage_is_exit_code_1(manage, words):
    code, said, told = manage("environment", *words)
    assert (code, said) == (1, "")
    assert told.startswith("usage: ")


class TestRotation:
    def test_a_key_from_the_data_directory_is_replaced_and_the_old_one_kept(self, author, manage, settings, data_dir):
        old = keys.encryption_keys(data_dir, database_exists=lambda: False)
        settings.ENCRYPTION_KEY_FROM_ENVIRONMENT, settings.ENCRYPTION_KEYS = False, old
        make_environment("dev")
        code, said, _ = manage("rotate_encryption_key")
        assert code == 0
        assert said.startswith("Re-encrypted 1 credentials. The old key is kept")
        new = keys.encryption_keys(data_dir, database_exists=lambda: True)
        assert new[1:] == old
        settings.ENCRYPTION_KEYS = new[:1]
        assert Environment.objects.get().secret.reveal() == PASSWORD

    def test_the_old_key_can_be_dropped(self, author, manage, settings, data_dir):
        old = keys.encryption_keys(data_dir, database_exists=lambda: False)
        settings.ENCRYPTION_KEY_FROM_ENVIRONMENT, settings.ENCRYPTION_KEYS = False, old
        assert manage("rotate_encryption_key", "--drop-old")[0] == 0
        (new,) = keys.encryption_keys(data_dir, database_exists=lambda: True)
        assert new != old[0]

    def test_a_key_from_the_environment_takes_over_from_the_old_one(self, author, manage, settings, data_dir):
        make_environment("dev")
        new = keys.new_encryption_key()
        settings.ENCRYPTION_KEYS = [new, *settings.ENCRYPTION_KEYS]
        assert "LOCKSTEP_ENCRYPTION_KEYS_OLD is no longer needed" in manage("rotate_encryption_key")[1]
        settings.ENCRYPTION_KEYS = [new]
        assert Environment.objects.get().secret.reveal() == PASSWORD
        assert not (data_dir / keys.ENCRYPTION_KEY_FILE).exists()


def test_the_encryption_key_is_changed_by_who_may_edit_all_environments(author, viewer, manage):
    code, _, said = manage("rotate_encryption_key", "--as", "viewer")
    assert (code, "environments.edit" in said) == (1, True)
    assert manage("rotate_encryption_key", "--as", "author")[0] == 0
