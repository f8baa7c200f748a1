"""What must hold after a round, whatever was killed in it: what Lockstep stored against what really happened.

lost      a task without an end, with an end that is not true, or with a line missing
doubled   done twice where once was allowed, two at it at a time, or one end told twice
stuck     what waits although a worker lives, or is left behind
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rig.stress.journal import ASKED, BEGIN, CRASHED, END, REFUSED, Note

LOST, DOUBLED, STUCK = "lost", "doubled", "stuck"
KINDS = (LOST, DOUBLED, STUCK)

ATTEMPTS = 3
"""What Lockstep promises: a repeatable task is tried so often."""

CLAIM = "task.claim"
ENDS = {
    "task.succeed": "succeeded",
    "task.fail": "failed",
    "task.err": "errored",
    "task.cancel": "cancelled",
    "task.time_out": "timed_out",
    "task.lose": "lost",
}


@dataclass(frozen=True, slots=True)
class Stored:
    """A task as Lockstep tells of it, and what the stress did to it."""

    task: int
    action: str
    repeatable: bool
    state: str
    attempts: int
    pid: int | None
    result: dict[str, object] | None
    error: str
    lines: Sequence[int]
    """Their numbers, in the order of the database."""

    said: Sequence[tuple[str, int]]
    """The execution and the number of each line that the action said."""

    artefact: str
    told: Sequence[str]
    """Its entries in the audit, in order."""

    secrets: int = 0
    asks: bool = False
    answered: int = 0
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    kind: str
    task: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.kind}: {f'task {self.task} ' if self.task else ''}{self.sentence}"


@dataclass(frozen=True, slots=True)
class Round:
    """All that is known of one. `causes` are the processes that were struck; None if others suffered with them, so that
    a task may be lost without a blow of its own."""

    stored: Sequence[Stored]
    notes: Sequence[Note] = field(repr=False)
    causes: frozenset[int] | None = None


def judged(found: Round) -> list[Finding]:
    return [*_of_environments(found.notes), *(each for task in found.stored for each in _of_task(task, found))]


def _of_task(task: Stored, found: Round) -> Iterator[Finding]:
    notes = [note for note in found.notes if note.task == task.task]
    if task.state not in ENDS.values():
        yield Finding(STUCK, task.task, f"is still {task.state}")
        return
    for kind, sentences in (
        (LOST, (*_untrue(task, notes), *_without_cause(task, found.causes), *_missing_lines(task))),
        (DOUBLED, (*_done_again(task, notes), *_at_it_together(notes), *_told_twice(task))),
        (STUCK, _secrets(task)),
    ):
        yield from (Finding(kind, task.task, sentence) for sentence in sentences)


# --- Lost -------------------------------------------------------------------------------------------------------------


def _untrue(task: Stored, notes: Sequence[Note]) -> Iterator[str]:
    done = {note.execution for note in notes if note.what == END}
    told = {note.what for note in notes}
    if task.state == "succeeded":
        if str((task.result or {}).get("execution")) not in done:
            yield "succeeded, and no execution of it came to its end"
    elif task.state == "failed" and REFUSED not in told:
        yield f"failed, and was not to ({task.error})"
    elif task.state == "errored" and CRASHED not in told:
        yield f"errored, and was not to ({task.error})"
    elif task.state == "cancelled" and not task.cancelled:
        yield "is cancelled, and nobody asked for that"
    elif task.state == "timed_out" and not (task.asks and ASKED in told):
        yield "is timed out, and it neither asked nor had a limit"
    elif task.state == "lost" and task.repeatable and task.attempts < ATTEMPTS:
        yield f"is given up after {task.attempts} of {ATTEMPTS} attempts"


def _without_cause(task: Stored, causes: frozenset[int] | None) -> Iterator[str]:
    if task.state == "lost" and causes is not None and task.pid not in causes:
        yield f"is lost, and nothing was done to its process {task.pid}"


def _missing_lines(task: Stored) -> Iterator[str]:
    numbers = list(range(1, len(task.lines) + 1))
    if sorted(task.lines) != numbers:
        yield f"has {len(numbers)} lines, numbered {_gaps(task.lines)}"
    if task.state == "succeeded" and task.result:
        execution = task.result["execution"]
        said = [number for name, number in task.said if name == execution]
        if said != list(range(1, int(str(task.result["said"])) + 1)):
            yield f"said {task.result['said']} lines, and {len(said)} are stored, or in another order"
        if task.artefact != execution:
            yield f"left the file of “{execution}”, and that of “{task.artefact}” is stored"


def _gaps(lines: Sequence[int]) -> str:
    ordered = sorted(lines)
    odd = [f"{after} after {before}" for before, after in pairwise([0, *ordered]) if after != before + 1]
    return "; ".join(odd[:5])


# --- Doubled ----------------------------------------------------------------------------------------------------------


def _done_again(task: Stored, notes: Sequence[Note]) -> Iterator[str]:
    begun = sum(note.what == BEGIN for note in notes)
    allowed = 1 + task.answered
    if task.repeatable:
        allowed = task.attempts + ATTEMPTS * task.answered
    if begun > allowed:
        yield f"was begun {begun} times, and {allowed} were allowed"
    if task.repeatable and not task.answered and task.attempts > ATTEMPTS:
        yield f"was tried {task.attempts} times"


def _at_it_together(notes: Sequence[Note]) -> Iterator[str]:
    """Whoever does something after another has begun, although it began before."""
    latest = ""
    begun: set[str] = set()
    for note in notes:
        if note.execution not in begun:
            begun.add(note.execution)
            latest = note.execution
        elif note.execution != latest:
            yield f"“{note.what}” by process {note.pid} ({note.execution}) after {latest} had begun"


def _told_twice(task: Stored) -> Iterator[str]:
    ends = [action for action in task.told if action in ENDS]
    if [ENDS[action] for action in ends] != [task.state]:
        yield f"is {task.state}, and the audit tells as its ends: {', '.join(ends) or 'none'}"
    claims = task.told.count(CLAIM)
    if claims < task.attempts or (claims != task.attempts and not task.answered):
        yield f"has {task.attempts} attempts, and the audit tells of {claims}"


def _of_environments(notes: Sequence[Note]) -> Iterator[Finding]:
    """Two that write to one: by the one that did something after the other had begun."""
    for environment in sorted({note.writes_to for note in notes if note.writes_to}):
        here = [note for note in notes if note.writes_to == environment]
        for sentence in _at_it_together(here):
            yield Finding(DOUBLED, 0, f"two wrote to “{environment}”: {sentence}")


# --- Stuck ------------------------------------------------------------------------------------------------------------


def _secrets(task: Stored) -> Iterator[str]:
    if task.secrets:
        yield f"has ended, and {task.secrets} of the secrets that it was answered are still stored"
