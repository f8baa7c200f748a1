"""What `make stress` calls lost, doubled or stuck, and how it finds and stops its processes."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from rig.stress import journal, workers
from rig.stress.journal import ASKED, BEGIN, END, REFUSED, STEP, Execution, Note
from rig.stress.verdict import DOUBLED, LOST, STUCK, Round, Stored, judged

WELL = Stored(
    task=1,
    action="write",
    repeatable=False,
    state="succeeded",
    attempts=1,
    pid=11,
    result={"execution": "a", "written": 2},
    error="",
    lines=(1, 2, 3),
    written=(("a", 1), ("a", 2)),
    artefact="a",
    audited=("task.start", "task.claim", "task.succeed"),
)
AGAIN = replace(
    WELL, repeatable=True, attempts=2, audited=("task.start", "task.claim", "task.queue", *WELL.audited[1:])
)
GONE = replace(WELL, state="lost", result=None, audited=("task.start", "task.claim", "task.lose"))


def noted(*actions, task=1, at="prod"):
    """Each action is the name of an execution and what it did."""
    pairs = [action.split() for action in actions]
    return [Note(task, execution, 11, what, at, number) for number, (execution, what) in enumerate(pairs)]


DONE = noted("a begin", "a step", "a end")


def kinds(*stored, notes=DONE, causes=frozenset({11})):
    return [finding.kind for finding in judged(Round(stored, notes, causes))]


@pytest.mark.parametrize(
    ("stored", "notes"),
    [
        (WELL, DONE),
        (
            replace(AGAIN, result={"execution": "b", "written": 0}, written=(), artefact="b"),
            noted("a begin", "b begin", "b end"),
        ),
        (GONE, noted("a begin", "a step")),
        (GONE, DONE),
        (GONE, []),
        (replace(WELL, state="failed", audited=("task.claim", "task.fail")), noted("a begin", "a refused")),
        (replace(WELL, state="cancelled", cancelled=True, audited=("task.claim", "task.cancel")), noted("a begin")),
        (
            replace(WELL, answered=1, result={"execution": "b", "written": 0}, artefact="b", asks=True),
            noted("a begin", "a asked", "b begin", "b end"),
        ),
    ],
)
def test_a_correct_task_has_no_finding(stored, notes):
    assert kinds(stored, notes=notes) == []


@pytest.mark.parametrize(
    "stored",
    [
        replace(WELL, result={"execution": "other", "written": 0}, artefact="other"),
        replace(WELL, lines=(1, 3)),
        replace(WELL, lines=(1, 2, 2)),
        replace(WELL, written=(("a", 1),)),
        replace(WELL, written=(("a", 2), ("a", 1))),
        replace(WELL, artefact="b"),
        replace(WELL, state="failed", audited=("task.claim", "task.fail")),
        replace(WELL, state="errored", audited=("task.claim", "task.err")),
        replace(WELL, state="cancelled", audited=("task.claim", "task.cancel")),
        replace(WELL, state="timed_out", audited=("task.claim", "task.time_out")),
        replace(GONE, repeatable=True),
        replace(GONE, pid=12),
    ],
)
def test_lost_work_is_found(stored):
    assert set(kinds(stored)) == {LOST}


def test_a_task_that_succeeded_without_its_end_is_lost():
    assert kinds(WELL, notes=noted("a begin", "a step")) == [LOST]


@pytest.mark.parametrize(
    ("stored", "notes"),
    [
        (WELL, noted("b begin", "a begin", "a end")),
        (replace(AGAIN, attempts=1, audited=WELL.audited), noted("b begin", "a begin", "a end")),
        (AGAIN, noted("b begin", "a begin", "b step", "a end")),
        (replace(WELL, audited=(*WELL.audited, "task.succeed")), DONE),
        (replace(WELL, audited=("task.claim", *WELL.audited)), DONE),
    ],
)
def test_doubled_work_is_found(stored, notes):
    assert set(kinds(stored, notes=notes)) == {DOUBLED}


def test_two_that_write_to_one_environment_are_found():
    other = replace(WELL, task=2, result={"execution": "b", "written": 0}, written=(), artefact="b")
    notes = [*noted("a begin"), *noted("b begin", task=2), *noted("a end"), *noted("b end", task=2)]
    assert kinds(WELL, other, notes=notes) == [DOUBLED]
    reading = [replace(note, writes_to="") for note in notes]
    assert kinds(WELL, other, notes=reading) == []


@pytest.mark.parametrize(
    "stored", [replace(WELL, state="queued"), replace(WELL, state="awaiting_input"), replace(WELL, secrets=1)]
)
def test_stuck_work_is_found(stored):
    assert kinds(stored) == [STUCK]


def test_a_loss_needs_no_cause_where_others_share_the_process():
    assert kinds(replace(GONE, pid=12), causes=None) == []


def test_notes_are_read_in_order(tmp_path, monkeypatch):
    monkeypatch.setenv(journal.JOURNAL_VARIABLE, str(tmp_path / "journal"))
    one, other = Execution(1, "prod"), Execution(2, "")
    one.note(BEGIN)
    other.note(BEGIN)
    one.note(STEP)
    found = journal.notes(tmp_path / "journal")
    assert [(note.task, note.execution, note.what) for note in found] == [
        (1, one.name, BEGIN),
        (2, other.name, BEGIN),
        (1, one.name, STEP),
    ]
    assert {ASKED, END, REFUSED}.isdisjoint(note.what for note in found)


# --- its workers

SLEEP = "import time; time.sleep(60)"
FAMILY = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', '{SLEEP}']); {SLEEP}"


@pytest.fixture
def worker(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "COMMAND", (sys.executable, "-c", FAMILY))
    started = workers.Worker((), {}, tmp_path / "log")
    assert workers.wait_until(lambda: len(started.family()) == 2, 30)
    yield started
    started.kill()


def test_all_processes_of_a_worker_are_found_even_when_its_first_one_is_gone(worker):
    child = max(worker.family())
    assert worker.processes() == sorted(worker.family())
    worker.signal(worker.pid, signal.SIGKILL)
    assert workers.wait_until(lambda: not worker.alive, 30)
    assert (worker.processes(), worker.family()) == ([child], {})
    worker.kill()
    assert worker.is_gone(30)


def test_nothing_that_is_not_its_own_is_ever_signalled(worker):
    stranger = subprocess.Popen([sys.executable, "-c", SLEEP])
    assert not worker.signal(stranger.pid, signal.SIGKILL)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_all_tasks_of_a_killed_process_count_as_signalled(worker, tmp_path):
    pool = workers.WorkerPool({}, tmp_path, 1)
    family = set(worker.family())
    assert pool.signal(worker, worker.pid, signal.SIGSTOP)
    assert pool.signalled == family
    assert workers.choose_process(worker, random.Random(1)) in family
