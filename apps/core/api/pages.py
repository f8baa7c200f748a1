# [DEF:core.api.pages:Module]
# @COMPLEXITY: 2
# @PURPOSE: Pages of a list; an invalid page size is refused.
"""A page is `{count, next, previous, results}`."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request

from apps.core import messages


class Pages(PageNumberPagination):
    """A size that is not a number from 1 to the maximum is refused."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"

    def get_page_size(self, request: Request) -> int:
        given = request.query_params.get(self.page_size_query_param)
        if given is None:
            return self.page_size
        digits = given.lstrip("0")
        if not (digits.isascii() and digits.isdigit() and int(digits[:9]) <= self.max_page_size):
            sentence = messages.NOT_A_PAGE_SIZE.format(largest=self.max_page_size)
            raise ValidationError({self.page_size_query_param: sentence})
        return int(digits)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Both numbers start at 1."""
        parameters: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        limits = {self.page_size_query_param: {"maximum": self.max_page_size, "default": self.page_size}}
        return [
            {**each, "schema": {**each["schema"], "minimum": 1, **limits.get(each["name"], {})}} for each in parameters
        ]


class ShortPages(Pages):
    """For rows that are long or change while somebody reads them."""

    page_size = 10
    max_page_size = 50
