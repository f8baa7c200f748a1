# [DEF:tasks.models:Module]
# @COMPLEXITY: 3
# @PURPOSE: Tasks with their lines, files and questions, and the workers that run them.
# @RELATION DEPENDS_ON -> core.files
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> users.policies
# @RELATION DEPENDS_ON -> plugins.inputs
# @RELATION DEPENDS_ON -> core.advice

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.advice import advise
from apps.core.crypto.encryption import Secret
from apps.core.errors import sentence_of
from apps.core.fields import EncryptedTextField
from apps.core.files import StoredFile
from apps.environments.models import Environment, Hold
from apps.plugins.inputs import InputField
from apps.tasks import messages
from apps.tasks.worker.processes import machine_of
from apps.users.dismissal import Dismissible
from apps.users.policies import Also, Rules, VisibleQuerySet


class TaskState(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    AWAITING_INPUT = "awaiting_input", _("awaiting input")  # no process is kept for it
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")  # the plugin said why it could not be done
    ERRORED = "errored", _("errored")  # a fault of the plugin or of Lockstep
    CANCELLED = "cancelled", _("cancelled")
    TIMED_OUT = "timed_out", _("timed out")  # it exceeded its limit, or its question expired
    LOST = "lost", _("lost")  # its process died; how far it got is not known


OPEN = frozenset({TaskState.QUEUED, TaskState.RUNNING, TaskState.AWAITING_INPUT})
WENT_WRONG = frozenset({TaskState.FAILED, TaskState.ERRORED, TaskState.TIMED_OUT, TaskState.LOST})
"""What the overview shows as a failure."""

ENDED = frozenset(TaskState) - OPEN


class Task(Dismissible):
    """One run of an action of a plugin. The row is the truth; the queue only says that there may be one.

    `writes`, `repeatable` and `needs` are what the action declared when the task was started.
    """

    VISIBLE_BY: ClassVar[Rules] = (("tasks.view", "environment__"),)
    VISIBLE_ALSO_BY: ClassVar = Also("catalogue.view", "reads__", models.Q(reads=None, reads_name=""))
    VISIBLE_OWNER: ClassVar[str] = "actor"
    HOLDS_ENVIRONMENT: ClassVar = Hold(
        what=messages.OPEN_TASKS,
        next_step=advise("tasks.open"),
        rows=models.Q(state__in=OPEN),
    )

    plugin = models.CharField(max_length=100)
    action = models.CharField(max_length=100)
    params = models.JSONField(default=dict)
    environment = models.ForeignKey(Environment, models.SET_NULL, null=True, blank=True, related_name="+")
    environment_name = models.CharField(max_length=100, blank=True, help_text="stays when the environment is removed")
    reads = models.ForeignKey(
        Environment,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="another environment whose content it shows",
    )
    reads_name = models.CharField(max_length=100, blank=True, help_text="stays when that environment is removed")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="null if Lockstep started it",
    )
    writes = models.BooleanField(default=False)
    repeatable = models.BooleanField(default=False)
    needs = models.CharField(max_length=200, blank=True, default="", help_text="sorted words that its worker offers")

    state = models.CharField(max_length=20, choices=TaskState.choices, default=TaskState.QUEUED)
    priority = models.SmallIntegerField(default=0, help_text="the highest goes first")
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)

    lease = models.UUIDField(
        null=True, help_text="the claim under which it runs: a process with another claim has lost it"
    )
    host = models.CharField(max_length=255, blank=True)
    pid = models.PositiveIntegerField(null=True)
    born = models.PositiveBigIntegerField(null=True, help_text="start of that process: numbers are reused")
    heartbeat = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="since it was started or answered")
    cancel_requested = models.DateTimeField(null=True, help_text="when cancelling was requested, while it runs")
    cancel_requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    stages = models.JSONField(default=list, help_text="[{name, number, total, started, finished}], in order")
    progress = models.JSONField(null=True, help_text="{stage, done, total}, the latest")
    result = models.JSONField(null=True)
    error = models.JSONField(null=True, help_text="{kind, sentence, detail, context …}; traceback of an unexpected one")
    retry_of = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="retries")

    objects = VisibleQuerySet["Task"].as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["state", "-priority", "id"], name="task_queue"),
            models.Index(fields=["finished"], name="task_finished"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["environment"],
                condition=models.Q(state=TaskState.RUNNING, writes=True),
                name="one_writing_task_per_environment",
            ),
        ]

    def __str__(self) -> str:
        where = f" on {self.environment_name}" if self.environment_name else ""
        return f"task {self.pk}: {self.plugin}.{self.action}{where}"

    @property
    def started_by(self) -> str:
        return str(self.actor or "Lockstep")

    @property
    def machine(self) -> str:
        return machine_of(self.host)

    @property
    def failure(self) -> str:
        """Why it failed, in the language at work; empty if it did not."""
        return sentence_of(self.error)

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def state_in_words(self) -> str:
        return str(TaskState(self.state).label)


