from __future__ import annotations

import json

import pytest

from apps.plugins.installation import get_plugin, settings_of
from apps.plugins.tests.conftest import entry

pytestmark = pytest.mark.usefixtures("installed", "author")


@pytest.fixture
def set_up(manage, tmp_path):
    (tmp_path / "token").write_text("open-sesame\n")

    def set_up(*words):
        token = f"token={tmp_path / 'token'}"
        return manage("plugins", "settings", "greeter", "--secret-file", token, "--set", "url=https://x", *words)

    return set_up


def test_the_list_shows_what_each_can_do(manage):
    code, told, _ = manage("plugins", "list")
    assert code == 0
    assert told.splitlines()[1].split() == ["greeter", "Greeter", "2.0", "ready", "no", "greet,", "rest"]


def test_a_plugin_is_enabled_and_disabled_by_the_command(manage):
    assert manage("plugins", "enable", "greeter")[1] == "“Greeter” is enabled.\n"
    assert manage("plugins", "enable", "greeter")[1] == "“Greeter” is already enabled.\n"
    assert manage("plugins", "disable", "greeter")[1] == "“Greeter” is disabled.\n"
    code, _, error = manage("plugins", "enable", "nothing")
    assert (code, error) == (1, "There is no plugin “nothing”. Known plugins: greeter.\n")


def test_settings_are_set_shown_and_unset(manage, set_up):
    assert set_up("--set", "retries=7")[1] == "Changed: retries, token, url.\n"
    assert settings_of("greeter").token.reveal() == "open-sesame"
    told = manage("plugins", "settings", "greeter")[1]
    assert [line.split() for line in told.splitlines()[1:]] == [
        ["url", "https://x"],
        ["token", "(set)"],
        ["second", "(not", "set)"],
        ["retries", "7"],
    ]
    manage("plugins", "settings", "greeter", "--unset", "retries")
    assert settings_of("greeter").retries == 3


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--set", "token=x"), "“token” is secret and must not appear on a command line. Use --secret-file."),
        (("--set", "url"), "“url” is not NAME=VALUE."),
        (("--secret-file", "token"), "“token” is not NAME=FILE."),
        (("--set", "retries=many"), "retries: This must be a whole number."),
    ],
)
def test_invalid_arguments_are_reported(manage, set_up, words, sentence):
    set_up()
    code, told, error = manage("plugins", "settings", "greeter", *words)
    assert (code, told, error) == (1, "", f"{sentence}\n")


def test_the_check_shows_what_is_wrong(manage, set_up, installed):
    code, told, _ = manage("plugins", "check")
    assert (code, told.startswith("greeter: The plugin “greeter” is not configured.")) == (1, True)
    set_up()
    assert manage("plugins", "check")[:2] == (0, "No problems (1 checked).\n")
    installed(entry("greeter", "gone"))
    code, told, _ = manage("plugins", "check", "--format", "json")
    assert code == 1
    assert json.loads(told)["problems"]["greeter"].startswith("broken: AttributeError")
    installed()
    assert "missing: It is no longer installed" in manage("plugins", "check", "greeter")[1]
    assert get_plugin("greeter").state == "missing"


def test_a_new_plugin_needs_a_name_and_a_free_place(manage, tmp_path):
    assert "is not a valid name for a plugin" in manage("plugins", "new", "Big-Ben", "--in", tmp_path)[2]
    assert manage("plugins", "new", "big_ben", "--in", tmp_path)[0] == 0
    assert (tmp_path / "lockstep-big-ben" / "lockstep_big_ben" / "plugin.py").exists()
    assert "exists already" in manage("plugins", "new", "big_ben", "--in", tmp_path)[2]
    (tmp_path / "file").write_text("")
    assert "cannot be made (Not a directory)" in manage("plugins", "new", "other", "--in", tmp_path / "file")[2]


@pytest.mark.parametrize("words", [("list",), ("check",), ("settings", "greeter")], ids=" ".join)
def test_plugins_are_shown_to_who_may_see_them(words, manage, viewer):
    code, said, told = manage("plugins", *words, "--as", "viewer")
    assert (code, said, "plugins.view" in told) == (1, "", True)
