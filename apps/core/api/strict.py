# [DEF:core.api.strict:Module]
# @COMPLEXITY: 2
# @PURPOSE: Refuses input that nothing reads: unknown and read-only fields, unknown, repeated and empty parameters,
#   needless bodies.
# @RELATION DEPENDS_ON -> core.messages
"""A misspelt field would keep its default, a misspelt filter would return everything, and both would look right."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any, ClassVar, NamedTuple

from django.http import QueryDict
from django_filters import MultipleChoiceFilter
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import filters, serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.core import messages

MOST_NAMED = 20
"""So many unknown names are listed."""

LONGEST_NAME = 100
"""No name of ours is longer, and comparing long texts takes long."""

WITH_BODY = ("POST", "PUT", "PATCH")
READING = ("GET", "HEAD")


def unknown(names: Iterable[str], known: Collection[str], sentence: object) -> dict[str, list[str]]:
    """Name → what is wrong with it, for each name that is not known."""
    strange = islice((name for name in names if name not in known), MOST_NAMED)
    return {name[:LONGEST_NAME]: [_with_suggestion(name, known, sentence)] for name in strange}


def _with_suggestion(name: str, known: Collection[str], sentence: object) -> str:
    alike = get_close_matches(name, known, n=1) if len(name) <= LONGEST_NAME else []
    return " ".join([str(sentence), *(messages.DID_YOU_MEAN.format(name=each) for each in alike)])


class StrictSerializer(serializers.Serializer[Any]):
    """The base of every serializer of a body, and of what is nested in it."""

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid": messages.NOT_AN_OBJECT}

    def to_internal_value(self, data: Any) -> Any:
        """All errors at once: those of strange names, and those of the values of known ones."""
        wrong = self._strange(data) if isinstance(data, Mapping) else {}
        try:
            value = super().to_internal_value(data)
        except ValidationError as error:
            if wrong and isinstance(error.detail, dict):
                raise ValidationError({**error.detail, **wrong}) from None
            raise
        if wrong:
            raise ValidationError(wrong)
        return value

    def _strange(self, data: Mapping[str, Any]) -> dict[str, list[str]]:
        writable = [name for name, field in self.fields.items() if not field.read_only]
        fixed = {name: [str(messages.READ_ONLY_FIELD)] for name in data if name in self.fields and name not in writable}
        others = [str(name) for name in data if name not in fixed]
        return {**fixed, **unknown(others, writable, messages.UNKNOWN_FIELD)}


class StrictInput(APIView):
    """The base of every view, after REST framework's: it knows the parameters and bodies that it reads."""

    query_class: ClassVar[type[serializers.Serializer[Any]] | None] = None
    """Describes the parameters of a GET, if they are not those of a list."""

    takes_no_body: ClassVar[bool] = False
    """Of a view whose POST needs nothing but its address."""

    http_method_names = ["get", "post", "put", "patch", "delete", "head"]  # noqa: RUF012 - Django declares it so
    """OPTIONS is not there, so `Allow` must not name it."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who may not do it is told that first, then whether the method is there."""
        super().initial(request, *args, **kwargs)
        if request.method not in self.allowed_methods:
            return
        if wrong := _wrong_parameters(request.query_params, known_parameters(self)):
            raise ValidationError(wrong)
        if request.method not in WITH_BODY or self.takes_no_body:
            _require_no_body(request)


class Parameter(NamedTuple):
    """What a parameter of a query may be like."""

    repeated: bool = False
    empty: bool = False


def _wrong_parameters(given: QueryDict, known: Mapping[str, Parameter]) -> dict[str, list[str]]:
    """Of a parameter that occurs twice, the last value would count; an empty filter would let everything through."""
    wrong = unknown(given, known, messages.UNKNOWN_PARAMETER)
    for name, parameter in known.items():
        values = given.getlist(name)
        if len(values) > 1 and not parameter.repeated:
            wrong[name] = [str(messages.PARAMETER_TWICE)]
        elif "" in values and not parameter.empty:
            wrong[name] = [str(messages.PARAMETER_EMPTY)]
    return wrong


def known_parameters(view: Any) -> Mapping[str, Parameter]:
    """The names that a query of this request may have."""
    if view.request.method not in READING:
        return {}
    if view.query_class is not None:
        fields = view.query_class().fields.items()
        return {name: Parameter(repeated=isinstance(field, serializers.ListField)) for name, field in fields}
    return _of_list(view)


def _of_list(view: Any) -> dict[str, Parameter]:
    known: dict[str, Parameter] = {}
    for backend in getattr(view, "filter_backends", ()):
        if issubclass(backend, DjangoFilterBackend):
            filterset = backend().get_filterset_class(view, view.get_queryset())
            for name, each in filterset.base_filters.items() if filterset else ():
                known[name] = Parameter(repeated=isinstance(each, MultipleChoiceFilter))
        elif issubclass(backend, filters.SearchFilter):
            known[backend.search_param] = Parameter(empty=True)
        elif issubclass(backend, filters.OrderingFilter):
            known[backend.ordering_param] = Parameter(empty=True)
    if getattr(view, "pagination_class", None) is not None:
        known[view.pagination_class.page_query_param] = known[view.pagination_class.page_size_query_param] = Parameter()
    return known


def _require_no_body(request: Request) -> None:
    """`{}` is what some clients send instead of nothing."""
    if request.META.get("CONTENT_LENGTH") in {None, "", "0"}:
        return
    sent = request.data
    if not isinstance(sent, Mapping):
        raise ParseError(messages.NO_BODY)
    if sent:
        raise ValidationError(unknown(map(str, sent), (), messages.NO_BODY))
