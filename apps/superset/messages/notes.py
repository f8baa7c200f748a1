# [DEF:superset.messages.notes:Module]
# @COMPLEXITY: 2
# @PURPOSE: English texts of warnings and losses of plans and runs: one sentence per kind.

from __future__ import annotations

from collections.abc import Mapping

from apps.superset.messages.marking import gettext_noop as _

LOSSES: Mapping[str, str] = {
    "owners": _(
        "Owners do not travel: the account of the target owns what is created, and existing assets keep their owners."
    ),
    "roles": _("Roles that restrict a dashboard do not travel: set them on the target before people use it."),
    "row_level_security": _("Row level security rules on the datasets do not travel."),
    "tags": _("Tags do not travel."),
    "themes": _("Dashboard themes do not travel."),
    "annotations": _("Annotation layers other than formulas do not travel."),
    "folders": _("Folders refer to columns and metrics by UUIDs that an export lacks, so they arrive empty."),
    "unsupported_fields": _("The target's release of Superset has no such fields: their values do not travel."),
    "undrawn": _("The target's release of Superset stores these charts and cannot draw them."),
    "unused_settings": _("The target's release of Superset stores these settings and does not use them."),
    "embedding": _("Embedding does not travel: enable it on the target and use the UUID it assigns."),
    "embedding_unknown": _("Whether these are embedded is unknown."),
    "reports": _("Alerts and reports do not travel: create them on the target."),
    "reports_anchors": _("These show tabs or filters that their dashboard does not have: they do not travel."),
    "reports_elsewhere": _(
        "The target has alerts or reports of these names about something else: these do not travel."
    ),
    "reports_unknown": _(
        "{environment} does not show all alerts and reports to the account: more may concern these assets."
    ),
}

