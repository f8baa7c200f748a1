# [DEF:users.admin_pages.groups:Module]
# @COMPLEXITY: 3
# @PURPOSE: The admin pages of group mappings: which roles the groups of the directory give.
# @RELATION INHERITS_FROM -> core.service_forms
# @RELATION CALLS -> users.services.groups

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.admin import Confirmation, Done, RowAction, display
from apps.core.policies import Verdict, verdicts
from apps.core.service_forms import ServiceForm, WithServiceForm
from apps.users import messages
from apps.users.models import GroupMapping
from apps.users.policies import EDIT, VIEW
from apps.users.services import groups
from apps.users.services.grants import require_grantable


class GroupMappingForm(ServiceForm):
    class Meta:
        model = GroupMapping
        fields = ("group", "role", "where", "staff")
        labels: ClassVar = {"staff": _("Staff")}

    def store(self) -> GroupMapping:
        given = self.given("group", "role", "where", "staff")
        if self.instance.pk is None:
            return groups.map_group(actor=self.actor, **given)
        return groups.edit_mapping(actor=self.actor, mapping=self.stored(), **given)


def _unmap(user: Any, row: GroupMapping, fields: Any) -> Done:  # noqa: ARG001 - the call of a row action
    text = messages.MAPPING_REMOVED.format(mapping=row)
    groups.unmap_group(actor=user, mapping=row)
    return Done(text, reverse("admin:users_groupmapping_changelist"))


@admin.register(GroupMapping)
class GroupMappingAdmin(WithServiceForm):
    view_permission = VIEW
    change_permission = EDIT
    form = GroupMappingForm
    list_display = ("group", "role", "shown_where", "staff")
    list_filter = ("role", "staff")
    search_fields = ("group",)
    list_select_related = ("role",)
    empty_text = _("No groups are mapped, so nobody can sign in through the directory.")
    empty_links = ((_("Map a group"), "users_groupmapping_add"),)
    row_actions = (
        RowAction(
            "remove",
            _("Remove"),
            _unmap,
            "delete",
            "danger",
            confirm=lambda row: Confirmation(messages.CONFIRM_REMOVE_MAPPING.format(mapping=row)),
        ),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None:
            return super().has_change_permission(request)
        return self.verdicts(request.user, obj)["remove"].allowed

    def verdicts(self, user: Any, row: GroupMapping) -> dict[str, Verdict]:
        return verdicts(remove=lambda: require_grantable(user, row.role, row.where))

    @display(description=_("Where"), ordering="where")
    def shown_where(self, row: GroupMapping) -> str:
        return str(_("everywhere")) if row.where == "*" else row.where
