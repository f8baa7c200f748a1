# [DEF:environments.management.options:Module]
# @COMPLEXITY: 3
# @PURPOSE: Options that several verbs of `lockstep environment` have, and the sign-in that they give.
# @RELATION CALLS -> core.management.passwords
# @RELATION DEPENDS_ON -> environments.services.sign_in

from __future__ import annotations

from typing import Any

from apps.core.management.base import Options, add_actor
from apps.core.management.passwords import add_password_options, read_password, read_secret_file
from apps.environments.management import messages
from apps.environments.models import Environment, Provider
from apps.environments.services.sign_in import SignIn


def add_reason(parser: Any) -> None:
    parser.add_argument("--reason", default="", help=str(messages.HELP_REASON))


def add_approvals(parser: Any, *, default: Any) -> None:
    parser.add_argument(
        "--approvals",
        dest="approvals_needed",
        metavar="N",
        type=int,
        default=default,
        help=str(messages.HELP_APPROVALS),
    )


def add_account(parser: Any, *, username: str | None, provider: str | None) -> None:
    """Options for the account; in an edit, what is not passed stays."""
    parser.add_argument("--username", default=username, help=str(messages.HELP_USERNAME))
    parser.add_argument(
        "--provider",
        choices=[Provider.DB.value, Provider.LDAP.value],
        default=provider,
        help=messages.HELP_PROVIDER.format(default=provider or messages.UNCHANGED),
    )
    add_password_options(parser, token=True)


def add_sign_in(parser: Any) -> None:
    add_account(parser, username="", provider=Provider.DB.value)
    parser.add_argument("--no-check", dest="check", action="store_false", help=str(messages.HELP_NO_CHECK))
    add_actor(parser)


def read_sign_in(options: Options) -> SignIn:
    username = options["username"]
    if options["token_file"]:
        return SignIn(read_secret_file(options["token_file"]), username, Provider.TOKEN.value)
    return SignIn(read_password(options), username, options["provider"])


def sign_in_of_edit(options: Options, environment: Environment) -> SignIn | None:
    """None if the options give none: then the stored one stays."""
    if not any(options[name] for name in ("username", "provider", "password_file", "password_stdin", "token_file")):
        return None
    username = environment.username if options["username"] is None else options["username"]
    provider = Provider.DB.value if environment.provider == Provider.TOKEN else environment.provider
    return read_sign_in({**options, "username": username, "provider": options["provider"] or provider})
