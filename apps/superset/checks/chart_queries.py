# [DEF:superset.checks.chart_queries:Module]
# @COMPLEXITY: 2
# @PURPOSE: Whether the charts that a run wrote return data on the target: one query each, a warning at most.
# @RELATION CALLS -> contracts.plain_text
"""A chart that was read back as planned may still fail: missing permissions on the table, SQL for another engine. Only
the error text of a response is used, never its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from apps.contracts.plain_text import one_line
from apps.superset.assets import Key
from apps.superset.errors import SupersetError
from apps.superset.inventory import Inventory
from apps.superset.messages.message import Message
from apps.superset.plan.plan import Note
from apps.superset.probe import LONGEST_REASON, Bounds, Probe, Questions, Unknown
from apps.superset.protocol import Client

BOUNDS = Bounds(questions=200, at_once=4, seconds=60.0)

FAILED = "queries_failed"
UNKNOWN = "queries_unknown"


def query_notes(
    target: Client, inventory: Inventory, charts: Iterable[Key], names: Mapping[Key, str], bounds: Bounds = BOUNDS
) -> tuple[str, tuple[Note, ...]]:
    """A summary, and warnings that name the charts that failed or were not queried."""
    numbers = {key: entry.id for key in charts if (entry := inventory.get(key))}
    questions = {key: partial(_error, number) for key, number in numbers.items()}
    try:
        found = Questions(target, bounds).answers(questions)
    except SupersetError as error:  # the run is done and verified anyway
        found = dict.fromkeys(questions, Unknown(one_line(error.detail, LONGEST_REASON)))
    answered = [key for key, error in found.items() if error == ""]
    failed = {key: error for key, error in found.items() if error and not isinstance(error, Unknown)}
    unknown = {key: _why(error) for key, error in found.items() if error is None or isinstance(error, Unknown)}
    facts = {"answered": len(answered), "total": len(found), "environment": target.environment}
    kinds = {FAILED: failed, UNKNOWN: unknown}
    notes = [Note.of(kind, _lines(lines, names), **facts) for kind, lines in kinds.items() if lines]
    return Message("note.queries_answered", **facts).line(), tuple(notes)


def _error(number: int, probe: Probe) -> str | None:
    return probe.chart_error(number)


def _why(answer: Unknown | str | None) -> str:
    return answer.reason if isinstance(answer, Unknown) else "it was saved without its query: save it in Superset"


def _lines(reasons: Mapping[Key, str], names: Mapping[Key, str]) -> tuple[str, ...]:
    return tuple(f"{key.kind} “{names.get(key, key.uuid)}”: {why}" for key, why in reasons.items())
