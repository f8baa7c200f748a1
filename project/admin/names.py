# [DEF:project.admin.names:Module]
# @COMPLEXITY: 2
# @PURPOSE: Translates the names of models, fields and choices that Django derives from the code.

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

# fmt: off
DERIVED = (
    _("API tokens"), _("ID"), _("action"), _("actor"), _("approvals needed"), _("assets"), _("attempts"),
    _("audit entry"), _("author"), _("ca bundle"), _("changed on"), _("check queries"), _("confirmed at"),
    _("confirmed by"), _("created"), _("created by"), _("database mapping"), _("database mappings"), _("description"),
    _("enabled"), _("ends"), _("environment"), _("environments"), _("expires"),
    _("freeze window"), _("freeze windows"), _("from day"), _("from time"), _("grant"), _("grants"), _("group"),
    _("group mapping"), _("group mappings"), _("kind"), _("last contact"), _("last used"), _("migration"),
    _("migrations"), _("name"), _("object name"), _("object type"), _("pairings"), _("plugin"), _("plugins"),
    _("protected"), _("provider"), _("reason"), _("release"), _("role"), _("roles"), _("schedule"), _("schedules"),
    _("scope"), _("slug"), _("source"), _("staff"), _("starts"), _("state"), _("status"), _("target"), _("task"),
    _("tasks"), _("tier"), _("time zone"), _("title"), _("until day"), _("until time"), _("url"), _("user"),
    _("username"), _("users"), _("version"), _("where"),
)
"""What the admin shows of models and fields that have no `verbose_name` of their own."""

CHOICES = (
    _("Act"), _("Approved"), _("Chart"), _("Dashboard"), _("Database"), _("Dataset"), _("Db"), _("Dev"), _("Draft"),
    _("Friday"), _("Ldap"), _("Monday"), _("Other"), _("Planned"), _("Prod"), _("Published"), _("Read"),
    _("Rejected"), _("Saturday"), _("Stage"), _("Submitted"), _("Sunday"), _("Test"), _("Thursday"), _("Token"),
    _("Tuesday"), _("Wednesday"), _("Withdrawn"),
)
"""The labels of choices that have only a value."""
# fmt: on

with override("en"):
    TRANSLATED = {str(name): name for name in (*DERIVED, *CHOICES)}


def translate_names(model: type[models.Model]) -> None:
    """Called when the admin registers a model: only its pages show these. Schema migrations do not see it, for they
    compare what was declared."""
    options: Any = model._meta  # noqa: SLF001 - Django's documented model API
    with override("en"):  # a plural that nobody declared is the name and an s
        plural = str(options.verbose_name_plural)
    options.verbose_name = _translated(options.verbose_name)
    options.verbose_name_plural = TRANSLATED.get(plural, options.verbose_name_plural)
    for field in options.fields:
        field.verbose_name = _translated(field.verbose_name)
        if field.choices:
            field.choices = [(value, _translated(label)) for value, label in field.choices]


def _translated(name: Any) -> Any:
    return TRANSLATED.get(name, name) if isinstance(name, str) else name
