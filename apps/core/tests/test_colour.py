"""Colour is for terminals, and for whoever wants it there."""

from __future__ import annotations

import io
import json
from contextlib import suppress

import pytest

from apps.core.management import colour
from apps.core.management.base import Command
from apps.core.management.output import Output, table_output

ESCAPE = "\x1b["
TABLE = table_output([{}], ("ID", "State", "Name"), [("1", "failed", "a failed one"), ("2", "queued", "b")], empty="")


class Stream(io.StringIO):
    def __init__(self, *, terminal):
        super().__init__()
        self._terminal = terminal

    def isatty(self):
        return self._terminal


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


class Tell(Command):
    """Stands for a command that prints a table, or fails."""

    def add_options(self, parser):
        parser.add_argument("--broken", action="store_true")

    def run(self, options):
        if options["broken"]:
            raise OSError(28, "No space left on device")
        return TABLE


@pytest.fixture
def told():
    def run(*words, terminal=True):
        out, err = Stream(terminal=terminal), Stream(terminal=terminal)
        with suppress(SystemExit):
            Tell(stdout=out, stderr=err).run_from_argv(["lockstep", "tell", *words])
        return out.getvalue(), err.getvalue()

    return run


@pytest.mark.parametrize(
    ("terminal", "variables", "wanted"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "0"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (False, {"CLICOLOR_FORCE": "1"}, True),
        (False, {"FORCE_COLOR": "0"}, False),
        (True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_the_environment_chooses_colour(monkeypatch, terminal, variables, wanted):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert colour.is_wanted(Stream(terminal=terminal)) is wanted


@pytest.mark.django_db
class TestCommands:
    @pytest.fixture(autouse=True)
    def _connections(self, monkeypatch):
        monkeypatch.setattr("apps.core.management.base.connections.close_all", lambda: None)

    def test_states_are_coloured_and_nothing_else(self, told):
        said = told()[0]
        assert "\x1b[31mfailed\x1b[0m" in said
        assert "\x1b[33mqueued\x1b[0m" in said
        assert said.count(ESCAPE) == 4
        assert "a failed one" in said

    @pytest.mark.parametrize("words", [("--no-color",), ("--format", "json"), ("--format", "markdown")])
    def test_what_is_not_for_people_has_no_colour(self, told, words):
        assert ESCAPE not in "".join(told(*words))

    def test_a_pipe_gets_colour_only_by_force(self, told):
        assert ESCAPE not in told(terminal=False)[0]
        assert ESCAPE in told("--force-color", terminal=False)[0]
        assert json.loads(told("--force-color", "--format", "json", terminal=False)[0]) == [{}]

    def test_errors_are_red(self, told):
        assert told("--broken")[1].startswith("\x1b[31m")
        assert ESCAPE not in told("--broken", "--no-color")[1]


def test_what_is_written_to_standard_error_is_not_red_by_itself():
    stream = Stream(terminal=True)
    Tell(stderr=stream).stderr.write("reading")
    assert stream.getvalue() == "reading\n"


def test_text_from_outside_brings_no_colour():
    shown = Output(
        {}, f"  + {ESCAPE}31mred", paint=lambda text: colour.painted_lines(text, [("  + ", colour.Colour.GREEN)])
    )
    assert shown.as_format("text", coloured=True) == "\x1b[32m  + \\x1b[31mred\x1b[0m"
