# [DEF:project.web.operations:Module]
# @COMPLEXITY: 3
# @PURPOSE: Collects what the apps say about their operations, for the OpenAPI document.
# @RELATION CALLS -> core.api.documented

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from django.apps import apps
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext_lazy as _

from apps.core.api.documented import Operation, Section, describe
from project.web.parameters import describe_parameters

PROBLEM = {
    "type": "/api/v1/problems/conflict",
    "code": "conflict",
    "title": "The request conflicts with the current state",
    "meaning": "Somebody else changed or locked the object, or the name is taken. Read it again, then decide.",
}
PROBLEMS = Section(
    "Problems",
    _("What the codes of errors mean. No sign-in is needed."),
    {
        "GET /problems": Operation("list_problems", _("List the codes of errors"), response=[PROBLEM]),
        "GET /problems/{code}": Operation(
            "get_problem", _("Explain the code of an error"), _("The `type` of an error leads here."), response=PROBLEM
        ),
    },
)


def sections() -> Iterator[Section]:
    """In the order in which somebody meets them: the apps from the top down."""
    for config in reversed(list(apps.get_app_configs())):
        if config.name.startswith("apps.") and module_has_submodule(config.module, "api"):
            api = import_module(f"{config.name}.api")
            if module_has_submodule(api, "operations"):
                yield from import_module(f"{config.name}.api.operations").SECTIONS
    yield PROBLEMS


def describe_operations(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular."""
    for operations in result["paths"].values():
        for operation in operations.values():
            describe_parameters(operation)
    return describe(result, sections())
