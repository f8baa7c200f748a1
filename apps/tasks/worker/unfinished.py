# [DEF:tasks.worker.unfinished:Module]
# @COMPLEXITY: 2
# @PURPOSE: Remembers in the data directory that a restore is in its last step. If it was killed there, nothing starts.
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> core.advice
# @RELATION CALLS -> core.management.program

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from apps.core.advice import advise, with_advice
from apps.core.errors import LockstepError
from apps.core.management.program import worded_for_commands
from apps.tasks import messages

NAME = "restore_unfinished"


def _note() -> Path:
    return Path(settings.DATA_DIR, NAME)


def archive() -> str:
    """The archive of a restore that was killed in its last step; empty if there is none."""
    try:
        return _note().read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def refuse_half_restored() -> None:
    """LockstepError, for who starts a process at a terminal, if a restore was killed in its last step."""
    if file := archive():
        with worded_for_commands():
            sentence = with_advice(messages.HALF_RESTORED.format(file=file), advise("tasks.restore_again"))
        raise LockstepError(sentence, archive=file)


def note(file: Path) -> None:
    """The last step of the restore of this archive begins."""
    draft = _note().with_name(f".{NAME}")
    draft.write_text(str(file.resolve()), encoding="utf-8")
    draft.replace(_note())


def clear() -> None:
    """It is over."""
    _note().unlink(missing_ok=True)
