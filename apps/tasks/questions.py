# [DEF:tasks.questions:Module]
# @COMPLEXITY: 3
# @PURPOSE: Questions of tasks: pauses a task until it is answered, and resumes it with the answer.
# @RELATION DEPENDS_ON -> core.crypto.encryption
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> plugins.inputs

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.core.concurrency import compare_and_set
from apps.core.crypto.encryption import Secret
from apps.core.errors import Conflict, Damaged
from apps.core.sentences import Sentence
from apps.plugins.inputs import InputField, InputKind, InputRequired, read_answers
from apps.tasks import messages, queue
from apps.tasks.models import Pause, Task, TaskState
from apps.tasks.policies import require_answerable
from apps.tasks.transitions import transition
from apps.tasks.worker.journal import Line, append
from apps.users.models import User

SOURCE = "task"


@dataclass(frozen=True, slots=True)
class Resumed:
    """What a run of a task knows of the questions before it."""

    answers: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    answered_by: User | None = None
    stage: str = ""


def pause(task: Task, request: InputRequired, stages: list[dict[str, Any]], secrets: Mapping[str, str]) -> bool:
    """Let it wait, without a worker. False if this process has lost it, or it was cancelled meanwhile.

    `secrets` are those it was given before: this process forgets them now, and they are needed again.
    """
    now = timezone.now()
    with transaction.atomic():
        expected = {"lease": task.lease, "cancel_requested": None}
        facts = {"asked": [question.name for question in request.fields]}
        waits: dict[str, Any] = {"lease": None, "pid": None, "heartbeat": None}
        if not transition(task, to=TaskState.AWAITING_INPUT, actor=None, expected=expected, facts=facts, **waits):
            return False
        Pause.objects.create(
            task=task,
            questions=[question.to_json() for question in request.fields],
            stage=next((stage["name"] for stage in stages if not stage["finished"]), ""),
            stages=[stage for stage in stages if stage["finished"]],
            asked=now,
            expires=now + (request.within or settings.TASK_ANSWER_WITHIN),
            secrets=_sealed(secrets),
        )
    return True


def open_pause(task: Task) -> Pause | None:
    """The question that waits for an answer now."""
    return task.pauses.filter(answered=None).first() if task.state == TaskState.AWAITING_INPUT else None


def answer(*, actor: User, task: Task, answers: Mapping[str, str]) -> None:
    """Resume it with these. ValidationError names each wrong answer; a secret may have any form."""
    require_answerable(actor, task)
    current = open_pause(task)
    if current is None:
        raise _too_late(task)
    given = read_answers(current.fields, answers)
    hidden = {question.name for question in current.fields if question.kind is InputKind.SECRET}
    shown = {name: value for name, value in given.items() if name not in hidden}
    secrets = _opened(current) | {name: value for name, value in given.items() if name in hidden and value}
    current.secrets = _sealed(secrets)
    with transaction.atomic():
        kept = compare_and_set(
            current,
            expected={"answered": None},
            answered=timezone.now(),
            answered_by=actor,
            answers=shown,
            secrets=current.secrets.bound() if current.secrets else None,
        )
        facts = {"answers": shown, "hidden": sorted(hidden)}
        if not kept or not transition(task, to=TaskState.QUEUED, actor=actor, facts=facts, attempts=0):
            raise _too_late(task)
        text = Sentence(messages.ANSWERED, actor=actor, answers=_in_words(current.fields, shown))
        append(task, Line(text, source=SOURCE))
        transaction.on_commit(queue.wake, robust=True)


def resumed(task: Task) -> Resumed:
    """All answers so far, for the run that uses them; it calls `forget_secrets` then."""
    answered = list(task.pauses.filter(answered__isnull=False).select_related("answered_by"))
    if not answered:
        return Resumed()
    answers: dict[str, str] = {}
    for each in answered:
        answers |= each.answers
    last = answered[-1]
    secrets = _opened(last)
    return Resumed({**answers, **secrets}, secrets, last.answered_by, last.stage)


def forget_secrets(task: Task) -> None:
    task.pauses.filter(answered__isnull=False, secrets__isnull=False).update(secrets=None)


def done_before(task: Task) -> list[dict[str, Any]]:
    """The stages that need not be done again."""
    last = task.pauses.filter(answered__isnull=False).last()
    return last.stages if last else []


def expired(now: datetime) -> list[Pause]:
    """Questions that nobody answered in time."""
    waiting = Pause.objects.filter(task__state=TaskState.AWAITING_INPUT, answered=None, expires__lte=now)
    return list(waiting.select_related("task__actor"))


def _sealed(secrets: Mapping[str, str]) -> Secret | None:
    return Secret.of(json.dumps(dict(secrets))) if secrets else None


def _opened(current: Pause) -> dict[str, str]:
    """Those that cannot be read any more have to be asked for again."""
    try:
        return dict(json.loads(current.secrets.reveal())) if current.secrets is not None else {}
    except Damaged:
        return {}


def _too_late(task: Task) -> Conflict:
    return Conflict(messages.TOO_LATE.format(number=task.pk))


def _in_words(fields: tuple[InputField, ...], shown: Mapping[str, str]) -> str:
    return ", ".join(
        f"{question.title}: {_label(question, shown[question.name]) if question.name in shown else messages.SECRET}"
        for question in fields
    )


def _label(question: InputField, value: str) -> str:
    return next((choice.label or value for choice in question.choices if choice.value == value), value)
