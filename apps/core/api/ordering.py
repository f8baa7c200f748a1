# [DEF:core.api.ordering:Module]
# @COMPLEXITY: 2
# @PURPOSE: The sort order of a list.

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request

from apps.core import messages


class StableOrdering(OrderingFilter):
    """`?ordering=-created`. Equal rows keep a stable order from page to page; unknown names are refused."""

    ordering_description: Any = _("Field to sort by, with a leading `-` for descending; several, separated by commas.")

    def get_ordering(self, request: Request, queryset: QuerySet[Model], view: Any) -> Any:
        ordering = super().get_ordering(request, queryset, view)
        return [*ordering, "pk"] if ordering else ordering

    def remove_invalid_fields(self, queryset: QuerySet[Model], fields: Any, view: Any, request: Request) -> list[str]:
        known = [name for name, __ in self.get_valid_fields(queryset, view, {"request": request})]
        if unknown := [name for name in fields if name.removeprefix("-") not in known]:
            raise ValidationError(
                {self.ordering_param: messages.NOT_A_SORT_FIELD.format(name=unknown[0], known=", ".join(known))}
            )
        return list(fields)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = "|".join(view.ordering_fields)
        schema = {"type": "string", "pattern": f"^(-?({names})(,-?({names}))*)?$"}
        parameters: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        return [{**each, "schema": schema} for each in parameters]
