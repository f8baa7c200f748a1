# [DEF:core.api.filters:Module]
# @COMPLEXITY: 2
# @PURPOSE: Filters and search that refuse invalid values: silently ignoring one would return too many rows.

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_filters.fields import IsoDateTimeField
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from rest_framework import exceptions, filters
from rest_framework.request import Request

from apps.core import messages

MOST_WORDS, LONGEST_SEARCH = 20, 1000
"""Each word is a condition, and SQLite limits their number and length."""

LONGEST_NUMBER = 2**31 - 1

MOST_NAMES = 100
"""Each is a condition, and SQLite limits how deep they nest."""


class _YesNoField(forms.Field):
    CHOICES: ClassVar = {"true": True, "1": True, "false": False, "0": False}

    def to_python(self, value: Any) -> bool | None:
        if value in self.empty_values:
            return None
        try:
            return self.CHOICES[str(value).lower()]
        except KeyError:
            raise ValidationError(messages.NOT_A_BOOLEAN) from None


class _MomentField(IsoDateTimeField):
    def to_python(self, value: Any) -> datetime | None:
        moment: datetime | None = super().to_python(value)
        try:
            return moment.astimezone(UTC) if moment else None
        except OverflowError:  # in the first or last hours of the calendar
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


class YesNoFilter(django_filters.BooleanFilter):
    field_class = _YesNoField


class MomentFilter(django_filters.IsoDateTimeFilter):
    field_class = _MomentField


class WholeNumberFilter(django_filters.NumberFilter):
    field_class = forms.IntegerField

    def get_max_validator(self) -> Any:
        """None of our numbers is larger, and PostgreSQL refuses larger ones."""
        return django_filters.filters.MaxValueValidator(LONGEST_NUMBER)


class _AnyNames(django_filters.fields.MultipleChoiceField):
    def to_python(self, value: Any) -> list[str]:
        names: list[str] = super().to_python(value)
        if len(names) > MOST_NAMES:
            raise ValidationError(messages.TOO_MANY_NAMES.format(limit=MOST_NAMES))
        return names

    def valid_value(self, value: Any) -> bool:
        return len(str(value)) <= LONGEST_SEARCH


class NamesFilter(django_filters.MultipleChoiceFilter):
    """One or several names, of which nobody has a list; by a `method`, which gets all of them."""

    field_class = _AnyNames


class Filters(FilterSet):
    """The base of our filter sets."""

    FILTER_DEFAULTS: ClassVar = {
        **FilterSet.FILTER_DEFAULTS,
        models.BooleanField: {"filter_class": YesNoFilter},
        models.DateTimeField: {"filter_class": MomentFilter},
    }


class FilterBackend(DjangoFilterBackend):
    filterset_base = Filters


class WordSearch(filters.SearchFilter):
    """`?search=` finds rows that have each of the words somewhere in the searched fields."""

    search_description: Any = _("Words. A row matches if each word occurs in one of the searched fields.")

    def get_search_terms(self, request: Request) -> list[str]:
        try:
            words: list[str] = super().get_search_terms(request)
        except exceptions.ValidationError as error:
            raise exceptions.ValidationError({self.search_param: error.detail}) from None
        if len(words) > MOST_WORDS:
            raise exceptions.ValidationError({self.search_param: messages.too_many_words(MOST_WORDS)})
        if sum(map(len, words)) > LONGEST_SEARCH:
            text = messages.SEARCH_TOO_LONG.format(limit=LONGEST_SEARCH)
            raise exceptions.ValidationError({self.search_param: text})
        return words
