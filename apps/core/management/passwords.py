# [DEF:core.management.passwords:Module]
# @COMPLEXITY: 3
# @PURPOSE: Reading a secret for a command: from a file, from standard input, or asked for. Never from the command
#   line.
# @RELATION DEPENDS_ON -> core.management.base

from __future__ import annotations

import getpass
import sys
from pathlib import Path

from django.core.management.base import CommandParser

from apps.core.errors import LockstepError
from apps.core.management.base import Options


def add_password_options(parser: CommandParser, *, token: bool = False) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--password-file", metavar="FILE", help="read the password from the first line of this file")
    group.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    if token:
        group.add_argument("--token-file", metavar="FILE", help="read a ready access token from this file instead")


def read_password(options: Options, *, prompt: str = "Password: ", confirm: bool = False) -> str:
    """The password; asked for twice with `confirm`. Refuses an empty one."""
    if options["password_file"]:
        return read_secret_file(options["password_file"])
    if options["password_stdin"]:
        return _not_empty(sys.stdin.readline().rstrip("\r\n"), "standard input")
    if not sys.stdin.isatty():
        raise LockstepError("No password is given: use --password-file FILE or --password-stdin.")
    password = _not_empty(getpass.getpass(prompt), "the answer")
    if confirm and getpass.getpass(f"{prompt.rstrip(': ')} again: ") != password:
        raise LockstepError("The two passwords differ: try again.")
    return password


def read_secret_file(name: str) -> str:
    """The first line of the file."""
    try:
        content = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise LockstepError(f"The file “{name}” cannot be read ({reason}): name a readable file.") from None
    return _not_empty(content.split("\n", 1)[0].rstrip("\r"), f"the file “{name}”")


def _not_empty(secret: str, where: str) -> str:
    if not secret:
        raise LockstepError(f"The password is empty: {where} holds nothing.")
    return secret
