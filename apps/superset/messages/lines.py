# [DEF:superset.messages.lines:Module]
# @COMPLEXITY: 2
# @PURPOSE: English texts for the lines that the engine writes while it works.

from __future__ import annotations

from collections.abc import Mapping

from apps.superset.messages.marking import gettext_noop as _

LINES: Mapping[str, str] = {
    "listing": _("listing the assets of {source} and {target}"),
    "exporting": _("exporting {assets} from {source} and their counterparts from {target}"),
    "testing_connection": _("testing {asset} on {target}"),
    "creating_connection": _("creating {asset} on {target}"),
    "sending": _("sending {assets} to {target}"),
    "done": _("done: {written} written, {removed} removed, verified"),
    "kept": _("{asset} is kept: {why}"),
    "unlinking": _("{chart} leaves {asset} and is unlinked from it"),
    "attached": _("{asset}: {aspect}: {before} → {after}"),
    "attached.kept": _("{asset}: its {aspect} changed since, and nothing is undone there: {now}"),
    "attached.found": _("{asset}: its {aspect} was as planned before the run, and stays"),
    "attached.spared": _("{asset}: its {aspect} is part of migration {number}, and nothing is undone there"),
    "hidden": _("{asset} is unpublished until what restricts it is set"),
    "published": _("{asset} is published"),
    "provisional_slug": _("{asset} gets the provisional slug “{slug}”: another dashboard takes over its own"),
    "answer_lost": _("{assets}: the answer was lost, and the target shows that they were written"),
    "reading_back": _("{detail}: reading back {assets}"),
    "unreadable": _("the target cannot be read back: {error}"),
    "reports_unknown": _("the account of {target} cannot see whether alerts or reports use these"),
    "retrying_after_answer": _("{environment} answered {status} ({place}), trying again in {delay} s"),
    "retrying_after_break": _("{environment} dropped the connection ({place}), trying again in {delay} s"),
    "checking_others": _("checking {looked} of {total} other dashboards of {environment} for uses of {assets}"),
    "others_unknown": _(
        "{names} of {environment} cannot be read: whether a filter there uses what would be removed is not known"
    ),
}

COUNTED: Mapping[str, str] = {
    "database.one": _("1 database"),
    "database.many": _("{number} databases"),
    "dataset.one": _("1 dataset"),
    "dataset.many": _("{number} datasets"),
    "chart.one": _("1 chart"),
    "chart.many": _("{number} charts"),
    "dashboard.one": _("1 dashboard"),
    "dashboard.many": _("{number} dashboards"),
    "and": _("{first}, {rest}"),
}
"""Numbers of assets. `many` is translated without a plural form: “charts: 3”."""

TEMPLATES = {
    **{f"line.{key}": text for key, text in LINES.items()},
    **{f"counted.{key}": text for key, text in COUNTED.items()},
}
