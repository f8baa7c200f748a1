# [DEF:migrations.models:Module]
# @COMPLEXITY: 3
# @PURPOSE: The human process around a plan, and the runs that carried it out.
# @RELATION INHERITS_FROM -> core.append_only
# @RELATION INHERITS_FROM -> users.policies
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> tasks.models
"""A migration stores only what people decided; what its runs did is read from them (see `status.py`)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from apps.core.append_only import AppendOnly, AppendOnlyManager
from apps.core.files import StoredFile
from apps.environments.models import Environment
from apps.migrations import messages
from apps.tasks.models import ENDED, Task
from apps.users.dismissal import Dismissible
from apps.users.models import User
from apps.users.policies import Rules, VisibleQuerySet

PLUGIN = "migrations"
WORK = ("plan", "apply", "rollback")
"""The actions that a migration has to itself, one at a time."""


class HumanState(models.TextChoices):
    """What people made of a migration."""

    DRAFT = "draft"
    PLANNED = "planned"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class MigrationQuerySet(VisibleQuerySet["Migration"]):
    def waiting_for(self, user: User, *, short: Collection[int] = ()) -> Self:
        """Those that were submitted, or are `short` of approvals, and on which this user may decide and has not. See
        `approvals.waiting_for`, which knows those."""
        condition = user.access.condition("migrations.approve", "target__")
        if condition is None:
            return self.none()
        latest = PlanRecord.objects.filter(migration=models.OuterRef("pk")).order_by("-number").values("pk")[:1]
        waits = models.Q(state=HumanState.SUBMITTED) | models.Q(pk__in=short)
        found = self.visible_to(user).filter(condition, waits).exclude(author=user)
        found = found.alias(read=models.Subquery(latest))
        judged = Decision.objects.filter(plan=models.OuterRef("read"), kind__in=JUDGEMENTS, actor=user)
        submitted = Decision.objects.filter(migration=models.OuterRef("pk"), kind=DecisionKind.SUBMIT, actor=user)
        planned = PlanRecord.objects.filter(migration=models.OuterRef("pk"), actor=user)
        found = found.exclude(models.Exists(judged) | models.Exists(submitted) | models.Exists(planned))
        return found.exclude(_answered_by(user))

    def answered_by(self, user: User) -> Self:
        """Those for one of whose plans this user answered a question: which database to take is a choice."""
        return self.filter(_answered_by(user))

    def with_latest_run(self) -> Self:
        """Adds `run_kind` and `run_state` of the latest run of the latest plan, for `status.status_from`."""
        plans = PlanRecord.objects.filter(migration=models.OuterRef("pk")).order_by("-number")
        counting = Run.objects.that_count().with_shown_state()
        runs = counting.filter(plan=models.OuterRef("latest_plan")).order_by("-pk")
        state = runs.values("shown_state")[:1]  # type: ignore[misc]  # it was added just above
        return self.annotate(latest_plan=models.Subquery(plans.values("pk")[:1])).annotate(
            run_kind=models.Subquery(runs.values("kind")[:1]), run_state=models.Subquery(state)
        )


def _answered_by(user: User) -> models.Q:
    """By the tasks that made the plans: their results name the migration, also where it was planned again since."""
    answered = Task.objects.filter(plugin=PLUGIN, action="plan", pauses__answered_by=user)
    made = dict(answered.values_list("pk", "result__migration"))
    return models.Q(task__in=made) | models.Q(pk__in=[number for number in made.values() if number is not None])


class Migration(models.Model):
    """Some dashboards of one environment that are to arrive in another."""

    VISIBLE_BY: ClassVar[Rules] = (("migrations.view", "target__"), ("catalogue.view", "source__"))
    VISIBLE_OWNER: ClassVar[str] = "author"

    source = models.ForeignKey(Environment, models.PROTECT, related_name="+")
    target = models.ForeignKey(Environment, models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    selection = models.JSONField(help_text="{names: [id, UUID or slug …], everything: bool}")
    state = models.CharField(max_length=20, choices=HumanState.choices, default=HumanState.DRAFT)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    task = models.OneToOneField(
        Task, models.SET_NULL, null=True, related_name="+", help_text="the one that planned it, if a worker did"
    )

    objects = MigrationQuerySet.as_manager()

    known: object = None
    """What was read of it at once with others, for an answer (see `known.py`); never where something is done."""

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.pk}: {self.title}"


class PlanRecord(AppendOnly):
    """A plan as it was made. `document` is the JSON text itself: a database's JSON type may write numbers differently,
    and the checksum is over the text."""

    migration = models.ForeignKey(Migration, models.PROTECT, related_name="plans")
    number = models.PositiveIntegerField()
    document = models.TextField()
    checksum = models.CharField(max_length=64)
    bundle_path = models.CharField(max_length=200)
    bundle_sha256 = models.CharField(max_length=64)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", help_text="who planned; null: the author"
    )
    source_url = models.CharField(max_length=500, blank=True, help_text="address that was read; empty: not known")
    target_url = models.CharField(max_length=500, blank=True, help_text="address that it was made for")
    before_path = models.CharField(max_length=200, blank=True, help_text="what it overwrites; empty: not stored")
    before_sha256 = models.CharField(max_length=64, blank=True)
    annex = models.TextField(blank=True, help_text="JSON for readers; empty: not stored")
    summary = models.JSONField(null=True, help_text="{counts: {create: n …}, dashboards: n}, from the document")
    created = models.DateTimeField(auto_now_add=True)

    objects = AppendOnlyManager()

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["migration", "number"], name="plan_number")]

    def __str__(self) -> str:
        return f"plan {self.number} of migration {self.migration_id}"

    @property
    def bundle(self) -> StoredFile:
        """The content that ships with the plan."""
        return StoredFile(self.bundle_path, self.bundle_sha256)

    @property
    def before(self) -> StoredFile | None:
        """What the plan overwrites, as it was when the plan was made."""
        return StoredFile(self.before_path, self.before_sha256) if self.before_path else None


class PlannedAsset(AppendOnly):
    """What a plan says of one asset, from its document: the history of an asset is read without any plan. The UUID is
    the one on the target, which may differ from the one in the source (see pairings)."""

    plan = models.ForeignKey(PlanRecord, models.PROTECT, related_name="assets")
    kind = models.CharField(max_length=20)
    uuid = models.UUIDField()
    name = models.CharField(max_length=500)
    action = models.CharField(max_length=20)

    objects = AppendOnlyManager()

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [models.Index(fields=["uuid", "plan"], name="planned_asset")]

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.name}"


class SeenChange(models.Model):
    """A change that a person has marked as seen, by its fingerprint: in a new plan with the same change it still is."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    migration = models.ForeignKey(Migration, models.CASCADE, related_name="+")
    fingerprint = models.CharField(max_length=32)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "migration", "fingerprint"], name="seen_once_by_each"),
        ]

    def __str__(self) -> str:
        return f"{self.fingerprint} seen in migration {self.migration_id}"


