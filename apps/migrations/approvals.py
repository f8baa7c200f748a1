# [DEF:migrations.approvals:Module]
# @COMPLEXITY: 3
# @PURPOSE: How many approvals of the latest plan of a migration stand, how many it takes, and until when they count.
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION DEPENDS_ON -> migrations.known
# @RELATION DEPENDS_ON -> migrations.status
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> tasks.models
"""An approval is the word of a person, and is worth as much as that person may say now: it stands while the account is
active and may approve there. It stands again when the account is given back what was taken from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual
from django.utils import timezone

from apps.environments.models import Environment
from apps.migrations import messages
from apps.migrations.known import known_of
from apps.migrations.models import (
    COUNTING,
    PLUGIN,
    WORK,
    Decision,
    DecisionKind,
    HumanState,
    Migration,
    MigrationQuerySet,
    PlanRecord,
    Run,
    RunKind,
    RunState,
)
from apps.migrations.status import NOT_APPLIED, UNDONE
from apps.tasks.models import OPEN, Task
from apps.users.models import User
from apps.users.who import WhoCan

APPROVE = "migrations.approve"

DRAFTED = (HumanState.PLANNED, HumanState.SUBMITTED, HumanState.APPROVED)
"""From these a plan that cannot be applied any more goes back to draft."""


@dataclass(frozen=True, slots=True)
class Fallen:
    """An approval that does not count now, and why."""

    decision: Decision
    why: str


@dataclass(frozen=True, slots=True)
class Approvals:
    """Those of the latest plan, by its checksum. `given` are those that stand."""

    needed: int
    given: tuple[Decision, ...]
    fallen: tuple[Fallen, ...] = ()

    @property
    def enough(self) -> bool:
        return len(self.given) >= self.needed

    @property
    def lacking(self) -> int:
        return max(0, self.needed - len(self.given))

    @property
    def expires(self) -> datetime | None:
        """When the first of them is worth nothing any more; then the migration is a draft again."""
        moment: datetime | None = min((each.at for each in self.given), default=None)
        return moment + settings.APPROVAL_LASTS if moment else None

    @property
    def expired(self) -> bool:
        return self.expires is not None and self.expires <= timezone.now()

    @property
    def explanation(self) -> str:
        """Such as “1 of 2 approvals stands: ben's account was deactivated”; empty where all stand that were given."""
        if not self.fallen:
            return ""
        why = "; ".join(each.why for each in self.fallen)
        return messages.APPROVALS_STAND.format(given=len(self.given), needed=self.needed, why=why)


def approvals_of(migration: Migration) -> Approvals:
    if known := known_of(migration):
        return _approvals(migration, known.said)
    plan = migration.plans.last()
    said = list(_said().filter(plan=plan)) if plan else []
    return _approvals(migration, said)


def short_of_approvals() -> dict[int, Approvals]:
    """By migration: what was approved, is not applied, and has too few approvals by now."""
    approved = Migration.objects.filter(state=HumanState.APPROVED).with_latest_run().filter(NOT_APPLIED)
    plans = {each.latest_plan: each for each in approved.select_related("target")}  # type: ignore[attr-defined]
    said: dict[int, list[Decision]] = {plan: [] for plan in plans}
    for each in _said().filter(plan__in=plans) if plans else ():
        said[each.plan_id].append(each)
    with_access((each for rows in said.values() for each in rows), WhoCan(APPROVE))
    found = {migration.pk: _approvals(migration, said[plan]) for plan, migration in plans.items()}
    return {number: approvals for number, approvals in found.items() if approvals.lacking}


def waiting_for(user: User, short: Iterable[int] | None = None) -> MigrationQuerySet:
    """Those on which this user may decide and has not: what was submitted, and what is `short_of_approvals`."""
    if user.access.condition(APPROVE, "target__") is None:
        return Migration.objects.none()
    return Migration.objects.waiting_for(user, short=[*(short_of_approvals() if short is None else short)])


def decidable_by(user: User) -> MigrationQuerySet:
    """Those that this user may approve now: the same as `policies.decisions.require_approvable`, as a query."""
    work = Task.objects.filter(plugin=PLUGIN, action__in=WORK, state__in=OPEN)
    busy = [number for number in work.values_list("params__migration", flat=True) if number is not None]
    runs = Run.objects.filter(migration=OuterRef("pk")).with_wrote()
    last = runs.filter(Q(wrote=True) | UNDONE).order_by("-pk")
    found = waiting_for(user).exclude(pk__in=busy)
    found = found.alias(last_kind=Subquery(last.values("kind")[:1]), last_state=Subquery(last.values("state")[:1]))
    undone = Q(last_kind=RunKind.ROLLBACK, last_state=RunState.SUCCEEDED)
    return found.filter(Q(last_kind=None) | undone)


