# [DEF:users.admin_pages.groups:Module]
# @COMPLEXITY: 3
# @PURPOSE: What groups of the directory give to their members.
# @RELATION INHERITS_FROM -> core.service_forms
# @RELATION CALLS -> users.services.groups

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from apps.core.admin import Confirmation, Done, RowAction, display
from apps.core.policies import Verdict, verdicts
from apps.core.service_forms import ServiceForm, WithServiceForm
from apps.users.models import GroupMapping
from apps.users.policies import EDIT, VIEW
from apps.users.services import groups
from apps.users.services.grants import require_grantable


class GroupMappingForm(ServiceForm):
    class Meta:
        model = GroupMapping
        fields = ("group", "role", "where", "staff")
        labels: ClassVar = {"staff": "Staff"}

    def store(self) -> GroupMapping:
        given = self.given("group", "role", "where", "staff")
        if self.instance.pk is None:
            return groups.map_group(actor=self.actor, **given)
        return groups.edit_mapping(actor=self.actor, mapping=self.stored(), **given)


def _unmap(user: Any, row: GroupMapping, _: Any) -> Done:
    told = f"“{row}” is removed: what it gave ends with the next sign-in of each member."
    groups.unmap_group(actor=user, mapping=row)
    return Done(told, reverse("admin:users_groupmapping_changelist"))


@admin.register(GroupMapping)
class GroupMappingAdmin(WithServiceForm):
    view_permission = VIEW
    change_permission = EDIT
    form = GroupMappingForm
    list_display = ("group", "role", "shown_where", "staff")
    list_filter = ("role", "staff")
    search_fields = ("group",)
    list_select_related = ("role",)
    empty_text = "No group is mapped: nobody can sign in through the directory."
    empty_links = (("Map a group", "users_groupmapping_add"),)
    row_actions = (
        RowAction(
            "remove",
            "Remove",
            _unmap,
            "delete",
            "danger",
            confirm=lambda row: Confirmation(f"Remove “{row}”? Its members lose it with their next sign-in."),
        ),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None:
            return super().has_change_permission(request)
        return self.verdicts(request.user, obj)["remove"].allowed

    def verdicts(self, user: Any, row: GroupMapping) -> dict[str, Verdict]:
        return verdicts(remove=lambda: require_grantable(user, row.role, row.where))

    @display(description="Where", ordering="where")
    def shown_where(self, row: GroupMapping) -> str:
        return "everywhere" if row.where == "*" else row.where