class DecisionKind(models.TextChoices):
    """What people said of a plan; `return` and `release` are the system's own words, with the reason in their note."""

    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    COMMENT = "comment"
    RETURN = "return"
    RELEASE = "release"


COUNTING = (DecisionKind.APPROVE, DecisionKind.SUBMIT)
"""What is counted of what people said of a plan."""

JUDGEMENTS = (DecisionKind.APPROVE, DecisionKind.REJECT)
"""Of these each person has one for each plan."""


class Decision(AppendOnly):
    """One step of the human process, as it was taken. It is about one plan, and worth nothing for another."""

    migration = models.ForeignKey(Migration, models.PROTECT, related_name="decisions")
    plan = models.ForeignKey(PlanRecord, models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=20, choices=DecisionKind.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    note = models.TextField(blank=True)
    checksum = models.CharField(max_length=64)
    needed = models.PositiveSmallIntegerField(
        null=True, help_text="of a submission: how many approvals it took then; 0: the target was not protected"
    )

    objects = AppendOnlyManager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["plan", "actor"], condition=models.Q(kind__in=JUDGEMENTS), name="one_judgement_of_a_plan"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.plan}"

    @property
    def in_words(self) -> str:
        return str(messages.DECIDED[self.kind])


class RunKind(models.TextChoices):
    APPLY = "apply"
    ROLLBACK = "rollback"


class RunState(models.TextChoices):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    OPEN = "open"
    """Of an undo: all that was there is undone, and a write of the run that it undoes may still arrive."""


