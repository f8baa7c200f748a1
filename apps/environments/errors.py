# [DEF:environments.errors:Module]
# @COMPLEXITY: 3
# @PURPOSE: What an environment cannot be: invalid, or another server under the old sign-in.
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> superset.http.url
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from pathlib import Path

from apps.core.errors import LockstepError, Refused
from apps.environments.models import Environment, Provider
from apps.superset.http.url import origin


def refuse_other_server(environment: Environment, before: str) -> None:
    """Whoever may edit would have the stored secret sent to a server of their own."""
    if origin(environment.url) != origin(before):
        raise Refused(
            f"{environment.url} is another server than {before}, which the stored sign-in of “{environment}” is for: "
            "give the account and its password or token anew, in the same edit."
        )


def refuse_invalid(environment: Environment) -> None:
    if not environment.slug:
        raise LockstepError("The name of an environment needs at least one letter or digit.")
    if not environment.name.isprintable():
        raise LockstepError("The name of an environment is one line of printable characters.")
    if environment.provider != Provider.TOKEN and not environment.username:
        raise LockstepError("A sign-in by password needs a user name: give one with --username.")
    if environment.ca_bundle and not Path(environment.ca_bundle).is_file():
        raise LockstepError(f"The CA bundle “{environment.ca_bundle}” is not a file: name one with certificates (PEM).")
    environment.clean_fields(exclude=["id", "secret", "release", "last_contact", "last_error", "created"])
