# [DEF:environments.services.connection:Module]
# @COMPLEXITY: 3
# @PURPOSE: Tests the connection and the account of an environment, and stores the outcome.
# @RELATION DEPENDS_ON -> environments.connections
# @RELATION DEPENDS_ON -> superset.errors
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

from django.utils import timezone

from apps.core.errors import worded
from apps.environments.connections import as_tried, open_client
from apps.environments.models import Environment
from apps.superset.errors import Cancelled, SupersetError
from apps.superset.protocol import Reporter

CONTACT = ("release", "last_contact", "last_error")
"""What a connection check finds out."""


def check_connection(environment: Environment, *, reporter: Reporter | None = None) -> Environment:
    """Test the connection and the account, and store the outcome. Raises what went wrong, stored too."""
    try:
        contact(environment, reporter)
    except Cancelled:
        raise
    except SupersetError as error:
        environment.last_error = {**error.to_json(), "sentence": worded(error), "at": timezone.now().isoformat()}
        raise
    finally:
        as_tried(environment).update(**{name: getattr(environment, name) for name in CONTACT})
    return environment


def contact(environment: Environment, reporter: Reporter | None = None) -> None:
    client = open_client(environment, reporter=reporter)
    try:
        environment.release = client.release().version
        client.whoami()
    finally:
        client.close()
    environment.last_contact = timezone.now()
    environment.last_error = None
