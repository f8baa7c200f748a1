# [DEF:core.management.base:Module]
# @COMPLEXITY: 3
# @PURPOSE: The base of our management commands: verbs, output formats, exit codes, and one sentence for each error.
# @RELATION DEPENDS_ON -> core.management.output
# @RELATION DEPENDS_ON -> contracts.plain_text
# @RELATION DEPENDS_ON -> core.storage
# @RELATION CALLS -> core.management.program

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from itertools import pairwise
from types import MappingProxyType
from typing import Any, ClassVar, NoReturn

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser, handle_default_options
from django.db import Error, InterfaceError, OperationalError, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from apps.contracts.plain_text import is_storable, one_line, plain
from apps.core.errors import LockstepError, worded
from apps.core.management import colour, messages
from apps.core.management.colour import Colour
from apps.core.management.output import DONE, FAILED, FORMATS, INTERRUPTED, Output, json_text
from apps.core.management.program import product, program, worded_for_commands
from apps.core.management.spelling import parse
from apps.core.management.terminal import json_for, silence
from apps.core.messages import MAKE_ROOM
from apps.core.storage import why_not_stored
from apps.core.validation import sentence_of

Options = dict[str, Any]
"""The parsed arguments, as Django passes them on."""

Verb = Callable[[Options], Output]

DJANGO_OPTIONS = (
    *("--version", "--settings", "--pythonpath", "--no-color", "--force-color", "--skip-checks"),
    *("--verbosity", "--traceback"),
)

COLOUR_OPTIONS = ("--no-color", "--force-color")


class Command(BaseCommand):
    """A command with one verb (`run`) or several (`add_verbs`).

    Each verb gets the options and returns an Output, which is printed in the chosen format. Expected errors end with
    exit code 1 and one sentence on standard error; with `--format json` also with an object on standard output. Wrong
    usage also ends with 1, because 2 means "changes pending".
    """

    announced: ClassVar[tuple[type[Exception], ...]] = (LockstepError,)
    """Exceptions whose `str` is meant for the user and that have `to_json()`."""

    serves: ClassVar[bool] = False
    """It serves other users (`worker`, `run`), so its texts are not worded for a terminal."""

    elsewhere: ClassVar[Mapping[str, object]] = MappingProxyType({})
    """What it has no verb for, and where that is done instead."""

    # System checks are for servers; a command reports problems of its database itself
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        for option in DJANGO_OPTIONS:
            hide(parser, option)
        if type(self).add_verbs is Command.add_verbs:
            self.add_options(parser)
            parser.set_defaults(name_of_field=partial(_as_typed, parser))
            add_format(parser)
        else:
            self.add_verbs(Verbs(parser))

    def add_options(self, parser: CommandParser) -> None:
        """Arguments of a command without verbs."""

    def add_verbs(self, verbs: Verbs) -> None:
        """Add the verbs, for a command that has several."""

    def run(self, options: Options) -> Output:
        raise NotImplementedError

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stderr.style_func = None  # Django's makes all of it bold red, and most of it is progress

    def get_version(self) -> str:
        return product()

    def handle(self, *_args: Any, **options: Any) -> None:
        with nullcontext() if self.serves else worded_for_commands():
            self._handle(options)

    def _handle(self, options: Options) -> None:
        verb: Verb = options.pop("verb", self.run)
        name_of = options.pop("name_of_field", str)
        try:
            output = verb(options)
        except self.announced as error:
            self.fail(worded(error), _facts(error), options, code=self.code_of(error))
        except ValidationError as error:
            sentence = sentence_of(error, name_of)
            self.fail(sentence, {"kind": "invalid", "detail": sentence, "context": {}}, options)
        except (Error, OSError) as error:
            if not (sentence := _failure_sentence(error)):
                raise
            self.fail(sentence, {"kind": "database", "detail": sentence, "context": {}}, options)
        text = output.as_format(options["format"], coloured=colour.is_wanted(self.stdout))
        self.stdout.write(json_for(text, self.stdout) if options["format"] == "json" else text)
        if output.exit_code != DONE:
            sys.exit(output.exit_code)

    def code_of(self, error: Exception) -> int:  # noqa: ARG002 - for commands that distinguish failures
        """The exit code of an expected error."""
        return FAILED

    def fail(self, sentence: str, facts: dict[str, Any], options: Options, *, code: int = FAILED) -> NoReturn:
        if options["format"] == "json":
            self._write_error(facts)
        raise CommandError(one_line(sentence), returncode=code)

    def run_from_argv(self, argv: list[str]) -> None:
        """Like Django's, but wrong usage exits with 1, and errors and Ctrl-C print only one sentence."""
        self._called_from_command_line = True
        options = vars(self._parse(argv))
        handle_default_options(argparse.Namespace(**options))
        token = colour.chosen.set(False if options["no_color"] else options["force_color"] or None)
        try:
            self.execute(*options.pop("args", ()), **options)
            sys.stdout.flush()  # so that a full disk is reported here, not by Python at exit
        except CommandError as error:
            if options["traceback"]:
                raise
            self._say_error(plain(error))
            sys.exit(error.returncode)
        except KeyboardInterrupt:
            self.stderr.write(str(messages.STOPPED))
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            # The reader of our output went away (`| head`)
            silence()
            sys.exit(FAILED)
        except OSError as error:
            if options["traceback"] or not (sentence := why_not_stored(error)):
                raise
            silence()
            self._say_error(sentence)
            sys.exit(FAILED)
        finally:
            colour.chosen.reset(token)
            connections.close_all()

    def _write_error(self, facts: dict[str, Any]) -> None:
        self.stdout.write(json_for(json_text({"error": facts}), self.stdout))

    def _say_usage(self, argv: list[str], sentence: str) -> None:
        """For programs; argparse prints it for people."""
        if "--format=json" in argv or ("--format", "json") in pairwise(argv):
            self._write_error({"kind": "usage", "detail": one_line(sentence), "context": {}})

    def _say_error(self, sentence: str) -> None:
        self.stderr.write(colour.painted(sentence, Colour.RED) if colour.is_wanted(self.stderr) else sentence)

    def _parse(self, argv: list[str]) -> argparse.Namespace:
        for number, argument in enumerate(argv[2:], 1):
            if not is_storable(argument):
                text = messages.NOT_UTF8_ARGUMENT.format(number=number, argument=one_line(argument, 60))
                self._say_usage(argv, text)
                self.stderr.write(text)
                sys.exit(FAILED)
        try:
            parser = self.create_parser(program(), argv[1])
            return parse(parser, argv[2:], elsewhere=self.elsewhere, heard=partial(self._say_usage, argv))
        except SystemExit as stop:
            sys.exit(FAILED if stop.code else DONE)


