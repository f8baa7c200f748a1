# [DEF:core.admin_permissions:Module]
# @COMPLEXITY: 2
# @PURPOSE: Who sees and edits which rows in the admin: the permission of a page, and the places of its rows.

from __future__ import annotations

from typing import Any

from django.contrib.admin import RelatedFieldListFilter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from unfold.admin import ModelAdmin

ADMINISTRATION = "*.*"
"""The permission required for a page that names no other: that of administrators."""


class VisibleFilter(RelatedFieldListFilter):
    """Offers only rows that the user may see as filters."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        seen = field.related_model._default_manager.visible_to(request.user)  # noqa: SLF001
        return [(row.pk, str(row)) for row in seen]


def may(user: Any, what: str, place: Any = None) -> bool:
    """Whether the user has this permission there; without a place, everywhere."""
    return bool(user.is_authenticated and user.access.may(what, place))


def may_somewhere(user: Any, what: str) -> bool:
    return bool(user.is_authenticated and user.access.may_somewhere(what))


class PermissionsAdmin(ModelAdmin):
    """Asks the user's access instead of Django's permissions."""

    view_permission = ""
    """The permission required to see the rows, if the model does not name it (`VISIBLE_BY`)."""

    change_permission = ""
    """The permission required to add rows and to edit them in a form. Without one nobody can."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Of the list; rows that the user may not see are left out of it. Your own rows need no permission."""
        if not self._by_place:
            return may(request.user, self.view_permission or ADMINISTRATION)
        what, path = self.model.VISIBLE_BY[0]
        allowed = may(request.user, what) if path is None else may_somewhere(request.user, what)
        return allowed or hasattr(self.model, "VISIBLE_OWNER")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(self.change_permission) and self._may_edit(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.change_permission) and self._may_edit(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def place_of(self, row: Any) -> Any:
        """The environment of a row, if it has one."""
        return None

    def get_queryset(self, request: HttpRequest) -> Any:
        rows: Any = super().get_queryset(request)
        return rows.visible_to(request.user) if self._by_place else rows

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Every page about a row begins here."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().get_object(request, object_id, from_field)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Filters offer only rows that the user may see."""
        return [self._filter(each) for each in super().get_list_filter(request)]

    @property
    def _by_place(self) -> bool:
        return hasattr(self.model, "VISIBLE_BY")

    def _may_edit(self, request: HttpRequest, row: Any = None) -> bool:
        place = self.place_of(row) if row is not None else None
        if place is None and self._by_place:
            return may_somewhere(request.user, self.change_permission)
        return may(request.user, self.change_permission, place)

    def _filter(self, name: Any) -> Any:
        field = self.model._meta.get_field(name) if isinstance(name, str) else None  # noqa: SLF001
        related = field.related_model if field is not None and field.is_relation else None
        return (name, VisibleFilter) if hasattr(related, "VISIBLE_BY") else name
