# [DEF:environments.management.base:Module]
# @COMPLEXITY: 2
# @PURPOSE: The base of the commands that talk to a Superset.
# @RELATION INHERITS_FROM -> core.management.base

from __future__ import annotations

from typing import ClassVar

from apps.core.management import base
from apps.core.management.output import INTERRUPTED
from apps.superset.errors import Cancelled, SupersetError


class SupersetCommand(base.Command):
    """Failures of a Superset are announced failures too: one sentence, never a traceback."""

    announced: ClassVar[tuple[type[Exception], ...]] = (*base.Command.announced, SupersetError)

    def code_of(self, error: Exception) -> int:
        return INTERRUPTED if isinstance(error, Cancelled) else super().code_of(error)
