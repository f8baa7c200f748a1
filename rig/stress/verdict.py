"""What must hold after a round, whatever was killed: what Lockstep stored is compared with what really happened.

lost      a task without an outcome, with a wrong outcome, or with a missing line
doubled   run twice where once was allowed, run by two processes at a time, or with two outcomes
stuck     still waiting although a worker is alive, or left behind
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rig.stress.journal import ASKED, BEGIN, CRASHED, END, REFUSED, Note

LOST, DOUBLED, STUCK = "lost", "doubled", "stuck"
KINDS = (LOST, DOUBLED, STUCK)

ATTEMPTS = 3
"""How often Lockstep promises to try a repeatable task."""

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
    """A task as Lockstep stored it, and what the stress test did to it."""

    task: int
    action: str
    repeatable: bool
    state: str
    attempts: int
    pid: int | None
    result: dict[str, object] | None
    error: str
    lines: Sequence[int]
    """Numbers of the lines, in the order of the database."""

    written: Sequence[tuple[str, int]]
    """Execution and number of each line that the action wrote."""

    artefact: str
    audited: Sequence[str]
    """Actions of its audit entries, in order."""

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
    """All that is known of a round. `causes` are the signalled processes; None if others were affected too, so that a
    task may be lost without a signal to its own process."""

    stored: Sequence[Stored]
    notes: Sequence[Note] = field(repr=False)
    causes: frozenset[int] | None = None


def counted(rounds: int) -> str:
    return "1 round" if rounds == 1 else f"{rounds} rounds"


def judged(found: Round) -> list[Finding]:
    return [*_of_environments(found.notes), *(each for task in found.stored for each in _of_task(task, found))]


def _of_task(task: Stored, found: Round) -> Iterator[Finding]:
    notes = [note for note in found.notes if note.task == task.task]
    if task.state not in ENDS.values():
        yield Finding(STUCK, task.task, f"is still {task.state}")
        return
    for kind, sentences in (
        (LOST, (*_untrue(task, notes), *_without_cause(task, found.causes), *_missing_lines(task))),
        (DOUBLED, (*_done_again(task, notes), *_concurrent(notes), *_ended_twice(task))),
        (STUCK, _secrets(task)),
    ):
        yield from (Finding(kind, task.task, sentence) for sentence in sentences)


# --- Lost -------------------------------------------------------------------------------------------------------------


def _untrue(task: Stored, notes: Sequence[Note]) -> Iterator[str]:
    done = {note.execution for note in notes if note.what == END}
    audited = {note.what for note in notes}
    if task.state == "succeeded":
        if str((task.result or {}).get("execution")) not in done:
            yield "succeeded, but no execution of it finished"
    elif task.state == "failed" and REFUSED not in audited:
        yield f"failed unexpectedly ({task.error})"
    elif task.state == "errored" and CRASHED not in audited:
        yield f"errored unexpectedly ({task.error})"
    elif task.state == "cancelled" and not task.cancelled:
        yield "was cancelled, but nobody asked for it"
    elif task.state == "timed_out" and not (task.asks and ASKED in audited):
        yield "timed out, but neither waited for input nor had a time limit"
    elif task.state == "lost" and task.repeatable and task.attempts < ATTEMPTS:
        yield f"was given up after {task.attempts} of {ATTEMPTS} attempts"


def _without_cause(task: Stored, causes: frozenset[int] | None) -> Iterator[str]:
    if task.state == "lost" and causes is not None and task.pid not in causes:
        yield f"is lost, but its process {task.pid} received no signal"


def _missing_lines(task: Stored) -> Iterator[str]:
    numbers = list(range(1, len(task.lines) + 1))
    if sorted(task.lines) != numbers:
        yield f"has {len(numbers)} lines, numbered {_gaps(task.lines)}"
    if task.state == "succeeded" and task.result:
        execution = task.result["execution"]
        written = [number for name, number in task.written if name == execution]
        if written != list(range(1, int(str(task.result["written"])) + 1)):
            yield f"wrote {task.result['written']} lines, but {len(written)} are stored, or in another order"
        if task.artefact != execution:
            yield f"stored the file of “{task.artefact}” instead of “{execution}”"


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
        yield f"began {begun} times, but at most {allowed} are allowed"
    if task.repeatable and not task.answered and task.attempts > ATTEMPTS:
        yield f"was tried {task.attempts} times"


def _concurrent(notes: Sequence[Note]) -> Iterator[str]:
    """Executions that act after a later one has begun."""
    latest = ""
    begun: set[str] = set()
    for note in notes:
        if note.execution not in begun:
            begun.add(note.execution)
            latest = note.execution
        elif note.execution != latest:
            yield f"“{note.what}” by process {note.pid} ({note.execution}) after {latest} had begun"


def _ended_twice(task: Stored) -> Iterator[str]:
    ends = [action for action in task.audited if action in ENDS]
    if [ENDS[action] for action in ends] != [task.state]:
        yield f"is {task.state}, but its outcomes in the audit are: {', '.join(ends) or 'none'}"
    claims = task.audited.count(CLAIM)
    if claims < task.attempts or (claims != task.attempts and not task.answered):
        yield f"has {task.attempts} attempts, but {claims} in the audit"


def _of_environments(notes: Sequence[Note]) -> Iterator[Finding]:
    """Two tasks that write to one environment at a time."""
    for environment in sorted({note.writes_to for note in notes if note.writes_to}):
        here = [note for note in notes if note.writes_to == environment]
        for sentence in _concurrent(here):
            yield Finding(DOUBLED, 0, f"two wrote to “{environment}”: {sentence}")


# --- Stuck ------------------------------------------------------------------------------------------------------------


def _secrets(task: Stored) -> Iterator[str]:
    if task.secrets:
        yield f"has ended, but {task.secrets} of its secret answers are still stored"
