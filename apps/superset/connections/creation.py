# [DEF:superset.connections.creation:Module]
# @COMPLEXITY: 3
# @PURPOSE: Tests and creates a connection on the target, without its secrets in any error.
# @RELATION CALLS -> superset.connections.document
# @RELATION CALLS -> superset.bundle.safe_json
# @RELATION CALLS -> contracts.belief
# @RELATION DEPENDS_ON -> superset.protocol
"""POST /api/v1/database/ keeps the UUID that it is given, and tests the connection itself (4.1.4 to 6.1.0, seen). It is
tested before, because several are created one after another: nothing is written if one of them does not connect.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, quote_plus

from apps.contracts.belief import without_secret_texts
from apps.superset.assets import Asset
from apps.superset.bundle.safe_json import JsonRefused, load_json
from apps.superset.connections.document import Secrets, request_of, secrets_of, test_of
from apps.superset.errors import NotConfigured, SupersetError
from apps.superset.messages.message import Message, verbatim
from apps.superset.protocol import Client

RESOURCE = "database"
TEST = f"{RESOURCE}/test_connection"
HIDDEN = "(hidden)"
SHORTEST = 6
"""Characters of a part of a secret that is looked for by itself."""


def require_secrets(asset: Asset, given: Secrets, target: Client) -> None:
    """NotConfigured if one is missing."""
    if missing := [secret.value for secret in secrets_of(asset) if not given.get(secret)]:
        message = Message("error.connection_secrets", asset=asset, secrets=", ".join(missing))
        raise NotConfigured(message, environment=target.environment)


def test_connection(asset: Asset, given: Secrets, target: Client) -> None:
    """NotConfigured with the reason of the target if it cannot connect."""
    try:
        with _hiding(given):
            target.create_row(TEST, test_of(request_of(asset, given)))
    except SupersetError as error:
        if error.temporary:
            raise
        message = Message("error.connection_failed", asset=asset, detail=error.message)
        raise NotConfigured(message, environment=target.environment) from None


def create_connection(asset: Asset, given: Secrets, target: Client) -> None:
    with _hiding(given):
        target.create_row(RESOURCE, request_of(asset, given))


@contextmanager
def _hiding(secrets: Secrets) -> Iterator[None]:
    """In case the server repeats in an error what it was sent."""
    try:
        yield
    except SupersetError as error:
        hidden = _without(error.detail, secrets)
        if hidden != error.detail:
            error.message = verbatim(hidden)
            error.args = (hidden,)
        error.context = _without(error.context, secrets)
        raise


def _forms(secrets: Secrets) -> set[str]:
    """The secrets, and the texts inside of those that are JSON, as they are and as a server may quote them."""
    texts = {part for secret in secrets.values() for part in (secret, *_parts(secret)) if part}
    return {form for text in texts for form in (text, *_quoted(text))}


def _quoted(text: str) -> tuple[str, ...]:
    return quote(text, safe=""), quote_plus(text), json.dumps(text)[1:-1], repr(text)[1:-1]


def _parts(secret: str) -> Iterator[str]:
    """Short words say nothing, and stand in other texts too."""
    try:
        values = [load_json(secret).value]
    except JsonRefused:
        return
    while values:
        value = values.pop()
        if isinstance(value, str) and len(value) >= SHORTEST:
            yield value
        values += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _without(value: Any, secrets: Secrets) -> Any:
    if isinstance(value, str):
        for form in sorted(_forms(secrets), key=len, reverse=True):
            value = value.replace(form, HIDDEN)
        return without_secret_texts(value)
    if isinstance(value, dict):
        return {name: _without(each, secrets) for name, each in value.items()}
    return [_without(each, secrets) for each in value] if isinstance(value, list) else value
