"""`lockstep` as a program: its first screen, what it makes of misspelt words, and completion in real shells."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from django.core.management import get_commands

from apps.core.management.console import Console
from apps.core.management.first_screen import commands
from project.tests.running import CHECKOUT, environment

WIDTH = 80
LIST = "List commands with `lockstep help`."


@pytest.fixture
def lockstep(capsys):
    """Runs the program: `code, stdout, stderr = lockstep("help")`."""

    def run(*words):
        code: str | int | None = 0
        try:
            Console(["lockstep", *words]).execute()
        except SystemExit as stop:
            code = stop.code
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.mark.parametrize("words", [(), ("help",), ("--help",), ("-h",)])
def test_the_first_screen_groups_our_commands_and_leaves_out_those_of_django(lockstep, words):
    code, said, told = lockstep(*words)
    assert (code, told) == (0, "")
    assert [line for line in said.splitlines() if line.endswith(":")][:2] == ["Get started:", "Work:"]
    assert "  migration  " in said
    assert "makemigrations" not in said
    assert max(map(len, said.splitlines())) <= WIDTH


def test_every_command_of_ours_stands_on_the_first_screen_once():
    ours = {name for name, app in get_commands().items() if str(app).startswith("apps.")}
    assert sorted(commands()) == sorted({*ours, "check"})


@pytest.mark.parametrize("words", [("--version",), ("version",), ("task", "--version")])
def test_the_version_is_that_of_lockstep(lockstep, words):
    assert lockstep(*words) == (0, f"Lockstep {version('lockstep')}\n", "")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("migratoin",),
            "There is no command “migratoin”. Did you mean “migration”? List commands with `lockstep help`.",
        ),
        (("xyzzy",), "There is no command “xyzzy”. List commands with `lockstep help`."),
        (("help", "tsak"), "There is no command “tsak”. Did you mean “task”? List commands with `lockstep help`."),
        (("migration", "plna"), "error: there is no verb “plna”. Did you mean “plan”?"),
        (
            ("migration", "approve", "7"),
            "there is no verb “approve”. Decide in the admin, on the page of the migration, or through the API.",
        ),
        (("task", "list", "--fromat"), "error: there is no option “--fromat” here. Did you mean “--format”?"),
        (("task", "show", "7", "8"), "error: “8” is one argument too many"),
    ],
)
def test_a_misspelt_word_is_answered_with_the_one_that_was_meant(lockstep, words, sentence):
    code, said, told = lockstep(*words)
    assert (code, said) == (1, "")
    assert told.endswith(f"{sentence}\n")


def test_a_command_alone_lists_its_verbs(lockstep):
    code, said, told = lockstep("migration")
    assert (code, told) == (0, "")
    assert "\n    rollback " in said


def test_help_names_a_verb_as_well(lockstep):
    assert lockstep("help", "migration", "plan")[1].startswith("usage: lockstep migration plan ")


class TestTerminals:
    """Real processes: what their output goes to, and when they are stopped."""

    @pytest.fixture
    def started(self, tmp_path):
        def start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **variables):
            command = [sys.executable, "manage.py", *words]
            return subprocess.Popen(
                command,
                stdout=stdout,
                stderr=stderr,
                cwd=CHECKOUT,
                env=environment(tmp_path / "data") | variables,
            )

        return start

    @pytest.mark.parametrize("words", [("help",), ("--version",), ("migration", "--help"), ("completion", "bash")])
    def test_a_reader_that_goes_away_leaves_no_stack_trace(self, started, words):
        reading, writing = os.pipe()
        os.close(reading)
        process = started(*words, stdout=writing)
        os.close(writing)
        assert process.communicate(timeout=60)[1] == b""

    @pytest.mark.parametrize("words", [("help",), ("--version",), ("completion", "bash")])
    def test_a_full_disk_is_told_in_a_sentence(self, started, words):
        with Path("/dev/full").open("wb") as full:
            process = started(*words, stdout=full)
        said = process.communicate(timeout=60)[1]
        assert said in (b"The disk is full, so nothing can be stored.\n", b"No space left on device\n")
        assert process.returncode == 1

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
    def test_a_terminal_without_unicode_shows_simpler_signs(self, started, encoding):
        odd = {"PYTHONUTF8": "0", "PYTHONIOENCODING": encoding}
        process = started("token", "create", "Grüße → 東", "--help", **odd)
        assert process.communicate(timeout=60)[1] == b""
        refused = started("tsak", **odd).communicate(timeout=60)[1]
        assert b'There is no command "tsak". Did you mean "task"?' in refused
        shown = started("completion", "perl", "--format", "json", **odd).communicate(timeout=60)[0]
        assert json.loads(shown.decode("ascii"))["error"]["kind"] == "usage"

    @pytest.mark.parametrize("variable", [{"TERM": "dumb"}, {"NO_COLOR": "1"}])
    def test_commands_of_django_respect_what_a_terminal_takes(self, started, variable):
        terminal, theirs = pty.openpty()
        process = started("check", "--tag", "xyzzy", stdout=theirs, stderr=theirs, **variable)
        process.communicate(timeout=60)
        os.close(theirs)
        said = os.read(terminal, 4096)
        os.close(terminal)
        assert b"xyzzy" in said
        assert b"\x1b" not in said

    def test_ctrl_c_while_the_program_loads_leaves_no_stack_trace(self, started, tmp_path):
        """A module that the program imports first and that takes its time."""
        (tmp_path / "django").mkdir()
        (tmp_path / "django" / "__init__.py").write_text("print('loading', flush=True)\nimport time\ntime.sleep(60)\n")
        process = started("help", PYTHONPATH=str(tmp_path))
        assert process.stdout.readline() == b"loading\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60)[1] == b"Stopped.\n"
        assert process.returncode == 130


def needs(shell):
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")


IN_BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
"$(complete -p lockstep | sed -E 's/.*-F ([^ ]+) .*/\\1/')"
printf '%s\\n' "${COMPREPLY[@]}"
"""
IN_FISH = 'source $argv[1]; complete --do-complete "$argv[2..]"'


