# [DEF:users.sso.claims:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the claims of a token say about a person, in the spellings of different providers.

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings

Claims = Mapping[str, Any]

NOT_KEPT = frozenset(
    {"nonce", "at_hash", "c_hash", "s_hash", "sid", "jti", "auth_time", "iat", "exp", "nbf", "pwd_exp"}
)
"""Claims that say nothing about the person, or could be used to impersonate them."""

NOT_IN_A_NAME = re.compile(r"[^\w.@+-]+")
LONGEST_GROUP = 300


def groups_of(claims: Claims) -> list[str]:
    """The groups, each as the provider writes it: a name, `DOMAIN\\name`, a SID, a long URI.

    AD FS sends one group as a string, several as a list, none as no claim at all.
    """
    found: dict[str, None] = {}
    for name in settings.SSO_GROUP_CLAIMS:
        value = claims.get(name)
        for group in [value] if isinstance(value, str) else value if isinstance(value, list) else []:
            if isinstance(group, str) and group.strip():
                found[group.strip()[:LONGEST_GROUP]] = None
    return list(found)


def username_of(claims: Claims) -> str:
    """A name that can be a user name here; of `DOMAIN\\alice` it is `DOMAIN-alice`."""
    for name in (*settings.SSO_NAME_CLAIMS, "sub"):
        value = claims.get(name)
        if isinstance(value, str) and (kept := NOT_IN_A_NAME.sub("-", value).strip("-")):
            return kept[:120]
    return "somebody"


def person_of(claims: Claims) -> dict[str, str]:
    """The fields of an account that follow the directory."""
    return {
        "email": _text(claims, "email")[:254],
        "first_name": _text(claims, "given_name")[:150],
        "last_name": _text(claims, "family_name")[:150],
    }


def to_show(claims: Claims) -> dict[str, Any]:
    """What may be kept and shown to the person themselves, so that staff can see what to map."""
    shown = {name: value for name, value in sorted(claims.items()) if name not in NOT_KEPT}
    kept: dict[str, Any] = json.loads(json.dumps(shown, default=str), parse_constant=str)  # PostgreSQL has no Infinity
    return kept


def _text(claims: Claims, name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""
