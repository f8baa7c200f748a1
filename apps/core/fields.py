# [DEF:core.fields:Module]
# @COMPLEXITY: 3
# @PURPOSE: Model fields of our own.
# @RELATION DEPENDS_ON -> core.encryption

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models

from apps.core.encryption import Secret

if TYPE_CHECKING:
    TextField = models.TextField[Secret, Secret]
else:
    TextField = models.TextField


class EncryptedTextField(TextField):
    """Holds a `Secret`: what the database sees is encrypted, and what a model instance holds does not print.

    Cannot be searched: equal texts have different tokens.
    """

    def from_db_value(self, value: str | None, *_: Any) -> Secret | None:
        return Secret(value) if value else None

    def to_python(self, value: Any) -> Secret | None:
        if value is None or isinstance(value, Secret):
            return value
        raise TypeError("An encrypted field takes a Secret, made with Secret.of(text).")

    def get_prep_value(self, value: Any) -> str | None:
        secret = self.to_python(value)
        return secret.token if secret else None


def encrypted_values() -> Iterator[tuple[models.Model, str]]:
    """Every row that has a secret, of whatever model, with the name of the field that holds it."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:  # noqa: SLF001 - Django's documented model API
            if isinstance(field, EncryptedTextField):
                rows = model._base_manager.only("pk", field.name).filter(**{f"{field.name}__isnull": False})  # noqa: SLF001
                yield from ((row, field.name) for row in rows.iterator())
