# [DEF:users.hashers:Module]
# @COMPLEXITY: 2
# @PURPOSE: How passwords are hashed.
from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with 7 MiB, 5 passes and a parallelism of 1: one of the equivalent settings of OWASP's cheat sheet.

    Django's default of 100 MiB would exceed the memory of a web process with four sign-ins at once.
    """

    time_cost = 5
    memory_cost = 7 * 1024
    parallelism = 1
