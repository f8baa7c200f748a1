# [DEF:migrations.review.material:Module]
# @COMPLEXITY: 3
# @PURPOSE: A stored plan as its readers need it: of a migration, or of a task that kept it for nobody.
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION DEPENDS_ON -> migrations.review.files
# @RELATION DEPENDS_ON -> core.errors
# @RELATION DEPENDS_ON -> core.files
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> environments.models
# @RELATION CALLS -> superset.view.fingerprints
# @RELATION CALLS -> superset.references.serialization
# @RELATION DEPENDS_ON -> superset.plan.annex

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from apps.core.errors import Damaged, NotThere
from apps.core.files import StoredFile
from apps.environments.models import Environment
from apps.migrations import messages
from apps.migrations.models import Migration, PlanRecord
from apps.migrations.policies.planning import require_reader
from apps.migrations.policies.state import PLUGIN
from apps.migrations.review.files import AFTER, ANNEX, BEFORE, PLAN, WHOLE
from apps.migrations.services.planning import latest_plan
from apps.superset.assets import Bundle, Key
from apps.superset.plan.annex import Annex
from apps.superset.plan.plan import Change, Plan, checksum_of
from apps.superset.references.graph import dependencies
from apps.superset.references.serialization import unpack
from apps.superset.view.fingerprints import fingerprint
from apps.superset.view.sections import Contents
from apps.superset.view.tree import Node, tree
from apps.tasks.models import Task
from apps.users.models import User

REMEMBERED = 4
"""Plans that stay parsed in a process: a page asks several times for the same one."""


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """A plan with what is computed of it once. Two are never equal: other caches know one by itself."""

    plan: Plan
    checksum: str
    annex: Annex
    fingerprints: Mapping[Key, str]


@dataclass(frozen=True, slots=True)
class Side:
    """An environment, and the address at which the plan knew it."""

    row: Environment
    url: str


@dataclass(frozen=True, slots=True)
class Material:
    """`number` is that of the plan in its migration; `after` and `before` are None where they were not stored."""

    parsed: Parsed
    source: Side
    target: Side
    number: int | None
    planned_at: datetime | None
    planned_by: str | None
    after: StoredFile | None
    before: StoredFile | None

    @property
    def plan(self) -> Plan:
        return self.parsed.plan

    @property
    def has_annex(self) -> bool:
        return bool(self.parsed.annex.entries)

    def nodes(self, *, unchanged: bool = False) -> tuple[Node, ...]:
        return _nodes(self.parsed, self.after, unchanged)

    def contents(self, changes: Collection[Change]) -> Mapping[Key, Contents]:
        """Both states of what these changes are about."""
        uuids = {change.key.uuid for change in changes}
        after = unpack(self.after.read(), uuids) if self.after and uuids else Bundle({})
        before = unpack(self.before.read(), uuids) if self.before and uuids else Bundle({})
        return {change.key: Contents(before.get(change.key), after.get(change.key)) for change in changes}


def of_migration(migration: Migration) -> Material:
    """Of its latest plan. NotThere without one, Damaged if it is not what was stored."""
    return _of_record(latest_plan(migration), migration.source, migration.target)


def parsed_record(record: PlanRecord) -> Parsed:
    try:
        parsed = _parsed(record.document, record.annex)
    except (ValueError, KeyError, TypeError):
        raise Damaged(messages.UNREADABLE.format(plan=record)) from None
    if parsed.checksum != record.checksum or parsed.plan.content != record.bundle_sha256:
        raise Damaged(messages.TAMPERED.format(plan=record))
    return parsed


def of_task(task: Task, *, user: User) -> Material:
    """Of the plan that a task made, kept or not. Refused for who may not read both sides of it."""
    source, target = task.reads, task.environment
    if (task.plugin, task.action) != (PLUGIN, "plan") or source is None or target is None:
        raise NotThere(messages.NO_PLAN_OF_TASK.format(task=task.pk))
    require_reader(user, source, target)
    if record := _kept(task):
        return _of_record(record, source, target)
    files = {each.name: each.file for each in task.artifacts.all()}
    if WHOLE not in files and PLAN not in files:
        raise NotThere(messages.NO_PLAN_OF_TASK.format(task=task.pk))
    return Material(
        parsed=_parsed_files(task, files),
        source=Side(source, source.url),
        target=Side(target, target.url),
        number=None,
        planned_at=task.finished,
        planned_by=_name(task.actor),
        after=files.get(AFTER),
        before=files.get(BEFORE),
    )


def _parsed_files(task: Task, files: Mapping[str, StoredFile]) -> Parsed:
    try:
        annex = files[ANNEX].read().decode() if ANNEX in files else ""
        whole = files.get(WHOLE) or files[PLAN]  # which was the whole plan before there was the other
        return _parsed(whole.read().decode(), annex)
    except (ValueError, KeyError, TypeError):
        raise Damaged(messages.TASK_PLAN_UNREADABLE.format(task=task.pk)) from None


def _of_record(record: PlanRecord, source: Environment, target: Environment) -> Material:
    return Material(
        parsed=parsed_record(record),
        source=Side(source, record.source_url or source.url),
        target=Side(target, record.target_url or target.url),
        number=record.number,
        planned_at=record.created,
        planned_by=_name(record.actor or record.migration.author),
        after=record.bundle,
        before=record.before,
    )


def _kept(task: Task) -> PlanRecord | None:
    result = task.result or {}
    if result.get("migration") is None:
        return None
    found = PlanRecord.objects.filter(migration=result["migration"], checksum=result.get("checksum", ""))
    return found.select_related("actor", "migration__author").last()


def _name(user: User | None) -> str | None:
    return user.username if user else None


@lru_cache(maxsize=REMEMBERED)
def _parsed(document: str, annex: str) -> Parsed:
    data = json.loads(document)
    plan = Plan.from_json(data)
    prints = {change.key: fingerprint(each) for change, each in zip(plan.changes, data["changes"], strict=True)}
    return Parsed(plan, checksum_of(data), Annex.from_text(annex), prints)


@lru_cache(maxsize=2 * REMEMBERED)
def _nodes(parsed: Parsed, after: StoredFile | None, unchanged: bool) -> tuple[Node, ...]:  # noqa: FBT001 - a key of the cache
    """Plans of earlier releases do not say what their assets are made of: it is read from the content."""
    if parsed.annex.entries:
        edges = {key: entry.depends_on for key, entry in parsed.annex.entries.items()}
    else:
        edges = {asset.key: dependencies(asset) for asset in unpack(after.read())} if after else {}
    return tree(parsed.plan, lambda key: edges.get(key, ()), unchanged=unchanged)
