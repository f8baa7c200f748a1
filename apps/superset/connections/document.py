# [DEF:superset.connections.document:Module]
# @COMPLEXITY: 2
# @PURPOSE: A connection as a plan creates it on the target: without secrets, and the request with them.
# @RELATION DEPENDS_ON -> superset.assets
# @RELATION CALLS -> contracts.belief
# @RELATION DEPENDS_ON -> superset.content.normalize
"""Exports mask the password of the address and the secrets of an SSH tunnel (commands/database/export.py,
databases/utils.py: mask_password_info; 4.1.4 to 6.1.0). What they do not mask is masked here, so that no plan holds it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, quote

from apps.contracts.belief import SECRET_NAME, without_secret_texts, without_secrets
from apps.superset.assets import Asset, Document
from apps.superset.content.normalize import FILE_UPLOAD

MASK = "XXXXXXXXXX"
"""constants.py: PASSWORD_MASK."""

AUTHORITY = re.compile(r"(?P<scheme>[^:/?#]+://)(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)

SECURE_EXTRAS = ("masked_encrypted_extra", "encrypted_extra")
"""Both are what the form calls secure extra; 6.1 exports the first if it knows what to mask in it, else the second."""

NEVER_SENT = ("version", *SECURE_EXTRAS, "configuration_method")
"""Without a configuration method, a connection is edited by its address, which suits every engine."""


OPEN_NAME = re.compile(rf"{SECRET_NAME.pattern}|\bpwd\b|passphrase|private_?key|access_?key|\bauth\b", re.IGNORECASE)
"""What drivers of databases call a secret, beside what anything calls one."""


class Secret(StrEnum):
    """What a connection needs and no export has."""

    PASSWORD = "password"  # noqa: S105 - the name of a question
    TUNNEL_PASSWORD = "ssh_tunnel.password"  # noqa: S105
    TUNNEL_KEY = "ssh_tunnel.private_key"
    TUNNEL_KEY_PASSWORD = "ssh_tunnel.private_key_password"  # noqa: S105
    SECURE_EXTRA = "secure_extra"


TUNNEL = {
    "password": Secret.TUNNEL_PASSWORD,
    "private_key": Secret.TUNNEL_KEY,
    "private_key_password": Secret.TUNNEL_KEY_PASSWORD,
}

Secrets = Mapping[str, str]
"""By `Secret`."""


def planned_connection(asset: Asset) -> Asset:
    """The connection of an export as a plan keeps it."""
    document = {**asset.document, "sqlalchemy_uri": _with_password(str(asset.document["sqlalchemy_uri"]), MASK)}
    if isinstance(tunnel := document.get("ssh_tunnel"), Mapping):
        document["ssh_tunnel"] = {name: MASK if name in TUNNEL and value else value for name, value in tunnel.items()}
    for name in SECURE_EXTRAS:
        if document.pop(name, None) not in (None, "", "{}", {}):
            document[SECURE_EXTRAS[0]] = MASK
    return asset.with_document(document)


def secrets_of(asset: Asset) -> tuple[Secret, ...]:
    """What has to be asked for to create a planned connection."""
    return tuple(_needed(asset.document))


def _needed(document: Document) -> Iterator[Secret]:
    if f":{MASK}@" in str(document["sqlalchemy_uri"]):
        yield Secret.PASSWORD
    tunnel = document.get("ssh_tunnel")
    if isinstance(tunnel, Mapping):
        yield from (secret for name, secret in TUNNEL.items() if tunnel.get(name))
    if document.get(SECURE_EXTRAS[0]):
        yield Secret.SECURE_EXTRA


def open_secrets(asset: Asset) -> list[str]:
    """Where a connection says secrets in the open: it would carry them into the plan."""
    extra, uri = asset.document.get("extra"), str(asset.document["sqlalchemy_uri"])
    found = ["extra"] if without_secrets(extra) != extra or any(_named_secrets(extra)) else []
    named = [name for name, value in parse_qsl(uri.partition("?")[2]) if _is_open(name, value)]
    return [*found, *(f"sqlalchemy_uri: {name}" for name in named)]


def _is_open(name: str, value: str) -> bool:
    """Whether a parameter of an address is a secret, or holds one: pyodbc takes all of a connection as one."""
    return bool(value) and (OPEN_NAME.search(name) is not None or without_secret_texts(value) != value)


def _named_secrets(value: Any) -> Iterator[str]:
    """The names of values that are secrets by their name."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if OPEN_NAME.search(str(name)) and isinstance(inner, str | list | Mapping) and inner:
                yield str(name)
            yield from _named_secrets(inner)
    for inner in value if isinstance(value, list) else ():
        yield from _named_secrets(inner)


def request_of(asset: Asset, secrets: Secrets) -> dict[str, Any]:
    """The body that creates a planned connection."""
    document = {name: value for name, value in asset.document.items() if name not in NEVER_SENT and value is not None}
    body: dict[str, Any] = {FILE_UPLOAD.get(name, name): value for name, value in document.items()}
    if Secret.PASSWORD in secrets:
        body["sqlalchemy_uri"] = _with_password(body["sqlalchemy_uri"], quote(secrets[Secret.PASSWORD], safe=""))
    if isinstance(extra := body.get("extra"), Mapping):
        body["extra"] = json.dumps({FILE_UPLOAD.get(name, name): value for name, value in extra.items()})
    if isinstance(tunnel := body.get("ssh_tunnel"), Mapping):
        open_parts = {name: value for name, value in tunnel.items() if name not in TUNNEL and value is not None}
        hidden = {name: secrets[secret] for name, secret in TUNNEL.items() if secrets.get(secret)}
        body["ssh_tunnel"] = {**open_parts, **hidden}
    if secrets.get(Secret.SECURE_EXTRA):
        body["masked_encrypted_extra"] = secrets[Secret.SECURE_EXTRA]
    return body


TESTED = ("database_name", "sqlalchemy_uri", "extra", "impersonate_user", "ssh_tunnel", "masked_encrypted_extra")
"""What a test of a connection takes (databases/schemas.py: DatabaseTestConnectionSchema)."""


def test_of(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name in TESTED}


def _with_password(uri: str, password: str) -> str:
    """The address with another password, if it has one."""
    if not (match := AUTHORITY.fullmatch(uri)):
        return uri
    account, at, host = match["authority"].rpartition("@")
    user, colon, old = account.partition(":")
    return f"{match['scheme']}{user}:{password}@{host}{match['rest']}" if at and colon and old else uri
