# [DEF:core.management.passwords:Module]
# @COMPLEXITY: 3
# @PURPOSE: Reads a secret for a command from a file, standard input or a prompt, but never from the command line.
# @RELATION DEPENDS_ON -> core.management.base

from __future__ import annotations

import getpass
import sys
from pathlib import Path

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from apps.core.errors import LockstepError
from apps.core.management import messages
from apps.core.management.base import Options


def add_password_options(parser: CommandParser, *, token: bool = False) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--password-file", metavar="FILE", help=_("read the password from the first line of this file"))
    group.add_argument("--password-stdin", action="store_true", help=_("read the password from standard input"))
    if token:
        group.add_argument("--token-file", metavar="FILE", help=_("read an access token from this file instead"))


def read_password(options: Options, *, prompt: str = "Password: ", confirm: bool = False) -> str:
    """The password, prompted for twice with `confirm`. An empty one is refused."""
    if options["password_file"]:
        return read_secret_file(options["password_file"])
    if options["password_stdin"]:
        return not_empty(sys.stdin.readline().rstrip("\r\n"), _("standard input"))
    if not sys.stdin.isatty():
        raise LockstepError(messages.PASSWORD_MISSING)
    password = not_empty(getpass.getpass(prompt), _("the prompt"))
    if confirm and getpass.getpass(f"{prompt.rstrip(': ')} again: ") != password:
        raise LockstepError(messages.PASSWORDS_DIFFER)
    return password


def read_secret_file(name: str) -> str:
    """The first line of the file."""
    try:
        content = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else _("it is not UTF-8 text")
        raise LockstepError(messages.FILE_UNREADABLE.format(name=name, reason=reason)) from None
    return not_empty(content.split("\n", 1)[0].rstrip("\r"), _("the file “{name}”").format(name=name))


def not_empty(secret: str, where: str) -> str:
    """The secret that was read from there. LockstepError if there is none."""
    if not secret:
        raise LockstepError(messages.PASSWORD_EMPTY.format(where=where))
    return secret
