# [DEF:instance.management.commands.instance:Module]
# @COMPLEXITY: 3
# @PURPOSE: `lockstep instance`: back up this instance, and restore it.
# @RELATION INHERITS_FROM -> core.management.base
# @RELATION CALLS -> instance.services.backup
# @RELATION CALLS -> instance.services.restore
# @RELATION DEPENDS_ON -> core.management.passwords
# @RELATION DEPENDS_ON -> users.services.actor
# @RELATION DEPENDS_ON -> environments.management.progress

from __future__ import annotations

import sys
from functools import cached_property
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandParser

from apps.core.crypto.keys import prepare_directory
from apps.core.management.arguments import whole_number
from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options, Verbs, add_actor
from apps.core.management.dry_run import add_yes, would
from apps.core.management.output import Output
from apps.core.management.passwords import not_empty, read_secret_file
from apps.environments.management.progress import ConsoleReporter
from apps.instance import schema
from apps.instance.archive import Archive
from apps.instance.management import messages, output
from apps.instance.services.backup import backup
from apps.instance.services.restore import BESIDE, contents_here, examine, restore, verify
from apps.users.services.actor import acting_user


class Command(BaseCommand):
    help = str(messages.HELP)

    def add_verbs(self, verbs: Verbs) -> None:
        made = verbs.add("backup", self.backup, str(messages.HELP_BACKUP))
        made.add_argument("--into", metavar="FILE", type=Path, help=str(messages.HELP_INTO))
        made.add_argument("--keep", metavar="N", type=whole_number(1), default=0, help=str(messages.HELP_KEEP))
        keys = made.add_mutually_exclusive_group()
        keys.add_argument("--with-keys", action="store_true", help=str(messages.HELP_WITH_KEYS))
        keys.add_argument("--passphrase-file", metavar="FILE", help=str(messages.HELP_PASSPHRASE_FILE))
        keys.add_argument("--passphrase-stdin", action="store_true", help=str(messages.HELP_PASSPHRASE_STDIN))
        add_actor(made)
        checked = verbs.add("verify", self.verify, str(messages.HELP_VERIFY))
        _add_file(checked)
        restored = verbs.add("restore", self.restore, str(messages.HELP_RESTORE))
        _add_file(restored)
        restored.add_argument("--replace", action="store_true", help=str(messages.HELP_REPLACE))
        keys = restored.add_mutually_exclusive_group()
        keys.add_argument("--passphrase-file", metavar="FILE", help=str(messages.HELP_DECRYPT_FILE))
        keys.add_argument("--passphrase-stdin", action="store_true", help=str(messages.HELP_DECRYPT_STDIN))
        keys.add_argument("--without-keys", action="store_true", help=str(messages.HELP_WITHOUT_KEYS))
        add_yes(restored)

    def backup(self, options: Options) -> Output:
        actor = acting_user(username=options["actor"]) if options["actor"] else None
        made = backup(
            into=options["into"] or _own_directory(),
            keep=options["keep"],
            with_keys=options["with_keys"],
            passphrase=_passphrase(options),
            actor=actor,
            say=self._say,
        )
        return output.made_output(made)

    def verify(self, options: Options) -> Output:
        with Archive(options["file"]) as archive:
            verify(archive, say=self._say)
            return output.intact_output(archive)

    def restore(self, options: Options) -> Output:
        how = {
            "passphrase": _passphrase(options),
            "replace": options["replace"],
            "without_keys": options["without_keys"],
        }
        with Archive(options["file"]) as archive:
            if options["yes"]:
                return output.restored_output(archive, restore(archive, **how, say=self._say))
            verify(archive, say=self._say)
            examine(archive, **how)
            return self._would(archive)

    def _would(self, archive: Archive) -> Output:
        rows, files = contents_here()
        occupied = schema.is_occupied()
        directory = Path(settings.DATA_DIR, BESIDE)
        sentences = [output.what(archive)]
        if keys := output.needed_keys(archive.manifest):
            sentences.append(messages.KEYS_NEEDED_HERE.format(keys=keys))
        sentences.append(output.would_replace(rows, files, directory) if occupied else str(messages.WOULD_FILL))
        data = {
            "file": str(archive.file),
            **output.manifest_data(archive.manifest),
            "replaces": rows if occupied else None,
        }
        return would(data, *sentences)

    def _say(self, sentence: str) -> None:
        self.reporter.log(sentence)

    @cached_property
    def reporter(self) -> ConsoleReporter:
        return ConsoleReporter(self.stderr)


def _add_file(parser: CommandParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help=str(messages.HELP_FILE))


def _own_directory() -> Path:
    directory = Path(settings.DATA_DIR, BESIDE)
    prepare_directory(directory)
    return directory


def _passphrase(options: Options) -> str:
    if options["passphrase_file"]:
        return read_secret_file(options["passphrase_file"])
    if options["passphrase_stdin"]:
        return not_empty(sys.stdin.readline().rstrip("\r\n"), str(messages.STDIN))
    return ""
