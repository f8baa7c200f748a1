"""Every situation in which a migration can be, for tables of tests: how it comes about, and what is next in it."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from django.utils import timezone

from apps.audit.services import record
from apps.freezes.services import add_freeze
from apps.migrations.models import Decision, Migration, Run, RunKind, RunState, Write, WriteState
from apps.migrations.services.approval import approve, comment, reject, submit, withdraw
from apps.migrations.tests.factories import Stage
from apps.migrations.tests.people import make_person
from apps.tasks.models import Task, TaskState
from apps.tasks.worker.processes import birth, host

ROLES = {"ann": "analyst", "ben": "approver", "bob": "approver", "eve": "operator", "kim": "viewer"}


class Situations:
    """`ann` plans on “dev” for “prod”, which is protected unless a situation says otherwise."""

    def __init__(self, stage: Stage, settings: Any) -> None:
        self.stage, self.settings = stage, settings
        self.people = {name: make_person(stage.author, name, role) for name, role in ROLES.items()}
        self.admin = stage.author
        stage.author = self.people["ann"]
        stage.target.protected = True
        stage.target.save()

    def made(self, name: str) -> Migration:
        migration = self.stage.plan()
        getattr(self, name)(migration)
        return Migration.objects.select_related("source", "target", "author").get(pk=migration.pk)

    # --- By people ---

    def planned(self, migration: Migration) -> None:
        """As it is."""

    def unprotected(self, migration: Migration) -> None:
        self._target(protected=False)

    def submitted(self, migration: Migration) -> None:
        submit(actor=self.people["ann"], migration=migration)

    def commented(self, migration: Migration) -> None:
        self.submitted(migration)
        comment(actor=self.people["ben"], migration=migration, note="hm")

    def approved_by_one_of_two(self, migration: Migration) -> None:
        self._target(approvals_needed=2)
        self.submitted(migration)
        self._approve(migration, "ben")

    def to_be_released(self, migration: Migration) -> None:
        self.approved_by_one_of_two(migration)
        self._target(approvals_needed=1)

    def approved(self, migration: Migration) -> None:
        self.submitted(migration)
        self._approve(migration, "ben")

    def lapsed(self, migration: Migration) -> None:
        self.approved(migration)
        self.people["ben"].is_active = False
        self.people["ben"].save()

    def expired(self, migration: Migration) -> None:
        self.approved(migration)
        self.settings.APPROVAL_LASTS = timedelta(0)

    def rejected(self, migration: Migration) -> None:
        self.submitted(migration)
        reject(actor=self.people["ben"], migration=migration, note="no")

    def withdrawn(self, migration: Migration) -> None:
        withdraw(actor=self.people["ann"], migration=migration)

    def draft(self, migration: Migration) -> None:
        plan = migration.plans.get()
        Decision.objects.create(migration=migration, plan=plan, kind="return", checksum=plan.checksum, note="it moved")
        Migration.objects.filter(pk=migration.pk).update(state="draft")

    # --- By what is around it ---

    def frozen(self, migration: Migration) -> None:
        self.approved(migration)
        now = timezone.now()
        span = {"starts": now - timedelta(hours=1), "ends": now + timedelta(hours=1)}
        add_freeze(actor=self.admin, reason="Quiet", environment=self.stage.target, **span)

    def disabled(self, migration: Migration) -> None:
        self.approved(migration)
        self._target(enabled=False)

    def moved(self, migration: Migration) -> None:
        self.approved(migration)
        self._target(url="https://elsewhere.example.com")
        target = self.stage.target
        record(actor=self.admin, action="environment.edit", target=target, before={}, after={"url": target.url})

    # --- By tasks ---

    def queued(self, migration: Migration) -> None:
        self.approved(migration)
        self._task(migration, "apply", TaskState.QUEUED)

    def asking(self, migration: Migration) -> None:
        self.submitted(migration)
        self._task(migration, "plan", TaskState.AWAITING_INPUT)

    def answered_by_an_approver(self, migration: Migration) -> None:
        task = self._task(migration, "plan", TaskState.SUCCEEDED)
        task.result = {"migration": migration.pk}
        task.save()
        ben, now = self.people["ben"], timezone.now()
        task.pauses.create(questions=[], expires=now, answered=now, answered_by=ben)
        self.submitted(migration)

    # --- By runs ---

    def applying(self, migration: Migration) -> None:
        self.approved(migration)
        self._run(migration, RunState.RUNNING, WriteState.WRITTEN)

    def dead(self, migration: Migration) -> None:
        self.approved(migration)
        run = self._run(migration, RunState.RUNNING, WriteState.WRITTEN)
        Run.objects.filter(pk=run.pk).update(heartbeat=timezone.now() - timedelta(days=1))

    def succeeded(self, migration: Migration) -> None:
        self.approved(migration)
        self._run(migration, RunState.SUCCEEDED, WriteState.WRITTEN)

    def failed_after_writing(self, migration: Migration) -> None:
        self.approved(migration)
        self._run(migration, RunState.FAILED, WriteState.WRITTEN)

    def failed_before_writing(self, migration: Migration) -> None:
        self.approved(migration)
        self._run(migration, RunState.FAILED, WriteState.REFUSED)

    def lapsed_after_failing(self, migration: Migration) -> None:
        self.failed_after_writing(migration)
        self.people["ben"].is_active = False
        self.people["ben"].save()

    def failed_as_stale(self, migration: Migration) -> None:
        self.approved(migration)
        error = {"kind": "plan_stale", "sentence": "The target has changed.", "context": {}}
        self._run(migration, RunState.FAILED, None, error=error)

    def interrupted(self, migration: Migration) -> None:
        self.approved(migration)
        self._run(migration, RunState.INTERRUPTED, WriteState.SENT)

    def rolling_back(self, migration: Migration) -> None:
        self.succeeded(migration)
        self._run(migration, RunState.RUNNING, None, kind=RunKind.ROLLBACK)

    def failed_to_roll_back(self, migration: Migration) -> None:
        self.succeeded(migration)
        self._run(migration, RunState.FAILED, None, kind=RunKind.ROLLBACK)

    def rolled_back(self, migration: Migration) -> None:
        self.succeeded(migration)
        self._run(migration, RunState.SUCCEEDED, WriteState.WRITTEN, kind=RunKind.ROLLBACK)
        Migration.objects.filter(pk=migration.pk).update(state="draft")

    def open(self, migration: Migration) -> None:
        self.interrupted(migration)
        until = (timezone.now() + timedelta(minutes=5)).isoformat()
        error = {"kind": "outcome_open", "sentence": "May arrive.", "context": {"until": until}}
        self._run(migration, RunState.OPEN, WriteState.WRITTEN, kind=RunKind.ROLLBACK, error=error)

    # ---

    def _target(self, **changes: Any) -> None:
        for name, value in changes.items():
            setattr(self.stage.target, name, value)
        self.stage.target.save()

    def _approve(self, migration: Migration, name: str) -> None:
        approve(actor=self.people[name], migration=migration, checksum=migration.plans.last().checksum)

    def _task(self, migration: Migration, action: str, state: str) -> Task:
        sides = {"environment": self.stage.target, "environment_name": "prod", "reads": self.stage.source}
        task = Task.objects.create(
            plugin="migrations", action=action, state=state, actor=self.people["eve"],
            params={"migration": migration.pk}, **sides,
        )  # fmt: skip
        if state == TaskState.AWAITING_INPUT:
            task.pauses.create(questions=[], expires=timezone.now() + timedelta(days=1))
        return task

    def _run(self, migration: Migration, state: str, write: str | None, **facts: Any) -> Run:
        now, plan = timezone.now(), migration.plans.last()
        assert plan
        run = Run.objects.create(
            migration=migration, plan=plan, target=migration.target, actor=self.people["eve"],
            state=state, host=host(), pid=os.getpid(), born=birth(os.getpid()), heartbeat=now,
            finished=None if state == RunState.RUNNING else now, **{"kind": RunKind.APPLY, **facts},
        )  # fmt: skip
        if write is not None:
            Write.objects.create(run=run, act="import", keys=[], state=write)
        return run