def may_decide(migration: Migration) -> Iterator[User]:
    """Everybody who may decide on it now."""
    with_a_role = User.objects.filter(Q(is_superuser=True) | Q(grants__isnull=False), is_active=True)
    for user in with_a_role.distinct().order_by("pk"):
        if waiting_for(user).filter(pk=migration.pk).exists():
            yield user


def nobody_decides(migration: Migration) -> bool:
    """Whether a submitted one waits for people that there are not."""
    return bool(approvals_of(migration).lacking) and next(may_decide(migration), None) is None


def with_access(said: Iterable[Decision], who: WhoCan) -> None:
    """What each who approved may do now, read at once."""
    for each in said:
        if each.kind == DecisionKind.APPROVE and each.actor is not None:
            each.actor.access = who.access_of(each.actor_id)


def _said() -> QuerySet[Decision]:
    """What counts of what people said of a plan: with its own checksum."""
    found = Decision.objects.filter(kind__in=COUNTING, checksum=F("plan__checksum"))
    return found.select_related("actor", "plan").defer("plan__document", "plan__annex")


def _approvals(migration: Migration, said: list[Decision]) -> Approvals:
    hands: set[int | None] = {migration.author_id}
    hands |= {each.actor_id for each in said if each.kind == DecisionKind.SUBMIT}
    hands |= {each.plan.actor_id for each in said}
    given, fallen = [], []
    for each in said:
        if each.kind == DecisionKind.APPROVE:
            why = _why_fallen(each, migration.target, hands)
            if why:
                fallen.append(Fallen(each, why))
            else:
                given.append(each)
    return Approvals(_needed(migration.target, said), tuple(given), tuple(fallen))


def _why_fallen(approval: Decision, target: Environment, hands: Iterable[int | None]) -> str:
    user = approval.actor
    if user is None:
        return str(messages.NOBODYS)
    if not user.is_active:
        return messages.DEACTIVATED.format(user=user)
    if not user.access.may(APPROVE, target):
        return messages.MAY_NOT_APPROVE.format(user=user, target=target)
    return messages.TOOK_PART.format(user=user) if user.pk in hands else ""


def _needed(target: Environment, said: Iterable[Decision]) -> int:
    """None where the protection is gone for which it was submitted. A submission that was not required waits for
    what it requested."""
    had_to = any(each.needed for each in said)
    return 0 if had_to and not target.protected else target.approvals_needed


def to_review() -> MigrationQuerySet:
    """Those whose approvals, or whose waiting for more, may have ended without anybody's doing."""
    early = timezone.now() - settings.APPROVAL_LASTS
    of_plan = Decision.objects.filter(plan=OuterRef("latest_plan"))
    decided = Q(state__in=(HumanState.SUBMITTED, HumanState.APPROVED))
    old = decided & Exists(of_plan.filter(kind=DecisionKind.APPROVE, at__lte=early))
    moved = Q(state__in=DRAFTED) & Exists(_for_other_servers())
    rows = Migration.objects.with_latest_run().filter(NOT_APPLIED).select_related("source", "target")
    return rows.filter(old | moved | _needs_no_more(of_plan))


def _for_other_servers() -> QuerySet[PlanRecord]:
    """The latest plan, if it keeps another address than its environment has."""
    plan = PlanRecord.objects.filter(pk=OuterRef("latest_plan"))
    return plan.exclude(target_url__in=("", OuterRef("target__url")), source_url__in=("", OuterRef("source__url")))


def _needs_no_more(of_plan: QuerySet[Decision]) -> Q:
    """Those that wait, and may not have to: see `approvals_of`."""
    approved = of_plan.filter(kind=DecisionKind.APPROVE).order_by().values("plan")
    given = Coalesce(Subquery(approved.annotate(given=Count("pk")).values("given")), 0)
    unprotected = Q(target__protected=False) & Exists(of_plan.filter(kind=DecisionKind.SUBMIT, needed__gt=0))
    return Q(state=HumanState.SUBMITTED) & (GreaterThanOrEqual(given, F("target__approvals_needed")) | unprotected)