class Verbs:
    """Adds the verbs of a command to its parser."""

    def __init__(self, parser: CommandParser) -> None:
        self._parsers = parser.add_subparsers(dest="verb_name", metavar="VERB", required=True)

    def add(self, name: str, verb: Verb, summary: str) -> CommandParser:
        """The parser of a new verb, for its arguments. Every verb has `--format`."""
        parser: CommandParser = self._parsers.add_parser(name, help=summary, description=summary)
        parser.set_defaults(verb=verb, name_of_field=partial(_as_typed, parser))
        add_format(parser)
        for option in COLOUR_OPTIONS:  # Django's, which are otherwise known before the verb only
            parser.add_argument(option, action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        return parser


def add_format(parser: CommandParser) -> None:
    parser.add_argument("--format", choices=FORMATS, default="text", help=_("output format (default: text)"))


def add_actor(parser: CommandParser) -> None:
    parser.add_argument("--as", dest="actor", metavar="USERNAME", help=_("user who acts (default: the only superuser)"))


def add_onlooker(parser: CommandParser) -> None:
    parser.add_argument("--as", dest="actor", metavar="USERNAME", help=_("show what this user may see (default: all)"))


def _as_typed(parser: argparse.ArgumentParser, field: str) -> str:
    """What a person typed for a field of a service: `zone` → `--timezone`, `params.text` → `--param text`."""
    first, _dot, rest = field.partition(".")
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way
        if action.dest in (field, f"new_{field}", first.removesuffix("s")):
            name = action.option_strings[0] if action.option_strings else str(action.metavar or action.dest)
            return f"{name} {rest}".rstrip()
    return field


def hide(parser: argparse.ArgumentParser, option: str) -> None:
    """Django's own options still work, but are left out of the help."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way
        if option in action.option_strings:
            action.help = argparse.SUPPRESS


def _facts(error: Exception) -> dict[str, Any]:
    facts: dict[str, Any] = error.to_json()  # type: ignore[attr-defined]
    return facts


def _failure_sentence(error: Exception) -> str:
    """The sentence for a failure of the database or the disk; empty for a bug of Lockstep."""
    if why := why_not_stored(error):
        return f"{why} {MAKE_ROOM}"
    if not isinstance(error, Error):
        return ""
    if sentence := _unprepared(error):
        return sentence
    if isinstance(error, (OperationalError, InterfaceError)) and not _is_mistake(error):
        return messages.DATABASE_FAILED.format(cause=_cause(error))
    return ""


def _is_mistake(error: Error) -> bool:
    """SQLite reports invalid statements, which are bugs, with the same exception as problems of its disk."""
    of_sqlite = str(getattr(error.__cause__, "sqlite_errorname", ""))
    return of_sqlite == "SQLITE_ERROR" or str(error).startswith(("no such ", "near "))


def _cause(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _unprepared(error: Error) -> str:
    """The sentence for a database that cannot be reached or lacks tables; empty if that is not the cause."""
    connection = connections["default"]
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return messages.DATABASE_UNUSABLE.format(cause=_cause(error))
    return messages.DATABASE_OUTDATED.format(program=program()) if pending else ""
