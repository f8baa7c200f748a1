# [DEF:environments.management.options:Module]
# @COMPLEXITY: 3
# @PURPOSE: Options that several verbs of `lockstep environment` have, and the sign-in that they give.
# @RELATION CALLS -> core.management.passwords
# @RELATION DEPENDS_ON -> environments.services.sign_in
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION DEPENDS_ON -> users.models

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from apps.core.errors import NotThere
from apps.core.management.arguments import whole_number
from apps.core.management.base import Options, add_actor
from apps.core.management.passwords import add_password_options, read_password, read_secret_file
from apps.environments.management import messages
from apps.environments.models import MOST_APPROVALS, Environment, Provider
from apps.environments.services.lookup import get_environment
from apps.environments.services.sign_in import SignIn
from apps.superset.errors import (
    AuthRejected,
    NotConfigured,
    NotFound,
    NotPermitted,
    RateLimited,
    ServerFault,
    SupersetError,
    Unreachable,
)
from apps.users.models import User

STATES = (
    *("ok", "not checked", "disabled"),
    *(each.kind.replace("_", " ") for each in (Unreachable, RateLimited, AuthRejected, NotPermitted, NotFound)),
    *(each.kind.replace("_", " ") for each in (NotConfigured, ServerFault, SupersetError)),
)
"""What a list can show: the last is any other failure of its last check."""


def add_environment(parser: Any) -> None:
    """The filter of a list."""
    parser.add_argument("--environment", default="", metavar="NAME", help=str(messages.HELP_ENVIRONMENT))


def of_environment(name: str, *, user: User, removed: QuerySet[Any] | None = None) -> Q:
    """Rows of this environment, if a name is given. `removed` are rows that keep the name of one that is removed."""
    if not name:
        return Q()
    try:
        return Q(environment=get_environment(name, user=user))
    except NotThere:
        gone = Q(environment=None, environment_name__iexact=name)
        if removed is None or not removed.filter(gone).exists():
            raise
        return gone


def add_reason(parser: Any) -> None:
    parser.add_argument("--reason", default="", metavar="TEXT", help=str(messages.HELP_REASON))


def add_approvals(parser: Any, *, default: Any) -> None:
    parser.add_argument(
        "--approvals",
        dest="approvals_needed",
        metavar="N",
        type=whole_number(1, MOST_APPROVALS),
        default=default,
        help=str(messages.HELP_APPROVALS),
    )


def add_account(parser: Any, *, username: str | None, provider: str | None) -> None:
    """Options for the account; in an edit, what is not passed stays."""
    parser.add_argument("--username", metavar="USERNAME", default=username, help=str(messages.HELP_USERNAME))
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
