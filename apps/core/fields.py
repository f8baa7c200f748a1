# [DEF:core.fields:Module]
# @COMPLEXITY: 3
# @PURPOSE: The model field for encrypted secrets.
# @RELATION DEPENDS_ON -> core.crypto.encryption
# @RELATION DEPENDS_ON -> core.errors

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from apps.core.crypto.encryption import BOUND, Place, Secret
from apps.core.errors import Damaged

if TYPE_CHECKING:
    TextField = models.TextField[Secret, Secret]
else:
    TextField = models.TextField


class _PlacedSecret(DeferredAttribute):
    """A secret read from a row knows its place."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        value = super().__get__(instance, cls)
        field = self.field
        if not isinstance(value, Secret) or not isinstance(field, EncryptedTextField):
            return value
        return value.at(partial(field.place_of, instance))

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(TextField):
    """Stores a `Secret`: encrypted in the database, and masked when a model instance is printed.

    `bound_to` names the fields that identify the row of the secret; their values are known before it is saved. If one
    of them differs, the secret cannot be revealed. The field cannot be searched: equal texts have different tokens.
    """

    descriptor_class = _PlacedSecret

    def __init__(self, *args: Any, bound_to: tuple[str, ...] = ("pk",), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bound_to = bound_to

    def place_of(self, row: models.Model) -> Place:
        return place(row._meta.label_lower, self.attname, [getattr(row, name) for name in self.bound_to])  # noqa: SLF001

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001 - Django's own signature
        secret = super().pre_save(model_instance, add)
        if isinstance(secret, Secret):
            secret = secret.bound()
            setattr(model_instance, self.attname, secret)
        return secret

    def from_db_value(self, value: str | None, *_: Any) -> Secret | None:
        return Secret(value) if value else None

    def to_python(self, value: Any) -> Secret | None:
        if value is None or isinstance(value, Secret):
            return value
        raise TypeError("An encrypted field expects a Secret, created with Secret.of(text).")

    def get_prep_value(self, value: Any) -> str | None:
        secret = self.to_python(value)
        if secret and secret.fresh:
            raise TypeError("A secret is bound to the row that holds it: assign it to one, and take `bound()` of that.")
        return secret.token if secret else None


def place(model: str, name: str, values: Iterable[Any]) -> Place:
    """Where a secret is stored, as stable text."""
    values_as_text = [
        value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str) for value in values
    ]
    return (model, name, *values_as_text)


def bind_stored(model: Any, name: str, bound_to: tuple[str, ...]) -> None:
    """For a schema migration: bind what was stored before secrets were bound. What no key opens is left as it is."""
    for row in model.objects.exclude(**{name: None}):
        stored: Secret = row.__dict__[name]
        if stored.token.startswith(BOUND):
            continue
        where = place(model._meta.label_lower, name, [getattr(row, each) for each in bound_to])  # noqa: SLF001
        with suppress(Damaged):
            text = Secret(stored.token, fresh=True).reveal()
            model.objects.filter(pk=row.pk).update(**{name: Secret.of(text).at(partial(tuple, where)).bound()})


def encrypted_values() -> Iterator[tuple[models.Model, str]]:
    """Every row of any model that has a secret, with the name of its field."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:  # noqa: SLF001 - Django's documented model API
            if isinstance(field, EncryptedTextField):
                rows = model._base_manager.only("pk", field.name, *field.bound_to)  # noqa: SLF001
                found = rows.filter(**{f"{field.name}__isnull": False})
                yield from ((row, field.name) for row in found.iterator())
