# [DEF:migrations.management.advice:Module]
# @COMPLEXITY: 1

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ADVICE = {
    "migrations.list": _("See `{program} migration list`."),
    "migrations.plan": _("Plan it first with `{program} migration replan {number}`."),
    "migrations.replan": _("Plan it again with `{program} migration replan {number}`."),
    "migrations.rollback": _("Undo with `{program} migration rollback {number} --yes`."),
    "migrations.rollback_again": _("Or roll back again with `{program} migration rollback {number} --yes`."),
    "migrations.select": _("Name some with --dashboard, or pass --all."),
    "migrations.show": _("Read the plan again with `{program} migration show {number}`."),
    "migrations.submit": _("Submit it for approval with `{program} migration submit {number}`."),
    "migrations.written": _("See `{program} migration show {number}`."),
    # A plan that refuses itself
    "migrations.acknowledge": _("To plan anyway, add --acknowledge {names}."),
    "migrations.acknowledge_rest": _("Once the rest is resolved, add --acknowledge {names} to plan anyway."),
    "migrations.allow_many": _("To overwrite that many, add --allow-many."),
    "migrations.map_databases": _(
        "Map databases with --map-database SOURCE=TARGET, or for every plan with `{program} mapping set {source} "
        "{target} SOURCE=TARGET`; `{program} mapping suggest {source} {target}` lists candidates."
    ),
    "migrations.pair_dashboards": _(
        "Pair dashboards with `{program} mapping pair {source} {target} dashboard SOURCE=TARGET`."
    ),
    "migrations.pair_datasets": _(
        "Pair datasets with `{program} mapping pair {source} {target} dataset SOURCE=TARGET`."
    ),
    "migrations.several_dashboards": _("Name several dashboards with --dashboard A --dashboard B."),
    "migrations.unpair": _("Remove a pairing with `{program} mapping unpair {source} {target} KIND SOURCE`."),
    # A rollback that others' changes block
    "migrations.force": _("Or undo all the same with `{program} migration rollback {number} --yes --force REASON`."),
    "migrations.keep_changed": _(
        "Undo the rest and keep these with `{program} migration rollback {number} --yes --keep-changed`, or undo these "
        "too with `--force REASON`."
    ),
}
