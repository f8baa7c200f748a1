# [DEF:environments.commands:Module]
# @COMPLEXITY: 3
# @PURPOSE: The base of the commands that talk to a Superset.
# @RELATION INHERITS_FROM -> core.commands
# @RELATION DEPENDS_ON -> superset.errors
"""The base of the commands that talk to a Superset."""

from __future__ import annotations

from typing import ClassVar

from apps.core import commands
from apps.core.answers import INTERRUPTED
from apps.superset.errors import Cancelled, SupersetError


class SupersetCommand(commands.Command):
    """Failures of a Superset are announced failures too: one sentence, never a traceback."""

    announced: ClassVar[tuple[type[Exception], ...]] = (*commands.Command.announced, SupersetError)

    def code_of(self, error: Exception) -> int:
        return INTERRUPTED if isinstance(error, Cancelled) else super().code_of(error)
