# [DEF:project.web.parameters:Module]
# @COMPLEXITY: 2
# @PURPOSE: What the parameters of paths and lists mean, for the OpenAPI document.

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

PATHS = {
    "id": _("its number"),
    "slug": _("its short name"),
    "action": _("short name of the action"),
    "code": _("code of the error"),
    "kind": _("kind of the asset: `dashboard`, `chart`, `dataset` or `database`"),
    "name": _("name of the file"),
    "uuid": _("its UUID in this environment"),
}

FILTERS = {
    "action": _("only this action; of the audit, those that begin with it"),
    "actor": _("only those by this user name"),
    "address": _("only those from this IP address"),
    "author": _("only those by this user name"),
    "confirmed_by": _("only those confirmed by this user name"),
    "database_uuid": _("only assets on the database with this UUID"),
    "enabled": _("only enabled ones, or only disabled ones"),
    "environment": _("only those of the environment with this short name"),
    "group": _("only those that come from this group of the directory"),
    "id": _("only the one with this number on its Superset"),
    "is_active": _("only active accounts, or only inactive ones"),
    "is_staff": _("only staff, or only others"),
    "is_superuser": _("only superusers, or only others"),
    "limit": _("how many to return at most"),
    "offset": _("how many to skip"),
    "object_id": _("only those about the object with this number"),
    "object_type": _("only those about objects of this type, such as `environment`"),
    "plugin": _("only those of the plugin with this short name"),
    "protected": _("only protected environments, or only others"),
    "q": _("words to search for"),
    "release": _("only those with this release of Superset, such as `6.1.0`"),
    "request_id": _("only those of the request with this id (`X-Request-ID`)"),
    "role": _("only those with the role of this short name"),
    "source": _("only those from the environment with this short name"),
    "staff": _("only staff, or only others"),
    "target": _("only those to the environment with this short name"),
    "user": _("only those of this user name"),
    "username": _("only the account with this user name"),
    "uuid": _("only the one with this UUID"),
    "where": _("only those that apply to the environment with this short name; `*` for all environments"),
}

MOMENTS = {
    "_after": _("only those whose `{name}` is this time or later"),
    "_before": _("only those whose `{name}` is before this time"),
}
"""By the end of the name of the parameter."""


def describe_parameters(operation: dict[str, Any]) -> None:
    """Describe the parameters of an operation that no serializer or filter describes."""
    for each in operation.get("parameters", ()):
        if not each.get("description") and (text := meaning(each["name"], each["in"])):
            each["description"] = text


def meaning(name: str, place: str) -> str:
    """What a parameter means in this place (`path`, `query`); empty if that is unknown."""
    if text := (PATHS if place == "path" else FILTERS).get(name):
        return str(text)
    for ending, text in MOMENTS.items():
        if name.endswith(ending):
            return str(text).format(name=name.removesuffix(ending))
    return ""
