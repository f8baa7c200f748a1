# [DEF:environments.errors:Module]
# @COMPLEXITY: 3
# @PURPOSE: What an environment cannot be: invalid, or another server under the old sign-in.
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> superset.http.url
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

import os

from apps.core.advice import advise
from apps.core.errors import LockstepError, Refused
from apps.environments import messages
from apps.environments.models import Environment, Provider
from apps.superset.http.url import origin

NOT_GIVEN = ("id", "secret", "release", "last_contact", "last_error", "sign_in_kinds", "created")
"""What no person fills in."""


def refuse_other_server(environment: Environment, before: str) -> None:
    """Otherwise an editor could have the stored secret sent to a server of their own."""
    if origin(environment.url) != origin(before):
        raise Refused(messages.OTHER_SERVER.format(url=environment.url, before=before, environment=environment))


def refuse_invalid(environment: Environment) -> None:
    if not environment.slug:
        raise LockstepError(messages.EMPTY_NAME)
    if not environment.name.isprintable():
        raise LockstepError(messages.UNPRINTABLE_NAME)
    if environment.provider != Provider.TOKEN and not environment.username:
        raise LockstepError(messages.NO_USERNAME, advice=advise("environments.username"))
    if environment.ca_bundle and not os.path.isfile(environment.ca_bundle):  # noqa: PTH113 - a name too long is no file either
        raise LockstepError(messages.NO_CA_BUNDLE.format(path=environment.ca_bundle))
    environment.clean_fields(exclude=["slug", *NOT_GIVEN])  # it is made from the name: one complaint is enough
    environment.clean_fields(exclude=NOT_GIVEN)
