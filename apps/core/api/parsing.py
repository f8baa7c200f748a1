# [DEF:core.api.parsing:Module]
# @COMPLEXITY: 2
# @PURPOSE: Parses JSON with orjson and a size limit, so that no request can exhaust the memory or the stack.

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import IO, Any

import orjson
from django.conf import settings
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import BaseParser

from apps.contracts.plain_text import unstorable_in
from apps.core import messages


class TooLarge(APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class OrjsonParser(BaseParser):
    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        sent = stream.read(limit + 1)
        if len(sent) > limit:
            raise TooLarge(messages.BODY_TOO_LARGE.format(limit=limit))
        try:
            value = orjson.loads(sent)
        except orjson.JSONDecodeError as error:
            raise ParseError(messages.NOT_JSON.format(error=error)) from None
        _require_unique(sent)
        if b"\\u0000" in sent and (place := unstorable_in(value)):
            raise ValidationError({place: messages.HAS_NUL})
        return value


def _require_unique(sent: bytes) -> None:
    """Of a key that occurs twice, only the last value would count. orjson does not tell."""
    try:
        json.loads(sent, object_pairs_hook=_once, parse_int=str, parse_float=str)
    except RecursionError:
        raise ParseError(messages.NESTED_TOO_DEEPLY) from None


def _once(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise ValidationError({name: messages.KEY_TWICE})
        seen.add(name)
