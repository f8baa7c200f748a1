# [DEF:migrations.api.lists:Module]
# @COMPLEXITY: 3
# @PURPOSE: The list of migrations with what is next for each; a page costs the same number of queries at any size.
# @RELATION CALLS -> migrations.services.knowledge
# @RELATION DEPENDS_ON -> migrations.selecting
# @RELATION DEPENDS_ON -> core.api.filters
# @RELATION DEPENDS_ON -> users.api.acting

from __future__ import annotations

from functools import cached_property, reduce
from operator import or_
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from rest_framework import generics

from apps.core.api.filters import Filters, MomentFilter, YesNoFilter
from apps.core.api.strict import StrictInput
from apps.migrations import selecting
from apps.migrations.api.serializers import MigrationRowSerializer
from apps.migrations.approvals import decidable_by
from apps.migrations.models import HumanState, Migration
from apps.migrations.policies.actions import people
from apps.migrations.services.knowledge import read_known
from apps.migrations.status import Status, with_status
from apps.users.api.acting import actor_of
from apps.users.who import WhoCan


class MigrationFilter(Filters):
    mine = YesNoFilter(method="by_hand", help_text=_("whether you planned or submitted it"))
    awaiting_me = YesNoFilter(method="by_decision", help_text=_("whether you may approve it now"))
    decided_by_me = YesNoFilter(method="by_judgement", help_text=_("whether you approved or rejected a plan of it"))
    source = django_filters.CharFilter(field_name="source__slug")
    target = django_filters.CharFilter(field_name="target__slug")
    author = django_filters.CharFilter(field_name="author__username")
    state = django_filters.ChoiceFilter(choices=HumanState.choices)
    status = django_filters.MultipleChoiceFilter(
        choices=[(each.value, each.value) for each in Status], method="by_status", help_text=_("one of several")
    )
    asset = django_filters.UUIDFilter(method="by_asset", help_text=_("UUID of an asset that a plan of it contains"))
    created_after = MomentFilter(field_name="created", lookup_expr="gte")
    created_before = MomentFilter(field_name="created", lookup_expr="lt")

    def by_hand(self, migrations: QuerySet[Migration], name: str, value: Any) -> QuerySet[Migration]:
        mine = selecting.of_hand(actor_of(self.request))
        return migrations.filter(mine) if value else migrations.exclude(mine)

    def by_decision(self, migrations: QuerySet[Migration], name: str, value: Any) -> QuerySet[Migration]:
        numbers = decidable_by(actor_of(self.request)).values("pk")
        return migrations.filter(pk__in=numbers) if value else migrations.exclude(pk__in=numbers)

    def by_judgement(self, migrations: QuerySet[Migration], name: str, value: Any) -> QuerySet[Migration]:
        decided = selecting.decided_by(actor_of(self.request))
        return migrations.filter(decided) if value else migrations.exclude(decided)

    def by_status(self, migrations: QuerySet[Migration], name: str, value: list[str]) -> QuerySet[Migration]:
        if not value:
            return migrations
        return migrations.filter(reduce(or_, (with_status(Status(each)) for each in value)))

    def by_asset(self, migrations: QuerySet[Migration], name: str, value: UUID) -> QuerySet[Migration]:
        return migrations.filter(selecting.with_asset(value))


class MigrationList(StrictInput, generics.ListAPIView[Migration]):
    serializer_class = MigrationRowSerializer
    filterset_class = MigrationFilter
    search_fields = ("title", "=number")
    ordering_fields = ("id", "title", "created", "changed")
    ordering = ("-id",)

    @cached_property
    def who(self) -> WhoCan:
        return people()

    def get_queryset(self) -> QuerySet[Migration]:
        seen = Migration.objects.visible_to(self.request.user).with_latest_run()
        seen = seen.annotate(number=Cast("pk", CharField()))
        return selecting.with_changed(seen).select_related("source", "target", "author")

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        if page:
            read_known(page, self.who)
        return page

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "who": self.who}
