# [DEF:environments.services.dependents:Module]
# @COMPLEXITY: 3
# @PURPOSE: What the database removes together with an environment.
# @RELATION DEPENDS_ON -> environments.models

from __future__ import annotations

from typing import Any

from django.db.models import CASCADE, ForeignObjectRel

from apps.environments.models import Environment


def removed_with(environment: Environment) -> dict[str, int]:
    """How many rows of each kind go with it, by the name of the kind."""
    counts: dict[str, int] = {}
    for relation in environment._meta.get_fields(include_hidden=True):  # noqa: SLF001 - Django's documented model API
        if isinstance(relation, ForeignObjectRel) and relation.on_delete is CASCADE:
            model: Any = relation.related_model
            number = model.objects.filter(**{relation.field.name: environment}).count()
            if number:
                what = model._meta.verbose_name if number == 1 else model._meta.verbose_name_plural  # noqa: SLF001
                counts[str(what)] = counts.get(str(what), 0) + number
    return counts