def completed(shell, script, *words):
    """What the shell offers for the last of the words."""
    starts = {"bash": ["bash", "--norc", "-c", IN_BASH, "bash"], "fish": ["fish", "--no-config", "-c", IN_FISH]}
    said = subprocess.run([*starts[shell], str(script), *words], capture_output=True, text=True, check=True, timeout=20)
    return {line.partition("\t")[0].strip() for line in said.stdout.splitlines()}


@pytest.mark.parametrize("shell", [pytest.param(shell, marks=needs(shell)) for shell in ("bash", "fish")])
def test_a_shell_completes_commands_verbs_options_and_choices(lockstep, tmp_path, shell):
    script = tmp_path / "script"
    script.write_text(lockstep("completion", shell)[1])
    assert completed(shell, script, "lockstep", "mig") == {"migrate", "migration"}
    assert {"plan", "apply", "rollback"} <= completed(shell, script, "lockstep", "migration", "")
    assert "--dashboard" in completed(shell, script, "lockstep", "migration", "plan", "--")
    assert completed(shell, script, "lockstep", "migration", "list", "--format", "") == {"text", "json", "markdown"}
    assert "--settings" not in completed(shell, script, "lockstep", "migration", "list", "--")


@needs("zsh")
def test_zsh_accepts_its_script(lockstep, tmp_path):
    script = tmp_path / "_lockstep"
    script.write_text(lockstep("completion", "zsh")[1])
    assert subprocess.run(["zsh", "-n", str(script)], check=False).returncode == 0
    register = 'autoload -Uz compinit; compinit -u -D; eval "$(cat $1)"; print $_comps[lockstep]'
    words = ["zsh", "-f", "-c", register, "zsh", str(script)]
    shown = subprocess.run(words, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "_shtab_lockstep"
