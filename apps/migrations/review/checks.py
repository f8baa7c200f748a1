# [DEF:migrations.review.checks:Module]
# @COMPLEXITY: 3
# @PURPOSE: What stands in the way of carrying out a plan, as a list to tick off.
# @RELATION DEPENDS_ON -> migrations.approvals
# @RELATION DEPENDS_ON -> migrations.review.known
# @RELATION READS_STATE -> catalogue.models
# @RELATION DEPENDS_ON -> catalogue.models
# @RELATION DEPENDS_ON -> environments.models
# @RELATION DEPENDS_ON -> freezes.models
# @RELATION DEPENDS_ON -> freezes.policies

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils import timezone

from apps.catalogue.models import CatalogueSync
from apps.environments.models import Environment
from apps.freezes.models import FreezeWindow
from apps.freezes.policies import Freeze, freeze_of
from apps.migrations import messages
from apps.migrations.approvals import Approvals
from apps.migrations.review.known import Known
from apps.migrations.review.material import Material


@dataclass(frozen=True, slots=True)
class Check:
    """`ok` is None where it is not known."""

    code: str
    text: str
    ok: bool | None


def checks(material: Material, known: Known, approvals: Approvals | None, *, asked: bool) -> Iterator[Check]:
    """Without approvals, of a plan that nobody carries out. `asked`: somebody waits for approvals, needed or not."""
    target = material.target.row
    yield _unchanged(material, known)
    yield Check("databases_mapped", str(messages.DATABASES_MAPPED), ok=True)
    yield _thawed(target)
    if approvals is None:
        return
    if target.protected or asked:
        yield Check("approval", str(messages.APPROVED_BY_OTHERS), ok=approvals.enough and not approvals.expired)
    else:
        yield Check("approval", str(messages.NO_APPROVAL_NEEDED), ok=True)


def _unchanged(material: Material, known: Known) -> Check:
    """By the catalogue, if it was read after the plan was made."""
    target = material.target.row
    synced = CatalogueSync.objects.filter(environment=target).values_list("finished", flat=True).first()
    is_newer = synced is not None and material.planned_at is not None and synced > material.planned_at
    changed = known.changed() if is_newer else None
    if changed is None:
        return Check("target_unchanged", messages.UNKNOWN_SINCE.format(target=target), ok=None)
    if changed:
        return Check("target_unchanged", messages.ASSETS_CHANGED.format(number=changed, target=target), ok=False)
    return Check("target_unchanged", messages.UNCHANGED_SINCE.format(target=target), ok=True)


def _thawed(target: Environment) -> Check:
    if freeze := freeze_of(target):
        text = messages.FROZEN_UNTIL.format(until=freeze.until_local, reason=freeze.window.reason)
        return Check("freeze", text, ok=False)
    now = timezone.now()
    windows = FreezeWindow.objects.of(target).select_related("environment")
    coming = [(span.starts, window) for window in windows if (span := window.upcoming(now))]
    if not coming:
        return Check("freeze", str(messages.NO_FREEZE), ok=True)
    begins, window = min(coming, key=lambda each: each[0])
    return Check("freeze", messages.NO_FREEZE_UNTIL.format(until=Freeze(window, begins).until_local), ok=True)
