# [DEF:superset.messages.mappings:Module]
# @COMPLEXITY: 2
# @PURPOSE: Why a database of the target is suggested for one of the source, or none is, in English.

from __future__ import annotations

from collections.abc import Mapping

from apps.superset.messages.marking import gettext_noop as _

REASONS: Mapping[str, str] = {
    "same_database": _("same database (same UUID)"),
    "same_uuid": _("same UUID"),
    "same_name": _("same name and engine ({engine})"),
    "only_environments": _("both names only state an environment, same engine ({engine})"),
    "but_for_environment": _("same name except for the environment, same engine ({engine})"),
    # xgettext:no-python-format  # noqa: ERA001
    "alike": _("names {score} % similar, same engine ({engine})"),
    "none_of_engine": _("the target has no {engine} database"),
    "none_alike": _("no name is similar enough; the target's {engine} databases: {names}"),
    "equally_likely": _("{names} are equally likely; choose one"),
    "name": "“{name}”",
    "and": _("{names} and {last}"),
}

TEMPLATES = {f"mapping.{key}": text for key, text in REASONS.items()}
