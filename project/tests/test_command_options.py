"""What the commands have in common: the same option for the same thing, and a word of help for each."""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from django.core.management import get_commands, load_command_class

from apps.core.management.base import DJANGO_OPTIONS

ONE_WORD = {"--help", *DJANGO_OPTIONS}
"""Django's own."""

SAME_THING = {
    # another name for what a command has already: the name to use
    "--zone": "--timezone",
    "--tz": "--timezone",
    "--who": "--by",
    "--user": "--by",
    "--author": "--by",
    "--actor": "--as",
    "--status": "--state",
    "--query": "--search",
    "--from-date": "--since",
    "--max": "--limit",
    "--env": "--environment",
    "--force-yes": "--yes",
    "--confirm": "--yes",
    "--dry-run": "--yes",
}

TAKES_AWAY = {"remove", "unpair", "revoke", "prune", "close"}
"""Verbs after which something is gone: a dry run without --yes."""


class Argument(NamedTuple):
    verb: str
    action: argparse.Action

    @property
    def label(self) -> str:
        return f"{self.verb} {'/'.join(self.action.option_strings) or self.action.dest}"


def _of(parser: argparse.ArgumentParser, path: str) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    yield path, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, each in action.choices.items():
                yield from _of(each, f"{path} {name}")


def _parsers() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for name, app in get_commands().items():
        if str(app).startswith("apps."):
            yield from _of(load_command_class(app, name).create_parser("lockstep", name), name)


PARSERS = dict(_parsers())


def _arguments() -> list[Argument]:
    return [
        Argument(path, action)
        for path, parser in PARSERS.items()
        for action in parser._actions
        if not ONE_WORD.intersection(action.option_strings) and not isinstance(action, argparse._SubParsersAction)
    ]


ARGUMENTS = _arguments()


def _kind(action: argparse.Action) -> tuple[object, ...]:
    """What an option takes: nothing, or a value of this name."""
    takes = None if action.nargs == 0 else (action.metavar or tuple(map(str, action.choices or ())))
    return takes, isinstance(action, argparse._StoreTrueAction | argparse.BooleanOptionalAction)


def test_every_argument_has_a_word_of_help():
    assert [each.label for each in ARGUMENTS if not each.action.help] == []


def test_help_is_about_lockstep_and_not_about_django():
    shown = {path: parser.format_help() for path, parser in PARSERS.items()}
    assert [path for path, text in shown.items() if "CommandError" in text or "--verbosity" in text] == []


def test_no_help_shows_a_placeholder():
    shown = {path: parser.format_help() for path, parser in PARSERS.items()}
    assert [path for path, text in shown.items() if re.search(r"\{[a-z_]+\}", text)] == []


def test_every_verb_has_a_summary():
    assert [path for path, parser in PARSERS.items() if not parser.description] == []


def test_every_value_is_named_in_capitals_or_by_its_choices():
    def is_named(action: argparse.Action) -> bool:
        if action.nargs == 0 or (action.choices and action.metavar is None):
            return True
        return bool(action.metavar and re.fullmatch(r"[A-Z][A-Z0-9_.:=]*|\d+-\d+", str(action.metavar)))

    assert [each.label for each in ARGUMENTS if not is_named(each.action)] == []


def test_no_option_is_another_name_for_one_there_is():
    found = {option: each.label for each in ARGUMENTS for option in each.action.option_strings}
    assert {label: SAME_THING[option] for option, label in found.items() if option in SAME_THING} == {}


DIFFERENT_BY_DESIGN = {
    "--state",  # the states of a task are not those of a token
    "--kind",  # a mapping has the kind database, too
    "--approvals",
    "--protected",  # may be negated where it is changed or chosen, not where it is set for the first time
    "--check-queries",
    "--until",  # of a freeze it may be a day of the week
}


def test_an_option_takes_the_same_in_every_command():
    kinds: dict[str, dict[object, str]] = defaultdict(dict)
    for each in ARGUMENTS:
        for option in each.action.option_strings:
            kinds[option].setdefault(_kind(each.action), each.label)
    differing = {option: found for option, found in kinds.items() if len(found) > 1}
    assert {option: found for option, found in differing.items() if option not in DIFFERENT_BY_DESIGN} == {}


def test_every_list_can_be_limited_and_searched():
    lists = {path for path in PARSERS if path.endswith((" list", " runs"))} | {"catalogue show"}
    assert len(lists) > 10
    for path in lists:
        options = {option for action in PARSERS[path]._actions for option in action.option_strings}
        assert "--limit" in options, path
        assert options & {"--search", "--state"}, path


@pytest.mark.parametrize("path", [path for path in PARSERS if path.split()[-1] in TAKES_AWAY])
def test_what_takes_something_away_is_a_dry_run_without_yes(path):
    (yes,) = [action for action in PARSERS[path]._actions if "--yes" in action.option_strings]
    assert yes.default is False


def test_the_help_of_a_command_says_nothing_of_django():
    for name, app in get_commands().items():
        if str(app).startswith("apps."):
            text = load_command_class(app, name).create_parser("lockstep", name).format_help()
            assert not [word for word in ("CommandError", "--verbosity", "--settings") if word in text], name
