# [DEF:core.api.ordering:Module]
# @COMPLEXITY: 2
# @PURPOSE: The order of a list.

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request


class StableOrdering(OrderingFilter):
    """`?ordering=-created`. Rows that are equal in it keep one order from page to page; unknown names are refused."""

    ordering_description = "The field to sort by, with `-` before it for the other way round; several with commas."

    def get_ordering(self, request: Request, queryset: QuerySet[Model], view: Any) -> Any:
        ordering = super().get_ordering(request, queryset, view)
        return [*ordering, "pk"] if ordering else ordering

    def remove_invalid_fields(self, queryset: QuerySet[Model], fields: Any, view: Any, request: Request) -> list[str]:
        known = [name for name, _ in self.get_valid_fields(queryset, view, {"request": request})]
        if unknown := [name for name in fields if name.removeprefix("-") not in known]:
            raise ValidationError({self.ordering_param: f"“{unknown[0]}” is not one of {', '.join(known)}."})
        return list(fields)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = "|".join(view.ordering_fields)
        schema = {"type": "string", "pattern": f"^(-?({names})(,-?({names}))*)?$"}
        parameters: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        return [{**each, "schema": schema} for each in parameters]
