# [DEF:migrations.advice:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ADVICE = {
    "migrations.list": _("See the list of migrations."),
    "migrations.plan": _("Plan it first."),
    "migrations.replan": _("Plan it again."),
    "migrations.rollback": _("Roll back to undo."),
    "migrations.rollback_again": _("Or roll back again."),
    "migrations.select": _("Select some, or choose all dashboards of the source."),
    "migrations.show": _("Read the plan again."),
    "migrations.submit": _("Submit migration {number} for approval."),
    "migrations.written": _("The page of the migration lists what was written."),
    # A plan that refuses itself
    "migrations.acknowledge": _("To plan anyway, enter under “Acknowledge”: {names}."),
    "migrations.acknowledge_rest": _("Once the rest is resolved, enter under “Acknowledge” to plan anyway: {names}."),
    "migrations.allow_many": _("To overwrite that many, allow it when you plan."),
    "migrations.map_databases": _("Map the databases when you plan, or for every plan under Database mappings."),
    "migrations.pair_dashboards": _("Pair the dashboards of {source} and {target}."),
    "migrations.pair_datasets": _("Pair the datasets of {source} and {target}."),
    "migrations.several_dashboards": _("Select these dashboards together."),
    "migrations.unpair": _("Remove one of the pairings of {source} and {target}."),
    # A rollback that others' changes block
    "migrations.force": _("Or roll back all the same, with a reason."),
    "migrations.keep_changed": _("Roll back the rest and keep these, or roll back all the same, with a reason."),
}
