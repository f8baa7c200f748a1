# [DEF:project.production:Module]
# @COMPLEXITY: 2
# @PURPOSE: Refuses unsafe settings for a server that others can reach.

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

SHORTEST, FEWEST = 50, 5
"""Characters of a key, and distinct characters: as Django's own check requires."""

MADE_BY_DJANGO = "django-insecure-"


def refuse_unsafe(*, secret_key: str, debug: bool, allowed_hosts: Sequence[str], proxies: Sequence[str]) -> None:
    """ImproperlyConfigured, without any value, for settings that are safe only on your own machine."""
    if debug:
        raise ImproperlyConfigured("LOCKSTEP_DEBUG shows details of errors to everybody. Unset it.")
    if len(secret_key) < SHORTEST or len(set(secret_key)) < FEWEST or secret_key.startswith(MADE_BY_DJANGO):
        raise ImproperlyConfigured(
            f"LOCKSTEP_SECRET_KEY can be guessed. Set it to at least {SHORTEST} random characters, or unset it to have "
            "one created in the data directory."
        )
    if "*" in allowed_hosts:
        raise ImproperlyConfigured("LOCKSTEP_ALLOWED_HOSTS is “*”, which allows any host. List those of Lockstep.")
    if any(each == "*" or each.endswith("/0") for each in proxies):
        raise ImproperlyConfigured(
            "LOCKSTEP_PROXIES covers every address, so anybody could forge their own. List those of the proxies."
        )
