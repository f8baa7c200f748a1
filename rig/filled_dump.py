"""Writes the filled dump of a release, from which upgrades are tested: an archive of `instance backup` with rows in
every table. Run it on the commit of the release, and keep what it wrote: later versions have to restore it.

    python -m rig.filled_dump project/tests/dumps/lockstep-0.1.0.tar
"""

from __future__ import annotations

import os
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings_test"  # its keys are those of the tests
django.setup()

import pytest  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.admin.models import ADDITION, LogEntry  # noqa: E402
from django.contrib.auth.models import Group, Permission  # noqa: E402
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from apps.audit import export  # noqa: E402
from apps.core.crypto.encryption import Secret  # noqa: E402
from apps.environments.models import ProtectionRequest  # noqa: E402
from apps.instance.services.backup import write  # noqa: E402
from apps.migrations.models import Decision, DecisionKind, SeenChange  # noqa: E402
from apps.tasks.models import Clock, Pause, Task, TaskState  # noqa: E402
from apps.users.models import SignInAttempt, SsoIdentity, User  # noqa: E402
from project.tests.world import World  # noqa: E402


def main(file: Path) -> int:
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        settings.DATA_DIR = Path(place)
        connection.settings_dict["NAME"] = str(Path(place, "lockstep.sqlite3"))
        call_command("migrate", verbosity=0)
        fill(User.objects.create_superuser("author", password="only-for-tests"), patch)
        made = write(file)
    if empty := [table for table, rows in made.manifest.tables.items() if not rows]:
        print(f"No rows in: {', '.join(empty)}", file=sys.stderr)
        return 1
    print(f"{file}: {made.size:,} bytes, {made.manifest.rows:,} rows, {len(made.manifest.files)} files")
    return 0


def fill(author: User, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(export, "KEPT_OPEN", timedelta())
    world = World(author, patch)
    world.stage.apply(world.migration)
    plan = world.migration.plans.get()
    now = timezone.now()
    Decision.objects.create(
        migration=world.migration, plan=plan, kind=DecisionKind.APPROVE, actor=world.user, checksum=plan.checksum
    )
    SeenChange.objects.create(user=author, migration=world.migration, fingerprint="0" * 32)
    world.planning  # noqa: B018 - makes the task
    fill_tasks(world, author)
    request = ProtectionRequest(environment=world.prod, environment_name="prod", requested_by=author, expires=now)
    request.secret = Secret.of("secret of the robot")
    request.save()
    group = Group.objects.create(name="staff")
    group.permissions.add(Permission.objects.earliest("pk"))
    author.groups.add(group)
    author.user_permissions.add(Permission.objects.latest("pk"))
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(user=author, content_type=kind, object_id="1", action_flag=ADDITION)
    SignInAttempt.objects.create(user=author, address="127.0.0.1")
    SsoIdentity.objects.create(user=world.user, issuer="https://sso.example", subject="grace", last_sign_in=now)
    export.close(actor=author, before=now, file=Path(settings.DATA_DIR, "segment.jsonl"))


def fill_tasks(world: World, author: User) -> None:
    now = timezone.now()
    Clock.objects.create(function="apps.schedules.clock.start_due", ticked=now)
    for state in (TaskState.RUNNING, TaskState.QUEUED):
        Task.objects.create(plugin="catalogue", action="sync", actor=author, environment=world.dev, state=state)
    asking = Task.objects.create(plugin="migrations", action="plan", actor=author, state=TaskState.AWAITING_INPUT)
    pause = Pause(task=asking, questions=[], expires=now)
    pause.secrets = Secret.of("{}")
    pause.save()


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