class Pause(models.Model):
    """A question of a task, and its answer. Secrets are kept from the answer until the task resumes with it."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="pauses")
    questions = models.JSONField(help_text="[{name, title, kind, choices, help, required, suggested}]")
    stage = models.CharField(max_length=200, blank=True, help_text="the stage that was in progress")
    stages = models.JSONField(default=list, help_text="the stages that were done")
    asked = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField()
    answered = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answers = models.JSONField(default=dict, help_text="without the secrets")
    secrets: models.Field[Secret | None, Secret | None] = EncryptedTextField(  # type: ignore[misc, assignment]
        null=True, bound_to=("task_id",), help_text="{name: text} as JSON"
    )

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task"], condition=models.Q(answered=None), name="one_open_pause_per_task"),
        ]

    def __str__(self) -> str:
        return f"question of task {self.task_id}"

    @property
    def fields(self) -> tuple[InputField, ...]:
        return tuple(InputField.from_json(question) for question in self.questions)


class TaskLine(models.Model):
    """One line of a task's log. The numbers of a task have no gaps; a line is stored before it is shown."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="lines")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)
    level = models.CharField(max_length=10, default="info")
    source = models.CharField(max_length=100, blank=True)
    text = models.TextField(help_text="in English")
    message = models.JSONField(null=True, help_text="{id, facts} of a text that is shown in other languages")
    facts = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["task", "seq"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["task", "seq"], name="task_line_seq")]

    def __str__(self) -> str:
        return self.text


class TaskArtifact(models.Model):
    """A file that a task left behind."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="artifacts")
    name = models.CharField(max_length=200)
    path = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["task", "name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["task", "name"], name="task_artifact_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def file(self) -> StoredFile:
        return StoredFile(self.path, self.sha256)


class Worker(models.Model):
    """A worker that runs, or was killed: it is alive if it was seen lately."""

    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    processes = models.PositiveSmallIntegerField()
    offers = models.CharField(max_length=200, blank=True, default="", help_text="sorted words")
    started = models.DateTimeField(auto_now_add=True)
    seen = models.DateTimeField(default=timezone.now)
    asked = models.DateTimeField(null=True, help_text="when the queue's scheduler last answered it")

    class Meta:
        ordering: ClassVar = ["started"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["host", "pid"], name="worker_process")]

    def __str__(self) -> str:
        return f"worker {self.pid} on {self.machine}"

    @property
    def machine(self) -> str:
        return machine_of(self.host)


class Clock(models.Model):
    """When a function that is called periodically last succeeded; see `periodic` and `worker.clock`."""

    function = models.CharField(max_length=200, unique=True, help_text="its dotted path")
    ticked = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["function"]

    def __str__(self) -> str:
        return f"{self.function} at {self.ticked:%Y-%m-%d %H:%M:%S}"