WARNINGS: Mapping[str, str] = {
    "newer_release": _(
        "These run a release of Superset that is newer than all that Lockstep knows. It is treated like the newest of "
        "them: check the result."
    ),
    "orphans_kept": _("These are on the target only and are not deleted, each for the reason given."),
    "orphans_deleted": _(
        "These are deleted because nothing uses them any more. A rollback restores them with the same UUIDs; their "
        "owner is then the account, and their tags are lost."
    ),
    "connections_created": _(
        "These connections are created on the target. Their secrets are asked for when the plan is applied, and not "
        "kept; a server certificate has to be set there by hand. A rollback deletes them, and with them the SQL Lab "
        "history on them; one with saved queries or alerts that the account can see stays."
    ),
    "acknowledged": _("Acknowledged: {refusal}."),
    "absent_references": _("References to assets that neither travel nor exist on the target are left out."),
    "damaged_on_target": _("On the target, these are not JSON objects; a rollback restores them empty."),
    "layout_broken": _("The layout of these dashboards is broken on the source and is migrated as it is."),
    "query_context_broken": _(
        "The stored query of these charts is not a JSON object and is left out. Reports and thumbnails need it: save "
        "the chart in Superset to create a new one."
    ),
    "slug_provisional": _(
        "An interrupted run left these with a provisional slug on the target. Complete or undo that run first: a "
        "rollback of this plan would restore the provisional slug."
    ),
    "queries_answered": _("{answered} of {total} charts return data on {environment}"),
    "queries_failed": _("{answered} of {total} charts return data on {environment}; these do not."),
    "queries_unknown": _("Whether these return data on {environment} is unknown."),
    "stale_references": _("References to assets that do not exist on the source are left out."),
    "stale_memories": _(
        "Charts still refer to dashboards that no longer exist on the source; those references are left out."
    ),
    "stale_on_target": _(
        "These refer to assets that do not exist on the target; a rollback restores them without those references."
    ),
    "not_restorable": _(
        "These are broken on the target in a way that no import can restore; a rollback leaves them as migrated."
    ),
    "users_unknown": _(
        "Not checked on the target because there are too many or they cannot be read ({count:,}): they may use a "
        "dataset that this plan overwrites."
    ),
    "used_though_removed": _(
        "The {noun} “{name}” of dataset “{dataset}” is removed but used by {users}. Change these, or they will fail."
    ),
    "used_though_renamed": _(
        "The {noun} “{name}” of dataset “{dataset}” becomes “{renamed}” but is used by {users}. Change these, or they "
        "will fail."
    ),
    "reports_concerned": _("Alerts and reports on the target use assets that are overwritten or left behind."),
    "report_tabs_gone": _("These use tabs that the new layout lacks: set them up again after the apply."),
    "unknown_references": _(
        "These look like ids of other assets, in places that Lockstep does not know: they stay as they are."
    ),
    "tables_missing": _("{environment} has no such tables or does not show them: charts on these will fail."),
    "columns_missing": _("The tables of {environment} lack columns of these datasets: charts on them will fail."),
    "schemas_missing": _("The connections of {environment} have no such schemas or do not show them."),
    "tables_unknown": _("Whether the tables and columns of these exist on {environment} is unknown."),
    "link_numbers": _(
        "Links or styles use ids of the source that are not rewritten, because they name nothing there or stand under "
        "a server's own address."
    ),
    "link_absent": _(
        "Links name assets that neither travel nor exist on the target: the id there belongs to another asset, or to "
        "none."
    ),
    "link_keys": _("Links hold a permalink or key that only the server that made it knows."),
    "user_numbers": _("Jinja macros compare the id of a user, which differs on the target."),
    "link_hosts": _(
        "Links point to the source's own address. Acknowledge the name to have them point to the target instead."
    ),
    "owners_unmapped": _(
        "These owners have no active account with the same mail or user name on the target and are left out."
    ),
    "roles_unmapped": _(
        "The target lacks these roles or does not restrict dashboards by roles: the dashboards keep the roles that "
        "they have there."
    ),
    "embedding_kept": _(
        "Any domain may embed these on the source. The target restricts embedding to some domains and keeps them."
    ),
    "embedding_any": _("Any domain may embed these on the target afterwards, as on the source."),
    "embedding_unread": _("How these may be embedded cannot be read: it stays as it is on the target."),
    "annotations_unmapped": _(
        "These annotation layers do not arrive: what they show is missing on one of the sides, or shares its name with "
        "another there."
    ),
    "annotations_unread": _(
        "The annotation layers of the source or of the target cannot be read: these charts keep those that they have "
        "on the target."
    ),
    "annotations_shared": _(
        "These annotation layers of the target change, and charts outside of the plan show them, too."
    ),
    "records_ambiguous": _("Several on one side have the same name: they stay as they are."),
    "reports_not_owned": _("The account does not own these on the target: they stay as they are."),
    "reports_secret": _(
        "These send to an address that is a secret, such as a webhook: it does not travel, and the target keeps what "
        "it has."
    ),
    "reports_paused": _(
        "These are on in the target and change in whom or what they tell: they are paused until somebody switches them "
        "on again."
    ),
    "reports_run_as": _(
        "These arrive without owners, so once they are on, they run with the rights of the account that creates them, "
        "whatever row-level security applied to their owners: give them an owner first."
    ),
    "report_owners_unmapped": _(
        "These owners of alerts and reports have no active account with the same mail or user name on the target."
    ),
    "themes_differ": _("The target has themes of these names with other settings and keeps them."),
    "css_unread": _("{environment} shows the account no CSS templates: none travel."),
    "queries_unread": _("{environment} shows the account no saved queries: none travel."),
    "queries_own": _("{environment} shows an account only its own saved queries: those of others do not travel."),
    "rules_shared": _("These rules of the target change, and restrict datasets outside of the plan, too."),
    "number_differs": _(
        "Ids that cannot be translated differ from those of the target, which keeps its own. Acknowledge the name to "
        "send the source's."
    ),
}

TEMPLATES = {f"note.{key}": text for key, text in {**LOSSES, **WARNINGS}.items()}
