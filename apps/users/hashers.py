# [DEF:users.hashers:Module]
# @COMPLEXITY: 1
"""How passwords are hashed."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with 7 MiB, 5 passes, one lane: one of the settings that OWASP's cheat sheet calls equal in strength.

    Django's own 100 MiB would be more than a web process has, with four sign-ins at once.
    """

    time_cost = 5
    memory_cost = 7 * 1024
    parallelism = 1
