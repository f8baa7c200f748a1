# [DEF:migrations.review.seen:Module]
# @COMPLEXITY: 3
# @PURPOSE: What each person has seen of a plan, and what is new since people last decided on one.
# @RELATION WRITES_STATE -> migrations.models
# @RELATION DEPENDS_ON -> migrations.review.material
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> superset.plan.plan
# @RELATION DEPENDS_ON -> superset.plan.attachment

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import F

from apps.migrations.models import Decision, DecisionKind, Migration, SeenChange
from apps.migrations.review.material import Parsed, parsed_record
from apps.superset.assets import Key
from apps.superset.plan.attachment import Access, Attachment
from apps.superset.plan.plan import Action
from apps.users.models import User

DECIDES = (DecisionKind.APPROVE, DecisionKind.REJECT)


@dataclass(frozen=True, slots=True)
class Since:
    """A decision on a plan, and what that plan said of each asset and beside the documents."""

    decision: Decision
    fingerprints: frozenset[str]
    attachments: tuple[Attachment, ...]
    access: tuple[Access, ...]


def seen_by(user: User, migration: Migration) -> frozenset[str]:
    marks = SeenChange.objects.filter(user=user, migration=migration)
    return frozenset(marks.values_list("fingerprint", flat=True))


def mark_seen(*, actor: User, migration: Migration, fingerprints: Collection[str], seen: bool) -> None:
    """For this person only. A mark more or less than there is changes nothing."""
    if seen:
        marks = [SeenChange(user=actor, migration=migration, fingerprint=each) for each in dict.fromkeys(fingerprints)]
        SeenChange.objects.bulk_create(marks, ignore_conflicts=True)
    else:
        SeenChange.objects.filter(user=actor, migration=migration, fingerprint__in=fingerprints).delete()


def to_see(parsed: Parsed) -> Mapping[Key, str]:
    """The fingerprints of what a reviewer goes through: all that is not left as it is."""
    kept = (Action.UNCHANGED, Action.ORPHAN)
    return {change.key: parsed.fingerprints[change.key] for change in parsed.plan.changes if change.action not in kept}


def progress(parsed: Parsed, marks: Collection[str]) -> dict[str, int]:
    prints = to_see(parsed).values()
    return {"seen": sum(each in marks for each in prints), "total": len(prints)}


def last_decision(migration: Migration, user: User, number: int) -> Since | None:
    """The user's own last approval or rejection; without any, the last one of somebody else on a plan before the one of
    this number, which the user has yet to read. Words of the system do not count, and who submits decides nothing."""
    said = Decision.objects.filter(migration=migration, checksum=F("plan__checksum"), actor__isnull=False)
    decided = said.filter(kind__in=DECIDES).select_related("plan", "actor").order_by("pk")
    found = decided.filter(actor=user).last() or decided.filter(plan__number__lt=number).last()
    if found is None:
        return None
    parsed = parsed_record(found.plan)
    return Since(found, frozenset(parsed.fingerprints.values()), parsed.plan.attachments, parsed.plan.access)
