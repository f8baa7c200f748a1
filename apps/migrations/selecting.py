# [DEF:migrations.selecting:Module]
# @COMPLEXITY: 3
# @PURPOSE: Conditions by which lists of migrations are chosen and sorted: whose they are, which assets they contain.
# @RELATION DEPENDS_ON -> migrations.models
# @RELATION DEPENDS_ON -> catalogue.models
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> superset.plan.plan

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import DateTimeField, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from apps.catalogue.models import AssetPairing
from apps.migrations.models import JUDGEMENTS, Decision, DecisionKind, PlannedAsset, PlanRecord, Run
from apps.superset.plan.plan import Action
from apps.users.models import User

Rows = TypeVar("Rows", bound=QuerySet[Any])


def of_hand(user: User) -> Q:
    """Those that this user planned or submitted."""
    own = Decision.objects.filter(migration=OuterRef("pk"), kind=DecisionKind.SUBMIT, actor=user)
    planned = PlanRecord.objects.filter(migration=OuterRef("pk"), actor=user)
    return Q(author=user) | Exists(own) | Exists(planned)


def decided_by(user: User) -> Q:
    """Those of which this user approved or rejected a plan, whatever has come of it since."""
    return Q(Exists(Decision.objects.filter(migration=OuterRef("pk"), kind__in=JUDGEMENTS, actor=user)))


def with_asset(uuid: UUID) -> Q:
    """Those of which a plan contains the asset, by its UUID on the target, or in the source where it is paired with
    another one. What a plan only lists as an orphan is not part of it."""
    sides = {"source": OuterRef(OuterRef("source")), "target": OuterRef(OuterRef("target"))}
    paired = AssetPairing.objects.filter(**sides, source_uuid=uuid).values("target_uuid")
    planned = PlannedAsset.objects.filter(plan__migration=OuterRef("pk")).exclude(action=Action.ORPHAN.value)
    return Q(Exists(planned.filter(Q(uuid=uuid) | Q(uuid__in=paired))))


def with_changed(migrations: Rows) -> Rows:
    """Adds `changed`: when anything was last done with each, by people or by a run."""
    moments = (
        _last(PlanRecord, "created"),
        _last(Decision, "at"),
        _last(Run, "started"),
        _last(Run, "finished"),
    )
    return migrations.annotate(changed=Greatest(F("created"), *(Coalesce(each, F("created")) for each in moments)))


def _last(model: Any, moment: str) -> Subquery:
    rows = model.objects.filter(migration=OuterRef("pk")).order_by().values("migration")
    return Subquery(rows.annotate(last=Max(moment)).values("last"), output_field=DateTimeField())
