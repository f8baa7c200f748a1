# [DEF:core.api.pages:Module]
# @COMPLEXITY: 2
# @PURPOSE: Pages of a list; an invalid number or size is refused.
"""A page is `{count, next, previous, results}`."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request

from apps.core import messages
from apps.core.errors import NotThere

LAST = 10**8
"""No list has more pages."""


class Pages(PageNumberPagination):
    """A size that is not a number from 1 to the maximum is refused."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"

    def get_page_size(self, request: Request) -> int:
        given = request.query_params.get(self.page_size_query_param)
        if given is None:
            return self.page_size
        size = _number(given, self.max_page_size)
        if size is None:
            sentence = messages.NOT_A_PAGE_SIZE.format(largest=self.max_page_size)
            raise ValidationError({self.page_size_query_param: sentence})
        return size

    def get_page_number(self, request: Request, paginator: Any) -> int:
        """REST framework would say of both that the list is not there."""
        number = _number(request.query_params.get(self.page_query_param, "1"), LAST)
        if number is None:
            raise ValidationError({self.page_query_param: messages.NOT_A_PAGE})
        if number > paginator.num_pages:
            raise NotThere(messages.NO_PAGE.format(number=number, last=paginator.num_pages))
        return number

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """REST framework's marks what may be null as OpenAPI 3.0 did, and has addresses of others as examples."""
        described: dict[str, Any] = super().get_paginated_response_schema(schema)
        link = {"type": ["string", "null"], "format": "uri"}
        count = {"type": "integer", "minimum": 0}
        return {**described, "properties": {**described["properties"], "count": count, "next": link, "previous": link}}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Both numbers start at 1."""
        parameters: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        limits = {self.page_size_query_param: {"maximum": self.max_page_size, "default": self.page_size}}
        return [
            {**each, "schema": {**each["schema"], "minimum": 1, **limits.get(each["name"], {})}} for each in parameters
        ]


def _number(given: str, most: int) -> int | None:
    """A whole number from 1 to that many, if it is one."""
    digits = given.lstrip("0")
    fits = digits.isascii() and digits.isdigit() and int(digits[:9]) <= most
    return int(digits[:9]) if fits else None


class ShortPages(Pages):
    """For rows that are long or change while somebody reads them."""

    page_size = 10
    max_page_size = 50
