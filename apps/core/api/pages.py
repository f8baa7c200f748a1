# [DEF:core.api.pages:Module]
# @COMPLEXITY: 1
"""Pages of a list: `{count, next, previous, results}`."""

from __future__ import annotations

from rest_framework.pagination import PageNumberPagination


class Pages(PageNumberPagination):
    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"


class ShortPages(Pages):
    """For rows that are long or change while one looks."""

    page_size = 10
    max_page_size = 50
