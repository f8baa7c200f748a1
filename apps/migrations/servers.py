# [DEF:migrations.servers:Module]
# @COMPLEXITY: 3
# @PURPOSE: Whether the two environments of a plan still are the servers that it was made for, and who changed that.
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION DEPENDS_ON -> migrations.known
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> audit.models
# @RELATION DEPENDS_ON -> superset.http.url
# @RELATION DEPENDS_ON -> core.errors
"""A plan keeps the addresses that it was made for. Only who changed one, and when, is from the audit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from apps.audit.models import AuditEntry
from apps.core.errors import Conflict
from apps.environments.models import Environment
from apps.migrations import messages
from apps.migrations.known import Edits, known_of
from apps.migrations.models import Migration, PlanRecord
from apps.superset.errors import NotConfigured
from apps.superset.http.url import base_url

EDITS = ("environment.edit", "environment.protection.lowered_alone")
"""What the audit calls a change of an address."""


def require_same_servers(migration: Migration) -> None:
    """An apply is of a plan from this source to this target."""
    plan = known.plan if (known := known_of(migration)) else migration.plans.last()
    if plan and (change := moved(migration, plan)):
        raise Conflict(messages.PLAN_MOVED.format(change=f"{change[0].upper()}{change[1:]}", number=migration.pk))


def require_same_target(plan: PlanRecord, target: Environment, edits: Edits | None = None) -> None:
    """A rollback has nothing to undo on another server. `target` is the plan's, as it is now."""
    if change := _moved(target, plan.target_url, plan.created, edits):
        raise Conflict(messages.TARGET_MOVED.format(change=f"{change[0].upper()}{change[1:]}"))


def moved(migration: Migration, plan: PlanRecord) -> str:
    """What is different since the plan was made, for the middle of a sentence; empty if nothing is."""
    edits = known.edits if (known := known_of(migration)) else None
    target = _moved(migration.target, plan.target_url, plan.created, edits)
    return target or _moved(migration.source, plan.source_url, plan.created, edits)


def other_account(environment: Environment, since: datetime) -> str:
    """That Lockstep signs in there as somebody else by now, for the log of a run; empty if it does not."""
    entries = _entries(environment, since, "environment.update_credentials")
    if not entries:
        return ""
    before = entries[0].before or {}
    if all(before.get(name) == getattr(environment, name) for name in ("username", "provider")):
        return ""
    return messages.OTHER_ACCOUNT.format(
        environment=environment,
        account=environment.username or messages.OWNER_OF_TOKEN,
        before=before.get("username") or messages.OWNER_OF_TOKEN,
        at=f"{entries[-1].at:%Y-%m-%d %H:%M}",
        user=entries[-1].actor,
    )


def _moved(environment: Environment, before: str, since: datetime, edits: Edits | None = None) -> str:
    if not before or same_address(before, environment.url):
        return ""
    facts = {"environment": environment, "before": before, "after": environment.url}
    if edits is None:
        entries = _entries(environment, since, *EDITS)
    else:
        entries = [each for each in edits().get(environment.pk, ()) if each.at >= since]
    entry = next((each for each in entries if "url" in (each.after or {})), None)
    if entry is None:
        return messages.ADDRESS_CHANGED.format(**facts)
    return messages.ADDRESS_CHANGED_BY.format(**facts, at=f"{entry.at:%Y-%m-%d %H:%M}", user=entry.actor)


def same_address(one: str, other: str) -> bool:
    try:
        return base_url(one) == base_url(other)
    except NotConfigured:
        return one == other


def _entries(environment: Environment, since: datetime, *actions: str) -> list[AuditEntry]:
    """The oldest first."""
    about = AuditEntry.objects.filter(object_type=environment._meta.label_lower, object_id=str(environment.pk))  # noqa: SLF001 - Django's documented model API
    return list(about.filter(action__in=actions, at__gte=since).select_related("actor").order_by("pk"))


def edits_of(environments: Iterable[Environment]) -> dict[int, list[AuditEntry]]:
    """Of all of these, with one query."""
    numbers = sorted({str(each.pk) for each in environments})
    about = AuditEntry.objects.filter(object_type=Environment._meta.label_lower, object_id__in=numbers)  # noqa: SLF001 - Django's documented model API
    found: dict[int, list[AuditEntry]] = {}
    for entry in about.filter(action__in=EDITS).select_related("actor").order_by("pk"):
        found.setdefault(int(entry.object_id), []).append(entry)
    return found
