# [DEF:project.logs:Module]
# @COMPLEXITY: 3
# @PURPOSE: The log: to the console, and to a file shared by all processes of an installation.
# @RELATION DEPENDS_ON -> contracts.plain_text
# @RELATION DEPENDS_ON -> project.redaction
# @RELATION DEPENDS_ON -> audit.origin
# @RELATION DEPENDS_ON -> tasks.worker.current

from __future__ import annotations

import fcntl
import json
import logging
import os
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO, Any

from apps.audit.origin import current_origin
from apps.contracts.plain_text import one_line, plain
from apps.tasks.worker.current import current
from project.redaction import redacted

BELIEFS = "apps.contracts.belief"
OURS = frozenset({"apps", "project", "rig"})


def configuration(
    *, form: str, level: str, file: Path | None, file_level: str, size: int, kept: int, belief_entries: bool
) -> dict[str, Any]:
    """For `logging.config`. Records, in one of the FORMS, go to the console from `level` on, and to `file`, if any,
    from `file_level` on. A file of `size` bytes is rotated, and at most `kept` files exist.

    The belief log has a level of its own, because a task records only what that logger lets through.
    """
    console = {"class": "logging.StreamHandler", "formatter": "line", "filters": ["ours", "console"], "level": level}
    handlers: dict[str, Any] = {"console": console}
    if file:
        handlers["file"] = {
            "()": SharedFile,
            "filename": str(file),
            "maxBytes": size,
            "backupCount": kept - 1,
            "formatter": "line",
            "filters": ["ours", "file"],
            "level": file_level,
        }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "ours": {"()": OurDetails},
            "console": {"()": BeliefsAtDebug, "level": level},
            "file": {"()": BeliefsAtDebug, "level": file_level},
        },
        "formatters": {"line": FORMS[form]},
        "handlers": handlers,
        "root": {"handlers": list(handlers), "level": _lowest(level, file_level) if file else level},
        "loggers": {
            BELIEFS: {"level": "DEBUG" if belief_entries else "INFO"},
            # Django gives them handlers of its own, which would ignore the above
            "django": {"handlers": []},
            "django.server": {"handlers": [], "propagate": True},
        },
    }


def _lowest(*levels: str) -> str:
    return min(levels, key=lambda level: logging.getLevelNamesMapping()[level])


class OurDetails(logging.Filter):
    """Debug records only from our own code: those of libraries contain what was sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.INFO or record.name.partition(".")[0] in OURS


class BeliefsAtDebug(logging.Filter):
    """Lets the belief log through only where debug records are wanted: it speaks of our code, not of what was done."""

    def __init__(self, level: str) -> None:
        super().__init__()
        self._wanted = level == "DEBUG"

    def filter(self, record: logging.LogRecord) -> bool:
        return self._wanted or record.name != BELIEFS


class Line(logging.Formatter):
    """Formats a record in one line, whatever names are in it, followed only by the lines of an exception, and without
    credentials."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        return one_line(super().formatMessage(record))

    def format(self, record: logging.LogRecord) -> str:
        return redacted(plain(super().format(record)))


class JsonLine(logging.Formatter):
    """Formats a record as a JSON object in one line: what happened, and in which request or task. Without credentials,
    as the text; what is not known is left out."""

    def format(self, record: logging.LogRecord) -> str:
        origin, work = current_origin(), current()
        of_request = getattr(getattr(record, "request", None), "request_id", "")
        facts = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _shown(record.getMessage()),
            "request_id": origin.request_id or of_request,
            "task_id": work.task,
            "environment": _shown(work.environment),
            "exception": _shown(self._exception(record)),
        }
        return json.dumps(
            {name: value for name, value in facts.items() if value or name == "message"}, ensure_ascii=False
        )

    def _exception(self, record: logging.LogRecord) -> str:
        parts = [self.formatException(record.exc_info) if record.exc_info else "", record.stack_info or ""]
        return "\n".join(filter(None, parts))


def _shown(text: str) -> str:
    return redacted(plain(text))


TEXT, JSON = "text", "json"

FORMS: dict[str, dict[str, Any]] = {
    TEXT: {"()": Line, "fmt": "{asctime} {levelname} {name}: {message}", "style": "{"},
    JSON: {"()": JsonLine},
}


class SharedFile(RotatingFileHandler):
    """A rotating file that several processes write to, one at a time, and never to a file that another has rotated."""

    def __init__(self, filename: str, **options: Any) -> None:
        Path(filename).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(filename, encoding="utf-8", delay=True, **options)

    def _open(self) -> Any:
        return open(self.baseFilename, "a", encoding="utf-8", opener=_privately)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            with open(f"{self.baseFilename}.lock", "a", opener=_privately) as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._close_rotated()
                super().emit(record)
        except OSError:
            self.handleError(record)

    def _close_rotated(self) -> None:
        """Another process may have renamed the open file."""
        if self.stream and not self._is_current(self.stream):
            self.stream.close()
            self.stream = None  # the base class opens it again

    def _is_current(self, stream: IO[str]) -> bool:
        try:
            return os.path.samestat(os.fstat(stream.fileno()), Path(self.baseFilename).stat())
        except FileNotFoundError:
            return False


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
