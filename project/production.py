# [DEF:project.production:Module]
# @COMPLEXITY: 2
# @PURPOSE: What is not served to others: the settings refuse it before anything starts.

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

SHORTEST, FEWEST = 50, 5
"""Characters of a key, and different ones among them: as Django's own check asks."""

MADE_BY_DJANGO = "django-insecure-"


def refuse_unsafe(*, secret_key: str, debug: bool, allowed_hosts: Sequence[str], proxies: Sequence[str]) -> None:
    """ImproperlyConfigured, without any value, for settings that are for one's own machine only."""
    if debug:
        raise ImproperlyConfigured("LOCKSTEP_DEBUG shows the inside of errors to everybody: unset it.")
    if len(secret_key) < SHORTEST or len(set(secret_key)) < FEWEST or secret_key.startswith(MADE_BY_DJANGO):
        raise ImproperlyConfigured(
            f"LOCKSTEP_SECRET_KEY can be guessed: set it to at least {SHORTEST} random characters, or unset it, "
            "and one is made in the data directory."
        )
    if "*" in allowed_hosts:
        raise ImproperlyConfigured("LOCKSTEP_ALLOWED_HOSTS is “*”, which is any name: list those of Lockstep.")
    if any(each == "*" or each.endswith("/0") for each in proxies):
        raise ImproperlyConfigured(
            "LOCKSTEP_PROXIES is every address, so anybody could write where they come from: list those of the proxies."
        )
