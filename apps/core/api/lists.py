# [DEF:core.api.lists:Module]
# @COMPLEXITY: 2
# @PURPOSE: Lists: rows straight from the database, without a model instance for each.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework import generics, mixins
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.strict import StrictInput

Row = dict[str, Any]


class RowList(StrictInput, mixins.ListModelMixin, generics.GenericAPIView[Any]):
    """GET returns a page of rows. The serializer only describes them; `columns` says where each value comes from."""

    columns: ClassVar[Mapping[str, str]]
    """Name in the response → path for `values_list`."""

    def represent(self, row: Row) -> Row:
        """The row as it is returned, if that is not just its columns."""
        return row

    def get(self, request: Request, **_: Any) -> Response:
        return self.list(request)

    def list(self, request: Request, *_: Any, **__: Any) -> Response:
        found = self.filter_queryset(self.get_queryset()).values_list(*self.columns.values())
        page = self.paginate_queryset(found) or []
        return self.get_paginated_response([self.represent(dict(zip(self.columns, row, strict=True))) for row in page])
