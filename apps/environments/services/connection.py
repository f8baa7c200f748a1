# [DEF:environments.services.connection:Module]
# @COMPLEXITY: 3
# @PURPOSE: Tests the connection and the account of an environment, and stores the outcome.
# @RELATION DEPENDS_ON -> environments.connections
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> superset.remote.client

from __future__ import annotations

from django.utils import timezone

from apps.core.errors import stored_error
from apps.environments.connections import as_tried, open_client
from apps.environments.models import Environment, Provider
from apps.superset.errors import AuthRejected, Cancelled, SupersetError
from apps.superset.messages.message import Message
from apps.superset.protocol import Reporter
from apps.superset.remote.client import SupersetClient

CONTACT = ("release", "last_contact", "last_error", "sign_in_kinds")
"""What a connection check finds out."""


def check_connection(environment: Environment, *, reporter: Reporter | None = None) -> Environment:
    """Test the connection and the account, and store the outcome. Raises what went wrong, stored too."""
    try:
        contact(environment, reporter)
    except Cancelled:
        raise
    except SupersetError as error:
        environment.last_error = {**stored_error(error), "at": timezone.now().isoformat()}
        raise
    finally:
        as_tried(environment).update(**{name: getattr(environment, name) for name in CONTACT})
    return environment


def contact(environment: Environment, reporter: Reporter | None = None) -> None:
    client = open_client(environment, reporter=reporter)
    try:
        environment.release = client.release().version
        client.whoami()
        environment.sign_in_kinds = _offered(client, environment)
    except AuthRejected as error:
        raise _with_advice(error, environment, client) from None
    finally:
        client.close()
    environment.last_contact = timezone.now()
    environment.last_error = None


def note_server(environment: Environment, client: SupersetClient) -> None:
    """Store what a client that is at work finds out about the server, where that differs."""
    found = {"release": client.release().version, "sign_in_kinds": _offered(client, environment)}
    different = {name: value for name, value in found.items() if value != getattr(environment, name)}
    for name, value in different.items():
        setattr(environment, name, value)
    if different:
        as_tried(environment).update(**different)


def _offered(client: SupersetClient, environment: Environment) -> list[str] | None:
    """What was known before if the server could not be asked; None if it does not say."""
    try:
        return [kind.value for kind in client.sign_in_kinds()] or None
    except (Cancelled, AuthRejected):
        raise
    except SupersetError:
        return environment.sign_in_kinds


def _with_advice(error: AuthRejected, environment: Environment, client: SupersetClient) -> AuthRejected:
    """A refused password may be right, and the server may check passwords elsewhere or not at all."""
    try:
        kind = client.sign_in_kind()
    except SupersetError:
        return error
    environment.sign_in_kinds = [kind.value] if kind else None
    if kind is None or environment.provider in {kind, Provider.TOKEN}:
        return error
    return AuthRejected(error.message, environment=error.environment, next_step=Message(f"next.provider.{kind}"))