class WriteState(models.TextChoices):
    """What is known of a request that writes: the outcomes of the engine's ledger, and one more."""

    INTENDED = "intended"
    SENT = "sent"
    WRITTEN = "written"
    REFUSED = "refused"
    ABSENT = "absent"
    """Its answer never came, and nothing of it has appeared in all the time in which it could."""


ON_TARGET = (WriteState.SENT, WriteState.WRITTEN)
"""What is, or may be, on the target."""


SILENCE = timedelta(minutes=15)
"""A run that was silent for longer is dead: the longest request is given up after ten minutes."""

WENT_WRONG = (RunState.FAILED, RunState.INTERRUPTED)


class RunQuerySet(models.QuerySet["Run"]):
    def that_count(self) -> Self:
        """Without undos that came to nothing: they have left all as it was."""
        came_to_nothing = models.Q(kind=RunKind.ROLLBACK, state__in=WENT_WRONG)
        return self.exclude(came_to_nothing & ~wrote())

    def with_shown_state(self) -> Self:
        """Adds `shown_state`: a running run that is dead, as far as the database knows, is interrupted."""
        silent = models.Q(heartbeat__lt=timezone.now() - SILENCE) | models.Q(task__state__in=ENDED)
        dead = models.When(silent, state=RunState.RUNNING, then=models.Value(RunState.INTERRUPTED.value))
        return self.annotate(shown_state=models.Case(dead, default=models.F("state")))

    def with_wrote(self) -> Self:
        """Adds `wrote`: whether something of it is, or may be, on the target."""
        return self.annotate(wrote=wrote())

    def that_wrote(self) -> Self:
        """Those of which something is, or may be, on the target."""
        return self.filter(wrote())


def wrote() -> models.Exists:
    """Of runs: whether something of one is, or may be, on the target. Not a list of such runs, which the database would
    make of all there are."""
    return models.Exists(Write.objects.filter(run=models.OuterRef("pk"), state__in=ON_TARGET))


class Run(Dismissible):
    """One attempt to write to the target. At most one is running for each target: the constraint is the lock."""

    migration = models.ForeignKey(Migration, models.PROTECT, related_name="runs")
    plan = models.ForeignKey(PlanRecord, models.PROTECT, related_name="runs")
    target = models.ForeignKey(Environment, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=RunKind.choices)
    state = models.CharField(max_length=20, choices=RunState.choices, default=RunState.RUNNING)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    started = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True)
    task = models.ForeignKey(
        Task, models.SET_NULL, null=True, related_name="+", help_text="the one that it is a part of, if a worker did it"
    )

    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField()
    born = models.PositiveBigIntegerField(null=True, help_text="start of that process: numbers are given again")
    heartbeat = models.DateTimeField()

    snapshot_path = models.CharField(max_length=200, blank=True)
    snapshot_sha256 = models.CharField(max_length=64, blank=True)
    result = models.JSONField(null=True)
    error = models.JSONField(null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["target"], condition=models.Q(state=RunState.RUNNING), name="one_running_run_per_target"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} of migration {self.migration_id}"

    @property
    def snapshot(self) -> StoredFile | None:
        """What the target was before the first write; None where nothing was about to be written."""
        return StoredFile(self.snapshot_path, self.snapshot_sha256) if self.snapshot_path else None

    @property
    def written(self) -> list[str]:
        """The names of what a successful run wrote and removed, or the keys of what another one has written."""
        if self.result:
            return [*self.result["written"], *self.result["removed"]]
        return self.keys_with(WriteState.WRITTEN)

    @property
    def open(self) -> list[str]:
        """The keys of what it may have written, and nobody knows yet."""
        return self.keys_with(WriteState.SENT)

    def keys_with(self, *states: WriteState) -> list[str]:
        writes = [write for write in self.writes.all() if write.state in states]
        return list(dict.fromkeys(key for write in writes for key in write.keys))


class Write(models.Model):
    """One request of a run that changes the target: kept before it leaves, and then what became of it."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="writes")
    act = models.CharField(max_length=20, help_text="import, repair, update or delete")
    keys = models.JSONField(help_text="of the assets that it is about")
    state = models.CharField(max_length=20, choices=WriteState.choices, default=WriteState.INTENDED)
    intended_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True, help_text="when the clock last had it looked up")

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.act} {self.pk} of run {self.run_id}"
